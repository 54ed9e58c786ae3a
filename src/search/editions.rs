//! Editions: releases of what comes again, as an event of every year. Which releases are, which edition a question wants, and the turn
//! from one to another.

use std::cmp::Reverse;
use std::sync::Arc;

use super::index::{Index, Passage};
use super::ranking::{Candidate, IS_HALF, Ranker};
use super::text::kinds::Kinds;
use super::{Question, SearchIndex, Shown, SideWeights, is_year};
use crate::corpus::Release;

/// Share of the weight of their terms that two releases of about the same season of different years have in common when they are of one
/// event that comes again; set by hand. In four sets of invented releases the seven such pairs have .175 or more, all others at most .153.
const EDITIONS: f32 = 0.165;

/// Most months between the seasons of two editions; set by hand.
const SEASON: i32 = 2;

/// Share of the terms of two passages that both have when they may say the same of two years, though their releases are no editions.
/// Those alike enough to be quoted together have far more. Set by hand.
const SAME_TERMS: f32 = 0.3;

/// Share of the confidence of the best passage that an edition of it has at least to be taken for as good an answer; set by hand.
const AS_LIKELY: f32 = 0.85;

/// The same for the edition of the year that the question names; set by hand.
const OF_THE_YEAR: f32 = 0.7;

/// Returns the place of the edition of the best candidate that a question wants: that of the year which it names, else the newest; `None`
/// where that is the best itself.
pub(super) fn edition_wanted(ranker: &Ranker<'_>, ranked: &[Candidate], weights: &SideWeights) -> Option<usize> {
    let Ranker { index, query, .. } = ranker;
    let passage_of = |candidate: &Candidate| &index.passages[candidate.passage];
    let release_of = |candidate: &Candidate| index.release_of(passage_of(candidate));
    let best = ranked.first().filter(|best| !best.features.is_followed())?;
    let date = release_of(best).date;
    let named: Vec<&str> = query.concepts.iter().filter(|concept| concept.is_name).map(|of| &*of.typed).collect();
    let mut years = named.iter().filter(|name| is_year(name));
    let named_year = years.next();
    if years.next().is_some() {
        return None;
    }
    let year: Option<i32> = named_year.and_then(|year| year.parse().ok());
    let year_term = named_year.and_then(|year| index.terms.number(year));
    let names_date = named.iter().any(|name| name.contains(char::is_numeric));
    // What tells of another year is not about that of its release.
    let tells_of_another = |passage: &Passage| passage.names_year && !year_term.is_some_and(|year| passage.has(year));
    // How many there were in a year is often told in the next one.
    let may_be_told_later = query.asked.contains(Kinds::HOW_MANY);
    let is_wanted = |candidate: &Candidate| match year {
        Some(year) => {
            !may_be_told_later
                && !release_of(best).is_of_year(year)
                && release_of(candidate).is_of_year(year)
                && !tells_of_another(passage_of(candidate))
        }
        None => !names_date && date.is_some() && release_of(candidate).date > date,
    };
    let least = if year.is_some() { OF_THE_YEAR } else { AS_LIKELY } * weights.confidence(&best.features);
    let is_edition = |candidate: &Candidate| {
        likeness(index, best.release, candidate.release).is_some()
            || year.is_none() && passage_of(best).alike(passage_of(candidate)) >= SAME_TERMS
    };
    let editions = ranked.iter().enumerate().filter(|(_, candidate)| {
        is_wanted(candidate) && weights.confidence(&candidate.features) >= least && is_edition(candidate)
    });
    // The best of the year named, or of the latest date.
    let date_of = |candidate: &Candidate| release_of(candidate).date.filter(|_| year.is_none());
    editions.max_by_key(|(at, candidate)| (date_of(candidate), Reverse(*at))).map(|(at, _)| at)
}

/// Returns how alike two releases are, from 0 to 1, if they are editions: of one event that comes again, as a fair of every year.
fn likeness(index: &Index, one: usize, other: usize) -> Option<f32> {
    let months_of = |release: usize| {
        let date = index.corpus.releases[release].date?;
        Some((date.year, 12 * date.year + date.month.map_or(0, i32::from), date.month.is_some()))
    };
    let ((year, month, is_exact), (other_year, other_month, is_other_exact)) = (months_of(one)?, months_of(other)?);
    let apart = (month - other_month).abs();
    let beyond_years = (apart + SEASON) % 12;
    let is_of_season = !is_exact || !is_other_exact || apart >= 12 - SEASON && beyond_years <= 2 * SEASON;
    let likeness = (year != other_year && is_of_season).then(|| share_in_common(index, one, other))?;
    (likeness >= EDITIONS).then_some(likeness)
}

/// Returns the share of the weight of the terms of two releases that both have, from 0 to 1; what few passages have weighs most.
fn share_in_common(index: &Index, one: usize, other: usize) -> f32 {
    let [one, other] = [one, other].map(|release| &index.releases[release].all);
    let weight = |terms: &mut dyn Iterator<Item = &u32>| terms.map(|term| index.terms.rarity_of(*term)).sum::<f32>();
    weight(&mut one.intersection(other)) / weight(&mut one.union(other)).max(f32::MIN_POSITIVE)
}

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
            .filter_map(|(number, release)| Some((likeness(&self.index, of_hand, number)?, number, release)));
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
