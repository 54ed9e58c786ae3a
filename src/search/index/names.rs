//! Names of the releases: which of their words are only parts of names, and which of these stand together.

use std::collections::HashSet;

use super::terms::Numbers;
use crate::text::{Words, is_acronym};

/// Two words of one name have at most this many others between them, as “Carlos Van der Laat” has.
const MAX_BETWEEN: usize = 3;

/// Minimum number of bytes that two forms of a word have in common at their beginning.
const MIN_ALIKE: usize = 3;
/// Maximum number of bytes by which they differ behind it: a directorate is no director.
const MAX_ENDING: usize = 2;

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

    /// Tells whether two folded words are parts of names in the releases, but never of one, in any form: “Maria” and “Peraza” of Maria
    /// López and Jorge Peraza, not “Native American” of Native Americans.
    pub(crate) fn are_apart(&self, first: &str, second: &str, are_forms: impl Fn(&str, &str) -> bool) -> bool {
        let (Some(first_part), Some(second_part)) = (self.part(first), self.part(second)) else { return false };
        let forms = |of: &str| {
            let is_inflected = |word: &str| {
                let n_alike = word.bytes().zip(of.bytes()).take_while(|(a, b)| a == b).count();
                n_alike >= MIN_ALIKE && word.len().max(of.len()) - n_alike <= MAX_ENDING
            };
            self.numbers.of_those(|word| word == of || is_inflected(word) && are_forms(word, of))
        };
        let stand_together = || {
            let seconds = forms(second);
            forms(first).iter().any(|first| seconds.iter().any(|second| self.together.contains(&pair(*first, *second))))
        };
        first != second && !self.together.contains(&pair(first_part, second_part)) && !stand_together()
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
        let are_forms = |a: &str, b: &str| a.trim_end_matches('s') == b.trim_end_matches('s');
        for text in [
            "There Miguel Gómez met the doctor, and Carlos Van der Laat was in San Salvador.",
            "the Salvador Library",
            "They met in March, in a library.",
            "Many Native Americans and the American Library were there, and Native Art.",
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
            ("native", "american", false),
            ("native", "salvador", true),
        ] {
            assert_eq!(names.are_apart(first, second, are_forms), apart, "{first} {second}");
        }
    }
}
