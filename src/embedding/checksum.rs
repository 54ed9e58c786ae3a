//! Checksums of the files of a model: the inference library asks for as much memory as a damaged file says, and ends the process.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::ModelSettings;
use crate::files;

/// Name of the file beside the model that lists the checksums: a line for each file, CRC-32 in hexadecimal, then its name.
const FILE_NAME: &str = "checksums.txt";

/// Returns the checksum that a file must have; `None` where none is listed, as beside a model from elsewhere.
pub(super) fn of(path: &Path) -> Option<u32> {
    let list = files::read_text(&path.with_file_name(FILE_NAME)).ok()?;
    let name = path.file_name()?.to_str()?;
    let checksum = list.lines().find_map(|line| line.split_once("  ").filter(|(_, of)| *of == name))?.0;
    u32::from_str_radix(checksum, 16).ok()
}

/// Returns a hash of a model's settings and of the checksums of its files, by which its vectors are told from those of another.
pub(super) fn fingerprint(settings: &ModelSettings, files: [u32; 2]) -> [u8; 16] {
    let ModelSettings { folder: _, pooling, prefixes, max_tokens } = settings;
    let hash = Sha256::digest(format!("{files:?} {pooling:?} {prefixes:?} {max_tokens}"));
    let mut fingerprint = [0; 16];
    fingerprint.copy_from_slice(&hash[..16]);
    fingerprint
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;

    use crate::embedding::{EmbeddingModel, ModelSettings, Pooling, Prefixes};

    const GRAPH: &[u8] = include_bytes!("../../tests/model/model.onnx");
    const TOKENIZER: &[u8] = include_bytes!("../../tests/model/tokenizer.json");

    fn settings(folder: &Path) -> ModelSettings {
        let prefixes = Prefixes { query: String::new(), passage: String::new() };
        ModelSettings { folder: folder.to_owned(), pooling: Pooling::Mean, prefixes, max_tokens: 16 }
    }

    proptest! {
        #[test]
        fn damaged_file_is_refused(at in 0.0f64..1.0, bytes in prop::collection::vec(any::<u8>(), 1..16), in_graph: bool) {
            let (mut graph, mut tokenizer) = (GRAPH.to_vec(), TOKENIZER.to_vec());
            let file = if in_graph { &mut graph } else { &mut tokenizer };
            let start = (at * (file.len() - bytes.len()) as f64) as usize;
            file[start..][..bytes.len()].copy_from_slice(&bytes);
            let is_damaged = graph != GRAPH || tokenizer != TOKENIZER;
            let folder = tempfile::tempdir().unwrap();
            let [of_graph, of_tokenizer] = [GRAPH, TOKENIZER].map(crc32fast::hash);
            let checksums = format!("{of_graph:08x}  model.onnx\n{of_tokenizer:08x}  tokenizer.json\n");
            fs::write(folder.path().join("model.onnx"), graph).unwrap();
            fs::write(folder.path().join("tokenizer.json"), tokenizer).unwrap();
            fs::write(folder.path().join(super::FILE_NAME), checksums).unwrap();
            match EmbeddingModel::load(&settings(folder.path())) {
                Ok(_) => prop_assert!(!is_damaged),
                Err(error) => prop_assert!(is_damaged && error.to_string().contains("it is damaged"), "{error}"),
            }
        }
    }
}
