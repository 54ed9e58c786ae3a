//! Typed spans of a text: its names, places, dates, numbers and the words that tell of an answer, by capitals, digits and a
//! few words.

mod details;
mod names;

use std::ops::Range;

use super::kinds::Kinds;
use super::word_list::WordList;
use crate::language::{Lexicon, List};
use crate::text::{Words, fold};

/// A part of a text with the kinds of answer that it gives or tells of.
#[derive(Debug, Clone)]
pub(crate) struct TypedSpan {
    /// Position in the text, in bytes.
    pub(crate) range: Range<usize>,
    pub(crate) kinds: Kinds,
    /// The answer that the span is; `None` for words beside one, such as “chaired”.
    pub(crate) entity: Option<Entity>,
}

/// An answer to who, where, when or how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entity {
    /// A person or an organisation.
    Name {
        /// Several words.
        is_long: bool,
        /// Named behind “by”.
        is_doer: bool,
    },
    Place,
    Date,
    /// A number that counts something: no date, no note and no “3rd”.
    Count,
}

/// Reads the spans of a text: its dates and numbers, then its names and places, then the words beside them.
pub(crate) fn read(words: &Words<'_>, lexicon: &Lexicon, places: &WordList) -> Vec<TypedSpan> {
    let reader = SpanReader { words, lexicon, places };
    let mut spans = reader.numbers();
    spans.extend(reader.names());
    let cues = (0..words.len()).map(|at| TypedSpan {
        range: words[at].range.clone(),
        kinds: reader.told_by(at),
        entity: None,
    });
    spans.extend(cues.filter(|span| !span.kinds.is_empty()));
    spans
}

/// Tells whether a folded word that begins with a digit may be a year.
pub(crate) fn is_year(folded: &str) -> bool {
    folded.len() == 4 && (folded.starts_with("19") || folded.starts_with("20"))
}

/// A text in which spans are looked for.
struct SpanReader<'a> {
    words: &'a Words<'a>,
    lexicon: &'a Lexicon,
    places: &'a WordList,
}

impl SpanReader<'_> {
    /// Returns a folded word, blank beyond the last.
    fn folded(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &word.folded)
    }

    fn is_in(&self, at: usize, list: List) -> bool {
        self.lexicon.has(list, self.folded(at))
    }

    fn is_number(&self, at: usize) -> bool {
        self.folded(at).starts_with(|first: char| first.is_ascii_digit())
    }

    /// Returns the kinds of answer that a word by itself tells of.
    fn told_by(&self, at: usize) -> Kinds {
        let word = self.folded(at);
        let has = |list: List| self.lexicon.has(list, word);
        let mut kinds = self.details_at(at);
        kinds.set(Kinds::WHO, has(List::Roles) || has(List::Attendance));
        kinds.set(Kinds::WHEN, has(List::Periods));
        kinds.set(Kinds::PLACE, self.places.contains(word));
        kinds.set(
            Kinds::MONEY,
            has(List::Money) || self.lexicon.words(List::MoneyStems).any(|stem| word.starts_with(stem)),
        );
        kinds.set(Kinds::WHY, has(List::Reasons));
        kinds.set(Kinds::ACRONYM, self.is_in_brackets(at, at) && self.is_acronym(at));
        kinds
    }

    /// Tells whether a word is written in capitals alone.
    fn is_acronym(&self, at: usize) -> bool {
        let written = self.words.written(at);
        written.chars().count() > 1 && written.chars().all(|letter| letter.is_uppercase() || letter == '.')
    }

    fn is_in_brackets(&self, first: usize, last: usize) -> bool {
        self.words.before(first).ends_with('(') && self.words.behind(last).starts_with(')')
    }

    fn numbers(&self) -> Vec<TypedSpan> {
        let mut spans: Vec<TypedSpan> = Vec::new();
        for at in 0..self.words.len() {
            let range = self.words[at].range.clone();
            let last = spans.last_mut().map(|last| (&self.words.text()[last.range.end..range.start], last));
            let goes_on = last.as_ref().is_some_and(|(between, last)| {
                last.entity == Some(Entity::Date) && matches!(*between, "-" | "–" | "/")
            });
            let Some(entity) = self.number(at, goes_on) else { continue };
            match last {
                Some((between, last)) if last.entity == Some(entity) && self.joins(between) => {
                    last.range.end = range.end;
                }
                _ => {
                    let kinds = if entity == Entity::Date { Kinds::WHEN } else { Kinds::HOW_MANY };
                    spans.push(TypedSpan { range, kinds, entity: Some(entity) });
                }
            }
        }
        spans
    }

    /// Tells whether what stands between two parts of a date or a number makes them one.
    fn joins(&self, between: &str) -> bool {
        let word = || between.strip_prefix(' ').and_then(|rest| rest.strip_suffix(' '));
        matches!(between, " " | "-" | "–" | "/" | ", ")
            || word().is_some_and(|word| self.lexicon.has(List::DateJoiners, &fold(word)))
    }

    /// Tells a date from a number that counts something; `is_in_date` says that a date goes on here: “18-20”.
    fn number(&self, at: usize, is_in_date: bool) -> Option<Entity> {
        let folded = self.folded(at);
        let behind = self.words.behind(at);
        if self.is_in(at, List::Days) || self.lexicon.is_weekday(folded) || self.is_month(at) {
            return Some(Entity::Date);
        }
        if self.is_in(at, List::Numbers) || self.lexicon.numbers().counts(folded) {
            return Some(Entity::Count);
        }
        let is_note = self.words.before(at).ends_with('[') && behind.starts_with(']');
        if !self.is_number(at) || is_note {
            return None;
        }
        let is_day_of_month = || {
            let rest = behind.strip_prefix('/');
            rest.is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
        };
        if is_year(folded) || self.is_beside_month(at) || is_day_of_month() || is_in_date {
            return Some(Entity::Date);
        }
        (!folded.ends_with(char::is_alphabetic)).then_some(Entity::Count)
    }

    fn is_month(&self, at: usize) -> bool {
        // “May” and “march” are months with a capital, “mayo” behind “de” too.
        let is_behind_joiner = || at > 0 && self.is_in(at - 1, List::DateJoiners);
        let is_behind_day = || at > 0 && self.lexicon.has_small_months() && self.is_number(at - 1);
        self.lexicon.is_month(self.folded(at))
            && (self.words.is_capitalised(at) || is_behind_joiner() || is_behind_day())
    }

    /// Tells whether a number stands by a month: “November 3rd”, “22 March”, “22 de marzo”.
    fn is_beside_month(&self, at: usize) -> bool {
        at > 0 && self.is_month(at - 1)
            || self.is_month(at + 1)
            || self.is_in(at + 1, List::DateJoiners) && self.is_month(at + 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::shipped;

    fn details(text: &str) -> Kinds {
        let languages = shipped();
        let spans = read(&Words::of(text), languages.lexicon(None), &WordList::default());
        spans.iter().fold(Kinds::empty(), |all, span| all | span.kinds) & Kinds::DETAILS
    }

    #[test]
    fn details_are_known_by_their_form() {
        for (text, expected) in [
            ("It cost $3,000.", Kinds::AMOUNT),
            ("3.5 million dollars", Kinds::AMOUNT),
            ("open from 8:30 on", Kinds::HOUR),
            ("until 4 p.m.", Kinds::HOUR),
            ("She is 12 years old.", Kinds::AGE),
            ("de 12 años de edad", Kinds::AGE),
            ("Costó 3 millones de pesos.", Kinds::AMOUNT),
            ("un fondo de 500 € y más", Kinds::AMOUNT),
            ("MXN 4,000 were paid", Kinds::AMOUNT),
            ("4000 GTQ", Kinds::AMOUNT),
            ("abierto de 13 a 22 horas", Kinds::HOUR),
            ("ouvert de 9h à 14h30", Kinds::HOUR),
            ("from 9 am to 5 pm", Kinds::HOUR),
            ("on Tuesday at 10am", Kinds::HOUR),
            ("The course is free.", Kinds::AMOUNT),
            ("La vacuna es sin costo.", Kinds::AMOUNT),
            ("empieza a las 8.", Kinds::HOUR),
            ("open 10-18 hrs", Kinds::HOUR),
            ("ayuda a las 20 familias en 48 horas", Kinds::empty()),
            ("Target 3.8 of 2017, in 70.15, on 3:4", Kinds::empty()),
            ("From 2010 to 2016, 100 doctors participated this week (29/05).", Kinds::empty()),
        ] {
            assert_eq!(details(text), expected, "{text}");
        }
    }

    #[test]
    fn acronyms_count_in_brackets_alone() {
        let languages = shipped();
        let tells = |text: &str| {
            let spans = read(&Words::of(text), languages.lexicon(None), &WordList::default());
            spans.iter().any(|span| span.kinds.contains(Kinds::ACRONYM))
        };
        assert!(tells("directly observed treatment (DOT) and care"));
        assert!(!tells("at the DOT clinics (see video)"));
    }
}
