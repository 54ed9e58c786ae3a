//! Segments of a question for a contact: the words that may name whose it is, and how they are joined to those that ask.

use std::ops::Range;

use crate::language::{Lexicon, List};
use crate::search::question::answer_type::{is_contact_word, is_filler, stands_in_contact_phrase};
use crate::search::question::understanding::AskedWord;
use crate::search::text::kinds::Kinds;
use crate::text::{Words, fold};

/// Position of a word of a question among its kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A word that asks for a contact by itself: “phone”.
    Contact,
    /// A word of several that ask for one: “who can I call”.
    Phrase,
    /// A word that goes with these: “number”.
    Filler,
    /// A word that makes what follows a topic: “about”.
    Lead,
    /// A word for a release, which makes what stands before it a topic: “story”.
    Story,
    /// A small word.
    Small,
    /// A word that may name somebody, by its number.
    Asked(usize),
}

/// Words of a question that stand together.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// Numbers of the words among those that may name somebody.
    pub(super) asked: Range<usize>,
    /// Numbers of its words in the question.
    pub(super) places: Range<usize>,
    /// Set where it is what the question is about.
    pub(super) is_about: bool,
}

/// How a segment is joined to a word that asks for a contact.
pub(super) struct Joints {
    /// A word for a contact stands before it, at most small words between.
    pub(super) is_behind: bool,
    /// One stands behind it.
    pub(super) is_before: bool,
    /// Nothing stands between it and one behind it.
    pub(super) touches: bool,
    /// Small words stand between it and one before it: “of the”.
    pub(super) has_particle: bool,
}

/// Returns what each word of a question is.
pub(super) fn places(words: &Words<'_>, asked: &[AskedWord], lexicon: &Lexicon) -> Vec<Place> {
    let asks = |at: usize| at < words.len() && stands_in_contact_phrase(words, at, lexicon);
    let is_asked_for = (0..words.len()).any(asks);
    let is_filler_at = |at: usize| {
        words.get(at).is_some_and(|word| is_filler(Kinds::CONTACT, lexicon.without_possessive(&word.folded), lexicon))
    };
    let place = |at: usize| {
        let folded = lexicon.without_possessive(&words[at].folded);
        let is_filler = is_filler(Kinds::CONTACT, folded, lexicon);
        if lexicon.has(List::ContactTopics, folded) {
            return if is_filler { Place::Story } else { Place::Lead };
        }
        if is_contact_word(folded, lexicon) || is_filler && !is_asked_for {
            return Place::Contact;
        }
        if asks(at) && !words.is_capitalised(at) {
            // “Press office” and “oficina de prensa” ask for one by themselves, as “phone” does; “talk to someone” does not.
            let of_fillers =
                |at: usize| asks(at) && is_filler_at(at) || asks(at) && asks(at + 1) && is_filler_at(at + 1);
            let is_office = is_filler && (at == 0 || !asks(at - 1)) && at + 1 < words.len() && of_fillers(at + 1);
            return if is_office { Place::Contact } else { Place::Phrase };
        }
        if is_filler {
            return Place::Filler;
        }
        asked.iter().position(|word| word.at == at).map_or(Place::Small, Place::Asked)
    };
    (0..words.len()).map(place).collect()
}

/// Returns the words of a question that stand together, between those that ask for a contact or lead over to a topic.
pub(super) fn segments(words: &Words<'_>, places: &[Place]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let (mut is_open, mut is_about) = (false, false);
    for (at, place) in places.iter().enumerate() {
        if at > 0 && breaks_clause(words, at) {
            (is_open, is_about) = (false, false);
        }
        match place {
            Place::Asked(number) => {
                if !is_open {
                    segments.push(Segment { asked: *number..*number, places: at..at, is_about });
                }
                if let Some(segment) = segments.last_mut() {
                    (segment.asked.end, segment.places.end) = (number + 1, at + 1);
                }
                is_open = true;
            }
            Place::Small => {}
            Place::Contact | Place::Phrase | Place::Filler | Place::Story | Place::Lead => {
                if let (Place::Story, true, Some(segment)) = (place, is_open, segments.last_mut()) {
                    segment.is_about |= segment.places.end == at;
                }
                is_about = *place == Place::Lead || *place == Place::Story && is_about;
                is_open = false;
            }
        }
    }
    segments
}

impl Segment {
    /// Returns how it is joined to a word that asks for a contact, at most small words between them.
    pub(super) fn joints(&self, words: &Words<'_>, places: &[Place]) -> Joints {
        let is_between = |at: &usize| matches!(places[*at], Place::Small | Place::Filler);
        let mut before = self.places.start;
        while before > 0 && !breaks_clause(words, before) && is_between(&(before - 1)) {
            before -= 1;
        }
        let is_behind = before > 0
            && !breaks_clause(words, before)
            && matches!(places[before - 1], Place::Contact | Place::Phrase | Place::Story);
        let mut behind = self.places.end;
        while behind < places.len() && !breaks_clause(words, behind) && is_between(&behind) {
            behind += 1;
        }
        let is_before = behind < places.len() && !breaks_clause(words, behind) && places[behind] == Place::Contact;
        Joints {
            is_behind,
            is_before,
            touches: is_before && behind == self.places.end,
            has_particle: is_behind && before < self.places.start,
        }
    }
}

/// Tells whether a sign before a word ends a clause; the full stop of “Mr.” does not.
pub(super) fn breaks_clause(words: &Words<'_>, at: usize) -> bool {
    let gap = words.gap_before(at);
    let is_shortened = || words.is_capitalised(at - 1) && words[at - 1].folded.chars().count() <= MAX_SHORTENED_LEN;
    gap.contains([',', ';', ':', '?', '!', '¿', '¡', '(', ')', '—', '–']) || gap.contains('.') && !is_shortened()
}

/// Maximum length of a word that is shortened with a full stop.
pub(super) const MAX_SHORTENED_LEN: usize = 3;

/// Returns the words of a segment as they are written, with a capitalised article before them, without a possessive ending.
pub(super) fn written(words: &Words<'_>, asked: &[AskedWord], segment: &Segment, lexicon: &Lexicon) -> String {
    let mut first = asked[segment.asked.start].at;
    let last = asked[segment.asked.end - 1].at;
    while first > 1
        && words.is_capitalised(first - 1)
        && !breaks_clause(words, first)
        && lexicon.is_function_word(&words[first - 1].folded)
    {
        first -= 1;
    }
    let last_word = words.written(last);
    let without = lexicon.without_possessive(&words[last].folded).chars().count();
    let cut = fold(last_word).chars().count().saturating_sub(without);
    let kept: usize = last_word.chars().count() - cut;
    let end = last_word.char_indices().nth(kept).map_or(last_word.len(), |(at, _)| at);
    words.text()[words[first].range.start..words[last].range.start + end].to_owned()
}
