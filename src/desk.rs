//! The desk: the one path from a question to an answer.

mod catalogue;
mod contacts;
mod passages;

use std::sync::Arc;

use serde::Serialize;

pub use self::catalogue::{AskedBy, Order, ReleaseFilter, ReleaseList};
use self::contacts::ContactBook;
pub use self::contacts::{People, Person};
use crate::corpus::{Contact, Corpus, Release};
use crate::language::{Language, Languages};
use crate::search::{Hit, Question, SearchIndex, Shown, Side};

/// The press desk: the index and the rules by which an answer is found or refused.
#[derive(Debug)]
pub struct Desk {
    index: SearchIndex,
    contacts: ContactBook,
    limits: Limits,
}

/// Limits of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of passages, at least 1.
    pub passages: usize,
    /// Approximate number of characters of each, in whole sentences.
    pub excerpt_length: usize,
}

/// Answer of the desk to a question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Passages of the releases answer it.
    Found {
        /// Those that are quoted, best first: one, or the items of a list that belong together.
        quoted: Vec<Hit>,
        /// Others that may answer too, best first.
        more: Vec<Hit>,
    },
    /// Somebody to call or write to was asked for.
    Contacts(Contacts),
    /// The releases hold no answer.
    NotFound {
        /// The nearest passages, best first; possibly none.
        nearest: Vec<Hit>,
        /// Words of the question that no passage meets, as typed.
        missing: Vec<String>,
        /// The desk to ask.
        contacts: Vec<Contact>,
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

/// Maximum number of releases that are compared where a question may mean one of several.
const N_COMPARED: usize = 16;

impl Desk {
    /// Sets the desk up over an index.
    #[must_use]
    pub fn new(index: SearchIndex, limits: Limits) -> Self {
        Self { contacts: ContactBook::new(&index), index, limits }
    }

    /// Returns the releases.
    #[must_use]
    pub fn corpus(&self) -> &Corpus {
        self.index.corpus()
    }

    /// Returns the languages that texts and questions are read by.
    #[must_use]
    pub fn languages(&self) -> &Arc<Languages> {
        self.index.languages()
    }

    /// Makes a question of a person's text; `None` when there is no letter or digit in it.
    #[must_use]
    pub fn question(&self, text: &str) -> Option<Question> {
        Question::new(text, self.languages())
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
        self.answer_ranked(question, 0).0
    }

    /// Answers a question, and returns the passages in rank order whatever the answer, at most `limit`.
    #[must_use]
    pub fn answer_ranked(&self, question: &Question, limit: usize) -> (Answer, Vec<Hit>) {
        self.answer_as(question, limit, false)
    }

    /// Answers a question; `asks_contact` where its words need not say that it asks for one.
    fn answer_as(&self, question: &Question, limit: usize, asks_contact: bool) -> (Answer, Vec<Hit>) {
        let findings = self.index.search(question);
        let mut hits = findings.hits(limit.max(self.limits.passages), self.limits.excerpt_length);
        let asks_contact = asks_contact
            || findings.asks_contact
            || question.asks_contact_in_hand
            || self.contacts.names_somebody_unsaid(question.text());
        // Without a word to look for, something is always like the question; what was talked about may be what it lacks.
        let is_alone = question.context.is_empty();
        let asks_nothing = is_alone && !question.asks_something();
        let is_vague = findings.is_bare && (hits.is_empty() || is_alone);
        let reached = self.contacts.reached_at(question.text()).map(Contacts::of_people);
        let contacts = reached.or_else(|| {
            let asked = asks_contact.then(|| self.contacts_asked(question, &hits, &findings.missing, findings.is_bare));
            asked.flatten()
        });
        let answer = if let Some(contacts) = contacts {
            // Whose name stands in no paragraph may be of a release that none of the best passages is of.
            if !hits.iter().any(|hit| contacts.place(&hit.release).is_some()) {
                hits = findings.hits(usize::MAX, self.limits.excerpt_length);
            }
            hits.sort_by_cached_key(|hit| contacts.place(&hit.release).unwrap_or(usize::MAX));
            Answer::Contacts(contacts)
        } else if asks_nothing || is_vague {
            Answer::Unclear
        } else if findings.wants_more || !asks_contact && findings.confidence >= self.index.thresholds().answer {
            let (quoted, more) = passages::quoted_and_more(self.worth_offering(question, &hits));
            Answer::Found { quoted, more }
        } else {
            let nearest: Vec<Hit> = hits.iter().filter(|hit| self.is_near(hit)).take(2).cloned().collect();
            let contacts = self.desk_to_ask(&nearest);
            let mut missing = findings.missing;
            missing.retain(|word| !self.is_name_of_releases(word));
            Answer::NotFound { nearest, missing, contacts }
        };
        hits.truncate(limit);
        (answer, hits)
    }

    /// Tells whether a text holds a telephone number or mail address that a contact has.
    #[must_use]
    pub fn reaches_a_contact(&self, text: &str) -> bool {
        self.contacts.reached_at(text).is_some()
    }

    /// Answers whom to contact about a name or topic.
    #[must_use]
    pub fn contacts_for(&self, question: &Question) -> Answer {
        match self.contacts.named(question.text()) {
            Some(named) => Answer::Contacts(Contacts::of_people(named)),
            None => self.answer_as(question, 0, true).0,
        }
    }

    /// Returns the contacts of all releases.
    #[must_use]
    pub fn all_contacts(&self) -> Contacts {
        Contacts::People(self.contacts.everybody())
    }

    /// Returns the contacts that were asked for: those who bear the name, else those of the release in hand or of the one that is
    /// meant, else all; `None` where something is named, by words that are `missing`, that no release is near.
    fn contacts_asked(&self, question: &Question, hits: &[Hit], missing: &[String], is_bare: bool) -> Option<Contacts> {
        let in_hand = self.release_in_hand(question);
        if question.asks_contact_in_hand
            && let Some(release) = in_hand
        {
            return Some(Contacts::Of(ReleaseContacts::of(release)));
        }
        let turned_to = in_hand.filter(|_| !is_bare).and_then(|release| self.turned_to(question, release));
        let stays_with = in_hand.filter(|_| turned_to.is_none());
        if let Some(named) = self.contacts.named(question.text()) {
            let here = stays_with.map(|release| ReleaseContacts {
                release: Arc::clone(release),
                contacts: named.list.iter().flat_map(|person| person.contacts_in(release)).collect(),
            });
            let here = here.filter(|here| !here.contacts.is_empty()).map(Contacts::Of);
            return Some(here.unwrap_or_else(|| self.named_in(question, named)));
        }
        let is_near = hits.first().is_some_and(|best| self.is_near(best));
        let names_another = in_hand.is_none() || question.names_topic;
        if !missing.is_empty() && names_another && !is_near && turned_to.is_none() {
            return None;
        }
        let best = hits.first().filter(|_| !is_bare && is_near).map(|best| &best.release);
        let meant = turned_to.as_ref().or(stays_with).or(best);
        Some(meant.map_or_else(|| self.all_contacts(), |release| Contacts::Of(ReleaseContacts::of(release))))
    }

    /// Returns the release that was talked about last.
    fn release_in_hand(&self, question: &Question) -> Option<&Arc<Release>> {
        let preferred = question.language.unwrap_or(Language::ENGLISH);
        question.context.iter().find_map(|id| self.release(id, preferred))
    }

    /// Returns the release that a question turns to from the one in hand: taken by itself it is near another one, which has more
    /// of what it is about, or as much and more of it in its title.
    fn turned_to(&self, question: &Question, in_hand: &Arc<Release>) -> Option<Arc<Release>> {
        let mut alone = question.clone();
        alone.context.clear();
        alone.shown.clear();
        let hits = self.index.search(&alone).hits(1, self.limits.excerpt_length);
        let best = hits.into_iter().next().filter(|best| best.release.id != in_hand.id && self.is_near(best))?;
        let shares = |release| self.index.shares_met(&alone, release);
        (shares(&best.release) > shares(in_hand)).then_some(best.release)
    }

    /// Returns the people named in a question: of one whom several releases name, the entry in the release that has more of the
    /// question than the others.
    fn named_in(&self, question: &Question, named: People) -> Contacts {
        if let [person] = named.list.as_slice() {
            let releases = person.releases(question.language.unwrap_or(Language::ENGLISH));
            let share = |release: &Arc<Release>| self.index.shares_met(question, release)[0];
            let compared = releases.into_iter().take(N_COMPARED);
            let mut shares: Vec<(f32, &Arc<Release>)> = compared.map(|release| (share(release), release)).collect();
            shares.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            if let [(most, release), (next, _), ..] = shares.as_slice()
                && most > next
            {
                let contacts = person.contacts_in(release).collect();
                return Contacts::Of(ReleaseContacts { release: Arc::clone(release), contacts });
            }
        }
        Contacts::of_people(named)
    }

    /// Tells whether a passage's release is near what was asked.
    fn is_near(&self, hit: &Hit) -> bool {
        hit.nearness >= self.index.thresholds().near
    }

    /// Returns whom to ask when the releases hold no answer: the contacts of the nearest, else those named most often.
    fn desk_to_ask(&self, nearest: &[Hit]) -> Vec<Contact> {
        if let Some(best) = nearest.first()
            && !best.release.contacts.is_empty()
        {
            return best.release.contacts.clone();
        }
        self.contacts.most_named().into_iter().cloned().collect()
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

impl Contacts {
    /// Takes people who were found; those of one release as it prints them.
    fn of_people(people: People) -> Self {
        let first = people.list.first().and_then(|person| person.only_release()).cloned();
        let only = first.filter(|release| {
            let is_of_it =
                |person: &Arc<Person>| person.only_release().is_some_and(|other| Arc::ptr_eq(other, release));
            people.list.iter().all(is_of_it)
        });
        match only {
            Some(release) => {
                let contacts = people.list.iter().flat_map(|person| person.contacts_in(&release)).collect();
                Self::Of(ReleaseContacts { release, contacts })
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
            Self::Of(of) => of.contacts.clone(),
            Self::People(people) => people.list.iter().map(|person| person.contact.clone()).collect(),
        }
    }

    /// Returns the place of a release among those of the contacts.
    fn place(&self, release: &Arc<Release>) -> Option<usize> {
        match self {
            Self::Of(of) => Arc::ptr_eq(&of.release, release).then_some(0),
            Self::People(people) => people.list.iter().position(|person| person.is_named_by(release)),
        }
    }
}

impl Answer {
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
            Self::Found { quoted, more } => quoted.iter().chain(more).map(|hit| &hit.release).collect(),
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
        let is_it = |shown: &Hit| Arc::ptr_eq(&shown.release, &hit.release) && shown.paragraph == hit.paragraph;
        matches!(self, Self::Found { quoted, .. } if quoted.iter().any(is_it))
    }

    /// Returns the contacts of these releases or that were asked for, each once, in order.
    #[must_use]
    pub fn contacts(&self) -> Vec<Contact> {
        let all: Vec<&Contact> = match self {
            Self::Found { quoted, more } => quoted.iter().chain(more).flat_map(|hit| &hit.release.contacts).collect(),
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
