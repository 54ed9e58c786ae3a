//! A person or office, with the entries of releases that name them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::corpus::{Contact, Release};
use crate::language::{Language, Languages};
use crate::search::folded_topic_words;
use crate::text::{Words, fold};

/// Maximum number of telephone numbers, and of e-mail addresses, that a person is listed with.
const MAX_WAYS: usize = 3;

/// A person or office, with the releases that name them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The fullest name, and of the other parts the newest.
    pub contact: Contact,
    /// The telephone numbers, newest first, the signs between their digits aside.
    pub phones: Vec<String>,
    /// The e-mail addresses, newest first.
    pub emails: Vec<String>,
    /// The entries that name them, those of the newest release first.
    pub(super) mentions: Vec<Mention>,
}

/// One contact of one release.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) release: Arc<Release>,
    /// Position among the contacts of the release.
    pub(super) position: usize,
}

impl Mention {
    pub(super) fn contact(&self) -> &Contact {
        &self.release.contacts[self.position]
    }
}

impl Person {
    pub(super) fn new(mentions: Vec<Mention>) -> Self {
        let newest =
            |part: fn(&Contact) -> &Option<String>| mentions.iter().find_map(|one| part(one.contact()).clone());
        let names = mentions.iter().rev().filter_map(|one| one.contact().name.as_ref());
        let name = names
            .max_by_key(|name| Words::of(name.as_str()).iter().map(|word| word.range.len().min(2)).sum::<usize>())
            .cloned();
        let phones = distinct(mentions.iter().filter_map(|one| one.contact().phone.as_ref()), digits);
        let emails = distinct(mentions.iter().filter_map(|one| one.contact().email.as_ref()), fold);
        let contact = Contact {
            name,
            role: newest(|contact| &contact.role),
            office: newest(|contact| &contact.office),
            phone: phones.first().cloned(),
            email: emails.first().cloned(),
        };
        Self { contact, phones, emails, mentions }
    }

    /// Returns the releases that name the person, newest first; of versions in several languages the one in `preferred` where
    /// there is one.
    #[must_use]
    pub fn releases(&self, preferred: Language) -> Vec<&Arc<Release>> {
        let mut positions: HashMap<&str, usize> = HashMap::new();
        let mut releases: Vec<&Arc<Release>> = Vec::new();
        for mention in &self.mentions {
            let release = &mention.release;
            match positions.get(release.id.as_str()) {
                Some(position) if release.language == preferred => releases[*position] = release,
                Some(_) => {}
                None => {
                    positions.insert(&release.id, releases.len());
                    releases.push(release);
                }
            }
        }
        releases
    }

    /// Returns the release that names the person, where it is the only one.
    pub(in crate::desk) fn only_release(&self) -> Option<&Arc<Release>> {
        let (first, others) = self.mentions.split_first()?;
        let is_same = |other: &Mention| Arc::ptr_eq(&other.release, &first.release);
        others.iter().all(is_same).then_some(&first.release)
    }

    /// Tells whether a release names the person.
    pub(in crate::desk) fn is_named_by(&self, release: &Arc<Release>) -> bool {
        self.mentions.iter().any(|mention| Arc::ptr_eq(&mention.release, release))
    }

    /// Returns the entries of the person in a release, as printed there.
    pub(in crate::desk) fn contacts_in(&self, release: &Arc<Release>) -> impl Iterator<Item = Contact> {
        let here = self.mentions.iter().filter(|mention| Arc::ptr_eq(&mention.release, release));
        here.map(|mention| mention.contact().clone())
    }

    /// Returns the role and office of each entry and the place of its release, with its language.
    pub(super) fn surroundings(&self) -> impl Iterator<Item = (&str, Language)> {
        self.mentions.iter().flat_map(|mention| {
            let contact = mention.contact();
            let parts = [&contact.role, &contact.office, &mention.release.place];
            parts.into_iter().flatten().map(|part| (part.as_str(), mention.release.language))
        })
    }

    pub(super) fn name_words(&self, languages: &Languages) -> BTreeSet<String> {
        let names = self.mentions.iter().filter_map(|mention| mention.contact().name.as_ref());
        names.flat_map(|name| folded_topic_words(name, languages)).collect()
    }
}

/// Returns the extension of a phone number, “540” of “Ext. 540”.
pub(super) fn extension(phone: &str) -> Option<String> {
    let letters = phone.rfind(char::is_alphabetic)?;
    Some(digits(&phone[letters..])).filter(|digits| !digits.is_empty())
}

pub(super) fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// Returns the first few texts that differ by a key.
fn distinct<'t>(texts: impl Iterator<Item = &'t String>, key: impl Fn(&str) -> String) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(key(text))).take(MAX_WAYS).cloned().collect()
}
