//! Times counted from today: “yesterday”, “esta semana”.

use std::ops::RangeInclusive;

use time::{Date, Duration, Month};

use super::Lexicon;
use super::lists::PhraseList;
use crate::text::Words;

/// Time counted from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Today.
    Today,
    /// Yesterday.
    Yesterday,
    /// The week that today is in, from Monday.
    ThisWeek,
    /// The week before.
    LastWeek,
    /// The month that today is in.
    ThisMonth,
    /// The month before.
    LastMonth,
    /// The year that today is in.
    ThisYear,
    /// The year before.
    LastYear,
}

impl Period {
    /// The periods, each with the phrases that name it.
    const PHRASES: [(Self, PhraseList); 8] = [
        (Self::Today, PhraseList::Today),
        (Self::Yesterday, PhraseList::Yesterday),
        (Self::ThisWeek, PhraseList::ThisWeek),
        (Self::LastWeek, PhraseList::LastWeek),
        (Self::ThisMonth, PhraseList::ThisMonth),
        (Self::LastMonth, PhraseList::LastMonth),
        (Self::ThisYear, PhraseList::ThisYear),
        (Self::LastYear, PhraseList::LastYear),
    ];

    /// Returns its first and last day, by which day it is today.
    #[must_use]
    pub fn days(self, today: Date) -> RangeInclusive<Date> {
        let week = |day: Date| {
            let monday = day - Duration::days(i64::from(day.weekday().number_days_from_monday()));
            monday..=monday + Duration::days(6)
        };
        let month = |day: Date| {
            let first = day - Duration::days(i64::from(day.day()) - 1);
            first..=first + Duration::days(i64::from(day.month().length(day.year())) - 1)
        };
        let year = |year: i32| {
            let day = |month: Month, day: u8| Date::from_calendar_date(year, month, day).unwrap_or(today);
            day(Month::January, 1)..=day(Month::December, 31)
        };
        match self {
            Self::Today => today..=today,
            Self::Yesterday => today - Duration::DAY..=today - Duration::DAY,
            Self::ThisWeek => week(today),
            Self::LastWeek => week(today - Duration::WEEK),
            Self::ThisMonth => month(today),
            Self::LastMonth => month(*month(today).start() - Duration::DAY),
            Self::ThisYear => year(today.year()),
            Self::LastYear => year(today.year() - 1),
        }
    }

    /// Returns the name by which sentences say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Today => "this-day",
            Self::Yesterday => "last-day",
            Self::ThisWeek => "this-week",
            Self::LastWeek => "last-week",
            Self::ThisMonth => "this-month",
            Self::LastMonth => "last-month",
            Self::ThisYear => "this-year",
            Self::LastYear => "last-year",
        }
    }
}

/// Returns the period that a word begins, with the number of its words.
pub(crate) fn period_at(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> Option<(Period, usize)> {
    let length = |list| lexicon.phrases(list).lengths_at(words, at).max();
    let named = Period::PHRASES.into_iter().filter_map(|(period, list)| Some((period, length(list)?)));
    named.max_by_key(|(_, length)| *length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::shipped;

    #[test]
    fn periods_are_counted_from_today() {
        let today = Date::from_calendar_date(2024, Month::March, 3).unwrap();
        for (period, first, last) in [
            (Period::Today, "2024-03-03", "2024-03-03"),
            (Period::Yesterday, "2024-03-02", "2024-03-02"),
            (Period::ThisWeek, "2024-02-26", "2024-03-03"),
            (Period::LastWeek, "2024-02-19", "2024-02-25"),
            (Period::ThisMonth, "2024-03-01", "2024-03-31"),
            (Period::LastMonth, "2024-02-01", "2024-02-29"),
            (Period::ThisYear, "2024-01-01", "2024-12-31"),
            (Period::LastYear, "2023-01-01", "2023-12-31"),
        ] {
            let days = period.days(today);
            let days = (days.start().to_string(), days.end().to_string());
            assert_eq!(days, (first.to_owned(), last.to_owned()), "{period:?}");
        }
    }

    #[test]
    fn periods_are_read_in_the_languages_there_are() {
        let languages = shipped();
        for (text, period) in [
            ("today", Period::Today),
            ("esta semana", Period::ThisWeek),
            ("este mes", Period::ThisMonth),
            ("la semana pasada", Period::LastWeek),
            ("el mes pasado", Period::LastMonth),
            ("last year", Period::LastYear),
            ("hier", Period::Yesterday),
            ("la semaine dernière", Period::LastWeek),
            ("este ano", Period::ThisYear),
            ("na semana passada", Period::LastWeek),
        ] {
            let words = Words::of(text);
            let mut found = (0..words.len()).filter_map(|at| period_at(&words, at, languages.lexicon_of_all()));
            assert_eq!(found.next().map(|(period, _)| period), Some(period), "{text}");
        }
    }
}
