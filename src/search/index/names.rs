//! Names of the releases: which of their words are only parts of names, and which of these stand together.

use std::collections::HashSet;

use super::terms::Numbers;
use crate::text::{Words, is_acronym};

/// Two words of one name have at most this many others between them, as “Carlos Van der Laat” has.
const MAX_BETWEEN: usize = 3;

/// The words of the releases, by their capitals.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: Numbers,
    /// The words that stand somewhere with a small letter, which are no parts of names alone.
    small: HashSet<u32>,
    /// The words that stand with a capital within a sentence.
    within: HashSet<u32>,
    /// Pairs of words with a capital that stand near each other, the lower number first.
    together: HashSet<(u32, u32)>,
}

impl Names {
    /// Adds the words of a text. Where capitals tell no names, as in a title or in German, only what stands together counts.
    pub(super) fn add(&mut self, words: &Words<'_>, capitals_tell: bool) {
        let numbers: Vec<u32> = words.iter().map(|word| self.numbers.add(&word.folded)).collect();
        for (at, number) in numbers.iter().enumerate() {
            if !words.is_capitalised(at) {
                self.small.insert(*number);
                continue;
            }
            // An acronym is a topic as often as a name.
            if capitals_tell && !words.begins_sentence(at) && !is_acronym(words.written(at)) {
                self.within.insert(*number);
            }
            let before = at.saturating_sub(1 + MAX_BETWEEN)..at;
            let capitalised = before.filter(|before| words.is_capitalised(*before));
            self.together.extend(capitalised.map(|before| pair(numbers[before], *number)));
        }
    }

    /// Tells whether a folded word is only a part of names in the releases.
    pub(crate) fn has(&self, folded: &str) -> bool {
        self.part(folded).is_some()
    }

    fn part(&self, folded: &str) -> Option<u32> {
        self.numbers.get(folded).filter(|number| self.within.contains(number) && !self.small.contains(number))
    }

    /// Tells whether two folded words are parts of names in the releases, but never of one: “Maria” and “Peraza” of Maria López and
    /// Jorge Peraza.
    pub(crate) fn are_apart(&self, first: &str, second: &str) -> bool {
        let (Some(first), Some(second)) = (self.part(first), self.part(second)) else { return false };
        first != second && !self.together.contains(&pair(first, second))
    }
}

fn pair(first: u32, second: u32) -> (u32, u32) {
    (first.min(second), first.max(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_different_names_are_apart() {
        let mut names = Names::default();
        for text in [
            "There Miguel Gómez met the doctor, and Carlos Van der Laat was in San Salvador.",
            "the Salvador Library",
            "They met in March, in a library.",
        ] {
            names.add(&Words::of(text), true);
        }
        for (first, second, apart) in [
            ("san", "miguel", true),
            ("miguel", "gomez", false),
            ("gomez", "miguel", false),
            ("carlos", "laat", false),
            ("salvador", "library", false),
            ("march", "library", false),
            ("miguel", "miguel", false),
            ("miguel", "nobody", false),
        ] {
            assert_eq!(names.are_apart(first, second), apart, "{first} {second}");
        }
    }
}
