//! How likely the words of a message are under each intent (naive Bayes): which words stand near which tells a cry for help from a
//! question about one where no single example is like it.
//!
//! What is counted are the beginnings of words, so that another form is the same, and pairs of them at most [`MAX_GAP`] apart.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{Intent, N_INTENTS};

/// Number of letters at the beginning of a word that tell it. Of 4, 5 and 6 these missed fewest cries of `tests/questions/intents`, and of
/// 150 others, at as many false alarms.
const LEN_OF_WORD: usize = 5;
/// Maximum number of words from one to another that makes a pair with it; likewise of 2, 3, 4 and 9.
const MAX_GAP: usize = 3;
/// Number of examples that the general share of a word counts as when its share under an intent is estimated (the m-estimate of
/// Cestnik 1990); from 10 to 60 the figures hardly move.
const PRIOR: f32 = 30.0;
/// Part of the log-likelihood that makes a feature of the size of the others.
const SCALE: f32 = 0.1;

/// Numbers of examples of each intent.
type Counts = [u16; N_INTENTS];

/// How many examples of each intent have a word or pair.
#[derive(Debug)]
pub(super) struct Likelihoods {
    /// The hash of a word or pair, an intent, and the number of its examples that have it, in order.
    counts: Vec<(u64, Intent, u16)>,
    n_examples: Counts,
}

impl Likelihoods {
    /// Counts the words and pairs of texts that are folded already, each with its intent.
    pub(super) fn of(examples: impl Iterator<Item = (String, Intent)>) -> Self {
        let mut n_examples = [0; N_INTENTS];
        let mut seen: Vec<(u64, Intent)> = Vec::new();
        for (text, intent) in examples {
            let count: &mut u16 = &mut n_examples[intent as usize];
            *count = count.saturating_add(1);
            seen.extend(parts(&text).into_iter().map(|part| (part, intent)));
        }
        seen.sort_unstable();
        let same = seen.chunk_by(|a, b| a == b);
        let counts = same.map(|same| (same[0].0, same[0].1, u16::try_from(same.len()).unwrap_or(u16::MAX))).collect();
        Self { counts, n_examples }
    }

    /// Returns how many examples of each intent have a word or pair.
    fn counts_of(&self, part: u64) -> Counts {
        let mut counts = [0; N_INTENTS];
        let start = self.counts.partition_point(|(other, ..)| *other < part);
        for (_, intent, count) in self.counts[start..].iter().take_while(|(other, ..)| *other == part) {
            counts[*intent as usize] = *count;
        }
        counts
    }

    /// Returns for each intent the logarithm of how much likelier the words and pairs of a folded text are under it than in general,
    /// scaled; `except` is the intent of the text if it is an example itself, which is left out then.
    pub(super) fn of_text(&self, text: &str, except: Option<Intent>) -> [f32; N_INTENTS] {
        let mut n_examples = self.n_examples;
        decrease(&mut n_examples, except);
        let n_all = total(&n_examples);
        let mut sums = [0.0; N_INTENTS];
        for part in parts(text) {
            let mut counts = self.counts_of(part);
            decrease(&mut counts, except);
            let share = total(&counts) / n_all;
            if share > 0.0 {
                for ((sum, n_with), n) in sums.iter_mut().zip(counts).zip(n_examples) {
                    *sum += SCALE * ((f32::from(n_with) / share + PRIOR) / (f32::from(n) + PRIOR)).ln();
                }
            }
        }
        sums
    }
}

fn decrease(counts: &mut Counts, intent: Option<Intent>) {
    if let Some(intent) = intent {
        counts[intent as usize] = counts[intent as usize].saturating_sub(1);
    }
}

fn total(counts: &Counts) -> f32 {
    counts.iter().map(|count| f32::from(*count)).sum()
}

/// Returns the hashes of the words and pairs of a folded text, each once, in order.
fn parts(text: &str) -> Vec<u64> {
    let beginning = |word: &str| word.char_indices().nth(LEN_OF_WORD).map_or(word.len(), |(end, _)| end);
    let words = text.split(' ').filter(|word| !word.is_empty());
    let words: Vec<&str> = words.map(|word| &word[..beginning(word)]).collect();
    let mut parts = Vec::new();
    for (at, word) in words.iter().enumerate() {
        parts.push(hash(word, ""));
        parts.extend(words[at + 1..].iter().take(MAX_GAP).map(|next| hash(word, next)));
    }
    parts.sort_unstable();
    parts.dedup();
    parts
}

fn hash(word: &str, next: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (word, next).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_side_by_side_tell_an_intent_that_they_do_not_tell_alone() {
        let examples = [
            ("he cut himself and there is blood", Intent::Danger),
            ("so much blood on the floor", Intent::Danger),
            ("where can I give blood", Intent::Question),
            ("how much do you cut from the budget", Intent::Question),
            ("thanks so much", Intent::Thanks),
        ];
        let likelihoods = Likelihoods::of(examples.into_iter().map(|(text, intent)| (text.to_owned(), intent)));
        let likeliest = |text: &str| {
            let of_text = likelihoods.of_text(text, None);
            Intent::ALL.into_iter().max_by(|a, b| of_text[*a as usize].total_cmp(&of_text[*b as usize]))
        };
        assert_eq!(likeliest("there is so much blood"), Some(Intent::Danger));
        assert_eq!(likeliest("where do they give blood"), Some(Intent::Question));
        assert_eq!(likelihoods.of_text("xyz", None), [0.0; N_INTENTS]);
    }

    #[test]
    fn example_is_left_out_of_its_own_likelihood() {
        let examples = [("a b", Intent::Thanks), ("a", Intent::Thanks), ("c", Intent::Question), ("", Intent::Abuse)];
        let likelihoods = Likelihoods::of(examples.into_iter().map(|(text, intent)| (text.to_owned(), intent)));
        // One example of thanks is left of three, and has the word: (1 / (1 / 3) + PRIOR) / (1 + PRIOR).
        let left = likelihoods.of_text("a b", Some(Intent::Thanks))[Intent::Thanks as usize];
        assert!((left - SCALE * (33.0_f32 / 31.0).ln()).abs() < 1e-6, "{left}");
        assert_eq!(likelihoods.of_text("?", None), [0.0; N_INTENTS]);
        assert_eq!(likelihoods.of_text("", None), [0.0; N_INTENTS]);
    }
}
