//! The JSON of an answer, which other programs rely on: fields are added, never changed.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conversation::{Block, Context, Conversation, Meant, Reply, Request, Said};
use crate::corpus::Contact;
use crate::desk::{Answer, Contacts, Outcome, ReleaseContacts};
use crate::language::Language;
use crate::search::Hit;

/// One question of the input of `ask --jsonl`.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object with a question")]
struct QuestionLine {
    id: Option<Value>,
    question: String,
    context: Option<String>,
    lang: Option<String>,
}

/// One answer.
#[derive(Debug, Serialize)]
pub(super) struct AnswerLine {
    /// As given, if given.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    /// What was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
    /// Why the line could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(flatten)]
    answer: Option<AnswerFields>,
}

#[derive(Debug, Serialize)]
struct AnswerFields {
    language: Language,
    outcome: Outcome,
    passages: Vec<PassageFields>,
    contacts: Vec<Contact>,
    /// What a command, or when a release is from, is answered with, as text; any other question has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
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
}

impl AnswerLine {
    /// Answers a question; `limit` is how many passages are listed, whatever the outcome.
    pub(super) fn of(
        conversation: &Conversation,
        text: &str,
        id: Option<Value>,
        context: &Context,
        limit: usize,
    ) -> Self {
        let started = Instant::now();
        let request = match Request::parse(text) {
            Request::Ask(text) | Request::Search(text) => conversation.meaning(&text, context),
            command => Meant::Command(command, None),
        };
        let mut fields = match request {
            Meant::Question { text: question, about, .. } => {
                match conversation.question(&question, about.clone(), context) {
                    Some(question) => {
                        let language = conversation.language_of_reply(question.language, context);
                        match conversation.answer(&question, about.as_deref(), context, limit) {
                            (Said::Answer(answer), hits) => {
                                let contacts = conversation.contacts_shown(&answer, 1);
                                AnswerFields { contacts, ..AnswerFields::of(language, answer.outcome(), hits) }
                            }
                            (Said::Dated(release), hits) => AnswerFields {
                                reply: Some(text_of(&conversation.respond(&Request::parse(text), context))),
                                contacts: release.contacts.clone(),
                                ..AnswerFields::of(language, Outcome::Found, hits)
                            },
                        }
                    }
                    None => {
                        let language =
                            conversation.language_of_reply(conversation.desk().languages().detect(text), context);
                        AnswerFields::of(language, Outcome::Unclear, Vec::new())
                    }
                }
            }
            Meant::Command(command, _) => AnswerFields::of_command(conversation, text, &command, context),
        };
        fields.elapsed_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        Self { id, question: Some(text.to_owned()), error: None, answer: Some(fields) }
    }

    fn unreadable(id: Option<Value>, error: String) -> Self {
        Self { id, question: None, error: Some(error), answer: None }
    }
}

impl AnswerFields {
    fn of(language: Language, outcome: Outcome, hits: Vec<Hit>) -> Self {
        Self {
            language,
            outcome,
            passages: hits.into_iter().map(PassageFields::of).collect(),
            contacts: Vec::new(),
            reply: None,
            elapsed_us: 0,
        }
    }

    /// Answers a command, or what means one, as the conversation does.
    fn of_command(conversation: &Conversation, text: &str, command: &Request, context: &Context) -> Self {
        let reply = conversation.respond(&Request::parse(text), context);
        let (answer, page) = match command {
            Request::Contacts { words, page } => (conversation.contacts(words, context), *page),
            Request::Release { id, .. } => {
                let release = conversation.desk().release(id, reply.language).map(ReleaseContacts::of);
                (release.map_or(Answer::Unclear, |of| Answer::Contacts(Contacts::Of(of))), 1)
            }
            _ => (Answer::Unclear, 1),
        };
        let contacts = conversation.contacts_shown(&answer, page);
        let fields = Self::of(reply.language, answer.outcome(), Vec::new());
        Self { contacts, reply: Some(text_of(&reply)), ..fields }
    }
}

impl PassageFields {
    fn of(hit: Hit) -> Self {
        Self {
            release: hit.release.id.clone(),
            title: hit.release.title.clone(),
            paragraph: hit.paragraph,
            highlights: hit.excerpt.highlights.iter().map(|range| [range.start, range.end]).collect(),
            text: hit.excerpt.text,
            score: hit.score,
        }
    }
}

fn text_of(reply: &Reply) -> String {
    reply.blocks.iter().map(Block::text).collect::<Vec<_>>().join("\n\n")
}

/// Answers one line of the input, in a context where it brings none; a line that can't be read gives an answer that says why.
pub(super) fn answer_line(conversation: &Conversation, line: &[u8], context: &Context, limit: usize) -> AnswerLine {
    let asked: QuestionLine = match serde_json::from_slice(line) {
        Ok(asked) => asked,
        Err(error) => {
            // The id may be readable where the rest isn't, and tells whose question went wrong.
            let id = serde_json::from_slice::<Value>(line).ok().and_then(|value| value.get("id").cloned());
            return AnswerLine::unreadable(id, format!("this line is no question: {error}"));
        }
    };
    let chosen_language = match asked.lang.as_deref().map(Language::from_code) {
        Some(None) => return AnswerLine::unreadable(asked.id, "`lang` must be a language code such as en".to_owned()),
        Some(language) => language,
        None => context.chosen_language,
    };
    let mut context = Context { chosen_language, ..context.clone() };
    if let Some(before) = asked.context {
        context = conversation.respond(&Request::Ask(before), &context).context;
    }
    AnswerLine::of(conversation, &asked.question, asked.id, &context, limit)
}
