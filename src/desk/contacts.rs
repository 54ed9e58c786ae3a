//! Contacts of all releases: each person once, found by name, role, number or address.

mod merging;
mod person;
mod person_words;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use self::merging::merged;
pub use self::person::Person;
use self::person::{Mention, extension};
use self::person_words::{PersonWords, may_be_slip};
use crate::corpus::{Contact, Corpus};
use crate::language::Languages;
use crate::search::{Bearer, Question, SearchIndex, folded_topic_words};

/// Maximum number of letters that may be wrong in each part of a mail address.
const MAX_MAIL_SLIPS: usize = 2;
/// Least similarity of a slip in the part of a mail address before its sign, 0 to 1.
const MIN_MAIL_SIMILARITY: f64 = 0.6;

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
    people: Vec<Arc<Person>>,
    /// The words that each is found by.
    words: Vec<PersonWords>,
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

    /// Returns the people whom a part of a question names, by name, role or office, those of whose name it has most first.
    pub(super) fn borne(&self, bearer: &Bearer, question: &Question, index: &SearchIndex) -> Option<People> {
        if bearer.words.is_empty() {
            return None;
        }
        let met_with = |slips: &HashMap<&str, String>| -> Vec<(usize, (usize, usize))> {
            let met = self.words.iter().map(|words| words.share_met(bearer, slips)).enumerate();
            met.filter_map(|(number, met)| Some((number, met?))).collect()
        };
        let mut met = met_with(&HashMap::new());
        if met.iter().all(|(_, (_, exactly))| *exactly == 0) {
            let slips = bearer.words.iter().map(|word| word.folded.as_str()).filter(|word| may_be_slip(word, index));
            met = met_with(&slips.map(|word| (word, index.languages().sound(word))).collect());
        }
        let most = met.iter().map(|(_, met)| *met).max()?;
        let mut numbers: Vec<usize> = met.iter().filter(|(_, met)| *met == most).map(|(number, _)| *number).collect();
        if bearer.has_role() {
            // Of several heads, that of the field asked for, though its word goes with any question for a contact: “press”.
            let n_met = |number: &usize| {
                let others = &self.words[*number].others;
                question.words().folded().filter(|word| others.contains(*word)).count()
            };
            let most = numbers.iter().map(n_met).max().unwrap_or_default();
            numbers.retain(|number| n_met(number) == most);
        }
        numbers.sort_by_key(|number| (self.words[*number].name.len(), *number));
        let list: Vec<Arc<Person>> = numbers.iter().map(|number| Arc::clone(&self.people[*number])).collect();
        let words = bearer.words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
        Some(People { list, words })
    }

    /// Returns the people whose mail address is nearest to one, if it is near.
    pub(super) fn mailed_nearly(&self, typed: &str) -> Option<People> {
        let (typed_name, typed_host) = typed.split_once('@')?;
        let distance = |mail: &String| -> Option<usize> {
            let mail = mail.to_lowercase();
            let (name, host) = mail.split_once('@')?;
            let slips = strsim::osa_distance(name, typed_name);
            let host_slips = if !typed_host.is_empty() && host.starts_with(typed_host) {
                0
            } else {
                strsim::osa_distance(host, typed_host)
            };
            let is_near = slips <= MAX_MAIL_SLIPS
                && host_slips <= MAX_MAIL_SLIPS
                && strsim::normalized_levenshtein(name, typed_name) >= MIN_MAIL_SIMILARITY;
            is_near.then_some(slips + host_slips)
        };
        let nearest = |person: &Arc<Person>| person.emails.iter().filter_map(distance).min();
        let least = self.people.iter().filter_map(nearest).min()?;
        let list = self.people.iter().filter(|person| nearest(person) == Some(least)).cloned().collect();
        Some(People { list, words: typed.to_owned() })
    }

    /// Returns the people with an extension.
    pub(super) fn at_extension(&self, digits: &str) -> Option<People> {
        let has_it =
            |person: &&Arc<Person>| person.phones.iter().any(|phone| extension(phone).as_deref() == Some(digits));
        let list: Vec<Arc<Person>> = self.people.iter().filter(has_it).cloned().collect();
        (!list.is_empty()).then(|| People { list, words: digits.to_owned() })
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
