//! Lists of folded words: those of `config/words.txt` and `config/places.txt`.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::files;

/// A list of folded words, perhaps with how common each is in general.
///
/// There may be so many of them that they stay the text they are read as.
#[derive(Debug, Clone, Default)]
pub struct WordList {
    text: String,
    /// Position of each word's line in the text, in the order of the words.
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
        let word = |line: &Range<u32>| first_word(&text[line.start as usize..line.end as usize]);
        lines.sort_by(|a, b| word(a).cmp(word(b)));
        Ok(Self { text, lines })
    }

    /// Returns how common a folded word is, on the Zipf scale, if it is in the list: 7 for “the”, 0 where that isn't known.
    pub(crate) fn frequency(&self, folded: &str) -> Option<f32> {
        let line = |line: &Range<u32>| &self.text[line.start as usize..line.end as usize];
        let found = self.lines.binary_search_by(|other| first_word(line(other)).cmp(folded)).ok()?;
        Some(word_and_frequency(line(&self.lines[found]))?.1)
    }

    /// Returns the word of the list that another one is most likely a slip of, with the distance: the nearest that begins with the
    /// same letter and differs by at most `max_distance` letters; of equally near ones the more common.
    pub(crate) fn nearest(&self, folded: &str, max_distance: usize) -> Option<(&str, usize)> {
        let first = folded.chars().next()?;
        let word = |line: &Range<u32>| first_word(&self.text[line.start as usize..line.end as usize]);
        let start = self.lines.partition_point(|line| word(line).chars().next() < Some(first));
        let alike = self.lines[start..].iter().map(word).take_while(|word| word.starts_with(first));
        let near = alike.filter(|word| word.len().abs_diff(folded.len()) <= max_distance);
        let near = near.map(|word| (word, strsim::osa_distance(word, folded)));
        near.filter(|(_, distance)| *distance <= max_distance).min_by(|(a, a_distance), (b, b_distance)| {
            let frequency = |word: &str| self.frequency(word).unwrap_or(0.0);
            a_distance.cmp(b_distance).then_with(|| frequency(b).total_cmp(&frequency(a)))
        })
    }

    /// Returns the words that begin with some letters.
    pub(crate) fn beginning_with(&self, letters: &str) -> impl Iterator<Item = &str> {
        let word = |line: &Range<u32>| first_word(&self.text[line.start as usize..line.end as usize]);
        let start = self.lines.partition_point(|line| word(line) < letters);
        self.lines[start..].iter().map(word).take_while(move |word| word.starts_with(letters))
    }

    /// Tells whether a folded word is in the list.
    pub(crate) fn contains(&self, folded: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_frequencies_are_read() {
        let words = WordList::parse("# remark\nzebra 3.1\n\n  sputum\r\nthe 7.7".to_owned()).expect("right");
        assert_eq!(words.frequency("zebra"), Some(3.1));
        assert_eq!(words.frequency("the"), Some(7.7));
        assert_eq!(words.frequency("sputum"), Some(0.0));
        assert_eq!(words.frequency("remark"), None);
        assert_eq!(words.nearest("zebar", 1), Some(("zebra", 1)));
        assert_eq!(words.nearest("teh", 1), Some(("the", 1)));
        assert_eq!(words.nearest("hte", 1), None, "the first letter is seldom wrong");
        assert_eq!(words.beginning_with("sp").collect::<Vec<_>>(), ["sputum"]);
        let error = WordList::parse("zebra often".to_owned()).expect_err("that is no frequency");
        assert!(error.to_string().contains("zebra often"), "{error}");
    }
}
