//! List of what went wrong.

use std::fmt::Write as _;

use super::Judged;

/// Lists what went wrong, a line each, with the passage preferred: wrong replies, and contacts that were asked for and not shown.
#[must_use]
pub fn misses(judged: &[Judged]) -> String {
    let mut list = String::new();
    for one in judged.iter().filter(|one| !one.is_right_reply() || one.contact == Some(false)) {
        let question = &one.question;
        let context = question.context.as_ref().map(|context| format!("{context} >> ")).unwrap_or_default();
        let wanted = match &question.gold_release {
            Some(release) => format!("{release} {:?}", question.gold_paragraphs),
            None => "no answer".to_owned(),
        };
        let got = match &one.first {
            Some((release, paragraph, text)) => {
                format!("{release} {paragraph} “{}”", text.chars().take(60).collect::<String>())
            }
            None => "nothing".to_owned(),
        };
        let refused = if one.abstained { ", refused" } else { "" };
        let contact = if one.contact == Some(false) { ", contact not shown" } else { "" };
        let _ = writeln!(
            list,
            "{} {}/{}: {context}{} | wanted {wanted} | got {got}{refused}{contact}",
            question.id,
            one.kind(),
            one.language(),
            question.question
        );
    }
    list
}
