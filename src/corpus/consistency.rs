//! Checks across files: duplicate texts, ambiguous aliases, versions of a release that disagree.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::format::Parsed;
use super::{Problem, Severity};

/// Returns the inconsistencies, each as a warning at the later of the two files.
pub(super) fn problems(files: &[(PathBuf, Parsed)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut texts: HashMap<String, &Path> = HashMap::new();
    for (at, (file, parsed)) in files.iter().enumerate() {
        let mut warn = |line, message| {
            problems.push(Problem { file: file.clone(), line, severity: Severity::Warning, message });
        };
        let release = &parsed.release;
        let body = release.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect::<Vec<_>>().join("\n");
        if let Some(other) = texts.insert(body, file) {
            warn(None, format!("has the same text as {}", other.display()));
        }
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
