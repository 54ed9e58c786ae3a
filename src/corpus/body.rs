//! Body of a release file: its lines without comments, and the paragraphs that they make.

use std::borrow::Cow;
use std::ops::Range;

use super::faults::Faults;
use super::release::Paragraph;
use crate::text::{line_number, normalise_space};

const COMMENT: (&str, &str) = ("<!--", "-->");

/// Signs that begin an item of a list where several lines of a block begin with them, or the line before ends with a colon.
const BULLETS: [char; 7] = ['-', '*', '•', '–', '·', '▪', '◦'];

/// Line of the body, without its comments.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Number of the line in the file, from 1.
    pub(super) number: usize,
    pub(super) text: Cow<'a, str>,
}

impl Line<'_> {
    pub(super) fn is_blank(&self) -> bool {
        is_blank(&self.text)
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || is_invisible(letter))
}

/// Returns the lines of the body; one that holds nothing but a comment is none, so that a comment parts no paragraph.
pub(super) fn lines<'a>(text: &'a str, body: Range<usize>, faults: &mut Faults) -> Vec<Line<'a>> {
    let first_line = line_number(text, body.start);
    let mut comment_began = None;
    let mut lines = Vec::new();
    for (number, line) in (first_line..).zip(text[body].lines()) {
        if comment_began.is_none() && !line.contains(COMMENT.0) {
            lines.push(Line { number, text: line.into() });
            continue;
        }
        let visible = without_comments(line, number, &mut comment_began);
        if !is_blank(&visible) {
            lines.push(Line { number, text: visible.into() });
        }
    }
    if let Some(began) = comment_began {
        faults.error(Some(began), "the comment that begins here has no end; write --> where it ends");
    }
    lines
}

/// Returns what of a line stands outside of comments; `comment_began` is the line of the comment that is open at its beginning, then
/// of that at its end.
fn without_comments(line: &str, number: usize, comment_began: &mut Option<usize>) -> String {
    let (begin, end) = COMMENT;
    let mut visible = String::new();
    let mut rest = line;
    loop {
        if comment_began.is_some() {
            let Some((_, behind)) = rest.split_once(end) else { return visible };
            *comment_began = None;
            rest = behind;
        }
        let Some((before, behind)) = rest.split_once(begin) else { return visible + rest };
        visible += before;
        *comment_began = Some(number);
        rest = behind;
    }
}

/// Returns the paragraphs: blocks of lines with blank lines between them, in which each item of a list keeps its line. None where no
/// letter or digit stands in any.
pub(super) fn paragraphs(lines: &[Line<'_>]) -> Vec<Paragraph> {
    let paragraphs: Vec<Paragraph> = blocks(lines).map(paragraph).collect();
    if paragraphs.iter().any(|paragraph| paragraph.text.contains(char::is_alphanumeric)) {
        paragraphs
    } else {
        Vec::new()
    }
}

fn paragraph(block: &[Line<'_>]) -> Paragraph {
    let starts = item_starts(block);
    let mut text = String::new();
    for (line, begins_item) in block.iter().zip(starts) {
        text.push(if begins_item { '\n' } else { ' ' });
        text.push_str(&line.text);
    }
    let kept: Vec<String> = text.split('\n').map(cleaned).filter(|line| !line.is_empty()).collect();
    Paragraph { text: kept.join("\n"), line: block.first().map_or(0, |line| line.number) }
}

/// Returns the blocks of lines between blank lines.
pub(super) fn blocks<'l, 'a>(lines: &'l [Line<'a>]) -> impl Iterator<Item = &'l [Line<'a>]> {
    lines.split(|line| line.is_blank()).filter(|block| !block.is_empty())
}

/// Tells of each line of a block whether an item of a list begins with it.
fn item_starts(block: &[Line<'_>]) -> Vec<bool> {
    let mut starts = vec![false; block.len()];
    let follows_colon = |at: usize| at > 0 && block[at - 1].text.trim_end().ends_with(':');
    for bullet in BULLETS {
        let items: Vec<usize> = (0..block.len()).filter(|at| has_bullet(&block[*at].text, bullet)).collect();
        if items.len() > 1 || items.iter().any(|at| follows_colon(*at)) {
            items.into_iter().for_each(|at| starts[at] = true);
        }
    }
    let mut items: Vec<usize> = Vec::new();
    for (at, line) in block.iter().enumerate() {
        let Some(ordinal) = Ordinal::of(&line.text) else { continue };
        let next = items.last().and_then(|last| Ordinal::of(&block[*last].text)).map(Ordinal::next);
        if next.unwrap_or(Ordinal { number: 1, ..ordinal }) == ordinal {
            items.push(at);
        }
    }
    if items.len() > 1 || items.iter().any(|at| follows_colon(*at)) {
        items.into_iter().for_each(|at| starts[at] = true);
    }
    starts
}

fn has_bullet(line: &str, bullet: char) -> bool {
    line.trim_start().strip_prefix(bullet).is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

/// Mark of an item of an ordered list: `1.`, `1)` or `a)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ordinal {
    number: u32,
    is_letter: bool,
    sign: char,
}

impl Ordinal {
    fn of(line: &str) -> Option<Self> {
        let (mark, _) = line.trim_start().split_once(char::is_whitespace)?;
        let sign = mark.chars().next_back().filter(|sign| matches!(sign, '.' | ')'))?;
        let mark = mark.strip_suffix(sign)?;
        match mark.as_bytes() {
            [letter @ b'a'..=b'z'] if sign == ')' => {
                Some(Self { number: u32::from(letter - b'a') + 1, is_letter: true, sign })
            }
            digits if digits.iter().all(u8::is_ascii_digit) => {
                Some(Self { number: mark.parse().ok()?, is_letter: false, sign })
            }
            _ => None,
        }
    }

    fn next(self) -> Self {
        Self { number: self.number.saturating_add(1), ..self }
    }
}

/// Returns a text with every run of white space as one space, without the characters that nobody sees.
pub(super) fn cleaned(text: &str) -> String {
    normalise_space(&visible(text))
}

/// Returns a text without the characters that nobody sees.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let letters: Vec<char> = text.chars().filter(|letter| !is_invisible(*letter) || is_joiner(*letter)).collect();
    let is_kept = |at: usize| {
        let beside = [at.checked_sub(1), at.checked_add(1)].map(|at| at.and_then(|at| letters.get(at)));
        !is_joiner(letters[at]) || beside.into_iter().any(|letter| letter.is_some_and(|letter| !is_plain(*letter)))
    };
    Cow::Owned((0..letters.len()).filter(|at| is_kept(*at)).map(|at| letters[at]).collect())
}

/// Tells whether a character is a soft hyphen, a space without width, or a joiner.
fn is_invisible(letter: char) -> bool {
    is_joiner(letter) || matches!(letter, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Tells whether a character joins or parts those beside it, or sets their direction, which other scripts and emojis need.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Tells whether no joiner is needed beside a character: Latin, Greek, Cyrillic, ASCII, white space.
fn is_plain(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\0'..='\u{52f}' | '\u{1e00}'..='\u{1fff}' | '\u{2010}'..='\u{2027}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_stay_where_scripts_and_emojis_need_them() {
        for (text, expected) in [
            ("Acel\u{ad}huate  and\u{200b} may\u{2060}or", "Acelhuate and mayor"),
            ("\u{202a}+503 2222-0101\u{202c}", "+503 2222-0101"),
            ("apo\u{200d}thecary \u{200c}x \u{feff}y", "apothecary x y"),
            ("👩\u{200d}🚒 came", "👩\u{200d}🚒 came"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ] {
            assert_eq!(cleaned(text), expected);
        }
    }
}
