//! Similarity of the passages to a question by their embeddings.

use super::Candidate;
use super::features::Features;
use crate::search::Question;
use crate::search::index::vectors::{self, QuestionVectors, Similarities, VectorIndex};
use crate::search::index::{Index, Passage};
use crate::search::question::understanding::Query;

/// Value of one standard deviation as a feature, which should be from 0 to about 1.
const STANDARD: f32 = 0.2;

/// The embedding of a question, and the similarity of all passages to it.
pub(crate) struct Similarity<'a> {
    vectors: &'a VectorIndex,
    alone: QuestionVectors,
    /// Embedding of the question asked about the release talked about.
    in_context: Option<QuestionVectors>,
    /// Similarity of each passage, by paragraph and best sentence.
    of_all: Vec<f32>,
    stats: SimilarityStats,
}

/// The similarities of all passages, summed up.
struct SimilarityStats {
    mean: f32,
    deviation: f32,
    /// Mean of each release's two best.
    of_release: Vec<f32>,
}

impl<'a> Similarity<'a> {
    /// Embeds a question, in context too where it `follows` what was talked about, and compares all passages with it.
    pub(crate) fn new(
        vectors: &'a VectorIndex,
        index: &Index,
        question: &Question,
        query: &Query,
        follows: bool,
    ) -> Self {
        let embed = |text: &str| {
            let known = question.embedded.as_deref().filter(|embedded| embedded.text == text);
            vectors.of_question(known.cloned().unwrap_or_else(|| vectors.embed(text)), question.language)
        };
        let alone = embed(&query.plain);
        let in_context = vectors::in_context(&index.corpus, &question.context, &query.plain).filter(|_| follows);
        let of_all = vectors.of_all(&alone);
        Self {
            vectors,
            in_context: in_context.map(|text| embed(&text)),
            stats: SimilarityStats::of(index, &of_all),
            alone,
            of_all,
        }
    }

    /// Returns the most similar passages, at most `limit` of them, in no order.
    pub(crate) fn most_similar(&self, limit: usize) -> Vec<usize> {
        let mut passages: Vec<usize> = (0..self.of_all.len()).collect();
        if limit < passages.len() {
            passages.select_nth_unstable_by(limit, |a, b| self.of_all[*b].total_cmp(&self.of_all[*a]));
            passages.truncate(limit);
        }
        passages
    }

    /// Returns the similarity of a sentence of a passage.
    pub(crate) fn of_sentence(&self, passage: usize, sentence: usize) -> f32 {
        self.vectors.sentence(self.in_context.as_ref().unwrap_or(&self.alone), passage, sentence)
    }

    /// Fills in the features of a passage, with the share of the kinds asked for that each of its sentences gives.
    pub(crate) fn add_to(
        &self,
        features: &mut Features,
        number: usize,
        passage: &Passage,
        given: impl Iterator<Item = f32>,
    ) {
        let Similarities { paragraph, titled, sentence } = self.vectors.similarities(&self.alone, number);
        let in_context = self.in_context.as_ref();
        let answering = given.enumerate().map(|(at, given)| given * self.vectors.sentence(&self.alone, number, at));
        features.like_paragraph = paragraph;
        features.like_titled = titled;
        features.like_sentence = sentence;
        features.like_answering = answering.fold(0.0, f32::max);
        features.like_release = self.stats.of_release[passage.release];
        features.like_in_context = in_context.map_or(titled, |vector| self.vectors.similarities(vector, number).titled);
        let above_mean = self.of_all[number] - self.stats.mean;
        features.stands_out = STANDARD * above_mean / self.stats.deviation.max(0.01);
    }

    /// Fills in the feature by which candidates are compared with each other.
    pub(crate) fn compare(&self, candidates: &mut [Candidate]) {
        let passages: Vec<usize> = candidates.iter().map(|candidate| candidate.passage).collect();
        let met = self.vectors.phrases_met(&self.alone, &passages);
        let (mean, deviation) = mean_and_deviation(&met);
        for (candidate, met) in candidates.iter_mut().zip(met) {
            candidate.features.like_phrases = STANDARD * (met - mean) / deviation.max(0.001);
        }
    }
}

impl SimilarityStats {
    fn of(index: &Index, of_all: &[f32]) -> Self {
        let (mean, deviation) = mean_and_deviation(of_all);
        let mut best_two = vec![[-1.0_f32; 2]; index.releases.len()];
        for (passage, similarity) in index.passages.iter().zip(of_all) {
            let [first, second] = &mut best_two[passage.release];
            if similarity > first {
                (*second, *first) = (*first, *similarity);
            } else if similarity > second {
                *second = *similarity;
            }
        }
        // A release of one passage has no second: it counts as somewhat less similar, not as unlike as can be.
        let of_release = best_two.iter().map(|[first, second]| (first + second.max(*first - 0.1)) / 2.0).collect();
        Self { mean, deviation, of_release }
    }
}

fn mean_and_deviation(numbers: &[f32]) -> (f32, f32) {
    let n = numbers.len().max(1) as f32;
    let mean = numbers.iter().sum::<f32>() / n;
    let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f32>() / n;
    (mean, variance.sqrt())
}
