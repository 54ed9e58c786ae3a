//! Contacts of all releases: each person once, found by name, number or address.
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

use super::whose::PersonWords;
use crate::corpus::{Contact, Corpus, Release};
use crate::language::{Language, Languages};
use crate::search::{SearchIndex, folded_topic_words};
use crate::text::{Words, fold};

/// Maximum number of names at one e-mail address that are compared; more share a mailbox of their office.
const MAX_NAMES_AT_ADDRESS: usize = 8;

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
    mentions: Vec<Mention>,
}

/// One contact of one release.
#[derive(Debug, Clone)]
struct Mention {
    release: Arc<Release>,
    /// Position among the contacts of the release.
    position: usize,
}

impl Mention {
    fn contact(&self) -> &Contact {
        &self.release.contacts[self.position]
    }
}

impl Person {
    fn new(mentions: Vec<Mention>) -> Self {
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
    pub(super) fn only_release(&self) -> Option<&Arc<Release>> {
        let (first, others) = self.mentions.split_first()?;
        let is_same = |other: &Mention| Arc::ptr_eq(&other.release, &first.release);
        others.iter().all(is_same).then_some(&first.release)
    }

    /// Tells whether a release names the person.
    pub(super) fn is_named_by(&self, release: &Arc<Release>) -> bool {
        self.mentions.iter().any(|mention| Arc::ptr_eq(&mention.release, release))
    }

    /// Returns the entries of the person in a release, as printed there.
    pub(super) fn contacts_in(&self, release: &Arc<Release>) -> impl Iterator<Item = Contact> {
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

/// People that were found, and the words that find them again.
#[derive(Debug, Clone)]
pub struct People {
    /// The people, best first.
    pub list: Vec<Arc<Person>>,
    /// The words of `/contacts` that name them; empty for everybody.
    pub words: String,
}

/// Contacts of a corpus, merged once.
#[derive(Debug)]
pub(super) struct ContactBook {
    languages: Arc<Languages>,
    pub(super) people: Vec<Arc<Person>>,
    /// The words that each is found by.
    pub(super) words: Vec<PersonWords>,
    /// The people that each folded word of a name belongs to.
    by_name_word: HashMap<String, Vec<usize>>,
    /// The words of names that the text of no release has.
    unsaid: HashSet<String>,
    most_named: Option<Contact>,
}

impl ContactBook {
    pub(super) fn new(index: &SearchIndex) -> Self {
        let people: Vec<Arc<Person>> = merged(index.corpus()).into_iter().map(Arc::new).collect();
        let mut by_name_word: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, person) in people.iter().enumerate() {
            for word in person.name_words(index.languages()) {
                by_name_word.entry(word).or_default().push(number);
            }
        }
        let unsaid = by_name_word.keys().filter(|word| !index.is_in_releases(word)).cloned().collect();
        Self {
            languages: Arc::clone(index.languages()),
            words: people.iter().map(|person| PersonWords::of(person, index)).collect(),
            people,
            by_name_word,
            unsaid,
            most_named: most_named(index.corpus()),
        }
    }

    pub(super) fn everybody(&self) -> People {
        People { list: self.people.clone(), words: String::new() }
    }

    /// Returns the contact that most releases name, in these words: the desk to ask about anything.
    pub(super) fn most_named(&self) -> Option<&Contact> {
        self.most_named.as_ref()
    }

    /// Returns the people of whose names a text has the most words; first those of whose name nothing is left out.
    pub(super) fn named(&self, text: &str) -> Option<People> {
        let (words, n_met) = self.name_words_met(text);
        let most = *n_met.values().max()?;
        let mut numbers: Vec<usize> = n_met.into_iter().filter(|(_, n)| *n == most).map(|(number, _)| number).collect();
        numbers.sort_by_cached_key(|number| (self.people[*number].name_words(&self.languages).len(), *number));
        let list = numbers.into_iter().map(|number| Arc::clone(&self.people[number])).collect();
        Some(People { list, words: words.join(" ") })
    }

    /// Tells whether a text names somebody by two words, one of which the text of no release has.
    pub(super) fn names_somebody_unsaid(&self, text: &str) -> bool {
        // Few questions get past this.
        folded_topic_words(text, &self.languages).iter().any(|word| self.unsaid.contains(word))
            && self.name_words_met(text).1.values().any(|n_met| *n_met >= 2)
    }

    /// Returns the words of a text that stand in names, in its order, and how many of them each person's has.
    fn name_words_met(&self, text: &str) -> (Vec<String>, HashMap<usize, usize>) {
        let mut met: Vec<String> = Vec::new();
        let mut n_met: HashMap<usize, usize> = HashMap::new();
        for word in folded_topic_words(text, &self.languages) {
            if let Some(numbers) = self.by_name_word.get(&word).filter(|_| !met.contains(&word)) {
                for number in numbers {
                    *n_met.entry(*number).or_default() += 1;
                }
                met.push(word);
            }
        }
        (met, n_met)
    }

    /// Returns the people whose mail address or telephone number stands in a text, as when it was pasted.
    pub(super) fn reached_at(&self, text: &str) -> Option<People> {
        let folded = text.to_lowercase();
        let mails: Vec<&str> = folded.split_whitespace().filter(|word| word.contains('@')).collect();
        let is_of_number = |letter: char| letter.is_ascii_digit() || " +-–.()/".contains(letter);
        let numbers: Vec<&str> = text.split(|letter| !is_of_number(letter)).filter(|run| run.len() > 6).collect();
        if mails.is_empty() && numbers.is_empty() {
            return None;
        }
        let is_reached = |contact: &Contact| {
            let mail = contact.email.as_ref().map(|mail| mail.to_lowercase());
            mail.is_some_and(|mail| mails.iter().any(|word| word.contains(&mail)))
                || numbers.iter().any(|number| contact.has_number(number))
        };
        // Of a person with several numbers, those releases that print this one.
        let mentions = |person: &Arc<Person>| -> Vec<Mention> {
            person.mentions.iter().filter(|mention| is_reached(mention.contact())).cloned().collect()
        };
        let mentions = self.people.iter().map(mentions).filter(|mentions| !mentions.is_empty());
        let list: Vec<Arc<Person>> = mentions.map(|mentions| Arc::new(Person::new(mentions))).collect();
        let words = mails.iter().chain(&numbers).map(|part| part.trim()).collect::<Vec<_>>().join(" ");
        (!list.is_empty()).then_some(People { list, words })
    }
}

/// Returns the contact that is named most often, by its name and address.
fn most_named(corpus: &Corpus) -> Option<Contact> {
    let all = || corpus.releases.iter().flat_map(|release| &release.contacts);
    let mut n_named: HashMap<(&Option<String>, &Option<String>), usize> = HashMap::new();
    for contact in all() {
        *n_named.entry((&contact.email, &contact.name)).or_default() += 1;
    }
    all().max_by_key(|contact| n_named.get(&(&contact.email, &contact.name))).cloned()
}

/// Merges the contacts of all releases into people, in the order of the newest release of each.
fn merged(corpus: &Corpus) -> Vec<Person> {
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

/// Returns the extension of a phone number, “540” of “Ext. 540”.
pub(super) fn extension(phone: &str) -> Option<String> {
    let letters = phone.rfind(char::is_alphabetic)?;
    Some(digits(&phone[letters..])).filter(|digits| !digits.is_empty())
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// Returns the first few texts that differ by a key.
fn distinct<'t>(texts: impl Iterator<Item = &'t String>, key: impl Fn(&str) -> String) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(key(text))).take(MAX_WAYS).cloned().collect()
}
