//! Correction of spelling mistakes against the words of the releases and of the glossary.

use std::collections::HashMap;
use std::sync::Arc;

use symspell::{SymSpell, SymSpellBuilder, UnicodeStringStrategy, Verbosity};

use crate::language::{Language, Languages};

/// Minimum length of a word that is corrected: shorter ones are as often right as wrong, because too many words of the
/// releases are one letter away.
const MIN_LEN: usize = 4;
/// Minimum length of a stem by whose sound another form of a word is known.
const MIN_STEM_LEN: usize = 5;
/// Minimum length of a word in which two letters may be wrong.
const LONG_LEN: usize = 8;

/// Returns how many letters of a word may be wrong; `None` for one that is not corrected.
pub(super) fn max_distance(folded: &str) -> Option<usize> {
    let length = folded.chars().count();
    let is_corrected = length >= MIN_LEN && folded.chars().all(char::is_alphabetic);
    is_corrected.then_some(if length >= LONG_LEN { 2 } else { 1 })
}

/// Speller over the words of the releases and of the glossary.
pub(crate) struct Speller {
    languages: Arc<Languages>,
    words: HashMap<String, usize>,
    by_sound: HashMap<String, Vec<String>>,
    /// From the sound of a stem in a language of the releases to its most frequent word.
    by_stem: HashMap<String, String>,
    of_releases: Vec<Language>,
    distances: SymSpell<UnicodeStringStrategy>,
}

impl std::fmt::Debug for Speller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Speller").field("n_words", &self.words.len()).finish_non_exhaustive()
    }
}

impl Speller {
    /// Takes folded words with how often the releases have them, those that only the glossary has, never; and the languages of the
    /// releases.
    pub(crate) fn new(words: HashMap<String, usize>, languages: Arc<Languages>, of_releases: Vec<Language>) -> Self {
        let mut distances: SymSpell<UnicodeStringStrategy> =
            SymSpellBuilder::default().build().expect("the builder's own defaults are valid");
        let mut by_sound: HashMap<String, Vec<String>> = HashMap::new();
        for (word, count) in &words {
            if word.chars().all(char::is_alphabetic) && word.chars().count() + 1 >= MIN_LEN {
                distances.load_dictionary_line(&format!("{word} {}", count.max(&1)), 0, 1, " ");
                by_sound.entry(languages.sound(word)).or_default().push(word.clone());
            }
        }
        for alike in by_sound.values_mut() {
            alike.sort();
        }
        let mut speller = Self { languages, words, by_sound, by_stem: HashMap::new(), of_releases, distances };
        let mut by_count: Vec<(&String, &usize)> = speller.words.iter().collect();
        by_count.sort_by_key(|(word, count)| (std::cmp::Reverse(**count), *word));
        let mut by_stem = HashMap::new();
        for (word, _) in by_count {
            for sound in speller.sounds_of_stems(word) {
                by_stem.entry(sound).or_insert_with(|| word.clone());
            }
        }
        speller.by_stem = by_stem;
        speller
    }

    /// Returns how the stems of a folded word sound that are long enough to tell it, in the languages of the releases.
    fn sounds_of_stems(&self, folded: &str) -> Vec<String> {
        let stems = self.of_releases.iter().map(|language| self.languages.stem(folded, *language));
        stems.filter(|stem| stem.chars().count() >= MIN_STEM_LEN).map(|stem| self.languages.sound(&stem)).collect()
    }

    /// Tells whether the releases or the glossary have a folded word.
    pub(crate) fn knows(&self, folded: &str) -> bool {
        self.words.contains_key(folded)
    }

    /// Tells whether the releases have a folded word.
    pub(crate) fn is_in_releases(&self, folded: &str) -> bool {
        self.words.get(folded).is_some_and(|count| *count > 0)
    }

    /// Returns the known word that an unknown one is most likely a slip of: one that sounds the same, else the nearest
    /// within one letter, or two in a long word; of equally near ones one with the same first and last letter, then the more
    /// frequent.
    pub(crate) fn correct(&self, folded: &str) -> Option<&str> {
        max_distance(folded)?;
        let alike = |folded: &str| self.by_sound.get(&self.languages.sound(folded));
        // Most words are known in the singular.
        let alike = alike(folded).or_else(|| alike(folded.strip_suffix('s')?)).into_iter().flatten();
        if let Some(word) = alike.max_by_key(|word| self.words[word.as_str()]) {
            return Some(word);
        }
        self.nearest(folded, max_distance(folded)?)
    }

    /// Returns the most frequent known word of which an unknown one is another form, if it is written as it sounds: `pabimentaron`, where
    /// there is *pavimentación*.
    pub(crate) fn in_another_form(&self, folded: &str) -> Option<&str> {
        self.sounds_of_stems(folded).iter().find_map(|sound| self.by_stem.get(sound)).map(String::as_str)
    }

    /// Returns the word of the releases that a right word of another language is spelt like: `protocolo`, *protocol*.
    pub(crate) fn cognate(&self, folded: &str) -> Option<&str> {
        if folded.chars().count() < LONG_LEN - 1 {
            return None;
        }
        let start: String = folded.chars().take(3).collect();
        self.nearest(folded, 2).filter(|word| word.starts_with(&start))
    }

    fn nearest(&self, folded: &str, max_distance: usize) -> Option<&str> {
        let suggestions = self.distances.lookup(folded, Verbosity::Closest, i64::try_from(max_distance).unwrap_or(1));
        let best = suggestions.into_iter().max_by(|a, b| {
            let same_start = |term: &str| term.chars().next() == folded.chars().next();
            // A letter is left out more often in the middle than at the end: “mayr” is no May.
            let same_end = |term: &str| term.chars().next_back() == folded.chars().next_back();
            let likely = |term: &str| (same_start(term), same_end(term));
            (likely(&a.term), a.count, &b.term).cmp(&(likely(&b.term), b.count, &a.term))
        })?;
        self.words.get_key_value(best.term.as_str()).map(|(word, _)| word.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speller() -> Speller {
        let words = [
            "tuberculosis",
            "mayor",
            "office",
            "victimas",
            "explotacion",
            "congreso",
            "pavimentacion",
            "mujeres",
            "child",
            "cases",
            "worldwide",
        ];
        let words = words.iter().map(|word| ((*word).to_owned(), 1)).collect();
        let spanish = Language::from_code("es").into_iter().collect();
        Speller::new(words, Arc::new(crate::language::shipped()), spanish)
    }

    #[test]
    fn slips_are_corrected_by_sound_and_letter() {
        let speller = speller();
        for (typed, meant) in [
            ("tuberclosis", "tuberculosis"),
            ("mayr", "mayor"),
            ("ofice", "office"),
            ("bictimas", "victimas"),
            ("kongresos", "congreso"),
            ("esplotasion", "explotacion"),
            ("kongreso", "congreso"),
            ("mugeres", "mujeres"),
            ("wrldwide", "worldwide"),
        ] {
            assert_eq!(speller.correct(typed), Some(meant), "{typed}");
        }
    }

    #[test]
    fn another_form_is_known_by_the_sound_of_its_stem() {
        let speller = speller();
        assert_eq!(speller.in_another_form("pabimentaron"), Some("pavimentacion"));
        assert_eq!(speller.in_another_form("pavo"), None);
    }

    #[test]
    fn short_and_far_words_stay() {
        let speller = speller();
        for typed in ["cas", "polio", "xyzzy", "2017", "", "ñandú"] {
            assert_eq!(speller.correct(typed), None, "{typed}");
        }
    }
}
