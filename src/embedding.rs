//! Sentence embeddings: texts of like meaning, in whatever language, become vectors of like direction.
//!
//! Runs BERT encoders (<https://arxiv.org/abs/1810.04805>) from GGUF files as llama.cpp writes them, with a
//! SentencePiece unigram vocabulary inside; meant for the multilingual E5 family (<https://arxiv.org/abs/2402.05672>).
//! One call computes on the calling thread alone; a model is shared between threads as it is.

mod convert;
mod gguf;
mod matrix;
mod tokenizer;

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub use self::convert::{Keep, convert};
pub use self::gguf::GgufError;
use self::gguf::{Reader, Tensor, Value};
use self::matrix::Linear;
use self::tokenizer::{Tokenizer, Vocabulary};

/// Metadata key of the ids that tokens had before the vocabulary was cut down, in the order of the tokens.
pub const ORIGINAL_IDS: &str = "pressdesk.original_ids";

/// Tokens of a text that count, even where a model could take more: the time of a call grows with them.
const MOST_TOKENS: usize = 512;

/// Why a model file cannot be used. Callers go on without a model if there is none, and complain of a bad one.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// There is no such file.
    #[error("there is no model file {}", .0.display())]
    Missing(PathBuf),
    /// There is one, but it is broken or of a kind that is not supported.
    #[error("could not use the model file {}: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: GgufError,
    },
}

/// What is put before texts, because a model was trained to see questions and answers marked so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefixes {
    /// Before a question.
    pub query: String,
    /// Before a passage.
    pub passage: String,
}

impl Default for Prefixes {
    /// The prefixes of the E5 family.
    fn default() -> Self {
        Self { query: "query: ".into(), passage: "passage: ".into() }
    }
}

/// A model in memory.
#[derive(Debug)]
pub struct EmbeddingModel {
    prefixes: Prefixes,
    /// Of everything in the file that counts.
    checksum: u32,
    tokenizer: Tokenizer,
    original_ids: Option<Vec<i32>>,
    pooling: Pooling,
    most_tokens: usize,
    width: usize,
    n_heads: usize,
    epsilon: f32,
    tokens: Tensor,
    /// A row per place in the text, the only segment's numbers added to each.
    positions: Vec<f32>,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

/// How the vectors of the tokens become one, by the numbers of GGUF's `pooling_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pooling {
    Mean,
    First,
}

/// The meaning of a text.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Of the text as a whole, of length 1.
    pub whole: Vec<f32>,
    /// Of each token where it stands, of length 1; without the prefix.
    pub tokens: Vec<Vec<f32>>,
}

#[derive(Debug)]
struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

#[derive(Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: LayerNorm,
    up: Linear,
    down: Linear,
    output_norm: LayerNorm,
}

impl EmbeddingModel {
    /// Loads a model from a GGUF file of architecture `bert` with a vocabulary of SentencePiece's unigram kind.
    pub fn load(path: &Path, prefixes: Prefixes) -> Result<Self, ModelError> {
        read(path, prefixes).map_err(|reason| match reason {
            GgufError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
                ModelError::Missing(path.to_owned())
            }
            reason => ModelError::Unusable { path: path.to_owned(), reason },
        })
    }

    /// Returns the meaning of a question: a vector of length 1, so that a dot product is a cosine.
    pub fn embed_query(&self, text: &str) -> Vec<f32> {
        self.embed(&self.query_ids(text))
    }

    /// Returns the meaning of a passage that may answer a question; see [`Self::embed_query`].
    pub fn embed_passage(&self, text: &str) -> Vec<f32> {
        self.embed(&self.passage_ids(text))
    }

    /// Returns the meaning of a question as a whole and token by token.
    pub fn read_query(&self, text: &str) -> Reading {
        self.read(&self.prefixes.query, text)
    }

    /// Returns the meaning of a passage as a whole and token by token.
    pub fn read_passage(&self, text: &str) -> Reading {
        self.read(&self.prefixes.passage, text)
    }

    /// Returns what tells this model, with its prefixes, from others: part of a hash of them and of all that its file holds.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 16] {
        let mut hash = Sha256::new();
        for prefix in [&self.prefixes.query, &self.prefixes.passage] {
            hash.update(prefix.len().to_le_bytes());
            hash.update(prefix.as_bytes());
        }
        hash.update(self.checksum.to_le_bytes());
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&hash.finalize()[..16]);
        fingerprint
    }

    /// Returns the numbers per vector.
    pub fn dimensions(&self) -> usize {
        self.width
    }

    /// Returns the ids of the tokens that a question is cut into, as numbered in the file.
    pub fn query_ids(&self, text: &str) -> Vec<u32> {
        self.ids(&self.prefixes.query, text)
    }

    /// Returns the ids of the tokens that a passage is cut into, as numbered in the file.
    pub fn passage_ids(&self, text: &str) -> Vec<u32> {
        self.ids(&self.prefixes.passage, text)
    }

    /// Returns the id that a token had before the vocabulary was cut down, if the file tells.
    pub fn original_id(&self, id: u32) -> Option<i32> {
        self.original_ids.as_ref()?.get(id as usize).copied()
    }

    fn ids(&self, prefix: &str, text: &str) -> Vec<u32> {
        self.tokenizer.encode(&format!("{prefix}{text}"), self.most_tokens)
    }

    fn read(&self, prefix: &str, text: &str) -> Reading {
        let ids = self.ids(prefix, text);
        let states = self.encode(&ids);
        let whole = self.pool(&states);
        // What begins every text and the token that ends it say nothing of their own.
        let n_before = self.ids(prefix, "").len() - 1;
        let n_tokens = ids.len().saturating_sub(n_before + 1);
        let rows = states.chunks_exact(self.width).skip(n_before).take(n_tokens);
        let tokens = rows.map(|row| {
            let mut row = row.to_vec();
            normalise(&mut row);
            row
        });
        Reading { whole, tokens: tokens.collect() }
    }

    fn embed(&self, ids: &[u32]) -> Vec<f32> {
        self.pool(&self.encode(ids))
    }

    fn pool(&self, tokens: &[f32]) -> Vec<f32> {
        let mut vector = tokens[..self.width].to_vec();
        if self.pooling == Pooling::Mean {
            // The mean but for its length, which does not outlive the next step.
            tokens[self.width..].chunks_exact(self.width).for_each(|token| matrix::add(&mut vector, token));
        }
        normalise(&mut vector);
        vector
    }

    /// Returns a row of numbers per token, after all layers.
    fn encode(&self, ids: &[u32]) -> Vec<f32> {
        let mut x = Vec::with_capacity(ids.len() * self.width);
        for &id in ids {
            x.extend(self.tokens.kind.decode(self.tokens.row(id as usize)));
        }
        matrix::add(&mut x, &self.positions);
        self.norm.apply(&mut x, self.epsilon);
        for layer in &self.layers {
            let (q, k, v) = (layer.query.forward(&x), layer.key.forward(&x), layer.value.forward(&x));
            let mixed = matrix::attention(&q, &k, &v, self.width, self.n_heads);
            matrix::add(&mut x, &layer.output.forward(&mixed));
            layer.attention_norm.apply(&mut x, self.epsilon);

            let mut inner = layer.up.forward(&x);
            matrix::gelu(&mut inner);
            matrix::add(&mut x, &layer.down.forward(&inner));
            layer.output_norm.apply(&mut x, self.epsilon);
        }
        x
    }
}

/// Brings a vector to length 1.
fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    vector.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
}

impl LayerNorm {
    fn apply(&self, x: &mut [f32], epsilon: f32) {
        matrix::layer_norm(x, &self.weight, &self.bias, epsilon);
    }
}

fn read(path: &Path, prefixes: Prefixes) -> Result<EmbeddingModel, GgufError> {
    let mut file = Reader::open(path)?;
    let architecture = text(&mut file, "general.architecture")?;
    if architecture != "bert" {
        return malformed(format!("it is of architecture `{architecture}`; only `bert` is supported"));
    }
    // llama.cpp's name for SentencePiece's unigram, after the first model that it read with one.
    let tokenizer = text(&mut file, "tokenizer.ggml.model")?;
    if tokenizer != "t5" {
        return malformed(format!("its tokenizer is of type `{tokenizer}`; only `t5` (unigram) is supported"));
    }
    let pooling = match file.take("bert.pooling_type") {
        Some(Value::Integer(1)) | None => Pooling::Mean,
        Some(Value::Integer(2)) => Pooling::First,
        Some(_) => return malformed("its pooling is neither the mean nor the first token".into()),
    };
    let width = size(&mut file, "bert.embedding_length")?;
    let inner = size(&mut file, "bert.feed_forward_length")?;
    let n_heads = size(&mut file, "bert.attention.head_count")?;
    let n_layers = size(&mut file, "bert.block_count")?;
    let most_tokens = size(&mut file, "bert.context_length")?;
    if width % n_heads != 0 {
        return malformed(format!("its {width} numbers do not divide among {n_heads} heads"));
    }
    let epsilon = match file.take("bert.attention.layer_norm_epsilon") {
        // Less would let a row of equal numbers become infinite.
        Some(Value::Float(epsilon)) if (0.0..1.0).contains(&epsilon) => epsilon.max(1e-30) as f32,
        _ => return malformed("its layer norm has no epsilon".into()),
    };
    let original_ids = match file.take(ORIGINAL_IDS) {
        Some(Value::Integers(ids)) => Some(ids),
        _ => None,
    };

    let vocabulary = vocabulary(&mut file)?;
    let n_tokens = vocabulary.pieces.len();
    let tokenizer = Tokenizer::new(vocabulary).map_err(GgufError::Malformed)?;
    let tokens = matrix(&mut file, "token_embd.weight", width, n_tokens)?;
    let mut positions = file.tensor("position_embd.weight")?;
    let most_tokens = most_tokens.min(MOST_TOKENS);
    if positions.columns != width || positions.rows < most_tokens {
        return malformed(format!("its {} positions of {} numbers are too few", positions.rows, positions.columns));
    }
    positions.rows = most_tokens;
    positions.bytes.truncate(most_tokens * positions.row(0).len());
    let mut positions = finite(&positions, "position_embd.weight")?;
    if file.has_tensor("token_types.weight") {
        let segment = numbers(&mut file, "token_types.weight", width)?;
        positions.chunks_exact_mut(width).for_each(|position| matrix::add(position, &segment));
    }
    let norm = layer_norm(&mut file, "token_embd_norm", width)?;
    let layers = (0..n_layers)
        .map(|layer| {
            let mut linear =
                |name: &str, inputs, outputs| linear(&mut file, &format!("blk.{layer}.{name}"), inputs, outputs);
            Ok(Layer {
                query: linear("attn_q", width, width)?,
                key: linear("attn_k", width, width)?,
                value: linear("attn_v", width, width)?,
                output: linear("attn_output", width, width)?,
                up: linear("ffn_up", width, inner)?,
                down: linear("ffn_down", inner, width)?,
                attention_norm: layer_norm(&mut file, &format!("blk.{layer}.attn_output_norm"), width)?,
                output_norm: layer_norm(&mut file, &format!("blk.{layer}.layer_output_norm"), width)?,
            })
        })
        .collect::<Result<_, GgufError>>()?;

    let model = EmbeddingModel {
        prefixes,
        checksum: file.checksum(),
        tokenizer,
        original_ids,
        pooling,
        most_tokens,
        width,
        n_heads,
        epsilon,
        tokens,
        positions,
        norm,
        layers,
    };
    // Numbers can each be sound and still overflow together; better to say so now than to rank by NaN later.
    if model.embed_query("a").iter().any(|x| !x.is_finite()) {
        return malformed("its weights give no vector".into());
    }
    Ok(model)
}

fn vocabulary(file: &mut Reader) -> Result<Vocabulary, GgufError> {
    let Some(Value::Texts(pieces)) = file.take("tokenizer.ggml.tokens") else {
        return malformed("it has no tokens".into());
    };
    let Some(Value::Floats(scores)) = file.take("tokenizer.ggml.scores") else {
        return malformed("its tokens have no scores".into());
    };
    let Some(Value::Integers(types)) = file.take("tokenizer.ggml.token_type") else {
        return malformed("its tokens have no types".into());
    };
    let mut id = |name: &str| match file.take(&format!("tokenizer.ggml.{name}_token_id")) {
        Some(Value::Integer(id)) => u32::try_from(id).or_else(|_| malformed(format!("its {name} token is {id}"))),
        _ => malformed(format!("it has no {name} token")),
    };
    Ok(Vocabulary { pieces, scores, types, begin: id("bos")?, end: id("eos")?, unknown: id("unknown")? })
}

fn linear(file: &mut Reader, name: &str, inputs: usize, outputs: usize) -> Result<Linear, GgufError> {
    let weights = matrix(file, &format!("{name}.weight"), inputs, outputs)?;
    let bias = numbers(file, &format!("{name}.bias"), outputs)?;
    Linear::new(&weights, bias).or_else(|fault| malformed(format!("its tensor `{name}.weight` {fault}")))
}

fn layer_norm(file: &mut Reader, name: &str, width: usize) -> Result<LayerNorm, GgufError> {
    let weight = numbers(file, &format!("{name}.weight"), width)?;
    let bias = numbers(file, &format!("{name}.bias"), width)?;
    Ok(LayerNorm { weight, bias })
}

/// Reads the first row of a tensor.
fn numbers(file: &mut Reader, name: &str, length: usize) -> Result<Vec<f32>, GgufError> {
    let mut tensor = file.tensor(name)?;
    if tensor.columns != length || tensor.rows == 0 {
        return malformed(format!("its tensor `{name}` has {} numbers instead of {length}", tensor.columns));
    }
    tensor.bytes.truncate(tensor.row(0).len());
    finite(&tensor, name)
}

fn matrix(file: &mut Reader, name: &str, columns: usize, rows: usize) -> Result<Tensor, GgufError> {
    let tensor = file.tensor(name)?;
    if (tensor.columns, tensor.rows) != (columns, rows) {
        let found = format!("{} × {}", tensor.rows, tensor.columns);
        return malformed(format!("its tensor `{name}` is {found} numbers instead of {rows} × {columns}"));
    }
    Ok(tensor)
}

fn finite(tensor: &Tensor, name: &str) -> Result<Vec<f32>, GgufError> {
    let numbers = tensor.kind.decode(&tensor.bytes);
    if numbers.iter().any(|x| !x.is_finite()) {
        return malformed(format!("its tensor `{name}` holds what is not a number"));
    }
    Ok(numbers)
}

fn text(file: &mut Reader, key: &str) -> Result<String, GgufError> {
    match file.take(key) {
        Some(Value::Text(text)) => Ok(text),
        _ => malformed(format!("it has no `{key}`")),
    }
}

/// Reads a number of things, of which there is at least one and never so many that products overflow.
fn size(file: &mut Reader, key: &str) -> Result<usize, GgufError> {
    match file.take(key) {
        Some(Value::Integer(size @ 1..=1_000_000)) => Ok(size as usize),
        _ => malformed(format!("it has no sensible `{key}`")),
    }
}

fn malformed<T>(what: String) -> Result<T, GgufError> {
    Err(GgufError::Malformed(what))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::gguf::{self, TensorType, Texts};
    use super::*;

    const PIECES: [&str; 9] = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁query", "ó", ":"];

    /// A model of two layers whose weights are noise.
    struct Small {
        metadata: Vec<(&'static str, Value)>,
        tensors: Vec<(String, Tensor)>,
    }

    impl Small {
        fn new() -> Self {
            let (width, inner) = (32, 64);
            let metadata = vec![
                ("general.architecture", Value::Text("bert".into())),
                ("bert.block_count", Value::Integer(2)),
                ("bert.context_length", Value::Integer(16)),
                ("bert.embedding_length", Value::Integer(width)),
                ("bert.feed_forward_length", Value::Integer(inner)),
                ("bert.attention.head_count", Value::Integer(2)),
                ("bert.attention.layer_norm_epsilon", Value::Float(1e-12)),
                ("bert.pooling_type", Value::Integer(1)),
                ("tokenizer.ggml.model", Value::Text("t5".into())),
                ("tokenizer.ggml.tokens", Value::Texts(PIECES.into_iter().collect::<Texts>())),
                ("tokenizer.ggml.scores", Value::Floats(vec![-1.0; PIECES.len()])),
                ("tokenizer.ggml.token_type", Value::Integers(vec![3, 3, 3, 2, 1, 1, 1, 1, 1])),
                ("tokenizer.ggml.bos_token_id", Value::Integer(0)),
                ("tokenizer.ggml.eos_token_id", Value::Integer(2)),
                ("tokenizer.ggml.unknown_token_id", Value::Integer(3)),
            ];
            let mut tensors = Vec::new();
            let mut add = |name: &str, columns: i64, rows: usize| {
                let columns = columns as usize;
                let bytes = (0..columns * rows)
                    .flat_map(|at| (((at + tensors.len()) as f32).sin() / 4.0).to_le_bytes())
                    .collect();
                tensors.push((name.to_owned(), Tensor { kind: TensorType::F32, columns, rows, bytes }));
            };
            add("token_embd.weight", width, PIECES.len());
            add("position_embd.weight", width, 16);
            add("token_types.weight", width, 1);
            add("token_embd_norm.weight", width, 1);
            add("token_embd_norm.bias", width, 1);
            for layer in 0..2 {
                for (name, inputs, outputs) in [
                    ("attn_q", width, width),
                    ("attn_k", width, width),
                    ("attn_v", width, width),
                    ("attn_output", width, width),
                    ("ffn_up", width, inner),
                    ("ffn_down", inner, width),
                ] {
                    add(&format!("blk.{layer}.{name}.weight"), inputs, outputs as usize);
                    add(&format!("blk.{layer}.{name}.bias"), outputs, 1);
                }
                for name in ["attn_output_norm", "layer_output_norm"] {
                    add(&format!("blk.{layer}.{name}.weight"), width, 1);
                    add(&format!("blk.{layer}.{name}.bias"), width, 1);
                }
            }
            Self { metadata, tensors }
        }

        fn set(mut self, key: &'static str, value: Value) -> Self {
            self.metadata.retain(|(known, _)| *known != key);
            self.metadata.push((key, value));
            self
        }

        fn write(&self) -> (TempDir, PathBuf) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("small.gguf");
            gguf::write(&path, &self.metadata, &self.tensors).unwrap();
            (folder, path)
        }

        fn load(&self) -> Result<EmbeddingModel, ModelError> {
            EmbeddingModel::load(&self.write().1, Prefixes::default())
        }

        fn check_refused(&self, expected: &str) {
            let (_folder, path) = self.write();
            check_refused(&path, expected);
        }
    }

    fn check_refused(path: &Path, expected: &str) {
        let reason = EmbeddingModel::load(path, Prefixes::default()).unwrap_err().to_string();
        assert!(reason.contains(path.to_str().unwrap()), "{reason}");
        assert!(reason.contains(expected), "{reason}");
    }

    #[test]
    fn a_missing_file_is_told_from_a_bad_one() {
        let error = EmbeddingModel::load(Path::new("no-such.gguf"), Prefixes::default()).unwrap_err();
        assert!(matches!(error, ModelError::Missing(_)));
        assert_eq!(error.to_string(), "there is no model file no-such.gguf");
    }

    #[test]
    fn what_a_file_lacks_is_said_in_a_sentence() {
        Small::new().set("general.architecture", Value::Text("llama".into())).check_refused("architecture `llama`");
        Small::new().set("tokenizer.ggml.model", Value::Text("bert".into())).check_refused("type `bert`");
        Small::new().set("bert.pooling_type", Value::Integer(3)).check_refused("pooling");
        Small::new().set("bert.block_count", Value::Integer(3)).check_refused("`blk.2.attn_q.weight` is missing");
        Small::new().set("bert.block_count", Value::Integer(0)).check_refused("no sensible `bert.block_count`");
        Small::new().set("bert.embedding_length", Value::Integer(64)).check_refused("9 × 32 numbers instead of 9 × 64");
        Small::new().set("bert.attention.head_count", Value::Integer(5)).check_refused("5 heads");
        Small::new().set("bert.context_length", Value::Integer(17)).check_refused("16 positions");
        Small::new().set("tokenizer.ggml.bos_token_id", Value::Integer(9)).check_refused("special token");
        Small::new().set("tokenizer.ggml.scores", Value::Floats(vec![0.0; 4])).check_refused("9 tokens have 4 scores");
    }

    #[test]
    fn weights_that_are_not_numbers_are_refused() {
        let mut model = Small::new();
        for (name, tensor) in &mut model.tensors {
            if name == "blk.1.ffn_up.bias" {
                tensor.bytes[..4].copy_from_slice(&f32::NAN.to_le_bytes());
            }
        }
        model.check_refused("`blk.1.ffn_up.bias` holds what is not a number");
    }

    #[test]
    fn no_beginning_of_a_file_is_taken_for_the_whole() {
        let (_folder, path) = Small::new().write();
        let bytes = fs::read(&path).unwrap();
        for length in (0..bytes.len() - 32).step_by(97) {
            fs::write(&path, &bytes[..length]).unwrap();
            check_refused(&path, if length < 4 { "it is not a GGUF file" } else { "it ends too early" });
        }
        fs::write(&path, "<!doctype html>").unwrap();
        check_refused(&path, "it is not a GGUF file");
    }

    #[test]
    fn prefixes_and_kinds_of_text_make_a_difference() {
        let (_folder, path) = Small::new().write();
        let model = EmbeddingModel::load(&path, Prefixes::default()).unwrap();
        assert_eq!(model.query_ids("a"), [0, 6, 8, 4, 5, 2]);
        assert_ne!(model.embed_query("a"), model.embed_passage("a"));
        let bare = Prefixes { query: String::new(), passage: String::new() };
        let model = EmbeddingModel::load(&path, bare).unwrap();
        assert_eq!(model.embed_query("a"), model.embed_passage("a"));
    }

    #[test]
    fn every_part_of_a_model_and_each_prefix_tell_it_from_others() {
        let same = Small::new().load().unwrap().fingerprint();
        assert_eq!(Small::new().load().unwrap().fingerprint(), same);
        let mut others = vec![Small::new().set("bert.pooling_type", Value::Integer(2))];
        for tensor in 0..others[0].tensors.len() {
            let mut other = Small::new();
            *other.tensors[tensor].1.bytes.last_mut().unwrap() ^= 1;
            others.push(other);
        }
        for other in others {
            assert_ne!(other.load().unwrap().fingerprint(), same);
        }
        let (_folder, path) = Small::new().write();
        for (query, passage) in [("query:", "passage: "), ("query: ", "passage:"), ("query: p", "assage: ")] {
            let prefixes = Prefixes { query: query.into(), passage: passage.into() };
            assert_ne!(EmbeddingModel::load(&path, prefixes).unwrap().fingerprint(), same);
        }
    }

    #[test]
    fn a_reading_has_the_whole_and_the_tokens_without_the_prefix() {
        let model = Small::new().load().unwrap();
        let reading = model.read_query("a a");
        assert_eq!(reading.whole, model.embed_query("a a"));
        assert_eq!(reading.tokens.len(), model.query_ids("a a").len() - model.query_ids("").len());
        for token in &reading.tokens {
            let length: f32 = token.iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-4, "{length}");
        }
    }

    #[test]
    fn threads_share_a_model() {
        let model = Small::new().load().unwrap();
        let expected = model.embed_query("aóa");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(model.embed_query("aóa"), expected));
            }
        });
    }

    proptest! {
        #[test]
        fn any_text_gives_a_unit_vector(text in any::<String>(), repeated in 1usize..50) {
            let model = Small::new().load().unwrap();
            for vector in [model.embed_query(&text.repeat(repeated)), model.embed_passage(&text)] {
                prop_assert_eq!(vector.len(), model.dimensions());
                let length: f32 = vector.iter().map(|x| x * x).sum();
                prop_assert!((length - 1.0).abs() < 1e-4);
            }
        }

        #[test]
        fn a_damaged_file_never_panics(at in 0.0f64..1.0, bytes in prop::collection::vec(any::<u8>(), 1..16)) {
            let (_folder, path) = Small::new().write();
            let mut file = fs::read(&path).unwrap();
            // Mostly the part before the weights, where bytes are lengths and types.
            let start = (at.powi(3) * (file.len() - bytes.len()) as f64) as usize;
            file[start..][..bytes.len()].copy_from_slice(&bytes);
            fs::write(&path, file).unwrap();
            if let Ok(model) = EmbeddingModel::load(&path, Prefixes::default()) {
                model.embed_query("a question");
            }
        }
    }
}
