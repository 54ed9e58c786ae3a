//! Operator's glossary: words that mean the same to the person who asks.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::files;
use crate::language::Language;

/// Groups of words and phrases that are joined, read from `config/glossary.toml`.
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
    join: Vec<Vec<String>>,
    #[serde(default)]
    verbs: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    apart: Vec<String>,
}

impl Glossary {
    /// Reads a glossary.
    ///
    /// # Errors
    ///
    /// When the file can't be read, isn't the TOML it should be, joins a word with nothing, names a verb that stands in no line, or
    /// verbs of no language.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = files::read_text(path).with_context(|| format!("could not read the glossary {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("the glossary {} is not right", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: GlossaryFile = toml::from_str(text)?;
        for group in &file.join {
            if group.len() < 2 || group.iter().any(|word| word.trim().is_empty()) {
                bail!("the line {group:?} must join at least two words, none of them blank");
            }
        }
        if let Some(verb) =
            file.verbs.values().flatten().find(|verb| !file.join.iter().flatten().any(|word| word == *verb))
        {
            bail!("the verb `{verb}` stands in no line; write it there as it is written among the verbs");
        }
        let mut verbs = BTreeMap::new();
        for (code, list) in file.verbs {
            let Some(language) = Language::from_code(&code) else {
                bail!("`verbs.{code}` must name a language by two letters, such as verbs.es");
            };
            verbs.insert(language, list);
        }
        Ok(Self { groups: file.join, verbs, apart: file.apart })
    }

    /// Returns the language that an entry is a verb of.
    pub(crate) fn language_of_verb(&self, entry: &String) -> Option<Language> {
        self.verbs.iter().find(|(_, verbs)| verbs.contains(entry)).map(|(language, _)| *language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faulty_lines_are_named() {
        let error = Glossary::parse(r#"join = [["TB"]]"#).expect_err("one word joins nothing");
        assert!(error.to_string().contains("TB"), "{error}");
        assert!(Glossary::parse("joint = []").is_err());
        let stray = "join = [['pay', 'pagar']]\nverbs.es = ['pagar', 'cobrar']";
        let error = Glossary::parse(stray).expect_err("one verb is joined with nothing");
        assert!(error.to_string().contains("cobrar"), "{error}");
    }
}
