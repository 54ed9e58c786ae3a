//! Findings of a search: the passages, best first, and what the question asks for.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use super::quoting::{self, ExcerptOptions};
use super::ranking::{Candidate, Ranker};
use super::text::kinds::Kinds;
use super::{Excerpt, Features, SideWeights, editions};
use crate::corpus::Release;

/// A passage that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The release it stands in.
    pub release: Arc<Release>,
    /// Number of its paragraph, counted from 0.
    pub paragraph: usize,
    /// Probability that it answers, comparable between questions.
    pub score: f32,
    /// Probability that its release is near what is asked, though it may hold no answer.
    pub nearness: f32,
    /// The line that introduces the list that it is an item of, word for word.
    pub introduction: Option<String>,
    /// The part that is shown.
    pub excerpt: Excerpt,
    /// Share of the terms of the passage and of the first hit that both have; 1 for that itself.
    pub alike: f32,
    /// Features that the score comes from.
    pub features: Features,
}

impl Hit {
    /// Tells whether two hits are of one passage.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.release, &other.release) && self.paragraph == other.paragraph
    }
}

/// Findings of a search.
pub struct Findings<'a> {
    /// Probability that the best passage answers the question.
    pub confidence: f32,
    /// Words of the question, as typed, that tell much and that no passage has, nor says in another language.
    pub missing: Vec<String>,
    /// Names and years of the question, as typed, that some release has, but neither the best passage nor the head of its release.
    pub unmet: Vec<String>,
    /// Set when the question asks for somebody to call or write to.
    pub asks_contact: bool,
    /// Set when the question has no word that tells what it is about.
    pub is_bare: bool,
    /// Set when the question only wants to read on about what was talked about: “more about that”.
    pub wants_more: bool,
    ranker: Ranker<'a>,
    weights: &'a SideWeights,
    /// The candidates, best first.
    ranked: Vec<Candidate>,
}

impl<'a> Findings<'a> {
    pub(super) fn of(ranker: Ranker<'a>, weights: &'a SideWeights) -> Self {
        let (ranked, said) = ranker.rank(weights);
        let query = &ranker.query;
        let is_bare = query.concepts.is_empty();
        let asks_nothing = is_bare && query.asked.difference(Kinds::DETAILS).is_empty();
        // Of a question in a language whose small words are not dropped here, only names are missed.
        let is_read = ranker.query.is_read;
        let unknown = ranker.terms.unknown;
        let best = ranked.first().map(|best| &ranker.index.passages[best.passage]);
        let unmet = best.map_or(0, |best| ranker.unmet_names(best) & !unknown);
        Self {
            confidence: ranked.first().map_or(0.0, |best| weights.confidence(&best.features)),
            missing: query.distinctive(if is_read { unknown & !said } else { unknown & ranker.terms.names }),
            unmet: query.typed(unmet),
            asks_contact: query.asked.contains(Kinds::CONTACT),
            is_bare,
            wants_more: asks_nothing && !ranker.question.context.is_empty() && !ranked.is_empty(),
            ranker,
            weights,
            ranked,
        }
    }

    /// Puts the lead of the newest of some releases first: whoever writes a topic and nothing else wants to know what there is to it,
    /// and now.
    pub(super) fn put_lead_first(&mut self, releases: &[Arc<Release>]) {
        let index = self.ranker.index;
        let lead_of = |candidate: &Candidate| {
            let release = index.release_of(&index.passages[candidate.passage]);
            let is_lead = candidate.paragraph == 0 && releases.iter().any(|of| Arc::ptr_eq(of, release));
            is_lead.then_some(release.date)
        };
        let leads = self.ranked.iter().enumerate().filter_map(|(at, candidate)| Some((lead_of(candidate)?, at)));
        // Of versions of one date the best.
        if let Some((_, at)) = leads.max_by_key(|(date, at)| (*date, Reverse(*at))) {
            self.ranked[..=at].rotate_right(1);
        }
    }

    /// Puts an edition of the best passage first: that of the year which the question names, else the newest. Of what is said again and
    /// again, as of an event that comes every year, people ask for the latest.
    pub(super) fn put_edition_first(&mut self) {
        if let Some(at) = editions::edition_wanted(&self.ranker, &self.ranked, self.weights) {
            let edition = &self.ranked[at];
            // That it is the edition wanted makes it no less likely to answer than the one it is put before.
            self.confidence = self.confidence.max(self.weights.confidence(&edition.features));
            let unmet = self.ranker.unmet_names(&self.ranker.index.passages[edition.passage]);
            self.unmet = self.ranker.query.typed(unmet & !self.ranker.terms.unknown);
            self.ranked[..=at].rotate_right(1);
        }
    }

    /// Returns the best passages, best first, at most `limit`, each cut to about `excerpt_length` characters; no sentence
    /// stands in two of them.
    #[must_use]
    pub fn hits(&self, limit: usize, excerpt_length: usize) -> Vec<Hit> {
        let ranker = &self.ranker;
        let mut shown = HashSet::new();
        let mut hits = Vec::new();
        let mut first = None;
        for candidate in &self.ranked {
            if hits.len() == limit {
                break;
            }
            let passage = &ranker.index.passages[candidate.passage];
            let similarity = |sentence: usize| ranker.similarity_of_sentence(candidate.passage, sentence);
            let options = ExcerptOptions {
                terms: &ranker.terms,
                asked: ranker.query.asked,
                length: excerpt_length,
                is_best: hits.is_empty(),
            };
            let text = ranker.index.text_of(passage);
            let Some(excerpt) = quoting::cut(text, passage, &options, similarity, &mut shown) else { continue };
            let first = *first.get_or_insert(passage);
            hits.push(Hit {
                release: Arc::clone(ranker.index.release_of(passage)),
                paragraph: passage.paragraph,
                introduction: ranker.index.introduction_of(passage).map(str::to_owned),
                score: self.weights.confidence(&candidate.features),
                nearness: self.weights.nearness(&candidate.features),
                excerpt,
                alike: first.alike(passage),
                features: candidate.features,
            });
        }
        hits
    }
}
