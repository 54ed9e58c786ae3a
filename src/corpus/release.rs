//! A press release and its parts.

use std::fmt;

use serde::Serialize;
use url::Url;

use crate::language::Language;

/// A press release in one language.
#[derive(Debug, Clone)]
pub struct Release {
    /// A short slug chosen by a person, the file's name without its language: `migrant-window`.
    pub id: String,
    /// Slugs that once named this release.
    pub aliases: Vec<String>,
    /// The language of title and paragraphs.
    pub language: Language,
    /// The headline, as printed.
    pub title: String,
    /// The second headline, where there is one.
    pub subtitle: Option<String>,
    /// The place of the dateline, as printed.
    pub place: Option<String>,
    /// When it was published, as precisely as the page states it; `None` when it doesn't.
    pub date: Option<ReleaseDate>,
    /// Where the page stands on the web, where that is known.
    pub url: Option<Url>,
    /// Topics a press officer gave it.
    pub topics: Vec<String>,
    /// The text, in order.
    pub paragraphs: Vec<Paragraph>,
    /// Whom to ask about it.
    pub contacts: Vec<Contact>,
    /// Whether it is served.
    pub status: Status,
}

impl Release {
    /// Returns the name of the file that the release stands in.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.{}.md", self.id, self.language)
    }

    /// Tells whether an id means this release, by its id of today or an earlier one.
    #[must_use]
    pub fn answers_to(&self, id: &str) -> bool {
        self.id == id || self.aliases.iter().any(|alias| alias == id)
    }
}

/// One text block of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// The words as printed, white space normalised.
    pub text: String,
    /// Its first line in the corpus file, counted from 1.
    pub line: usize,
}

/// Whom to ask about a release, each part as printed and each possibly missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Contact {
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Where they work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// The number with its extension, as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Contact {
    /// Tells whether this is the telephone number, however it is written: with its country's code or without.
    #[must_use]
    pub fn has_number(&self, number: &str) -> bool {
        let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
        let asked = digits(without_extension(number));
        let own = self.phone.as_deref().map(|phone| digits(without_extension(phone))).unwrap_or_default();
        let shorter = asked.len().min(own.len());
        shorter >= MIN_PHONE_DIGITS && (asked.ends_with(&own) || own.ends_with(&asked))
    }

    /// Tells whether both say the same, but for the signs between the digits of the number.
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

/// Fewer digits are no whole number: a year, an extension.
const MIN_PHONE_DIGITS: usize = 7;

/// Returns a telephone number without its extension, "Ext. 540".
pub(super) fn without_extension(phone: &str) -> &str {
    let extension = phone.find(|letter: char| letter.is_alphabetic()).unwrap_or(phone.len());
    &phone[..extension]
}

/// Whether a release is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Not looked over by a person yet: never served.
    Draft,
    /// Served.
    #[default]
    Live,
    /// Withdrawn: no longer served.
    Retired,
}

/// A date at the precision the page gives it: a year, a month or a day.
///
/// The order is that of the earliest day it may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseDate {
    /// The year, four digits.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: Option<u8>,
    /// The day of the month.
    pub day: Option<u8>,
}

impl ReleaseDate {
    /// Reads `2019`, `2019-03` or `2019-03-22`; anything else, and a day that no calendar has, is `None`.
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
