//! Examples of each intent, read from `config/intents/`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error, StrDeserializer};

use super::weights::FILE_NAME;
use super::{Intent, plain};
use crate::files;
use crate::language::Language;

/// Messages of each intent, as people write them.
#[derive(Debug, Clone, Default)]
pub struct Examples(Vec<IntentExample>);

/// A message whose intent is known.
#[derive(Debug, Clone)]
pub(super) struct IntentExample {
    pub(super) intent: Intent,
    pub(super) language: Language,
    pub(super) text: String,
}

impl Examples {
    /// Reads every `<intent>.toml` of a folder: a list of messages for each language, by its two-letter code.
    ///
    /// # Errors
    ///
    /// All faults of all files at once: a file that is named after no intent or of another shape, an unknown language, a blank
    /// message; also a folder without examples of questions, with which everything would be taken for something else.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        let name = folder.display();
        let entries = std::fs::read_dir(folder).with_context(|| format!("could not read the intents folder {name}"))?;
        let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files
            .retain(|file| file.extension().is_some_and(|extension| extension == "toml") && !file.ends_with(FILE_NAME));
        files.sort();
        let (mut examples, mut faults) = (Self::default(), Vec::new());
        for file in files {
            if let Err(fault) = examples.read(&file) {
                faults.push(format!("{}: {fault:#}", file.display()));
            }
        }
        if faults.is_empty() && !examples.0.iter().any(|example| example.intent == Intent::Question) {
            faults.push(format!("{name} has no examples of questions; write some into question.toml"));
        }
        if !faults.is_empty() {
            bail!("{}", faults.join("\n"));
        }
        Ok(examples)
    }

    fn read(&mut self, file: &Path) -> anyhow::Result<()> {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let Ok(intent) = Intent::deserialize(deserializer(stem)) else {
            bail!("there is no such intent; the file must be called after one, such as greeting.toml");
        };
        let lists: BTreeMap<String, Vec<String>> = toml::from_str(&files::read_text(file)?)?;
        for (code, list) in lists {
            let Some(language) = Language::from_code(&code) else {
                bail!("there is no language `{code}`; two letters are expected");
            };
            for text in list {
                if text.trim().is_empty() {
                    bail!("an example of `{code}` is blank");
                }
                self.0.push(IntentExample { intent, language, text });
            }
        }
        Ok(())
    }

    /// Returns the texts whose embeddings are compared, in the order of the examples.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(|example| plain(&example.text)).collect()
    }

    pub(super) fn list(&self) -> &[IntentExample] {
        &self.0
    }
}

fn deserializer(text: &str) -> StrDeserializer<'_, Error> {
    text.into_deserializer()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn faults_of_all_files_are_reported_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("greting.toml", "en = [\"hi\"]"),
            ("thanks.toml", "english = [\"thanks\"]"),
            ("goodbye.toml", "en = [\" \"]"),
            ("danger.toml", "en = \"help\""),
            (FILE_NAME, "anything"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let faults = Examples::load(folder.path()).unwrap_err().to_string();
        for part in ["greting.toml: there is no such intent", "`english`", "goodbye.toml: an example", "danger.toml"] {
            assert!(faults.contains(part), "{part}: {faults}");
        }
    }

    #[test]
    fn questions_must_have_examples() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("greeting.toml"), "en = [\"hi\"]").unwrap();
        assert!(Examples::load(folder.path()).unwrap_err().to_string().contains("question.toml"));
    }
}
