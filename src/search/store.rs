//! Embeddings on disk, by the hash of their text, for one model: a start with known texts computes none.
//!
//! A text read closely has a vector for each of its phrases too; these stand before the vector of the whole, so where that
//! is, they all are.
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

/// What begins every file; the number changes with the layout and with what makes a phrase.
const MAGIC: &[u8; 8] = b"presemb2";

/// What a text is read as; the same text has another vector as a question than as a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// A passage of which only the whole is wanted.
    Passage,
    /// A passage of which each phrase is wanted too.
    Phrased,
    /// A question.
    Question,
}

/// The hash of a text and of what it is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

impl Key {
    pub(super) fn of(role: Role, text: &str) -> Self {
        Self::new(&[role as u8], text)
    }

    fn of_phrase(text: &str, number: usize) -> Self {
        Self::new(&[&[u8::MAX][..], &number.to_le_bytes()].concat(), text)
    }

    fn new(kind: &[u8], text: &str) -> Self {
        let mut key = [0; 16];
        let digest = Sha256::new().chain_update(text.as_bytes()).chain_update([0]).chain_update(kind).finalize();
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }
}

/// The vectors of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vectors {
    pub(super) whole: Vector,
    /// In the order of the text; none where the phrases are not wanted.
    pub(super) phrases: Vec<Vector>,
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

    /// Returns the vectors of a text, if they are all there.
    pub(super) fn get(&self, role: Role, text: &str) -> Option<Vectors> {
        let whole = self.vectors.get(&Key::of(role, text))?.clone();
        let phrase = |number| self.vectors.get(&Key::of_phrase(text, number)).cloned();
        let phrases = if role == Role::Phrased { (0..).map_while(phrase).collect() } else { Vec::new() };
        Some(Vectors { whole, phrases })
    }

    pub(super) fn has(&self, role: Role, text: &str) -> bool {
        self.vectors.contains_key(&Key::of(role, text))
    }

    pub(super) fn put(&mut self, role: Role, text: &str, vectors: Vectors) {
        let Vectors { whole, phrases } = vectors;
        let phrases = phrases.into_iter().enumerate().map(|(number, phrase)| (Key::of_phrase(text, number), phrase));
        let records: Vec<(Key, Vector)> = phrases.chain([(Key::of(role, text), whole)]).collect();
        self.write(&records);
        self.vectors.extend(records);
    }

    fn write(&mut self, records: &[(Key, Vector)]) {
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
            let bytes = |(key, vector): &(Key, Vector)| {
                let numbers = vector.numbers.iter().flat_map(|number| number.to_le_bytes());
                key.0.into_iter().chain(vector.scale.to_le_bytes()).chain(numbers).collect::<Vec<u8>>()
            };
            let bytes: Vec<u8> = records.iter().flat_map(bytes).collect();
            if let Err(error) = file.write_all(&bytes).and_then(|()| file.flush()) {
                warn!("an embedding could not be stored, so the next start computes it again: {error}");
                self.file = Appending::GivenUp;
            }
        }
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
    let mut n_good = 0;
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
        // A text that an interruption left half may stand there once more, whole.
        vectors.insert(Key(key), Vector { scale, numbers });
        n_good += size;
    }
    (vectors, n_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(first: i8) -> Vector {
        Vector { scale: 0.5, numbers: vec![first, 2, 3].into() }
    }

    fn whole(first: i8) -> Vectors {
        Vectors { whole: vector(first), phrases: Vec::new() }
    }

    #[test]
    fn what_was_stored_is_there_after_a_restart_and_a_torn_record_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/embeddings.bin");
        let phrased = Vectors { whole: vector(5), phrases: vec![vector(6), vector(7)] };
        let mut store = Store::open(&path, [7; 16], 3);
        store.put(Role::Passage, "a", whole(1));
        store.put(Role::Phrased, "a", phrased.clone());
        store.put(Role::Question, "a", whole(-1));
        drop(store);
        let length = fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 1).unwrap();

        let mut store = Store::open(&path, [7; 16], 3);
        assert_eq!(store.get(Role::Passage, "a"), Some(whole(1)));
        assert_eq!(store.get(Role::Phrased, "a"), Some(phrased.clone()));
        assert_eq!(store.get(Role::Question, "a"), None);
        store.put(Role::Passage, "c", whole(3));
        drop(store);
        let store = Store::open(&path, [7; 16], 3);
        assert_eq!(store.get(Role::Phrased, "a"), Some(phrased));
        assert_eq!(store.get(Role::Passage, "c"), Some(whole(3)));
    }

    #[test]
    fn a_text_whose_phrases_were_cut_off_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("embeddings.bin");
        let phrased = Vectors { whole: vector(5), phrases: vec![vector(6), vector(7)] };
        Store::open(&path, [7; 16], 3).put(Role::Phrased, "a", phrased.clone());
        let length = fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 23).unwrap();
        let mut store = Store::open(&path, [7; 16], 3);
        assert!(!store.has(Role::Phrased, "a") && store.get(Role::Phrased, "a").is_none());

        store.put(Role::Phrased, "a", phrased.clone());
        drop(store);
        Store::open(&path, [7; 16], 3).put(Role::Passage, "b", whole(1));
        let store = Store::open(&path, [7; 16], 3);
        assert_eq!(store.get(Role::Phrased, "a"), Some(phrased));
        assert_eq!(store.get(Role::Passage, "b"), Some(whole(1)));
    }

    #[test]
    fn another_model_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("embeddings.bin");
        Store::open(&path, [7; 16], 3).put(Role::Passage, "a", whole(1));
        assert_eq!(Store::open(&path, [8; 16], 3).get(Role::Passage, "a"), None);
        assert_eq!(Store::open(&path, [8; 16], 3).vectors.len(), 0);
    }
}
