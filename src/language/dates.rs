//! Dates as people type them: `22 March 2019`, `22/03/19`, `marzo de 2019`, `March 22`, `2019`.

use std::ops::RangeInclusive;

use super::{Language, Languages, Lexicon, List};
use crate::text::Words;

/// A date, or a part of one; what is not stated may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DatePattern {
    /// The year.
    pub year: Option<i32>,
    /// The month, from 1.
    pub month: Option<u8>,
    /// The day of the month.
    pub day: Option<u8>,
}

/// Years that a number of four digits may be.
const YEARS: RangeInclusive<i32> = 1900..=2099;

/// First year of a century that two digits stand for in this one.
const FIRST_YEAR_OF_LAST_CENTURY: i32 = 70;

impl DatePattern {
    /// Makes a date of parts that there may be together.
    fn new(year: Option<i32>, month: Option<u8>, day: Option<u8>) -> Option<Self> {
        // A leap year where none is stated, which has every day.
        let calendar_month = time::Month::try_from(month.unwrap_or(1)).ok()?;
        time::Date::from_calendar_date(year.unwrap_or(2000), calendar_month, day.unwrap_or(1)).ok()?;
        Some(Self { year, month, day })
    }

    /// Returns the first and the last day that it may mean; `None` without a year.
    pub(crate) fn days(self) -> Option<RangeInclusive<time::Date>> {
        let year = self.year?;
        let month = |number: u8| time::Month::try_from(number).ok();
        let (first, last) = (month(self.month.unwrap_or(1))?, month(self.month.unwrap_or(12))?);
        let day = |month, day| time::Date::from_calendar_date(year, month, day).ok();
        Some(day(first, self.day.unwrap_or(1))?..=day(last, self.day.unwrap_or_else(|| last.length(year)))?)
    }
}

impl Languages {
    /// Names the months of dates in digits (`20/08`, `12/2018`) and of those whose month is cut short (`aug 18th`, `dic 2018`), in
    /// the language of a text: most releases name them, and what is compared are words.
    pub(crate) fn with_months_named(&self, text: &str, language: Option<Language>) -> String {
        let words = Words::of(text);
        let is_month_first = self.lexicon(language).is_month_first();
        let reader = DateReader { words: &words, lexicon: self.lexicon_of_all(), is_month_first };
        let short_month = |at: usize| {
            let month = self.short_month(&words[at].folded, language).filter(|_| reader.stands_by_number(at));
            month.and_then(|month| self.name_of_month(month, language)).map(str::to_owned)
        };
        let (mut named, mut end, mut at) = (String::with_capacity(text.len() + 8), 0, 0);
        while at < words.len() {
            let in_digits = reader
                .in_digits(at)
                .filter(|(date, n_words)| date.year.is_some() || reader.is_shown_as_date(at, *n_words));
            let (written, n_words) = match in_digits {
                Some((date, n_words)) => (self.written(date, language), n_words),
                None => (short_month(at), 1),
            };
            if let Some(written) = written {
                named.push_str(&text[end..words[at].range.start]);
                named.push_str(&written);
                end = words[at + n_words - 1].range.end;
            }
            at += n_words;
        }
        named.push_str(&text[end..]);
        named
    }

    fn written(&self, date: DatePattern, language: Option<Language>) -> Option<String> {
        let month = self.name_of_month(date.month?, language)?.to_owned();
        let (day, year) = (date.day.map(|day| day.to_string()), date.year.map(|year| year.to_string()));
        Some([day, Some(month), year].into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

/// Returns the date that begins at a word, with the number of its words.
///
/// A month alone is one where something shows it: a capital, or a preposition of dates before it. `is_month_first` decides what
/// digits mean where the month may be either of two.
pub(crate) fn date_at(
    words: &Words<'_>,
    at: usize,
    lexicon: &Lexicon,
    is_month_first: bool,
) -> Option<(DatePattern, usize)> {
    let reader = DateReader { words, lexicon, is_month_first };
    if reader.is_within_digits(at) {
        return None;
    }
    reader.in_digits(at).or_else(|| reader.with_month(at)).or_else(|| {
        let year = reader.year(at)?;
        Some((DatePattern { year: Some(year), ..DatePattern::default() }, 1))
    })
}

/// Reads a year of two digits.
fn short_year(text: &str) -> Option<i32> {
    let number: i32 = text.parse().ok()?;
    Some(if number < FIRST_YEAR_OF_LAST_CENTURY { 2000 + number } else { 1900 + number })
}

struct DateReader<'a> {
    words: &'a Words<'a>,
    lexicon: &'a Lexicon,
    is_month_first: bool,
}

impl DateReader<'_> {
    /// Reads a date in digits: 22/03/2019, 22.03.19, 2019-03-22, 03/2019, 22/03.
    fn in_digits(&self, at: usize) -> Option<(DatePattern, usize)> {
        if self.is_within_digits(at) {
            return None;
        }
        let written = self.words.written(at);
        if written.contains('.') {
            let parts: Vec<&str> = written.split('.').collect();
            return (parts.len() == 3).then(|| self.of_parts(&parts)).flatten().map(|date| (date, 1));
        }
        let n_parts = 1 + (1..3).take_while(|more| self.is_joined(at + more)).count();
        // More numbers joined together are a telephone number or a score.
        if n_parts == 1 || !self.is_number(at) || self.is_joined(at + n_parts) {
            return None;
        }
        let parts: Vec<&str> = (at..at + n_parts).map(|part| self.words.written(part)).collect();
        self.of_parts(&parts).map(|date| (date, n_parts))
    }

    fn of_parts(&self, parts: &[&str]) -> Option<DatePattern> {
        let year = |text: &str| match text.len() {
            2 => short_year(text),
            4 => text.parse().ok().filter(|year| YEARS.contains(year)),
            _ => None,
        };
        let part = |text: &str| (text.len() <= 2).then(|| text.parse::<u8>().ok()).flatten();
        let day_and_month = |first: &str, second: &str, year: Option<i32>| {
            let (first, second) = (part(first)?, part(second)?);
            let day_first = || DatePattern::new(year, Some(second), Some(first));
            let month_first = || DatePattern::new(year, Some(first), Some(second));
            if self.is_month_first { month_first().or_else(day_first) } else { day_first().or_else(month_first) }
        };
        match parts {
            [first, month, day] if first.len() == 4 => {
                DatePattern::new(Some(year(first)?), Some(part(month)?), Some(part(day)?))
            }
            [first, second, last] => day_and_month(first, second, Some(year(last)?)),
            [first, month] if first.len() == 4 => DatePattern::new(Some(year(first)?), Some(part(month)?), None),
            [month, last] if last.len() == 4 => DatePattern::new(Some(year(last)?), Some(part(month)?), None),
            [first, second] => day_and_month(first, second, None),
            _ => None,
        }
    }

    /// Reads a date with the name of its month: 22 March 2019, March 22nd, marzo del 2019, March.
    fn with_month(&self, at: usize) -> Option<(DatePattern, usize)> {
        if let Some(month) = self.month(at) {
            let behind = self.day(at + 1).map(|day| (day, at + 2));
            let (day, end) = behind.map_or((None, at + 1), |(day, end)| (Some(day), end));
            let (year, end) = self.year_behind(end);
            if day.is_none() && year.is_none() && !self.shows_month(at) {
                return None;
            }
            return DatePattern::new(year, Some(month), day).map(|date| (date, end - at));
        }
        let day = self.day(at)?;
        let at_month = if self.month(at + 1).is_some() { at + 1 } else { self.behind_small_word(at + 1)? };
        let month = self.month(at_month)?;
        let (year, end) = self.year_behind(at_month + 1);
        DatePattern::new(year, Some(month), Some(day)).map(|date| (date, end - at))
    }

    /// Returns the year at a word, or behind a small one there, with the position behind it.
    fn year_behind(&self, at: usize) -> (Option<i32>, usize) {
        let read = |at: usize| self.year(at).map(|year| (Some(year), at + 1));
        let read_short = |at: usize| self.short_year(at).map(|year| (Some(year), at + 1));
        let behind = || self.behind_small_word(at);
        let is_joined = self.words.get(at).is_some_and(|word| self.lexicon.has(List::DateJoiners, &word.folded));
        let short = || read_short(behind().filter(|_| is_joined)?);
        read(at).or_else(|| read(behind()?)).or_else(short).unwrap_or((None, at))
    }

    /// Returns the year of two digits that ends a clause: “mayo del 24”; others may begin hours: “mayo de 10 a 14 horas”.
    fn short_year(&self, at: usize) -> Option<i32> {
        let year = &self.words.get(at)?.folded;
        let is_end = at + 1 == self.words.len() || self.words.gap_before(at + 1).starts_with([',', '?', '!', ';']);
        (year.len() == 2 && self.is_number(at) && is_end).then(|| short_year(year)).flatten()
    }

    fn behind_small_word(&self, at: usize) -> Option<usize> {
        self.words.get(at).filter(|word| self.lexicon.is_function_word(&word.folded)).map(|_| at + 1)
    }

    fn month(&self, at: usize) -> Option<u8> {
        self.lexicon.month(&self.words.get(at)?.folded)
    }

    /// Tells whether a word goes on with digits before it: the rest of a date that there is not, as 31/02/2019, is none either.
    fn is_within_digits(&self, at: usize) -> bool {
        at > 0 && self.is_number(at - 1) && self.is_joined(at)
    }

    /// Tells whether a day and a month in digits are shown as a date by what stands before them, or by standing alone; others may be
    /// a score, or a share of what a preposition behind them leads to: “in 2/3 of the cases”.
    fn is_shown_as_date(&self, at: usize, n_words: usize) -> bool {
        let behind = at + n_words;
        let is_of_something =
            self.words.get(behind).is_some_and(|word| self.lexicon.has(List::Particles, &word.folded));
        if is_of_something && self.year_behind(behind).0.is_none() {
            return false;
        }
        let is_shown_by = |before: usize| {
            let folded = &self.words[before].folded;
            self.lexicon.has(List::DateBefore, folded) || self.lexicon.has(List::Articles, folded)
        };
        at.checked_sub(1).map_or(n_words == self.words.len(), is_shown_by)
    }

    /// Tells whether the day or the year of a month stands by it.
    fn stands_by_number(&self, at: usize) -> bool {
        let is_behind_day = |before: Option<usize>| before.is_some_and(|before| self.day(before).is_some());
        let is_behind_small_word = || at > 1 && self.behind_small_word(at - 1).is_some() && self.day(at - 2).is_some();
        self.day(at + 1).is_some()
            || self.year_behind(at + 1).0.is_some()
            || is_behind_day(at.checked_sub(1))
            || is_behind_small_word()
    }

    fn shows_month(&self, at: usize) -> bool {
        const BEFORE: [List; 5] =
            [List::DateBefore, List::RangeSince, List::RangeBefore, List::RangeUntil, List::RangeBetween];
        let is_before = |word: &str| BEFORE.into_iter().any(|list| self.lexicon.has(list, word));
        let is_behind_preposition = at > 0 && is_before(&self.words[at - 1].folded);
        let is_small = self.lexicon.is_function_word(&self.words[at].folded);
        is_behind_preposition || !is_small && (self.words.is_capitalised(at) || self.words.len() == 1)
    }

    fn day(&self, at: usize) -> Option<u8> {
        let folded = &self.words.get(at)?.folded;
        let end = folded.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(folded.len());
        let (digits, ending) = folded.split_at(end);
        let is_day = digits.len() <= 2 && (ending.is_empty() || self.lexicon.has(List::OrdinalEndings, ending));
        is_day.then(|| digits.parse().ok()).flatten().filter(|day| (1..=31).contains(day))
    }

    fn year(&self, at: usize) -> Option<i32> {
        let year = &self.words.get(at)?.folded;
        (year.len() == 4 && self.is_number(at)).then(|| year.parse().ok()).flatten().filter(|year| YEARS.contains(year))
    }

    /// Tells whether a number stands by the word before it as the next part of a date does.
    fn is_joined(&self, at: usize) -> bool {
        at < self.words.len() && matches!(self.words.gap_before(at), "/" | "-" | ".") && self.is_number(at)
    }

    fn is_number(&self, at: usize) -> bool {
        self.words[at].folded.bytes().all(|byte| byte.is_ascii_digit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::shipped;

    fn read(text: &str) -> Option<(Option<i32>, Option<u8>, Option<u8>)> {
        let languages = shipped();
        let words = Words::of(text);
        let mut dates = (0..words.len()).filter_map(|at| date_at(&words, at, languages.lexicon_of_all(), false));
        dates.next().map(|(date, _)| (date.year, date.month, date.day))
    }

    #[test]
    fn months_of_short_dates_are_named() {
        let languages = shipped();
        for (language, text, expected) in [
            ("es", "que paso el 04/11", "que paso el 4 noviembre"),
            ("es", "comunicado del 22/3/19", "comunicado del 22 marzo 2019"),
            ("es", "3 de nov, dic 2018", "3 de noviembre, diciembre 2018"),
            ("es", "18-20 ago", "18-20 agosto"),
            ("en", "aug 18th", "august 18th"),
            ("en", "12/2018", "december 2018"),
            ("es", "el 3 de mar", "el 3 de marzo"),
            ("pt", "em 3 out 2018", "em 3 outubro 2018"),
            ("es", "el 4/6", "el 4 junio"),
            ("en", "04/05", "4 may"),
            ("en", "in 2/3 of the cases", "in 2/3 of the cases"),
            ("es", "el 3/4 de los casos, el 3/4 de 2018", "el 3/4 de los casos, el 3 abril de 2018"),
            ("en", "3 out of 10 set 20 goals", "3 out of 10 set 20 goals"),
            ("en", "31/02/2019, 99/12/2018", "31/02/2019, 99/12/2018"),
            ("en", "06-12-34-56-78, vote 12-10, 12/15 countries", "06-12-34-56-78, vote 12-10, 12/15 countries"),
            ("en", "2/3 of the dec meeting, WHA70.15, 2010-2016", "2/3 of the dec meeting, WHA70.15, 2010-2016"),
        ] {
            assert_eq!(languages.with_months_named(text, Language::from_code(language)), expected);
        }
    }

    #[test]
    fn dates_are_read_in_the_forms_people_type() {
        let day = Some((Some(2019), Some(3), Some(22)));
        for text in [
            "22 March 2019",
            "22nd of March, 2019",
            "March 22, 2019",
            "el 22 de marzo del 2019",
            "22/03/2019",
            "03/22/2019",
            "22/3/19",
            "22-03-2019",
            "22.03.2019",
            "2019-03-22",
            "le 22 mars 2019",
            "22 de março de 2019",
        ] {
            assert_eq!(read(text), day, "{text}");
        }
        let month = Some((Some(2019), Some(3), None));
        for text in ["in March 2019", "marzo de 2019", "03/2019", "2019-03", "march 2019"] {
            assert_eq!(read(text), month, "{text}");
        }
        for (text, expected) in [
            ("2019", (Some(2019), None, None)),
            ("22/03", (None, Some(3), Some(22))),
            ("22 de marzo", (None, Some(3), Some(22))),
            ("published in march", (None, Some(3), None)),
            ("March", (None, Some(3), None)),
            ("in May", (None, Some(5), None)),
            ("algo de mayo del 24", (Some(2024), Some(5), None)),
            ("3 de mayo del 98", (Some(1998), Some(5), Some(3))),
            ("mayo del 24? cuándo cierra", (Some(2024), Some(5), None)),
            ("in may the 24", (None, Some(5), None)),
            ("el 3 de mayo de 10 a 14 horas", (None, Some(5), Some(3))),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
        for text in ["31/02/2019", "the march of women", "may I see them", "May I see them", "2 500", "3.8", "70.15"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
