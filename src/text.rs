//! Text as people type it: words with their position, folding, sentences.

mod addresses;

use std::borrow::Cow;
use std::ops::{Deref, Range};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

pub(crate) use self::addresses::{is_mail_address, is_phone_number, without_extension};

/// A text split into words and folded, once for everything that looks at its words; a slice of [`Word`]s in order.
///
/// Words follow the rules of Unicode (UAX 29): letters and digits, with the apostrophes and decimal signs inside them. A run
/// of letters joined by underscores or full stops to others is cut there, so that `e.g.x` or `a_b` are words apart; capitals with full stops between them, as in `P.N.C.`, are one.
#[derive(Debug, Clone, Default)]
pub struct Words<'a> {
    text: Cow<'a, str>,
    words: Vec<Word>,
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Position in the text, in bytes.
    pub range: Range<usize>,
    /// The form that is compared (see [`fold`]).
    pub folded: String,
}

impl<'a> Words<'a> {
    /// Splits and folds a text.
    #[must_use]
    pub fn of(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let words = ranges(&text).map(|range| Word { folded: folded(&text[range.clone()]), range }).collect();
        Self { text, words }
    }

    /// Returns the whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns a word as it is written.
    #[must_use]
    pub fn written(&self, at: usize) -> &str {
        &self.text[self.words[at].range.clone()]
    }

    /// Tells whether a word begins with a capital letter.
    #[must_use]
    pub fn is_capitalised(&self, at: usize) -> bool {
        self.written(at).starts_with(char::is_uppercase)
    }

    /// Returns the text in front of a word.
    #[must_use]
    pub fn before(&self, at: usize) -> &str {
        &self.text[..self.words[at].range.start]
    }

    /// Tells whether a word begins a sentence, a quotation or what a colon announces, so that a capital there says nothing.
    #[must_use]
    pub fn begins_sentence(&self, at: usize) -> bool {
        let before = self.before(at).trim_end();
        before.is_empty() || before.ends_with(['.', '?', '!', '¿', '¡', ':', '"', '“', '«'])
    }

    /// Returns the text behind a word.
    #[must_use]
    pub fn behind(&self, at: usize) -> &str {
        &self.text[self.words[at].range.end..]
    }

    /// Returns what stands between a word, which is not the first, and the word before.
    #[must_use]
    pub fn gap_before(&self, at: usize) -> &str {
        &self.text[self.words[at - 1].range.end..self.words[at].range.start]
    }

    /// Returns the folded words, in order.
    pub fn folded(&self) -> impl Iterator<Item = &str> + Clone {
        self.words.iter().map(|word| word.folded.as_str())
    }
}

impl Deref for Words<'_> {
    type Target = [Word];

    fn deref(&self) -> &[Word] {
        &self.words
    }
}

/// Returns the positions of the words of a text.
fn ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.unicode_word_indices().flat_map(|(start, word)| {
        let is_whole = word.starts_with(char::is_numeric) || is_dotted_acronym(word);
        let is_digit = |letter: Option<char>| letter.is_some_and(char::is_numeric);
        // A full stop between two digits is that of a number, as in `WHA70.15`.
        let is_cut = |(at, sign): (usize, &str)| {
            let (before, behind) = (word[..at].chars().next_back(), word[at + sign.len()..].chars().next());
            (!(is_whole || sign == "." && is_digit(before) && is_digit(behind))).then_some(start + at)
        };
        let cuts: Vec<usize> = word.match_indices(['.', '_', ':']).filter_map(is_cut).collect();
        let starts = std::iter::once(start).chain(cuts.clone().into_iter().map(|cut| cut + 1));
        let ends = cuts.into_iter().chain([start + word.len()]);
        starts.zip(ends).map(|(from, to)| from..to).filter(|range| !range.is_empty()).collect::<Vec<_>>()
    })
}

/// Tells whether a word is capitals with full stops between them: `P.N.C`.
fn is_dotted_acronym(word: &str) -> bool {
    word.contains('.') && word.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_uppercase))
}

/// Returns the form in which a word is compared: an acronym has it without its full stops.
fn folded(word: &str) -> String {
    if is_dotted_acronym(word) { fold(&word.replace('.', "")) } else { fold(word) }
}

/// Returns the text without case, accents and typographic differences: what is compared, never what is shown.
///
/// NFKD, marks dropped, lower case; curly and acute apostrophes become `'`.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            '’' | '‘' | '´' | 'ʼ' => '\'',
            other => other,
        })
        .collect()
}

/// Returns the number, from 1, of the line in which a byte stands.
#[must_use]
pub fn line_number(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// Tells whether a word as it is written may be an acronym: it has two capitals or more, as “UNDP” and “PhD” have.
#[must_use]
pub fn is_acronym(written: &str) -> bool {
    written.chars().filter(|letter| letter.is_uppercase()).count() > 1
}

/// Returns the text with every run of white space as one space, none at the ends.
#[must_use]
pub fn normalise_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the byte ranges of the sentences of a paragraph, in order, without the white space between them. Each line, as an item of a
/// list has, ends one.
///
/// No sentence begins with a dash but the first of a line: behind a dateline (“Tepic, 3 May 2021.– The town hall …”) it goes on. A full
/// stop that no space follows ends none: “N.º 12”.
#[must_use]
pub fn sentences(language: &str, text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        all.extend(sentences_of_line(language, line).into_iter().map(|range| begin + range.start..begin + range.end));
        begin += line.len();
    }
    all
}

fn sentences_of_line(language: &str, text: &str) -> Vec<Range<usize>> {
    let mut sentences: Vec<Range<usize>> = Vec::new();
    for boundary in sentencex::get_sentence_boundaries(language, text) {
        let Some(sentence) = text.get(boundary.start_byte..boundary.end_byte) else { continue };
        let start = boundary.start_byte + (sentence.len() - sentence.trim_start().len());
        let end = start + sentence.trim().len();
        match sentences.last_mut() {
            Some(before)
                if sentence.trim_start().starts_with(['-', '–', '—'])
                    || before.end == start && text[..start].ends_with('.') =>
            {
                before.end = end.max(before.end);
            }
            _ if start < end => sentences.push(start..end),
            _ => {}
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentence_goes_on_behind_a_dateline() {
        let text = "Tepic, 3 de mayo de 2021.– El pozo se abrió hoy. Costó mucho. — dijo ella.";
        let written: Vec<&str> = sentences("es", text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(written, ["Tepic, 3 de mayo de 2021.– El pozo se abrió hoy.", "Costó mucho. — dijo ella."]);
        assert_eq!(sentences("es", "- Una línea.").len(), 1);
        let text = "Está en la carrera 14 N.º 12-15, que tiene sitio. Es gratis.";
        assert_eq!(sentences("es", text).len(), 2, "a full stop that no space follows ends nothing");
        assert_eq!(sentences("zh", "他来了。他走了。").len(), 2);
        let text = "The kit holds:\n- pans, cups\n- knives. Two";
        let written: Vec<&str> = sentences("en", text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(written, ["The kit holds:", "- pans, cups", "- knives.", "Two"]);
    }
}
