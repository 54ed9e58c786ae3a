//! Words of the releases, each once.

use std::collections::HashMap;

use super::terms::Numbers;
use crate::search::text::analyzer::TopicWord;

/// Least number of letters of a word: shorter ones are mostly small words of some language.
const MIN_WORD_LEN: usize = 3;

/// The words of titles and paragraphs that are no small ones and no numbers.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// Numbers of the folded words.
    numbers: Numbers,
    /// The words in small letters, as they are first written, by their numbers.
    words: Vec<String>,
    /// From a stem to the first word that has it.
    of_stems: HashMap<String, u32>,
}

impl Vocabulary {
    /// Adds a word of a text with its stem; returns its number, `None` for what is no word.
    pub(super) fn add(&mut self, word: &TopicWord<'_>, text: &str, stem: impl Fn(&str) -> String) -> Option<u32> {
        let is_word = word.folded.chars().all(char::is_alphabetic) && word.folded.chars().count() >= MIN_WORD_LEN;
        let number = is_word.then(|| self.numbers.add(&word.folded))?;
        if number as usize == self.words.len() {
            self.words.push(text[word.range.clone()].to_lowercase());
            self.of_stems.entry(stem(&word.folded)).or_insert(number);
        }
        Some(number)
    }

    /// Returns the words, by their numbers.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// Returns the number of a folded word, or of the first one that has one of its stems.
    pub(super) fn number_of(&self, folded: &str, stems: &[String]) -> Option<u32> {
        let of_stem = || stems.iter().find_map(|stem| self.of_stems.get(stem).copied());
        self.numbers.get(folded).or_else(of_stem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::text::analyzer::topic_words;
    use crate::text::Words;

    #[test]
    fn words_are_numbered_once_and_known_by_their_stems() {
        let languages = crate::language::shipped();
        let words = Words::of("The Autobuses, los autobuses y un Río de 12 km");
        let mut vocabulary = Vocabulary::default();
        let stem = |folded: &str| folded.trim_end_matches("es").to_owned();
        let numbers: Vec<u32> = topic_words(&words, languages.lexicon(None))
            .filter_map(|word| vocabulary.add(&word, words.text(), stem))
            .collect();
        assert_eq!((numbers, vocabulary.words()), (vec![0, 0, 1], &["autobuses".to_owned(), "río".to_owned()][..]));
        assert_eq!(vocabulary.number_of("rio", &[]), Some(1));
        assert_eq!(vocabulary.number_of("autobus", &["autobus".to_owned()]), Some(0));
        assert_eq!(vocabulary.number_of("tren", &["tren".to_owned()]), None);
    }
}
