//! One score from a few features, and how far it can be trusted.
//!
//! Both are linear: a passage's score is the sum of its features, each times a weight; the log-odds that the best passage
//! answers at all are another such sum. `pressdesk tune` fits the weights on labelled questions and writes them to
//! `config/ranking.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

/// How many features there are.
pub const N_FEATURES: usize = 12;

/// The names of the features, in the order of [`Features::values`]; what each is stands at the field of that name.
pub(super) const NAMES: [&str; N_FEATURES] = [
    "words",
    "coverage",
    "coverage_around",
    "sentence",
    "title",
    "release",
    "evidence",
    "no_evidence",
    "lead",
    "context",
    "unmet",
    "unknown",
];

/// What is known of a passage and a question, each from 0 to about 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Features {
    /// BM25 of the passage over the highest that any passage could get for the question.
    pub words: f32,
    /// The share of the question's weight that the paragraph meets.
    pub coverage: f32,
    /// The same with title, place, contacts and names of the release.
    pub coverage_around: f32,
    /// The share that its best sentence meets.
    pub sentence: f32,
    /// The share that the release's title meets.
    pub title: f32,
    /// The share that the release as a whole meets.
    pub release: f32,
    /// The share of the kinds of answer asked for (who, how many, when, where, who paid) that it has to give.
    pub evidence: f32,
    /// Whether a kind of answer is asked for and it has none to give.
    pub no_evidence: f32,
    /// Whether it is the first paragraph.
    pub lead: f32,
    /// Whether its release is the one talked about.
    pub context: f32,
    /// The weight of the heaviest word that neither the paragraph nor what is around it meets, over the heaviest possible.
    pub unmet: f32,
    /// The share of the question's weight that no passage at all meets.
    pub unknown: f32,
}

impl Features {
    /// Returns the features in the order of [`NAMES`].
    #[must_use]
    pub fn values(&self) -> [f32; N_FEATURES] {
        [
            self.words,
            self.coverage,
            self.coverage_around,
            self.sentence,
            self.title,
            self.release,
            self.evidence,
            self.no_evidence,
            self.lead,
            self.context,
            self.unmet,
            self.unknown,
        ]
    }
}

/// A weight for each feature, and a constant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weights {
    /// Added whatever the features are.
    pub constant: f32,
    /// In the order of [`NAMES`].
    pub features: [f32; N_FEATURES],
}

impl Weights {
    fn sum(&self, features: &Features) -> f32 {
        self.constant + self.features.iter().zip(features.values()).map(|(weight, value)| weight * value).sum::<f32>()
    }
}

/// The weights of the features for the order of passages and for the decision.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranking {
    /// What each feature adds to a passage's score.
    pub score: Weights,
    /// What each feature of the best passage adds to the log-odds that it answers.
    pub confidence: Weights,
}

/// The file of the weights; a feature that isn't named weighs nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    score: BTreeMap<String, f32>,
    confidence: BTreeMap<String, f32>,
}

/// What the constant is called in the file.
const CONSTANT: &str = "constant";

impl Ranking {
    /// Reads the weights from a file.
    ///
    /// # Errors
    ///
    /// When the file can't be read or isn't what `pressdesk tune` writes.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("could not read the weights {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("the weights {} are not right", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text)?;
        Ok(Self { score: weights(file.score)?, confidence: weights(file.confidence)? })
    }

    /// Writes the weights as a file that [`Ranking::load`] reads.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn save(&self, path: &Path, remark: &str) -> anyhow::Result<()> {
        let named = |weights: &Weights| {
            let features = NAMES.iter().zip(weights.features).filter(|(_, weight)| *weight != 0.0);
            let all = features
                .map(|(name, weight)| ((*name).to_owned(), weight))
                .chain([(CONSTANT.to_owned(), weights.constant)]);
            all.collect()
        };
        let text = toml::to_string(&File { score: named(&self.score), confidence: named(&self.confidence) })?;
        let remark: String = remark.lines().map(|line| format!("# {line}\n")).collect();
        std::fs::write(path, format!("{remark}\n{text}")).with_context(|| format!("could not write {}", path.display()))
    }

    /// Returns a passage's score; only the order counts.
    #[must_use]
    pub fn score(&self, features: &Features) -> f32 {
        self.score.sum(features)
    }

    /// Returns how likely a passage answers the question, 0 to 1.
    #[must_use]
    pub fn confidence(&self, features: &Features) -> f32 {
        logistic(self.confidence.sum(features))
    }
}

fn weights(named: BTreeMap<String, f32>) -> anyhow::Result<Weights> {
    let mut weights = Weights::default();
    for (name, weight) in named {
        match NAMES.iter().position(|known| *known == name) {
            Some(at) => weights.features[at] = weight,
            None if name == CONSTANT => weights.constant = weight,
            None => bail!("there is no feature `{name}`; there are {}", NAMES.join(", ")),
        }
    }
    Ok(weights)
}

fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("ranking.toml");
        let mut ranking = Ranking::default();
        ranking.score.features[3] = 1.5;
        ranking.confidence.constant = -2.0;
        ranking.save(&file, "two\nlines").expect("written");
        assert_eq!(Ranking::load(&file).expect("read"), ranking);
        assert!(Ranking::parse("[score]\nwrods = 1.0\n[confidence]\n").is_err());
    }
}
