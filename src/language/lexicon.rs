//! Words that a text is read by: those of its own language and of the usual ones.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::Language;
use super::file::LanguageFile;
use super::lists::{List, PhraseList};
use super::numbers::NumberWords;
use super::phrases::{Phrase, PhraseSet};
use crate::text::Words;

/// Words and phrases that a text is read by.
#[derive(Debug, Clone)]
pub(crate) struct Lexicon {
    lists: Vec<HashSet<String>>,
    phrases: Vec<PhraseSet>,
    /// Months by their folded names, from 1.
    months: HashMap<String, u8>,
    weekdays: HashSet<String>,
    has_small_months: bool,
    capitalises_nouns: bool,
    numbers: NumberWords,
    /// Set where a date in digits begins with its month.
    is_month_first: bool,
    language_names: HashMap<String, Language>,
    /// Words of [`List::Who`] as they are written with an accent.
    accented_who: HashSet<String>,
    /// Words of [`List::Asking`] as they are written.
    asking: HashSet<String>,
}

impl Lexicon {
    /// Joins the words of some languages.
    pub(super) fn of(files: &[&LanguageFile]) -> Self {
        let mut lists = vec![HashSet::new(); List::KEYS.len()];
        for file in files {
            for (list, words) in lists.iter_mut().zip(&file.lists) {
                list.extend(words.iter().map(|word| crate::text::fold(word)));
            }
        }
        let who = files.iter().flat_map(|file| file.list(List::Who));
        let accented_who = who.filter(|word| crate::text::fold(word) != **word).cloned().collect();
        let asking = files.iter().flat_map(|file| file.list(List::Asking)).cloned().collect();
        let mut phrases = vec![PhraseSet::default(); PhraseList::KEYS.len()];
        for file in files {
            for (set, list) in phrases.iter_mut().zip(&file.phrases) {
                // Those with a fault were reported when the file was read.
                list.iter()
                    .filter_map(|text| Phrase::parse(text, &lists[List::Which as usize]).ok())
                    .for_each(|phrase| set.add(&phrase));
            }
        }
        let months = files.iter().flat_map(|file| (1..).zip(&file.months));
        let months = months.flat_map(|(month, names)| names.iter().map(move |name| (name.clone(), month))).collect();
        let weekdays = files.iter().flat_map(|file| file.weekdays.iter().flatten()).cloned().collect();
        let has_small_months = files.iter().any(|file| file.has_small_months);
        let capitalises_nouns = files.iter().any(|file| file.capitalises_nouns);
        let mut numbers = NumberWords::default();
        files.iter().for_each(|file| numbers.add(&file.numbers, file.list(List::NumberJoiners).iter()));
        let language_names = files.iter().flat_map(|file| file.language_names.clone()).collect();
        Self {
            lists,
            phrases,
            months,
            weekdays,
            has_small_months,
            capitalises_nouns,
            numbers,
            is_month_first: false,
            language_names,
            accented_who,
            asking,
        }
    }

    /// Adds the words of a list.
    pub(super) fn extend<'w>(&mut self, list: List, words: impl Iterator<Item = &'w String>) {
        self.lists[list as usize].extend(words.cloned());
    }

    /// Tells whether a folded word is in a list.
    pub(crate) fn has(&self, list: List, folded: &str) -> bool {
        self.lists[list as usize].contains(folded)
    }

    /// Returns the words of a list, folded, in no order.
    pub(crate) fn words(&self, list: List) -> impl Iterator<Item = &str> {
        self.lists[list as usize].iter().map(String::as_str)
    }

    /// Returns the phrases of a list.
    pub(crate) fn phrases(&self, list: PhraseList) -> &PhraseSet {
        &self.phrases[list as usize]
    }

    /// Tells whether a folded word is the name of a month.
    pub(crate) fn is_month(&self, folded: &str) -> bool {
        self.months.contains_key(folded)
    }

    /// Returns the names of a month, from 1, folded, in no order.
    pub(crate) fn names_of_month(&self, month: u8) -> impl Iterator<Item = &str> {
        self.months.iter().filter(move |(_, number)| **number == month).map(|(name, _)| name.as_str())
    }

    /// Tells whether every noun begins with a capital, so that one tells nothing of names.
    pub(crate) fn capitalises_nouns(&self) -> bool {
        self.capitalises_nouns
    }

    /// Tells whether a folded word is a day of the week.
    pub(crate) fn is_weekday(&self, folded: &str) -> bool {
        self.weekdays.contains(folded)
    }

    /// Tells whether months are written small, so that a number before one tells it.
    pub(crate) fn has_small_months(&self) -> bool {
        self.has_small_months
    }

    /// Returns what a folded word is worth that is a number by itself: `3`, `3rd`, `third`, `three`.
    pub(crate) fn number(&self, folded: &str) -> Option<u64> {
        let digits = folded.trim_end_matches(char::is_alphabetic);
        let ending = &folded[digits.len()..];
        let in_digits =
            || if ending.is_empty() || self.has(List::OrdinalEndings, ending) { digits.parse().ok() } else { None };
        self.numbers.ordinal(folded).or_else(|| self.numbers.lone(folded)).or_else(in_digits)
    }

    /// Returns the words of numbers.
    pub(crate) fn numbers(&self) -> &NumberWords {
        &self.numbers
    }

    /// Returns the number of a month, from 1.
    pub(crate) fn month(&self, folded: &str) -> Option<u8> {
        self.months.get(folded).copied()
    }

    /// Tells whether a date in digits begins with its month.
    pub(crate) fn is_month_first(&self) -> bool {
        self.is_month_first
    }

    /// Returns the language that a folded word names.
    pub(crate) fn language_named(&self, folded: &str) -> Option<Language> {
        self.language_names.get(folded).copied()
    }

    /// Tells whether a folded word carries no topic: an article, a preposition, a question word, a courtesy.
    pub(crate) fn is_function_word(&self, folded: &str) -> bool {
        self.has(List::Function, folded) || self.has(List::FunctionHere, folded)
    }

    /// Tells whether a word asks for a person or an organisation by its accent, wherever it stands: “quién”.
    pub(crate) fn asks_who_by_accent(&self, words: &Words<'_>, at: usize) -> bool {
        self.accented_who.contains(&words.written(at).to_lowercase())
    }

    /// Tells whether a word as it is written begins a question behind another one.
    pub(crate) fn begins_question(&self, written: &str) -> bool {
        let composed: String = written.nfc().flat_map(char::to_lowercase).collect();
        self.asking.contains(&composed.replace(['’', '´', 'ʼ'], "'"))
    }

    /// Returns a folded word without what is joined to its front by an apostrophe: `atelier` for `l'atelier`.
    pub(crate) fn without_elision<'w>(&self, folded: &'w str) -> &'w str {
        if !folded.contains('\'') {
            return folded;
        }
        let without = |start: &str| folded.strip_prefix(start).filter(|rest| !rest.is_empty());
        self.words(List::Elisions).find_map(without).unwrap_or(folded)
    }

    /// Returns a folded word without its possessive ending.
    pub(crate) fn without_possessive<'w>(&self, folded: &'w str) -> &'w str {
        let without = |ending: &str| folded.strip_suffix(ending).filter(|rest| !rest.is_empty());
        self.words(List::Possessives).find_map(without).unwrap_or(folded)
    }
}

/// Returns the lexicon of a text in one of `files`, or of one whose language is not known, with the function words of all.
pub(super) fn lexicon_of(files: &[LanguageFile], language: Option<Language>) -> Lexicon {
    let is_read = |file: &&LanguageFile| file.is_usual || Some(file.language) == language;
    let mut lexicon = Lexicon::of(&files.iter().filter(is_read).collect::<Vec<_>>());
    lexicon.extend(List::Function, files.iter().flat_map(|file| file.list(List::Function)));
    lexicon.is_month_first = files.iter().any(|file| Some(file.language) == language && file.is_month_first);
    lexicon
}
