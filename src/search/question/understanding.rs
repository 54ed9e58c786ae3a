//! Understanding a question: its topic words with their spelling mended, and the kind of answer it asks for.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::language::Language;
use crate::search::question::answer_type::{
    Kinds, WordSet, asks_for_words_behind, is_contact_filler, is_in, is_year, kinds_asked, set,
};
use crate::search::question::detail::Details;
use crate::search::question::spelling::{Speller, WordList};
use crate::search::text::analyzer::{Analyzer, LANGUAGES, TopicWord, stem, topic_words};
use crate::search::text::glossary::Glossary;
use crate::text::{fold, words};

/// A question as the index sees it.
#[derive(Debug, Clone)]
pub(in crate::search) struct Query {
    /// The question in plainer words: spelling mended, and words that the releases don't use but the glossary knows
    /// (`pisto`, `cipotes`) as the first of their line. Its meaning is compared in place of the question's own.
    pub(in crate::search) plain: String,
    pub(in crate::search) concepts: Vec<Concept>,
    pub(in crate::search) asked: Kinds,
    pub(in crate::search) details: Details,
    /// How much it needs what was talked about to be understood, 0 to 1.
    pub(in crate::search) follows: f32,
}

impl Query {
    /// Returns those of some concepts (a bit each) that tell much, as the person typed them.
    pub(in crate::search) fn distinctive(&self, concepts: u64) -> Vec<String> {
        let chosen = self.concepts.iter().enumerate().take(64).filter(|(at, _)| concepts & (1 << at) != 0);
        chosen.filter(|(_, concept)| concept.tells_much()).map(|(_, concept)| concept.typed.clone()).collect()
    }
}

/// One thing a question is about: a word or a joined phrase, and the terms it may stand as in a passage.
#[derive(Debug, Clone)]
pub(in crate::search) struct Concept {
    /// The word as the person typed it.
    pub(in crate::search) typed: String,
    /// Terms that passages have; empty when the releases don't know the word.
    pub(in crate::search) terms: Vec<String>,
    /// Its inverse document frequency, in nats.
    pub(in crate::search) rarity: f32,
    /// How much it tells: the same, less for a word that is common in general.
    pub(in crate::search) weight: f32,
    /// Whether it names a place or a year, which a passage must name too if it answers.
    pub(in crate::search) is_name: bool,
}

impl Concept {
    fn tells_much(&self) -> bool {
        self.weight >= DISTINCTIVE_WEIGHT
    }
}

/// Below this weight a word like "migrant" is in so many passages that missing it tells little; names nothing not met.
const DISTINCTIVE_WEIGHT: f32 = 1.5;

/// A word that is more common than this in general, on the Zipf scale, tells the less for it: “put”, “made” and “gente” say
/// little of what is asked, whether the releases have them or not.
const COMMON: f32 = 3.0;
/// How much less for each step on that scale, down to [`TELLS_LEAST`]; `pressdesk tune --dry-run` likes it better than .2.
const TELLS_LESS: f32 = 0.3;
/// A word of the glossary is of the field, and so counts as this much of how common it is. What `pressdesk tune --dry-run` prints
/// moves by .01 at most from 0 to 1; with 1, a meeting and a child tell so little that words alone take the wrong release.
const OF_THE_FIELD: f32 = 0.75;
/// What the most common word still counts for, so that a question of such words alone has some weight.
const TELLS_LEAST: f32 = 0.05;
/// How common a word of two letters is taken for, on that scale: as “que”, about.
const SHORT: f32 = 6.0;

/// What is needed to understand a question: made once, with the index.
#[derive(Debug)]
pub(in crate::search) struct Understanding {
    analyzer: Analyzer,
    speller: Speller,
    common_words: WordList,
    places: WordList,
}

impl Understanding {
    /// Takes what questions are understood by; `said` tells how often the releases have each folded word.
    pub(in crate::search) fn new(
        analyzer: Analyzer,
        glossary: &Glossary,
        said: HashMap<String, usize>,
        common_words: WordList,
        places: WordList,
    ) -> Self {
        let mut known = said;
        for entry in glossary.groups.iter().flatten() {
            for word in topic_words(entry) {
                known.entry(word.folded).or_insert(0);
            }
        }
        Self { analyzer, speller: Speller::new(known), common_words, places }
    }

    /// Tells whether the releases have a folded word.
    pub(in crate::search) fn is_said(&self, folded: &str) -> bool {
        self.speller.is_said(folded)
    }

    /// Returns a term as people read it.
    pub(in crate::search) fn shown(&self, term: &str) -> String {
        self.analyzer.shown(term)
    }

    /// Reads a question; `document_frequency` tells in how many passages a term stands, of `n_passages`.
    pub(in crate::search) fn query(
        &self,
        text: &str,
        language: Option<Language>,
        n_passages: usize,
        document_frequency: impl Fn(&str) -> usize,
    ) -> Query {
        let asked = kinds_asked(text);
        let mut concepts: Vec<Concept> = Vec::new();
        let mut add = |typed: &str, terms: Vec<String>, is_name: bool, commonness: f32| {
            let mut frequency = 0;
            let mut known = terms;
            known.retain(|term| {
                let of_term = document_frequency(term);
                frequency = frequency.max(of_term);
                of_term > 0
            });
            let is_repeat =
                concepts.iter().any(|concept| concept.terms == known && (!known.is_empty() || concept.typed == typed));
            if !is_repeat {
                let telling = (1.0 - TELLS_LESS * (commonness - COMMON).max(0.0)).max(TELLS_LEAST);
                let rarity = inverse_document_frequency(frequency, n_passages);
                concepts.push(Concept {
                    typed: typed.to_owned(),
                    terms: known,
                    rarity,
                    weight: telling * rarity,
                    is_name,
                });
            }
        };

        let is_filler = |word: &TopicWord| {
            asked.contact && is_contact_filler(&word.folded)
                || asked.acronym && asks_for_words_behind(&word.folded)
                || asks_what_about(&text[..word.range.start], &word.folded)
        };
        let topics: Vec<_> = topic_words(text).filter(|word| !is_filler(word)).collect();
        let meant: Vec<String> =
            topics.iter().map(|word| self.meant(&word.folded, language, &document_frequency)).collect();
        let stems =
            LANGUAGES.map(|language| -> Vec<String> { meant.iter().map(|word| stem(word, language)).collect() });
        for stems in &stems {
            for at in 0..stems.len() {
                for (length, term) in self.analyzer.phrases_at(stems, at) {
                    let typed = &text[topics[at].range.start..topics[at + length - 1].range.end];
                    if document_frequency(term) > 0 {
                        add(typed, vec![term.clone()], false, 0.0);
                    }
                }
            }
        }
        for (at, word) in topics.iter().enumerate() {
            let stems = stems.each_ref().map(|stems| &stems[at]);
            let is_name = self.places.contains(&word.folded)
                || is_year(&word.folded) && word.folded.bytes().all(|byte| byte.is_ascii_digit());
            let is_joined = self.analyzer.plain(&meant[at]).is_some();
            let commonness = match self.common_words.frequency(&word.folded) {
                Some(frequency) if is_joined => OF_THE_FIELD * frequency,
                Some(frequency) => frequency,
                None if is_joined => 0.0,
                // The shortest words are in no list, and what they are in any language is common.
                None if word.folded.chars().count() <= 2 && word.folded.chars().all(char::is_alphabetic) => SHORT,
                None => 0.0,
            };
            add(&text[word.range.clone()], self.analyzer.terms_of(&meant[at], stems), is_name, commonness);
        }
        let mut plain = text.to_owned();
        for (word, meant) in topics.iter().zip(&meant).rev() {
            let plain_word = if self.speller.is_said(meant) { None } else { self.analyzer.plain(meant) };
            let plain_word = plain_word.unwrap_or(meant);
            if plain_word != word.folded {
                plain.replace_range(word.range.clone(), plain_word);
            }
        }
        let follows = follows(text, &concepts);
        Query { plain, concepts, asked, details: Details::asked(text), follows }
    }

    /// Returns the word that a person meant: the one they typed where anyone knows it.
    fn meant(&self, folded: &str, language: Option<Language>, document_frequency: &impl Fn(&str) -> usize) -> String {
        let is_met = || {
            let stems = LANGUAGES.map(|language| stem(folded, language));
            let terms = self.analyzer.terms_of(folded, stems.each_ref());
            terms.iter().any(|term| document_frequency(term) > 0)
        };
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

/// Tells whether a Spanish word only asks what something is about, as in “de qué trató” and “de qué se trata”, where it has
/// nothing to do with trafficking (trata) or treatment.
fn asks_what_about(before: &str, folded: &str) -> bool {
    let forms = ["trata", "tratan", "trato", "trataron", "trataba", "trataban", "tratara", "tratar"];
    if !forms.contains(&folded) {
        return false;
    }
    let before: Vec<String> = words(before).map(|word| fold(word.text)).collect();
    let ends_with = |end: &[&str]| before.len() >= end.len() && before[before.len() - end.len()..].iter().eq(end);
    ends_with(&["de", "que"]) || ends_with(&["de", "que", "se"])
}

/// Words that a question begins with when it goes on from the one before.
static GOING_ON: WordSet = LazyLock::new(|| set("and also y e tambien ademas ok but pero then entonces"));
/// Words that point back at what was talked about.
static POINTING_BACK: WordSet = LazyLock::new(|| {
    set("it its they them lo their theirs he she him her his there that those this these one ones su sus eso esa ese esos esas
    ello ellos ellas ella alli ahi alla otra otro mismo misma same other more mas")
});

/// A question of so many words may be half of one.
const SHORT_QUESTION: usize = 7;

/// Returns how much a question needs what was talked about: all where it begins with “and”, points back or names no
/// topic; somewhat where it is short and names a single one: “who was invited?”.
fn follows(text: &str, concepts: &[Concept]) -> f32 {
    let folded: Vec<String> = words(text).map(|word| fold(word.text)).collect();
    let is_short = folded.len() <= SHORT_QUESTION;
    let goes_on = folded.first().is_some_and(|first| is_in(&GOING_ON, first));
    // A longer question has such words too, and they point to something in itself.
    let points_back = is_short && folded.iter().any(|word| is_in(&POINTING_BACK, word));
    let n_topics = concepts.iter().filter(|concept| concept.tells_much()).count();
    if goes_on || points_back || n_topics == 0 {
        1.0
    } else if is_short && n_topics == 1 {
        0.5
    } else {
        0.0
    }
}

/// BM25's inverse document frequency (Robertson and Zaragoza 2009, as Lucene has it): ln(1 + (N - n + 0.5) / (n + 0.5)).
pub(in crate::search) fn inverse_document_frequency(frequency: usize, n_passages: usize) -> f32 {
    let (n, total) = (frequency as f32, n_passages as f32);
    (1.0 + (total - n + 0.5).max(0.0) / (n + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_something_is_about_is_told_from_trafficking() {
        for before in ["¿De qué", "de que", "¿De qué se"] {
            assert!(asks_what_about(before, "trata"), "{before}");
        }
        for before in ["víctimas de", "¿Cómo se", "¿Qué", "el taller sobre", ""] {
            assert!(!asks_what_about(before, "trata"), "{before}");
        }
        assert!(!asks_what_about("de que", "tratamiento"));
    }
}
