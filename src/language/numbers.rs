//! Numbers in words: “three thousand seven hundred”, “quinientos cincuenta y seis”.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::text::{Words, fold};

/// Words of numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct NumberWords {
    /// By the first word of each number: its other words, and what it is worth; the longest first.
    values: HashMap<String, Vec<(Vec<String>, Value)>>,
    /// Words between two parts of a number: “and”.
    joiners: HashSet<String>,
    ordinals: HashMap<String, u64>,
    /// Abbreviations behind digits: “385k”.
    abbreviated: HashMap<String, u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    /// Added to what stands before it: forty, quinientos.
    Added(u64),
    /// Multiplied with what stands before it: hundred, mil.
    Multiplied(u64),
}

/// Number words as a language file has them.
#[derive(Debug, Clone, Default)]
pub(super) struct NumberTables {
    pub(super) values: BTreeMap<String, u64>,
    pub(super) multipliers: BTreeMap<String, u64>,
    pub(super) ordinals: BTreeMap<String, u64>,
    pub(super) abbreviated: BTreeMap<String, u64>,
}

impl NumberWords {
    /// Adds the words of a language.
    pub(super) fn add<'w>(&mut self, tables: &NumberTables, joiners: impl Iterator<Item = &'w String>) {
        let added = tables.values.iter().map(|(words, value)| (words, Value::Added(*value)));
        let multiplied = tables.multipliers.iter().map(|(words, value)| (words, Value::Multiplied(*value)));
        for (words, value) in added.chain(multiplied) {
            let mut words = words.split_whitespace().map(fold);
            let Some(first) = words.next() else { continue };
            let numbers = self.values.entry(first).or_default();
            numbers.push((words.collect(), value));
            numbers.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
        }
        self.joiners.extend(joiners.cloned());
        self.ordinals.extend(tables.ordinals.iter().map(|(word, value)| (fold(word), *value)));
        self.abbreviated.extend(tables.abbreviated.iter().map(|(word, value)| (fold(word), *value)));
    }

    /// Returns what a folded ordinal is worth: “third”.
    pub(crate) fn ordinal(&self, folded: &str) -> Option<u64> {
        self.ordinals.get(folded).copied()
    }

    /// Tells whether a folded word counts something: more than one, by itself.
    pub(crate) fn counts(&self, folded: &str) -> bool {
        self.lone(folded).is_some()
    }

    /// Returns what a folded word by itself is worth, if it counts something.
    pub(crate) fn lone(&self, folded: &str) -> Option<u64> {
        let (_, value) = self.values.get(folded)?.iter().find(|(rest, _)| rest.is_empty())?;
        match value {
            Value::Added(value) | Value::Multiplied(value) => Some(*value).filter(|value| *value > 1),
        }
    }

    /// Returns what a word multiplies the number before it with, if by a thousand or more, with how many words it takes.
    pub(crate) fn multiplier(&self, words: &Words<'_>, at: usize) -> Option<(usize, u64)> {
        let word = words.get(at).filter(|_| words.gap_before(at) == " ")?;
        // A single letter is a unit of something else.
        if let Some(value) = self.abbreviated(&word.folded).filter(|_| word.folded.chars().count() > 1) {
            return Some((1, value));
        }
        match self.part(words, at)? {
            (length, Value::Multiplied(value)) if value >= 1000 => Some((length, value)),
            _ => None,
        }
    }

    /// Returns what a folded abbreviation behind digits multiplies them with.
    pub(crate) fn abbreviated(&self, folded: &str) -> Option<u64> {
        self.abbreviated.get(folded).copied()
    }

    /// Returns the number that begins at a word, with how many words it takes.
    pub(crate) fn read(&self, words: &Words<'_>, at: usize) -> Option<(usize, u64)> {
        let (first_length, first) = self.part(words, at)?;
        let (mut total, mut group) = (0_u64, 0_u64);
        let mut end = at;
        let mut next = Some((at, first_length, first));
        while let Some((start, length, value)) = next {
            match value {
                // “Twenty three” is one number, “two three” are two.
                Value::Added(value) if group == 0 || value < unit(group) => {
                    // Nothing goes on below what it was multiplied with: “mil” takes less than a thousand.
                    if total > 0 && value >= unit(total) {
                        break;
                    }
                    group += value;
                }
                Value::Multiplied(value) if value < 1000 && group < value => group = group.max(1).checked_mul(value)?,
                Value::Multiplied(value) if value >= 1000 && (total == 0 || value < unit(total)) => {
                    total = total.checked_add(group.max(1).checked_mul(value)?)?;
                    group = 0;
                }
                _ => break,
            }
            end = start + length;
            next = self.next_part(words, end);
        }
        Some((end - at, total + group))
    }

    /// Returns the part of a number that goes on from the word before `at`: where it begins, its length and its value.
    fn next_part(&self, words: &Words<'_>, at: usize) -> Option<(usize, usize, Value)> {
        let follows = |at: usize| at < words.len() && matches!(words.gap_before(at), " " | "-");
        if !follows(at) {
            return None;
        }
        if let Some((length, value)) = self.part(words, at) {
            return Some((at, length, value));
        }
        let is_joined = self.joiners.contains(&words[at].folded) && follows(at + 1);
        let (length, value) = is_joined.then(|| self.part(words, at + 1)).flatten()?;
        // “Twenty and hundred” is no number.
        matches!(value, Value::Added(_)).then_some((at + 1, length, value))
    }

    /// Returns the number word at a position: its length in words and its value.
    fn part(&self, words: &Words<'_>, at: usize) -> Option<(usize, Value)> {
        let numbers = self.values.get(&words.get(at)?.folded)?;
        let is_met = |rest: &[String]| {
            let mut others = rest.iter().enumerate();
            others.all(|(n, word)| {
                let at = at + 1 + n;
                words.get(at).is_some_and(|other| other.folded == *word) && matches!(words.gap_before(at), " " | "-")
            })
        };
        numbers.iter().find(|(rest, _)| is_met(rest)).map(|(rest, value)| (1 + rest.len(), *value))
    }
}

/// Returns the highest power of ten that divides a number: what is added to it must be below.
fn unit(number: u64) -> u64 {
    let mut unit = 1;
    while number > 0 && number.is_multiple_of(unit * 10) {
        unit *= 10;
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::super::shipped;
    use crate::language::Language;
    use crate::text::Words;

    #[test]
    fn numbers_in_words_are_read() {
        let languages = shipped();
        for (language, text, expected) in [
            ("en", "three thousand seven hundred migrants", Some((4, 3_700))),
            ("en", "five hundred and fifty-six", Some((5, 556))),
            ("en", "two million three hundred thousand", Some((5, 2_300_000))),
            ("en", "twenty-one", Some((2, 21))),
            ("en", "two three", Some((1, 2))),
            ("en", "two and three", Some((1, 2))),
            ("en", "a hundred", None),
            ("es", "tres mil setecientos", Some((3, 3_700))),
            ("es", "quinientos cincuenta y seis", Some((4, 556))),
            ("es", "veintitrés años", Some((1, 23))),
            ("es", "mil doscientos", Some((2, 1_200))),
            ("es", "dos y tres", Some((1, 2))),
            ("fr", "quatre-vingt-dix-sept", Some((4, 97))),
            ("fr", "soixante et onze", Some((3, 71))),
            ("fr", "deux mille trois cents", Some((4, 2_300))),
            ("fr", "vingt et un", Some((3, 21))),
            ("pt", "três mil e setecentos", Some((4, 3_700))),
            ("pt", "quinhentas e cinquenta e seis", Some((5, 556))),
        ] {
            let lexicon = languages.lexicon(Language::from_code(language));
            assert_eq!(lexicon.numbers().read(&Words::of(text), 0), expected, "{text}");
        }
    }
}
