//! Checks across files: duplicate texts, lines of the site, ambiguous aliases, versions of a release that disagree.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::format::Parsed;
use super::release::Paragraph;
use super::{Problem, Severity};
use crate::language::Language;
use crate::text::fold;

/// Minimum share of the longer of two texts, in bytes of paragraphs, that stands in both when one is nearly the other.
const MIN_SHARE_OF_DUPLICATE: f64 = 0.8;
/// Number of releases in which a line must stand at least to be taken for one of the site's pages.
const MIN_RELEASES_OF_SITE_LINE: usize = 3;
/// Maximum number of characters of a line with a label, such as that of a date: the label is compared, not what follows it.
const MAX_LABELLED_LEN: usize = 40;

/// Returns the inconsistencies, each as a warning at the later of the two files, and the lines of the site.
pub(super) fn problems(files: &[(PathBuf, Parsed)]) -> Vec<Problem> {
    let mut problems = site_lines(files);
    problems.extend(duplicates(files));
    for (at, (file, parsed)) in files.iter().enumerate() {
        let mut warn = |line, message| {
            problems.push(Problem { file: file.clone(), line, severity: Severity::Warning, message });
        };
        let release = &parsed.release;
        for (alias, line) in release.aliases.iter().zip(&parsed.alias_lines) {
            let is_other = |other: &&(PathBuf, Parsed)| other.1.release.id != release.id;
            let named = files.iter().filter(is_other).find(|(_, other)| other.release.id == *alias);
            let renamed = files[..at].iter().filter(is_other).find(|(_, other)| other.release.aliases.contains(alias));
            if let Some((other, _)) = named {
                warn(Some(*line), format!("the alias {alias:?} is the id of {}, which it leads to", other.display()));
            } else if let Some((other, _)) = renamed {
                warn(Some(*line), format!("the alias {alias:?} is one of {} too", other.display()));
            }
        }
        let Some((first_file, first)) = files[..at].iter().find(|(_, other)| other.release.id == release.id) else {
            continue;
        };
        if let (Some(date), Some(other)) = (release.date, first.release.date)
            && date != other
        {
            warn(parsed.date_line, format!("the date is {date}, but {other} in {}", first_file.display()));
        }
        if parsed.countries != first.countries && !parsed.countries.is_empty() && !first.countries.is_empty() {
            let [own, other] = [&parsed.countries, &first.countries].map(|countries| countries.join(", "));
            warn(parsed.country_line, format!("the country is {own}, but {other} in {}", first_file.display()));
        }
    }
    problems
}

/// Returns releases whose text is that of an earlier file or nearly so, paragraph by paragraph, each as a warning.
fn duplicates(files: &[(PathBuf, Parsed)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut owners: HashMap<String, Vec<usize>> = HashMap::new();
    let mut lengths: Vec<usize> = Vec::new();
    for (at, (file, parsed)) in files.iter().enumerate() {
        let paragraphs: BTreeSet<String> = parsed.release.paragraphs.iter().map(|one| fold(&one.text)).collect();
        lengths.push(paragraphs.iter().map(String::len).sum());
        let mut in_common: BTreeMap<usize, usize> = BTreeMap::new();
        for paragraph in paragraphs {
            let length = paragraph.len();
            let owners = owners.entry(paragraph).or_default();
            owners.iter().for_each(|owner| *in_common.entry(*owner).or_default() += length);
            owners.push(at);
        }
        let share = |other: usize, length: usize| length as f64 / lengths[at].max(lengths[other]).max(1) as f64;
        let shares = in_common.into_iter().map(|(other, length)| (other, share(other, length)));
        let Some((other, share)) = shares.max_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
        if share >= MIN_SHARE_OF_DUPLICATE {
            let same = if share < 1.0 { "nearly the same" } else { "the same" };
            let message = format!("has {same} text as {}", files[other].0.display());
            problems.push(Problem { file: file.clone(), line: None, severity: Severity::Warning, message });
        }
    }
    problems
}

/// Returns lines that most releases of a language have, each as a warning at its first occurrence: a line that is on most pages is
/// of the site, such as its menu, and no text of a release.
fn site_lines(files: &[(PathBuf, Parsed)]) -> Vec<Problem> {
    let mut n_releases: HashMap<Language, usize> = HashMap::new();
    let mut lines: BTreeMap<(Language, String), Vec<(&Path, &Paragraph)>> = BTreeMap::new();
    for (file, parsed) in files {
        let language = parsed.release.language;
        *n_releases.entry(language).or_default() += 1;
        for paragraph in &parsed.release.paragraphs {
            let Some(key) = site_line_key(&paragraph.text) else { continue };
            let occurrences = lines.entry((language, key)).or_default();
            if occurrences.last().is_none_or(|(last, _)| last != file) {
                occurrences.push((file, paragraph));
            }
        }
    }
    let of_site = lines.into_iter().filter_map(|((language, _), occurrences)| {
        let (n, n_of_language) = (occurrences.len(), n_releases.get(&language).copied().unwrap_or_default());
        let (file, paragraph) = occurrences.first()?;
        let message = format!(
            "{:?} is in {n} of {n_of_language} releases; if it belongs to the site's pages, leave it out",
            paragraph.text
        );
        let problem =
            Problem { file: file.to_path_buf(), line: Some(paragraph.line), severity: Severity::Warning, message };
        (n >= MIN_RELEASES_OF_SITE_LINE && 2 * n > n_of_language).then_some(problem)
    });
    of_site.collect()
}

/// Returns the form in which a line is compared: of a short line with a label, the label. None without letters: `###`.
fn site_line_key(text: &str) -> Option<String> {
    let label = match text.split_once(':') {
        Some((label, _)) if text.chars().count() <= MAX_LABELLED_LEN => label,
        _ => text,
    };
    let key = fold(label.trim_start_matches(|letter: char| !letter.is_alphanumeric()));
    key.contains(char::is_alphabetic).then_some(key)
}
