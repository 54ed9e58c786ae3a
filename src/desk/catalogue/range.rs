//! Ranges of dates in a question: “since March 2023”, “entre marzo y mayo de 2022”.

use std::ops::RangeInclusive;

use time::Date;

use super::tag::Tag;
use crate::language::{DatePattern, Lexicon, List};
use crate::text::Words;

/// Days from one to another, either of which may be left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

impl DateRange {
    /// Returns its first and last day.
    #[must_use]
    pub fn days(self) -> RangeInclusive<Date> {
        self.from.unwrap_or(Date::MIN)..=self.until.unwrap_or(Date::MAX)
    }
}

/// Maximum number of small words between a date and the word that says how a range is bounded by it: “after the”.
const MAX_BETWEEN: usize = 2;

/// A date as it stands in a question.
struct Stated {
    date: DatePattern,
    /// Place of its first word.
    start: usize,
    /// Place behind its last word.
    end: usize,
    /// Place and kind of the word that leads to it.
    led_by: Option<(usize, List)>,
}

/// Returns the range that the dates of a question state, with the places of the words that bound it; `None` where they state none,
/// or no year.
pub(super) fn range(words: &Words<'_>, tags: &[Tag], lexicon: &Lexicon) -> Option<(DateRange, Vec<usize>)> {
    let mut stated = stated_dates(words, tags, lexicon);
    let led_by = |of: &Stated| of.led_by.map(|(_, list)| list);
    if let [first, second, ..] = stated.as_mut_slice()
        && second.start - first.end <= MAX_BETWEEN
        && (led_by(first) == Some(List::RangeBetween)
            || matches!(led_by(second), Some(List::RangeTo | List::RangeUntil)) && is_next(first, second))
    {
        let is_borrowed = first.date.year.is_none();
        let year = first.date.year.or(second.date.year);
        (first.date.year, second.date.year) = (year, second.date.year.or(year));
        let (mut from, mut until) = (*first.date.days()?.start(), *second.date.days()?.end());
        if from > until && is_borrowed {
            // “Between November and February 2023”
            first.date.year = year.map(|year| year - 1);
            from = *first.date.days()?.start();
        } else if from > until {
            (from, until) = (*second.date.days()?.start(), *first.date.days()?.end());
        }
        let range = DateRange { from: Some(from), until: Some(until) };
        // “Y”, “and the” between them.
        let between = (first.end..second.start).filter(|at| lexicon.is_function_word(&words[*at].folded));
        return Some((range, first.led_by.map(|(at, _)| at).into_iter().chain(between).collect()));
    }
    let [only] = stated.as_slice() else { return None };
    let (at, list) = only.led_by?;
    let days = only.date.days()?;
    let (from, until) = match list {
        List::RangeSince => (Some(*days.start()), None),
        List::RangeAfter => (days.end().next_day(), None),
        List::RangeBefore => (None, days.start().previous_day()),
        List::RangeUntil => (None, Some(*days.end())),
        _ => return None,
    };
    Some((DateRange { from, until }, vec![at]))
}

/// Tells whether the word that leads to a date stands right behind another one.
fn is_next(first: &Stated, second: &Stated) -> bool {
    second.led_by.is_some_and(|(at, _)| at == first.end)
}

fn stated_dates(words: &Words<'_>, tags: &[Tag], lexicon: &Lexicon) -> Vec<Stated> {
    const LISTS: [List; 6] =
        [List::RangeSince, List::RangeAfter, List::RangeBefore, List::RangeUntil, List::RangeBetween, List::RangeTo];
    let mut stated: Vec<Stated> = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let Tag::Date(date) = *tag else { continue };
        if at > 0 && tags[at - 1] == *tag {
            if let Some(last) = stated.last_mut() {
                last.end = at + 1;
            }
            continue;
        }
        let leads = |at: usize| LISTS.into_iter().find(|list| lexicon.has(*list, &words[at].folded));
        let mut led_by = None;
        for before in (0..at).rev().take(MAX_BETWEEN + 1) {
            let list = leads(before);
            // “Anteriores a 2020”: what stands before “a” tells more.
            if list.is_some() && (led_by.is_none() || list != Some(List::RangeTo)) {
                led_by = list.map(|list| (before, list));
            }
            if list.is_some_and(|list| list != List::RangeTo) || tags[before] != Tag::Small {
                break;
            }
        }
        stated.push(Stated { date, start: at, end: at + 1, led_by });
    }
    stated
}
