//! Text as people type it: words with their place, folding, sentences.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// A word of a text with its byte range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word as it is written.
    pub text: &'a str,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// Returns the words of a text in order, by the rules of Unicode (UAX 29): letters and digits, with the apostrophes and
/// decimal signs inside them.
///
/// A run of letters joined by underscores or full stops to others is cut there, so that `e.g.x` or `a_b` are words apart.
pub fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    text.unicode_word_indices().flat_map(|(start, word)| {
        let is_number = word.chars().next().is_some_and(char::is_numeric);
        let mut parts = Vec::with_capacity(1);
        let mut from = 0;
        for (at, letter) in word.char_indices() {
            if !is_number && matches!(letter, '.' | '_' | ':') {
                parts.push((from, at));
                from = at + letter.len_utf8();
            }
        }
        parts.push((from, word.len()));
        parts
            .into_iter()
            .filter(|(from, to)| from < to)
            .map(move |(from, to)| Word { text: &word[from..to], range: start + from..start + to })
    })
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

/// Returns the text with every run of white space as one space, none at the ends.
#[must_use]
pub fn normalise_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the byte ranges of the sentences of a paragraph, in order, without the white space between them.
#[must_use]
pub fn sentences(language: &str, text: &str) -> Vec<Range<usize>> {
    sentencex::get_sentence_boundaries(language, text)
        .into_iter()
        .filter_map(|boundary| {
            let sentence = text.get(boundary.start_byte..boundary.end_byte)?;
            let start = boundary.start_byte + (sentence.len() - sentence.trim_start().len());
            let end = start + sentence.trim().len();
            (start < end).then_some(start..end)
        })
        .collect()
}
