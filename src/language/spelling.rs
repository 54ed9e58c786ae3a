//! Words written otherwise than they are read: hashtags, and endings that stand for any gender.

use super::file::LanguageFile;
use super::{Language, Languages};

/// Minimum length of a word of which another one may be the diminutive.
const MIN_BASE_LEN: usize = 4;

impl Languages {
    /// Writes out what stands for words: `#TrataDePersonas`, `niñ@s`, `lxs niñxs`; other words stay as they are.
    #[must_use]
    pub fn written_out(&self, text: &str) -> String {
        text.split_inclusive(char::is_whitespace).map(|part| self.part_written_out(part)).collect()
    }

    /// Returns what a folded word of a text in a language may be the diminutive of, be it a word or none: `arbolo`, `arbol` and so on of
    /// `arbolito`.
    pub(crate) fn bases_of_diminutive(&self, folded: &str, language: Option<Language>) -> Vec<String> {
        let is_read = |file: &&LanguageFile| language.is_none_or(|language| file.language == language);
        let rules = self.files.iter().filter(is_read).flat_map(|file| &file.diminutives);
        let roots = rules.filter_map(|rule| Some((rule, rule.root(folded)?)));
        let bases = roots.flat_map(|(rule, root)| {
            rule.add.iter().map(String::as_str).chain([""]).map(move |ending| format!("{root}{ending}"))
        });
        bases.filter(|base| base.chars().count() >= MIN_BASE_LEN).collect()
    }

    fn part_written_out(&self, part: &str) -> String {
        let is_of_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '@' | '#' | '\'' | '’');
        let word = part.trim_matches(|letter: char| !is_of_word(letter));
        if let Some(tag) = word.strip_prefix('#').filter(|tag| tag.chars().all(char::is_alphanumeric)) {
            return part.replacen(word, &words_of_tag(tag), 1);
        }
        let spellings = self.files.iter().filter(|file| file.is_usual).flat_map(|file| &file.spellings);
        let mut read = spellings.filter_map(|rule| Some(format!("{}{}", rule.root(word)?, rule.add.first()?)));
        read.next().map_or_else(|| part.to_owned(), |read| part.replacen(word, &read, 1))
    }
}

/// Returns a tag with a space before each capital behind a small letter.
fn words_of_tag(tag: &str) -> String {
    let mut words = String::with_capacity(tag.len() + 4);
    for letter in tag.chars() {
        if letter.is_uppercase() && words.ends_with(char::is_lowercase) {
            words.push(' ');
        }
        words.push(letter);
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::language::shipped;

    #[test]
    fn diminutives_are_read_in_their_language() {
        let languages = shipped();
        for (typed, code, expected) in [
            ("arbolitos", "es", "arbol"),
            ("papelito", "es", "papelo"),
            ("camioncito", "es", "camion"),
            ("cafezinho", "pt", "cafe"),
        ] {
            let bases = languages.bases_of_diminutive(typed, super::Language::from_code(code));
            assert!(bases.iter().any(|base| base == expected), "{typed}: {bases:?}");
        }
        assert!(languages.bases_of_diminutive("burrito", super::Language::from_code("en")).is_empty());
        assert!(languages.bases_of_diminutive("arbol", None).is_empty());
        assert!(languages.bases_of_diminutive("exito", None).is_empty());
    }

    #[test]
    fn tags_and_endings_are_written_out() {
        let languages = shipped();
        for (typed, expected) in [
            ("#TrataDePersonas", "Trata De Personas"),
            ("¿y #Migración?", "¿y Migración?"),
            ("niñ@s migrantes", "niños migrantes"),
            ("¿lxs niñxs?", "¿los niños?"),
            ("l@s hij@s", "los hijos"),
            ("press@example.org @IOM", "press@example.org @IOM"),
            ("taxis, boxes and Marx's linx", "taxis, boxes and Marx's linx"),
            ("#1", "1"),
        ] {
            assert_eq!(languages.written_out(typed), expected);
        }
    }
}
