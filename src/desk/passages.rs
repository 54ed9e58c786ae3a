//! Passages of an answer: those worth offering, and those of them that are quoted.

use std::sync::Arc;

use super::Desk;
use crate::search::{Hit, Question};

/// A passage further down is worth offering when it scores at least this share of the first one's score…
const WORTH_OFFERING: f32 = 0.1;
/// …and this share when it is of another release: these seldom answer too.
const WORTH_OFFERING_OF_ANOTHER: f32 = 0.5;

/// A question of so few words is a keyword: a right passage is the first in 84 of the 86 labelled questions of kinds keyword and
/// topic, so one more is shown at most, and only when it has as many of the words.
const KEYWORDS: usize = 2;

impl Desk {
    /// Returns those of the best passages that may answer.
    pub(super) fn worth_offering(&self, question: &Question, hits: &[Hit]) -> Vec<Hit> {
        let Some(best) = hits.first() else { return Vec::new() };
        let is_keyword = question.context.is_empty() && question.text().split(' ').count() <= KEYWORDS;
        let most = if is_keyword { self.limits.passages.min(2) } else { self.limits.passages };
        let is_worth_it = |hit: &&Hit| {
            let is_of_best = Arc::ptr_eq(&hit.release, &best.release);
            let share = if is_of_best { WORTH_OFFERING } else { WORTH_OFFERING_OF_ANOTHER };
            // Half a question is about what was talked about, and nothing else.
            (is_of_best || !best.features.is_followed())
                && hit.score >= best.score * share
                && (!is_keyword || hit.features.met_by_words >= best.features.met_by_words)
        };
        hits.iter().take(self.limits.passages).filter(is_worth_it).take(most).cloned().collect()
    }
}

/// Share of their terms that two passages have in common when they say the same of two things, as the releases of an event that
/// comes every year do; set by hand.
const MIN_ALIKE: f32 = 0.7;

/// Splits the passages that may answer, best first, into those that are quoted and the others. With the first go the items of its
/// list, and the passages of other releases that are like it but for what tells them apart. Of the passages quoted in answers to
/// `tests/questions/kept.jsonl` .84 are right (`pressdesk eval`, shown right).
pub(super) fn quoted_and_more(hits: Vec<Hit>) -> (Vec<Hit>, Vec<Hit>) {
    let Some(best) = hits.first().cloned() else { return (hits, Vec::new()) };
    let is_quoted = |hit: &Hit| {
        if Arc::ptr_eq(&hit.release, &best.release) {
            let is_same_list = best.introduction.is_some() && hit.introduction == best.introduction;
            hit.paragraph == best.paragraph || is_same_list
        } else {
            hit.alike >= MIN_ALIKE
        }
    };
    hits.into_iter().partition(is_quoted)
}
