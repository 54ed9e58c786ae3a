//! One score from a few features, and how far it can be trusted.
//!
//! Both are linear: a passage's score is the sum of its features, each times a weight; the log-odds that the best passage
//! answers at all are another such sum. `pressdesk tune` fits the weights on labelled questions and writes them to
//! `config/ranking.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::files;

/// How many features there are.
pub const N_FEATURES: usize = 24;

/// What there is to know of a feature but its value, in the order of [`Features::values`]: its name, which is that of its
/// field, what of the question it looks at, and what it says in a decision.
const TABLE: [(&str, Source, Role); N_FEATURES] = [
    ("words", Source::Words, Role::For),
    ("coverage", Source::Words, Role::For),
    ("coverage_around", Source::Words, Role::For),
    ("sentence", Source::Words, Role::For),
    ("release", Source::Words, Role::For),
    ("evidence", Source::Rest, Role::For),
    ("no_evidence", Source::Rest, Role::Against),
    ("lacks_detail", Source::Rest, Role::Against),
    ("context", Source::Rest, Role::OrderOnly),
    ("context_followed", Source::Rest, Role::For),
    ("shown_followed", Source::Rest, Role::For),
    ("coverage_followed", Source::Words, Role::For),
    ("unmet", Source::Words, Role::Against),
    ("unknown", Source::Words, Role::Against),
    ("unmet_name", Source::Words, Role::Against),
    ("unmet_of_own", Source::Words, Role::Against),
    ("like_paragraph", Source::Meaning, Role::For),
    ("like_titled", Source::Meaning, Role::For),
    ("like_sentence", Source::Meaning, Role::For),
    ("like_answering", Source::Meaning, Role::For),
    ("like_phrases", Source::Meaning, Role::For),
    ("like_release", Source::Meaning, Role::For),
    ("like_in_context", Source::Meaning, Role::For),
    ("stands_out", Source::Meaning, Role::For),
];

/// What of the question a feature looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Words,
    Meaning,
    Rest,
}

/// What a feature says of whether the releases answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    For,
    Against,
    /// Nothing: what was talked about makes no question on something else answerable.
    OrderOnly,
}

/// What a weight may be when it is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Any number.
    Any,
    /// At least 0.
    Positive,
    /// At most 0.
    Negative,
    /// Nothing but 0.
    Zero,
}

/// What passages are compared with a question by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Words alone, as when there is no model.
    Words,
    /// Meaning alone, to see what it is worth.
    Meaning,
    /// Both.
    Both,
}

impl Side {
    /// All sides.
    pub const ALL: [Self; 3] = [Self::Words, Self::Meaning, Self::Both];

    /// Returns what it is called in figures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Meaning => "meaning",
            Self::Both => "both",
        }
    }

    /// Returns what the weights in the order of passages may be, in the order of [`Features::values`].
    #[must_use]
    pub fn in_order(self) -> [Allowed; N_FEATURES] {
        TABLE.map(|(_, source, _)| if self.looks_at(source) { Allowed::Any } else { Allowed::Zero })
    }

    /// Returns the same for a decision, in which a weight never has the wrong sign.
    #[must_use]
    pub fn in_decision(self) -> [Allowed; N_FEATURES] {
        TABLE.map(|(_, source, role)| match role {
            Role::For if self.looks_at(source) => Allowed::Positive,
            Role::Against if self.looks_at(source) => Allowed::Negative,
            _ => Allowed::Zero,
        })
    }

    fn looks_at(self, source: Source) -> bool {
        match source {
            Source::Words => self != Self::Meaning,
            Source::Meaning => self != Self::Words,
            Source::Rest => true,
        }
    }
}

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
    /// The share that the release as a whole meets.
    pub release: f32,
    /// The share of the kinds of answer asked for (who, how many, when, where, why, who paid) that it has to give.
    pub evidence: f32,
    /// Whether a kind of answer is asked for and it has none to give.
    pub no_evidence: f32,
    /// Whether a detail is asked for that is known by its form (an amount of money, a time of day, an age) and its release
    /// tells none of that form.
    pub lacks_detail: f32,
    /// Whether its release is the one talked about.
    pub context: f32,
    /// The same, times how much the question needs what was talked about to be understood: “and who paid?”.
    pub context_followed: f32,
    /// Whether it was just shown, 1 for the passage shown first and less for those below, times the same.
    pub shown_followed: f32,
    /// The share of the question's weight that the paragraph and what is around it meet, times the same. The other features
    /// of words are times what is left: half a question is soon met whole, by any passage.
    pub coverage_followed: f32,
    /// The weight of the heaviest word that neither the paragraph nor what is around it meets, over the heaviest possible.
    pub unmet: f32,
    /// The share of the question's weight that no passage at all meets; of half a question too.
    pub unknown: f32,
    /// Whether the question names a place or a year that neither the paragraph nor what is around it names.
    pub unmet_name: f32,
    /// The same as `unmet` if question and release are in one language, where a word that isn't met tells more.
    pub unmet_of_own: f32,
    /// How like the question the paragraph is in meaning: a cosine, as in the next, of what is left without what all have in
    /// common.
    pub like_paragraph: f32,
    /// How like the question title and paragraph are together.
    pub like_titled: f32,
    /// How like the question its most similar sentence is.
    pub like_sentence: f32,
    /// The same among the sentences that have the kind of answer asked for.
    pub like_answering: f32,
    /// How far phrases of the paragraph meet the tokens of the question, as `stands_out` among the candidates.
    pub like_phrases: f32,
    /// How like the question the two most similar passages of the release are, on average, by paragraph and best sentence.
    pub like_release: f32,
    /// How like title and paragraph are to the question, asked about the release talked about if it needs that.
    pub like_in_context: f32,
    /// By how many standard deviations, times .2, paragraph and best sentence are more like the question than the average
    /// passage's.
    pub stands_out: f32,
}

impl Features {
    /// Tells whether this is a passage of a release talked about, for half a question.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        self.context_followed > 0.0
    }

    /// Returns the features in the order of their fields, which is that of every list of weights.
    #[must_use]
    pub fn values(&self) -> [f32; N_FEATURES] {
        [
            self.words,
            self.coverage,
            self.coverage_around,
            self.sentence,
            self.release,
            self.evidence,
            self.no_evidence,
            self.lacks_detail,
            self.context,
            self.context_followed,
            self.shown_followed,
            self.coverage_followed,
            self.unmet,
            self.unknown,
            self.unmet_name,
            self.unmet_of_own,
            self.like_paragraph,
            self.like_titled,
            self.like_sentence,
            self.like_answering,
            self.like_phrases,
            self.like_release,
            self.like_in_context,
            self.stands_out,
        ]
    }
}

/// A weight for each feature, and a constant.
#[derive(Debug, Clone, PartialEq, Default)]
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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SideWeights {
    /// What each feature adds to a passage's score.
    pub score: Weights,
    /// What each feature of the best passage adds to the log-odds that the releases answer.
    pub confidence: Weights,
    /// The same for half a question whose best passage is of a release talked about.
    pub confidence_followed: Weights,
    /// What each feature adds to the log-odds that a release is near what is asked, though it may hold no answer.
    pub nearness: Weights,
}

/// The weights of every side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranking {
    sides: BTreeMap<Side, SideWeights>,
}

/// The file of the weights; a feature that isn't named weighs nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    words: FileSide,
    meaning: FileSide,
    both: FileSide,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSide {
    score: BTreeMap<String, f32>,
    confidence: BTreeMap<String, f32>,
    confidence_followed: BTreeMap<String, f32>,
    nearness: BTreeMap<String, f32>,
}

/// What the constant is called in the file.
const CONSTANT: &str = "constant";

impl Ranking {
    /// Puts the weights of the sides together; a side that is left out weighs nothing.
    #[must_use]
    pub fn new(sides: impl IntoIterator<Item = (Side, SideWeights)>) -> Self {
        Self { sides: sides.into_iter().collect() }
    }

    /// Reads the weights from a file.
    ///
    /// # Errors
    ///
    /// When the file can't be read or isn't what `pressdesk tune` writes.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = files::read_text(path).with_context(|| format!("could not read the weights {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("the weights {} are not right", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text)?;
        let of_file = |side: FileSide| -> anyhow::Result<SideWeights> {
            Ok(SideWeights {
                score: weights(side.score)?,
                confidence: weights(side.confidence)?,
                confidence_followed: weights(side.confidence_followed)?,
                nearness: weights(side.nearness)?,
            })
        };
        Ok(Self::new([
            (Side::Words, of_file(file.words)?),
            (Side::Meaning, of_file(file.meaning)?),
            (Side::Both, of_file(file.both)?),
        ]))
    }

    /// Writes the weights as a file that [`Ranking::load`] reads.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn save(&self, path: &Path, remark: &str) -> anyhow::Result<()> {
        let named = |weights: &Weights| {
            let features = TABLE.iter().zip(weights.features).filter(|(_, weight)| *weight != 0.0);
            let named = features.map(|((name, ..), weight)| ((*name).to_owned(), weight));
            named.chain([(CONSTANT.to_owned(), weights.constant)]).collect()
        };
        let of_side = |side: Side| {
            let weights = self.side(side);
            FileSide {
                score: named(&weights.score),
                confidence: named(&weights.confidence),
                confidence_followed: named(&weights.confidence_followed),
                nearness: named(&weights.nearness),
            }
        };
        let file = File { words: of_side(Side::Words), meaning: of_side(Side::Meaning), both: of_side(Side::Both) };
        let remark: String = remark.lines().map(|line| format!("# {line}\n")).collect();
        std::fs::write(path, format!("{remark}\n{}", toml::to_string(&file)?))
            .with_context(|| format!("could not write {}", path.display()))
    }

    /// Returns the weights of a side.
    #[must_use]
    pub fn side(&self, side: Side) -> SideWeights {
        self.sides.get(&side).cloned().unwrap_or_default()
    }
}

impl SideWeights {
    /// Returns a passage's score; only the order counts.
    #[must_use]
    pub fn score(&self, features: &Features) -> f32 {
        self.score.sum(features)
    }

    /// Returns what the constant and each feature add: name, value, to the score, to the log-odds.
    #[must_use]
    pub(super) fn parts(&self, features: &Features) -> Vec<(&'static str, f32, f32, f32)> {
        let decision = self.decision(features);
        let values = TABLE.iter().zip(features.values()).zip(self.score.features).zip(decision.features);
        let parts = values.map(|((((name, ..), value), score), odds)| (*name, value, value * score, value * odds));
        let constant = (CONSTANT, 1.0, self.score.constant, decision.constant);
        std::iter::once(constant).chain(parts).filter(|(_, _, score, odds)| *score != 0.0 || *odds != 0.0).collect()
    }

    fn decision(&self, features: &Features) -> &Weights {
        if features.is_followed() { &self.confidence_followed } else { &self.confidence }
    }

    /// Returns how likely a passage answers the question, 0 to 1.
    #[must_use]
    pub fn confidence(&self, features: &Features) -> f32 {
        logistic(self.decision(features).sum(features))
    }

    /// Returns how likely the release of a passage is near what is asked, 0 to 1.
    #[must_use]
    pub fn nearness(&self, features: &Features) -> f32 {
        logistic(self.nearness.sum(features))
    }
}

fn weights(named: BTreeMap<String, f32>) -> anyhow::Result<Weights> {
    let mut weights = Weights::default();
    for (name, weight) in named {
        match TABLE.iter().position(|(known, ..)| *known == name) {
            Some(at) => weights.features[at] = weight,
            None if name == CONSTANT => weights.constant = weight,
            None => bail!("there is no feature `{name}`; there are {}", TABLE.map(|(known, ..)| known).join(", ")),
        }
    }
    Ok(weights)
}

/// Turns log-odds into a likelihood.
fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_features() {
        let written = serde_json::to_string(&Features::default()).expect("numbers can be written");
        let names: Vec<&str> = written.split('"').skip(1).step_by(2).collect();
        assert_eq!(names, TABLE.map(|(name, ..)| name));
    }

    #[test]
    fn weights_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("ranking.toml");
        let mut weights = SideWeights::default();
        weights.score.features[3] = 1.5;
        weights.confidence.constant = -2.0;
        let ranking = Ranking::new(Side::ALL.map(|side| (side, weights.clone())));
        ranking.save(&file, "two\nlines").expect("written");
        assert_eq!(Ranking::load(&file).expect("read"), ranking);
        assert!(Ranking::parse("[words.score]\nwrods = 1.0").is_err());
    }
}
