//! Intents: whether a typed text is a question to the releases, or a command in other words.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::links::without_links;
use super::request::Request;
use super::wording::Wording;
use crate::corpus::Corpus;
use crate::language::{Language, Languages};
use crate::text::{Word, Words};

/// Meaning of a typed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Intent {
    /// A command in other words, in the language it was said in.
    Command(Request, Option<Language>),
    /// A question, about the release whose link stood in it.
    Question {
        /// The words, without links.
        text: String,
        /// The id of that release.
        about: Option<String>,
        /// Set when the text tells of somebody in danger.
        in_danger: bool,
    },
}

/// What is said instead of a command, by the key of the locales that lists it.
const COMMANDS_IN_WORDS: [(&str, Request); 7] = [
    ("typed-start", Request::Start),
    ("typed-help", Request::Help),
    ("typed-releases", Request::Releases { words: String::new(), page: 1 }),
    ("typed-contacts", Request::Contacts { words: String::new(), page: 1 }),
    ("typed-privacy", Request::Privacy),
    ("typed-thanks", Request::Thanks),
    ("typed-small-talk", Request::Help),
];

/// Ways of reaching somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ways {
    pub(super) phone: bool,
    pub(super) email: bool,
}

/// Maximum number of words of a phrase with its courtesies.
const MAX_WORDS: usize = 16;

/// Maximum number of words between two of a phrase that tells of danger: "my little sister is being trafficked".
const MAX_BETWEEN: usize = 2;

/// The phrases of all languages, folded.
#[derive(Debug)]
pub(super) struct Phrases {
    languages: Arc<Languages>,
    /// What each whole text means, and in which languages.
    commands: HashMap<String, (Request, Vec<Language>)>,
    /// What may stand before and behind them: "hello", "please".
    courtesies: HashSet<String>,
    /// Words that side by side ask for a telephone number.
    of_phone: Vec<Vec<String>>,
    /// Words that side by side ask for an e-mail address.
    of_email: Vec<Vec<String>>,
    /// Words that side by side lead over to a topic.
    of_topic: Vec<Vec<String>>,
    /// Words that in this order ask when a release is from.
    of_date: Vec<Vec<String>>,
    /// Words that in this order, close together, tell of danger: by the first one the others.
    of_danger: HashMap<String, Vec<Vec<String>>>,
}

impl Phrases {
    /// Reads the phrases of every locale.
    pub(super) fn of(wording: &Wording, languages: Arc<Languages>) -> Self {
        let mut phrases = Self {
            languages,
            commands: HashMap::new(),
            courtesies: HashSet::new(),
            of_phone: Vec::new(),
            of_email: Vec::new(),
            of_topic: Vec::new(),
            of_date: Vec::new(),
            of_danger: HashMap::new(),
        };
        for language in wording.languages() {
            let listed = |key: &str| {
                let list = wording.say(language, key);
                list.split(',').map(folded_words).filter(|words| !words.is_empty()).collect::<Vec<_>>()
            };
            for (key, request) in COMMANDS_IN_WORDS {
                for phrase in listed(key) {
                    let entry = phrases.commands.entry(phrase.join(" "));
                    entry.or_insert_with(|| (request.clone(), Vec::new())).1.push(language);
                }
            }
            phrases.courtesies.extend(listed("typed-courtesy").iter().map(|phrase| phrase.join(" ")));
            phrases.of_phone.extend(listed("typed-phone"));
            phrases.of_email.extend(listed("typed-email"));
            phrases.of_topic.extend(listed("typed-about"));
            phrases.of_date.extend(listed("typed-release-date"));
            for mut phrase in listed("typed-danger") {
                let others = phrase.split_off(1);
                phrases.of_danger.entry(phrase.remove(0)).or_default().push(others);
            }
        }
        // The longer of two that begin alike is meant where both stand.
        phrases.of_phone.sort_by_key(|phrase| Reverse(phrase.len()));
        phrases.of_email.sort_by_key(|phrase| Reverse(phrase.len()));
        phrases
    }

    /// Classifies a text; `preferred` are languages that a phrase of several is taken to be in.
    pub(super) fn classify(&self, text: &str, preferred: impl Fn() -> Vec<Language>, corpus: &Corpus) -> Intent {
        let typed = Words::of(self.languages.spelt_out(text));
        let in_danger = self.tells_of_danger(&typed);
        if typed.len() <= MAX_WORDS {
            let rest = self.without_courtesies(&typed);
            if rest.is_empty() {
                return Intent::Question { text: String::new(), about: None, in_danger };
            }
            if let Some((request, languages)) = self.commands.get(&joined(rest)) {
                let language = preferred().into_iter().find(|language| languages.contains(language));
                return Intent::Command(request.clone(), language.or(languages.first().copied()));
            }
        }
        let (text, release) = without_links(text, corpus);
        match release {
            Some(release) if !text.contains(char::is_alphanumeric) => {
                Intent::Command(Request::Release { id: release.id.clone(), page: 1 }, None)
            }
            release => Intent::Question { text, about: release.map(|release| release.id.clone()), in_danger },
        }
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
        let mut asks = false;
        for phrase in self.of_phone.iter().chain(&self.of_email) {
            while let Some(at) = find(phrase, &rest) {
                rest.drain(at..at + phrase.len());
                asks = true;
            }
        }
        asks && rest.iter().all(|word| self.languages.is_function_word(word))
    }

    /// Tells whether a word of a text leads over to others that may name a topic: "about the price of coffee", not "about this".
    pub(super) fn names_topic(&self, typed: &Words<'_>) -> bool {
        let asked: Vec<String> = typed.folded().map(str::to_owned).collect();
        self.of_topic.iter().any(|phrase| {
            let behind = find(phrase, &asked).map(|at| &asked[at + phrase.len()..]);
            behind.is_some_and(|behind| behind.iter().any(|word| !self.languages.is_function_word(word)))
        })
    }

    /// Tells whether a text tells of danger.
    ///
    /// A phrase stands within one clause; between two of its words stand at most [`MAX_BETWEEN`] others, and a lone word is a
    /// cry only as a clause of its own.
    fn tells_of_danger(&self, typed: &Words<'_>) -> bool {
        let ends_clause = |letter: char| ".,;:!?¡¿\n".contains(letter);
        let mut start = 0;
        for end in 1..=typed.len() {
            if end == typed.len() || typed.gap_before(end).contains(ends_clause) {
                if self.is_cry(&typed[start..end]) {
                    return true;
                }
                start = end;
            }
        }
        false
    }

    fn is_cry(&self, clause: &[Word]) -> bool {
        (0..clause.len()).any(|at| {
            let mut phrases = self.of_danger.get(&clause[at].folded).into_iter().flatten();
            phrases.any(|others| match others.as_slice() {
                [] => clause.len() == 1,
                others => follow_soon(others, &clause[at + 1..]),
            })
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
    words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ")
}

/// Returns the position at which some words stand side by side in a text.
fn find(phrase: &[String], text: &[String]) -> Option<usize> {
    text.windows(phrase.len()).position(|window| window == phrase)
}

/// Tells whether a text goes on with some words, in order, each soon after the one before.
fn follow_soon(words: &[String], text: &[Word]) -> bool {
    let Some((word, others)) = words.split_first() else { return true };
    let mut near = text.iter().enumerate().take(MAX_BETWEEN + 1);
    near.any(|(at, other)| other.folded == *word && follow_soon(others, &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_danger_sets_off_the_sentence_about_help() {
        let locales = std::path::Path::new("config/locales");
        let wording = Wording::load(locales, Language::ENGLISH, crate::config::Organisation::default()).unwrap();
        let phrases = Phrases::of(&wording, Arc::new(crate::language::shipped()));
        for text in [
            "Emergency! My sister is being trafficked",
            "my little sister is being trafficked",
            "I'm in danger",
            "please help, this is a real emergency",
            "I think I am being trafficked",
            "my husband was kidnapped, what do I do",
            "¡Auxilio!",
            "emergencia",
            "es una emergencia",
            "hola, estoy en peligro",
            "me secuestraron en Tapachula",
            "mi hermana está en peligro",
        ] {
            assert!(phrases.tells_of_danger(&Words::of(text)), "{text}");
        }
        for text in [
            "Is there funding for emergency shelter?",
            "how many women are at risk of being trafficked?",
            "how many children were kidnapped on the way?",
            "which community is in danger of losing its school?",
            "I am writing about the risks of being trafficked",
            "what is the emergency number",
            "help me find the contact for the workshop",
            "fondo de emergencia",
            "¿cuántas mujeres están en peligro?",
            "respuesta a la emergencia en Centroamérica",
            "¿qué pasó en El Socorro?",
            "¿a cuántas personas las secuestraron?",
        ] {
            assert!(!phrases.tells_of_danger(&Words::of(text)), "{text}");
        }
    }
}
