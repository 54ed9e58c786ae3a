//! Typos in the words that any question is built of, small ones and those that ask: `kiero`, `wehn`, `dont`.

use std::collections::{BTreeSet, HashMap};

use super::file::LanguageFile;
use super::lists::{List, PhraseList};
use super::{Language, Languages};
use crate::text::fold;

/// Lists of words that questions are built of.
const LISTS: [List; 6] =
    [List::Function, List::FunctionHere, List::Which, List::Who, List::ContactFillers, List::ReleaseFillers];
/// Phrases whose words are such ones.
const PHRASES: [PhraseList; 12] = [
    PhraseList::AskWho,
    PhraseList::AskHowMany,
    PhraseList::AskWhen,
    PhraseList::AskPlace,
    PhraseList::AskWhy,
    PhraseList::AskContact,
    PhraseList::AskAmount,
    PhraseList::AskHour,
    PhraseList::AskAge,
    PhraseList::HowMuch,
    PhraseList::HowMany,
    PhraseList::AskReleases,
];

/// Minimum length of a word in which two letters next to each other may have changed places, and of one that is known by its sound.
const MIN_LEN: usize = 3;
/// Minimum length of a word that may lack a letter or have one too many, as it was typed and as it was meant.
const MIN_LEN_OF_WRONG: usize = 4;

/// The words of a language that questions are built of.
#[derive(Debug)]
pub(super) struct QuestionVocabulary {
    words: BTreeSet<String>,
    /// The words that stand behind another one in the phrases: “many”, “much” and so on behind “how”.
    behind: HashMap<String, BTreeSet<String>>,
    by_sound: HashMap<String, String>,
    /// Those with an apostrophe, by their letters alone.
    without_apostrophe: HashMap<String, String>,
}

impl QuestionVocabulary {
    /// Takes the words of a file; `sound` tells how a folded word sounds.
    pub(super) fn of(file: &LanguageFile, sound: impl Fn(&str) -> String) -> Self {
        let listed = LISTS.iter().flat_map(|list| file.list(*list)).map(|word| fold(word));
        let of_phrase = |phrase: &String| -> Vec<String> {
            let parts = phrase.split([' ', '|', '^']).filter(|part| part.chars().all(char::is_alphabetic));
            parts.map(fold).collect()
        };
        let in_phrases = PHRASES.iter().flat_map(|list| &file.phrases[*list as usize]).flat_map(of_phrase);
        let mut behind: HashMap<String, BTreeSet<String>> = HashMap::new();
        for phrase in PHRASES.iter().flat_map(|list| &file.phrases[*list as usize]) {
            let parts: Vec<Vec<String>> = phrase.split(' ').map(|part| words_of_part(part, file)).collect();
            for (before, words) in parts.iter().zip(parts.iter().skip(1)) {
                for word in before {
                    behind.entry(word.clone()).or_default().extend(words.iter().cloned());
                }
            }
        }
        let words: BTreeSet<String> = listed.chain(in_phrases).filter(|word| !word.is_empty()).collect();
        let heard = words.iter().filter(|word| word.chars().count() >= MIN_LEN);
        let by_sound = heard.map(|word| (sound(word), word.clone())).collect();
        let letters_alone = |word: &&String| word.contains('\'').then(|| word.replace('\'', ""));
        let without_apostrophe = words.iter().filter_map(|word| Some((letters_alone(&word)?, word.clone())));
        let without_apostrophe =
            without_apostrophe.filter(|(letters, _)| letters.len() >= MIN_LEN && !words.contains(letters)).collect();
        Self { words, behind, by_sound, without_apostrophe }
    }

    /// Returns the word that another one is a slip of: two letters that changed places, else one too few or too many behind the
    /// first, where `is_read` well enough to know that it is no other word. A wrong letter too often makes another word: “hanta” is
    /// no “hasta”, “stork” no “story”.
    fn nearest(&self, folded: &str, is_read: bool) -> Option<&str> {
        let length = folded.chars().count();
        let slip = |word: &String| -> Option<u8> {
            let length_meant = word.chars().count();
            if length_meant.abs_diff(length) > 1 || length.max(length_meant) < MIN_LEN {
                return None;
            }
            if length == length_meant {
                return have_changed_places(folded, word).then_some(0);
            }
            let is_long = length.min(length_meant) >= MIN_LEN_OF_WRONG;
            let is_near = is_read
                && is_long
                && folded.chars().next() == word.chars().next()
                && strsim::osa_distance(folded, word) == 1;
            is_near.then_some(1)
        };
        let near = self.words.iter().filter_map(|word| Some((slip(word)?, word)));
        near.min().map(|(_, word)| word.as_str())
    }
}

/// Returns the words that a part of a phrase stands for, folded; none of one that stands for any.
fn words_of_part(part: &str, file: &LanguageFile) -> Vec<String> {
    let part = part.trim_start_matches('^');
    if part == "<which>" {
        return file.list(List::Which).iter().map(|word| fold(word)).collect();
    }
    part.split('|').map(fold).filter(|word| !word.is_empty() && word.chars().all(char::is_alphabetic)).collect()
}

/// Tells whether two letters next to each other are all that two words differ by.
fn have_changed_places(typed: &str, word: &str) -> bool {
    let mut differing = typed.chars().zip(word.chars()).enumerate().filter(|(_, (a, b))| a != b);
    match (differing.next(), differing.next(), differing.next()) {
        (Some((at, (a, b))), Some((next, (c, d))), None) => next == at + 1 && a == d && b == c,
        _ => false,
    }
}

impl Languages {
    /// Returns the word with an apostrophe that a folded word is without it, in a language or a usual one: `dont`.
    pub(crate) fn with_apostrophe(&self, folded: &str, language: Option<Language>) -> Option<&str> {
        let words = self.question_vocabularies(language);
        words.filter_map(|words| words.without_apostrophe.get(folded)).map(String::as_str).next()
    }

    /// Returns the word that questions in a language, or in a usual one where that is not known, are built of and that a folded word
    /// is most likely a slip of: one that sounds the same, else one that differs by a letter: the list of common words knows what
    /// is no slip in the usual languages alone.
    pub(crate) fn correct_question_word(&self, folded: &str, language: Option<Language>) -> Option<&str> {
        if folded.chars().count() < MIN_LEN || !folded.chars().all(char::is_alphabetic) {
            return None;
        }
        let sound = self.sound(folded);
        let alike = self.question_vocabularies(language).find_map(|words| words.by_sound.get(&sound));
        let is_read = language.is_none_or(|language| self.is_usual(language));
        alike
            .map(String::as_str)
            .or_else(|| self.question_vocabularies(language).find_map(|words| words.nearest(folded, is_read)))
    }

    /// Returns the word that a folded one is a slip of behind another word with which it asks: one that sounds the same (“que ora”),
    /// or, of a word that is not in use, one that differs by a letter (“how mny”).
    pub(crate) fn correct_behind(
        &self,
        before: &str,
        folded: &str,
        language: Option<Language>,
        is_used: impl Fn() -> bool,
    ) -> Option<&str> {
        if folded.chars().count() < MIN_LEN || !folded.chars().all(char::is_alphabetic) {
            return None;
        }
        let behind = || self.question_vocabularies(language).filter_map(|words| words.behind.get(before)).flatten();
        if behind().any(|word| word == folded) {
            return None;
        }
        let sound = self.sound(folded);
        let sounds_so = |word: &&String| word.chars().count() >= MIN_LEN && self.sound(word) == sound;
        let is_near =
            |word: &&String| word.chars().count() >= MIN_LEN_OF_WRONG && strsim::osa_distance(folded, word) == 1;
        behind().find(sounds_so).or_else(|| behind().find(is_near).filter(|_| !is_used())).map(String::as_str)
    }

    /// Tells whether questions in any language are built of a folded word.
    pub(crate) fn is_question_word(&self, folded: &str) -> bool {
        self.question_vocabularies.iter().any(|words| words.words.contains(folded))
    }

    fn question_vocabularies(&self, language: Option<Language>) -> impl Iterator<Item = &QuestionVocabulary> {
        let is_read = move |file: &LanguageFile| language.map_or(file.is_usual, |language| file.language == language);
        self.files
            .iter()
            .zip(&self.question_vocabularies)
            .filter(move |(file, _)| is_read(file))
            .map(|(_, words)| words)
    }
}

#[cfg(test)]
mod tests {
    use crate::language::{Language, shipped};

    #[test]
    fn typos_in_the_words_of_a_question_are_known() {
        let languages = shipped();
        for (language, typed, meant) in [
            ("es", "kiero", Some("quiero")),
            ("es", "kuando", Some("cuando")),
            ("es", "cuadno", Some("cuando")),
            ("es", "dodne", Some("donde")),
            ("es", "ncesito", Some("necesito")),
            ("es", "telefno", Some("telefono")),
            ("es", "qeu", Some("que")),
            ("en", "wehn", Some("when")),
            ("en", "teh", Some("the")),
            ("en", "plese", Some("please")),
            ("fr", "quadn", Some("quand")),
            ("es", "mar", None),
            ("es", "hanta", None),
            ("en", "stork", None),
            ("en", "wart", None),
            ("fr", "toit", None),
            ("pt", "lixo", None),
            ("pt", "horta", None),
            ("en", "tram", None),
        ] {
            let meant_here = languages.correct_question_word(typed, Language::from_code(language));
            assert_eq!(meant_here, meant, "{typed}");
        }
        for (language, before, typed, is_used, meant) in [
            ("en", "how", "mny", false, Some("many")),
            ("en", "how", "meny", false, Some("many")),
            ("en", "how", "mean", true, None),
            ("en", "the", "mny", false, None),
            ("es", "que", "ora", true, Some("hora")),
            ("es", "que", "obra", true, None),
        ] {
            let meant_here = languages.correct_behind(before, typed, Language::from_code(language), || is_used);
            assert_eq!(meant_here, meant, "{before} {typed}");
        }
        assert_eq!(languages.with_apostrophe("dont", Some(Language::ENGLISH)), Some("don't"));
        assert_eq!(languages.with_apostrophe("its", Some(Language::ENGLISH)), None);
    }
}
