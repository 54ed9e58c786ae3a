//! Merging of the contacts of all releases into people: each person once.
//!
//! Two entries are the same person when
//!
//! - they bear the same name and share an e-mail address, an office or a telephone number, or
//! - they share an e-mail address, and every word of one name is met in the other (“Alba Amaya” and “Alba M. Amaya” in “Alba
//!   Miriam Amaya”), or one of them has no name.
//!
//! Whoever may be either of two others (“Ana” beside “Ana López” and “Ana Ruiz” at one address) stays apart, and so does
//! everybody at an address that more than [`MAX_NAMES_AT_ADDRESS`] people share: a person listed twice does less harm than two
//! taken for one. Case, accents and the signs in a number do not count.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::person::{Mention, Person, digits};
use crate::corpus::{Contact, Corpus};
use crate::text::{Words, fold};

/// Maximum number of names at one e-mail address that are compared; more share a mailbox of their office.
const MAX_NAMES_AT_ADDRESS: usize = 8;

/// Merges the contacts of all releases into people, in the order of the newest release of each.
pub(super) fn merged(corpus: &Corpus) -> Vec<Person> {
    let mut mentions: Vec<Mention> = Vec::new();
    for release in &corpus.releases {
        mentions.extend((0..release.contacts.len()).map(|position| Mention { release: Arc::clone(release), position }));
    }
    let entries: Vec<FoldedContact> = mentions.iter().map(|mention| FoldedContact::of(mention.contact())).collect();
    let mut groups = DisjointSets((0..entries.len()).collect());
    let mut first_with: HashMap<(&str, Share<'_>), usize> = HashMap::new();
    for (number, entry) in entries.iter().enumerate() {
        for share in entry.shares() {
            groups.join(number, *first_with.entry((&entry.name, share)).or_insert(number));
        }
    }
    let mut at_address: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.email.is_empty()) {
        at_address.entry(&entry.email).or_default().push(number);
    }
    // Decided on the groups as they are now, so that no address depends on another one that happened to come before.
    let firsts: Vec<usize> = (0..entries.len()).map(|number| groups.first_of(number)).collect();
    for (number, other) in at_address.values().flat_map(|numbers| joins_at_address(&entries, numbers, &firsts)) {
        groups.join(number, other);
    }
    let mut people: Vec<Vec<Mention>> = Vec::new();
    let mut person_of: HashMap<usize, usize> = HashMap::new();
    for (number, mention) in mentions.into_iter().enumerate() {
        let person = *person_of.entry(groups.first_of(number)).or_insert(people.len());
        if person == people.len() {
            people.push(Vec::new());
        }
        people[person].push(mention);
    }
    people.into_iter().map(Person::new).collect()
}

/// Returns the pairs at one address whose names say that they are one; `firsts` are the groups of all entries.
fn joins_at_address(entries: &[FoldedContact], numbers: &[usize], firsts: &[usize]) -> Vec<(usize, usize)> {
    let mut seen: HashSet<&str> = HashSet::new();
    let all = numbers.iter().map(|number| (entries[*number].name.as_str(), *number));
    let mut names: Vec<(&str, usize)> = all.filter(|(name, _)| seen.insert(name)).collect();
    if names.len() > MAX_NAMES_AT_ADDRESS {
        return Vec::new();
    }
    // Fuller names first, so that a short one meets all that it may be short for.
    names.sort_by_key(|(name, number)| (std::cmp::Reverse(name.len()), *number));
    let mut joins = Vec::new();
    let mut groups: Vec<usize> = names.iter().map(|(_, number)| firsts[*number]).collect();
    for (at, (short, number)) in names.iter().enumerate() {
        let fuller = names[..at].iter().zip(&groups).filter(|((full, _), _)| is_short_for(short, full));
        let fuller: BTreeSet<usize> = fuller.map(|(_, group)| *group).collect();
        if let (1, Some(&only)) = (fuller.len(), fuller.first()) {
            joins.push((*number, only));
            groups[at] = only;
        }
    }
    joins
}

/// Tells whether every word of a name is met in a fuller one; an initial is met by a word that begins with it, and no name by
/// any.
fn is_short_for(short: &str, full: &str) -> bool {
    let is_met = |word: &str| {
        let is_initial = word.chars().count() == 1;
        full.split(' ').any(|other| other == word || is_initial && other.starts_with(word))
    };
    short.is_empty() || short.split(' ').all(is_met)
}

/// A contact as it is compared, folded; empty where it has none.
struct FoldedContact {
    name: String,
    office: String,
    phone: String,
    email: String,
}

/// Property that two entries of one name may share.
#[derive(PartialEq, Eq, Hash)]
enum Share<'a> {
    Office(&'a str),
    Phone(&'a str),
    Email(&'a str),
    /// Of entries without a name, which an office alone does not make one.
    Reach {
        office: &'a str,
        phone: &'a str,
        email: &'a str,
    },
}

impl FoldedContact {
    fn of(contact: &Contact) -> Self {
        let folded = |part: &Option<String>| {
            let part = part.as_deref().unwrap_or_default();
            Words::of(part).folded().collect::<Vec<_>>().join(" ")
        };
        Self {
            name: folded(&contact.name),
            office: folded(&contact.office),
            phone: digits(contact.phone.as_deref().unwrap_or_default()),
            email: fold(contact.email.as_deref().unwrap_or_default()),
        }
    }

    fn shares(&self) -> Vec<Share<'_>> {
        let Self { name, office, phone, email } = self;
        if name.is_empty() {
            return vec![Share::Reach { office, phone, email }];
        }
        let shares = [(office, Share::Office(office)), (phone, Share::Phone(phone)), (email, Share::Email(email))];
        shares.into_iter().filter(|(part, _)| !part.is_empty()).map(|(_, share)| share).collect()
    }
}

/// Disjoint sets of numbers: each points to one before it in its set, the first to itself.
struct DisjointSets(Vec<usize>);

impl DisjointSets {
    fn first_of(&mut self, mut number: usize) -> usize {
        while self.0[number] != number {
            self.0[number] = self.0[self.0[number]];
            number = self.0[number];
        }
        number
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first_of(one), self.first_of(other));
        self.0[one.max(other)] = one.min(other);
    }
}
