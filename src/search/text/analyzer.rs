//! From text to the terms that are indexed and looked up: folding, small words, stems, joined words.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use frostem::{Algorithm, Stemmer};

use crate::language::{Language, is_small_word};
use crate::search::text::forms::forms;
use crate::search::text::glossary::Glossary;
use crate::text::{fold, words};

/// The languages that a question's words may be in.
pub(in crate::search) const LANGUAGES: [Language; 2] = [Language::ENGLISH, Language::SPANISH];

/// A term and the bytes of the text it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct Token {
    pub(in crate::search) term: String,
    pub(in crate::search) range: Range<usize>,
}

/// Turns texts into terms: the same way for passages and for questions, or they would never meet.
///
/// A term is the stem of a folded word, or `=n` for the words and phrases that group `n` of the glossary joins.
#[derive(Debug, Default)]
pub(in crate::search) struct Analyzer {
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
    pub(in crate::search) fn new(glossary: &Glossary) -> Self {
        let mut analyzer = Self::default();
        let apart: HashSet<String> = glossary.apart.iter().map(|word| fold(word)).collect();
        for (number, group) in glossary.groups.iter().enumerate() {
            let term = format!("={number}");
            for entry in group {
                let words: Vec<TopicWord> = topic_words(entry).collect();
                if let [word] = words.as_slice() {
                    let forms = forms(&entry[word.range.clone()], glossary.verbs.contains(entry));
                    for form in forms.into_iter().filter(|form| *form == word.folded || !apart.contains(form)) {
                        let groups = analyzer.joined.entry(form).or_default();
                        if !groups.contains(&number) {
                            groups.push(number);
                        }
                    }
                    continue;
                }
                for language in LANGUAGES {
                    let stems = words.iter().map(|word| stem(&word.folded, language)).collect();
                    analyzer.join(stems, &term);
                }
            }
            analyzer.groups.push((term, group.first().cloned().unwrap_or_default()));
        }
        analyzer
    }

    fn join(&mut self, stems: Vec<String>, term: &str) {
        let Some(first) = stems.first() else { return };
        let longest = self.phrase_starts.entry(first.clone()).or_default();
        *longest = (*longest).max(stems.len());
        let terms = self.phrases.entry(stems).or_default();
        if !terms.iter().any(|known| known == term) {
            terms.push(term.to_owned());
        }
    }

    /// Returns the terms of a text in a language, in the order of the text.
    ///
    /// A joined phrase gives its term besides those of its words.
    pub(in crate::search) fn tokens(&self, text: &str, language: Language) -> Vec<Token> {
        let topic_words: Vec<TopicWord> = topic_words(text).collect();
        let stems: Vec<String> = topic_words.iter().map(|word| stem(&word.folded, language)).collect();
        let mut tokens = Vec::with_capacity(topic_words.len());
        for (at, word) in topic_words.iter().enumerate() {
            for (length, term) in self.phrases_at(&stems, at) {
                let end = topic_words[at + length - 1].range.end;
                tokens.push(Token { term: term.clone(), range: word.range.start..end });
            }
            match self.joined.get(&word.folded) {
                Some(groups) => {
                    let terms = groups.iter().map(|group| self.groups[*group].0.clone());
                    tokens.extend(terms.map(|term| Token { term, range: word.range.clone() }));
                }
                None => tokens.push(Token { term: stems[at].clone(), range: word.range.clone() }),
            }
        }
        tokens
    }

    /// Returns the joined phrases that begin at a stem: how many stems long, and the term.
    pub(in crate::search) fn phrases_at<'a>(
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
    pub(in crate::search) fn plain(&self, folded: &str) -> Option<&str> {
        let group = self.joined.get(folded)?.first()?;
        Some(&self.groups[*group].1)
    }

    /// Returns a term as people read it: that of a group as `=` and the group's first word or phrase.
    pub(in crate::search) fn shown(&self, term: &str) -> String {
        let group = self.groups.iter().find(|(of_group, _)| of_group == term);
        group.map_or_else(|| term.to_owned(), |(_, first)| format!("={first}"))
    }

    /// Returns the terms that a folded word may stand for: those of its groups, else its stems, which are given.
    pub(in crate::search) fn terms_of(&self, folded: &str, stems: [&String; LANGUAGES.len()]) -> Vec<String> {
        if let Some(groups) = self.joined.get(folded) {
            return groups.iter().map(|group| self.groups[*group].0.clone()).collect();
        }
        let mut stems = stems.map(String::clone).to_vec();
        stems.sort();
        stems.dedup();
        stems
    }
}

/// A word that carries a topic, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct TopicWord {
    pub(in crate::search) folded: String,
    pub(in crate::search) range: Range<usize>,
}

/// Returns the words of a text without the small ones: folded, possessives cut off, numbers without their separators.
pub(in crate::search) fn topic_words(text: &str) -> impl Iterator<Item = TopicWord> {
    words(text).filter_map(move |word| {
        let mut folded = fold(word.text);
        // “WHO” and “US” are names where “who” and “us” are small words, unless all is written in capitals.
        let is_acronym = word.text.len() > 1
            && word.text.chars().all(char::is_uppercase)
            && (word.text == text || text.contains(char::is_lowercase));
        if folded.starts_with(|first: char| first.is_ascii_digit()) {
            folded = number(&folded);
        } else if let Some(owner) = folded.strip_suffix("'s") {
            folded.truncate(owner.len());
        }
        let is_letter = folded.chars().count() == 1 && !folded.starts_with(|letter: char| letter.is_ascii_digit());
        let keeps =
            !is_letter && (!is_small_word(&folded) || is_acronym && matches!(folded.as_str(), "us" | "un" | "who"));
        keeps.then_some(TopicWord { folded, range: word.range })
    })
}

/// Writes a number one way: `3,700` and `3.700` as `3700`, `4th` as `4`; `3.8` keeps its point.
fn number(folded: &str) -> String {
    let digits = folded.trim_end_matches(|letter: char| letter.is_alphabetic());
    let suffix = &folded[digits.len()..];
    let digits = match digits.split([',', '.']).skip(1).all(|group| group.len() == 3) {
        true => digits.replace([',', '.'], ""),
        false => digits.to_owned(),
    };
    match suffix {
        "st" | "nd" | "rd" | "th" | "" => digits,
        other => digits + other,
    }
}

/// Returns the Snowball stem of a folded word; languages without one of ours keep the word.
pub(in crate::search) fn stem(folded: &str, language: Language) -> String {
    match language {
        Language::ENGLISH => Stemmer::new(Algorithm::English).stem(folded).into_owned(),
        Language::SPANISH => {
            // The Spanish algorithm knows -ción by its accent, which folding took and phones leave out.
            let accented = match folded.strip_suffix("ion") {
                Some(trunk) if trunk.ends_with(['c', 's']) => format!("{trunk}ión"),
                _ => folded.to_owned(),
            };
            fold(&Stemmer::new(Algorithm::Spanish).stem(&accented))
        }
        Language::FRENCH => Stemmer::new(Algorithm::French).stem(folded).into_owned(),
        _ => folded.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(analyzer: &Analyzer, text: &str, language: Language) -> Vec<String> {
        analyzer.tokens(text, language).into_iter().map(|token| token.term).collect()
    }

    fn analyzer() -> Analyzer {
        let group = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Analyzer::new(&Glossary {
            groups: vec![
                group(&["TB", "tuberculosis"]),
                group(&["RCM", "CRM", "Regional Conference on Migration"]),
                group(&["child", "niño"]),
            ],
            ..Glossary::default()
        })
    }

    #[test]
    fn joined_words_share_a_term_across_languages_and_endings() {
        let analyzer = analyzer();
        assert_eq!(terms(&analyzer, "TB tuberculosis", Language::ENGLISH), ["=0", "=0"]);
        assert_eq!(terms(&analyzer, "los niños", Language::SPANISH), terms(&analyzer, "the child", Language::ENGLISH));
    }

    #[test]
    fn a_joined_phrase_counts_besides_its_words() {
        let found = terms(&analyzer(), "the Regional Conference on Migration", Language::ENGLISH);
        assert_eq!(found, ["=1", "region", "confer", "migrat"]);
        assert_eq!(found.iter().map(|term| analyzer().shown(term)).take(2).collect::<Vec<_>>(), ["=RCM", "region"]);
    }

    #[test]
    fn numbers_are_written_one_way() {
        for (written, expected) in
            [("3,700", "3700"), ("376.800", "376800"), ("3.8", "3.8"), ("4th", "4"), ("2017", "2017")]
        {
            assert_eq!(number(written), expected);
        }
    }
}
