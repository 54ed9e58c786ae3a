//! Answers of the desk.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::contacts::{People, Person};
use crate::corpus::{Contact, Release};
use crate::language::Language;
use crate::search::{Hit, Shown};

/// Answer of the desk to a question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Passages of the releases answer it.
    Found {
        /// Those that are quoted, best first: one, or the items of a list that belong together.
        quoted: Vec<Hit>,
        /// Others that may answer too, best first.
        more: Vec<Hit>,
        /// Questions of the same message that the releases hold no answer to, as typed.
        unanswered: Vec<String>,
    },
    /// Somebody to call or write to was asked for.
    Contacts(Contacts),
    /// The releases hold no answer.
    NotFound {
        /// The nearest passages, best first; possibly none.
        nearest: Vec<Hit>,
        /// Words of the question that no passage meets, as typed.
        missing: Vec<String>,
        /// Names and years of the question that passages on other matters have, as typed.
        unmet: Vec<String>,
        /// The desk to ask.
        contacts: Vec<Contact>,
        /// Name, as typed, whose number or address was asked for and no release gives.
        no_contact_of: Option<String>,
    },
    /// No question was asked: a greeting, a lone "?".
    Unclear,
}

/// Contacts that answer a question for somebody to call or write to.
#[derive(Debug, Clone)]
pub enum Contacts {
    /// Those of one release, as printed there.
    Of(ReleaseContacts),
    /// Those of several releases, each person once.
    People(People),
    /// The desk of the organisation, as the settings have it.
    Desk(Contact),
}

/// Maximum number of releases that an answer is about; a list of more is about none in particular.
const MAX_RELEASES_IN_HAND: usize = 3;

/// A release with those of its contacts that are meant.
#[derive(Debug, Clone)]
pub struct ReleaseContacts {
    /// The release.
    pub release: Arc<Release>,
    /// The contacts that are meant, in the order of the release; possibly none.
    pub contacts: Vec<Contact>,
    /// Whom to ask where there are none.
    pub desk: Vec<Contact>,
}

/// Outcome of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The releases answer it.
    Found,
    /// They don't.
    NotFound,
    /// No question was asked.
    Unclear,
}

impl fmt::Display for Outcome {
    /// Writes the name that the JSON of an answer, logs and metrics have for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Contacts {
    /// Takes people who were found; those of one release as it prints them.
    pub(super) fn of_people(people: People) -> Self {
        let first = people.list.first().and_then(|person| person.only_release()).cloned();
        let only = first.filter(|release| {
            let is_of_it =
                |person: &Arc<Person>| person.only_release().is_some_and(|other| Arc::ptr_eq(other, release));
            people.list.iter().all(is_of_it)
        });
        match only {
            Some(release) => {
                let contacts = people.list.iter().flat_map(|person| person.contacts_in(&release)).collect();
                Self::Of(ReleaseContacts { release, contacts, desk: Vec::new() })
            }
            None => Self::People(people),
        }
    }

    /// Returns the releases that the answer is about, the newest of one person's; none where it lists people of many.
    #[must_use]
    pub fn releases(&self, preferred: Language) -> Vec<Arc<Release>> {
        let list = match self {
            Self::Of(of) => return vec![Arc::clone(&of.release)],
            Self::People(people) => &people.list,
            Self::Desk(_) => return Vec::new(),
        };
        if let [only] = list.as_slice() {
            return only.releases(preferred).into_iter().take(MAX_RELEASES_IN_HAND).cloned().collect();
        }
        let mut releases: Vec<Arc<Release>> = Vec::new();
        for release in list.iter().flat_map(|person| person.releases(preferred)) {
            if !releases.iter().any(|other| other.id == release.id) {
                releases.push(Arc::clone(release));
            }
            if releases.len() > MAX_RELEASES_IN_HAND {
                return Vec::new();
            }
        }
        releases
    }

    /// Returns each contact once.
    #[must_use]
    pub fn list(&self) -> Vec<Contact> {
        match self {
            Self::Of(of) if of.contacts.is_empty() => of.desk.clone(),
            Self::Of(of) => of.contacts.clone(),
            Self::People(people) => people.list.iter().map(|person| person.contact.clone()).collect(),
            Self::Desk(contact) => vec![contact.clone()],
        }
    }

    /// Returns the place of a release among those of the contacts.
    pub(super) fn place(&self, release: &Arc<Release>) -> Option<usize> {
        match self {
            Self::Of(of) => Arc::ptr_eq(&of.release, release).then_some(0),
            Self::People(people) => people.list.iter().position(|person| person.is_named_by(release)),
            Self::Desk(_) => None,
        }
    }
}

impl Answer {
    /// Makes an answer that quotes some passages and offers others, to a question that has no other part.
    pub(crate) fn quoting(quoted: Vec<Hit>, more: Vec<Hit>) -> Self {
        Self::Found { quoted, more, unanswered: Vec::new() }
    }

    /// Returns how the question ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Found { .. } | Self::Contacts(_) => Outcome::Found,
            Self::NotFound { .. } => Outcome::NotFound,
            Self::Unclear => Outcome::Unclear,
        }
    }

    /// Returns the releases that the answer is about, each once, in order.
    #[must_use]
    pub fn releases(&self) -> Vec<Arc<Release>> {
        let mut distinct: Vec<Arc<Release>> = Vec::new();
        let all: Vec<&Arc<Release>> = match self {
            Self::Found { quoted, more, .. } => quoted.iter().chain(more).map(|hit| &hit.release).collect(),
            Self::NotFound { nearest, .. } => nearest.iter().map(|hit| &hit.release).collect(),
            Self::Contacts(contacts) => return contacts.releases(Language::ENGLISH),
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
            Self::Found { quoted, .. } => quoted.iter().map(Shown::of).collect(),
            _ => Vec::new(),
        }
    }

    /// Tells whether the answer quotes a passage.
    #[must_use]
    pub fn quotes(&self, hit: &Hit) -> bool {
        matches!(self, Self::Found { quoted, .. } if quoted.iter().any(|shown| shown.is_same(hit)))
    }

    /// Returns the contacts of these releases or that were asked for, each once, in order.
    #[must_use]
    pub fn contacts(&self) -> Vec<Contact> {
        let all: Vec<&Contact> = match self {
            Self::Found { quoted, more, .. } => {
                quoted.iter().chain(more).flat_map(|hit| &hit.release.contacts).collect()
            }
            Self::Contacts(contacts) => return contacts.list(),
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
