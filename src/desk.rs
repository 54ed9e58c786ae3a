//! The desk: the one path from a question to an answer.

mod answer;
mod catalogue;
mod contacts;
mod passages;
mod whose;

use std::sync::Arc;

use time::{Date, OffsetDateTime};

pub use self::answer::{Answer, Contacts, Outcome, ReleaseContacts};
pub use self::catalogue::{AskedBy, DateRange, GoingOn, Order, PageWanted, ReleaseFilter, ReleaseList};
use self::contacts::ContactBook;
pub use self::contacts::{People, Person};
use self::whose::Whose;
use crate::corpus::{Contact, Corpus, Release};
use crate::language::{Language, Languages, List};
use crate::search::{Hit, Question, SearchIndex, Side};
use crate::text::Words;

/// The press desk: the index and the rules by which an answer is found or refused.
#[derive(Debug)]
pub struct Desk {
    index: SearchIndex,
    contacts: ContactBook,
    limits: Limits,
    /// The organisation's own desk, which is asked in place of the contacts of releases.
    own_contact: Option<Contact>,
    /// Returns which day it is, in UTC: the releases do not say in which zone they are dated.
    today: fn() -> Date,
}

/// Limits of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of passages, at least 1.
    pub passages: usize,
    /// Approximate number of characters of each, in whole sentences.
    pub excerpt_length: usize,
}

/// Weight of a question for a contact from which on the release that meets it is meant, in nats: that of a word which about a third of
/// the passages have. What is left of the question is often a word for asking that the releases lack, as “dial”.
const MEANT: f32 = 1.0;

/// Maximum number of releases that are compared where a question may mean one of several.
const N_COMPARED: usize = 16;

impl Desk {
    /// Sets the desk up over an index.
    #[must_use]
    pub fn new(index: SearchIndex, limits: Limits) -> Self {
        Self { contacts: ContactBook::new(&index), index, limits, own_contact: None, today }
    }

    /// Names the organisation's own desk, if there is one, where no release's contact is asked for.
    #[must_use]
    pub fn with_own_contact(self, own_contact: Option<Contact>) -> Self {
        Self { own_contact, ..self }
    }

    /// Lets another clock say which day it is.
    #[must_use]
    pub fn with_clock(self, today: fn() -> Date) -> Self {
        Self { today, ..self }
    }

    /// Returns the organisation's own desk.
    #[must_use]
    pub fn own_contact(&self) -> Option<&Contact> {
        self.own_contact.as_ref()
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
        self.index.question(text)
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
        let in_hand = self.release_in_hand(question);
        let turned = in_hand.and_then(|in_hand| self.index.turned_to_edition(question, in_hand));
        let question = turned.as_ref().unwrap_or(question);
        let findings = self.index.search(question);
        let mut hits = findings.hits(limit.max(self.limits.passages), self.limits.excerpt_length);
        let asks_contact = asks_contact
            || findings.asks_contact
            || question.asks_contact_in_hand
            || self.contacts.names_somebody_unsaid(question.text());
        // Without a word to look for, something is always like the question; what was talked about may be what it lacks.
        let is_alone = question.context.is_empty();
        // A small number asks nothing after an answer either.
        let asks_nothing = (is_alone || !findings.is_bare) && !question.asks_something();
        let is_vague = findings.is_bare && (hits.is_empty() || is_alone);
        let reached = self.contacts.reached_at(question.text()).map(Contacts::of_people);
        let may_name = reached.is_none() && !question.asks_contact_in_hand;
        let (named, other) = match may_name.then(|| self.whose(question, asks_contact)).flatten() {
            Some(Whose::Contacts(people)) => (Some(people), None),
            Some(Whose::Other(bearer)) => (None, Some(bearer)),
            None => (None, None),
        };
        let asks_contact = asks_contact || named.is_some();
        let contacts = reached.or_else(|| {
            let asked = (asks_contact && other.is_none())
                .then(|| self.contacts_asked(question, named, &hits, &findings.missing, findings.is_bare));
            asked.flatten()
        });
        let answer = if let Some(bearer) = other {
            self.answer_no_contact(bearer, question, &findings)
        } else if let Some(contacts) = contacts {
            // Whose name stands in no paragraph may be of a release that none of the best passages is of.
            if !hits.iter().any(|hit| contacts.place(&hit.release).is_some()) {
                hits = findings.hits(usize::MAX, self.limits.excerpt_length);
            }
            hits.sort_by_cached_key(|hit| contacts.place(&hit.release).unwrap_or(usize::MAX));
            let all = || findings.hits(usize::MAX, self.limits.excerpt_length);
            // Whoever asks for the press and names nothing else wants its desk.
            let asks_press = findings.is_bare && question.has(self.languages(), List::Press);
            let lexicon = self.languages().lexicon_of_all();
            let told = || whose::told_in_text(&contacts, self.index.thresholds().answer, lexicon, all);
            match (!asks_press).then(told).flatten() {
                Some(telling) => Answer::quoting(telling, Vec::new()),
                None => Answer::Contacts(contacts),
            }
        } else if asks_nothing || is_vague {
            Answer::Unclear
        } else if findings.wants_more || !asks_contact && findings.confidence >= self.index.thresholds().answer {
            let (quoted, more) = passages::quoted_and_more(self.worth_offering(question, &hits));
            Answer::quoting(quoted, more)
        } else {
            // Of one word that the releases lack, its meaning alone tells too little.
            let is_known = self.index.knows_a_word(question);
            let is_told = is_known && (findings.missing.is_empty() || question.words().len() > 1);
            let nearest = hits.iter().filter(|hit| is_told && self.is_near(hit)).take(2).cloned();
            let nearest: Vec<Hit> = nearest.collect();
            // Nobody can be asked what no word of is one.
            let contacts = if is_known { self.desk_to_ask(&nearest) } else { Vec::new() };
            let mut missing = findings.missing;
            missing.retain(|word| !self.is_name_of_releases(word));
            Answer::NotFound { nearest, missing, unmet: findings.unmet, contacts, no_contact_of: None }
        };
        // A passage that tells a number may be none of the best.
        if let Answer::Found { quoted: found, .. } = &answer {
            let unranked = found.iter().filter(|hit| !hits.iter().any(|other| hit.is_same(other))).cloned();
            hits.splice(..0, unranked.collect::<Vec<_>>());
        }
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

    /// Returns all contacts of a release, or whom to ask where it names none.
    #[must_use]
    pub fn contacts_of(&self, release: &Arc<Release>) -> ReleaseContacts {
        let contacts = release.contacts.clone();
        let desk = if contacts.is_empty() { self.desk_to_ask(&[]) } else { Vec::new() };
        ReleaseContacts { release: Arc::clone(release), contacts, desk }
    }

    /// Returns the contacts of all releases.
    #[must_use]
    pub fn all_contacts(&self) -> Contacts {
        Contacts::People(self.contacts.everybody())
    }

    /// Returns the contacts that were asked for: those who bear the name, else those of the release in hand or of the one that is
    /// meant, else all; `None` where something is named, by words that are `missing`, that no release is near.
    fn contacts_asked(
        &self,
        question: &Question,
        named: Option<People>,
        hits: &[Hit],
        missing: &[String],
        is_bare: bool,
    ) -> Option<Contacts> {
        let in_hand = self.release_in_hand(question);
        if question.asks_contact_in_hand
            && let Some(release) = in_hand
        {
            return Some(Contacts::Of(self.contacts_of(release)));
        }
        let turned_to = in_hand.filter(|_| !is_bare).and_then(|release| self.turned_to(question, release));
        let stays_with = in_hand.filter(|_| turned_to.is_none());
        if let Some(named) = named.or_else(|| self.contacts.named(question.text())) {
            let here = stays_with.map(|release| ReleaseContacts {
                release: Arc::clone(release),
                contacts: named.list.iter().flat_map(|person| person.contacts_in(release)).collect(),
                desk: Vec::new(),
            });
            let here = here.filter(|here| !here.contacts.is_empty()).map(Contacts::Of);
            return Some(here.unwrap_or_else(|| self.named_in(question, named)));
        }
        let is_meant = |best: &Hit| self.index.weights_met(question, &best.release)[0] >= MEANT;
        let is_near = hits.first().is_some_and(|best| self.is_near(best) || is_meant(best));
        let names_another = in_hand.is_none() || question.names_topic;
        if !missing.is_empty() && names_another && !is_near && turned_to.is_none() {
            return None;
        }
        let best = hits.first().filter(|_| !is_bare && is_near).map(|best| &best.release);
        let meant = turned_to.as_ref().or(stays_with).or(best);
        let anybody = || self.own_contact.clone().map_or_else(|| self.all_contacts(), Contacts::Desk);
        Some(meant.map_or_else(anybody, |release| Contacts::Of(self.contacts_of(release))))
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
        let weights = |release| self.index.weights_met(&alone, release);
        (weights(&best.release) > weights(in_hand)).then_some(best.release)
    }

    /// Returns the people named in a question: of one whom several releases name, the entry in the release that has more of the
    /// question than the others.
    fn named_in(&self, question: &Question, named: People) -> Contacts {
        if let [person] = named.list.as_slice() {
            let releases = person.releases(question.language.unwrap_or(Language::ENGLISH));
            let weight = |release: &Arc<Release>| self.index.weights_met(question, release)[0];
            let compared = releases.into_iter().take(N_COMPARED);
            let mut weights: Vec<(f32, &Arc<Release>)> = compared.map(|release| (weight(release), release)).collect();
            weights.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            if let [(most, release), (next, _), ..] = weights.as_slice()
                && most > next
            {
                let contacts = person.contacts_in(release).collect();
                return Contacts::Of(ReleaseContacts { release: Arc::clone(release), contacts, desk: Vec::new() });
            }
        }
        Contacts::of_people(named)
    }

    /// Tells whether a passage's release is near what was asked.
    fn is_near(&self, hit: &Hit) -> bool {
        hit.nearness >= self.index.thresholds().near
    }

    /// Returns whom to ask when the releases hold no answer: the organisation's own desk, else the contacts of the nearest release, those
    /// first that are of the press, else those named most often.
    fn desk_to_ask(&self, nearest: &[Hit]) -> Vec<Contact> {
        if let Some(own) = &self.own_contact {
            return vec![own.clone()];
        }
        if let Some(best) = nearest.first()
            && !best.release.contacts.is_empty()
        {
            let mut contacts = best.release.contacts.clone();
            contacts.sort_by_key(|contact| !self.is_of_press(contact));
            return contacts;
        }
        self.contacts.most_named().into_iter().cloned().collect()
    }

    /// Tells whether the role, the office or the name of a contact has a word for the press.
    fn is_of_press(&self, contact: &Contact) -> bool {
        let lexicon = self.languages().lexicon_of_all();
        let is_of_press = |part: &String| Words::of(part).folded().any(|word| lexicon.has(List::Press, word));
        [&contact.role, &contact.office, &contact.name].into_iter().flatten().any(is_of_press)
    }

    /// Returns the release of an id, in the language asked for where there is a version in it.
    #[must_use]
    pub fn release(&self, id: &str, preferred: Language) -> Option<&Arc<Release>> {
        self.corpus().release(id, preferred)
    }
}

fn today() -> Date {
    OffsetDateTime::now_utc().date()
}
