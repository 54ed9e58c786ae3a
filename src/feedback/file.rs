//! File of kept questions: lines are appended, and the oldest go when it is full.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::KeptQuestion;

/// File of kept questions, of bounded size and readable by its owner only.
#[derive(Debug, Clone)]
pub struct QuestionFile {
    path: PathBuf,
    max_len: u64,
}

impl QuestionFile {
    /// Names a file of at most `max_len` bytes.
    #[must_use]
    pub fn new(path: PathBuf, max_len: u64) -> Self {
        Self { path, max_len }
    }

    /// Appends a question; of a full file, the newer half of the lines stays.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn append(&self, question: &KeptQuestion) -> io::Result<()> {
        let mut line = serde_json::to_vec(question)?;
        line.push(b'\n');
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut lines = match crate::files::open(&self.path) {
            Ok(file) if file.metadata()?.len() + line.len() as u64 > self.max_len => {
                let mut lines = Vec::new();
                file.take(2 * self.max_len).read_to_end(&mut lines)?;
                lines
            }
            Ok(_) => return open(&self.path, true)?.write_all(&line),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return open(&self.path, true)?.write_all(&line);
            }
            Err(error) => return Err(error),
        };
        let middle = lines.len() / 2;
        let end = lines[middle..].iter().position(|byte| *byte == b'\n').map_or(lines.len(), |at| middle + at + 1);
        lines.drain(..end);
        lines.extend(line);
        // In one step, so that a fault of the disk leaves the file as it was.
        let new = self.path.with_extension("new");
        open(&new, false)?.write_all(&lines)?;
        fs::rename(&new, &self.path)
    }
}

/// Opens a file for writing that only its owner can read.
fn open(path: &Path, is_appended: bool) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).append(is_appended).truncate(!is_appended);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::super::{Reason, load};
    use super::*;

    fn question(words: String) -> KeptQuestion {
        KeptQuestion {
            date: "2025-03-04".to_owned(),
            question: words,
            lang: None,
            reason: Reason::Refused,
            outcome: "not_found".to_owned(),
            kind: "not_found".to_owned(),
            release: None,
            paragraph: None,
        }
    }

    #[test]
    fn appended_questions_are_read_back_and_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("questions.jsonl");
        let file = QuestionFile::new(path.clone(), 4096);
        let questions = ["who?", "line\nbreak"].map(|words| question(words.to_owned()));
        questions.iter().for_each(|question| file.append(question).unwrap());
        assert_eq!(load(&path).unwrap(), (questions.to_vec(), Vec::new()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn full_file_loses_its_oldest_lines() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("questions.jsonl");
        let file = QuestionFile::new(path.clone(), 4096);
        for number in 0..200 {
            file.append(&question(format!("question {number}"))).unwrap();
            assert!(fs::metadata(&path).unwrap().len() <= 4096);
        }
        let (kept, bad_lines) = load(&path).unwrap();
        assert_eq!((kept.last().unwrap().question.as_str(), bad_lines), ("question 199", Vec::new()));
        assert!(kept.len() > 10, "{}", kept.len());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn damaged_lines_are_skipped_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("questions.jsonl");
        let right = serde_json::to_string(&question("who?".to_owned())).unwrap();
        let undated = right.replace("2025-03-04", "2025-02-30");
        let blank = right.replace("who?", " ");
        let text =
            [b"{\"da\n\n".as_slice(), right.as_bytes(), b"\n\xff\n", undated.as_bytes(), b"\n", blank.as_bytes()];
        fs::write(&path, text.concat()).unwrap();
        let (kept, bad_lines) = load(&path).unwrap();
        assert_eq!((kept.len(), bad_lines), (1, vec![1, 4, 5, 6]));
        assert!(load(folder.path()).unwrap_err().to_string().contains("could not read the kept questions"));
    }
}
