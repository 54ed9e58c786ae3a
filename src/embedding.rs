//! Sentence embeddings: vectors that are close when texts have the same meaning, in any language.
//!
//! A model is a folder with `model.onnx`, which `rten` runs, and `tokenizer.json`, which `kitoken` reads: the two files in which
//! sentence-embedding models are published. `make model` makes that of the default settings, `multilingual-e5-small`
//! (<https://arxiv.org/abs/2402.05672>). A call computes on one core; threads share a model.
//!
//! Beside them there may be `reranker.onnx`, which tells by these vectors how likely a passage answers a question.

mod checksum;
mod graph;
mod reranker;
mod tokenizer;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::thread;

use rten::{Model, NodeId};
use rten_tensor::{AsView as _, Layout as _, NdTensor};
use tracing::error;

use self::graph::{Input, InputContent, join_loader, load_file, load_graph, run_options, unusable};
use self::reranker::Reranker;
use self::tokenizer::Tokenizer;
use crate::vector::normalized;

/// Maximum number of tokens of a question. Questions have 8 to 20 tokens; the cost of an embedding grows with them.
pub const MAX_QUESTION_TOKENS: usize = 128;

/// Maximum number of tokens of a word that is embedded by itself, special tokens included; few have more.
const MAX_WORD_TOKENS: usize = 8;

/// Maximum number of characters read for each token that counts, so that tokenizing a huge text costs no time.
const MAX_CHARS_PER_TOKEN: usize = 16;

/// Reason why a model cannot be used. Callers continue without a missing model, and report an unusable one.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The folder is missing, or holds neither of the files.
    #[error("there is no model in the folder {}", .0.display())]
    Missing(PathBuf),
    /// The folder holds no model, or one that is broken or of a kind that is not supported.
    #[error("could not use the model {}: {reason}", path.display())]
    Unusable {
        /// Path of the folder or of the file at fault.
        path: PathBuf,
        /// Cause, as the end of a sentence.
        reason: String,
    },
}

/// Prefixes of questions and passages that the model was trained with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefixes {
    /// Prefix of a question.
    pub query: String,
    /// Prefix of a passage.
    pub passage: String,
}

/// Pooling of the token vectors into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// Mean of all tokens.
    Mean,
    /// First token, called CLS.
    First,
}

/// Settings of a model: where it is, and how its authors trained it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSettings {
    /// Folder of `model.onnx` and `tokenizer.json`.
    pub folder: PathBuf,
    /// Pooling of the token vectors into one.
    pub pooling: Pooling,
    /// Prefixes of questions and passages.
    pub prefixes: Prefixes,
    /// Maximum number of tokens of a passage, at least 8; longer passages are truncated.
    pub max_tokens: usize,
}

/// Vectors of a text, each of length 1, so that a dot product is a cosine.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// Vector of the text as a whole.
    pub pooled: Vec<f32>,
    /// Vector of each token in its context, without those of the prefix and of special tokens.
    pub tokens: Vec<Vec<f32>>,
}

/// Embedding model in memory.
pub struct EmbeddingModel {
    settings: ModelSettings,
    tokenizer: Tokenizer,
    model: Model,
    inputs: Vec<Input>,
    output: NodeId,
    dimensions: usize,
    fingerprint: [u8; 16],
    reranker: Option<Reranker>,
}

impl EmbeddingModel {
    /// Loads a model and embeds a word with it, so that a model without vectors fails now.
    ///
    /// # Errors
    ///
    /// When a file is missing, truncated, or of a kind that is not supported.
    pub fn load(settings: &ModelSettings) -> Result<Self, ModelError> {
        let folder = &settings.folder;
        let (graph_path, tokenizer_path) = (folder.join("model.onnx"), folder.join("tokenizer.json"));
        if !graph_path.exists() && !tokenizer_path.exists() {
            return Err(ModelError::Missing(folder.clone()));
        }
        // Side by side: the tokenizer takes five times as long as the graph.
        let (tokenizer, graph, reranker) = thread::scope(|scope| {
            let tokenizer = scope.spawn(|| load_file(&tokenizer_path, |bytes| Tokenizer::new(&bytes)));
            let graph = scope.spawn(|| load_file(&graph_path, load_graph));
            let reranker = scope.spawn(|| Reranker::load(folder));
            (
                join_loader(tokenizer, &tokenizer_path),
                join_loader(graph, &graph_path),
                join_loader(reranker, &folder.join(reranker::FILE_NAME)),
            )
        });
        let ((graph_hash, model), (tokenizer_hash, tokenizer)) = (graph?, tokenizer?);
        let fingerprint = checksum::fingerprint(settings, [graph_hash, tokenizer_hash]);
        let (inputs, output) = graph::find_inputs_and_output(&model).map_err(|reason| unusable(&graph_path, reason))?;
        let settings = settings.clone();
        let reranker = reranker?;
        let mut loaded = Self { settings, tokenizer, model, inputs, output, dimensions: 0, fingerprint, reranker };
        let states = loaded.run(&[loaded.ids("", "a", 8)]).map_err(|reason| unusable(&graph_path, reason))?;
        if states.is_empty() || states.iter().any(|number| !number.is_finite()) {
            return Err(unusable(&graph_path, "its weights give no vectors"));
        }
        loaded.dimensions = states.size(2);
        if let Some(reranker) = &loaded.reranker {
            reranker.try_out(folder, loaded.dimensions)?;
        }
        Ok(loaded)
    }

    /// Returns the vectors of a question.
    #[must_use]
    pub fn embed_query(&self, text: &str) -> Embedding {
        self.embed(&self.settings.prefixes.query, text, self.max_question_tokens())
    }

    /// Returns the number of tokens of the beginning of a question, as of its [`Embedding::tokens`].
    #[must_use]
    pub fn n_query_tokens(&self, beginning: &str) -> usize {
        let prefix = &self.settings.prefixes.query;
        let n_of = |text: &str| self.tokenizer.content(text).len();
        n_of(&format!("{prefix}{}", beginning.trim_end())).saturating_sub(n_of(prefix))
    }

    /// Returns the vectors of a passage that may answer a question.
    #[must_use]
    pub fn embed_passage(&self, text: &str) -> Embedding {
        self.embed(&self.settings.prefixes.passage, text, self.settings.max_tokens)
    }

    /// Returns the vectors of some words, each by itself: without a prefix, and without the other words around it. Words of as many
    /// tokens are embedded together, which takes little more than one of them does.
    #[must_use]
    pub fn embed_words(&self, words: &[&str]) -> Vec<Vec<f32>> {
        let ids: Vec<Vec<u32>> = words.iter().map(|word| self.ids("", word, MAX_WORD_TOKENS)).collect();
        let mut of_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        ids.iter().enumerate().for_each(|(at, ids)| of_length.entry(ids.len()).or_default().push(at));
        let mut vectors = vec![Vec::new(); words.len()];
        for (n_tokens, places) in of_length {
            let rows = self.states(&places.iter().map(|at| ids[*at].as_slice()).collect::<Vec<_>>());
            for (at, rows) in places.into_iter().zip(rows.chunks(n_tokens.max(1))) {
                vectors[at] = normalized(self.pooled(rows));
            }
        }
        vectors
    }

    /// Tells whether the model has a reranker.
    #[must_use]
    pub fn has_reranker(&self) -> bool {
        self.reranker.is_some()
    }

    /// Returns the logarithm of the odds that a passage answers a question, by the vectors of the question's tokens, of the passage's
    /// phrases and of the passage below the title of its release, each of them without what such vectors have in common; `None` where
    /// the model has no reranker.
    #[must_use]
    pub fn log_odds(
        &self,
        question: &[Vec<f32>],
        phrases: impl IntoIterator<Item = Vec<f32>>,
        titled: Vec<f32>,
    ) -> Option<f32> {
        let log_odds = self.reranker.as_ref()?.log_odds(question, phrases, titled);
        log_odds.inspect_err(|reason| error!("a passage could not be reranked: {reason}")).ok()
    }

    /// Returns a hash that identifies the model's files and settings.
    pub fn fingerprint(&self) -> [u8; 16] {
        self.fingerprint
    }

    /// Returns the length of a vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Returns the ids of a question's tokens, prefix and special tokens included.
    #[must_use]
    pub fn query_ids(&self, text: &str) -> Vec<u32> {
        self.ids(&self.settings.prefixes.query, text, self.max_question_tokens())
    }

    /// Returns the ids of a passage's tokens, prefix and special tokens included.
    #[must_use]
    pub fn passage_ids(&self, text: &str) -> Vec<u32> {
        self.ids(&self.settings.prefixes.passage, text, self.settings.max_tokens)
    }

    fn max_question_tokens(&self) -> usize {
        MAX_QUESTION_TOKENS.min(self.settings.max_tokens)
    }

    fn embed(&self, prefix: &str, text: &str, max_tokens: usize) -> Embedding {
        let ids = self.ids(prefix, text, max_tokens);
        let rows = self.states(&[&ids]);
        let pooled = self.pooled(&rows);
        let n_before = self.tokenizer.before.len() + self.tokenizer.content(prefix).len();
        let n_tokens = ids.len().saturating_sub(n_before + self.tokenizer.after.len());
        let tokens = rows.into_iter().skip(n_before).take(n_tokens).map(normalized).collect();
        Embedding { pooled: normalized(pooled), tokens }
    }

    /// Returns the vectors of all tokens of some texts of as many tokens, one text after the other.
    fn states(&self, texts: &[&[u32]]) -> Vec<Vec<f32>> {
        let n_tokens = texts.first().map_or(0, |ids| ids.len());
        let states = self.run(texts).unwrap_or_else(|reason| {
            // The model takes fewer tokens than the settings say. A zero vector is similar to nothing.
            error!(
                n_tokens,
                "a text could not be embedded: {reason}; check that the model supports the setting meaning.max_tokens"
            );
            NdTensor::zeros([texts.len(), n_tokens, self.dimensions])
        });
        states.to_vec().chunks_exact(self.dimensions).map(<[f32]>::to_vec).collect()
    }

    /// Returns the vector of a text by those of its tokens.
    fn pooled(&self, rows: &[Vec<f32>]) -> Vec<f32> {
        match self.settings.pooling {
            Pooling::Mean => sum(rows, self.dimensions),
            Pooling::First => rows.first().cloned().unwrap_or_default(),
        }
    }

    /// Returns the token ids of a prefix and a text, truncated to `max_tokens`.
    fn ids(&self, prefix: &str, text: &str, max_tokens: usize) -> Vec<u32> {
        let (before, after) = (&self.tokenizer.before, &self.tokenizer.after);
        let text: String = prefix.chars().chain(text.chars()).take(MAX_CHARS_PER_TOKEN * max_tokens).collect();
        let mut content = self.tokenizer.content(&text);
        content.truncate(max_tokens.saturating_sub(before.len() + after.len()));
        [before.as_slice(), &content, after].concat()
    }

    /// Runs the encoder on texts of as many tokens; returns one vector per token: texts × tokens × dimensions.
    fn run<T: AsRef<[u32]>>(&self, texts: &[T]) -> Result<NdTensor<f32, 3>, String> {
        let shape = [texts.len(), texts.first().map_or(0, |ids| ids.as_ref().len())];
        let n_ids = shape[0] * shape[1];
        let inputs = self.inputs.iter().map(|Input { node, content }| {
            let numbers = match content {
                InputContent::Ids => texts.iter().flat_map(AsRef::as_ref).map(|id| id.cast_signed()).collect(),
                InputContent::Mask => vec![1; n_ids],
                InputContent::Types => vec![0; n_ids],
            };
            (*node, NdTensor::from_data(shape, numbers).into())
        });
        let [states] = self
            .model
            .run_n(inputs.collect(), [self.output], Some(run_options()))
            .map_err(|error| error.to_string())?;
        states.try_into().map_err(|_| "its output is not one vector per token".to_owned())
    }
}

impl fmt::Debug for EmbeddingModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddingModel").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Returns the sum of vectors: their mean, except for its length.
fn sum(rows: &[Vec<f32>], dimensions: usize) -> Vec<f32> {
    let mut sum = vec![0.0; dimensions];
    for row in rows {
        sum.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    const GRAPH: &[u8] = include_bytes!("../tests/model/model.onnx");
    const TOKENIZER: &str = include_str!("../tests/model/tokenizer.json");

    fn settings(folder: &Path) -> ModelSettings {
        ModelSettings {
            folder: folder.to_owned(),
            pooling: Pooling::Mean,
            prefixes: Prefixes { query: "query: ".into(), passage: "passage: ".into() },
            max_tokens: 16,
        }
    }

    fn written(graph: &[u8], tokenizer: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("model.onnx"), graph).unwrap();
        fs::write(folder.path().join("tokenizer.json"), tokenizer).unwrap();
        folder
    }

    fn tiny() -> EmbeddingModel {
        EmbeddingModel::load(&settings(written(GRAPH, TOKENIZER).path())).unwrap()
    }

    fn load_error(graph: &[u8], tokenizer: &str) -> String {
        EmbeddingModel::load(&settings(written(graph, tokenizer).path())).unwrap_err().to_string()
    }

    #[test]
    fn words_are_embedded_together_as_each_alone() {
        let model = tiny();
        let words = ["a", "migrants", "", "b", "an endless row of words, more of them than any word has tokens"];
        let together = model.embed_words(&words);
        for (at, word) in words.iter().enumerate() {
            let cosine = crate::vector::dot(&model.embed_words(&[word])[0], &together[at]);
            assert!((cosine - 1.0).abs() < 0.001, "{word}: {cosine}");
        }
        assert!(model.embed_words(&[]).is_empty());
    }

    #[test]
    fn missing_model_differs_from_bad_one() {
        let error = EmbeddingModel::load(&settings(Path::new("no-such"))).unwrap_err();
        assert_eq!(error.to_string(), "there is no model in the folder no-such");
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(EmbeddingModel::load(&settings(folder.path())), Err(ModelError::Missing(_))));
        fs::write(folder.path().join("tokenizer.json"), TOKENIZER).unwrap();
        let error = EmbeddingModel::load(&settings(folder.path())).unwrap_err();
        assert!(error.to_string().contains("model.onnx: it could not be read"), "{error}");
    }

    #[test]
    fn truncated_and_foreign_files_are_refused_with_a_reason() {
        for graph in [&GRAPH[..GRAPH.len() / 2], b"<!doctype html>", b""] {
            let error = load_error(graph, TOKENIZER);
            assert!(error.contains("model.onnx: it"), "{error}");
        }
        for tokenizer in [&TOKENIZER[..TOKENIZER.len() / 2], "<!doctype html>", "", "{}"] {
            let error = load_error(GRAPH, tokenizer);
            assert!(error.contains("tokenizer.json: it"), "{error}");
        }
    }

    #[test]
    fn unknown_input_is_refused_by_name() {
        let mut graph = GRAPH.to_vec();
        while let Some(at) = graph.windows(14).position(|window| window == b"attention_mask") {
            graph[at..at + 14].copy_from_slice(b"attention_fast");
        }
        let error = load_error(&graph, TOKENIZER);
        assert!(error.contains("it has an input `attention_fast`, which is not supported"), "{error}");
    }

    #[test]
    fn special_tokens_surround_a_text_once() {
        let model = tiny();
        assert_eq!(model.query_ids("a"), [0, 6, 8, 4, 5, 2][..].to_vec());
        assert_eq!(model.passage_ids("</s>").iter().filter(|id| **id == 2).count(), 1);
    }

    #[test]
    fn prefix_changes_vectors_but_adds_no_tokens() {
        let model = tiny();
        assert_ne!(model.embed_query("a").pooled, model.embed_passage("a").pooled);
        let embedding = model.embed_query("a ab");
        assert_eq!(embedding.tokens.len(), model.query_ids("a ab").len() - model.query_ids("").len());
        for vector in embedding.tokens.iter().chain([&embedding.pooled]) {
            let length: f32 = vector.iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-4, "{length}");
        }
    }

    #[test]
    fn fingerprint_depends_on_files_and_settings() {
        let folder = written(GRAPH, TOKENIZER);
        let fingerprint = |settings: &ModelSettings| EmbeddingModel::load(settings).unwrap().fingerprint();
        let same = settings(folder.path());
        let mut fingerprints = vec![fingerprint(&same)];
        assert_eq!(fingerprint(&same), fingerprints[0]);
        fingerprints.push(fingerprint(&ModelSettings { pooling: Pooling::First, ..same.clone() }));
        fingerprints.push(fingerprint(&ModelSettings { max_tokens: 12, ..same.clone() }));
        let prefixes = Prefixes { query: "query:".into(), passage: " passage: ".into() };
        fingerprints.push(fingerprint(&ModelSettings { prefixes, ..same.clone() }));
        fs::write(folder.path().join("tokenizer.json"), format!("{TOKENIZER} ")).unwrap();
        fingerprints.push(fingerprint(&same));
        fingerprints.sort_unstable();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 5);
    }

    #[test]
    fn text_too_long_for_the_model_embeds_as_zeros() {
        let folder = written(GRAPH, TOKENIZER);
        let model = EmbeddingModel::load(&ModelSettings { max_tokens: 64, ..settings(folder.path()) }).unwrap();
        let embedding = model.embed_passage(&"a ".repeat(40));
        assert!(embedding.pooled.iter().all(|number| *number == 0.0));
    }

    #[test]
    fn threads_share_a_model() {
        let model = tiny();
        let expected = model.embed_query("aóa").pooled;
        let check = || assert_eq!(model.embed_query("aóa").pooled, expected);
        thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(check))));
    }

    proptest! {
        #[test]
        fn any_text_gives_unit_vectors(text in any::<String>(), n_times in 1usize..50) {
            let model = tiny();
            for embedding in [model.embed_query(&text.repeat(n_times)), model.embed_passage(&text)] {
                prop_assert_eq!(embedding.pooled.len(), model.dimensions());
                let length: f32 = embedding.pooled.iter().map(|x| x * x).sum();
                prop_assert!((length - 1.0).abs() < 1e-4);
            }
        }
    }
}
