//! Remarks for the press that were copied with a release: embargoes, notes to editors, marks of its end.

use super::body::{Line, blocks};
use super::faults::Faults;
use crate::language::{Languages, Lexicon, PhraseList};
use crate::text::{Words, normalise_space};

/// Maximum number of words of a line that is a remark wherever a phrase of one stands in it, if no full stop ends it.
const MAX_SHORT_LEN: usize = 12;

/// Number that ends a text for the press: `-30-`.
const END_NUMBER: &str = "30";

/// Warns of remarks. Without languages only signs such as `###` are told.
pub(super) fn check(lines: &[Line<'_>], languages: Option<&Languages>, faults: &mut Faults) {
    let lexicon = languages.map(Languages::lexicon_of_all);
    for block in blocks(lines) {
        let mut start = 0;
        for end in 1..=block.len() {
            if end < block.len() && !begins_sentence(&block[end - 1].text, &block[end].text) {
                continue;
            }
            let lines: Vec<&str> = block[start..end].iter().map(|line| line.text.as_ref()).collect();
            let text = normalise_space(&lines.join(" "));
            // Those of Markdown are told as such.
            let is_of = |signs: &str| text.chars().all(|sign| sign.is_whitespace() || signs.contains(sign));
            let is_rule = is_of("|-:") && text.contains('|') || is_of("`~") || start > 0 && is_of("-=");
            if !is_rule && let Some(remark) = remark(&text, lexicon.map(|lexicon| &**lexicon)) {
                let message = format!(
                    "the line looks like a remark for the press ({remark:?}), not text of the release; take it out"
                );
                faults.warning(block[start].number, message);
            }
            start = end;
        }
    }
}

/// Tells whether a sentence begins with a line: the line before has an end, or one of the two is signs or a number.
fn begins_sentence(before: &str, line: &str) -> bool {
    let ends = before.trim_end().ends_with(['.', '!', '?', ':', '”', '"', '»', ')']);
    let is_signs = |line: &str| !line.contains(char::is_alphabetic);
    ends || is_signs(before)
        || is_signs(line)
        || line.trim_start().starts_with(['-', '–', '—', '*', '/', '#', '[', '('])
}

/// Returns what of a text is a remark, folded.
fn remark(text: &str, lexicon: Option<&Lexicon>) -> Option<String> {
    if is_end_sign(text) {
        return Some(text.to_owned());
    }
    let lexicon = lexicon?;
    let words = Words::of(text);
    let written = |at: usize, length: usize| {
        words[at..at + length].iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ")
    };
    let length_at = |list: PhraseList, at: usize| lexicon.phrases(list).lengths_at(&words, at).max();
    if let Some(length) = length_at(PhraseList::EndMarks, 0).filter(|length| *length == words.len()) {
        return Some(written(0, length));
    }
    (0..words.len()).find_map(|at| {
        let length = length_at(PhraseList::Remarks, at)?;
        is_remark(&words, at, length).then(|| written(at, length))
    })
}

/// Tells whether a line is a sign of the end: `###`, `* * *`, `-30-`.
fn is_end_sign(text: &str) -> bool {
    let is_sign = |letter: char| !letter.is_alphanumeric();
    let inside = text.trim_matches(is_sign);
    inside.is_empty() || inside == END_NUMBER && text.starts_with(is_sign) && text.ends_with(is_sign)
}

/// Tells whether a phrase is met as a remark and not in running prose: at the beginning, as a clause of its own, or in a short line.
/// One of a single word must have a colon, a dash or a number behind it, or nothing.
fn is_remark(words: &Words<'_>, at: usize, length: usize) -> bool {
    let is_short = words.len() <= MAX_SHORT_LEN && !words.text().ends_with(['.', '?', '”', '"']);
    let behind = words.behind(at + length - 1);
    let next = behind.trim_start().chars().next();
    let is_apart = |sign: char| matches!(sign, ':' | ';' | '/' | '|' | '!' | '(' | ')' | ']' | '*' | '.');
    let is_dash = |sign: char| matches!(sign, '-' | '–' | '—');
    let has_end = next.is_none_or(|sign| {
        is_apart(sign)
            || is_dash(sign) && (behind.starts_with(char::is_whitespace) || behind.trim_matches(is_dash).is_empty())
    });
    let begins = at == 0 || {
        let gap = words.gap_before(at);
        gap.contains(|sign: char| is_apart(sign) || is_dash(sign) && gap.starts_with(char::is_whitespace))
    };
    if length > 1 {
        return at == 0 || is_short || begins && has_end;
    }
    let is_loud = || {
        words.written(at).chars().all(char::is_uppercase)
            && words.text().contains(|letter: char| letter.is_ascii_digit())
    };
    let is_before_number = next.is_some_and(|letter| letter.is_ascii_digit());
    let is_marked = has_end && next != Some('.') || is_before_number || is_short && is_loud();
    begins && (words.len() == 1 || is_marked && (at == 0 || is_short))
}
