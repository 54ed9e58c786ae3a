//! Forms of a word in a sentence: plurals, genders, tenses, by the endings that a language file lists.
//!
//! A stem joins too much for a glossary, whose words stand for each other: Snowball gives *casos*, *casas* and *casarse* one
//! stem, and *deportado* that of *deporte*. So a glossary entry is found under the regular forms made here and no others; what
//! is irregular (*vino*, *took*) is an entry of its own.

use std::collections::BTreeSet;

/// Rule by which words with certain endings take others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    /// The endings, any of which a word has, with at least a letter before it; one that is blank is met by every word.
    pub(super) endings: Vec<String>,
    /// Letters that do not stand before what is dropped.
    pub(super) not_behind: String,
    /// Number of letters dropped from the end.
    pub(super) drop: usize,
    /// What takes their place.
    pub(super) add: Vec<String>,
}

impl Ending {
    /// Returns what stays of a word that the rule is for.
    pub(super) fn root<'w>(&self, word: &'w str) -> Option<&'w str> {
        let fits = |ending: &String| word.len() > ending.len() && word.ends_with(ending.as_str());
        let kept = word.chars().count().checked_sub(self.drop)?;
        let root = &word[..word.char_indices().nth(kept).map_or(word.len(), |(at, _)| at)];
        let is_excepted = root.ends_with(|last| self.not_behind.contains(last));
        (self.endings.iter().any(fits) && !is_excepted).then_some(root)
    }

    fn add_forms(&self, root: &str, forms: &mut BTreeSet<String>) {
        forms.extend(self.add.iter().map(|ending| format!("{root}{ending}")));
    }
}

/// Rules of inflection of a language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Inflection {
    /// Rules of words in general: the first that fits holds.
    pub(super) words: Vec<Ending>,
    /// Rules of verbs: each that fits holds.
    pub(super) verbs: Vec<Ending>,
}

impl Inflection {
    /// Adds the forms of a folded word.
    pub(super) fn inflect(&self, word: &str, forms: &mut BTreeSet<String>) {
        if let Some((rule, root)) = self.words.iter().find_map(|rule| Some((rule, rule.root(word)?))) {
            rule.add_forms(root, forms);
        }
    }

    /// Adds the forms of a folded verb.
    pub(super) fn conjugate(&self, verb: &str, forms: &mut BTreeSet<String>) {
        for (rule, root) in self.verbs.iter().filter_map(|rule| Some((rule, rule.root(verb)?))) {
            rule.add_forms(root, forms);
        }
    }
}
