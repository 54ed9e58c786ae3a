//! Trigrams of the examples: runs of three characters, weighted by how rare they are (TF-IDF), so that a typing error costs a
//! message three of its trigrams and no more.

use std::collections::HashMap;

use super::{Intent, N_INTENTS, Norms};

/// Share of its weight that a trigram has that no example has: it is rare, or a typing error.
const OF_UNKNOWN: f32 = 0.5;

/// An inverted index of trigrams.
#[derive(Debug)]
pub(super) struct Trigrams {
    n_texts: usize,
    numbers: HashMap<u64, u32>,
    /// By trigram its inverse document frequency, and the texts that have it, with its share of each.
    postings: Vec<(f32, Vec<(u32, f32)>)>,
}

impl Trigrams {
    /// Indexes texts that are folded already.
    pub(super) fn of(texts: impl Iterator<Item = String>) -> Self {
        let mut trigrams = Self { n_texts: 0, numbers: HashMap::new(), postings: Vec::new() };
        for (text, number) in texts.zip(0..) {
            for (trigram, count) in counts(&text) {
                let next = u32::try_from(trigrams.postings.len()).unwrap_or(u32::MAX);
                let known = *trigrams.numbers.entry(trigram).or_insert(next);
                if known == next {
                    trigrams.postings.push((0.0, Vec::new()));
                }
                trigrams.postings[known as usize].1.push((number, count));
            }
            trigrams.n_texts += 1;
        }
        let mut squares = vec![0.0_f32; trigrams.n_texts];
        let n_texts = trigrams.n_texts;
        for (rarity, texts) in &mut trigrams.postings {
            *rarity = rarity_of(texts.len(), n_texts);
            for (text, share) in texts {
                *share *= *rarity;
                squares[*text as usize] += *share * *share;
            }
        }
        for (text, share) in trigrams.postings.iter_mut().flat_map(|(_, texts)| texts) {
            *share /= squares[*text as usize].sqrt().max(f32::MIN_POSITIVE);
        }
        trigrams
    }

    /// Returns the cosine of a folded text with each of the texts.
    pub(super) fn similarities(&self, text: &str) -> Vec<f32> {
        let (mut similarities, mut square) = (vec![0.0_f32; self.n_texts], 0.0_f32);
        for (trigram, count) in counts(text) {
            match self.numbers.get(&trigram) {
                Some(number) => {
                    let (rarity, texts) = &self.postings[*number as usize];
                    let weight = count * rarity;
                    square += weight * weight;
                    texts.iter().for_each(|(text, share)| similarities[*text as usize] += weight * share);
                }
                None => square += (OF_UNKNOWN * count * rarity_of(0, self.n_texts)).powi(2),
            }
        }
        let length = square.sqrt().max(f32::MIN_POSITIVE);
        similarities.iter_mut().for_each(|similarity| *similarity /= length);
        similarities
    }

    /// Returns the squared length of the sum of the texts of each intent.
    pub(super) fn norms(&self, intents: &[Intent]) -> Norms {
        let mut norms = [0.0; N_INTENTS];
        for (_, texts) in &self.postings {
            let mut sums = [0.0; N_INTENTS];
            texts.iter().for_each(|(text, share)| sums[intents[*text as usize] as usize] += share);
            norms.iter_mut().zip(sums).for_each(|(norm, sum)| *norm += sum * sum);
        }
        norms
    }
}

/// Returns the inverse document frequency of a trigram.
fn rarity_of(n_with: usize, n_texts: usize) -> f32 {
    ((n_texts as f32 + 1.0) / (n_with as f32 + 0.5)).ln()
}

/// Returns the trigrams of a text, each with a weight that grows slowly with how often it stands there.
fn counts(text: &str) -> Vec<(u64, f32)> {
    let letters: Vec<u64> = [' '].into_iter().chain(text.chars()).chain([' ']).map(u64::from).collect();
    let mut trigrams: Vec<u64> =
        letters.windows(3).map(|letters| letters.iter().fold(0, |trigram, letter| trigram << 21 | letter)).collect();
    trigrams.sort_unstable();
    trigrams.chunk_by(|a, b| a == b).map(|same| (same[0], 1.0 + (same.len() as f32).ln())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_leave_texts_similar() {
        let texts = ["good morning", "see you tomorrow", "my passport was taken"].map(str::to_owned);
        let trigrams = Trigrams::of(texts.into_iter());
        let similarities = trigrams.similarities("my pasport was takn");
        assert!(similarities[2] > 0.5 && similarities[0] < 0.1, "{similarities:?}");
        assert!((trigrams.similarities("good morning")[0] - 1.0).abs() < 0.001);
        assert_eq!(trigrams.similarities(""), [0.0; 3]);
    }
}
