//! Words that a person is found by, and how many of them somebody asked for has.

use std::collections::{HashMap, HashSet};

use super::person::Person;
use crate::search::{Bearer, NameEvidence, SearchIndex};
use crate::text::fold;

/// Minimum length of a word that is compared with a slip in it.
const MIN_LEN: usize = 4;
/// Minimum length of a word in which two letters may be wrong.
const LONG_LEN: usize = 8;

/// Words that a person is found by.
#[derive(Debug)]
pub(super) struct PersonWords {
    /// The words of the name, with their sounds.
    pub(super) name: Vec<(String, String)>,
    /// The last words of the name in one, at least two.
    joined: Vec<String>,
    /// The words of role, office and places of their releases, and their terms.
    pub(super) others: HashSet<String>,
}

impl PersonWords {
    pub(super) fn of(person: &Person, index: &SearchIndex) -> Self {
        let languages = index.languages();
        let name = person.name_words(languages);
        let whole = person.contact.name.as_deref().map(fold).unwrap_or_default();
        let parts: Vec<&str> = whole.split(' ').collect();
        let joined = (0..parts.len().saturating_sub(1)).map(|from| parts[from..].concat()).collect();
        let mut others = HashSet::new();
        for (text, language) in person.surroundings() {
            others.extend(crate::search::folded_topic_words(text, languages));
            others.extend(index.terms_of(text, language));
        }
        let name = name.into_iter().map(|word| (word.clone(), languages.sound(&word))).collect();
        Self { name, joined, others }
    }

    /// Returns how many words of a bearer are met by the name, and how many of them exactly; `None` where a word that tells whose
    /// it is, is not met. `slips` are the words that may be nearly those of a name, with their sounds.
    pub(super) fn share_met(&self, bearer: &Bearer, slips: &HashMap<&str, String>) -> Option<(usize, usize)> {
        let (mut by_name, mut exactly, mut n_like, mut n_unmet) = (0, 0, 0, 0);
        for word in &bearer.words {
            let folded = word.folded.as_str();
            let is_other = || self.others.contains(folded) || word.terms.iter().any(|term| self.others.contains(term));
            let is_like = || slips.get(folded).is_some_and(|sound| self.is_like_name(folded, sound));
            if self.name.iter().any(|(known, _)| known == folded || folded.len() == 1 && known.starts_with(folded)) {
                (by_name, exactly) = (by_name + 1, exactly + 1);
            } else if is_other() {
                continue;
            } else if is_like() {
                by_name += 1;
                n_like += usize::from(word.evidence == NameEvidence::None);
            } else if word.evidence == NameEvidence::None {
                n_unmet += 1;
            } else {
                return None;
            }
        }
        // A common word that is nearly a name is one only beside another; a role or an office is met as a whole.
        let is_met = if by_name > 0 { by_name > n_like } else { n_unmet == 0 };
        is_met.then_some((by_name, exactly))
    }

    fn is_like_name(&self, folded: &str, sound: &str) -> bool {
        let length = folded.chars().count();
        let max_distance = if length >= LONG_LEN { 2 } else { 1 };
        let is_near = |known: &str| {
            known.chars().count().abs_diff(length) <= max_distance
                && strsim::osa_distance(folded, known) <= max_distance
        };
        let is_like = |(known, known_sound): &(String, String)| {
            known.chars().count() >= MIN_LEN && (sound == known_sound || is_near(known))
        };
        self.name.iter().any(is_like) || length > MIN_LEN && self.joined.iter().any(|joined| is_near(joined))
    }
}

/// Tells whether a folded word may be a name with a slip in it: a word of the releases is none.
pub(super) fn may_be_slip(folded: &str, index: &SearchIndex) -> bool {
    folded.chars().count() + 1 >= MIN_LEN && !index.is_in_releases(folded)
}
