//! Terms of the passages: a number for each, so that comparing them is cheap, and how many passages have it.

use std::collections::{HashMap, HashSet};

/// The terms of all passages.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    numbers: Numbers,
    /// Number of passages that each term stands in, in their text or around it.
    frequencies: Vec<u32>,
    n_passages: usize,
}

/// Numbers of texts, from 0.
#[derive(Debug, Default)]
pub(super) struct Numbers(HashMap<String, u32>);

impl Numbers {
    /// Returns the number of a text, the next one if it has none yet.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        if let Some(number) = self.0.get(text) {
            return *number;
        }
        let number = u32::try_from(self.0.len()).expect("a corpus has fewer than four thousand million terms");
        self.0.insert(text.to_owned(), number);
        number
    }

    /// Returns the number of a text, if it has one.
    pub(super) fn get(&self, text: &str) -> Option<u32> {
        self.0.get(text).copied()
    }

    /// Returns the numbers of the texts that `holds` is true of.
    pub(super) fn of_those(&self, holds: impl Fn(&str) -> bool) -> Vec<u32> {
        self.0.iter().filter(|(text, _)| holds(text)).map(|(_, number)| *number).collect()
    }
}

impl Terms {
    /// Returns the number of a term, the next one if it has none yet.
    pub(super) fn add(&mut self, term: &str) -> u32 {
        self.numbers.add(term)
    }

    /// Counts a passage with its terms.
    pub(super) fn count_passage(&mut self, terms: &HashSet<u32>) {
        self.n_passages += 1;
        self.frequencies.resize(self.numbers.0.len(), 0);
        for term in terms {
            self.frequencies[*term as usize] += 1;
        }
    }

    /// Returns the number of a term that some passage has.
    pub(crate) fn number(&self, term: &str) -> Option<u32> {
        self.numbers.get(term)
    }

    /// Returns the number of passages that a term stands in.
    pub(crate) fn frequency(&self, term: &str) -> usize {
        self.number(term).and_then(|number| self.frequencies.get(number as usize)).map_or(0, |n| *n as usize)
    }

    /// Returns the rarity of the term with a number.
    pub(crate) fn rarity_of(&self, term: u32) -> f32 {
        self.rarity(self.frequencies.get(term as usize).map_or(0, |n| *n as usize))
    }

    /// Returns the inverse document frequency of a term that so many passages have, in nats, as BM25 has it (Robertson and
    /// Zaragoza 2009, as in Lucene): ln(1 + (N - n + 0.5) / (n + 0.5)).
    pub(crate) fn rarity(&self, frequency: usize) -> f32 {
        let (n, total) = (frequency as f32, self.n_passages as f32);
        (1.0 + (total - n + 0.5).max(0.0) / (n + 0.5)).ln()
    }
}
