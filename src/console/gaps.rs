//! Kept questions in the terminal: grouped by meaning, the most frequent first.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::bail;
use serde::Serialize;
use tracing::warn;

use super::print;
use crate::desk::Desk;
use crate::feedback::{self, Group, Reason};

/// Maximum number of other questions that are listed below the central one of a group, and of damaged lines that are named.
const MAX_LISTED: usize = 5;

/// Labelled question that the releases do not answer, as [`evaluation`](crate::evaluation) reads it.
#[derive(Serialize)]
struct Labelled<'a> {
    id: String,
    lang: Option<&'a str>,
    kind: &'static str,
    question: &'a str,
    gold_release: Option<&'a str>,
    gold_paragraphs: [usize; 0],
    answer: Option<&'a str>,
    contact: Option<[&'a str; 0]>,
    /// Set to near where a release was quoted or named as near.
    oos: Option<&'static str>,
}

/// Groups the questions of a file and prints the groups; with `as_labelled`, the central question of each as a labelled question,
/// a JSON object a line.
///
/// # Errors
///
/// When the file can't be read or holds no question, or the output can't be written.
pub fn gaps(desk: &Desk, file: &Path, as_labelled: bool) -> anyhow::Result<()> {
    let (questions, bad_lines) = feedback::load(file)?;
    if !bad_lines.is_empty() {
        let named: Vec<String> = bad_lines.iter().take(MAX_LISTED).map(usize::to_string).collect();
        let more = if bad_lines.len() > MAX_LISTED { ", …" } else { "" };
        let (n_bad, name) = (bad_lines.len(), file.display());
        warn!("{n_bad} lines of {name} are no kept questions and are skipped: {}{more}", named.join(", "));
    }
    if questions.is_empty() && !bad_lines.is_empty() {
        bail!("{} holds no kept question", file.display());
    }
    let groups = feedback::group_by_meaning(&questions, desk);
    if as_labelled {
        let lines = groups.iter().enumerate().map(|(at, group)| serde_json::to_string(&labelled(at + 1, group)));
        return lines.into_iter().try_for_each(|line| print(&line?));
    }
    print(&format!("{} questions, {} groups", questions.len(), groups.len()))?;
    groups.iter().try_for_each(|group| print(&described(group)))
}

fn labelled<'a>(number: usize, group: &Group<'a>) -> Labelled<'a> {
    let kept = group.central;
    Labelled {
        id: format!("gap{number:03}"),
        lang: kept.lang.as_deref(),
        kind: "out_of_scope",
        question: &kept.question,
        gold_release: None,
        gold_paragraphs: [],
        answer: None,
        contact: None,
        oos: group.questions.iter().any(|kept| kept.release.is_some()).then_some("near"),
    }
}

/// Describes a group: how often and when it was asked, why its questions are kept, the release that was nearest, and its questions.
fn described(group: &Group<'_>) -> String {
    let Group { central, questions } = group;
    let dates = match (questions.first(), questions.last()) {
        (Some(first), Some(last)) if first.date != last.date => format!("{} to {}", first.date, last.date),
        _ => central.date.clone(),
    };
    let mut text = format!("\n{} × {}\n    {dates}", questions.len(), line(&central.question));
    let n_refused = questions.iter().filter(|kept| kept.reason == Reason::Refused).count();
    for (n, name) in [(n_refused, "refused"), (questions.len() - n_refused, "no help")] {
        if n > 0 {
            _ = write!(text, ", {n} {name}");
        }
    }
    let mut passages = questions.iter().rev().filter_map(|kept| kept.release.as_deref().zip(kept.paragraph));
    if let Some((release, paragraph)) = passages.next() {
        _ = write!(text, "; nearest: {release}, paragraph {paragraph}");
    }
    let mut others: Vec<String> = questions.iter().map(|kept| line(&kept.question)).collect();
    others.retain(|other| *other != line(&central.question));
    others.sort();
    others.dedup();
    for other in others.iter().take(MAX_LISTED) {
        _ = write!(text, "\n    - {other}");
    }
    if others.len() > MAX_LISTED {
        _ = write!(text, "\n    - … {} more", others.len() - MAX_LISTED);
    }
    text
}

/// Returns a question in one line, without characters that control a terminal.
fn line(question: &str) -> String {
    question
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
