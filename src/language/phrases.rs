//! Phrases of a language file: `how many|much`, `<which> day`, `^because`, `can i *`, `how many years ... have`.

use std::collections::{HashMap, HashSet};

use crate::text::{Word, fold};

/// A phrase: words with single spaces between them, each with its alternatives.
///
/// `a|b` is either word, `*` any word, `<which>` one of the words that ask for a noun's kind, `...` any number of words, and `^`
/// before the first word the beginning of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    first: Vec<String>,
    is_at_start: bool,
    rest: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Any,
    Gap,
    OneOf(Vec<String>),
}

impl Phrase {
    /// Reads a phrase; an error is a sentence of what must be otherwise.
    pub(super) fn parse(text: &str, which: &HashSet<String>) -> Result<Self, &'static str> {
        let (text, is_at_start) = match text.trim().strip_prefix('^') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let part = |part: &str| match part {
            "*" => Part::Any,
            "..." => Part::Gap,
            "<which>" => {
                let mut words: Vec<String> = which.iter().cloned().collect();
                words.sort();
                Part::OneOf(words)
            }
            words => Part::OneOf(words.split('|').map(fold).collect()),
        };
        let mut parts: Vec<Part> = text.split_whitespace().map(part).collect();
        if parts.is_empty() {
            return Err("must not be blank");
        }
        if parts.iter().any(|part| matches!(part, Part::OneOf(words) if words.iter().any(String::is_empty))) {
            return Err("has a word too few beside a `|`");
        }
        if parts.last() == Some(&Part::Gap) {
            return Err("must end with a word, not with `...`");
        }
        match parts.remove(0) {
            Part::OneOf(first) => Ok(Self { first, is_at_start, rest: parts }),
            Part::Any | Part::Gap => Err("must begin with a word, not with `*` or `...`"),
        }
    }
}

/// Returns the number of words that some parts take at the beginning of a text, if they are met there.
fn length_met(parts: &[Part], words: &[Word]) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else { return Some(0) };
    let behind = |from: usize| Some(from + length_met(rest, words.get(from..)?)?);
    match part {
        Part::Gap => (0..words.len()).find_map(behind),
        Part::Any => words.first().and_then(|_| behind(1)),
        Part::OneOf(any_of) => words.first().filter(|word| any_of.contains(&word.folded)).and_then(|_| behind(1)),
    }
}

/// Phrases by their first words.
#[derive(Debug, Clone, Default)]
pub(crate) struct PhraseSet(HashMap<String, Vec<Phrase>>);

impl PhraseSet {
    pub(super) fn add(&mut self, phrase: &Phrase) {
        for first in &phrase.first {
            self.0.entry(first.clone()).or_default().push(phrase.clone());
        }
    }

    /// Returns the numbers of words of the phrases that begin at a word.
    pub(crate) fn lengths_at<'s>(&'s self, words: &'s [Word], at: usize) -> impl Iterator<Item = usize> + 's {
        let phrases = words.get(at).and_then(|word| self.0.get(&word.folded)).into_iter().flatten();
        let phrases = phrases.filter(move |phrase| at == 0 || !phrase.is_at_start);
        phrases.filter_map(move |phrase| Some(1 + length_met(&phrase.rest, &words[at + 1..])?))
    }

    /// Tells whether a phrase begins at a word.
    pub(crate) fn begins_at(&self, words: &[Word], at: usize) -> bool {
        self.lengths_at(words, at).next().is_some()
    }

    /// Tells whether a phrase ends with a word.
    pub(crate) fn ends_with(&self, words: &[Word], at: usize) -> bool {
        (0..=at).any(|start| self.lengths_at(words, start).any(|length| start + length == at + 1))
    }

    /// Tells whether a phrase stands anywhere in a text.
    pub(crate) fn stands_in(&self, words: &[Word]) -> bool {
        (0..words.len()).any(|at| self.begins_at(words, at))
    }

    /// Tells whether a word by itself is a phrase.
    pub(crate) fn has_word(&self, folded: &str) -> bool {
        self.0.get(folded).is_some_and(|phrases| phrases.iter().any(|phrase| phrase.rest.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Words;

    #[test]
    fn phrases_are_met_by_their_notation() {
        let which = HashSet::from(["what".to_owned(), "which".to_owned()]);
        let is_met = |phrase: &str, text: &str| {
            let mut set = PhraseSet::default();
            set.add(&Phrase::parse(phrase, &which).unwrap());
            set.stands_in(&Words::of(text))
        };
        for (phrase, text) in [
            ("how many|much", "and how much"),
            ("<which> day", "which day"),
            ("can i *", "whom can I ask"),
            ("^so", "So it is"),
            ("cuántos años ... tiene", "¿cuántos años dice que tiene?"),
            ("cuántos años ... tiene", "cuantos anos tiene"),
        ] {
            assert!(is_met(phrase, text), "{phrase}: {text}");
        }
        for (phrase, text) in [("how many|much", "how are"), ("can i *", "yes can I"), ("^so", "is it so")] {
            assert!(!is_met(phrase, text), "{phrase}: {text}");
        }
        for faulty in ["", "* day", "how |", "how ..."] {
            assert!(Phrase::parse(faulty, &which).is_err(), "{faulty}");
        }
    }
}
