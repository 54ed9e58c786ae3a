//! JSON of an answer. Other programs rely on it: fields are added, never changed.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conversation::{Context, Conversation, ReplyKind, Request, Turn};
use crate::corpus::Contact;
use crate::desk::{Answer, Outcome};
use crate::language::Language;
use crate::search::Hit;

/// Input line of `ask --jsonl`.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object with a question")]
struct QuestionLine {
    id: Option<Value>,
    question: String,
    context: Option<String>,
    lang: Option<String>,
}

/// Output line of `ask --jsonl`, and output of `ask --json`.
#[derive(Debug, Serialize)]
pub(super) struct AnswerLine {
    /// Id of the input line, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    /// Question as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
    /// Reason why the line is invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(flatten)]
    answer: Option<AnswerFields>,
}

#[derive(Debug, Serialize)]
struct AnswerFields {
    language: Language,
    outcome: Outcome,
    kind: ReplyKind,
    passages: Vec<PassageFields>,
    contacts: Vec<Contact>,
    /// Questions of the message that have no answer beside others that have one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unanswered: Vec<String>,
    /// Text of the reply.
    reply: String,
    elapsed_us: u64,
}

#[derive(Debug, Serialize)]
struct PassageFields {
    release: String,
    title: String,
    paragraph: usize,
    text: String,
    highlights: Vec<[usize; 2]>,
    score: f32,
    /// Set when the reply quotes the passage.
    shown: bool,
}

impl AnswerLine {
    /// Answers a text; `limit` is the maximum number of listed passages, for every outcome.
    pub(super) fn of(
        conversation: &Conversation,
        text: &str,
        id: Option<Value>,
        context: &Context,
        limit: usize,
    ) -> Self {
        let started = Instant::now();
        let turn = conversation.turn_ranked(&Request::parse(text), context, limit);
        let elapsed_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let answer = AnswerFields {
            language: turn.reply.language,
            outcome: turn.outcome(),
            kind: turn.kind,
            passages: turn.ranked.iter().map(|hit| PassageFields::of(hit, &turn)).collect(),
            unanswered: match turn.answer {
                Some(Answer::Found { unanswered, .. }) => unanswered,
                _ => Vec::new(),
            },
            reply: turn.reply.text(),
            contacts: turn.contacts,
            elapsed_us,
        };
        Self { id, question: Some(text.to_owned()), error: None, answer: Some(answer) }
    }

    fn unreadable(id: Option<Value>, error: String) -> Self {
        Self { id, question: None, error: Some(error), answer: None }
    }
}

impl PassageFields {
    fn of(hit: &Hit, turn: &Turn) -> Self {
        Self {
            release: hit.release.id.clone(),
            title: hit.release.title.clone(),
            paragraph: hit.paragraph,
            text: hit.excerpt.text.clone(),
            highlights: hit.excerpt.highlights.iter().map(|range| [range.start, range.end]).collect(),
            score: hit.score,
            shown: turn.is_shown(hit),
        }
    }
}

/// Answers a line of the input; `context` applies if the line has none. An invalid line is answered with its error.
pub(super) fn answer_line(conversation: &Conversation, line: &[u8], context: &Context, limit: usize) -> AnswerLine {
    let asked: QuestionLine = match serde_json::from_slice(line) {
        Ok(asked) => asked,
        Err(error) => {
            // The id may be readable even if the rest isn't, and identifies the line.
            let id = serde_json::from_slice::<Value>(line).ok().and_then(|value| value.get("id").cloned());
            return AnswerLine::unreadable(id, format!("this line is not a question: {error}"));
        }
    };
    let chosen_language = match asked.lang.as_deref().map(Language::from_code) {
        Some(None) => return AnswerLine::unreadable(asked.id, "`lang` must be a language code such as en".to_owned()),
        Some(language) => language,
        None => context.chosen_language,
    };
    let mut context = Context { chosen_language, ..context.clone() };
    if let Some(before) = asked.context {
        context = conversation.turn(&Request::parse(&before), &context).reply.context;
    }
    AnswerLine::of(conversation, &asked.question, asked.id, &context, limit)
}
