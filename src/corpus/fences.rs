//! Fences of a release file: where its head and its body begin and end, and what to do where they do not.

use std::ops::Range;

use super::body::Line;
use super::faults::Faults;
use super::fields::KEYS;

const FENCE: &str = "+++";
const YAML_FENCE: &str = "---";

/// Parts of a file, as ranges of bytes.
pub(super) struct Parts {
    pub(super) head: Range<usize>,
    pub(super) body: Range<usize>,
}

/// Returns the head and the body of a file.
pub(super) fn split(text: &str, faults: &mut Faults) -> Option<Parts> {
    let mut lines = lines_from(text).skip_while(|(_, _, line)| line.trim().is_empty());
    let Some((number, range, first)) = lines.next() else {
        faults.error(1, "the file is empty; it must begin with a head between two lines of +++");
        return None;
    };
    if first.trim_end() != FENCE {
        faults.error(number, without_beginning(first, lines));
        return None;
    }
    let head_start = range.end;
    let mut near = None;
    let mut text_begins = None;
    for (number_of_line, range, line) in lines {
        if line.trim_end() == FENCE && near.is_none() {
            return Some(Parts { head: head_start..range.start, body: range.end..text.len() });
        }
        if near.is_none() && is_nearly_fence(line) {
            near = Some((number_of_line, line.trim_end()));
        }
        if text_begins.is_none() && !may_be_in_head(line) {
            text_begins = Some(number_of_line);
        }
    }
    let advice = match (near, text_begins) {
        (Some((line, written)), _) => format!("line {line} ({written:?}) is nearly one: write +++"),
        (None, Some(line)) => format!("put a line of +++ before line {line}, where the text seems to begin"),
        (None, None) => "put a line of +++ between the head and the text".to_owned(),
    };
    faults.error(number, format!("the head that begins in line {number} has no end; {advice}"));
    None
}

/// Says why a file whose first line is no fence has no head.
fn without_beginning<'a>(first: &str, mut rest: impl Iterator<Item = (usize, Range<usize>, &'a str)>) -> String {
    if first.trim() == YAML_FENCE {
        return "a head between lines of --- is not read; write +++ for ---, and key = \"…\" for key: …".to_owned();
    }
    if is_nearly_fence(first) {
        return format!("the line {:?} is nearly +++, with which the head must begin: write +++", first.trim_end());
    }
    match rest.find(|(_, _, line)| line.trim_end() == FENCE) {
        Some((number, ..)) => {
            format!("the file must begin with the head; take out what stands before the +++ of line {number}")
        }
        None => "the file must begin with a head between two lines of +++".to_owned(),
    }
}

/// Reports a second head in the body at its line; returns the lines before it.
pub(super) fn before_second_head<'l, 'a>(lines: &'l [Line<'a>], faults: &mut Faults) -> &'l [Line<'a>] {
    let mut first = None;
    let mut at = 0;
    while at < lines.len() {
        if begins_head(&lines[at..]) {
            let message = "a second head begins here; a file holds one release: move it into a file of its own";
            faults.error(lines[at].number, message);
            first = first.or(Some(at));
            // Its own end begins none.
            let fence = lines[at].text.trim();
            at += 1 + lines[at + 1..].iter().take_while(|line| line.text.trim() != fence).count();
        }
        at += 1;
    }
    &lines[..first.unwrap_or(lines.len())]
}

/// Tells whether lines begin with a fence and a key.
fn begins_head(lines: &[Line<'_>]) -> bool {
    let Some((fence, rest)) = lines.split_first() else { return false };
    let nth =
        |n: usize| rest.iter().map(|line| line.text.trim()).filter(|line| !line.is_empty()).nth(n).unwrap_or_default();
    let next = || nth(0);
    let is_known = |key: &str| KEYS.contains(&key.trim());
    let is_yaml = |line: &str| line.split_once(':').is_some_and(|(key, _)| is_known(key));
    match fence.text.trim() {
        // A rule may part the text from a line such as “source: Ministry of Health”.
        YAML_FENCE => is_yaml(next()) && (is_yaml(nth(1)) || nth(1) == YAML_FENCE),
        written if is_nearly_fence(written) && written.contains('+') || written == FENCE => {
            let next = next();
            let has_value = next.split_once('=').is_some_and(|(key, _)| is_key(key.trim()));
            next.starts_with("[[") || has_value || next.split_once(':').is_some_and(|(key, _)| is_known(key))
        }
        _ => false,
    }
}

fn is_key(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
}

/// Tells whether a line is likely meant for a fence: `++++`, `++`, ` +++`, `---`.
fn is_nearly_fence(line: &str) -> bool {
    let signs: String = line.split_whitespace().collect();
    let is_of = |sign: char, least: usize| signs.len() >= least && signs.chars().all(|letter| letter == sign);
    line.trim_end() != FENCE && (is_of('+', 2) || is_of('-', 3) || is_of('=', 3))
}

/// Tells whether a line may be one of a head: blank, a remark, a header, a key with its value or a part of one.
fn may_be_in_head(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || line.starts_with(['#', '[', ']', '{', '}', '"', '\''])
        || line.contains(['=', ':']) && !line.contains(". ")
}

/// Returns the lines of a text with their numbers and ranges.
fn lines_from(text: &str) -> impl Iterator<Item = (usize, Range<usize>, &str)> {
    text.split_inclusive('\n').enumerate().scan(0, |at, (number, line)| {
        let start = *at;
        *at += line.len();
        Some((number + 1, start..*at, line))
    })
}
