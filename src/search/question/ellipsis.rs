//! Ellipsis: texts that say no more than what changes in the question before them, as “and in 2024?” does behind “How many schools
//! got a grant in 2023?”.

use std::ops::Range;

use super::answer_type::kinds_asked;
use crate::language::{Lexicon, List, PhraseList};
use crate::search::is_year;
use crate::text::Words;

/// Maximum number of words of a text that changes something without a word that goes on from what was asked: “in 2024?”.
const MAX_BARE: usize = 3;

/// What a word is, as far as that tells which word of another question it stands in the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Year,
    Weekday,
    Name,
    Other,
}

/// A question with what a text changes in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Completed {
    pub(crate) text: String,
    /// Set where a year or a day of the week takes the place of another; other words may have been meant otherwise, so whether the
    /// question is answered then is to be seen.
    pub(crate) is_sure: bool,
}

/// Reads texts by the words of their languages and by the places that are known.
pub(crate) struct Ellipsis<'a, P: Fn(&str) -> bool> {
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) is_place: P,
}

impl<P: Fn(&str) -> bool> Ellipsis<'_, P> {
    /// Returns the question before a text with what the text changes in it; `None` for a text that is a question by itself, and where
    /// nothing shows which words it changes.
    pub(crate) fn completed(&self, before: &Words<'_>, text: &Words<'_>) -> Option<Completed> {
        let (start, is_led) = self.beginning(text)?;
        let content: Vec<usize> = (start..text.len()).filter(|at| !self.is_small(text, *at)).collect();
        let (&first, &last) = (content.first()?, content.last()?);
        let changed = &text.text()[text[first].range.start..text[last].range.end];
        let sure = |at: usize, by: &str| Some(Completed { text: replaced(before, at..at + 1, by), is_sure: true });
        if let Some(years) = self.years_on(text, &content) {
            let at = self.only(Class::Year, before)?;
            let year: u32 = before[at].folded.parse().ok()?;
            return sure(at, &year.saturating_add_signed(years).to_string());
        }
        let class = self.class(text, first);
        if content.len() == 1 && matches!(class, Class::Year | Class::Weekday) {
            // “Before 2023” is another question than “in 2024”.
            return sure(self.only(class, before).filter(|_| !self.bounds_range(text))?, changed);
        }
        if content.iter().any(|at| text[*at].folded.starts_with(|first: char| first.is_ascii_digit())) {
            return None;
        }
        let perhaps = |range| Some(Completed { text: replaced(before, range, changed), is_sure: false });
        if !is_led && class != Class::Name {
            return None;
        }
        let behind_small_word = || (start..first).find_map(|small| self.behind(before, text, small, class));
        if let Some(range) = behind_small_word() {
            return perhaps(range);
        }
        if class == Class::Name {
            let end = self.last_of(class, before)?;
            let start = (0..=end).rev().take_while(|at| self.class(before, *at) == class).last()?;
            return perhaps(start..end + 1);
        }
        let counted = self.counted(before).filter(|_| first == start)?;
        perhaps(counted..counted + 1)
    }

    /// Returns the word for what a question counts: “cats” in “how many cats are there?”
    fn counted(&self, words: &Words<'_>) -> Option<usize> {
        let lengths = |list, at| self.lexicon.phrases(list).lengths_at(words, at).max();
        // Behind “how much” stands a verb as often.
        let counts = |at: &usize| lengths(PhraseList::HowMuch, *at).is_none();
        let behind = |at: usize| lengths(PhraseList::AskHowMany, at).map(|length| at + length);
        let counted = (0..words.len()).filter(counts).find_map(behind)?;
        (counted < words.len() && !self.is_small(words, counted)).then_some(counted)
    }

    /// Returns where what a text changes begins, and whether words before it say that it changes something; `None` for a question by
    /// itself.
    fn beginning(&self, text: &Words<'_>) -> Option<(usize, bool)> {
        let lexicon = self.lexicon;
        let led = (0..text.len()).find(|at| !lexicon.has(List::GoingOn, &text[*at].folded))?;
        let changing =
            |at: usize| lexicon.phrases(PhraseList::Changing).lengths_at(text, at).map(move |length| at + length);
        let start = changing(0).chain(changing(led)).max().unwrap_or(led);
        let asks = |at: usize| {
            let folded = text.get(at).map(|word| &word.folded);
            folded.is_some_and(|folded| lexicon.has(List::Asking, folded) || lexicon.has(List::Which, folded))
        };
        let is_led = start > 0;
        let is_question = asks(start) || asks(start + 1) || start == led && !kinds_asked(text, lexicon).is_empty();
        (start < text.len() && !is_question && (is_led || text.len() <= MAX_BARE)).then_some((start, is_led))
    }

    /// Returns the words of the question before that a text changes behind a small word which both have, such as a preposition; the rest
    /// of the question, unless it is a name, a year or a day.
    fn behind(&self, before: &Words<'_>, text: &Words<'_>, small: usize, class: Class) -> Option<Range<usize>> {
        let content_behind = |at: usize| (at + 1..before.len()).find(|at| !self.is_small(before, *at));
        let places = (1..before.len()).rev().filter(|at| before[*at].folded == text[small].folded);
        let mut places = places.filter_map(content_behind);
        let is_alike = |at: &usize| self.class(before, *at) == class;
        let start = if class == Class::Name { places.find(is_alike)? } else { places.next()? };
        let is_in_it = |at: &usize| class == Class::Other || !self.is_small(before, *at) && is_alike(at);
        let end = (start + 1..before.len()).take_while(is_in_it).last().map_or(start + 1, |last| last + 1);
        Some(start..end)
    }

    /// Returns by how many years a text is on from the year of the question before it, if it says nothing else: “the year before”.
    fn years_on(&self, text: &Words<'_>, content: &[usize]) -> Option<i32> {
        let says = |list| {
            let phrases = self.lexicon.phrases(list);
            let ranges = (0..text.len()).flat_map(|at| phrases.lengths_at(text, at).map(move |length| at..at + length));
            ranges.into_iter().any(|range| content.iter().all(|at| range.contains(at)))
        };
        match (says(PhraseList::YearBefore), says(PhraseList::YearAfter)) {
            (true, false) => Some(-1),
            (false, true) => Some(1),
            _ => None,
        }
    }

    /// Tells whether a word of a text bounds a range of dates: “before”.
    fn bounds_range(&self, text: &Words<'_>) -> bool {
        let lists = [List::RangeSince, List::RangeAfter, List::RangeBefore, List::RangeUntil, List::RangeBetween];
        text.folded().any(|word| lists.iter().any(|list| self.lexicon.has(*list, word)))
    }

    /// Returns the word of a class, if there is but one.
    fn only(&self, class: Class, words: &Words<'_>) -> Option<usize> {
        let last = self.last_of(class, words)?;
        (0..last).all(|at| self.class(words, at) != class || words[at].folded == words[last].folded).then_some(last)
    }

    fn last_of(&self, class: Class, words: &Words<'_>) -> Option<usize> {
        (0..words.len()).rev().find(|at| self.class(words, *at) == class)
    }

    fn is_small(&self, words: &Words<'_>, at: usize) -> bool {
        self.lexicon.is_function_word(&words[at].folded)
    }

    fn class(&self, words: &Words<'_>, at: usize) -> Class {
        let folded = &words[at].folded;
        if is_year(folded) {
            Class::Year
        } else if self.lexicon.is_weekday(folded) {
            Class::Weekday
        } else if (self.is_place)(folded) || words.is_capitalised(at) && !words.begins_sentence(at) {
            Class::Name
        } else {
            Class::Other
        }
    }
}

/// Returns a text with some of its words replaced.
fn replaced(words: &Words<'_>, range: Range<usize>, by: &str) -> String {
    let (text, end) = (words.text(), words[range.end - 1].range.end);
    format!("{}{by}{}", &text[..words[range.start].range.start], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::shipped;

    fn completed(before: &str, text: &str) -> Option<String> {
        let languages = shipped();
        let ellipsis =
            Ellipsis { lexicon: languages.lexicon(languages.detect(before)), is_place: |folded| folded == "kenya" };
        ellipsis.completed(&Words::of(before), &Words::of(text)).map(|completed| completed.text)
    }

    #[test]
    fn text_changes_words_of_the_question_before() {
        for (before, text, whole) in [
            ("How many got a grant in 2023?", "and in 2024?", "How many got a grant in 2024?"),
            ("How many got a grant in 2023?", "what about 2024", "How many got a grant in 2024?"),
            ("¿Cuánto costó en 2023?", "en 2024", "¿Cuánto costó en 2024?"),
            ("¿Cuánto costó en 2023?", "y el año anterior", "¿Cuánto costó en 2022?"),
            ("What was the price in 2023?", "and the year after?", "What was the price in 2024?"),
            ("When is it open on Saturdays?", "and sundays", "When is it open on sundays?"),
            ("¿A qué hora abre en Soufflet el sábado?", "y en Gros Cap", "¿A qué hora abre en Gros Cap el sábado?"),
            (
                "How many cases were there in Ethiopia last year?",
                "and kenya",
                "How many cases were there in kenya last year?",
            ),
            ("Who paid for the ice plant?", "and for the boats", "Who paid for the boats?"),
            (
                "¿Cuál es la multa por fumar en el tren?",
                "y por viajar sin boleto",
                "¿Cuál es la multa por viajar sin boleto?",
            ),
            ("¿Cuántos gatos hay en la ciudad?", "y perros", "¿Cuántos perros hay en la ciudad?"),
            ("Quantas bolsas vocês entregam em 2023?", "e quanto a 2024", "Quantas bolsas vocês entregam em 2024?"),
            ("Combien de bourses en 2023 ?", "et en 2024 ?", "Combien de bourses en 2024 ?"),
        ] {
            assert_eq!(completed(before, text).as_deref(), Some(whole), "{before} {text}");
        }
    }

    #[test]
    fn question_by_itself_changes_nothing() {
        for (before, text) in [
            ("How many got a grant in 2023?", "and who paid in 2024?"),
            ("How many got a grant in 2023?", "and how many in Kenya?"),
            ("¿Cuánto costó en 2023?", "y cuándo abre"),
            ("¿Cuánto costó en 2023?", "y qué días abre"),
            ("Who paid for the ice plant?", "thanks"),
            ("How many got a grant in 2023?", "and before 2023"),
            ("How many got a grant in 2023?", "and the following year in Kenya"),
            ("How many got a grant in 2023?", "and 1800"),
            ("Was the fee higher in 2023 or in 2024?", "and in 2025"),
            ("¿Cuánto cuesta la inscripción?", "y higos"),
            ("Who paid for the ice plant?", "and in 2024?"),
            ("Who paid for the ice plant?", "and"),
            ("", "and in Kenya"),
        ] {
            assert_eq!(completed(before, text), None, "{before} {text}");
        }
    }
}
