//! The desk: the one path from a question to an answer.

use std::sync::Arc;

use serde::Serialize;

use crate::corpus::{Contact, Corpus, Release};
use crate::language::Language;
use crate::search::{Hit, Question, SearchIndex, Side};

/// The press desk: the index and the rules by which an answer is found or refused.
#[derive(Debug)]
pub struct Desk {
    index: SearchIndex,
    limits: Limits,
}

/// How much an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many passages, at least 1.
    pub passages: usize,
    /// How many characters of each, in whole sentences.
    pub excerpt_length: usize,
}

/// What the desk says to a question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Passages of the releases answer it, best first.
    Found(Vec<Hit>),
    /// Somebody to call or write to was asked for: of these releases, best first.
    Contacts(Vec<Arc<Release>>),
    /// The releases hold no answer.
    NotFound {
        /// What is nearest all the same, best first; possibly nothing.
        nearest: Vec<Hit>,
        /// What was looked for and not met, in the person's own words.
        missing: Vec<String>,
        /// The desk to ask.
        contacts: Vec<Contact>,
    },
    /// It was no question: a greeting, a lone "?".
    Unclear,
}

/// How a question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The releases answer it.
    Found,
    /// They don't.
    NotFound,
    /// It was no question.
    Unclear,
}

/// From this confidence on a passage is shown as an answer: above one half, because to pass something near for an answer is
/// worse than to refuse. By `pressdesk eval tests/questions/kept.jsonl` it refuses .60 of the questions out of scope and .075
/// of the others, where one half refused .33 and .025.
pub(crate) const LEAST_CONFIDENCE: f32 = 0.62;

/// The releases further down are worth showing when their best passage scores at least this share of the first one's.
const WORTH_SHOWING: f32 = 0.5;

impl Desk {
    /// Sets the desk up over an index.
    #[must_use]
    pub fn new(index: SearchIndex, limits: Limits) -> Self {
        Self { index, limits }
    }

    /// Returns the releases.
    #[must_use]
    pub fn corpus(&self) -> &Corpus {
        self.index.corpus()
    }

    /// Returns the index.
    #[must_use]
    pub fn index(&self) -> &SearchIndex {
        &self.index
    }

    /// Compares by one side alone, where there is one: to see what it is worth.
    #[must_use]
    pub fn by(self, side: Side) -> Self {
        Self { index: self.index.by(side), ..self }
    }

    /// Answers a question.
    #[must_use]
    pub fn answer(&self, question: &Question) -> Answer {
        self.answer_with(question, self.limits.passages).0
    }

    /// Answers a question, and returns the passages in rank order whatever the outcome, at most `limit`.
    #[must_use]
    pub fn answer_with(&self, question: &Question, limit: usize) -> (Answer, Vec<Hit>) {
        let findings = self.index.search(question, limit.max(self.limits.passages), self.limits.excerpt_length);
        let mut hits = findings.hits;
        let answer = if findings.asks_contact {
            let releases = self.releases_to_contact(question, &hits, findings.is_bare);
            let place = |hit: &Hit| releases.iter().position(|release| Arc::ptr_eq(release, &hit.release));
            hits.sort_by_key(|hit| place(hit).unwrap_or(usize::MAX));
            Answer::Contacts(releases)
        } else if findings.is_bare && hits.is_empty() {
            Answer::Unclear
        } else if findings.confidence >= LEAST_CONFIDENCE {
            let best = hits.first().map_or(0.0, |hit| hit.score);
            let shown = hits.iter().take(self.limits.passages).filter(|hit| hit.score >= best * WORTH_SHOWING);
            Answer::Found(shown.cloned().collect())
        } else {
            let nearest: Vec<Hit> = hits.iter().take(2).cloned().collect();
            let contacts = self.desk_to_ask(&nearest);
            Answer::NotFound { nearest, missing: findings.missing, contacts }
        };
        hits.truncate(limit);
        (answer, hits)
    }

    /// Returns the releases whose contacts a person who asks about this needs, best first.
    #[must_use]
    pub fn contacts_for(&self, question: &Question) -> Vec<Arc<Release>> {
        let findings = self.index.search(question, 1, self.limits.excerpt_length);
        self.releases_to_contact(question, &findings.hits, findings.is_bare)
    }

    /// Returns the releases whose contacts were asked for: those that bear the name, else the one that is meant, else all.
    fn releases_to_contact(&self, question: &Question, hits: &[Hit], is_bare: bool) -> Vec<Arc<Release>> {
        let named = self.index.releases_of_contact(question);
        if !named.is_empty() {
            return named;
        }
        match hits.first() {
            Some(best) if !is_bare || !question.context.is_empty() => vec![Arc::clone(&best.release)],
            _ => self.corpus().releases.clone(),
        }
    }

    /// Returns whom to ask when the releases hold no answer: the contacts of the nearest, else those named most often.
    fn desk_to_ask(&self, nearest: &[Hit]) -> Vec<Contact> {
        if let Some(best) = nearest.first()
            && !best.release.contacts.is_empty()
        {
            return best.release.contacts.clone();
        }
        let all: Vec<&Contact> = self.corpus().releases.iter().flat_map(|release| &release.contacts).collect();
        let n_named = |contact: &Contact| {
            all.iter().filter(|other| other.email == contact.email && other.name == contact.name).count()
        };
        all.iter().max_by_key(|contact| n_named(contact)).map(|contact| vec![(*contact).clone()]).unwrap_or_default()
    }

    /// Returns the release of an id, in the language asked for where there is a version in it.
    #[must_use]
    pub fn release(&self, id: &str, preferred: Language) -> Option<&Arc<Release>> {
        self.corpus().release(id, preferred)
    }
}

impl Answer {
    /// Returns how the question ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Found(_) | Self::Contacts(_) => Outcome::Found,
            Self::NotFound { .. } => Outcome::NotFound,
            Self::Unclear => Outcome::Unclear,
        }
    }

    /// Returns the releases that the answer shows, each once, in order.
    #[must_use]
    pub fn releases(&self) -> Vec<Arc<Release>> {
        let mut distinct: Vec<Arc<Release>> = Vec::new();
        let all: Vec<&Arc<Release>> = match self {
            Self::Found(hits) | Self::NotFound { nearest: hits, .. } => hits.iter().map(|hit| &hit.release).collect(),
            Self::Contacts(releases) => releases.iter().collect(),
            Self::Unclear => Vec::new(),
        };
        for release in all {
            if !distinct.iter().any(|other| Arc::ptr_eq(other, release)) {
                distinct.push(Arc::clone(release));
            }
        }
        distinct
    }

    /// Returns the contacts that the answer shows, each once, in order.
    #[must_use]
    pub fn contacts(&self) -> Vec<Contact> {
        let all: Vec<&Contact> = match self {
            Self::Found(hits) => hits.iter().flat_map(|hit| &hit.release.contacts).collect(),
            Self::Contacts(releases) => releases.iter().flat_map(|release| &release.contacts).collect(),
            Self::NotFound { contacts, .. } => contacts.iter().collect(),
            Self::Unclear => Vec::new(),
        };
        let mut distinct: Vec<Contact> = Vec::new();
        for contact in all {
            if !distinct.contains(contact) {
                distinct.push(contact.clone());
            }
        }
        distinct
    }
}
