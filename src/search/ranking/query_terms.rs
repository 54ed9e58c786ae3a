//! Terms of a query, resolved against those of the passages.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::search::index::{MAX_GAIN, Passage, Terms};
use crate::search::question::query::Concept;

/// Maximum number of concepts of a query that are looked at.
const MAX_CONCEPTS: usize = 64;

/// The concepts of a query by term number; a set of concepts is a number with a bit for each.
#[derive(Debug)]
pub(crate) struct QueryTerms {
    concepts_of: Vec<(u32, u64)>,
    weights: Vec<f32>,
    total: f32,
    /// BM25 of a passage that meets every concept as often as helps.
    max_bm25: f32,
    /// The concepts that no passage meets.
    pub(crate) unknown: u64,
    /// The concepts that are a place or a year.
    pub(crate) names: u64,
    /// The concepts that are written as a name.
    pub(crate) own_names: u64,
    /// The concepts that are a month without a day or a year.
    pub(crate) months: u64,
    /// The concepts that stand behind a preposition of place.
    pub(crate) in_place: u64,
    /// The concepts that tell much.
    pub(crate) telling: u64,
    /// The concepts that hold a number.
    pub(crate) numbers: u64,
}

impl QueryTerms {
    /// Numbers the terms of a query, each with the concepts that it may stand for.
    pub(crate) fn resolve(concepts: &[Concept], terms: &Terms) -> Self {
        let concepts = &concepts[..concepts.len().min(MAX_CONCEPTS)];
        let mut numbered: HashMap<u32, u64> = HashMap::new();
        for (at, concept) in concepts.iter().enumerate() {
            for number in concept.terms.iter().filter_map(|term| terms.number(term)) {
                *numbered.entry(number).or_default() |= 1 << at;
            }
        }
        let mut concepts_of: Vec<(u32, u64)> = numbered.into_iter().collect();
        concepts_of.sort_unstable();
        let those = |holds: fn(&Concept) -> bool| {
            let chosen = concepts.iter().enumerate().filter(|(_, concept)| holds(concept));
            chosen.fold(0, |chosen, (at, _)| chosen | 1 << at)
        };
        let weights: Vec<f32> = concepts.iter().map(|concept| concept.weight).collect();
        Self {
            concepts_of,
            total: weights.iter().sum(),
            weights,
            max_bm25: MAX_GAIN * concepts.iter().map(|concept| concept.rarity).sum::<f32>(),
            unknown: those(|concept| concept.terms.is_empty()),
            names: those(|concept| concept.is_name),
            own_names: those(|concept| concept.is_own_name),
            months: those(|concept| concept.is_month),
            in_place: those(|concept| concept.is_in_place),
            telling: those(Concept::tells_much),
            numbers: those(|concept| concept.typed.bytes().any(|byte| byte.is_ascii_digit())),
        }
    }

    /// Returns the concepts that a term may stand for.
    pub(crate) fn concepts(&self, term: u32) -> u64 {
        // A question has few terms, and a passage is looked through term by term: a search in order beats a hash.
        match self.concepts_of.binary_search_by_key(&term, |(known, _)| *known) {
            Ok(at) => self.concepts_of[at].1,
            Err(_) => 0,
        }
    }

    /// Returns the concepts that a part of a passage meets.
    pub(crate) fn met_in(&self, passage: &Passage, range: &Range<usize>) -> u64 {
        passage.terms_in(range).iter().fold(0, |met, position| met | self.concepts(position.term))
    }

    /// Returns the concepts that some terms meet.
    pub(crate) fn met_by(&self, terms: &HashSet<u32>) -> u64 {
        let met = self.concepts_of.iter().filter(|(term, _)| terms.contains(term));
        met.fold(0, |met, (_, concepts)| met | concepts)
    }

    /// Returns the share of the query's weight that some concepts have.
    pub(crate) fn share(&self, concepts: u64) -> f32 {
        self.share_of(self.weight_met(concepts, &[]))
    }

    /// Returns the weight of some concepts, in nats; with `meant`, the likelihood of each concept that it is met by meaning, the
    /// others count for that part.
    pub(crate) fn weight_met(&self, concepts: u64, meant: &[f32]) -> f32 {
        let part = |at: usize| if concepts & (1 << at) == 0 { meant.get(at).copied().unwrap_or(0.0) } else { 1.0 };
        self.weights.iter().enumerate().map(|(at, weight)| weight * part(at)).sum()
    }

    /// Returns the share of the query's weight that a weight is.
    pub(crate) fn share_of(&self, weight: f32) -> f32 {
        if self.total > 0.0 { weight / self.total } else { 0.0 }
    }

    /// Returns the weight of the heaviest of some concepts.
    pub(crate) fn heaviest(&self, concepts: u64) -> f32 {
        self.weights_of(concepts).fold(0.0, f32::max)
    }

    /// Returns the share of the highest BM25 that a passage gets.
    pub(crate) fn share_of_bm25(&self, bm25: f32) -> f32 {
        // A word that is rarer in the text than around it may gain more than its weight.
        (bm25 / self.max_bm25.max(f32::MIN_POSITIVE)).min(1.0)
    }

    fn weights_of(&self, concepts: u64) -> impl Iterator<Item = f32> {
        let chosen = self.weights.iter().enumerate().filter(move |(at, _)| concepts & (1 << at) != 0);
        chosen.map(|(_, weight)| *weight)
    }
}
