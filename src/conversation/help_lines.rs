//! Help lines that a reply to a cry for help names, as the operator of the bot wrote them down.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::files;
use crate::language::Language;

/// A help line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HelpLine {
    pub(super) name: String,
    pub(super) number: String,
    pub(super) country: Option<String>,
    /// Language of the replies that name it; all where there is none.
    language: Option<Language>,
}

/// The help lines of a file.
#[derive(Debug, Clone, Default)]
pub struct HelpLines(Vec<HelpLine>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    line: Vec<HelpLineEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HelpLineEntry {
    name: String,
    number: String,
    country: Option<String>,
    language: Option<String>,
}

impl HelpLines {
    /// Reads a TOML file of `[[line]]` entries.
    ///
    /// # Errors
    ///
    /// When the file can't be read or is of another shape, a name or number is blank, or a language unknown.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let text = files::read_text(path).with_context(|| format!("could not read the help lines {name}"))?;
        let file: File = toml::from_str(&text).with_context(|| format!("the help lines {name} are not right"))?;
        let mut lines = Vec::new();
        for HelpLineEntry { name: of_line, number, country, language: code } in file.line {
            if of_line.trim().is_empty() || number.trim().is_empty() {
                bail!("the help lines {name} have one without a name or number");
            }
            let language = code.as_deref().map(|code| {
                let language = Language::from_code(code);
                language.with_context(|| {
                    format!("the help lines {name} name a language `{code}`; two letters are expected")
                })
            });
            lines.push(HelpLine { name: of_line, number, country, language: language.transpose()? });
        }
        Ok(Self(lines))
    }

    /// Returns the lines that a reply in a language names.
    pub(super) fn in_language(&self, language: Language) -> impl Iterator<Item = &HelpLine> {
        self.0.iter().filter(move |line| line.language.is_none_or(|own| own == language))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn load(text: &str) -> anyhow::Result<HelpLines> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("help_lines.toml");
        fs::write(&path, text).unwrap();
        HelpLines::load(&path)
    }

    #[test]
    fn lines_are_named_in_replies_of_their_language() {
        let lines =
            load("[[line]]\nname = \"A\"\nnumber = \"1\"\nlanguage = \"es\"\n[[line]]\nname = \"B\"\nnumber = \"2\"");
        let names =
            |language| lines.as_ref().unwrap().in_language(language).map(|line| line.name.as_str()).collect::<Vec<_>>();
        assert_eq!((names(Language::SPANISH), names(Language::ENGLISH)), (vec!["A", "B"], vec!["B"]));
    }

    #[test]
    fn wrong_lines_are_faults() {
        for wrong in [
            "[[line]]\nname = \"A\"",
            "[[line]]\nname = \"A\"\nnumber = \" \"",
            "[[lines]]",
            "[[line]]\nname = \"A\"\nnumber = \"1\"\nlanguage = \"spanish\"",
        ] {
            assert!(load(wrong).is_err(), "{wrong}");
        }
    }
}
