//! Passage embeddings on disk, by the hash of their text, for one model: a start with known texts computes none.
//!
//! The file begins with the model's fingerprint; then come records of a hash, a scale and the numbers. Records are only
//! ever appended, so what an interruption leaves is at most one incomplete record at the end, which is cut off.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tracing::warn;

use super::meaning::Vector;

/// What begins every file; the number changes with the layout.
const MAGIC: &[u8; 8] = b"presemb1";

/// The hash of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

impl Key {
    pub(super) fn of(text: &str) -> Self {
        let mut key = [0; 16];
        key.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
        Self(key)
    }
}

/// Embeddings by text, in memory and in a file that grows with them.
#[derive(Debug)]
pub(super) struct Store {
    vectors: HashMap<Key, Vector>,
    file: Appending,
}

/// The file while there may be something to write; it is opened with the first new embedding, so that a folder that can't
/// be written is no fault where nothing is to be.
#[derive(Debug)]
enum Appending {
    /// Not opened yet: its path, how much of it is good, and what it begins with.
    Closed {
        path: PathBuf,
        n_good: usize,
        header: Vec<u8>,
    },
    Open(BufWriter<File>),
    /// It can't be written, and then the next start computes the new ones again.
    GivenUp,
}

impl Store {
    /// Opens the file of a model's embeddings; one of another model, or a damaged one, is begun anew.
    pub(super) fn open(path: &Path, fingerprint: [u8; 16], dimensions: usize) -> Self {
        let bytes = fs::read(path).unwrap_or_default();
        let header: Vec<u8> = MAGIC.iter().chain(&fingerprint).copied().collect();
        let (vectors, n_good) = match bytes.strip_prefix(header.as_slice()) {
            Some(records) => {
                let (vectors, n_good) = read(records, dimensions);
                (vectors, header.len() + n_good)
            }
            None => (HashMap::new(), 0),
        };
        Self { vectors, file: Appending::Closed { path: path.to_owned(), n_good, header } }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Vector> {
        self.vectors.get(key)
    }

    pub(super) fn put(&mut self, key: Key, vector: Vector) {
        if let Appending::Closed { path, n_good, header } = &self.file {
            self.file = match open_at(path, *n_good, header) {
                Ok(file) => Appending::Open(file),
                Err(error) => {
                    let path = path.display();
                    warn!("embeddings can't be stored in {path}, so the next start computes them again: {error}");
                    Appending::GivenUp
                }
            };
        }
        if let Appending::Open(file) = &mut self.file {
            let numbers: Vec<u8> = vector.numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            let record = [&key.0[..], &vector.scale.to_le_bytes(), &numbers].concat();
            if let Err(error) = file.write_all(&record).and_then(|()| file.flush()) {
                warn!("an embedding could not be stored, so the next start computes it again: {error}");
                self.file = Appending::GivenUp;
            }
        }
        self.vectors.insert(key, vector);
    }
}

/// Opens a file for appending behind its good part; a good part of nothing gets a header.
fn open_at(path: &Path, n_good: usize, header: &[u8]) -> std::io::Result<BufWriter<File>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    if file.metadata()?.len() != n_good as u64 {
        file.set_len(n_good as u64)?;
    }
    if n_good == 0 {
        file.write_all(header)?;
    }
    Ok(BufWriter::new(file))
}

/// Reads whole records; returns how many bytes they take.
fn read(records: &[u8], dimensions: usize) -> (HashMap<Key, Vector>, usize) {
    let size = 16 + 4 + dimensions;
    let mut vectors = HashMap::with_capacity(records.len() / size);
    for record in records.chunks_exact(size) {
        let (mut key, mut scale) = ([0; 16], [0; 4]);
        key.copy_from_slice(&record[..16]);
        scale.copy_from_slice(&record[16..20]);
        let scale = f32::from_le_bytes(scale);
        if !(scale.is_finite() && scale > 0.0) {
            // A disk that lost power may leave zeros; what is behind them can't be trusted either.
            break;
        }
        let numbers = record[20..].iter().map(|byte| i8::from_le_bytes([*byte])).collect();
        vectors.insert(Key(key), Vector { scale, numbers });
    }
    let n_good = vectors.len() * size;
    (vectors, n_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(first: i8) -> Vector {
        Vector { scale: 0.5, numbers: vec![first, 2, 3].into() }
    }

    #[test]
    fn what_was_stored_is_there_after_a_restart_and_a_torn_record_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/embeddings.bin");
        let mut store = Store::open(&path, [7; 16], 3);
        store.put(Key::of("a"), vector(1));
        store.put(Key::of("b"), vector(-1));
        drop(store);
        let length = fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 1).unwrap();

        let mut store = Store::open(&path, [7; 16], 3);
        assert_eq!(store.get(&Key::of("a")), Some(&vector(1)));
        assert_eq!(store.get(&Key::of("b")), None);
        store.put(Key::of("c"), vector(3));
        drop(store);
        let store = Store::open(&path, [7; 16], 3);
        assert_eq!(store.get(&Key::of("a")), Some(&vector(1)));
        assert_eq!(store.get(&Key::of("c")), Some(&vector(3)));
    }

    #[test]
    fn another_model_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("embeddings.bin");
        Store::open(&path, [7; 16], 3).put(Key::of("a"), vector(1));
        assert_eq!(Store::open(&path, [8; 16], 3).get(&Key::of("a")), None);
        assert_eq!(Store::open(&path, [8; 16], 3).vectors.len(), 0);
    }
}
