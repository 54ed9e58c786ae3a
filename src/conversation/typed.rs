//! What people type that is no question to the releases: the name of a command, thanks, a pasted link.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use url::Url;

use super::request::Request;
use super::wording::Wording;
use crate::corpus::{Corpus, Release};
use crate::language::{Language, is_small_word};
use crate::text::{fold, words};

/// What a typed text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// A command in other words, in the language it was said in.
    Command(Request, Option<Language>),
    /// A question, about the release whose link stood in it.
    Question {
        /// The words, without links.
        text: String,
        /// The id of that release.
        about: Option<String>,
    },
}

/// What is said instead of a command, by the key of the locales that lists it.
const COMMANDS_IN_WORDS: [(&str, Request); 6] = [
    ("typed-start", Request::Start),
    ("typed-help", Request::Help),
    ("typed-releases", Request::Releases { page: 1 }),
    ("typed-contacts", Request::Contacts(String::new())),
    ("typed-privacy", Request::Privacy),
    ("typed-thanks", Request::Thanks),
];

/// Longer texts than any phrase with its courtesies aren't looked at.
const MOST_WORDS: usize = 16;

/// The phrases of all languages, folded.
#[derive(Debug)]
pub(super) struct Phrases {
    /// What each whole text means, and in which languages.
    commands: HashMap<String, (Request, Vec<Language>)>,
    /// What may stand before and behind them: "hello", "please".
    courtesies: HashSet<String>,
    /// Words that in this order ask when a release is from.
    of_date: Vec<Vec<String>>,
    /// Words that in this order tell of danger.
    of_danger: Vec<Vec<String>>,
}

impl Phrases {
    /// Reads the phrases of every locale.
    pub(super) fn of(wording: &Wording) -> Self {
        let mut phrases =
            Self { commands: HashMap::new(), courtesies: HashSet::new(), of_date: Vec::new(), of_danger: Vec::new() };
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
            phrases.of_date.extend(listed("typed-release-date"));
            phrases.of_danger.extend(listed("typed-danger"));
        }
        phrases
    }

    /// Tells what a text means; `preferred` are languages that a phrase of several is taken to be in.
    pub(super) fn meaning(&self, text: &str, preferred: &[Language], corpus: &Corpus) -> Meant {
        let typed: Vec<String> = words(text).take(MOST_WORDS + 1).map(|word| fold(word.text)).collect();
        if typed.len() <= MOST_WORDS {
            let rest = self.without_courtesies(&typed);
            if rest.is_empty() {
                return Meant::Question { text: String::new(), about: None };
            }
            if let Some((request, languages)) = self.commands.get(&rest.join(" ")) {
                let language = preferred.iter().find(|language| languages.contains(language));
                return Meant::Command(request.clone(), language.or(languages.first()).copied());
            }
        }
        let (text, release) = without_links(text, corpus);
        match release {
            Some(release) if !text.contains(char::is_alphanumeric) => {
                Meant::Command(Request::Release { id: release.id.clone(), page: 1 }, None)
            }
            release => Meant::Question { text, about: release.map(|release| release.id.clone()) },
        }
    }

    /// Drops what is said before and behind, except in a phrase that is a command as it stands: "ok, thanks".
    fn without_courtesies<'w>(&self, typed: &'w [String]) -> &'w [String] {
        let is_courtesy = |words: &[String]| self.courtesies.contains(&words.join(" "));
        let mut rest = typed;
        while !rest.is_empty() && !self.commands.contains_key(&rest.join(" ")) {
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

    /// Tells whether a text tells of danger.
    pub(super) fn tells_of_danger(&self, text: &str) -> bool {
        let typed = folded_words(text);
        self.of_danger.iter().any(|phrase| {
            let mut rest = typed.iter();
            phrase.iter().all(|word| rest.any(|other| other == word))
        })
    }

    /// Takes a question that asks when a release is from; returns its words that tell which release, possibly none.
    pub(super) fn release_to_date(&self, text: &str) -> Option<String> {
        let asked: Vec<(&str, String)> = words(text).map(|word| (word.text, fold(word.text))).collect();
        let met = |phrase: &Vec<String>| {
            let mut places = Vec::with_capacity(phrase.len());
            for word in phrase {
                let from = places.last().map_or(0, |place| place + 1);
                places.push(from + asked[from..].iter().position(|(_, other)| other == word)?);
            }
            Some(places)
        };
        let places = self.of_date.iter().find_map(met)?;
        let rest = asked.iter().enumerate().filter(|(at, (_, folded))| !places.contains(at) && !is_small_word(folded));
        Some(rest.map(|(_, (word, _))| *word).collect::<Vec<_>>().join(" "))
    }
}

fn folded_words(text: &str) -> Vec<String> {
    words(text).map(|word| fold(word.text)).collect()
}

/// Takes the links out of a text: one of a release gives the release, any other the words of its last part.
fn without_links<'c>(text: &str, corpus: &'c Corpus) -> (String, Option<&'c Arc<Release>>) {
    let mut release = None;
    let mut parts = Vec::new();
    for part in text.split_whitespace() {
        let Some(link) = link(part) else {
            parts.push(part.to_owned());
            continue;
        };
        let slug = slug(&link).unwrap_or_default();
        match corpus.releases.iter().find(|release| release.url.as_ref().is_some_and(|url| is_same_page(url, &link))) {
            Some(linked) => release = Some(linked),
            None => parts.push(slug.replace(['-', '_', '.'], " ")),
        }
    }
    (parts.join(" "), release)
}

/// Reads a link as people paste it, in brackets or with the full stop of its sentence, and with or without its scheme.
fn link(part: &str) -> Option<Url> {
    let bare = part.trim_matches(|letter: char| "<>()[]\"'“”«».,;:!?¿¡".contains(letter));
    let is_link = ["http://", "https://", "www."].iter().any(|start| {
        let head = bare.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    });
    let has_scheme = bare.contains("://");
    let whole = if has_scheme { bare.to_owned() } else { format!("https://{bare}") };
    // Without scheme and www, only what has a path is a link: "iom.int/news/…", not "e.g." or "aamaya@iom.int".
    let is_path = || {
        let (host, path) = bare.split_once('/').unwrap_or_default();
        host.rsplit_once('.').is_some_and(|(_, end)| end.len() > 1) && !path.is_empty()
    };
    (is_link || !has_scheme && !bare.contains('@') && is_path()).then(|| Url::parse(&whole).ok()).flatten()
}

/// Returns the last part of a link's path, which names the page.
fn slug(url: &Url) -> Option<&str> {
    url.path_segments()?.rev().find(|segment| !segment.is_empty())
}

/// Tells whether two links lead to one page: sites answer with and without `www`, under `/es/`, and to any case.
fn is_same_page(url: &Url, other: &Url) -> bool {
    let host = |url: &Url| url.host_str().map(|host| host.trim_start_matches("www.").to_lowercase());
    let page = |url: &Url| slug(url).map(str::to_lowercase);
    host(url) == host(other) && page(url).is_some() && page(url) == page(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_known_however_it_was_pasted() {
        let page = Url::parse("https://iom.int/news/a-page").unwrap();
        for pasted in [
            "https://iom.int/news/a-page",
            "http://www.iom.int/news/a-page/",
            "<https://www.iom.int/es/news/a-page?utm_source=x#top>,",
            "www.iom.int/news/a-page",
            "iom.int/news/A-Page.",
            "HTTPS://IOM.INT/news/a-page",
        ] {
            assert!(is_same_page(&page, &link(pasted).unwrap()), "{pasted}");
        }
        for other in
            ["https://iom.int/news/another", "https://example.org/news/a-page", "https://iom.int/", "https://iom.int"]
        {
            assert!(!is_same_page(&page, &link(other).unwrap()), "{other}");
        }
        for text in
            ["e.g.", "aamaya@iom.int", "and/or", "503. 25210500", "U.S./Mexico", "3.8", "https://", "//", "29/05"]
        {
            assert_eq!(link(text), None, "{text}");
        }
    }
}
