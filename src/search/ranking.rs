//! Ranking of the passages that may answer a question: candidates, their features, their weights.

mod features;
mod linear;
mod need;
mod query_terms;
mod side;
mod similarity;
mod weights;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

pub use self::features::{Features, N_FEATURES};
pub use self::linear::Allowed;
pub(crate) use self::need::IS_HALF;
pub use self::need::{N_SIGNS, Need, Signs};
pub(crate) use self::query_terms::QueryTerms;
pub use self::side::Side;
use self::similarity::{Similarity, WordSaid};
pub use self::weights::{Ranking, SideWeights, Thresholds, Weights};
use super::index::vectors::VectorIndex;
use super::index::{Index, Passage};
use super::question::Question;
use super::question::query::{Concept, Query};
use super::text::kinds::Kinds;
use crate::corpus::Release;

/// Number of candidates picked by terms, and of those picked by similarity.
const N_CANDIDATES: usize = 16;

/// Weight that counts as 1 in the amount of a question that is met, in nats: about that of three rare words.
const AMOUNT: f32 = 20.0;

/// Weight, in nats, from which on a word may be what a question is about: “training”, not “paid”.
pub(super) const MIN_TOPIC_WEIGHT: f32 = 1.0;

/// Likelihood from which on a passage in another language says what a word of a question does. Of such words that no release has as
/// they are typed, four in five of questions that are answered reach it in some candidate, and of other questions one in three, most
/// of which the releases say too.
const IS_SAID: f32 = 0.6;

/// Letters before and behind a name within which the word for what bears it begins: some six words. This and the next are set by hand.
const BESIDE_NAME: [usize; 2] = [40, 40];
/// Letters before and behind a number within which a word of what it is of begins.
const BESIDE_NUMBER: [usize; 2] = [60, 60];
/// Letters before and behind a number within which the word for what it counts begins: “families: 412”, “412 low-income families”.
const BESIDE_COUNT: [usize; 2] = [20, 40];

/// Number of words that counts as 1 among the signs that a question is half of one.
const LONG: f32 = 10.0;

/// Least need of what was talked about with which a question is asked in context too, which costs another embedding; with less, it
/// counts for too little to change the order. Set by hand.
const MIN_FOLLOWS: f32 = 0.1;

/// A passage with its features.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    pub(super) passage: usize,
    /// Number of its release in the corpus.
    pub release: usize,
    /// Number of its paragraph, counted from 0.
    pub paragraph: usize,
    /// Features of the passage and the question.
    pub features: Features,
}

/// A question compared with the passages of an index.
pub(crate) struct Ranker<'a> {
    pub(crate) index: &'a Index,
    pub(crate) question: &'a Question,
    side: Side,
    pub(crate) query: Query,
    pub(crate) terms: QueryTerms,
    /// Need of what was talked about to be understood, 0 to 1; 0 where nothing was.
    pub(crate) follows: f32,
    similarity: Option<Similarity<'a>>,
}

impl<'a> Ranker<'a> {
    /// Compares by one side; without `vectors`, by words.
    pub(crate) fn new(
        index: &'a Index,
        vectors: Option<&'a VectorIndex>,
        side: Side,
        question: &'a Question,
        query: Query,
    ) -> Self {
        let terms = QueryTerms::resolve(&query.concepts, &index.terms);
        let vectors = vectors.filter(|_| side != Side::Words);
        let similarity = vectors.map(|vectors| Similarity::new(vectors, index, question, &query));
        Self { index, side, question, query, terms, follows: 0.0, similarity }
    }

    /// Asks the question about what was talked about too, as far as it needs that to be understood.
    pub(crate) fn in_context(mut self, need: &Need) -> Self {
        self.follows = self.signs().map_or(0.0, |signs| need.likelihood(&signs));
        if self.follows >= MIN_FOLLOWS
            && let Some(similarity) = &mut self.similarity
        {
            similarity.ask_in_context(self.index, self.question, &self.query);
        }
        self
    }

    /// Returns the signs that the question needs what was talked about, or does not; `None` where nothing was.
    pub(crate) fn signs(&self) -> Option<Signs> {
        if self.question.context.is_empty() {
            return None;
        }
        let (query, terms, index) = (&self.query, &self.terms, self.index);
        let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
        let is_here: Vec<bool> = index.corpus.releases.iter().map(|release| self.is_talked_about(release)).collect();
        // The highest value of the releases that were talked about, and of others.
        let highest = |values: &mut dyn Iterator<Item = (usize, f32)>| {
            values.fold([0.0_f32; 2], |[here, elsewhere], (release, value)| {
                if is_here[release] { [here.max(value), elsewhere] } else { [here, elsewhere.max(value)] }
            })
        };
        let releases = || index.releases.iter().enumerate();
        let met = highest(&mut releases().map(|(at, release)| (at, terms.share(terms.met_by(&release.all)))));
        let titled = highest(&mut releases().map(|(at, release)| (at, terms.share(terms.met_by(&release.around)))));
        let like = self.similarity.as_ref().map_or([0.0; 2], |similarity| {
            highest(&mut index.passages.iter().zip(similarity.of_all()).map(|(passage, like)| (passage.release, *like)))
        });
        Some([
            flag(query.goes_on),
            flag(query.points_back),
            (query.n_words as f32 / LONG).min(1.0),
            flag(!query.concepts.iter().any(Concept::tells_much)),
            met[0],
            met[1],
            titled[1],
            like[0],
            like[1],
        ])
    }

    fn is_talked_about(&self, release: &Release) -> bool {
        self.question.context.iter().any(|id| release.answers_to(id))
    }

    /// Returns the similarity of a sentence of a passage to the question, 0 by words alone.
    pub(crate) fn similarity_of_sentence(&self, passage: usize, sentence: usize) -> f32 {
        self.similarity.as_ref().map_or(0.0, |similarity| similarity.of_sentence(passage, sentence))
    }

    /// Returns the candidates by their scores, best first, and the concepts that those in another language than the question say.
    pub(crate) fn rank(&self, weights: &SideWeights) -> (Vec<Candidate>, u64) {
        let (candidates, said) = self.scored();
        let mut scored: Vec<(f32, Candidate)> =
            candidates.into_iter().map(|candidate| (weights.score(&candidate.features), candidate)).collect();
        scored.sort_by(|(a_score, a), (b_score, b)| b_score.total_cmp(a_score).then(a.passage.cmp(&b.passage)));
        (scored.into_iter().map(|(_, candidate)| candidate).collect(), said)
    }

    /// Picks candidates by terms and by similarity, with those of the releases talked about, and computes their features.
    pub(crate) fn score_candidates(&self) -> Vec<Candidate> {
        self.scored().0
    }

    fn scored(&self) -> (Vec<Candidate>, u64) {
        let mut around_of: HashMap<usize, u64> = HashMap::new();
        let picked = self.pick();
        let meant =
            self.similarity.as_ref().map(|similarity| similarity.concepts_met(&self.query, picked.keys().copied()));
        let mut meant = meant.into_iter().flatten();
        let similarity = self.similarity.as_ref().filter(|_| self.side == Side::Both);
        let words = similarity.map(|similarity| similarity.words_said(self.index, &self.query)).unwrap_or_default();
        let mut said = 0;
        let candidates = picked.into_iter().map(|(number, bm25)| {
            let passage = &self.index.passages[number];
            let around = around_of
                .entry(passage.release)
                .or_insert_with(|| self.terms.met_by(&self.index.releases[passage.release].around));
            let meant = meant.next().unwrap_or_default();
            if !self.is_in_own_language(passage) {
                said |= concepts_said(&meant);
            }
            self.candidate(number, bm25, *around, &meant, &words)
        });
        let mut candidates: Vec<Candidate> = candidates.collect();
        // One word or phrase with nothing asked is no question: whatever tells of it answers.
        let is_question = self.query.concepts.len() > 1 || !self.query.asked.is_empty();
        if let Some(similarity) = self.similarity.as_ref().filter(|_| is_question) {
            similarity.rerank(&mut candidates);
        }
        (candidates, said)
    }

    /// Picks candidates, each with its BM25.
    fn pick(&self) -> BTreeMap<usize, f32> {
        let mut picked = BTreeMap::new();
        if self.side != Side::Meaning {
            let terms = self.query.concepts.iter().flat_map(|concept| &concept.terms);
            picked.extend(self.index.words.search(terms, N_CANDIDATES));
        }
        for passage in self.similarity.iter().flat_map(|similarity| similarity.most_similar(N_CANDIDATES)) {
            picked.entry(passage).or_insert(0.0);
        }
        if !self.question.context.is_empty() {
            for (number, passage) in self.index.passages.iter().enumerate() {
                if self.talked_about(passage) > 0.0 {
                    picked.entry(number).or_insert(0.0);
                }
            }
        }
        picked.retain(|number, _| !self.index.passages[*number].introduces_list);
        picked
    }

    /// Returns 1 for a passage of the release talked about last, less for those talked about before, 0 for others.
    fn talked_about(&self, passage: &Passage) -> f32 {
        let release = self.index.release_of(passage);
        reciprocal_rank(self.question.context.iter().position(|id| release.answers_to(id)))
    }

    /// Returns 1 for the passage just shown first, less for those shown below, 0 for others.
    fn was_shown(&self, passage: &Passage) -> f32 {
        let release = self.index.release_of(passage);
        let mut shown = self.question.shown.iter();
        reciprocal_rank(
            shown.position(|shown| shown.paragraph == passage.paragraph && release.answers_to(&shown.release)),
        )
    }

    /// Returns 1 for the paragraphs next to the one just shown first, less for those farther from it, 0 for itself and in other releases.
    fn nearness_to_shown(&self, passage: &Passage) -> f32 {
        let release = self.index.release_of(passage);
        let first = self.question.shown.first().filter(|first| release.answers_to(&first.release));
        match first.map_or(0, |first| first.paragraph.abs_diff(passage.paragraph)) {
            0 => 0.0,
            distance => 1.0 / distance as f32,
        }
    }

    /// Makes a candidate; `around` are the concepts met around its release's paragraphs, `meant` is the likelihood of each concept
    /// that the passage meets it by meaning, `words` that of each that its word is said.
    fn candidate(&self, number: usize, bm25: f32, around: u64, meant: &[f32], words: &[Option<WordSaid>]) -> Candidate {
        let passage = &self.index.passages[number];
        let mut features = self.features(passage, bm25, around, meant, words);
        if let Some(similarity) = &self.similarity {
            let given = |evidence: &Kinds| self.query.asked.share_given(*evidence).unwrap_or(1.0);
            similarity.add_to(&mut features, number, passage, passage.evidence.iter().map(given));
        }
        Candidate { passage: number, release: passage.release, paragraph: passage.paragraph, features }
    }

    /// Returns the names of the question that neither a passage nor the head of its release has, nor its lead: what the lead names, a
    /// paragraph calls “the ship”, but a place where something is asked for must be that of the paragraph. A name that most passages
    /// have, as that of the organisation, tells nothing where it is missing.
    pub(crate) fn unmet_names(&self, passage: &Passage) -> u64 {
        let terms = &self.terms;
        let in_sentences = passage.sentences.iter().map(|sentence| terms.met_in(passage, sentence));
        let around = terms.met_by(&passage.introduction)
            | terms.met_by(&self.index.releases[passage.release].head)
            | self.met_by_lead(passage)
            | self.months_met(passage);
        let telling = self.terms.names | self.terms.telling;
        self.names(passage) & telling & !in_sentences.fold(around, |met, in_sentence| met | in_sentence)
    }

    /// Returns what the lead of a passage's release meets of a question on more than names: a name alone asks for where it stands.
    fn met_by_lead(&self, passage: &Passage) -> u64 {
        let is_more = self.query.concepts.iter().any(|concept| !concept.is_name);
        let met = if is_more { self.terms.met_by(&self.index.releases[passage.release].lead) } else { 0 };
        met & !self.terms.in_place
    }

    /// Returns the months of the question that the release of a passage has anywhere: what happens in August may be told in a paragraph,
    /// and that it lasts till August in another.
    fn months_met(&self, passage: &Passage) -> u64 {
        self.terms.months & self.terms.met_by(&self.index.releases[passage.release].all)
    }

    /// Returns the concepts that a passage must name if it answers.
    fn names(&self, passage: &Passage) -> u64 {
        self.terms.names | if self.is_in_own_language(passage) { self.terms.own_names } else { 0 }
    }

    /// Tells whether a passage is in the language of the question; a few words may be of any.
    fn is_in_own_language(&self, passage: &Passage) -> bool {
        let language = self.index.release_of(passage).language;
        self.question.language.is_none_or(|of_question| of_question == language)
    }

    /// Returns the numbers of a passage that are none of the question’s own, which are not what it asks for.
    fn new_numbers<'p>(&self, passage: &'p Passage) -> impl Iterator<Item = &'p Range<usize>> {
        passage.numbers().filter(|number| self.terms.met_in(passage, number) == 0)
    }

    /// Tells whether a passage has a number beside what the question wants counted: “412 families”, “families: 412”.
    fn is_counted(&self, passage: &Passage) -> bool {
        self.new_numbers(passage).any(|number| self.met_beside(passage, number, BESIDE_COUNT) & self.query.counted != 0)
    }

    /// Tells whether a passage has a name beside what the question wants named, and not only names of the question.
    fn is_named(&self, passage: &Passage) -> bool {
        let tells_new =
            |name: &Range<usize>| passage.terms_in(name).iter().any(|position| self.terms.concepts(position.term) == 0);
        let mut names = passage.names().filter(|name| tells_new(name));
        names.any(|name| self.met_beside(passage, name, BESIDE_NAME) & self.query.named != 0)
    }

    /// Returns the share of the weight of the concepts that a passage says which stands beside none of its numbers; 0 if none is asked
    /// for.
    fn share_apart_from_numbers(&self, passage: &Passage, said: u64) -> f32 {
        let whole = self.terms.weight_met(said, &[]);
        if !self.query.asked.intersects(Kinds::NUMBERS) || whole == 0.0 {
            return 0.0;
        }
        let numbers = self.new_numbers(passage);
        let beside = numbers.map(|number| self.terms.weight_met(self.met_beside(passage, number, BESIDE_NUMBER), &[]));
        1.0 - beside.fold(0.0, f32::max) / whole
    }

    /// Returns the concepts that a passage says within some letters before and behind a part of its text.
    fn met_beside(&self, passage: &Passage, part: &Range<usize>, [before, behind]: [usize; 2]) -> u64 {
        let text = self.index.text_of(passage);
        let start = text[..part.start].char_indices().rev().take(before).last().map_or(part.start, |(at, _)| at);
        let end = text[part.end..].char_indices().nth(behind).map_or(text.len(), |(at, _)| part.end + at);
        self.terms.met_in(passage, &(start..end))
    }

    /// Returns the features `unlike` and `said_elsewhere`.
    fn unlike(&self, passage: &Passage, met: u64, meant: &[f32], words: &[Option<WordSaid>]) -> [f32; 2] {
        let (mut unlike, mut elsewhere) = (vec![0.0; words.len()], vec![0.0; words.len()]);
        for (at, word) in words.iter().enumerate().take(u64::BITS as usize) {
            if let Some(word) = word
                && met & (1 << at) == 0
            {
                let here = word.by_releases[passage.release];
                unlike[at] = (1.0 - here) * meant.get(at).copied().unwrap_or_default();
                elsewhere[at] = word.anywhere - here;
            }
        }
        [unlike, elsewhere].map(|parts| self.terms.share_of(self.terms.weight_met(0, &parts)))
    }

    /// Computes the features that need no embedding.
    fn features(
        &self,
        passage: &Passage,
        bm25: f32,
        around: u64,
        meant: &[f32],
        words: &[Option<WordSaid>],
    ) -> Features {
        let (terms, query) = (&self.terms, &self.query);
        // Every term stands in a sentence.
        let in_sentences = passage.sentences.iter().map(|sentence| terms.met_in(passage, sentence));
        let said = in_sentences.fold(0, |said, in_sentence| said | in_sentence);
        let met_here = said | terms.met_by(&passage.introduction);
        let met = if self.side == Side::Meaning { 0 } else { around | met_here | self.months_met(passage) };
        let names = self.names(passage);
        // What another paragraph of the release is on, this one need not be on.
        let distant = terms.names & met & self.unmet_names(passage);
        let met = met & !distant;
        let evidence = query.asked.share_given(passage.evidence());
        let details = self.index.releases[passage.release].details;
        let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
        let talked_about = self.talked_about(passage);
        // Half a question is soon met whole, by any passage: its words count for what they are worth as half of one.
        let alone = 1.0 - self.follows;
        let weight_met = terms.weight_met(met, meant);
        let (share_met, weight_met) = (terms.share_of(weight_met), alone * weight_met);
        let unmet = alone * (terms.heaviest(!met) / self.index.terms.rarity(0));
        let is_in_own_language = self.is_in_own_language(passage);
        let [unlike, elsewhere] = self.unlike(passage, met, meant, words);
        // A time of day may be in words: “at noon”.
        let asked_here = query.asked.difference(Kinds::HOUR);
        let asks_count = query.counted != 0 && is_in_own_language;
        Features {
            words: alone * terms.share_of_bm25(bm25),
            met: terms.share_of(weight_met),
            met_amount: (weight_met / AMOUNT).min(2.0),
            met_by_words: alone * terms.share(met),
            met_followed: self.follows * share_met,
            unmet_of_own: if is_in_own_language { unmet } else { 0.0 },
            unlike: alone * unlike,
            said_elsewhere: alone * elsewhere,
            unmet_name: flag(names & !met & !distant & !terms.unknown != 0),
            distant_name: flag(distant != 0),
            absent_name: flag(names & terms.unknown != 0),
            unmet_number: flag(terms.numbers & !met != 0),
            no_evidence: flag(evidence == Some(0.0)),
            lacks_detail: flag(query.asked.lacks_detail(details)),
            uncounted: flag(asks_count && !self.is_counted(passage)),
            unnamed: flag(query.named & said != 0 && is_in_own_language && !self.is_named(passage)),
            apart: if is_in_own_language { self.share_apart_from_numbers(passage, said) } else { 0.0 },
            distant_detail: flag(!query.asked.lacks_detail(details) && asked_here.lacks_detail(passage.evidence())),
            context: talked_about,
            follows: self.follows,
            context_followed: talked_about * self.follows,
            beside_followed: self.nearness_to_shown(passage) * self.follows,
            shown_followed: self.was_shown(passage) * self.follows,
            ..Features::default()
        }
    }
}

/// Returns the concepts that a passage says, by the likelihood that it meets each by meaning.
fn concepts_said(meant: &[f32]) -> u64 {
    let said = meant.iter().take(u64::BITS as usize).enumerate().filter(|(_, likelihood)| **likelihood >= IS_SAID);
    said.fold(0, |said, (at, _)| said | 1 << at)
}

fn reciprocal_rank(position: Option<usize>) -> f32 {
    position.map_or(0.0, |position| 1.0 / (1.0 + position as f32))
}
