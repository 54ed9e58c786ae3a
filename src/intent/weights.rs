//! Weights of the features, one set without embeddings and one with them; `pressdesk tune` writes them beside the examples.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::{Intent, IntentFeatures, N_INTENTS, N_OF_TEXT, N_SIMILARITIES};
use crate::files;

/// Name of the file in the folder of the examples.
pub(super) const FILE_NAME: &str = "weights.toml";

/// Probability from which on a message is a cry for help, with embeddings and without: a missed one is far worse than a
/// false alarm. `pressdesk tune --dry-run` prints how many are missed, and how many questions are taken for one.
const MIN_DANGER: [f32; 2] = [0.25, 0.36];
/// The same from which on a sentence is one whatever stands beside it: an illness that is told before a question is none. Set by hand, with
/// a view to those in `tests/it/several.rs`.
const MIN_CRY: [f32; 2] = [0.6, 0.6];
/// Probability from which on a message asks the releases nothing; a question must not be taken for talk.
const MIN_TALK: [f32; 2] = [0.6, 0.8];
/// Probability of one intent from which on it is taken for that: a message like no example has a little of each.
const MIN_BEST: f32 = 0.3;
/// The same within a conversation, where half a question follows another: “and who ran it?”
const MIN_IN_CONVERSATION: f32 = 0.9;

/// Probability of danger and talk up to which a message asks the releases beyond doubt.
const MAX_DOUBT: f32 = 0.05;

/// Weights of both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentWeights {
    /// Weights without embeddings.
    pub words: IntentSideWeights,
    /// Weights with embeddings.
    pub both: IntentSideWeights,
}

/// Weights of one side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentSideWeights {
    /// Weights of the similarities to the examples of an intent, the same for all intents: the highest, the next ones and all, by
    /// trigrams and by embeddings; last, of how likely the words are.
    pub(super) similarities: [f32; N_SIMILARITIES],
    /// Constant, and weights of length, unknown words, emphasis and unlikeness to all examples.
    pub(super) intents: BTreeMap<Intent, [f32; N_OF_TEXT + 1]>,
}

impl IntentWeights {
    /// Reads the weights from the folder of the examples.
    ///
    /// # Errors
    ///
    /// When the file can't be read or is of another shape.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE_NAME);
        let name = path.display();
        let text =
            files::read_text(&path).with_context(|| format!("could not read the weights of the intents {name}"))?;
        toml::from_str(&text).with_context(|| format!("the weights of the intents {name} are not right"))
    }

    /// Writes the weights into the folder of the examples, below a remark.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn save(&self, folder: &Path, remark: &str) -> anyhow::Result<()> {
        let path = folder.join(FILE_NAME);
        let remark: String = remark.lines().map(|line| format!("# {line}\n")).collect();
        let text = format!("{remark}\n{}", toml::to_string(self)?);
        std::fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))
    }

    /// Tells whether a part of a message is a cry for help, whatever stands beside it; `side` is as for [`decide`](Self::decide).
    pub(super) fn is_cry(&self, features: &IntentFeatures, side: usize) -> bool {
        [&self.both, &self.words][side].probabilities(features)[Intent::Danger as usize] >= MIN_CRY[side]
    }

    /// Decides what a message is, and tells whether it asks the releases beyond doubt; `side` is 0 with embeddings,
    /// 1 without.
    pub(super) fn decide(&self, features: &IntentFeatures, side: usize, in_conversation: bool) -> (Intent, bool) {
        let probabilities = [&self.both, &self.words][side].probabilities(features);
        let of = |intent: Intent| probabilities[intent as usize];
        if of(Intent::Danger) >= MIN_DANGER[side] {
            return (Intent::Danger, false);
        }
        let (asking, talk): (Vec<Intent>, Vec<Intent>) =
            Intent::ALL.into_iter().partition(|intent| intent.asks_releases());
        let best = |intents: Vec<Intent>| intents.into_iter().max_by(|a, b| of(*a).total_cmp(&of(*b)));
        let of_talk = 1.0 - asking.iter().map(|intent| of(*intent)).sum::<f32>();
        let least = if in_conversation { MIN_IN_CONVERSATION } else { MIN_TALK[side] };
        match best(talk.into_iter().filter(|intent| *intent != Intent::Danger).collect()) {
            Some(talk) if of_talk >= least && of(talk) >= MIN_BEST => (talk, false),
            _ => (best(asking).unwrap_or(Intent::Question), of_talk <= MAX_DOUBT),
        }
    }
}

impl IntentSideWeights {
    /// Returns the probability of each intent; an intent without weights has none.
    fn probabilities(&self, features: &IntentFeatures) -> [f32; N_INTENTS] {
        let mut scores = [f32::NEG_INFINITY; N_INTENTS];
        for (intent, [constant, of_text @ ..]) in &self.intents {
            let similarities = self.similarities.iter().zip(features.similarities[*intent as usize]);
            let of_text = of_text.iter().zip(features.of_text);
            let sum = |products: f32, (weight, value): (&f32, f32)| products + weight * value;
            scores[*intent as usize] = constant + similarities.fold(0.0, sum) + of_text.fold(0.0, sum);
        }
        let highest = scores.iter().copied().fold(f32::MIN, f32::max);
        let masses = scores.map(|score| (score - highest).exp());
        let total: f32 = masses.iter().sum();
        masses.map(|mass| mass / total)
    }
}
