//! Reranker: a small model that looks at a question and a passage side by side, by the vectors of their tokens.

use std::path::Path;

use rten::{Model, NodeId};
use rten_tensor::{AsView as _, NdTensor};

use super::graph::{load_file, load_graph, run_options, unusable};
use super::{ModelError, checksum};
use crate::vector::normalized;

/// Name of its file beside the embedding model that it was trained with.
pub(super) const FILE_NAME: &str = "reranker.onnx";

/// Names of its inputs, each a matrix of a vector a row: the tokens of a question, the phrases of a passage, and the one vector of the
/// passage below the title of its release.
const INPUTS: [&str; 3] = ["question", "phrases", "titled"];

/// Maximum number of tokens of a question and of phrases of a passage that are looked at, which bounds the cost: of a paragraph the
/// first 130 tokens. In training they are the same (`config/model/train_reranker.py`).
const MAX_TOKENS: usize = 32;
const MAX_PHRASES: usize = 64;

/// The model in memory.
pub(super) struct Reranker {
    model: Model,
    inputs: [NodeId; 3],
    output: NodeId,
}

impl Reranker {
    /// Loads the reranker of a model's folder; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When its file is truncated, damaged, no reranker, or missing though it belongs there.
    pub(super) fn load(folder: &Path) -> Result<Option<Self>, ModelError> {
        let path = folder.join(FILE_NAME);
        if !path.exists() {
            let belongs_there = checksum::of(&path).is_some();
            return if belongs_there { Err(unusable(&path, "it is missing; make it again")) } else { Ok(None) };
        }
        let (_, model) = load_file(&path, load_graph)?;
        let nodes = INPUTS.map(|name| model.find_node(name));
        let ([Some(question), Some(phrases), Some(titled)], Some(output)) =
            (nodes, model.output_ids().first().copied())
        else {
            return Err(unusable(&path, format!("it lacks an output or one of the inputs {}", INPUTS.join(", "))));
        };
        Ok(Some(Self { model, inputs: [question, phrases, titled], output }))
    }

    /// Runs it on vectors of so many `dimensions`, so that one that does not work fails when it is loaded.
    ///
    /// # Errors
    ///
    /// When it can't be run on such vectors.
    pub(super) fn try_out(&self, folder: &Path, dimensions: usize) -> Result<(), ModelError> {
        let vector = normalized(vec![1.0; dimensions]);
        let log_odds = self.log_odds(std::slice::from_ref(&vector), [vector.clone()], vector.clone());
        log_odds.map(drop).map_err(|reason| unusable(&folder.join(FILE_NAME), reason))
    }

    /// Returns the logarithm of the odds that a passage answers a question; 0 where either has no vectors.
    ///
    /// # Errors
    ///
    /// With the reason, when the vectors are not of the length that the model was trained with, or what comes out is no number.
    pub(super) fn log_odds(
        &self,
        question: &[Vec<f32>],
        phrases: impl IntoIterator<Item = Vec<f32>>,
        titled: Vec<f32>,
    ) -> Result<f32, String> {
        let rows = |n_rows: usize, numbers: Vec<f32>| {
            let width = numbers.len().checked_div(n_rows).unwrap_or_default();
            NdTensor::<f32, 2>::try_from_data([n_rows, width], numbers)
                .map_err(|_| "vectors differ in length".to_owned())
        };
        let question = &question[..question.len().min(MAX_TOKENS)];
        let phrases: Vec<Vec<f32>> = phrases.into_iter().take(MAX_PHRASES).collect();
        if question.is_empty() || phrases.is_empty() {
            return Ok(0.0);
        }
        let values =
            [rows(question.len(), question.concat())?, rows(phrases.len(), phrases.concat())?, rows(1, titled)?];
        let inputs = self.inputs.iter().zip(values).map(|(node, rows)| (*node, rows.into()));
        let [odds] = self
            .model
            .run_n(inputs.collect(), [self.output], Some(run_options()))
            .map_err(|error| error.to_string())?;
        let odds: NdTensor<f32, 1> = odds.try_into().map_err(|_| "its output is not one number".to_owned())?;
        let odds = odds.to_vec().first().copied().filter(|odds| odds.is_finite());
        odds.ok_or_else(|| "its weights give no number".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{EmbeddingModel, ModelSettings, Pooling, Prefixes};
    use super::*;

    const GRAPH: &[u8] = include_bytes!("../../tests/model/model.onnx");
    const TOKENIZER: &[u8] = include_bytes!("../../tests/model/tokenizer.json");
    const RERANKER: &[u8] = include_bytes!("../../tests/model/reranker.onnx");

    fn load(reranker: Option<&[u8]>, checksums: &str) -> Result<EmbeddingModel, ModelError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("model.onnx"), GRAPH).unwrap();
        fs::write(folder.path().join("tokenizer.json"), TOKENIZER).unwrap();
        fs::write(folder.path().join("checksums.txt"), checksums).unwrap();
        reranker.iter().for_each(|bytes| fs::write(folder.path().join(FILE_NAME), bytes).unwrap());
        let prefixes = Prefixes { query: String::new(), passage: String::new() };
        let folder = folder.path().to_owned();
        EmbeddingModel::load(&ModelSettings { folder, pooling: Pooling::Mean, prefixes, max_tokens: 16 })
    }

    fn rows(numbers: &[f32]) -> Vec<Vec<f32>> {
        numbers.iter().map(|number| vec![*number; 8]).collect()
    }

    #[test]
    fn tokens_phrases_and_title_are_looked_at_as_far_as_they_count() {
        let model = load(Some(RERANKER), "").unwrap();
        assert_eq!(model.log_odds(&rows(&[1.0, 2.0]), rows(&[3.0, 0.5]), vec![0.25; 8]), Some(8.0 * (6.0 + 0.5)));
        let tokens = |n_before: usize| rows(&[vec![1.0; n_before], vec![9.0]].concat());
        let log_odds =
            |n_tokens: usize, n_phrases: usize| model.log_odds(&tokens(n_tokens), tokens(n_phrases), vec![0.0; 8]);
        assert_eq!(log_odds(MAX_TOKENS - 1, MAX_PHRASES - 1), Some(8.0 * 81.0));
        assert_eq!(log_odds(MAX_TOKENS, MAX_PHRASES - 1), Some(8.0 * 9.0));
        assert_eq!(log_odds(MAX_TOKENS, MAX_PHRASES), Some(8.0));
    }

    #[test]
    fn nothing_to_look_at_tells_nothing() {
        let model = load(Some(RERANKER), "").unwrap();
        assert_eq!(model.log_odds(&[], rows(&[1.0]), vec![0.0; 8]), Some(0.0));
        assert_eq!(model.log_odds(&rows(&[1.0]), [], vec![0.0; 8]), Some(0.0));
        for of_other_length in [vec![], vec![0.0; 3], vec![f32::NAN; 8]] {
            assert_eq!(model.log_odds(&rows(&[1.0]), rows(&[1.0]), of_other_length), None);
        }
    }

    #[test]
    fn model_needs_no_reranker_unless_one_is_listed() {
        let model = load(None, "").unwrap();
        assert!(!model.has_reranker() && load(Some(RERANKER), "").unwrap().has_reranker());
        assert_eq!(model.log_odds(&rows(&[1.0]), rows(&[1.0]), vec![0.0; 8]), None);
        let error = load(None, "00000000  reranker.onnx\n").unwrap_err().to_string();
        assert!(error.contains("reranker.onnx: it is missing"), "{error}");
    }

    #[test]
    fn broken_or_foreign_reranker_is_refused_with_a_reason() {
        for bytes in [&RERANKER[..RERANKER.len() / 2], b"<!doctype html>", b"", GRAPH] {
            let error = load(Some(bytes), "").unwrap_err().to_string();
            assert!(error.contains("reranker.onnx: it"), "{error}");
        }
        let error = load(Some(RERANKER), "00000000  reranker.onnx\n").unwrap_err().to_string();
        assert!(error.contains("reranker.onnx: it is damaged"), "{error}");
    }
}
