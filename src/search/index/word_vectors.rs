//! Vectors of the words of the releases, each by itself: those that mean the same are near each other, in any language. “airport” is
//! .7 like *aeropuerto* and .3 like whatever else there is, where in a question its vector is as much of the words beside it.

use super::{Index, ReleaseTerms};
use crate::embedding::EmbeddingModel;
use crate::text::fold;
use crate::vector::{Vector, apart, mean};

/// A vector for each word of the vocabulary.
#[derive(Debug)]
pub(super) struct WordVectors {
    vectors: Vec<Vector>,
    /// What all have in common.
    mean: Vec<f32>,
}

/// A word of a question: as it is written in small letters, with the terms that the releases have of it.
pub(in crate::search) struct QuestionWord<'a> {
    pub(in crate::search) written: String,
    pub(in crate::search) terms: &'a [String],
}

/// Cosines of a word of a question with those of the releases, from 0.
#[derive(Debug, Clone, Default)]
pub(in crate::search) struct WordCosines {
    /// With the most like word of each release.
    pub(in crate::search) of_releases: Vec<f32>,
    /// With the most like word of all.
    pub(in crate::search) anywhere: f32,
}

impl WordVectors {
    /// Takes the vector of each word of the vocabulary.
    pub(super) fn new(vectors: &[Vector]) -> Self {
        let mean = mean(vectors.iter().map(Vector::to_numbers));
        let vectors = vectors.iter().map(|vector| Vector::new(&apart(vector.to_numbers(), &mean))).collect();
        Self { vectors, mean }
    }

    /// Compares words of a question with all words of the releases. A word that these have in some form has the vector of that form;
    /// the others are embedded.
    pub(super) fn cosines(
        &self,
        index: &Index,
        words: &[QuestionWord<'_>],
        model: &EmbeddingModel,
    ) -> Vec<WordCosines> {
        let known = |word: &QuestionWord<'_>| {
            let number = index.vocabulary.number_of(&fold(&word.written), word.terms);
            number.and_then(|number| self.vectors.get(number as usize))
        };
        let new: Vec<&str> =
            words.iter().filter(|word| known(word).is_none()).map(|word| word.written.as_str()).collect();
        let mut embedded = model.embed_words(&new).into_iter().map(|vector| Vector::new(&apart(vector, &self.mean)));
        let cosines = |word| match known(word) {
            Some(vector) => Some(self.cosines_of(index, vector)),
            None => embedded.next().map(|vector| self.cosines_of(index, &vector)),
        };
        words.iter().map(cosines).map(Option::unwrap_or_default).collect()
    }

    fn cosines_of(&self, index: &Index, word: &Vector) -> WordCosines {
        let cosines: Vec<f32> = self.vectors.iter().map(|other| other.cosine_rounded(word)).collect();
        let of_release = |release: &ReleaseTerms| {
            release.words.iter().filter_map(|word| cosines.get(*word as usize)).copied().fold(0.0, f32::max)
        };
        let of_releases = index.releases.iter().map(of_release).collect();
        WordCosines { of_releases, anywhere: cosines.into_iter().fold(0.0, f32::max) }
    }
}
