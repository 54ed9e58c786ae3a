//! Bearers: the body, person or place whose number or address a question for a contact asks for.

mod segments;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use self::segments::{Joints, MAX_SHORTENED_LEN, Segment, places, segments, written};
use super::SearchIndex;
use super::index::{Index, Passage};
use super::question::Question;
use super::question::answer_type::is_filler;
use super::question::understanding::AskedWord;
use super::text::kinds::Kinds;
use crate::corpus::Release;
use crate::language::{Lexicon, List};
use crate::text::{Words, is_acronym};

/// Part of a question for a contact that may name whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    /// The part as it is written, without a possessive ending.
    pub(crate) written: String,
    /// Its words.
    pub(crate) words: Vec<BearerWord>,
    /// Set where it names a body, a person or a place, and is joined to a word for a contact.
    pub(crate) is_named: bool,
    /// Set where it is a place and nothing else.
    pub(crate) is_place: bool,
    /// The releases that are about it, by their headlines or topics.
    pub(crate) headlined_by: Vec<Arc<Release>>,
    /// Set where it has several words, all of which the releases write as names and one of which is no place.
    pub(crate) is_always_name: bool,
    /// The paragraphs that name it, each with its release.
    pub(crate) named_in: Vec<(Arc<Release>, usize)>,
}

/// A word of a bearer.
#[derive(Debug, Clone)]
pub(crate) struct BearerWord {
    /// The folded word, a possessive ending cut off.
    pub(crate) folded: String,
    /// Terms that it may stand for.
    pub(crate) terms: Vec<String>,
    /// Evidence that it is of a name.
    pub(crate) evidence: NameEvidence,
}

/// Evidence that a word is of a name, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NameEvidence {
    /// A word like any other.
    None,
    /// Nobody knows the word.
    Unknown,
    /// A kind of body, as a foundation.
    Body,
    /// A position, as that of a director.
    Role,
    /// It is written as a name, here or in the releases, or is that of a place.
    Name,
}

/// Least share of the places of a word, the beginnings of sentences aside, in which the releases write a name with a capital.
const MIN_CAPITALISED: f32 = 0.8;

/// Maximum number of bytes that a name in a release is longer than in a question.
const MAX_NAME_SLACK: usize = 24;

/// A word where it stands in a passage.
pub(super) struct Sighting {
    word: usize,
    start: usize,
    end: usize,
    is_capitalised: bool,
    begins_sentence: bool,
}

impl Bearer {
    /// Tells whether a release is about it.
    pub(crate) fn is_topic(&self) -> bool {
        !self.headlined_by.is_empty()
    }

    /// Tells whether it names a position.
    pub(crate) fn has_role(&self) -> bool {
        self.words.iter().any(|word| word.evidence == NameEvidence::Role)
    }

    /// Tells whether a text has the last of several words that it is, as releases name somebody again: “Mr. Archer”.
    pub(crate) fn surname_stands_in(&self, text: &str) -> bool {
        let surname = self.words.last().filter(|_| self.words.len() > 1 && !self.is_place);
        surname.is_some_and(|surname| Words::of(text).folded().any(|word| word == surname.folded))
    }

    /// Makes one of a number or address as it is written.
    pub(crate) fn bare(written: &str) -> Self {
        Self {
            written: written.to_owned(),
            words: Vec::new(),
            is_named: true,
            is_place: false,
            headlined_by: Vec::new(),
            is_always_name: true,
            named_in: Vec::new(),
        }
    }
}

impl SearchIndex {
    /// Returns the parts of a question for a contact that may name whose it is, in order; those that say what it is about are left
    /// out.
    pub(crate) fn bearers(&self, question: &Question) -> Vec<Bearer> {
        let words = question.words();
        let lexicon = self.languages().lexicon(question.language);
        let mut asked = self.understanding.asked_words(question, &self.index.terms);
        asked.retain(|word| !is_filler(Kinds::CONTACT, &word.folded, lexicon));
        let places = places(words, &asked, lexicon);
        let segments: Vec<Segment> = segments(words, &places).into_iter().filter(|segment| !segment.is_about).collect();
        if segments.is_empty() {
            return Vec::new();
        }
        let sightings = self.sightings(&asked);
        let evidence = self.evidence(words, &asked, &sightings, lexicon);
        let bearer = |segment: &Segment| {
            let joints = segment.joints(words, &places);
            self.bearer(words, &asked, &evidence, &sightings, (segment, joints))
        };
        segments.iter().map(bearer).collect()
    }

    fn bearer(
        &self,
        words: &Words<'_>,
        asked: &[AskedWord],
        evidence: &[NameEvidence],
        sightings: &[(usize, Vec<Sighting>)],
        (segment, joints): (&Segment, Joints),
    ) -> Bearer {
        let lexicon = self.languages().lexicon(None);
        let written = written(words, asked, segment, lexicon);
        let of_segment = |word: &usize| segment.asked.contains(word);
        let is_whole = segment.asked.clone().all(|word| !asked[word].terms.is_empty());
        let max_len = written.len() + MAX_NAME_SLACK;
        let named_in = sightings.iter().filter(|(passage, seen)| {
            is_whole && {
                let seen: Vec<&Sighting> = seen.iter().filter(|one| of_segment(&one.word)).collect();
                let text = self.index.text_of(&self.index.passages[*passage]);
                stands_as_name(text, &seen, segment.asked.clone(), max_len)
            }
        });
        let passages: Vec<&Passage> = named_in.map(|(passage, _)| &self.index.passages[*passage]).collect();
        let is_in_name = !passages.is_empty();
        let best = evidence[segment.asked.clone()].iter().max().copied().unwrap_or(NameEvidence::None);
        // Small words may make up a name: “Red Cross”.
        let best = if is_in_name && segment.asked.len() > 1 { NameEvidence::Name } else { best };
        let is_all_name = segment
            .asked
            .clone()
            .all(|word| is_in_name || evidence[word] != NameEvidence::None || best == NameEvidence::Role);
        // A name that the releases lack says whose it is, whatever stands with it: “the mayor of Ahuachapán”.
        let lacks_name =
            segment.asked.clone().any(|word| evidence[word] == NameEvidence::Name && asked[word].terms.is_empty());
        let is_named = (is_all_name || lacks_name)
            && match best {
                NameEvidence::Name => joints.is_behind || joints.is_before,
                NameEvidence::Body => joints.is_behind,
                NameEvidence::Role => {
                    (joints.is_behind || joints.is_before) && evidence[segment.asked.start] == NameEvidence::Role
                }
                NameEvidence::Unknown => {
                    joints.touches || joints.is_behind && (joints.has_particle || segment.asked.len() > 1)
                }
                NameEvidence::None => false,
            };
        let named_in =
            passages.iter().map(|passage| (Arc::clone(self.index.release_of(passage)), passage.paragraph)).collect();
        let bearer_word = |at: usize| BearerWord {
            folded: asked[at].folded.clone(),
            terms: asked[at].terms.clone(),
            evidence: evidence[at],
        };
        Bearer {
            written,
            words: segment.asked.clone().map(bearer_word).collect(),
            is_named,
            is_place: segment
                .asked
                .clone()
                .all(|word| asked[word].is_place || lexicon.has(List::PlaceWords, &asked[word].folded)),
            is_always_name: segment.asked.len() > 1
                && segment.asked.clone().all(|word| is_capitalised_in_releases(word, sightings))
                && segment.asked.clone().any(|word| !asked[word].is_place),
            headlined_by: if is_whole { self.headlined_by(&asked[segment.asked.clone()]) } else { Vec::new() },
            named_in,
        }
    }

    /// Returns the releases whose headlines or topics have all of some words.
    pub(super) fn headlined_by(&self, asked: &[AskedWord]) -> Vec<Arc<Release>> {
        let numbers = |word: &AskedWord| -> Vec<u32> {
            word.terms.iter().filter_map(|term| self.index.terms.number(term)).collect()
        };
        let numbers: Vec<Vec<u32>> = asked.iter().map(numbers).collect();
        let near = self.index.corpus.releases.iter().zip(&self.index.releases).filter(|(_, of_release)| {
            numbers.iter().all(|word| word.iter().any(|number| of_release.around.contains(number)))
        });
        let is_headlined = |release: &&Arc<Release>| {
            let heads = [Some(release.title.as_str()), release.subtitle.as_deref()];
            let heads = heads.into_iter().flatten().chain(release.topics.iter().map(String::as_str));
            let terms: Vec<String> = heads
                .flat_map(|head| self.understanding.terms_of(&Words::of(head), release.language))
                .map(|occurrence| occurrence.term)
                .collect();
            asked.iter().all(|word| word.terms.iter().any(|term| terms.contains(term)))
        };
        near.map(|(release, _)| release).filter(is_headlined).cloned().collect()
    }

    /// Returns where the words of a question stand in the passages that have any of them.
    pub(super) fn sightings(&self, asked: &[AskedWord]) -> Vec<(usize, Vec<Sighting>)> {
        let mut by_term: HashMap<u32, Vec<usize>> = HashMap::new();
        for (word, of_word) in asked.iter().enumerate() {
            for number in of_word.terms.iter().filter_map(|term| self.index.terms.number(term)) {
                by_term.entry(number).or_default().push(word);
            }
        }
        let of_passage = |(number, passage): (usize, &Passage)| {
            let positions = passage.terms_in(&(0..usize::MAX)).iter();
            let seen = positions.filter_map(|position| Some((position, by_term.get(&position.term)?)));
            let seen: Vec<Sighting> = seen
                .flat_map(|(position, words)| words.iter().map(move |word| (*word, position.start, position.end)))
                .map(|(word, start, end)| sighting(&self.index, passage, word, start as usize, end as usize))
                .collect();
            (!seen.is_empty()).then_some((number, seen))
        };
        self.index.passages.iter().enumerate().filter_map(of_passage).collect()
    }

    /// Returns the evidence that each word is of a name.
    fn evidence(
        &self,
        words: &Words<'_>,
        asked: &[AskedWord],
        sightings: &[(usize, Vec<Sighting>)],
        lexicon: &Lexicon,
    ) -> Vec<NameEvidence> {
        let n_capitals = (0..words.len()).filter(|at| words.is_capitalised(*at)).count();
        // Capitals on every word, or on nouns of any kind, tell nothing.
        let capitals_tell = !lexicon.capitalises_nouns() && (n_capitals < words.len() || words.len() < 3);
        let evidence = |(number, word): (usize, &AskedWord)| {
            let is_name_there = is_capitalised_in_releases(number, sightings);
            if is_name_there || word.is_place || capitals_tell && is_written_as_name(words, word.at) {
                NameEvidence::Name
            } else if lexicon.has(List::Roles, &word.folded) {
                NameEvidence::Role
            } else if lexicon.has(List::Bodies, &word.folded) {
                NameEvidence::Body
            } else if !word.is_known && word.folded.chars().all(char::is_alphabetic) {
                NameEvidence::Unknown
            } else {
                NameEvidence::None
            }
        };
        asked.iter().enumerate().map(evidence).collect()
    }
}

fn sighting(index: &Index, passage: &Passage, word: usize, start: usize, end: usize) -> Sighting {
    let text = index.text_of(passage);
    let is_capitalised = text[start..].starts_with(char::is_uppercase);
    let before = text[..start].trim_end();
    let last_word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    // The full stop of “Mrs.” ends no sentence.
    let is_shortened =
        last_word.starts_with(char::is_uppercase) && last_word.chars().count() <= MAX_SHORTENED_LEN + '.'.len_utf8();
    let begins_sentence =
        before.is_empty() || !is_shortened && before.ends_with(['.', '?', '!', ':', '"', '“', '«', '–', '-']);
    Sighting { word, start, end, is_capitalised, begins_sentence }
}

/// Tells whether all of some words stand in one name: near each other, each with a capital, no sign between them.
fn stands_as_name(text: &str, seen: &[&Sighting], words: Range<usize>, max_len: usize) -> bool {
    let capitals: Vec<&&Sighting> = seen.iter().filter(|one| one.is_capitalised).collect();
    capitals.iter().any(|first| {
        let rest = &text[first.start..];
        let of_name = rest.find(|letter: char| !letter.is_alphanumeric() && !" .,'’-/".contains(letter));
        let end = first.start + of_name.unwrap_or(rest.len()).min(max_len);
        words
            .clone()
            .all(|word| capitals.iter().any(|one| one.word == word && one.start >= first.start && one.end <= end))
    })
}

/// Tells whether a word is written as a name: with a capital that its place does not explain.
fn is_written_as_name(words: &Words<'_>, at: usize) -> bool {
    let next_is_capitalised = || at + 1 < words.len() && words.is_capitalised(at + 1);
    words.is_capitalised(at) && (!words.begins_sentence(at) || is_acronym(words.written(at)) || next_is_capitalised())
}

/// Tells whether the releases write a word with a capital, the beginnings of sentences aside.
pub(super) fn is_capitalised_in_releases(word: usize, sightings: &[(usize, Vec<Sighting>)]) -> bool {
    let seen = sightings.iter().flat_map(|(_, seen)| seen).filter(|one| one.word == word && !one.begins_sentence);
    let (n_seen, n_capitalised) =
        seen.fold((0, 0), |(all, capitals), one| (all + 1, capitals + usize::from(one.is_capitalised)));
    n_seen > 0 && n_capitalised as f32 >= MIN_CAPITALISED * n_seen as f32
}
