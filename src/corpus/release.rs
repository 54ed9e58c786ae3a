//! A press release and its parts.

use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;
use url::Url;

use crate::language::Language;
use crate::text::without_extension;

/// A press release in one language.
#[derive(Debug, Clone)]
pub struct Release {
    /// Slug from the file's name without its language: `migrant-window`.
    pub id: String,
    /// Former ids.
    pub aliases: Vec<String>,
    /// Language of title and paragraphs.
    pub language: Language,
    /// Headline, as printed.
    pub title: String,
    /// Second headline, if any.
    pub subtitle: Option<String>,
    /// Place of the dateline, as printed.
    pub place: Option<String>,
    /// Date of publication, as precise as on the page; `None` if not stated.
    pub date: Option<ReleaseDate>,
    /// Address of the page on the web, if known.
    pub url: Option<Url>,
    /// Topics assigned by a press officer.
    pub topics: Vec<String>,
    /// Paragraphs of the text, in order.
    pub paragraphs: Vec<Paragraph>,
    /// Press contacts.
    pub contacts: Vec<Contact>,
    /// Publication status.
    pub status: Status,
}

impl Release {
    /// Returns the line that introduces a paragraph, where that is an item of a list: “The signs are:” before “- Fever”.
    #[must_use]
    pub fn introduction(&self, paragraph: usize) -> Option<&str> {
        let is_item = |paragraph: &&Paragraph| is_list_item(&paragraph.text);
        let mut before = self.paragraphs.get(..=paragraph)?.iter().rev().peekable();
        before.peek().filter(|last| is_item(last))?;
        before.find(|paragraph| !is_item(paragraph)).map(|found| found.text.as_str()).filter(|text| text.ends_with(':'))
    }

    /// Returns the number of the lead, the first paragraph that is no list, as the points above it are.
    #[must_use]
    pub fn lead(&self) -> usize {
        self.paragraphs.iter().position(|paragraph| !is_list_item(&paragraph.text)).unwrap_or_default()
    }

    /// Tells whether a paragraph only introduces the list that follows it.
    #[must_use]
    pub fn introduces_list(&self, paragraph: usize) -> bool {
        self.introduction(paragraph + 1).is_some() && !is_list_item(&self.paragraphs[paragraph].text)
    }

    /// Returns the name of the release's file.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.{}.md", self.id, self.language)
    }

    /// Returns its id with its language, which name it among its versions.
    #[must_use]
    pub fn version_name(&self) -> String {
        format!("{}.{}", self.id, self.language)
    }

    /// Tells whether an id is the current or a former id of this release.
    #[must_use]
    pub fn answers_to(&self, id: &str) -> bool {
        self.id == id || self.aliases.iter().any(|alias| alias == id)
    }

    /// Tells whether it is dated in a year, or names it in its title.
    pub(crate) fn is_of_year(&self, year: i32) -> bool {
        self.date.is_some_and(|date| date.year == year) || self.title.contains(&year.to_string())
    }
}

/// Tells whether a paragraph begins as an item of a list does: with a bullet, or with a number and a full stop or bracket.
fn is_list_item(text: &str) -> bool {
    let Some((marker, _)) = text.split_once(' ') else { return false };
    let number = marker.trim_end_matches(['.', ')']);
    let is_number = number.len() < marker.len() && (1..=2).contains(&number.len());
    matches!(marker, "-" | "–" | "—" | "•" | "*" | "·" | "▪" | "◦")
        || is_number && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Paragraph of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// Text as printed, with white space normalised.
    pub text: String,
    /// Number of its first line in the corpus file, from 1.
    pub line: usize,
}

/// Press contact of a release; each part is as printed and may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Contact {
    /// Name of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// Phone number with its extension, as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Contact {
    /// Tells whether the phone number equals another one, regardless of format and country code.
    #[must_use]
    pub fn has_number(&self, number: &str) -> bool {
        let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
        let asked = digits(without_extension(number));
        let own = self.phone.as_deref().map(|phone| digits(without_extension(phone))).unwrap_or_default();
        let shorter = asked.len().min(own.len());
        shorter >= MIN_PHONE_DIGITS && (asked.ends_with(&own) || own.ends_with(&asked))
    }

    /// Tells whether both are equal, regardless of the format of the phone number.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let digits = |contact: &Self| {
            let phone = contact.phone.as_deref().unwrap_or_default();
            phone.bytes().filter(u8::is_ascii_digit).collect::<Vec<u8>>()
        };
        let rest = |contact: &Self| Self { phone: None, ..contact.clone() };
        digits(self) == digits(other) && rest(self) == rest(other)
    }
}

/// Minimum number of digits of a whole phone number; fewer are a year or an extension.
const MIN_PHONE_DIGITS: usize = 7;

/// Publication status of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Not reviewed yet: never served.
    Draft,
    /// Served.
    #[default]
    Live,
    /// Withdrawn: no longer served.
    Retired,
}

/// Date at the precision of the page: a year, a month or a day.
///
/// Dates are ordered by the earliest day that they may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseDate {
    /// Year, four digits.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: Option<u8>,
    /// Day of the month.
    pub day: Option<u8>,
}

impl ReleaseDate {
    /// Parses `2019`, `2019-03` or `2019-03-22`; `None` for anything else and for days that do not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse().ok())
                .flatten()
        };
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = match parts.next() {
            Some(part) => Some(u8::try_from(digits(part, 2)?).ok()?),
            None => None,
        };
        let day = match parts.next() {
            Some(part) => Some(u8::try_from(digits(part, 2)?).ok()?),
            None => None,
        };
        if parts.next().is_some() {
            return None;
        }
        let calendar_month = time::Month::try_from(month.unwrap_or(1)).ok()?;
        time::Date::from_calendar_date(year, calendar_month, day.unwrap_or(1)).ok()?;
        Some(Self { year, month, day })
    }

    /// Returns the first day that the date may mean.
    pub(super) fn first_day(&self) -> Option<time::Date> {
        self.at(time::Month::try_from(self.month.unwrap_or(1)).ok()?, self.day.unwrap_or(1))
    }

    fn at(&self, month: time::Month, day: u8) -> Option<time::Date> {
        time::Date::from_calendar_date(self.year, month, day).ok()
    }

    /// Tells whether all days that the date may mean are among some days: a year alone is no day of it.
    #[must_use]
    pub fn is_within(&self, days: &RangeInclusive<time::Date>) -> bool {
        let month = self.month.unwrap_or(12);
        let last_day = |month: time::Month| self.day.unwrap_or_else(|| month.length(self.year));
        let last = time::Month::try_from(month).ok().and_then(|month| self.at(month, last_day(month)));
        [self.first_day(), last].into_iter().all(|day| day.is_some_and(|day| days.contains(&day)))
    }
}

impl fmt::Display for ReleaseDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        for part in [self.month, self.day].into_iter().flatten() {
            write!(f, "-{part:02}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_is_within_days_with_all_that_it_may_mean() {
        let day = |text: &str| {
            let date = ReleaseDate::parse(text).unwrap();
            let month = time::Month::try_from(date.month.unwrap()).unwrap();
            time::Date::from_calendar_date(date.year, month, date.day.unwrap()).unwrap()
        };
        for (date, first, last, is_within) in [
            ("2024-02-29", "2024-02-29", "2024-02-29", true),
            ("2024-03-01", "2024-02-01", "2024-02-29", false),
            ("2024-02", "2024-02-01", "2024-02-29", true),
            ("2024-02", "2024-02-29", "2024-02-29", false),
            ("2024", "2024-01-01", "2024-12-31", true),
            ("2024", "2024-02-01", "2024-02-29", false),
        ] {
            let days = day(first)..=day(last);
            assert_eq!(ReleaseDate::parse(date).unwrap().is_within(&days), is_within, "{date} {days:?}");
        }
    }
}
