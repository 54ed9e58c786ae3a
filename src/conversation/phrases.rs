//! Phrases of the locales: commands in other words, and what a question for a contact or for a date is known by.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::links::without_links;
use super::request::Request;
use super::wording::Wording;
use crate::corpus::Corpus;
use crate::language::{Language, Languages, List};
use crate::text::{Word, Words};

/// A typed text, as far as its phrases tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// A command in other words, in the language it was said in.
    Command(Request, Option<Language>),
    /// Anything else, perhaps about the release whose link stood in it.
    Text {
        /// The words, without links.
        text: String,
        /// The id of that release.
        about: Option<String>,
    },
}

/// What is said instead of a command, by the key of the locales that lists it.
const COMMANDS_IN_WORDS: [(&str, Request); 2] = [
    ("typed-releases", Request::Releases { words: String::new(), page: 1 }),
    ("typed-contacts", Request::Contacts { words: String::new(), page: 1 }),
];

/// Other names of a command, by the key of the locales that lists them.
const COMMAND_NAMES: [(&str, &str); 10] = [
    ("typed-command-contacts", "contacts"),
    ("typed-command-help", "help"),
    ("typed-command-language", "language"),
    ("typed-command-more", "more"),
    ("typed-command-privacy", "privacy"),
    ("typed-command-release", "release"),
    ("typed-command-releases", "releases"),
    ("typed-command-reset", "reset"),
    ("typed-command-search", "search"),
    ("typed-command-start", "start"),
];

/// A name of a command with a slip in it has at least this many letters.
const MIN_LEN_OF_SLIPS: usize = 4;

/// Ways of reaching somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ways {
    pub(super) phone: bool,
    pub(super) email: bool,
}

/// Something that is wanted of the release in hand, or of one that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// All of it.
    Whole,
    /// All of the release that some words name.
    WholeOf(String),
    /// To know whether it is true.
    Doubt,
}

/// Maximum number of words of a phrase with its courtesies.
const MAX_WORDS: usize = 16;

/// The phrases of all languages, folded.
#[derive(Debug)]
pub(super) struct Phrases {
    languages: Arc<Languages>,
    /// What each whole text means, and in which languages.
    commands: HashMap<String, (Request, Vec<Language>)>,
    /// The command that each of its names stands for, and in which languages.
    names: HashMap<String, (&'static str, Vec<Language>)>,
    /// What may stand before and behind them: "hello", "please".
    courtesies: HashSet<String>,
    /// Words that side by side ask for a telephone number.
    of_phone: Vec<Vec<String>>,
    /// Words that side by side ask for an e-mail address.
    of_email: Vec<Vec<String>>,
    /// Words that side by side lead over to a topic.
    of_topic: Vec<Vec<String>>,
    /// Words that ask for a release whole, and words that ask for something.
    of_whole: Vec<Vec<String>>,
    of_sending: Vec<Vec<String>>,
    /// Words of doubt.
    of_doubt: Vec<Vec<String>>,
    /// Words for a release or for what it says.
    of_release: Vec<Vec<String>>,
    /// Words that in this order ask when a release is from.
    of_date: Vec<Vec<String>>,
}

impl Phrases {
    /// Reads the phrases of every locale.
    pub(super) fn of(wording: &Wording, languages: Arc<Languages>) -> Self {
        let mut phrases = Self {
            languages,
            commands: HashMap::new(),
            names: COMMAND_NAMES.map(|(_, name)| (name.to_owned(), (name, Vec::new()))).into(),
            courtesies: HashSet::new(),
            of_phone: Vec::new(),
            of_email: Vec::new(),
            of_topic: Vec::new(),
            of_whole: Vec::new(),
            of_sending: Vec::new(),
            of_doubt: Vec::new(),
            of_release: Vec::new(),
            of_date: Vec::new(),
        };
        for language in wording.languages() {
            let listed = |key: &str| {
                let list = wording.say(language, key);
                list.split(',').map(folded_words).filter(|words| !words.is_empty()).collect::<Vec<_>>()
            };
            for (key, request) in COMMANDS_IN_WORDS {
                for phrase in listed(key) {
                    let entry = phrases.commands.entry(key_of(&phrase));
                    entry.or_insert_with(|| (request.clone(), Vec::new())).1.push(language);
                }
            }
            for (key, command) in COMMAND_NAMES {
                for name in listed(key) {
                    phrases.names.entry(name.concat()).or_insert_with(|| (command, Vec::new())).1.push(language);
                }
            }
            phrases.courtesies.extend(listed("typed-courtesy").iter().map(|phrase| key_of(phrase)));
            phrases.of_phone.extend(listed("typed-phone"));
            phrases.of_email.extend(listed("typed-email"));
            phrases.of_topic.extend(listed("typed-about"));
            phrases.of_whole.extend(listed("typed-whole"));
            phrases.of_sending.extend(listed("typed-send"));
            phrases.of_doubt.extend(listed("typed-doubt"));
            phrases.of_release.extend(listed("typed-release"));
            phrases.of_date.extend(listed("typed-release-date"));
        }
        // The longer of two that begin alike is meant where both stand.
        let lists = [&mut phrases.of_phone, &mut phrases.of_email, &mut phrases.of_whole, &mut phrases.of_doubt];
        for list in lists.into_iter().chain([&mut phrases.of_release]) {
            list.sort_by_key(|phrase| Reverse(phrase.len()));
        }
        phrases
    }

    /// Reads a text; `preferred` are languages that a phrase of several is taken to be in.
    pub(super) fn read(&self, text: &str, preferred: impl Fn() -> Vec<Language>, corpus: &Corpus) -> Typed {
        let typed = Words::of(self.languages.spelt_out(text));
        if typed.len() <= MAX_WORDS
            && let Some((request, languages)) = self.commands.get(&joined(self.without_courtesies(&typed)))
        {
            let language = preferred().into_iter().find(|language| languages.contains(language));
            return Typed::Command(request.clone(), language.or(languages.first().copied()));
        }
        let (text, release) = without_links(text, corpus);
        match release {
            Some(release) if !text.contains(char::is_alphanumeric) => {
                Typed::Command(Request::Release { id: release.id.clone(), page: 1 }, None)
            }
            release => Typed::Text { text, about: release.map(|release| release.id.clone()) },
        }
    }

    /// Returns the command of a name in any language, such as `/buscar`, or of one with a slip in it, and the language of the name.
    pub(super) fn command_named(
        &self,
        name: &str,
        rest: &str,
        preferred: impl Fn() -> Vec<Language>,
    ) -> Option<(Request, Option<Language>)> {
        let name = name.to_ascii_lowercase().replace('_', "");
        let (command, languages) = match self.names.get(&name) {
            Some((command, languages)) => (*command, languages.clone()),
            None if name.len() < MIN_LEN_OF_SLIPS => return None,
            None => {
                let near = self.names.iter().filter(|(known, _)| strsim::osa_distance(known, &name) == 1);
                let (commands, languages): (Vec<&'static str>, Vec<_>) = near.map(|(_, known)| known.clone()).unzip();
                let first = *commands.first()?;
                let mut languages = languages.concat();
                languages.sort();
                (commands.iter().all(|command| *command == first).then_some(first)?, languages)
            }
        };
        let language = preferred().into_iter().find(|language| languages.contains(language));
        Some((Request::command(command, rest), language.or(languages.first().copied())))
    }

    /// Returns a text without the courtesies before and behind, as it is written; all of it where nothing but small words is left.
    pub(super) fn core<'t>(&self, typed: &'t Words<'_>) -> &'t str {
        let text = typed.text();
        let rest = if typed.len() <= MAX_WORDS { self.without_courtesies(typed) } else { typed };
        let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return text };
        if rest.iter().all(|word| self.languages.is_function_word(&word.folded)) {
            return text;
        }
        let start = if first == &typed[0] { 0 } else { first.range.start };
        let next = typed.iter().find(|word| word.range.start > last.range.start);
        &text[start..next.map_or(text.len(), |next| next.range.start)]
    }

    /// Tells whether a text is nothing but courtesies, and what stands before the name of a place.
    pub(super) fn is_courtesy(&self, text: &str) -> bool {
        let typed = Words::of(text);
        let rest = self.without_courtesies(&typed);
        let lexicon = self.languages.lexicon_of_all();
        let before_place = [List::Articles, List::PlaceArticles, List::In, List::DateBefore, List::Towards];
        let is_before_place = |word: &Word| before_place.iter().any(|list| lexicon.has(*list, &word.folded));
        rest.len() < typed.len() && rest.iter().all(is_before_place)
    }

    /// Returns what a text says beside its courtesies, where that is small words alone: “hola, ya no puedo más”.
    pub(super) fn small_words_left<'t>(&self, typed: &'t Words<'_>) -> Option<&'t str> {
        let rest = self.without_courtesies(typed);
        let (first, last) = (rest.first()?, rest.last()?);
        let is_small = rest.iter().all(|word| self.languages.is_function_word(&word.folded));
        (rest.len() < typed.len() && is_small).then(|| &typed.text()[first.range.start..last.range.end])
    }

    /// Drops what is said before and behind, except in a phrase that is a command as it stands: "ok, thanks".
    fn without_courtesies<'w>(&self, typed: &'w [Word]) -> &'w [Word] {
        let is_courtesy = |words: &[Word]| self.courtesies.contains(&joined(words));
        let mut rest = typed;
        while !rest.is_empty() && !self.commands.contains_key(&joined(rest)) {
            // The longest one goes first: "good morning" before "good".
            let before = (1..=rest.len()).rev().find(|end| is_courtesy(&rest[..*end]));
            let behind = (1..rest.len()).find(|start| is_courtesy(&rest[*start..]));
            rest = match (before, behind) {
                (Some(end), _) => &rest[end..],
                (None, Some(start)) => &rest[..start],
                (None, None) => break,
            };
        }
        rest
    }

    /// Returns the ways of reaching somebody that a text asks for.
    pub(super) fn ways_asked(&self, text: &str) -> Ways {
        let asked = folded_words(text);
        let holds = |phrases: &[Vec<String>]| phrases.iter().any(|phrase| find(phrase, &asked).is_some());
        Ways { phone: holds(&self.of_phone), email: holds(&self.of_email) }
    }

    /// Tells whether a text asks for somebody to reach, or for a way to, and names no topic: "and the number?"
    pub(super) fn only_asks_contact(&self, typed: &Words<'_>) -> bool {
        if typed.len() > MAX_WORDS {
            return false;
        }
        let rest = self.without_courtesies(typed);
        if let Some((Request::Contacts { .. }, _)) = self.commands.get(&joined(rest)) {
            return true;
        }
        let mut rest: Vec<String> = rest.iter().map(|word| word.folded.clone()).collect();
        let asks = remove(&mut rest, self.of_phone.iter().chain(&self.of_email));
        asks && rest.iter().all(|word| self.languages.is_function_word(word))
    }

    /// Tells what a text wants of the release in hand, which it names in general words alone: "is this true?", "the full text".
    pub(super) fn wish(&self, typed: &Words<'_>) -> Option<Wish> {
        if typed.len() > MAX_WORDS {
            return None;
        }
        let rest: Vec<String> = self.without_courtesies(typed).iter().map(|word| word.folded.clone()).collect();
        let is_left = |rest: &[String]| rest.iter().any(|word| !self.languages.is_function_word(word));
        let (mut of_whole, mut of_doubt) = (rest.clone(), rest);
        // Words before the wish ask something else: “who wrote the full text?”
        let of_wish = || self.of_whole.iter().chain(&self.of_release).chain(&self.of_sending);
        let first = of_whole.iter().position(|word| !self.languages.is_function_word(word));
        let begins = first.is_some_and(|first| of_wish().any(|phrase| of_whole[first..].starts_with(phrase)));
        let names_whole = self.names_whole(&of_whole);
        let asks_whole = remove(&mut of_whole, &self.of_whole) && remove(&mut of_whole, &self.of_release);
        remove(&mut of_whole, &self.of_sending);
        let doubts = remove(&mut of_doubt, &self.of_doubt);
        remove(&mut of_doubt, &self.of_release);
        match () {
            () if asks_whole && !is_left(&of_whole) => Some(Wish::Whole),
            () if asks_whole && begins && names_whole => {
                let mut left = of_whole.iter().peekable();
                let is_left = |at: &usize| left.next_if(|word| **word == typed[*at].folded).is_some();
                let written = (0..typed.len()).filter(is_left).map(|at| typed.written(at));
                Some(Wish::WholeOf(written.collect::<Vec<_>>().join(" ")))
            }
            () if doubts && !is_left(&of_doubt) => Some(Wish::Doubt),
            () => None,
        }
    }

    /// Tells whether a word for the whole stands beside one for a release: “full text”, not “full name”.
    fn names_whole(&self, text: &[String]) -> bool {
        let are_beside = |first: &[Vec<String>], second: &[Vec<String>]| {
            let behind = |phrase: &Vec<String>| find(phrase, text).map(|at| &text[at + phrase.len()..]);
            let mut rests = first.iter().filter_map(behind);
            rests.any(|rest| second.iter().any(|phrase| rest.starts_with(phrase)))
        };
        are_beside(&self.of_whole, &self.of_release) || are_beside(&self.of_release, &self.of_whole)
    }

    /// Tells whether a word of a text leads over to others that may name a topic: "about the price of coffee", not "about this".
    pub(super) fn names_topic(&self, typed: &Words<'_>) -> bool {
        let asked: Vec<String> = typed.folded().map(str::to_owned).collect();
        self.of_topic.iter().any(|phrase| {
            let behind = find(phrase, &asked).map(|at| &asked[at + phrase.len()..]);
            behind.is_some_and(|behind| behind.iter().any(|word| !self.languages.is_function_word(word)))
        })
    }

    /// Takes a question that asks when a release is from; returns its words that tell which release, possibly none.
    pub(super) fn release_to_date(&self, asked: &Words<'_>) -> Option<String> {
        let met = |phrase: &Vec<String>| {
            let mut places = Vec::with_capacity(phrase.len());
            for word in phrase {
                let from = places.last().map_or(0, |place| place + 1);
                places.push(from + asked[from..].iter().position(|other| other.folded == *word)?);
            }
            Some(places)
        };
        let places: HashSet<usize> = self.of_date.iter().filter_map(met).flatten().collect();
        if places.is_empty() {
            return None;
        }
        let rest =
            (0..asked.len()).filter(|at| !places.contains(at) && !self.languages.is_function_word(&asked[*at].folded));
        Some(rest.map(|at| asked.written(at)).collect::<Vec<_>>().join(" "))
    }
}

fn folded_words(text: &str) -> Vec<String> {
    Words::of(text).folded().map(str::to_owned).collect()
}

fn joined(words: &[Word]) -> String {
    key_of(&words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>())
}

/// Joins folded words without the apostrophes, which are often left out on a phone: “whats new”.
fn key_of(words: &[impl Borrow<str>]) -> String {
    words.join(" ").replace('\'', "")
}

/// Removes phrases from a text; tells whether there was one.
fn remove<'p>(text: &mut Vec<String>, phrases: impl IntoIterator<Item = &'p Vec<String>>) -> bool {
    let n_words = text.len();
    for phrase in phrases {
        while let Some(at) = find(phrase, text) {
            text.drain(at..at + phrase.len());
        }
    }
    text.len() < n_words
}

/// Returns the position at which some words stand side by side in a text.
fn find(phrase: &[String], text: &[String]) -> Option<usize> {
    text.windows(phrase.len()).position(|window| window == phrase)
}
