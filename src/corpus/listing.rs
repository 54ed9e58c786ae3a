//! Files of the corpus folder: those of releases, and warnings of those that look like one and are not read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Problem, Severity};
use crate::text::fold;

/// Maximum length of an id: with its language it fits the 64 bytes that a button carries.
pub(super) const MAX_ID_LEN: usize = 48;

/// Endings of files that may hold the text of a release.
const ENDINGS: &[&str] = &[
    "md", "markdown", "mdown", "mkd", "txt", "text", "doc", "docx", "odt", "rtf", "pages", "pdf", "htm", "html", "bak",
    "old", "orig",
];

/// Depth to which subfolders are searched for releases.
const MAX_DEPTH: usize = 3;

/// Returns the files of releases, sorted, and warnings of others.
pub(super) fn read(folder: &Path) -> io::Result<(Vec<PathBuf>, Vec<Problem>)> {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_hidden(&name) {
            continue;
        }
        if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
            continue;
        }
        let message = if path.is_dir() {
            release_within(&path, MAX_DEPTH).map(|within| {
                let within = within.strip_prefix(folder).unwrap_or(&within).display();
                format!("subfolders are not read, and this one holds {within}; move its releases into the folder above")
            })
        } else {
            advice_on(&name)
        };
        let problem = |message| Problem { file: path.clone(), line: None, severity: Severity::Warning, message };
        problems.extend(message.map(problem));
    }
    files.sort();
    Ok((files, problems))
}

/// Tells whether a file is hidden, or a lock or backup of an editor or word processor.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
        || name.starts_with("~$")
        || name.starts_with('#') && name.ends_with('#')
        || name.ends_with('~')
}

/// Returns the first file of a release in a folder or those below it.
fn release_within(folder: &Path, depth: usize) -> Option<PathBuf> {
    let listing = fs::read_dir(folder).ok()?;
    let mut paths: Vec<PathBuf> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| !path.file_name().is_some_and(|name| is_hidden(&name.to_string_lossy())));
    paths.sort();
    let is_readme =
        |path: &Path| path.file_name().is_some_and(|name| fold(&name.to_string_lossy()).starts_with("readme"));
    let is_release =
        |path: &&PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md")) && !is_readme(path);
    let folders = || paths.iter().filter(|path| depth > 1 && path.is_dir() && !path.is_symlink());
    paths.iter().find(is_release).cloned().or_else(|| folders().find_map(|folder| release_within(folder, depth - 1)))
}

/// Says what to do with a file that looks like a release and does not end in `.md`.
fn advice_on(name: &str) -> Option<String> {
    let (stem, ending) = name.rsplit_once('.')?;
    let small = ending.to_lowercase();
    let is_text = name.to_lowercase().contains(".md") || ENDINGS.contains(&small.as_str());
    if !is_text || fold(name).starts_with("readme") {
        return None;
    }
    let stem = stem.strip_suffix(".md").unwrap_or(stem);
    let right = right_name(stem, None);
    Some(match small.as_str() {
        "md" | "markdown" | "mdown" | "mkd" | "txt" | "text" => {
            format!("the file is not read, because its name does not end in .md in small letters; rename it to {right}")
        }
        "bak" | "old" | "orig" => {
            format!("the file is not read; take it out, or rename it to {right} if it is a release of its own")
        }
        _ => format!("the file is not read; save its text as a text file (UTF-8) called {right}, or take it out"),
    })
}

/// Returns what a file is to be called, from its name without `.md`: an id and a language.
pub(super) fn right_name(stem: &str, language: Option<&str>) -> String {
    let (id, suffix) = match stem.rsplit_once('.') {
        Some((id, suffix)) => (id, Some(suffix)),
        None => (stem, None),
    };
    // Of “en (1)”, as a second download is called, the first word.
    let suffix = suffix.and_then(|suffix| suffix.split([' ', '(', '-', '_']).next()).map(str::to_lowercase);
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_lowercase());
    let (id, suffix) = if suffix.as_ref().is_some_and(is_code) { (id, suffix) } else { (stem, None) };
    let language = language.map(str::to_owned).or(suffix).unwrap_or_else(|| "LANGUAGE".to_owned());
    format!("{}.{language}.md", slug(id))
}

/// Returns an id made of a name: its words in small letters without accents, with hyphens between them.
fn slug(name: &str) -> String {
    let folded = fold(name);
    let mut slug = String::new();
    for word in folded.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if !slug.is_empty() && slug.len() + word.len() >= MAX_ID_LEN {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug += &word[..word.len().min(MAX_ID_LEN)];
    }
    if slug.is_empty() { "ID".to_owned() } else { slug }
}
