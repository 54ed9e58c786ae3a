//! Explanation of the scores of a question's passages.

use super::SideWeights;
use super::ranking::Ranker;

/// Explanation of the scores of a question's passages.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Topics of the question: each word as typed, the terms it is looked up by, and its weight. A term that words share is `=`
    /// and the first of them.
    pub words: Vec<(String, Vec<String>, f32)>,
    /// Names of the kinds of answer that it asks for.
    pub asked: Vec<String>,
    /// Need of what was talked about, 0 to 1.
    pub follows: f32,
    /// The candidates, best first.
    pub passages: Vec<ExplainedPassage>,
}

/// Explanation of the score of a passage.
#[derive(Debug, Clone)]
pub struct ExplainedPassage {
    /// Id of the release.
    pub release: String,
    /// Number of the paragraph, counted from 0.
    pub paragraph: usize,
    /// The score; only the order counts.
    pub score: f32,
    /// Probability that the releases answer, if this is the best passage.
    pub confidence: f32,
    /// Probability that its release is near what is asked.
    pub nearness: f32,
    /// The constant, then each feature that adds something: its name, its value, its part of the score and of the log-odds.
    pub parts: Vec<(&'static str, f32, f32, f32)>,
}

impl Explanation {
    pub(super) fn of(ranker: &Ranker<'_>, weights: &SideWeights, shown: impl Fn(&str) -> String) -> Self {
        let words = ranker.query.concepts.iter().map(|concept| {
            (concept.typed.clone(), concept.terms.iter().map(|term| shown(term)).collect(), concept.weight)
        });
        let passages = ranker.rank(weights).0.into_iter().map(|candidate| ExplainedPassage {
            release: ranker.index.corpus.releases[candidate.release].id.clone(),
            paragraph: candidate.paragraph,
            score: weights.score(&candidate.features),
            confidence: weights.confidence(&candidate.features),
            nearness: weights.nearness(&candidate.features),
            parts: weights.parts(&candidate.features),
        });
        Self {
            words: words.collect(),
            asked: ranker.query.asked.names(),
            follows: ranker.follows,
            passages: passages.collect(),
        }
    }
}
