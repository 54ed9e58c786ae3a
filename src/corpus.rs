//! Corpus: the releases in memory, and the problems of their files.

mod body;
mod consistency;
mod dates;
mod encoding;
mod faults;
mod fences;
mod fields;
mod format;
mod head;
mod listing;
mod markup;
mod release;
mod remarks;
mod syntax;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use time::OffsetDateTime;

pub use self::release::{Contact, Paragraph, Release, ReleaseDate, Status};
use crate::files;
use crate::language::{Language, Languages};

/// Maximum size of a release file, in bytes: a release is a page of text, the longest of the six has 5,616.
const MAX_RELEASE_LEN: u64 = 16 << 20;

/// Releases that are served.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// Releases, newest first, undated last, equal dates by title.
    pub releases: Vec<Arc<Release>>,
}

/// Fault of a corpus file, for the editor of the releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path of the file.
    pub file: PathBuf,
    /// Line number from 1, if known.
    pub line: Option<usize>,
    /// Effect on the file.
    pub severity: Severity,
    /// Description with advice: lower-case, no final stop.
    pub message: String,
}

/// Effect of a [`Problem`] on its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is served but should be reviewed.
    Warning,
    /// The file is skipped.
    Error,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        let word = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, " {word}: {}", self.message)
    }
}

impl Corpus {
    /// Returns the language of most releases, the first by its code of several; `None` where there is no release.
    #[must_use]
    pub fn main_language(&self) -> Option<Language> {
        let mut n_releases: BTreeMap<Language, usize> = BTreeMap::new();
        for release in &self.releases {
            *n_releases.entry(release.language).or_default() += 1;
        }
        n_releases.into_iter().rev().max_by_key(|(_, n_releases)| *n_releases).map(|(language, _)| language)
    }

    /// Reads every `<id>.<lang>.md` of a folder; returns the releases that can be served and the problems of all files.
    ///
    /// Files with an error are skipped. Drafts and retired releases are checked and left out. Remarks for the press are told by the words
    /// of `languages`, and without them by their signs only.
    ///
    /// # Errors
    ///
    /// Returns an error only when the folder can't be read.
    pub fn load(dir: &Path, languages: Option<&Languages>) -> anyhow::Result<(Self, Vec<Problem>)> {
        let (files, mut problems) =
            listing::read(dir).with_context(|| format!("could not read the corpus folder {}", dir.display()))?;
        let today = OffsetDateTime::now_utc().date();
        let mut entries = Vec::new();
        for file in files {
            let problem = |line, severity, message| Problem { file: file.clone(), line, severity, message };
            let text = match read_text(&file) {
                Ok(text) => text,
                Err((line, message)) => {
                    problems.push(problem(line, Severity::Error, message));
                    continue;
                }
            };
            let (parsed, faults) = format::parse(&file, &text, languages, today);
            for fault in faults {
                problems.push(problem(fault.line, fault.severity, fault.message));
            }
            entries.extend(parsed.map(|parsed| (file, parsed)));
        }
        problems.extend(consistency::problems(&entries));
        problems.sort_by(|a, b| a.file.cmp(&b.file));
        let live =
            entries.into_iter().map(|(_, parsed)| parsed.release).filter(|release| release.status == Status::Live);
        let mut releases: Vec<Arc<Release>> = live.map(Arc::new).collect();
        releases.sort_by(|a, b| {
            let by_date = match (&a.date, &b.date) {
                (Some(a), Some(b)) => b.cmp(a),
                (a, b) => b.is_some().cmp(&a.is_some()),
            };
            by_date.then_with(|| a.title.cmp(&b.title))
        });
        if releases.is_empty() {
            let message = "no release can be served from this folder; put files such as migrant-window.en.md into it, one for each release";
            problems.push(Problem {
                file: dir.to_owned(),
                line: None,
                severity: Severity::Warning,
                message: message.to_owned(),
            });
        }
        Ok((Self { releases }, problems))
    }

    /// Returns each release once, in the preferred language if there is a version in it.
    #[must_use]
    pub fn each_release(&self, preferred: Language) -> Vec<Arc<Release>> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut all: Vec<Arc<Release>> = Vec::with_capacity(self.releases.len());
        for release in &self.releases {
            let place = *places.entry(&release.id).or_insert(all.len());
            match all.get_mut(place) {
                None => all.push(Arc::clone(release)),
                Some(other) if release.language == preferred => *other = Arc::clone(release),
                Some(_) => {}
            }
        }
        all
    }

    /// Returns the release of an id, in the preferred language if there is a version in it.
    #[must_use]
    pub fn release(&self, id: &str, preferred: Language) -> Option<&Arc<Release>> {
        // An id takes precedence over an equal alias of another release.
        let is_id = self.releases.iter().any(|release| release.id == id);
        let means = |release: &&Arc<Release>| if is_id { release.id == id } else { release.answers_to(id) };
        let mut versions = self.releases.iter().filter(means);
        let first = versions.clone().next();
        versions.find(|release| release.language == preferred).or(first)
    }
}

/// Reads a file as text; the error holds the line number, if known, and a message.
fn read_text(file: &Path) -> Result<String, (Option<usize>, String)> {
    let bytes = files::read(file, MAX_RELEASE_LEN).map_err(|error| {
        let message = match error.kind() {
            io::ErrorKind::FileTooLarge => {
                format!(
                    "the file is longer than {} MB; keep the text of the release, and take out all else",
                    MAX_RELEASE_LEN >> 20
                )
            }
            io::ErrorKind::NotFound if file.is_symlink() => "the file is a link to one that is not there".to_owned(),
            _ => format!("could not be read: {error}"),
        };
        (None, message)
    })?;
    encoding::decode(bytes)
}
