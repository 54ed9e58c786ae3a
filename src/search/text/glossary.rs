//! Operator's glossary: words that mean the same to the person who asks.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::Deserialize;
use toml::Spanned;

use crate::files;
use crate::language::Language;
use crate::text::line_number;

/// Groups of words and phrases that are joined, read from `config/glossary/`.
#[derive(Debug, Clone, Default)]
pub struct Glossary {
    /// Each group's words and phrases as written.
    pub groups: Vec<Vec<String>>,
    /// Those of the words that are verbs found in all their regular forms, by the language whose endings these have.
    pub verbs: BTreeMap<Language, Vec<String>>,
    /// Words that look like a form of one of the words and are another: *news*, *AIDS*.
    pub apart: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GlossaryFile {
    #[serde(default)]
    join: Vec<Spanned<Vec<String>>>,
    #[serde(default)]
    verbs: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    #[serde(default)]
    apart: Vec<String>,
}

impl Glossary {
    /// Reads the files of some paths together: files, and every `*.toml` of folders in the order of their names.
    ///
    /// # Errors
    ///
    /// All faults of all files at once, with their lines: a file that can't be read or isn't the TOML it should be, a line that joins
    /// a word with nothing, a verb that stands in no line of its file, or verbs of no language.
    pub fn load(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let (mut glossary, mut faults) = (Self::default(), Vec::new());
        for path in paths {
            match Self::files(path) {
                Ok(files) => files.iter().for_each(|file| glossary.read(file, &mut faults)),
                Err(error) => faults.push(format!("could not read the glossary {}: {error}", path.display())),
            }
        }
        if !faults.is_empty() {
            bail!("{}", faults.join("\n"));
        }
        Ok(glossary)
    }

    /// Returns a file itself, and the `*.toml` of a folder in the order of their names.
    ///
    /// # Errors
    ///
    /// When the folder can't be read.
    pub fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
        if !path.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        let entries = path.read_dir()?.map(|entry| Ok(entry?.path()));
        let mut files = entries.collect::<io::Result<Vec<PathBuf>>>()?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        Ok(files)
    }

    fn read(&mut self, file: &Path, faults: &mut Vec<String>) {
        let name = file.display();
        match files::read_text(file) {
            Ok(text) => {
                let of_file = self.add(&text).into_iter();
                faults.extend(of_file.map(|(line, fault)| format!("{name}:{line}: {fault}")));
            }
            Err(error) => faults.push(format!("could not read the glossary {name}: {error}")),
        }
    }

    /// Adds the words of a file; returns its faults with their lines.
    fn add(&mut self, text: &str) -> Vec<(usize, String)> {
        let file: GlossaryFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                let line = error.span().map_or(1, |span| line_number(text, span.start));
                return vec![(line, error.message().trim().replace('\n', " "))];
            }
        };
        let mut faults = Vec::new();
        let mut fault = |at: usize, message| faults.push((line_number(text, at), message));
        for group in &file.join {
            let words = group.get_ref();
            if words.len() < 2 || words.iter().any(|word| word.trim().is_empty()) {
                fault(group.span().start, format!("{words:?} must join at least two words, none of them blank"));
            }
        }
        for (code, verbs) in file.verbs {
            for verb in &verbs {
                if !file.join.iter().any(|group| group.get_ref().contains(verb.get_ref())) {
                    let verb_text = verb.get_ref();
                    let message =
                        format!("the verb `{verb_text}` stands in no line; write it there as it is written here");
                    fault(verb.span().start, message);
                }
            }
            let Some(language) = Language::from_code(code.get_ref()) else {
                let message = format!("`verbs.{}` must name a language, such as verbs.es", code.get_ref());
                fault(code.span().start, message);
                continue;
            };
            self.verbs.entry(language).or_default().extend(verbs.into_iter().map(Spanned::into_inner));
        }
        self.groups.extend(file.join.into_iter().map(Spanned::into_inner));
        self.apart.extend(file.apart);
        faults
    }

    /// Returns the language that an entry is a verb of.
    pub(crate) fn language_of_verb(&self, entry: &String) -> Option<Language> {
        self.verbs.iter().find(|(_, verbs)| verbs.contains(entry)).map(|(language, _)| *language)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn faults(text: &str) -> Vec<(usize, String)> {
        Glossary::default().add(text)
    }

    #[test]
    fn faulty_lines_are_named() {
        let found = faults(
            "join = [\n  ['pay', 'pagar'],\n  ['TB'],\n]\nverbs.xyz = ['pagar']\nverbs.es = [\n 'pagar', 'cobrar']",
        );
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 7, 5], "{found:?}");
        for (part, (_, fault)) in ["TB", "cobrar", "verbs.xyz"].iter().zip(&found) {
            assert!(fault.contains(part), "{fault}");
        }
        assert_eq!(faults("\njoint = []")[0].0, 2);
    }

    #[test]
    fn files_of_folder_are_read_together_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("b.toml", "join = [['fee', 'pagar']]\nverbs.es = ['pagar']\napart = ['feet']");
        write("a.toml", "join = [['UN', 'ONU']]");
        write("notes.txt", "no TOML");
        let glossary = Glossary::load(&[folder.path().to_owned()]).unwrap();
        assert_eq!(glossary.groups, [["UN", "ONU"], ["fee", "pagar"]]);
        assert_eq!(glossary.language_of_verb(&"pagar".to_owned()), Some(Language::SPANISH));
        assert_eq!(glossary.apart, ["feet"]);
        let file = Glossary::load(&[folder.path().join("a.toml")]).unwrap();
        assert_eq!(file.groups, [["UN", "ONU"]]);
    }

    #[test]
    fn faults_of_all_files_are_reported_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.toml", "b.toml"] {
            fs::write(folder.path().join(name), "join = [\n['alone']]").unwrap();
        }
        let paths = [folder.path().to_owned(), folder.path().join("nowhere.toml")];
        let faults = Glossary::load(&paths).unwrap_err().to_string();
        for part in ["a.toml:2: ", "b.toml:2: ", "nowhere.toml: No such file"] {
            assert!(faults.contains(part), "{part}: {faults}");
        }
    }
}
