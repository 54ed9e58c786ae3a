//! Faults of the TOML of a head, each with its likely cause: what somebody who never heard of TOML has to write instead.

use std::ops::Range;

use super::dates::calendar_fault;
use super::fields::KEYS;

/// Marks of quotation that look like the straight one.
const CURLY: &[char] = &['“', '”', '„', '‟', '«', '»', '‘', '’', '‚', '‹', '›', '″'];

/// Returns what is wrong with a line, and what to write; `span` is where in `head` the parser stopped, and `message` what it said.
pub(super) fn explain(head: &str, span: &Range<usize>, message: &str) -> String {
    let start = head.get(..span.start).unwrap_or(head).rfind('\n').map_or(0, |at| at + 1);
    let line = head[start..].lines().next().unwrap_or_default().trim();
    if message.starts_with("duplicate key") {
        return duplicate(head, start, line, head.get(span.clone()).unwrap_or_default());
    }
    if line.starts_with('[') {
        return "a line in brackets must be [[contacts]], with two brackets before and behind".to_owned();
    }
    if let Some((key, value)) = line.split_once(':')
        && !key.contains('=')
        && is_key(key.trim())
    {
        return format!("the line must have = for the colon: {} = {}", key.trim(), quoted(value));
    }
    let Some((key, value)) = line.split_once('=') else {
        return "the line is none of a head, where each has a key and a value: key = \"…\"; is the line +++ missing above it?"
            .to_owned();
    };
    let (key, value) = (key.trim(), value.trim());
    if !is_key(key) {
        let known = key
            .split(|letter: char| letter.is_whitespace() || "\"'“”".contains(letter))
            .find(|part| KEYS.contains(part));
        let advice = known.map_or(String::new(), |known| format!("; write {known} = …"));
        return format!("the key {key:?} must be a single word of a-z{advice}");
    }
    of_value(key, value)
        .unwrap_or_else(|| format!("the value of `{key}` cannot be read: {}", message.trim().replace('\n', " ")))
}

/// Says what is wrong with the value of a key.
fn of_value(key: &str, value: &str) -> Option<String> {
    let is_curly =
        value.starts_with(CURLY) || value.ends_with(CURLY) || value.starts_with('[') && value.contains(CURLY);
    if is_curly {
        return Some(format!(
            "the value must stand between straight quotation marks (\"), not curly or angle ones: {key} = {}",
            straightened(value)
        ));
    }
    if value.is_empty() {
        return Some(format!("`{key}` has no value; write {key} = \"…\", or take the line out"));
    }
    if let Some(inner) = value.strip_prefix('\'') {
        let advice = if inner.trim_end_matches('\'').contains('\'') {
            "the text holds an apostrophe, which would end it; put it between quotation marks (\")"
        } else {
            "the text has no mark (') at its end; put it between quotation marks (\")"
        };
        return Some(format!("{advice}: {key} = {}", quoted(value)));
    }
    if let Some(inner) = value.strip_prefix('"') {
        let is_second_key = inner
            .split_once('"')
            .is_some_and(|(_, rest)| rest.split_once('=').is_some_and(|(key, _)| is_key(key.trim())));
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        return Some(match () {
            () if is_second_key => "the line holds two keys; each must have a line of its own".to_owned(),
            () if inner.contains('"') => format!(
                "the text holds straight quotation marks, which would end it; write curly ones within it: {key} = \"{}\"",
                curled(inner)
            ),
            () if value.contains('\\') => {
                format!("the text holds a \\, which must be written twice: {key} = \"{}\"", inner.replace('\\', "\\\\"))
            }
            () => format!("the quotation mark (\") at the end of the text is missing: {key} = {}", quoted(value)),
        });
    }
    if value.starts_with('[') {
        return Some(format!(
            "the list must have brackets round it, and each part quotation marks (\") and a comma behind it: {key} = [\"…\", \"…\"]"
        ));
    }
    if let Some(what) = calendar_fault(value) {
        return Some(format!("{key} {value:?} {what}"));
    }
    value
        .starts_with(|letter: char| letter != '{')
        .then(|| format!("the value of `{key}` must stand between quotation marks (\"): {key} = {}", quoted(value)))
}

/// Says which key stands twice.
fn duplicate(head: &str, start: usize, line: &str, key: &str) -> String {
    let header = head[..start].lines().rev().find(|line| line.trim_start().starts_with('['));
    match header {
        _ if line.starts_with('[') => {
            "each contact must begin with a line [[contacts]], with two brackets before and behind".to_owned()
        }
        Some(header) if header.contains("contacts") => format!(
            "`{key}` stands twice in this contact; keep one, or begin a second person with a line [[contacts]] of its own"
        ),
        _ => format!("`{key}` stands twice in the head; keep one"),
    }
}

fn is_key(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
}

/// Returns a value between straight quotation marks, without those that it has.
pub(super) fn quoted(value: &str) -> String {
    let is_mark = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'') || CURLY.contains(&letter);
    format!("\"{}\"", curled(value.trim_matches(is_mark)))
}

/// Returns a value or a list of them with straight marks for curly ones.
fn straightened(value: &str) -> String {
    if value.starts_with('[') { value.replace(CURLY, "\"") } else { quoted(value) }
}

/// Returns a text with curly quotation marks for straight ones.
fn curled(text: &str) -> String {
    let mut parts = text.split('"');
    let mut curled = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        curled.push(if at % 2 == 0 { '“' } else { '”' });
        curled += part;
    }
    curled
}
