//! What is shown of a passage: whole sentences, word for word, with the words that match.

use std::collections::HashSet;
use std::ops::Range;

use super::{Looks, Passage};
use crate::search::question::answer_type::{Kinds, share_given};
use crate::search::text::spans::answering;
use crate::text::fold;

/// A verbatim slice of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The slice.
    pub text: String,
    /// Where it begins in the paragraph, in bytes.
    pub start: usize,
    /// Byte ranges in `text` to emphasise: in order, apart from each other, each on word borders.
    pub highlights: Vec<Range<usize>>,
    /// Whether it ends within a sentence, one that is too long by itself.
    pub is_cut: bool,
}

/// What is wanted of an excerpt.
pub(super) struct Wish<'a> {
    pub(super) looks: &'a Looks,
    pub(super) kinds: Kinds,
    /// About how many characters.
    pub(super) length: usize,
    /// Whether the passage is the best one, in which something must be emphasised.
    pub(super) is_best: bool,
}

/// What evidence of the kind asked for adds to a sentence, against the share of the question's weight that it meets.
const EVIDENCE_IN_SENTENCE: f32 = 0.3;
/// What a sentence's likeness to the question in meaning, 0 to about 1, adds likewise.
const LIKENESS_OF_SENTENCE: f32 = 1.0;

/// Cuts the sentences that answer: from the best one on, as far as the length goes, leaving out what was shown.
///
/// `like` tells how like the question a sentence is in meaning. Returns `None` when every sentence of the passage was
/// shown already; otherwise remembers in `shown` what it cut.
pub(super) fn cut(
    text: &str,
    passage: &Passage,
    wish: &Wish<'_>,
    like: impl Fn(usize) -> f32,
    shown: &mut HashSet<u32>,
) -> Option<Excerpt> {
    let Wish { looks, kinds, length, is_best } = *wish;
    let is_new = |at: usize, shown: &HashSet<u32>| !shown.contains(&passage.sayings[at]);
    let value = |at: usize, sentence: &Range<usize>| {
        let met = looks.share(looks.weight(passage.met_in(sentence, looks)));
        let given = share_given(kinds, passage.evidence[at]).unwrap_or(0.0);
        met + EVIDENCE_IN_SENTENCE * given + LIKENESS_OF_SENTENCE * like(at)
    };
    let mut best: Option<(usize, f32)> = None;
    for (at, sentence) in passage.sentences.iter().enumerate() {
        if !is_new(at, shown) {
            continue;
        }
        let value = value(at, sentence);
        if best.is_none_or(|(_, highest)| value > highest) {
            best = Some((at, value));
        }
    }
    let (first, _) = best?;
    let start = passage.sentences[first].start;
    let mut end = start;
    for (at, sentence) in passage.sentences.iter().enumerate().skip(first) {
        let n_characters = text[start..sentence.end].chars().count();
        if end > start && n_characters > length || !is_new(at, shown) {
            break;
        }
        shown.insert(passage.sayings[at]);
        end = sentence.end;
    }
    let range = start..clip(text, start..end, length);
    let slice = &text[range.clone()];

    let mut highlights: Vec<Range<usize>> = passage
        .tokens_in(&range)
        .filter(|token| looks.concepts(token.term) != 0 && token.end as usize <= range.end)
        .map(|token| token.start as usize - start..token.end as usize - start)
        .collect();
    // Only the sentence that answers: a name or a number in those behind it is seldom the one asked for.
    let answer = start..passage.sentences[first].end.min(range.end);
    let figures = answering(&passage.figures, answer.clone(), kinds);
    highlights.extend(figures.map(|figure| figure.start - start..figure.end - start));
    if is_best && highlights.is_empty() {
        highlights.push(0..answer.end - start);
    }
    Some(Excerpt { text: slice.to_owned(), start, highlights: merge(highlights), is_cut: range.end < end })
}

/// How many characters a dateline (“Geneva – ”) has at most.
const LONGEST_DATELINE: usize = 40;

/// Returns a sentence as it is compared with others: folded, and without a dateline, behind which pages repeat themselves.
pub(super) fn comparable(sentence: &str) -> String {
    let dash = [" – ", " - ", " — "].iter().filter_map(|dash| Some(sentence.find(dash)? + dash.len())).min();
    fold(match dash {
        Some(end) if sentence[..end].chars().count() <= LONGEST_DATELINE => &sentence[end..],
        _ => sentence,
    })
}

/// Returns where a slice that is one endless sentence must end: at the last white space within the length.
fn clip(text: &str, range: Range<usize>, length: usize) -> usize {
    let slice = &text[range.clone()];
    match slice.char_indices().nth(length) {
        None => range.end,
        Some((limit, _)) => {
            let cut = slice[..limit].rfind(char::is_whitespace).filter(|cut| *cut > 0).unwrap_or(limit);
            range.start + cut
        }
    }
}

/// Brings ranges into order and joins those that overlap.
fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_sentence_ends_at_a_word() {
        let text = "one two three four";
        assert_eq!(clip(text, 0..text.len(), 9), 7);
        assert_eq!(clip(text, 0..text.len(), 100), text.len());
        assert_eq!(clip("áéíóú", 0..10, 3), 6);
    }

    #[test]
    fn overlapping_highlights_become_one() {
        assert_eq!(merge(vec![5..9, 0..3, 2..4, 9..10]), [0..4, 5..10]);
    }
}
