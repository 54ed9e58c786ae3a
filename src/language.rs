//! Languages by their ISO 639-1 code, and what `config/languages/` says of each.
//!
//! A file there holds every word of a language that the program goes by: its function words, the words that ask for a kind of
//! answer, months, numbers, endings. The code knows no word of any language. A language without a file is searched by meaning and
//! by its words as they stand.

mod dates;
mod detection;
mod file;
mod inflection;
mod languages;
mod lexicon;
mod lists;
mod numbers;
mod periods;
mod phrases;
mod shorthand;
mod sounds;
mod spelling;
mod stemming;
mod typos;

use std::fmt;

use serde::{Serialize, Serializer};

pub use self::dates::DatePattern;
pub(crate) use self::dates::date_at;
pub use self::detection::detect_other;
pub use self::languages::Languages;
#[cfg(test)]
pub(crate) use self::languages::shipped;
pub(crate) use self::lexicon::Lexicon;
pub(crate) use self::lists::{List, PhraseList};
pub use self::periods::Period;
pub(crate) use self::periods::period_at;
pub(crate) use self::phrases::PhraseSet;

/// A language by its ISO 639-1 code, such as `en`.
///
/// Any code is a language; which ones the bot speaks is decided by the files in `config/locales/`, and which ones it reads well
/// by those in `config/languages/`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language([u8; 2]);

impl Language {
    /// English, the language of last resort.
    pub const ENGLISH: Self = Self(*b"en");
    /// Spanish.
    pub const SPANISH: Self = Self(*b"es");
    /// French.
    pub const FRENCH: Self = Self(*b"fr");

    /// Reads a code such as `es`, `ES` or `es-SV` (the region is dropped).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_']).next()?;
        match primary.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_lowercase(), b.to_ascii_lowercase()]))
            }
            _ => None,
        }
    }

    /// Returns the two lower-case letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII letters get in")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lose_their_region() {
        assert_eq!(Language::from_code("es-419"), Some(Language::SPANISH));
        assert_eq!(Language::from_code("EN"), Some(Language::ENGLISH));
        assert_eq!(Language::from_code("english"), None);
    }
}
