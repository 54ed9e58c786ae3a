//! Analysis of a text into the terms that are indexed and looked up: small words, stems, joined words.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::glossary::Glossary;
use super::numbers::{number, number_in_words};
use crate::language::{Language, Languages, Lexicon, List, date_at};
use crate::text::{Words, fold};

/// An occurrence of a term in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) term: String,
    /// Position in the text, in bytes.
    pub(crate) range: Range<usize>,
}

/// Turns texts into terms: the same way for passages and for questions, or they would never meet.
///
/// A term is the stem of a folded word, or `=n` for the words and phrases that group `n` of the glossary joins.
#[derive(Debug)]
pub(crate) struct Analyzer {
    languages: Arc<Languages>,
    /// The languages of the releases.
    of_releases: Vec<Language>,
    /// From the forms of a word in the glossary to the numbers of the groups it stands in.
    joined: HashMap<String, Vec<usize>>,
    /// The term of each group, and its first entry.
    groups: Vec<(String, String)>,
    /// From the stems of a phrase in the glossary to the terms of the groups it stands in.
    phrases: HashMap<Vec<String>, Vec<String>>,
    /// The first stem of each joined phrase, with the number of stems of the longest one.
    phrase_starts: HashMap<String, usize>,
}

impl Analyzer {
    /// Takes the glossary and the languages that the releases are in.
    pub(crate) fn new(glossary: &Glossary, languages: Arc<Languages>, of_releases: Vec<Language>) -> Self {
        let mut analyzer = Self {
            languages,
            of_releases,
            joined: HashMap::new(),
            groups: Vec::new(),
            phrases: HashMap::new(),
            phrase_starts: HashMap::new(),
        };
        let apart: HashSet<String> = glossary.apart.iter().map(|word| fold(word)).collect();
        for (number, group) in glossary.groups.iter().enumerate() {
            for entry in group {
                analyzer.join(entry, number, glossary.language_of_verb(entry), &apart);
            }
            analyzer.groups.push((format!("={number}"), group.first().cloned().unwrap_or_default()));
        }
        analyzer
    }

    /// Adds a word or phrase of the glossary to a group; a form that is `apart` is another word.
    fn join(&mut self, entry: &str, group: usize, verb_of: Option<Language>, apart: &HashSet<String>) {
        let languages = Arc::clone(&self.languages);
        let words = Words::of(entry);
        let words: Vec<TopicWord<'_>> = topic_words(&words, languages.lexicon(None)).collect();
        if let [word] = words.as_slice() {
            let written = &entry[word.range.clone()];
            let forms = match verb_of {
                Some(language) => languages.verb_forms(written, language),
                None => languages.forms(written),
            };
            for form in forms.into_iter().filter(|form| *form == word.folded || !apart.contains(form)) {
                let groups = self.joined.entry(form).or_default();
                if !groups.contains(&group) {
                    groups.push(group);
                }
            }
            return;
        }
        for language in self.stemmed(languages.all().collect()) {
            let stems: Vec<String> = words.iter().map(|word| self.stem(&word.folded, language)).collect();
            let Some(first) = stems.first() else { continue };
            let longest = self.phrase_starts.entry(first.clone()).or_default();
            *longest = (*longest).max(stems.len());
            let term = format!("={group}");
            let terms = self.phrases.entry(stems).or_default();
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
    }

    /// Returns the languages that the words of a question are stemmed in: those of the releases, which it may name a word of, and
    /// those that it may be in itself.
    pub(crate) fn stemmed_in(&self, question: Option<Language>) -> Vec<Language> {
        self.stemmed(self.languages.possible(question).collect())
    }

    /// Returns those of some languages that have stems, and those of the releases.
    fn stemmed(&self, mut languages: Vec<Language>) -> Vec<Language> {
        languages.retain(|language| self.languages.has_stems(*language) && !self.of_releases.contains(language));
        languages.extend(&self.of_releases);
        languages
    }

    /// Tells whether a question in a language can be held to its words: there are releases in it, or it is a usual one.
    pub(crate) fn reads(&self, language: Language) -> bool {
        self.has_releases_in(language) || self.languages.is_usual(language)
    }

    /// Returns the languages of the releases.
    pub(crate) fn of_releases(&self) -> &[Language] {
        &self.of_releases
    }

    /// Tells whether there are releases in a language.
    pub(crate) fn has_releases_in(&self, language: Language) -> bool {
        self.of_releases.contains(&language)
    }

    /// Tells whether all releases are in a language.
    pub(crate) fn all_releases_are_in(&self, language: Language) -> bool {
        self.of_releases.iter().all(|other| *other == language)
    }

    /// Returns the stem of a folded word: of a number in words its digits, which are the same in any language.
    pub(crate) fn stem(&self, folded: &str, language: Language) -> String {
        let number = self.languages.lexicon(Some(language)).numbers().lone(folded);
        number.map_or_else(|| self.languages.stem(folded, language), |number| number.to_string())
    }

    /// Returns the languages that there are files for.
    pub(crate) fn languages(&self) -> &Arc<Languages> {
        &self.languages
    }

    /// Returns the terms of the words of a text in a language, in the order of the text.
    ///
    /// A joined phrase gives its term besides those of its words.
    pub(crate) fn terms(&self, words: &[TopicWord<'_>], language: Language) -> Vec<Occurrence> {
        let stems: Vec<String> = words.iter().map(|word| self.stem(&word.folded, language)).collect();
        let mut terms = Vec::with_capacity(words.len());
        for (at, word) in words.iter().enumerate() {
            for (length, term) in self.phrases_at(&stems, at) {
                let end = words[at + length - 1].range.end;
                terms.push(Occurrence { term: term.clone(), range: word.range.start..end });
            }
            let occurrence = |term: &String| Occurrence { term: term.clone(), range: word.range.clone() };
            match self.joined.get(&*word.folded) {
                Some(groups) => terms.extend(groups.iter().map(|group| occurrence(&self.groups[*group].0))),
                None => terms.push(occurrence(&stems[at])),
            }
        }
        terms
    }

    /// Returns the joined phrases that begin at a stem: how many stems long, and the term.
    pub(crate) fn phrases_at<'a>(
        &'a self,
        stems: &'a [String],
        at: usize,
    ) -> impl Iterator<Item = (usize, &'a String)> {
        let longest = self.phrase_starts.get(&stems[at]).copied().unwrap_or(0).min(stems.len() - at);
        (2..=longest).flat_map(move |length| {
            self.phrases.get(&stems[at..at + length]).into_iter().flatten().map(move |term| (length, term))
        })
    }

    /// Returns the first word or phrase of the glossary's group that a folded word stands in.
    pub(crate) fn plain(&self, folded: &str) -> Option<&str> {
        let group = self.joined.get(folded)?.first()?;
        Some(&self.groups[*group].1)
    }

    /// Returns a term as people read it: that of a group as `=` and the group's first word or phrase.
    pub(crate) fn shown(&self, term: &str) -> String {
        let group = self.groups.iter().find(|(of_group, _)| of_group == term);
        group.map_or_else(|| term.to_owned(), |(_, first)| format!("={first}"))
    }

    /// Returns the terms that a folded word may stand for: those of its groups, else its stems, which are given.
    pub(crate) fn terms_of<'s>(&self, folded: &str, stems: impl Iterator<Item = &'s String>) -> Vec<String> {
        if let Some(groups) = self.joined.get(folded) {
            return groups.iter().map(|group| self.groups[*group].0.clone()).collect();
        }
        let mut stems: Vec<String> = stems.cloned().collect();
        stems.sort();
        stems.dedup();
        stems
    }
}

/// A word that carries a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicWord<'w> {
    /// Number of the word in its text.
    pub(crate) at: usize,
    /// Position in the text, in bytes.
    pub(crate) range: Range<usize>,
    /// Folded form, a possessive cut off, a number without separators.
    pub(crate) folded: Cow<'w, str>,
}

/// Returns the words of a text without the small ones.
pub(crate) fn topic_words<'w>(words: &'w Words<'_>, lexicon: &'w Lexicon) -> impl Iterator<Item = TopicWord<'w>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        while next < words.len() {
            let at = next;
            let (length, number) = number_in_words(words, at, lexicon).unzip();
            next += length.unwrap_or(1);
            let topic = match number {
                Some(folded) => {
                    let range = words[at].range.start..words[next - 1].range.end;
                    Some(TopicWord { at, range, folded: Cow::Owned(folded) })
                }
                None => topic_word(words, at, lexicon),
            };
            if topic.is_some() {
                return topic;
            }
        }
        None
    })
}

fn topic_word<'w>(words: &'w Words<'_>, at: usize, lexicon: &'w Lexicon) -> Option<TopicWord<'w>> {
    let word = &words[at];
    let is_number = word.folded.starts_with(|first: char| first.is_ascii_digit());
    if let Some(month) = month_in_digits(words, at, lexicon) {
        return Some(TopicWord { at, range: word.range.clone(), folded: Cow::Borrowed(month) });
    }
    let folded = if is_number {
        Cow::Owned(number(&word.folded, lexicon))
    } else {
        Cow::Borrowed(lexicon.without_elision(lexicon.without_possessive(&word.folded)))
    };
    // “WHO” and “US” are names where “who” and “us” are small words, unless all is written in capitals.
    let is_acronym = || {
        let (written, text) = (words.written(at), words.text());
        written.len() > 1
            && written.chars().all(|letter| letter.is_uppercase() || letter == '.')
            && (written == text || text.contains(char::is_lowercase))
    };
    let is_letter = !is_number && folded.chars().count() == 1;
    let is_small = || lexicon.is_function_word(&folded) && !(lexicon.has(List::Acronyms, &folded) && is_acronym());
    // “May” by its day or with a capital is a month.
    let is_month = || {
        let is_behind_number = at > 0 && words[at - 1].folded.starts_with(|first: char| first.is_ascii_digit());
        let is_capital = words.is_capitalised(at) && !words.begins_sentence(at);
        lexicon.month(&folded).is_some() && (is_behind_number || is_capital)
    };
    let keeps = !is_letter && (!is_small() || is_month());
    keeps.then_some(TopicWord { at, range: word.range.clone(), folded })
}

/// Returns the name of the month that a number is in a date of two digits each, as in `29/05`.
fn month_in_digits<'l>(words: &Words<'_>, at: usize, lexicon: &'l Lexicon) -> Option<&'l str> {
    let is_two_digits = |at: usize| words.written(at).len() == 2;
    let day =
        at.checked_sub(1).filter(|day| is_two_digits(at) && is_two_digits(*day) && words.gap_before(at) == "/")?;
    let (date, _) = date_at(words, day, lexicon, lexicon.is_month_first())?;
    let is_day_first = words.written(day).parse().ok() == date.day;
    date.month.filter(|_| is_day_first).and_then(|month| lexicon.names_of_month(month).min())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::shipped;

    fn terms(analyzer: &Analyzer, text: &str, language: Language) -> Vec<String> {
        let words = Words::of(text);
        let words: Vec<TopicWord<'_>> = topic_words(&words, analyzer.languages.lexicon(Some(language))).collect();
        analyzer.terms(&words, language).into_iter().map(|occurrence| occurrence.term).collect()
    }

    fn analyzer() -> Analyzer {
        let group = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let glossary = Glossary {
            groups: vec![
                group(&["TB", "tuberculosis"]),
                group(&["RCM", "CRM", "Regional Conference on Migration"]),
                group(&["child", "niño"]),
            ],
            ..Glossary::default()
        };
        Analyzer::new(&glossary, Arc::new(shipped()), vec![Language::ENGLISH])
    }

    #[test]
    fn joined_words_share_a_term_across_languages_and_endings() {
        let analyzer = analyzer();
        assert_eq!(terms(&analyzer, "TB tuberculosis", Language::ENGLISH), ["=0", "=0"]);
        assert_eq!(terms(&analyzer, "los niños", Language::SPANISH), terms(&analyzer, "the child", Language::ENGLISH));
    }

    #[test]
    fn joined_phrases_count_besides_their_words() {
        let found = terms(&analyzer(), "the Regional Conference on Migration", Language::ENGLISH);
        assert_eq!(found, ["=1", "region", "confer", "migrat"]);
        assert_eq!(found.iter().map(|term| analyzer().shown(term)).take(2).collect::<Vec<_>>(), ["=RCM", "region"]);
    }
}
