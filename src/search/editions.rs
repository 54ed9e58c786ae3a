//! Editions: releases of what comes again, as an event of every year, and the turn from one to another.

use std::sync::Arc;

use super::ranking::IS_HALF;
use super::{Question, SearchIndex, Shown, is_year};
use crate::corpus::Release;

impl SearchIndex {
    /// Returns half a question about a year as one about the edition of that year of the release in hand: behind an answer on the
    /// fair of 2023, “and in 2022?” is about the fair of 2022. What stands in the place of the passage just shown counts as shown.
    /// `None` where it names no other year, is a whole question, or no edition of that year is there.
    pub(crate) fn turned_to_edition(&self, question: &Question, in_hand: &Arc<Release>) -> Option<Question> {
        let mut years = question.words().folded().filter(|word| is_year(word));
        let year: i32 = years.find_map(|year| year.parse().ok())?;
        if in_hand.is_of_year(year) || self.need(question) < IS_HALF {
            return None;
        }
        let releases = &self.corpus().releases;
        let of_hand = releases.iter().position(|release| Arc::ptr_eq(release, in_hand))?;
        let others = releases.iter().enumerate().filter(|(number, _)| *number != of_hand);
        let editions = others
            .filter(|(_, release)| release.is_of_year(year))
            .filter_map(|(number, release)| Some((self.index.edition_likeness(of_hand, number)?, number, release)));
        let (_, number, edition) =
            editions.max_by(|(a, a_number, _), (b, b_number, _)| a.total_cmp(b).then(b_number.cmp(a_number)))?;
        let mut turned = question.clone();
        turned.context.insert(0, edition.id.clone());
        let first = question.shown.first();
        turned.shown = first.and_then(|shown| self.counterpart(shown, in_hand, number)).into_iter().collect();
        Some(turned)
    }

    /// Returns the passage of a release that is most like one that was shown of another.
    fn counterpart(&self, shown: &Shown, of: &Arc<Release>, number: usize) -> Option<Shown> {
        let passages = &self.index.passages;
        let is_it = |release: &Arc<Release>, paragraph| Arc::ptr_eq(release, of) && paragraph == shown.paragraph;
        let shown = passages.iter().find(|passage| is_it(self.index.release_of(passage), passage.paragraph))?;
        let others = passages.iter().filter(|passage| passage.release == number);
        let most =
            others.max_by(|a, b| shown.alike(a).total_cmp(&shown.alike(b)).then(b.paragraph.cmp(&a.paragraph)))?;
        Some(Shown { release: self.index.release_of(most).id.clone(), paragraph: most.paragraph })
    }

    /// Returns the likelihood that a question needs what was talked about to be understood; 0 where nothing was.
    fn need(&self, question: &Question) -> f32 {
        let signs = self.signs_of_need(question, self.side);
        signs.map_or(0.0, |signs| self.weights.need.likelihood(&signs))
    }
}
