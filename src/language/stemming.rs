//! Stems of words, by Snowball.

use std::collections::BTreeMap;
use std::fmt;

use frostem::{Algorithm, Stemmer};

use crate::text::fold;

/// Stemmer of a language.
#[derive(Clone)]
pub(super) struct Stemming {
    algorithm: Algorithm,
    /// Endings that the algorithm knows by an accent, which folding took and phones leave out, with their accents.
    accents: BTreeMap<String, String>,
}

impl fmt::Debug for Stemming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stemming").field("algorithm", &self.algorithm.name()).finish_non_exhaustive()
    }
}

impl Stemming {
    /// Returns the stemmer of a Snowball algorithm; `None` when there is none of this name.
    pub(super) fn new(algorithm: &str, accents: &BTreeMap<String, String>) -> Option<Self> {
        let algorithm = *Algorithm::all().iter().find(|known| known.name() == algorithm)?;
        let accents = accents.iter().map(|(ending, accented)| (fold(ending), accented.clone()));
        Some(Self { algorithm, accents: accents.collect() })
    }

    /// Returns the names of all algorithms.
    pub(super) fn names() -> Vec<&'static str> {
        Algorithm::all().iter().map(|algorithm| algorithm.name()).collect()
    }

    /// Returns the stem of a folded word, folded.
    pub(super) fn stem(&self, folded: &str) -> String {
        let accented = self.accents.iter().find_map(|(ending, accented)| {
            let trunk = folded.strip_suffix(ending.as_str())?;
            Some(format!("{trunk}{accented}"))
        });
        fold(&Stemmer::new(self.algorithm).stem(accented.as_deref().unwrap_or(folded)))
    }
}
