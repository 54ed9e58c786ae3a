//! The desk: the one path from a question to an answer.

use std::sync::Arc;

use serde::Serialize;

use crate::corpus::{Contact, Corpus, Release};
use crate::language::Language;
use crate::search::{Hit, Question, SearchIndex, Shown, Side};

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
    /// Somebody to call or write to was asked for, best first.
    Contacts(Vec<ReleaseContacts>),
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

/// A release with those of its contacts that are meant.
#[derive(Debug, Clone)]
pub struct ReleaseContacts {
    /// The release.
    pub release: Arc<Release>,
    /// Who is meant, in the order of the release; nobody where it names nobody.
    pub contacts: Vec<Contact>,
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

/// Tells whether a text asks anything: small numbers alone, as in “2+2”, are met somewhere by chance.
fn asks_something(text: &str) -> bool {
    let is_long = |number: &str| number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    text.contains(char::is_alphabetic) || text.split(|letter: char| !letter.is_ascii_digit()).any(is_long)
}

/// From this confidence on a passage is shown as an answer. In cross-validation (`pressdesk tune --dry-run` prints it for this
/// value) the replies are right as often from .35 to .5; lower, more is answered that the releases don't say, and higher,
/// more is refused that they do.
pub(crate) const LEAST_CONFIDENCE: f32 = 0.45;

/// A passage further down is worth showing when it scores at least this share of the first one's score…
const WORTH_SHOWING: f32 = 0.5;
/// …and this share when it is of another release. Of the 870 labelled questions that are answered, by the JSON of `pressdesk
/// ask`, a right passage is shown in .966 with this and in .969 without, and of 374 passages of other releases 174 are not.
const WORTH_SHOWING_OF_ANOTHER: f32 = 0.8;

/// A question of so few words is a keyword: a right passage is the first in 84 of the 86 labelled questions of kinds keyword and
/// topic, so one more is shown at most, and only when it has as many of the words.
const KEYWORDS: usize = 2;

/// Returns the nearness from which on a release is shown as near a question that no passage answers: about the lowest at which
/// none of the labelled questions far out of scope gets one, everyday ones and traps aside; `tests/it/desk.rs` counts them. By
/// words alone more of what is far looks near, hence the higher bound. What it does to questions not fitted on, `pressdesk tune
/// --dry-run` prints.
pub(crate) fn least_nearness(side: Side) -> f32 {
    match side {
        Side::Words => 0.75,
        Side::Meaning | Side::Both => 0.65,
    }
}

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
        let findings = self.index.search(question);
        let mut hits = findings.hits(limit.max(self.limits.passages), self.limits.excerpt_length);
        let reached = self.contacts_reached_at(question.text());
        // Without a word to look for, something is always like the question; what was talked about may be what it lacks.
        let is_alone = question.context.is_empty();
        let asks_nothing = is_alone && !asks_something(question.text());
        let is_vague = findings.is_bare && (hits.is_empty() || is_alone);
        let whom = if !reached.is_empty() {
            Some(reached)
        } else if findings.asks_contact {
            self.whom_to_contact(question, &hits, &findings.missing, findings.is_bare)
        } else {
            None
        };
        let answer = if let Some(whom) = whom {
            let place = |hit: &Hit| whom.iter().position(|of| Arc::ptr_eq(&of.release, &hit.release));
            // Whose name stands in no paragraph may be of a release that none of the best passages is of.
            if !hits.iter().any(|hit| place(hit).is_some()) {
                hits = findings.hits(usize::MAX, self.limits.excerpt_length);
            }
            hits.sort_by_key(|hit| place(hit).unwrap_or(usize::MAX));
            Answer::Contacts(whom)
        } else if asks_nothing || is_vague {
            Answer::Unclear
        } else if findings.wants_more || !findings.asks_contact && findings.confidence >= LEAST_CONFIDENCE {
            Answer::Found(self.worth_showing(question, &hits))
        } else {
            let nearest: Vec<Hit> = hits.iter().filter(|hit| self.is_near(hit)).take(2).cloned().collect();
            let contacts = self.desk_to_ask(&nearest);
            Answer::NotFound { nearest, missing: findings.missing, contacts }
        };
        hits.truncate(limit);
        (answer, hits)
    }

    /// Returns those of the best passages that an answer shows.
    fn worth_showing(&self, question: &Question, hits: &[Hit]) -> Vec<Hit> {
        let Some(best) = hits.first() else { return Vec::new() };
        let is_keyword = question.context.is_empty() && question.text().split(' ').count() <= KEYWORDS;
        let most = if is_keyword { self.limits.passages.min(2) } else { self.limits.passages };
        let is_worth_it = |hit: &&Hit| {
            let is_of_best = Arc::ptr_eq(&hit.release, &best.release);
            let share = if is_of_best { WORTH_SHOWING } else { WORTH_SHOWING_OF_ANOTHER };
            // Half a question is about what was talked about, and nothing else.
            (is_of_best || !best.features.is_followed())
                && hit.score >= best.score * share
                && (!is_keyword || hit.features.coverage >= best.features.coverage)
        };
        hits.iter().take(self.limits.passages).filter(is_worth_it).take(most).cloned().collect()
    }

    /// Returns the contacts that a person who asks about this needs, best first.
    #[must_use]
    pub fn contacts_for(&self, question: &Question) -> Vec<ReleaseContacts> {
        let reached = self.contacts_reached_at(question.text());
        if !reached.is_empty() {
            return reached;
        }
        let findings = self.index.search(question);
        let hits = findings.hits(1, self.limits.excerpt_length);
        let whom = self.whom_to_contact(question, &hits, &[], findings.is_bare);
        whom.unwrap_or_else(|| self.all_contacts())
    }

    /// Returns the contacts of all releases.
    #[must_use]
    pub fn all_contacts(&self) -> Vec<ReleaseContacts> {
        self.corpus().releases.iter().map(ReleaseContacts::of).collect()
    }

    /// Returns whose contacts were asked for: those that bear the name, else of the release that is meant, else all; `None`
    /// where something is named, by words that are `missing`, that no release is near.
    fn whom_to_contact(
        &self,
        question: &Question,
        hits: &[Hit],
        missing: &[String],
        is_bare: bool,
    ) -> Option<Vec<ReleaseContacts>> {
        let named = self.index.contacts_named(question);
        if !named.is_empty() {
            return Some(named.into_iter().map(|(release, contacts)| ReleaseContacts { release, contacts }).collect());
        }
        let is_near = hits.first().is_some_and(|best| self.is_near(best));
        match hits.first() {
            _ if !missing.is_empty() && !is_near => None,
            Some(best) if !question.context.is_empty() || !is_bare && is_near => {
                Some(vec![ReleaseContacts::of(&best.release)])
            }
            _ => Some(self.all_contacts()),
        }
    }

    /// Tells whether a passage's release is near what was asked.
    fn is_near(&self, hit: &Hit) -> bool {
        hit.nearness >= least_nearness(self.index.side())
    }

    /// Returns the contacts whose mail address or telephone number stands in a text, as when it was pasted.
    fn contacts_reached_at(&self, text: &str) -> Vec<ReleaseContacts> {
        let folded = text.to_lowercase();
        let mails: Vec<&str> = folded.split_whitespace().filter(|word| word.contains('@')).collect();
        let is_of_number = |letter: char| letter.is_ascii_digit() || " +-–.()/".contains(letter);
        let numbers: Vec<&str> = text.split(|letter| !is_of_number(letter)).filter(|run| run.len() > 6).collect();
        if mails.is_empty() && numbers.is_empty() {
            return Vec::new();
        }
        let is_reached = |contact: &&Contact| {
            let mail = contact.email.as_ref().map(|mail| mail.to_lowercase());
            mail.is_some_and(|mail| mails.iter().any(|word| word.contains(&mail)))
                || numbers.iter().any(|number| contact.has_number(number))
        };
        let releases = self.corpus().releases.iter().map(|release| {
            let contacts = release.contacts.iter().filter(is_reached).cloned().collect();
            ReleaseContacts { release: Arc::clone(release), contacts }
        });
        releases.filter(|of| !of.contacts.is_empty()).collect()
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

impl ReleaseContacts {
    /// Takes all contacts of a release.
    #[must_use]
    pub fn of(release: &Arc<Release>) -> Self {
        Self { release: Arc::clone(release), contacts: release.contacts.clone() }
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
            Self::Contacts(whom) => whom.iter().map(|of| &of.release).collect(),
            Self::Unclear => Vec::new(),
        };
        for release in all {
            if !distinct.iter().any(|other| Arc::ptr_eq(other, release)) {
                distinct.push(Arc::clone(release));
            }
        }
        distinct
    }

    /// Returns the passages that it quotes, best first.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        match self {
            Self::Found(hits) => hits.iter().map(Shown::of).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the contacts that the answer shows, each once, in order.
    #[must_use]
    pub fn contacts(&self) -> Vec<Contact> {
        let all: Vec<&Contact> = match self {
            Self::Found(hits) => hits.iter().flat_map(|hit| &hit.release.contacts).collect(),
            Self::Contacts(whom) => whom.iter().flat_map(|of| &of.contacts).collect(),
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
