//! Spelling mistakes, corrected against the words of the releases and of the glossary.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, bail};
use symspell::{SymSpell, SymSpellBuilder, UnicodeStringStrategy, Verbosity};

use crate::files;

/// A list of folded words, perhaps with how common each is in general: those of `config/words.txt` and `config/places.txt`.
///
/// There may be so many of them that they stay the text they are read as.
#[derive(Debug, Clone, Default)]
pub struct WordList {
    text: String,
    /// Where each word's line lies in the text, in the order of the words.
    lines: Vec<Range<u32>>,
}

impl WordList {
    /// Reads a list of folded words, one a line, each with its frequency on the Zipf scale if that is known (the decimal
    /// logarithm of how often it stands among a thousand million words); lines that begin with `#` are remarks.
    ///
    /// # Errors
    ///
    /// When the file can't be read or holds a frequency that is no number.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let text = files::read_text(path).with_context(|| format!("could not read the list of words {name}"))?;
        Self::parse(text).with_context(|| format!("the list of words {name} is not right"))
    }

    fn parse(text: String) -> anyhow::Result<Self> {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let written = line.trim();
            if !written.is_empty() && !written.starts_with('#') {
                let indent = line.len() - line.trim_start().len();
                if word_and_frequency(written).is_none() {
                    bail!("the line `{written}` is no word and its frequency, such as `water 5.4`");
                }
                lines.push(u32::try_from(start + indent)?..u32::try_from(start + indent + written.len())?);
            }
            start += line.len();
        }
        let word = |line: &Range<u32>| &text[line.start as usize..line.end as usize];
        lines.sort_by(|a, b| first_word(word(a)).cmp(first_word(word(b))));
        Ok(Self { text, lines })
    }

    /// Returns how common a folded word is, on the Zipf scale, if it is among them: 7 for “the”, 0 where that isn't known.
    pub(super) fn frequency(&self, folded: &str) -> Option<f32> {
        let line = |line: &Range<u32>| &self.text[line.start as usize..line.end as usize];
        let found = self.lines.binary_search_by(|other| first_word(line(other)).cmp(folded)).ok()?;
        Some(word_and_frequency(line(&self.lines[found]))?.1)
    }

    /// Tells whether a folded word is among them.
    pub(super) fn contains(&self, folded: &str) -> bool {
        self.frequency(folded).is_some()
    }
}

fn first_word(line: &str) -> &str {
    line.split(' ').next().unwrap_or(line)
}

/// Reads a line such as `water 5.4` or `sputum`; `None` when it is neither.
fn word_and_frequency(line: &str) -> Option<(&str, f32)> {
    match line.split_once(' ') {
        Some((word, frequency)) => {
            Some((word, frequency.parse().ok().filter(|frequency: &f32| frequency.is_finite())?))
        }
        None => Some((line, 0.0)),
    }
}

/// Words of fewer letters are as often right as wrong: too many words of the releases are one letter away.
const SHORTEST_WORD: usize = 4;
/// From this length on, two letters may be wrong.
const LONG_WORD: usize = 8;

/// Finds the word that a person meant.
pub(super) struct Speller {
    words: HashMap<String, usize>,
    by_sound: HashMap<String, Vec<String>>,
    distances: SymSpell<UnicodeStringStrategy>,
}

impl std::fmt::Debug for Speller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Speller").field("n_words", &self.words.len()).finish_non_exhaustive()
    }
}

impl Speller {
    /// Takes folded words with how often the releases have them: those that only the glossary has, never.
    pub(super) fn new(words: HashMap<String, usize>) -> Self {
        let mut distances: SymSpell<UnicodeStringStrategy> =
            SymSpellBuilder::default().build().expect("the builder's own defaults are valid");
        let mut by_sound: HashMap<String, Vec<String>> = HashMap::new();
        for (word, count) in &words {
            if word.chars().all(char::is_alphabetic) && word.chars().count() + 1 >= SHORTEST_WORD {
                distances.load_dictionary_line(&format!("{word} {}", count.max(&1)), 0, 1, " ");
                by_sound.entry(sound(word)).or_default().push(word.clone());
            }
        }
        for alike in by_sound.values_mut() {
            alike.sort();
        }
        Self { words, by_sound, distances }
    }

    /// Tells whether the releases or the glossary have a folded word.
    pub(super) fn knows(&self, folded: &str) -> bool {
        self.words.contains_key(folded)
    }

    /// Tells whether the releases have a folded word.
    pub(super) fn is_said(&self, folded: &str) -> bool {
        self.words.get(folded).is_some_and(|count| *count > 0)
    }

    /// Returns the known word that an unknown one is most likely a slip of: one that sounds the same, else the nearest
    /// within one letter, or two in a long word; of equally near ones one with the same first and last letter, then the more
    /// frequent.
    pub(super) fn correct(&self, folded: &str) -> Option<&str> {
        let length = folded.chars().count();
        if length < SHORTEST_WORD || !folded.chars().all(char::is_alphabetic) {
            return None;
        }
        let alike = |folded: &str| self.by_sound.get(&sound(folded));
        // Most words are known in the singular.
        let alike = alike(folded).or_else(|| alike(folded.strip_suffix('s')?)).into_iter().flatten();
        if let Some(word) = alike.max_by_key(|word| self.words[word.as_str()]) {
            return Some(word);
        }
        let farthest = if length >= LONG_WORD { 2 } else { 1 };
        self.nearest(folded, farthest)
    }

    /// Returns the word of the releases that a right word of another language is spelt like: `protocolo`, *protocol*.
    pub(super) fn cognate(&self, folded: &str) -> Option<&str> {
        if folded.chars().count() < LONG_WORD - 1 {
            return None;
        }
        let start: String = folded.chars().take(3).collect();
        self.nearest(folded, 2).filter(|word| word.starts_with(&start))
    }

    fn nearest(&self, folded: &str, farthest: i64) -> Option<&str> {
        let suggestions = self.distances.lookup(folded, Verbosity::Closest, farthest);
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

/// Returns how a folded word sounds to a Spanish ear: `víctima` and `bictima`, `explotación` and `esplotasion` are one.
fn sound(folded: &str) -> String {
    let letters: Vec<char> = folded.chars().collect();
    let mut sound = String::with_capacity(folded.len());
    let mut at = 0;
    while at < letters.len() {
        let next = letters.get(at + 1).copied();
        let front = matches!(next, Some('e' | 'i' | 'y'));
        let (heard, used) = match letters[at] {
            'v' => ("b", 1),
            'z' => ("s", 1),
            'c' if front => ("s", 1),
            'c' if next == Some('h') => ("ch", 2),
            'c' => ("k", 1),
            'q' if next == Some('u') => ("k", 2),
            'q' => ("k", 1),
            'g' if front => ("j", 1),
            'g' if next == Some('u') && matches!(letters.get(at + 2), Some('e' | 'i')) => ("g", 2),
            'h' => ("", 1),
            'l' if next == Some('l') => ("y", 2),
            'x' => ("s", 1),
            'p' if next == Some('h') => ("f", 2),
            letter => {
                let is_repeat = at > 0 && letters[at - 1] == letter && letter != 'r';
                if !is_repeat {
                    sound.push(letter);
                }
                ("", 1)
            }
        };
        let is_repeat = !heard.is_empty() && sound.ends_with(heard);
        if !is_repeat {
            sound.push_str(heard);
        }
        at += used;
    }
    sound
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
            "mujeres",
            "child",
            "cases",
            "worldwide",
        ];
        Speller::new(words.iter().map(|word| ((*word).to_owned(), 1)).collect())
    }

    #[test]
    fn slips_of_thumb_and_ear_are_corrected() {
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
    fn common_words_are_found_with_how_common_they_are() {
        let words = WordList::parse("# remark\nzebra 3.1\n\n  sputum\r\nthe 7.7".to_owned()).expect("right");
        assert_eq!(words.frequency("zebra"), Some(3.1));
        assert_eq!(words.frequency("the"), Some(7.7));
        assert_eq!(words.frequency("sputum"), Some(0.0));
        assert_eq!(words.frequency("remark"), None);
        let error = WordList::parse("zebra often".to_owned()).expect_err("that is no frequency");
        assert!(error.to_string().contains("zebra often"), "{error}");
    }

    #[test]
    fn short_and_far_words_stay() {
        let speller = speller();
        for typed in ["cas", "polio", "xyzzy", "2017", "", "ñandú"] {
            assert_eq!(speller.correct(typed), None, "{typed}");
        }
    }
}
