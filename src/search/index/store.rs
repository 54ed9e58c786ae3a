//! Embeddings on disk, by the hash of their text, for one model: a start with known texts computes none.
//!
//! The file begins with the model's fingerprint; then comes a record for each text: a checksum, the hash of the text, how
//! many phrases it has, the vector of the whole and those of the phrases. A record is appended as soon as it is computed, so
//! an interruption loses at most one, and what doesn't check out is as good as not there. The file is never cut or begun
//! anew where it stands, because another process may be appending to it: a new one takes its place.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

use crate::embedding::EmbeddingModel;
use crate::files;
use crate::vector::Vector;

/// Magic bytes of every file, of whatever version.
const FAMILY: &[u8] = b"presemb";
/// Magic bytes of a file of this version; the number changes with the layout and with what makes a phrase.
const MAGIC: &[u8; 8] = b"presemb3";
/// Range of a record that holds the number of phrases: behind the checksum and the hash of the text.
const N_PHRASES: std::ops::Range<usize> = 20..24;

/// Role of a text; the same text has another vector as a question than as a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::search) enum Role {
    /// A passage of which only the whole is wanted.
    Passage,
    /// A passage of which each phrase is wanted too.
    Phrased,
    /// A question.
    Question,
    /// A word by itself.
    Word,
}

/// The hash of a text and of what it is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct TextKey([u8; 16]);

impl TextKey {
    fn of(role: Role, text: &str) -> Self {
        let mut key = [0; 16];
        let digest = Sha256::new().chain_update(text.as_bytes()).chain_update([0, role as u8]).finalize();
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }
}

/// The vectors of a text.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::search) struct TextVectors {
    pub(in crate::search) whole: Vector,
    /// In the order of the text; none where the phrases are not wanted.
    pub(in crate::search) phrases: Vec<Vector>,
}

/// Embeddings by text, in memory and in a file that grows with them.
#[derive(Debug)]
pub struct EmbeddingStore {
    vectors: HashMap<TextKey, TextVectors>,
    dimensions: usize,
    path: PathBuf,
    header: Vec<u8>,
    file: Appending,
}

/// The file while there may be something to write; it is opened with the first new embedding, so that a folder that can't
/// be written is no fault where nothing is to be.
#[derive(Debug)]
enum Appending {
    /// Not opened yet; where not all of it is right, a new one has to take its place first.
    Closed {
        is_right: bool,
    },
    Open(File),
    /// Nothing is stored in it, and why.
    GivenUp(String),
}

impl EmbeddingStore {
    /// Opens the file of a model's embeddings; what is in it of another model, of an older version or damaged is not used.
    #[must_use]
    pub fn open(path: &Path, model: &EmbeddingModel) -> Self {
        Self::of(path, model.fingerprint(), model.dimensions())
    }

    fn of(path: &Path, fingerprint: [u8; 16], dimensions: usize) -> Self {
        let header = MAGIC.iter().chain(&fingerprint).copied().collect();
        let file = Appending::Closed { is_right: false };
        let mut store = Self { vectors: HashMap::new(), dimensions, path: path.to_owned(), header, file };
        match files::read(path, u64::MAX) {
            Ok(bytes) => match bytes.strip_prefix(store.header.as_slice()) {
                Some(records) => store.file = Appending::Closed { is_right: store.read(records) },
                None if bytes.is_empty() || bytes.starts_with(FAMILY) => {}
                None => {
                    store.file = Appending::GivenUp(format!(
                        "{} holds no embeddings, so it is left alone and none are stored; move it away, or set meaning.embeddings to another file",
                        path.display()
                    ));
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let path = path.display();
                store.file = Appending::GivenUp(format!("the embeddings stored in {path} could not be read: {error}"));
            }
        }
        store
    }

    /// Tells whether embeddings can be stored, as far as is known.
    ///
    /// # Errors
    ///
    /// When the file holds something else, could not be read, or could not be written when there was something to write.
    pub fn check(&self) -> anyhow::Result<()> {
        match &self.file {
            Appending::GivenUp(why) => bail!("{why}"),
            _ => Ok(()),
        }
    }

    /// Leaves in the file the embeddings that were needed, each once, and nothing else.
    ///
    /// # Errors
    ///
    /// As [`Self::check`], and when the file can't be replaced.
    pub fn tidy(&self) -> anyhow::Result<()> {
        self.check()?;
        let size = self.to_bytes().len() as u64;
        // Everything needed is in it, so a longer file is one that holds something more.
        if !fs::metadata(&self.path).is_ok_and(|file| file.len() == size) {
            self.replace().with_context(|| self.unwritten())?;
        }
        Ok(())
    }

    /// Returns the vector of a text as a question, if it is there.
    pub(crate) fn question(&self, text: &str) -> Option<Vec<f32>> {
        self.get(Role::Question, text).map(|vectors| vectors.whole.to_numbers())
    }

    /// Returns the vectors of a text, if they are there.
    pub(in crate::search) fn get(&self, role: Role, text: &str) -> Option<TextVectors> {
        self.vectors.get(&TextKey::of(role, text)).cloned()
    }

    pub(in crate::search) fn has(&self, role: Role, text: &str) -> bool {
        self.vectors.contains_key(&TextKey::of(role, text))
    }

    /// Forgets the vectors of all texts but these; the file still has them.
    pub(in crate::search) fn keep(&mut self, texts: &[(Role, String)]) {
        let keys: HashSet<TextKey> = texts.iter().map(|(role, text)| TextKey::of(*role, text)).collect();
        self.vectors.retain(|key, _| keys.contains(key));
    }

    pub(in crate::search) fn put(&mut self, role: Role, text: &str, vectors: TextVectors) {
        let key = TextKey::of(role, text);
        if let Err(error) = self.append(&self.record(key, &vectors)) {
            self.file = Appending::GivenUp(format!("{}: {error}", self.unwritten()));
        }
        self.vectors.insert(key, vectors);
    }

    /// Writes a record in one piece, because another process may be writing too.
    fn append(&mut self, record: &[u8]) -> io::Result<()> {
        if let Appending::Closed { is_right } = self.file {
            if !is_right {
                self.replace()?;
            }
            self.file = Appending::Open(OpenOptions::new().append(true).open(&self.path)?);
        }
        match &mut self.file {
            Appending::Open(file) => file.write_all(record),
            _ => Ok(()),
        }
    }

    /// Puts a file with what is in memory in the place of the one that is there.
    fn replace(&self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        // A name of its own, because another process may be doing the same.
        let beside = self.path.with_extension(format!("{}.new", std::process::id()));
        let replaced = fs::write(&beside, self.to_bytes()).and_then(|()| fs::rename(&beside, &self.path));
        if replaced.is_err() {
            let _ = fs::remove_file(&beside);
        }
        replaced
    }

    fn unwritten(&self) -> String {
        format!("embeddings can't be stored in {}, so the next start computes them again", self.path.display())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.header.clone();
        self.vectors.iter().for_each(|(key, vectors)| bytes.extend(self.record(*key, vectors)));
        bytes
    }

    fn record(&self, key: TextKey, vectors: &TextVectors) -> Vec<u8> {
        let mut rest = key.0.to_vec();
        rest.extend((vectors.phrases.len() as u32).to_le_bytes());
        for vector in std::iter::once(&vectors.whole).chain(&vectors.phrases) {
            rest.extend(vector.scale.to_le_bytes());
            rest.extend(vector.numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
        [self.checksum(&rest).to_le_bytes().as_slice(), &rest].concat()
    }

    /// Returns the checksum of a record, and of the fingerprint, lest what a process with another model appends be taken.
    fn checksum(&self, rest: &[u8]) -> u32 {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&self.header);
        checksum.update(rest);
        checksum.finalize()
    }

    /// Takes the records that check out; returns whether all do.
    fn read(&mut self, mut records: &[u8]) -> bool {
        let mut are_right = true;
        while !records.is_empty() {
            let Some((record, rest)) = self.split(records) else { return false };
            match self.vectors_of(record) {
                Some((key, vectors)) => drop(self.vectors.insert(key, vectors)),
                None => are_right = false,
            }
            records = rest;
        }
        are_right
    }

    /// Splits what claims to be a record off the rest.
    fn split<'a>(&self, records: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let n_phrases = u32::from_le_bytes(*records.get(N_PHRASES)?.first_chunk()?) as usize;
        let length = n_phrases.checked_add(1)?.checked_mul(4 + self.dimensions)?.checked_add(N_PHRASES.end)?;
        records.split_at_checked(length)
    }

    fn vectors_of(&self, record: &[u8]) -> Option<(TextKey, TextVectors)> {
        let (checksum, rest) = record.split_first_chunk()?;
        if u32::from_le_bytes(*checksum) != self.checksum(rest) {
            return None;
        }
        let (key, _) = rest.split_first_chunk()?;
        let mut vectors = record[N_PHRASES.end..].chunks_exact(4 + self.dimensions).filter_map(|vector| {
            let (scale, numbers) = vector.split_first_chunk()?;
            let numbers = numbers.iter().map(|byte| i8::from_le_bytes([*byte])).collect();
            Some(Vector { scale: f32::from_le_bytes(*scale), numbers })
        });
        Some((TextKey(*key), TextVectors { whole: vectors.next()?, phrases: vectors.collect() }))
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn vector(first: i8) -> Vector {
        Vector { scale: 0.5, numbers: vec![first, 2, 3].into() }
    }

    fn whole(first: i8) -> TextVectors {
        TextVectors { whole: vector(first), phrases: Vec::new() }
    }

    fn phrased() -> TextVectors {
        TextVectors { whole: vector(5), phrases: vec![vector(6), vector(7)] }
    }

    fn open(path: &Path) -> EmbeddingStore {
        EmbeddingStore::of(path, [7; 16], 3)
    }

    /// Stores the vectors of “a” as a passage, with phrases and as a question, and returns the file's bytes.
    fn stored() -> (TempDir, PathBuf, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/embeddings.bin");
        let mut store = open(&path);
        store.put(Role::Passage, "a", whole(1));
        store.put(Role::Phrased, "a", phrased());
        store.put(Role::Question, "a", whole(-1));
        store.check().unwrap();
        let bytes = fs::read(&path).unwrap();
        (folder, path, bytes)
    }

    /// Returns which of the three are there; each must be right.
    fn left(path: &Path) -> [bool; 3] {
        let store = open(path);
        let there = |role, right: TextVectors| {
            let found = store.get(role, "a");
            assert!(found.is_none() || found == Some(right), "{found:?}");
            found.is_some()
        };
        [there(Role::Passage, whole(1)), there(Role::Phrased, phrased()), there(Role::Question, whole(-1))]
    }

    #[test]
    fn what_was_stored_is_there_after_a_restart_and_a_torn_record_is_not() {
        let (_folder, path, bytes) = stored();
        assert_eq!(left(&path), [true; 3]);
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(!left(&path)[2]);
        }
        open(&path).put(Role::Passage, "c", whole(3));
        assert_eq!(left(&path), [true, true, false]);
        assert_eq!(open(&path).get(Role::Passage, "c"), Some(whole(3)));
    }

    #[test]
    fn what_is_damaged_is_dropped_and_the_next_writing_mends_the_file() {
        let (_folder, path, bytes) = stored();
        for at in FAMILY.len()..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            fs::write(&path, &damaged).unwrap();
            assert_ne!(left(&path), [true; 3]);
            damaged = bytes.clone();
            damaged.remove(at);
            fs::write(&path, &damaged).unwrap();
            assert!(!left(&path)[2]);
            let before = left(&path);
            open(&path).put(Role::Question, "a", whole(-1));
            assert_eq!(left(&path), [before[0], before[1], true]);
            assert!(matches!(open(&path).file, Appending::Closed { is_right: true }));
        }
        let mut damaged = bytes.clone();
        *damaged.last_mut().unwrap() ^= 1;
        damaged.extend([0; 99]);
        fs::write(&path, &damaged).unwrap();
        assert_eq!(left(&path), [true, true, false]);
    }

    #[test]
    fn another_model_or_an_older_version_begins_anew() {
        let (_folder, path, bytes) = stored();
        let mut other = EmbeddingStore::of(&path, [8; 16], 3);
        assert!(other.vectors.is_empty());
        // One that has the file open already goes on with the old one.
        let mut own = open(&path);
        own.put(Role::Passage, "b", whole(2));
        other.put(Role::Passage, "a", whole(9));
        own.put(Role::Passage, "c", whole(3));
        assert_eq!(EmbeddingStore::of(&path, [8; 16], 3).vectors.len(), 1);
        // And where records of two models come to stand in one file, each takes its own.
        fs::write(&path, [&bytes, &fs::read(&path).unwrap()[24..]].concat()).unwrap();
        assert_eq!((left(&path), open(&path).vectors.len()), ([true; 3], 3));

        fs::write(&path, b"presemb2 as it was").unwrap();
        open(&path).put(Role::Question, "a", whole(-1));
        assert_eq!(left(&path), [false, false, true]);
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "what must not be lost").unwrap();
        let mut store = open(&path);
        store.put(Role::Passage, "a", whole(1));
        assert_eq!(store.get(Role::Passage, "a"), Some(whole(1)));
        for result in [store.check(), store.tidy()] {
            let fault = result.unwrap_err().to_string();
            assert!(fault.contains("notes.txt holds no embeddings"), "{fault}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "what must not be lost");

        let store = open(folder.path());
        assert!(store.check().unwrap_err().to_string().contains("could not be read"));
    }

    #[test]
    fn a_tidy_file_holds_each_embedding_once_and_none_that_is_not_needed() {
        let (_folder, path, bytes) = stored();
        let mut both = [open(&path), open(&path)];
        for store in &mut both {
            store.put(Role::Passage, "b", whole(2));
        }
        let needed = [(Role::Phrased, "a".to_owned()), (Role::Passage, "b".to_owned())];
        for store in &mut both {
            store.keep(&needed);
        }
        assert!(fs::metadata(&path).unwrap().len() > bytes.len() as u64);
        both[0].tidy().unwrap();
        let tidy = fs::read(&path).unwrap();
        both[1].tidy().unwrap();
        assert_eq!(fs::read(&path).unwrap(), tidy);
        assert_eq!(left(&path), [false, true, false]);
        assert_eq!(open(&path).vectors.len(), 2);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
