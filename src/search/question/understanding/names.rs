//! Names in a question: the words of it that a passage must have if it answers.

use std::ops::Range;

use super::{Topics, Understanding};
use crate::language::{Language, Lexicon, List};
use crate::search::Question;
use crate::search::question::query::Concepts;
use crate::search::text::analyzer::TopicWord;
use crate::search::text::numbers::number;
use crate::search::text::spans::is_year;
use crate::text::Words;

/// Minimum length of a stem by which other forms of a word are looked for.
const MIN_STEM_LEN: usize = 3;
/// Maximum number of words among which they are looked for; longer stems have far fewer.
const MAX_FORMS: usize = 500;

/// Minimum length of a word that is taken for a name by where it stands or by its capitals in the releases.
const MIN_NAME_LEN: usize = 4;
/// How common a word is in general, on the Zipf scale, that is no name right behind a preposition of place; set by hand: rarer ones are
/// mostly names there, of which the list has many (“roswell”, 3.0), and few are things (“in escrow”, 3.0).
const COMMON_IN_PLACE: f32 = 3.3;

impl Understanding {
    /// Tells whether a word is a place, a year, a part of a date, or a name of the releases that is no common word or stands like a name:
    /// “in La Unión” where the releases write “unión” with a capital alone.
    pub(super) fn is_name(&self, question: &Question, word: &TopicWord<'_>) -> bool {
        let words = question.words();
        let lexicon = self.analyzer.languages().lexicon(question.language);
        self.places.contains(&word.folded)
            || lexicon.month(&word.folded).is_some()
                && (is_beside_number(words, word.at) || is_behind_place(words, word.at, lexicon))
            || is_year(&word.folded) && word.folded.bytes().all(|byte| byte.is_ascii_digit())
            || day_of_month(words, word.at, lexicon).is_some()
            || self.names.has(&word.folded)
                && word.folded.chars().count() >= MIN_NAME_LEN
                && (is_written_as_name(words, word.at, lexicon)
                    || is_behind_place(words, word.at, lexicon)
                    || !self.is_common_in_a_form(&word.folded, question.language, 0.0))
    }

    /// Adds the names of two words that the releases have for other names alone: “San Miguel” where there are San Salvador and
    /// Miguel Gómez.
    pub(super) fn add_absent_names(
        &self,
        topics: &Topics<'_>,
        question: &Question,
        phrases: &[Range<usize>],
        concepts: &mut Concepts<'_>,
    ) {
        let words = question.words();
        if (0..words.len()).all(|at| words.is_capitalised(at)) {
            return;
        }
        let is_name = |at: usize| {
            let word = &topics.words[at];
            words.is_capitalised(word.at) && topics.meant[at] == word.folded
        };
        let languages = self.analyzer.stemmed_in(question.language);
        let are_forms = |word: &str, other: &str| {
            languages.iter().any(|language| self.analyzer.stem(word, *language) == self.analyzer.stem(other, *language))
        };
        for (at, pair) in topics.words.windows(2).enumerate() {
            let range = pair[0].range.start..pair[1].range.end;
            let is_of_phrase = || phrases.iter().any(|phrase| phrase.start < range.end && range.start < phrase.end);
            let between = &words.text()[pair[0].range.end..pair[1].range.start];
            if between.chars().all(char::is_whitespace)
                && (at..at + 2).all(is_name)
                && self.names.are_apart(&pair[0].folded, &pair[1].folded, are_forms)
                && !is_of_phrase()
            {
                concepts.add(&words.text()[range], None, Vec::new(), [true, false, false, false], 0.0);
            }
        }
    }

    /// Tells whether a word that the releases lack is a name by where it stands: behind a preposition of place or written as a
    /// name, and in no list of common words in any form; behind the first word of places (“San Miguel”) it may be one of them.
    /// Of the 2,900 labelled questions that are answered, a misspelling or two in a thousand looks so, and of those that are
    /// nearly answered one in forty.
    pub(super) fn names_what_is_new(&self, question: &Question, word: &TopicWord<'_>, is_written_so: bool) -> bool {
        let languages = self.analyzer.languages();
        if question.language.is_some_and(|language| !languages.is_usual(language)) {
            return false;
        }
        let words = question.words();
        let lexicon = languages.lexicon(question.language);
        let is_behind_place = is_behind_place(words, word.at, lexicon);
        let is_before = |list: List| word.at > 0 && lexicon.has(list, &words[word.at - 1].folded);
        let is_of_saint = is_before(List::PlaceArticles) && !is_before(List::Articles);
        is_behind_place && is_of_saint
            || (is_behind_place || is_written_so)
                && word.folded.chars().count() >= MIN_NAME_LEN
                && word.folded.chars().all(char::is_alphabetic)
                && !self.is_common_in_a_form(&word.folded, question.language, self.common_from(question, word.at))
    }

    /// Returns how common a word must be in general that is no name. Right behind a preposition of place, in a question in a language
    /// of the releases, which would have the word if they told of it, a rare one is a name sooner: “in roswell”.
    fn common_from(&self, question: &Question, at: usize) -> f32 {
        let lexicon = self.analyzer.languages().lexicon(question.language);
        let is_in_place = at > 0 && lexicon.has(List::In, &question.words()[at - 1].folded);
        let is_of_releases = question.language.is_some_and(|language| self.analyzer.has_releases_in(language));
        if is_in_place && is_of_releases { COMMON_IN_PLACE } else { 0.0 }
    }

    /// Tells whether a word or another form of it is in the list of common words, at least as common as `from`.
    fn is_common_in_a_form(&self, folded: &str, language: Option<Language>, from: f32) -> bool {
        let is_common = |word: &str| {
            self.common_words.contains(word)
                && self.common_words.frequency(word).is_none_or(|frequency| frequency >= from)
        };
        let has_form = |language: Language| {
            let stem = self.analyzer.stem(folded, language);
            let n_kept = folded.bytes().zip(stem.bytes()).take_while(|(a, b)| a == b).count();
            let kept = folded.get(..n_kept).filter(|kept| kept.len() >= MIN_STEM_LEN);
            let mut alike = kept.into_iter().flat_map(|kept| self.common_words.beginning_with(kept)).take(MAX_FORMS);
            alike.any(|word| self.analyzer.stem(word, language) == stem && is_common(word))
        };
        is_common(folded) || self.analyzer.stemmed_in(language).into_iter().any(has_form)
    }
}

/// Tells whether a preposition of place leads to a word, perhaps with an article: “in La Unión”.
pub(super) fn is_behind_place(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> bool {
    let is = |at: usize, list: List| lexicon.has(list, &words[at].folded);
    let is_article = |at: &usize| is(*at, List::Articles) || is(*at, List::PlaceArticles);
    let leads_to_place = |at: &usize| is(*at, List::In) || is(*at, List::Towards);
    // An article of one language is a preposition of another: “a”.
    let before = (0..at).rev().find(|at| leads_to_place(at) || !is_article(at));
    before.is_some_and(|at| leads_to_place(&at))
}

/// Tells whether a number stands before or behind a word, as the day or the year of a month does.
pub(super) fn is_beside_number(words: &Words<'_>, at: usize) -> bool {
    let is_number = |at: usize| words.get(at).is_some_and(|word| word.folded.starts_with(|c: char| c.is_ascii_digit()));
    is_number(at + 1) || at > 0 && is_number(at - 1)
}

/// Returns the place of a date whose day is a number: “7 November”, “7 de noviembre”.
pub(super) fn day_of_month(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> Option<Range<usize>> {
    // “May” is a month by its capital only.
    let is_month = |at: usize| {
        words.get(at).is_some_and(|word| lexicon.month(&word.folded).is_some())
            && (words.is_capitalised(at) || !lexicon.is_function_word(&words[at].folded))
    };
    let is_joiner = words.get(at + 1).is_some_and(|word| lexicon.has(List::DateJoiners, &word.folded));
    number(&words[at].folded, lexicon).parse().ok().filter(|day: &u8| (1..=31).contains(day))?;
    let (first, last) = match at {
        _ if is_month(at + 1) => (at, at + 1),
        _ if is_joiner && is_month(at + 2) => (at, at + 2),
        _ if at > 0 && is_month(at - 1) => (at - 1, at),
        _ => return None,
    };
    Some(words[first].range.start..words[last].range.end)
}

/// Tells whether a word of a question is written as a name: with a capital that neither its place nor its language explains, in a
/// text that is not all in capitals. Of the questions that the releases answer in their own language, one in a hundred has such
/// a word that they lack, and of those that they nearly answer half (`traps.jsonl`, `more.jsonl`, XQuAD).
pub(super) fn is_written_as_name(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> bool {
    let n_capitals = || (0..words.len()).filter(|at| words.is_capitalised(*at)).count();
    words.is_capitalised(at)
        && !lexicon.capitalises_nouns()
        && !words.begins_sentence(at)
        && 2 * n_capitals() <= words.len()
}
