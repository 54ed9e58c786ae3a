//! Feedback: questions that the releases did not answer well, kept for the operator without their asker, and grouped by meaning.

mod file;
mod groups;

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

pub use self::file::QuestionFile;
pub use self::groups::{Group, group_by_meaning};
use crate::conversation::{Rating, Request, Turn, Verdict};
use crate::desk::{Answer, Outcome};

/// Maximum length of a kept question in characters; a longer one is cut.
const MAX_QUESTION_LEN: usize = 500;

/// Question that is kept: a line of the file. It holds nothing about the person who asked it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptQuestion {
    /// Day on which it was asked, in UTC: `2025-03-04`.
    pub date: String,
    /// Words of the question.
    pub question: String,
    /// Code of its language, where the words show it.
    #[serde(default)]
    pub lang: Option<String>,
    /// Reason for which it is kept.
    pub reason: Reason,
    /// Outcome of the answer.
    pub outcome: String,
    /// Kind of the answer.
    pub kind: String,
    /// Release of the first passage that was quoted or named as near.
    #[serde(default)]
    pub release: Option<String>,
    /// Number of the paragraph of that passage, counted from 0.
    #[serde(default)]
    pub paragraph: Option<usize>,
}

/// Reason for which a question is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The releases held no answer.
    Refused,
    /// The reader marked the answer as no help.
    NotHelped,
}

/// Question with what was answered, as long as nobody has rated it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredQuestion {
    text: String,
    lang: Option<String>,
    /// Outcome and kind of the answer, with the number by which the surface knows the question.
    pub rating: Rating,
    passage: Option<(String, usize)>,
}

impl AnsweredQuestion {
    /// Returns the question that a turn answered; `None` for a turn that is not rated. `number` is that by which the surface knows
    /// the question.
    #[must_use]
    pub fn of(request: &Request, turn: &Turn, number: i32) -> Option<Self> {
        let (Request::Ask(text) | Request::Search(text)) = request else { return None };
        let is_rated = Rating::KINDS.contains(&turn.kind);
        let first = match &turn.answer {
            Some(Answer::Found { quoted, .. }) => quoted.first(),
            Some(Answer::NotFound { nearest, .. }) => nearest.first(),
            _ => None,
        };
        let verdict = Verdict::NotHelped;
        is_rated.then(|| Self {
            text: text.chars().take(MAX_QUESTION_LEN).collect(),
            lang: turn.question.as_ref().and_then(|question| question.language).map(|language| language.to_string()),
            rating: Rating { verdict, outcome: turn.outcome(), kind: turn.kind, question: number },
            passage: first.map(|hit| (hit.release.id.clone(), hit.paragraph)),
        })
    }

    /// Tells whether the releases held no answer.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.rating.outcome == Outcome::NotFound
    }

    /// Returns the question as it is kept, dated today.
    #[must_use]
    pub fn keep(self, reason: Reason) -> KeptQuestion {
        let (release, paragraph) = self.passage.unzip();
        KeptQuestion {
            date: OffsetDateTime::now_utc().date().to_string(),
            question: self.text,
            lang: self.lang,
            reason,
            outcome: self.rating.outcome.to_string(),
            kind: self.rating.kind.to_string(),
            release,
            paragraph,
        }
    }
}

/// Reads kept questions; returns the numbers of the lines that are none, too.
///
/// # Errors
///
/// When the file can't be read.
pub fn load(path: &Path) -> anyhow::Result<(Vec<KeptQuestion>, Vec<usize>)> {
    let bytes = crate::files::read(path, crate::files::MAX_TEXT_LEN)
        .with_context(|| format!("could not read the kept questions {}", path.display()))?;
    let (mut questions, mut bad_lines) = (Vec::new(), Vec::new());
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        match serde_json::from_slice::<KeptQuestion>(line) {
            Ok(kept) if is_date(&kept.date) && !kept.question.trim().is_empty() => questions.push(kept),
            _ if line.trim_ascii().is_empty() => {}
            _ => bad_lines.push(number + 1),
        }
    }
    Ok((questions, bad_lines))
}

/// Tells whether a text is a date as it is kept, whose order is that of texts.
fn is_date(text: &str) -> bool {
    let numbers: Option<Vec<u16>> = text.split('-').map(|part| part.parse().ok()).collect();
    let Some([year, month, day]) = numbers.as_deref().and_then(|numbers| <[u16; 3]>::try_from(numbers).ok()) else {
        return false;
    };
    let month = u8::try_from(month).ok().and_then(|month| time::Month::try_from(month).ok());
    let date = month.zip(u8::try_from(day).ok()).map(|(month, day)| Date::from_calendar_date(year.into(), month, day));
    date.is_some_and(|date| date.is_ok_and(|date| date.to_string() == text))
}
