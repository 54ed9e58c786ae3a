//! Understanding a question: its topic words with their spelling mended, and the kind of answer it asks for.

use super::analyzer::{Analyzer, topic_words};
use super::kind::{Kinds, is_contact_filler, kinds_asked};
use super::spelling::{CommonWords, Speller};
use crate::language::Language;

/// A question as the index sees it.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) concepts: Vec<Concept>,
    pub(super) asked: Kinds,
}

impl Query {
    /// Returns those of some concepts (a bit each) that tell much, as the person typed them.
    pub(super) fn distinctive(&self, concepts: u64) -> Vec<String> {
        let chosen = self.concepts.iter().enumerate().take(64).filter(|(at, _)| concepts & (1 << at) != 0);
        chosen
            .filter(|(_, concept)| concept.weight >= DISTINCTIVE_WEIGHT)
            .map(|(_, concept)| concept.typed.clone())
            .collect()
    }
}

/// One thing a question is about: a word or a joined phrase, and the terms it may stand as in a passage.
#[derive(Debug, Clone)]
pub(super) struct Concept {
    /// The word as the person typed it.
    pub(super) typed: String,
    /// Terms that passages have; empty when the releases don't know the word.
    pub(super) terms: Vec<String>,
    /// How much it tells: its inverse document frequency, in nats.
    pub(super) weight: f32,
}

/// Below this weight a word like "migrant" is in so many passages that missing it tells little; names nothing not met.
const DISTINCTIVE_WEIGHT: f32 = 1.5;

/// What is needed to understand a question: made once, with the index.
#[derive(Debug)]
pub(super) struct Understanding {
    pub(super) analyzer: Analyzer,
    pub(super) speller: Speller,
    pub(super) common_words: CommonWords,
}

impl Understanding {
    /// Reads a question; `document_frequency` tells in how many passages a term stands, of `n_passages`.
    pub(super) fn query(
        &self,
        text: &str,
        language: Option<Language>,
        n_passages: usize,
        document_frequency: impl Fn(&str) -> usize,
    ) -> Query {
        let asked = kinds_asked(text);
        let mut concepts: Vec<Concept> = Vec::new();
        let mut add = |typed: &str, terms: Vec<String>| {
            let known: Vec<String> = terms.into_iter().filter(|term| document_frequency(term) > 0).collect();
            let frequency = known.iter().map(|term| document_frequency(term)).max().unwrap_or(0);
            let is_repeat =
                concepts.iter().any(|concept| concept.terms == known && (!known.is_empty() || concept.typed == typed));
            if !is_repeat {
                let weight = inverse_document_frequency(frequency, n_passages);
                concepts.push(Concept { typed: typed.to_owned(), terms: known, weight });
            }
        };

        let topics: Vec<_> =
            topic_words(text).filter(|word| !(asked.contact && is_contact_filler(&word.folded))).collect();
        let meant: Vec<String> =
            topics.iter().map(|word| self.meant(&word.folded, language, &document_frequency)).collect();
        for language in [Language::ENGLISH, Language::SPANISH] {
            let stems: Vec<String> = meant.iter().map(|word| self.analyzer.stem(word, language)).collect();
            for at in 0..stems.len() {
                for (length, term) in self.analyzer.phrases_at(&stems, at) {
                    let typed = &text[topics[at].range.start..topics[at + length - 1].range.end];
                    if document_frequency(term) > 0 {
                        add(typed, vec![term.clone()]);
                    }
                }
            }
        }
        for (word, meant) in topics.iter().zip(&meant) {
            add(&text[word.range.clone()], self.analyzer.terms_of_word(meant));
        }
        Query { concepts, asked }
    }

    /// Returns the word that a person meant: the one they typed where anyone knows it.
    fn meant(&self, folded: &str, language: Option<Language>, document_frequency: &impl Fn(&str) -> usize) -> String {
        let is_met = || self.analyzer.terms_of_word(folded).iter().any(|term| document_frequency(term) > 0);
        if self.speller.knows(folded) || is_met() {
            return folded.to_owned();
        }
        let other = if self.common_words.contains(folded) {
            // A right word that the releases don't use: in Spanish it may be spelt nearly as in English.
            if language == Some(Language::ENGLISH) { None } else { self.speller.cognate(folded) }
        } else {
            self.speller.correct(folded)
        };
        other.unwrap_or(folded).to_owned()
    }
}

/// BM25's inverse document frequency (Robertson and Zaragoza 2009, as Lucene has it): ln(1 + (N - n + 0.5) / (n + 0.5)).
pub(super) fn inverse_document_frequency(frequency: usize, n_passages: usize) -> f32 {
    let (n, total) = (frequency as f32, n_passages as f32);
    (1.0 + (total - n + 0.5).max(0.0) / (n + 0.5)).ln()
}
