//! Queries: a question as the index sees it, and the things that it is about.

use std::ops::Range;

use crate::search::index::Terms;
use crate::search::text::kinds::Kinds;

/// A question as the index sees it.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// The question in plainer words: spelling corrected, and words that the releases don't use but the glossary knows
    /// (`pisto`, `cipotes`) as the first of their line. It is embedded in place of the question's own words.
    pub(crate) plain: String,
    pub(crate) concepts: Vec<Concept>,
    pub(crate) asked: Kinds,
    /// The concepts (a bit each) whose number is asked for: “how many *families*”.
    pub(crate) counted: u64,
    /// The concepts whose name is asked for: “the name of the *boy*”.
    pub(crate) named: u64,
    /// Number of words.
    pub(crate) n_words: usize,
    /// Set where it goes on from what was talked about, as with “and” before it.
    pub(crate) goes_on: bool,
    /// Set where a word points back to what was talked about.
    pub(crate) points_back: bool,
    /// Set when its words can be held against the releases: they are in a language of these or in a usual one.
    pub(crate) is_read: bool,
}

impl Query {
    /// Returns those of some concepts (a bit each) that tell much, as the person typed them.
    pub(crate) fn distinctive(&self, concepts: u64) -> Vec<String> {
        let distinctive = self.chosen(concepts).filter(|concept| concept.tells_much());
        distinctive.map(|concept| concept.typed.clone()).collect()
    }

    /// Returns some concepts (a bit each), as the person typed them.
    pub(crate) fn typed(&self, concepts: u64) -> Vec<String> {
        self.chosen(concepts).map(|concept| concept.typed.clone()).collect()
    }

    fn chosen(&self, concepts: u64) -> impl Iterator<Item = &Concept> {
        let numbered = self.concepts.iter().enumerate().take(64);
        numbered.filter(move |(at, _)| concepts & (1 << at) != 0).map(|(_, concept)| concept)
    }
}

/// One thing that a question is about: a word or a joined phrase, and the terms it may stand as in a passage.
#[derive(Debug, Clone)]
pub(crate) struct Concept {
    /// The word as the person typed it.
    pub(crate) typed: String,
    /// Place of the word in [`Query::plain`]; `None` for a phrase.
    pub(crate) place: Option<Range<usize>>,
    /// Terms that passages have; empty when the releases don't know the word.
    pub(crate) terms: Vec<String>,
    /// Inverse document frequency, in nats.
    pub(crate) rarity: f32,
    /// Rarity, less for a word that is common in general.
    pub(crate) weight: f32,
    /// Set for a place, a year, a part of a date, a name of the releases or one that is new to them: a passage must have it too if it
    /// answers.
    pub(crate) is_name: bool,
    /// Set for a word written as a name, which a passage in the language of the question must have too: in another one the name
    /// may be spelt otherwise.
    pub(crate) is_own_name: bool,
    /// Set for a month without a day or a year: its release must have it, in any paragraph.
    pub(crate) is_month: bool,
    /// Set behind a preposition of place: a paragraph must be on that place itself.
    pub(crate) is_in_place: bool,
}

impl Concept {
    /// Tells whether it names something, so that another word of like meaning does not meet it.
    pub(crate) fn is_a_name(&self) -> bool {
        self.is_name || self.is_own_name
    }

    pub(crate) fn tells_much(&self) -> bool {
        self.weight >= MIN_DISTINCTIVE_WEIGHT
    }
}

/// Below this weight a word like "migrant" is in so many passages that missing it tells little; names nothing not met.
const MIN_DISTINCTIVE_WEIGHT: f32 = 1.5;

/// A word that is more common than this in general, on the Zipf scale, tells the less for it: “put”, “made” and “gente” say
/// little of what is asked, in the releases or not.
const COMMON_FREQUENCY: f32 = 3.0;
/// Weight lost for each step above that, down to [`MIN_WEIGHT_FACTOR`]; `pressdesk tune --dry-run` likes it better than .2.
const COMMONNESS_PENALTY: f32 = 0.3;
/// Factor of the most common word, so that a question of such words alone has some weight.
const MIN_WEIGHT_FACTOR: f32 = 0.05;

/// The concepts of a question while they are collected.
pub(super) struct Concepts<'a> {
    pub(super) terms: &'a Terms,
    pub(super) list: Vec<Concept>,
}

impl Concepts<'_> {
    /// Adds a concept with those of its terms that passages have, once.
    pub(super) fn add(
        &mut self,
        typed: &str,
        place: Option<Range<usize>>,
        mut terms: Vec<String>,
        [is_name, is_own_name, is_month, is_in_place]: [bool; 4],
        commonness: f32,
    ) {
        let frequency = terms.iter().map(|term| self.terms.frequency(term)).max().unwrap_or(0);
        terms.retain(|term| self.terms.frequency(term) > 0);
        let is_same = |other: &Concept| other.terms == terms && (!terms.is_empty() || other.typed == typed);
        if self.list.iter().any(is_same) {
            return;
        }
        let factor = (1.0 - COMMONNESS_PENALTY * (commonness - COMMON_FREQUENCY).max(0.0)).max(MIN_WEIGHT_FACTOR);
        let rarity = self.terms.rarity(frequency);
        self.list.push(Concept {
            typed: typed.to_owned(),
            place,
            terms,
            rarity,
            weight: factor * rarity,
            is_name,
            is_own_name,
            is_month,
            is_in_place,
        });
    }
}
