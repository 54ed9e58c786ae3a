//! Names of the contacts, looked for in questions.

use std::collections::HashSet;
use std::sync::Arc;

use super::Question;
use super::text::analyzer::topic_words;
use crate::corpus::{Contact, Corpus, Release};
use crate::text::Words;

/// The names of all contacts.
#[derive(Debug)]
pub(crate) struct ContactNames {
    names: Vec<ContactName>,
    /// Words of names that stand in no release.
    only_in_names: HashSet<String>,
}

/// The name of a contact.
#[derive(Debug)]
struct ContactName {
    /// Number of the release in the corpus.
    release: usize,
    /// Number of the contact in its release.
    contact: usize,
    /// Folded words of the name.
    words: Vec<String>,
}

impl ContactName {
    /// Returns the number of words of the name that are among some words.
    fn n_met(&self, asked: &HashSet<String>) -> usize {
        self.words.iter().filter(|word| asked.contains(*word)).count()
    }
}

impl ContactNames {
    /// Reads the names; `is_in_releases` tells whether the releases have a folded word.
    pub(crate) fn new(corpus: &Corpus, is_in_releases: impl Fn(&str) -> bool) -> Self {
        let mut names = Vec::new();
        for (release, of) in corpus.releases.iter().enumerate() {
            for (contact, name) in of.contacts.iter().enumerate().filter_map(|(at, one)| Some((at, one.name.as_ref()?)))
            {
                let words = folded_topic_words(&Words::of(name));
                names.push(ContactName { release, contact, words });
            }
        }
        let words = names.iter().flat_map(|name| &name.words);
        let only_in_names = words.filter(|word| !is_in_releases(word)).cloned().collect();
        Self { names, only_in_names }
    }

    /// Returns the contacts whose names have the most words of a question, by release; those of the shortest name first.
    pub(crate) fn named_in(&self, question: &Question, corpus: &Corpus) -> Vec<(Arc<Release>, Vec<Contact>)> {
        let asked = folded_topic_words(question.words()).into_iter().collect();
        let most = self.names.iter().map(|name| name.n_met(&asked)).max().unwrap_or(0);
        if most == 0 {
            return Vec::new();
        }
        let named: Vec<&ContactName> = self.names.iter().filter(|name| name.n_met(&asked) == most).collect();
        let mut by_release: Vec<&[&ContactName]> = named.chunk_by(|a, b| a.release == b.release).collect();
        by_release.sort_by_key(|names| names.iter().map(|name| name.words.len()).min());
        let found = by_release.into_iter().filter_map(|names| {
            let release = &corpus.releases[names.first()?.release];
            let contacts = names.iter().map(|name| release.contacts[name.contact].clone()).collect();
            Some((Arc::clone(release), contacts))
        });
        found.collect()
    }

    /// Tells whether a question names a contact, by two words, one of which stands in no release.
    pub(crate) fn is_only_a_contact(&self, question: &Question) -> bool {
        let asked: HashSet<String> = folded_topic_words(question.words()).into_iter().collect();
        // Few questions get past this.
        asked.iter().any(|word| self.only_in_names.contains(word))
            && self.names.iter().any(|name| name.n_met(&asked) >= 2)
    }
}

fn folded_topic_words(words: &Words<'_>) -> Vec<String> {
    topic_words(words).map(|word| word.folded.into_owned()).collect()
}
