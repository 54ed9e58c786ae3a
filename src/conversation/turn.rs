//! A turn of a conversation: what was understood of a request, what the releases answer, and the reply.

use std::fmt;

use serde::Serialize;

use super::contacts;
use super::reply::Reply;
use crate::corpus::Contact;
use crate::desk::{Answer, Contacts, Outcome};
use crate::search::{Hit, Question};

/// A request with its answer; every surface is a view of one.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The kind of the reply.
    pub kind: ReplyKind,
    /// The question that the releases were searched for; `None` for a command and for a text that asks nothing.
    pub question: Option<Question>,
    /// The answer of the releases; `None` where they were not asked.
    pub answer: Option<Answer>,
    /// The best passages in rank order whatever the answer, at most as many as were asked for.
    pub ranked: Vec<Hit>,
    /// The contacts that the reply names, each once.
    pub contacts: Vec<Contact>,
    /// The reply, with the context of the next turn.
    pub reply: Reply,
}

/// Kind of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// Passages that answer.
    Passages,
    /// People to call or write to.
    Contacts,
    /// The date of a release.
    ReleaseDate,
    /// The releases hold no answer.
    NotFound,
    /// No question was seen.
    Unclear,
    /// A release, word for word.
    Release,
    /// The list of the releases.
    Releases,
    /// A release was asked for that there is not.
    UnknownRelease,
    /// The greeting, with what the bot is.
    Start,
    /// The help.
    Help,
    /// The language of replies, or the languages to choose from.
    Language,
    /// The conversation was forgotten.
    Reset,
    /// The statement on privacy.
    Privacy,
    /// A cry for help was read: where to find help, and nothing else.
    Danger,
    /// An answer to a greeting.
    Greeting,
    /// An answer to thanks.
    Thanks,
    /// An answer to a good-bye.
    Goodbye,
    /// An answer to chat.
    SmallTalk,
    /// What the bot is.
    Identity,
    /// An answer to a complaint about the last answer.
    Complaint,
    /// An answer to an insult.
    Abuse,
    /// An answer to an order that the bot does not carry out.
    Instruction,
    /// A command that there is not.
    UnknownCommand,
    /// A message without text.
    NotText,
}

impl fmt::Display for ReplyKind {
    /// Writes the name that the JSON of an answer has for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Turn {
    /// Makes a turn that searched for nothing.
    pub(super) fn told(kind: ReplyKind, reply: Reply) -> Self {
        Self { kind, question: None, answer: None, ranked: Vec::new(), contacts: Vec::new(), reply }
    }

    /// Returns how the request ended; [`Outcome::Unclear`] for a command that asks nothing.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.kind {
            ReplyKind::Release => Outcome::Found,
            _ => self.reply.outcome.unwrap_or(Outcome::Unclear),
        }
    }

    /// Tells whether the reply quotes a passage.
    #[must_use]
    pub fn is_shown(&self, hit: &Hit) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.quotes(hit))
    }
}

/// Returns the contacts that a reply to an answer names; `page` is that of a long list of people.
pub(super) fn contacts_shown(answer: &Answer, page: usize, per_page: usize) -> Vec<Contact> {
    match answer {
        Answer::Contacts(Contacts::People(people)) => {
            contacts::on_page(&people.list, page, per_page).iter().map(|person| person.contact.clone()).collect()
        }
        answer => answer.contacts(),
    }
}
