//! Releases that a topic is met in: what a list of releases goes by, where a question goes by passages.

use std::sync::Arc;

use super::ranking::QueryTerms;
use super::{Question, SearchIndex, Side};
use crate::corpus::Release;
use crate::text::{Words, fold};

/// Least share of a topic, by weight, that a release has to meet; a place or a year that is named must be met whatever its weight.
const MIN_SHARE: f32 = 0.6;

/// Least part of the highest share of any release that the others have to meet: where some are about migrant women, those that
/// only have “migrant” are not. So with nearness by meaning.
const MIN_RELATIVE_SHARE: f32 = 0.9;

/// Maximum number of passages that are compared by meaning.
const N_COMPARED: usize = 16;

impl SearchIndex {
    /// Returns the releases whose words meet a topic, best first: those whose title, place, topics, names or first paragraph meet it
    /// before those with it in their text. Releases of one rank stay newest first.
    pub(crate) fn releases_about(&self, topic: &Question) -> Vec<Arc<Release>> {
        let query = self.understanding.query(topic, &self.index.terms);
        let terms = QueryTerms::resolve(&query.concepts, &self.index.terms);
        // What no release has is a topic of none, whatever stands beside it.
        if query.is_read && !query.distinctive(terms.unknown).is_empty() {
            return Vec::new();
        }
        let releases = &self.index.corpus.releases;
        let mut met: Vec<(f32, f32, usize)> = Vec::new();
        for (number, of_release) in self.index.releases.iter().enumerate() {
            let all = terms.met_by(&of_release.all);
            if !query.concepts.is_empty() && terms.share(all) >= MIN_SHARE && terms.names & !all == 0 {
                let around = terms.met_by(&of_release.around);
                met.push((terms.share(around | self.met_by_lead(number, &terms)), terms.share(all), number));
            }
        }
        let highest = met.iter().map(|(_, all, _)| *all).fold(0.0, f32::max);
        met.retain(|(_, all, _)| *all >= MIN_RELATIVE_SHARE * highest);
        met.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        met.iter().map(|(_, _, number)| Arc::clone(&releases[*number])).collect()
    }

    /// Returns the releases that are near a topic by meaning, best first; none where they lack a word of it, or without a model.
    pub(crate) fn releases_near(&self, topic: &Question) -> Vec<Arc<Release>> {
        let mut near: Vec<Arc<Release>> = Vec::new();
        let findings = self.search(topic);
        if self.side == Side::Words || !findings.missing.is_empty() {
            return near;
        }
        let hits = findings.hits(N_COMPARED, 1);
        let highest = hits.iter().map(|hit| hit.nearness).fold(0.0, f32::max);
        let least = self.thresholds().near.max(MIN_RELATIVE_SHARE * highest);
        for hit in hits.into_iter().filter(|hit| hit.nearness >= least) {
            if !near.iter().any(|release| Arc::ptr_eq(release, &hit.release)) {
                near.push(hit.release);
            }
        }
        near
    }

    /// Returns the concepts that the first paragraph of a release meets, a bit each.
    fn met_by_lead(&self, release: usize, terms: &QueryTerms) -> u64 {
        // The passages stand in the order of the releases.
        let first = self.index.passages.partition_point(|passage| passage.release < release);
        let lead = self.index.passages.get(first).filter(|passage| passage.release == release);
        lead.map_or(0, |lead| terms.met_in(lead, &(0..self.index.text_of(lead).len())))
    }

    /// Returns the words by which a release meets a topic, as they stand in it, each once, at most `limit`.
    pub(crate) fn words_of_topic(&self, topic: &Question, release: &Release, limit: usize) -> Vec<String> {
        let query = self.understanding.query(topic, &self.index.terms);
        let terms = QueryTerms::resolve(&query.concepts, &self.index.terms);
        let is_met = |term: &str| self.index.terms.number(term).is_some_and(|number| terms.concepts(number) != 0);
        let mut found: Vec<String> = Vec::new();
        let head = [Some(release.title.as_str()), release.subtitle.as_deref(), release.place.as_deref()];
        let texts =
            head.into_iter().flatten().chain(release.paragraphs.iter().map(|paragraph| paragraph.text.as_str()));
        for text in texts {
            let words = Words::of(text);
            for occurrence in self.understanding.terms_of(&words, release.language) {
                let written = &text[occurrence.range];
                if is_met(&occurrence.term) && !found.iter().any(|other| fold(other) == fold(written)) {
                    found.push(written.to_owned());
                    if found.len() == limit {
                        return found;
                    }
                }
            }
        }
        found
    }
}
