//! Weights: one score from a few features, and the confidence that it can be trusted.
//!
//! Both are linear: a passage's score is the sum of its features, each times a weight; the log-odds that the best passage
//! answers at all are another such sum. `pressdesk tune` fits the weights on labelled questions and writes them to
//! `config/ranking.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::features::{Features, N_FEATURES, TABLE};
use super::linear::{CONSTANT, logistic};
use super::need::Need;
use super::side::Side;
use crate::files;

/// A weight for each feature, and a constant; written by name, without those that are 0.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, f32>", into = "BTreeMap<String, f32>")]
pub struct Weights {
    /// Added whatever the features are.
    pub constant: f32,
    /// In the order of [`Features::values`].
    pub features: [f32; N_FEATURES],
}

impl Weights {
    fn sum(&self, features: &Features) -> f32 {
        self.constant + self.features.iter().zip(features.values()).map(|(weight, value)| weight * value).sum::<f32>()
    }
}

/// The weights of one side: for the order of passages and for the decision.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideWeights {
    /// Added by each sign to the log-odds that a question is half of one and needs what was talked about.
    pub need: Need,
    /// Added by each feature to a passage's score.
    pub score: Weights,
    /// Added by each feature of the best passage to the log-odds that the releases answer.
    pub confidence: Weights,
    /// Added to these log-odds for half a question whose best passage is of a release talked about.
    pub confidence_followed: Weights,
    /// Added by each feature to the log-odds that a release is near what is asked, though it may hold no answer.
    pub nearness: Weights,
    /// The likelihoods that decide.
    pub threshold: Thresholds,
}

/// Likelihoods from which on something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Confidence from which on passages are shown as an answer.
    pub answer: f32,
    /// Nearness from which on a release is shown as near a question that no passage answers.
    pub near: f32,
}

/// The weights of every side.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    words: SideWeights,
    meaning: SideWeights,
    both: SideWeights,
}

impl Ranking {
    /// Puts the weights of the sides together; a side that is left out weighs nothing.
    #[must_use]
    pub fn new(sides: impl IntoIterator<Item = (Side, SideWeights)>) -> Self {
        let mut ranking = Self::default();
        for (side, weights) in sides {
            match side {
                Side::Words => ranking.words = weights,
                Side::Meaning => ranking.meaning = weights,
                Side::Both => ranking.both = weights,
            }
        }
        ranking
    }

    /// Reads the weights from a file.
    ///
    /// # Errors
    ///
    /// When the file can't be read or isn't what `pressdesk tune` writes.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = files::read_text(path).with_context(|| format!("could not read the weights {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("the weights {} are not right", path.display()))
    }

    /// Writes the weights as a file that [`Ranking::load`] reads.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn save(&self, path: &Path, remark: &str) -> anyhow::Result<()> {
        let remark: String = remark.lines().map(|line| format!("# {line}\n")).collect();
        std::fs::write(path, format!("{remark}\n{}", toml::to_string(self)?))
            .with_context(|| format!("could not write {}", path.display()))
    }

    /// Returns the weights of a side.
    #[must_use]
    pub fn side(&self, side: Side) -> SideWeights {
        match side {
            Side::Words => &self.words,
            Side::Meaning => &self.meaning,
            Side::Both => &self.both,
        }
        .clone()
    }
}

impl SideWeights {
    /// Returns a passage's score; only the order counts.
    #[must_use]
    pub fn score(&self, features: &Features) -> f32 {
        self.score.sum(features)
    }

    /// Returns the parts of the constant and each feature: name, value, part of the score, part of the log-odds.
    #[must_use]
    pub(crate) fn parts(&self, features: &Features) -> Vec<(&'static str, f32, f32, f32)> {
        let decision = self.decision(features);
        let values = TABLE.iter().zip(features.values()).zip(self.score.features).zip(decision.features);
        let parts = values.map(|((((name, ..), value), score), odds)| (*name, value, value * score, value * odds));
        let constant = (CONSTANT, 1.0, self.score.constant, decision.constant);
        std::iter::once(constant).chain(parts).filter(|(_, _, score, odds)| *score != 0.0 || *odds != 0.0).collect()
    }

    /// Tells whether what the reranker says counts.
    pub(crate) fn weighs_reranking(&self) -> bool {
        let reranked = Features { reranked: 1.0, ..Features::default() };
        self.parts(&reranked).iter().any(|(name, value, ..)| *name != CONSTANT && *value != 0.0)
    }

    fn decision(&self, features: &Features) -> &Weights {
        if features.is_followed() { &self.confidence_followed } else { &self.confidence }
    }

    /// Returns the probability that a passage answers the question.
    #[must_use]
    pub fn confidence(&self, features: &Features) -> f32 {
        logistic(self.decision(features).sum(features))
    }

    /// Returns the probability that the release of a passage is near what is asked.
    #[must_use]
    pub fn nearness(&self, features: &Features) -> f32 {
        logistic(self.nearness.sum(features))
    }
}

impl TryFrom<BTreeMap<String, f32>> for Weights {
    type Error = String;

    fn try_from(named: BTreeMap<String, f32>) -> Result<Self, String> {
        let mut weights = Self::default();
        for (name, weight) in named {
            match TABLE.iter().position(|(known, ..)| *known == name) {
                Some(at) => weights.features[at] = weight,
                None if name == CONSTANT => weights.constant = weight,
                None => {
                    let known = TABLE.map(|(known, ..)| known).join(", ");
                    return Err(format!("there is no feature `{name}`; there are {known}"));
                }
            }
        }
        Ok(weights)
    }
}

impl From<Weights> for BTreeMap<String, f32> {
    fn from(weights: Weights) -> Self {
        let features = TABLE.iter().zip(weights.features).filter(|(_, weight)| *weight != 0.0);
        let named = features.map(|((name, ..), weight)| ((*name).to_owned(), weight));
        named.chain([(CONSTANT.to_owned(), weights.constant)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_survive_saving_and_loading() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("ranking.toml");
        let mut weights = SideWeights::default();
        weights.score.features[3] = 1.5;
        weights.confidence.constant = -2.0;
        let ranking = Ranking::new(Side::ALL.map(|side| (side, weights.clone())));
        ranking.save(&file, "two\nlines").expect("written");
        assert_eq!(Ranking::load(&file).expect("read"), ranking);
        assert!(toml::from_str::<Ranking>("[words.score]\nwrods = 1.0").is_err());
    }
}
