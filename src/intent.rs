//! Intents: what a message is for, recognised by its likeness to examples.
//!
//! `config/intents/` holds examples of each intent in several languages. A message is compared with all of them by its trigrams,
//! which forgive typing errors, and by its embedding, which knows other words for the same; the similarities to the examples of
//! each intent, how likely its words are under each, and the little that the text shows by itself, are weighed into the probability of
//! each intent by weights that `pressdesk tune` fits. A new example or language needs no code and no new weights.

mod examples;
mod fit;
mod likelihoods;
mod trigrams;
mod weights;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

pub use self::examples::Examples;
pub use self::fit::{IntentFigures, fit};
use self::likelihoods::Likelihoods;
use self::trigrams::Trigrams;
pub use self::weights::{IntentSideWeights, IntentWeights};
use crate::language::Language;
use crate::text::{Words, fold};
use crate::vector::{Vector, apart, mean};

/// Purpose of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// An insult.
    Abuse,
    /// The last answer was wrong or of no use.
    Complaint,
    /// Somebody to call or write to is asked for.
    Contact,
    /// A cry for help by or for somebody in danger.
    Danger,
    /// A good-bye.
    Goodbye,
    /// A greeting and nothing else.
    Greeting,
    /// How to use the bot is asked.
    Help,
    /// Who or what the bot is is asked.
    Identity,
    /// The bot is told to do something else than to answer from the releases.
    Instruction,
    /// The language of the conversation.
    Language,
    /// More of what was just shown.
    More,
    /// What is kept of a person.
    Privacy,
    /// An ordinary question to the releases.
    Question,
    /// The releases themselves, such as the newest one.
    Releases,
    /// Chat.
    SmallTalk,
    /// Thanks or praise.
    Thanks,
}

/// Number of intents.
const N_INTENTS: usize = Intent::ALL.len();
/// Number of similarities to the examples of an intent by one signal: the highest, the next ones, all.
const N_BY_SIGNAL: usize = 3;
/// Place of the similarities by embeddings, behind those by trigrams.
const BY_EMBEDDINGS: usize = N_BY_SIGNAL;
/// Place of how likely the words are.
const BY_WORDS: usize = 2 * N_BY_SIGNAL;
/// Number of numbers that say how well a text goes with an intent.
const N_SIMILARITIES: usize = BY_WORDS + 1;
/// Number of features of a text that are not of an intent.
const N_OF_TEXT: usize = 4;

/// Number of words from which on a text is no longer than others.
const MAX_LENGTH: usize = 16;
/// Similarity of spelling below which a message is like an example by chance.
const MIN_ALIKE: f32 = 0.5;
/// Number of the most similar examples that tell the language of a message together.
const N_NEAREST: usize = 8;

/// Number of words unknown to the examples from which on more of them tell no more.
const MAX_UNKNOWN: usize = 3;

/// Intent of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The intent.
    pub intent: Intent,
    /// Set when the message asks the releases beyond doubt, or is the same as an example.
    pub is_clear: bool,
    /// Set for a cry for help beyond doubt: one that is heard in a part of a message too.
    pub is_cry: bool,
    /// Languages of the examples of that intent that are most like the message.
    pub languages: Vec<Language>,
}

/// What is known of a message: its similarities to the examples of each intent, and what the text shows by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentFeatures {
    similarities: [[f32; N_SIMILARITIES]; N_INTENTS],
    of_text: [f32; N_OF_TEXT],
}

/// The examples, ready to be compared with messages.
#[derive(Debug)]
pub struct IntentClassifier {
    intents: Vec<Intent>,
    languages: Vec<Language>,
    /// Examples by their text as it is compared, with those of one text under one intent only.
    verbatim: HashMap<String, Intent>,
    /// Numbers of the examples that have a folded word.
    word_counts: HashMap<String, usize>,
    /// The folded words of the examples of danger.
    of_danger: HashSet<String>,
    trigrams: Trigrams,
    of_trigrams: Norms,
    likelihoods: Likelihoods,
    vectors: Option<ExampleVectors>,
    weights: IntentWeights,
}

/// Embeddings of the examples, without what they have in common.
#[derive(Debug)]
struct ExampleVectors {
    vectors: Vec<Vector>,
    mean: Vec<f32>,
    norms: Norms,
}

/// Squared length of the sum of the vectors of each intent.
type Norms = [f32; N_INTENTS];

impl Intent {
    /// All intents, in alphabetical order.
    pub const ALL: [Self; 16] = [
        Self::Abuse,
        Self::Complaint,
        Self::Contact,
        Self::Danger,
        Self::Goodbye,
        Self::Greeting,
        Self::Help,
        Self::Identity,
        Self::Instruction,
        Self::Language,
        Self::More,
        Self::Privacy,
        Self::Question,
        Self::Releases,
        Self::SmallTalk,
        Self::Thanks,
    ];

    /// Tells whether a message is answered from the releases or their contacts.
    #[must_use]
    pub fn asks_releases(self) -> bool {
        matches!(self, Self::Question | Self::Contact | Self::Releases | Self::More)
    }
}

impl IntentClassifier {
    /// Takes the examples; `vector_of` returns the embedding of one of [`Examples::texts`], if all have one.
    #[must_use]
    pub fn new(examples: &Examples, weights: IntentWeights, vector_of: impl Fn(&str) -> Option<Vec<f32>>) -> Self {
        let list = examples.list();
        let intents: Vec<Intent> = list.iter().map(|example| example.intent).collect();
        let (mut verbatim, mut word_counts) = (HashMap::new(), HashMap::new());
        let (mut ambiguous, mut of_danger) = (HashSet::new(), HashSet::new());
        for example in list {
            let key = verbatim_key(&example.text);
            if *verbatim.entry(key.clone()).or_insert(example.intent) != example.intent {
                ambiguous.insert(key);
            }
            let words = words(&example.text);
            if example.intent == Intent::Danger {
                of_danger.extend(words.iter().cloned());
            }
            words.into_iter().for_each(|word| *word_counts.entry(word).or_default() += 1);
        }
        verbatim.retain(|key, _| !ambiguous.contains(key));
        let trigrams = Trigrams::of(list.iter().map(|example| comparable(&example.text)));
        let of_trigrams = trigrams.norms(&intents);
        let likelihoods = Likelihoods::of(list.iter().map(|example| (comparable(&example.text), example.intent)));
        let vectors = examples.texts().iter().map(|text| vector_of(text)).collect::<Option<Vec<Vec<f32>>>>();
        let vectors = vectors.map(|vectors| ExampleVectors::of(vectors, &intents));
        let languages = list.iter().map(|example| example.language).collect();
        Self {
            intents,
            languages,
            verbatim,
            word_counts,
            of_danger,
            trigrams,
            of_trigrams,
            likelihoods,
            vectors,
            weights,
        }
    }

    /// Tells whether an example of danger has a folded word.
    #[must_use]
    pub fn is_of_danger(&self, folded: &str) -> bool {
        self.of_danger.contains(folded)
    }

    /// Recognises the intent of a message, with its embedding where there is one; `in_conversation` where something was shown
    /// before that it may be about.
    #[must_use]
    pub fn recognise(&self, text: &str, embedding: Option<&[f32]>, in_conversation: bool) -> Recognised {
        let by_trigrams = self.trigrams.similarities(&comparable(text));
        let (intent, is_clear, is_cry) = match self.verbatim.get(&verbatim_key(text)) {
            Some(intent) => (*intent, true, *intent == Intent::Danger),
            None if is_long_number(text) => (Intent::Question, true, false),
            None => {
                let side = usize::from(embedding.is_none() || self.vectors.is_none());
                let features = self.features_of(text, &by_trigrams, embedding, None);
                let (intent, is_clear) = self.weights.decide(&features, side, in_conversation);
                (intent, is_clear, self.weights.is_cry(&features, side))
            }
        };
        Recognised { intent, is_clear, is_cry, languages: self.nearest_languages(intent, &by_trigrams) }
    }

    /// Returns the features of a message; those of an example leave `except`, its own number, out of the comparison.
    fn features_of(
        &self,
        text: &str,
        by_trigrams: &[f32],
        embedding: Option<&[f32]>,
        except: Option<usize>,
    ) -> IntentFeatures {
        let [length, unknown, emphasis] = self.of_text(text, usize::from(except.is_some()));
        let mut features = IntentFeatures {
            similarities: [[0.0; N_SIMILARITIES]; N_INTENTS],
            of_text: [length, unknown, emphasis, 0.0],
        };
        self.add_similarities(&mut features, 0, by_trigrams, &self.of_trigrams, except);
        let own = except.map(|number| self.intents[number]);
        for (similarities, likelihood) in
            features.similarities.iter_mut().zip(self.likelihoods.of_text(&comparable(text), own))
        {
            similarities[BY_WORDS] = likelihood;
        }
        let mut best = 0;
        if let (Some(vectors), Some(embedding)) = (&self.vectors, embedding) {
            best = BY_EMBEDDINGS;
            let similarities = vectors.similarities(embedding);
            self.add_similarities(&mut features, best, &similarities, &vectors.norms, except);
        }
        let highest = features.similarities.iter().map(|similarities| similarities[best]).fold(0.0, f32::max);
        features.of_text[N_OF_TEXT - 1] = 2.0 * (1.0 - highest);
        features
    }

    /// Fills in the similarities to each intent from those to each example: the highest, the mean of the next three, and that to
    /// the sum of all.
    fn add_similarities(
        &self,
        features: &mut IntentFeatures,
        at: usize,
        similarities: &[f32],
        norms: &Norms,
        except: Option<usize>,
    ) {
        let (mut best, mut sums, mut squares) = ([[0.0_f32; 4]; N_INTENTS], [0.0; N_INTENTS], *norms);
        for (number, (intent, similarity)) in self.intents.iter().zip(similarities).enumerate() {
            if except != Some(number) {
                sums[*intent as usize] += similarity;
                insert(&mut best[*intent as usize], *similarity);
            }
        }
        if let Some(number) = except {
            // The sum of the others: |s − v|² = |s|² − 2 s·v + |v|².
            let own = self.intents[number] as usize;
            squares[own] -= 2.0 * sums[own] + similarities[number];
        }
        for intent in 0..N_INTENTS {
            let [first, next @ ..] = best[intent];
            let centre = sums[intent] / squares[intent].max(0.01).sqrt();
            features.similarities[intent][at..at + N_BY_SIGNAL].copy_from_slice(&[
                first,
                next.iter().sum::<f32>() / 3.0,
                centre,
            ]);
        }
    }

    /// Returns what a text shows by itself: its length, how many of its words no example has, or no more than `n_own` have, and
    /// its emphasis.
    fn of_text(&self, text: &str, n_own: usize) -> [f32; 3] {
        let is_unknown =
            |word: &&String| word.chars().count() > 3 && self.word_counts.get(*word).copied().unwrap_or(0) <= n_own;
        let n_words = comparable(text).split(' ').count().min(MAX_LENGTH);
        let n_unknown = words(text).iter().filter(is_unknown).count().min(MAX_UNKNOWN);
        let emphasis = if is_emphatic(text) { 1.0 } else { 0.0 };
        [2.0 * n_words as f32 / MAX_LENGTH as f32, n_unknown as f32 / MAX_UNKNOWN as f32, emphasis]
    }

    /// Returns the languages that a message may be in: those of the examples of its intent that are spelt most like it, the most
    /// frequent first; where none is like it, that of most of the nearest examples.
    fn nearest_languages(&self, intent: Intent, by_trigrams: &[f32]) -> Vec<Language> {
        let of_intent = || (0..self.intents.len()).filter(|number| self.intents[*number] == intent);
        let highest = of_intent().map(|number| by_trigrams[number]).fold(0.0, f32::max);
        let mut languages = Vec::new();
        for number in of_intent().filter(|number| highest > MIN_ALIKE && by_trigrams[*number] >= highest - 0.01) {
            if !languages.contains(&self.languages[number]) {
                languages.push(self.languages[number]);
            }
        }
        if languages.is_empty() {
            languages.extend(self.language_of_nearest(by_trigrams));
        }
        languages
    }

    fn language_of_nearest(&self, by_trigrams: &[f32]) -> Option<Language> {
        let mut nearest: Vec<usize> = (0..by_trigrams.len()).filter(|number| by_trigrams[*number] > 0.0).collect();
        nearest.sort_by(|a, b| by_trigrams[*b].total_cmp(&by_trigrams[*a]));
        nearest.truncate(N_NEAREST);
        let share = |language: Language| -> f32 {
            nearest
                .iter()
                .filter(|number| self.languages[**number] == language)
                .map(|number| by_trigrams[*number])
                .sum()
        };
        let total: f32 = nearest.iter().map(|number| by_trigrams[*number]).sum();
        nearest.iter().map(|number| self.languages[*number]).find(|language| 2.0 * share(*language) > total)
    }
}

impl ExampleVectors {
    fn of(vectors: Vec<Vec<f32>>, intents: &[Intent]) -> Self {
        let mean = mean(vectors.iter().cloned());
        let vectors: Vec<Vector> = vectors.into_iter().map(|vector| Vector::new(&apart(vector, &mean))).collect();
        let mut norms = [0.0; N_INTENTS];
        for intent in Intent::ALL {
            let mut sum = vec![0.0; mean.len()];
            for (vector, _) in vectors.iter().zip(intents).filter(|(_, other)| **other == intent) {
                vector.add_to(&mut sum);
            }
            norms[intent as usize] = sum.iter().map(|number| number * number).sum();
        }
        Self { vectors, mean, norms }
    }

    fn similarities(&self, embedding: &[f32]) -> Vec<f32> {
        let text = Vector::new(&apart(embedding.to_vec(), &self.mean));
        self.vectors.iter().map(|vector| vector.cosine_rounded(&text)).collect()
    }
}

/// Puts a number in its place among the highest, in falling order.
fn insert(highest: &mut [f32; 4], mut number: f32) {
    for place in highest {
        if number > *place {
            std::mem::swap(place, &mut number);
        }
    }
}

/// Returns a text as it is embedded: without lengthened letters, and in lower case where it shouts.
#[must_use]
pub fn plain(text: &str) -> String {
    let text = if shouts(text) { text.to_lowercase() } else { text.to_owned() };
    let (mut plain, mut run) = (String::with_capacity(text.len()), 0);
    let letters: Vec<char> = text.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        run = if at > 0 && letters[at - 1] == *letter { run + 1 } else { 1 };
        let is_lengthened = letter.is_alphabetic() && (run > 2 || run == 2 && letters.get(at + 1) == Some(letter));
        if !is_lengthened {
            plain.push(*letter);
        }
    }
    plain
}

fn shouts(text: &str) -> bool {
    let n_letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let n_capitals = text.chars().filter(|letter| letter.is_uppercase()).count();
    n_letters > 3 && 5 * n_capitals > 3 * n_letters
}

fn is_emphatic(text: &str) -> bool {
    text.contains(['!', '¡']) || plain(text) != text
}

/// Returns a text as its trigrams are compared: its folded words, without apostrophes and doubled letters.
fn comparable(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for letter in fold(text).chars().filter(|letter| *letter != '\'' && *letter != '`') {
        if !squeezed.ends_with(letter) {
            squeezed.push(letter);
        }
    }
    let words: Vec<&str> =
        squeezed.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Tells whether a text is a number and long enough to be somebody's telephone.
fn is_long_number(text: &str) -> bool {
    !text.contains(char::is_alphabetic) && text.chars().filter(char::is_ascii_digit).count() >= 4
}

fn words(text: &str) -> HashSet<String> {
    comparable(text).split(' ').map(str::to_owned).collect()
}

/// Returns a text as it is the same as an example: its folded words, no letters lengthened, and its emphasis, or all of it where it
/// has no words.
fn verbatim_key(text: &str) -> String {
    let words = Words::of(plain(text));
    let words: Vec<&str> = words.folded().collect();
    if words.is_empty() {
        return text.trim().to_owned();
    }
    words.join(" ") + if is_emphatic(text) { "!" } else { "" }
}
