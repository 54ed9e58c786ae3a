//! Understanding of a question: its topic words with their spelling corrected, and the kind of answer it asks for.

mod names;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use self::names::{day_of_month, is_behind_place, is_beside_number, is_written_as_name};
use super::Question;
use super::answer_type::{asked_behind, is_filler, kinds_asked};
use super::query::{Concept, Concepts, Query};
use super::spelling::{self, Speller};
use crate::language::{Language, Languages, Lexicon, List, PhraseList};
use crate::search::index::{Names, Terms};
use crate::search::text::analyzer::{Analyzer, Occurrence, TopicWord, topic_words};
use crate::search::text::glossary::Glossary;
use crate::search::text::kinds::Kinds;
use crate::search::text::word_list::WordList;
use crate::text::{Words, fold, is_acronym};

/// Share of its commonness that counts for a word of the glossary, which is of the field. What `pressdesk tune --dry-run` prints
/// moves by .01 at most from 0 to 1; with 1, a meeting and a child tell so little that words alone take the wrong release.
const GLOSSARY_COMMONNESS_FACTOR: f32 = 0.75;
/// Frequency from which on a word is none with a slip in it, on the Zipf scale: slips as common as “teh” stand in lists of words too.
const MIN_FREQUENCY_OF_WORD: f32 = 3.2;
/// Frequency assumed for a word of two letters, on that scale: as “que”, about.
const SHORT_WORD_FREQUENCY: f32 = 6.0;

/// A word of a question that is no small one.
#[derive(Debug, Clone)]
pub(crate) struct AskedWord {
    /// Number of the word in the question.
    pub(crate) at: usize,
    /// The folded word, a possessive ending cut off.
    pub(crate) folded: String,
    /// Terms that passages have and that it may stand for.
    pub(crate) terms: Vec<String>,
    /// Set where anybody knows it, however it is spelt.
    pub(crate) is_known: bool,
    /// Set where it is in the list of places.
    pub(crate) is_place: bool,
}

/// Everything that questions are understood by: made once, with the index.
#[derive(Debug)]
pub(crate) struct Understanding {
    analyzer: Analyzer,
    speller: Speller,
    common_words: WordList,
    places: WordList,
    names: Names,
}

/// The topic words of a question, each with what it means.
struct Topics<'q> {
    words: Vec<TopicWord<'q>>,
    /// The words that the person meant, folded.
    meant: Vec<String>,
    /// The stems of these in each language.
    stems: Vec<Vec<String>>,
}

impl Understanding {
    /// Takes the parts; `word_counts` tells how often the releases have each folded word.
    pub(crate) fn new(
        analyzer: Analyzer,
        glossary: &Glossary,
        word_counts: HashMap<String, usize>,
        common_words: WordList,
        places: WordList,
        names: Names,
    ) -> Self {
        let mut known = word_counts;
        for entry in glossary.groups.iter().flatten() {
            for word in topic_words(&Words::of(entry), analyzer.languages().lexicon(None)) {
                known.entry(word.folded.into_owned()).or_insert(0);
            }
        }
        let speller = Speller::new(known, Arc::clone(analyzer.languages()), analyzer.of_releases().to_vec());
        Self { analyzer, speller, common_words, places, names }
    }

    /// Returns the languages that texts and questions are read by.
    pub(crate) fn languages(&self) -> &Arc<Languages> {
        self.analyzer.languages()
    }

    /// Tells whether the releases have a folded word.
    pub(crate) fn is_in_releases(&self, folded: &str) -> bool {
        self.speller.is_in_releases(folded)
    }

    /// Returns the terms of a text of a release.
    pub(crate) fn terms_of(&self, words: &Words<'_>, language: Language) -> Vec<Occurrence> {
        let lexicon = self.analyzer.languages().lexicon(Some(language));
        self.analyzer.terms(&topic_words(words, lexicon).collect::<Vec<_>>(), language)
    }

    /// Returns a term as people read it.
    pub(crate) fn shown(&self, term: &str) -> String {
        self.analyzer.shown(term)
    }

    /// Reads a question, with the terms of the passages.
    pub(crate) fn query(&self, question: &Question, terms: &Terms) -> Query {
        let words = question.words();
        let lexicon = self.analyzer.languages().lexicon(question.language);
        let asked = kinds_asked(words, lexicon);
        let topics = self.topics(question, lexicon, asked, terms);
        let (plain, places) = self.plain(words.text(), &topics);
        let mut concepts = Concepts { terms, list: Vec::new() };
        let phrases = self.add_phrases(&topics, words, &mut concepts);
        let known_of = |at: usize| {
            let known = self.analyzer.terms_of(&topics.meant[at], topics.stems.iter().map(|stems| &stems[at]));
            let is_met = known.iter().any(|term| terms.frequency(term) > 0);
            (known, is_met)
        };
        let known: Vec<(Vec<String>, bool)> = (0..topics.words.len()).map(known_of).collect();
        // A text of which most words are in no list and in no release is in a language that the lists are not of.
        let is_number = |word: &TopicWord<'_>| word.folded.starts_with(|first: char| first.is_ascii_digit());
        let n_listed = topics
            .words
            .iter()
            .zip(&known)
            .filter(|(word, (_, is_met))| *is_met || is_number(word) || self.common_words.contains(&word.folded))
            .count();
        let is_held = 2 * n_listed >= topics.words.len();
        for (at, (word, (known, is_met))) in topics.words.iter().zip(known).enumerate() {
            let is_own_name = is_written_as_name(words, word.at, lexicon);
            let is_absent = !is_met && topics.meant[at] == word.folded;
            let is_name = self.is_name(question, word)
                || is_absent && is_held && self.names_what_is_new(question, word, is_own_name);
            // A phrase that is met needs no word of its own: “Cruz Roja” for *ICRC*.
            let is_of_phrase =
                || phrases.iter().any(|phrase| phrase.start <= word.range.start && word.range.end <= phrase.end);
            if !is_met && is_of_phrase() {
                continue;
            }
            // An ordinal in words is as common as the word.
            let is_ordinal = lexicon.numbers().ordinal(&words[word.at].folded).is_some();
            let written = if is_ordinal { &words[word.at].folded } else { &*word.folded };
            // A day of the week is common in general, but what is on it is often what is asked.
            let is_weekday = lexicon.is_weekday(&word.folded);
            let commonness = if is_weekday { 0.0 } else { self.commonness(written, &topics.meant[at]) };
            let is_month = lexicon.month(&word.folded).is_some() && !is_beside_number(words, word.at);
            // The day of a date is told with its month.
            let range = day_of_month(words, word.at, lexicon).unwrap_or(word.range.clone());
            let typed = &words.text()[range];
            let is_in_place = is_behind_place(words, word.at, lexicon);
            let kinds = [is_name, is_own_name, is_month, is_in_place];
            concepts.add(typed, Some(places[at].clone()), known, kinds, commonness);
        }
        self.add_absent_names(&topics, question, &phrases, &mut concepts);
        let concepts = concepts.list;
        let behind = |phrases: PhraseList| {
            let numbers = asked_behind(words, &topics.words, lexicon.phrases(phrases)).filter_map(|word| {
                let place = Some(&places[word]);
                // A word that the releases lack may be a slip: “how many minits”.
                let is_it = |concept: &Concept| concept.place.as_ref() == place && !concept.terms.is_empty();
                concepts.iter().take(u64::BITS as usize).position(is_it)
            });
            numbers.fold(0, |all, at| all | 1 << at)
        };
        let counted = if asked.contains(Kinds::AMOUNT) { 0 } else { behind(PhraseList::HowMany) };
        let named = behind(PhraseList::AskName);
        let goes_on = words.folded().next().is_some_and(|first| lexicon.has(List::GoingOn, first));
        let points_back = words.folded().any(|word| lexicon.has(List::PointingBack, word));
        let is_read = question.language.is_none_or(|language| self.analyzer.reads(language));
        Query { plain, concepts, asked, counted, named, n_words: words.len(), goes_on, points_back, is_read }
    }

    /// Returns the words of a question that are no small ones; those of a phrase that the releases have in other words stand for
    /// it: “Red Cross” for *ICRC*.
    pub(crate) fn asked_words(&self, question: &Question, terms: &Terms) -> Vec<AskedWord> {
        let lexicon = self.analyzer.languages().lexicon(question.language);
        let languages = self.analyzer.stemmed_in(question.language);
        let mut stems_in = vec![Vec::new(); languages.len()];
        let asked_word = |word: TopicWord<'_>| {
            let meant = self.meant(&word.folded, question.language, terms);
            let stems: Vec<String> = languages.iter().map(|language| self.analyzer.stem(&meant, *language)).collect();
            let mut known = self.analyzer.terms_of(&meant, stems.iter());
            known.retain(|term| terms.frequency(term) > 0);
            stems_in.iter_mut().zip(stems).for_each(|(all, stem): (&mut Vec<String>, _)| all.push(stem));
            let is_known = !known.is_empty() || self.common_words.contains(&word.folded) || self.speller.knows(&meant);
            let is_place = self.places.contains(&word.folded);
            AskedWord { at: word.at, folded: word.folded.into_owned(), terms: known, is_known, is_place }
        };
        let mut asked: Vec<AskedWord> = topic_words(question.words(), lexicon).map(asked_word).collect();
        for stems in &stems_in {
            for at in 0..stems.len() {
                let known = self.analyzer.phrases_at(stems, at).filter(|(_, term)| terms.frequency(term) > 0);
                for (length, term) in known {
                    asked[at..at + length].iter_mut().for_each(|word| word.terms = vec![term.clone()]);
                }
            }
        }
        asked
    }

    fn topics<'q>(&self, question: &'q Question, lexicon: &'q Lexicon, asked: Kinds, terms: &Terms) -> Topics<'q> {
        let words = question.words();
        let names_topic = |word: &TopicWord<'_>| {
            !is_filler(asked, &word.folded, lexicon) && !lexicon.phrases(PhraseList::AskTopic).ends_with(words, word.at)
        };
        let topics: Vec<TopicWord<'q>> = topic_words(words, lexicon).filter(names_topic).collect();
        let meant = topics.iter().take(MAX_SPELT).map(|word| self.meant(&word.folded, question.language, terms));
        let beyond = topics.iter().skip(MAX_SPELT).map(|word| word.folded.to_string());
        let meant: Vec<String> = meant.chain(beyond).collect();
        let languages = self.analyzer.stemmed_in(question.language);
        let stem = |word: &String, language| self.analyzer.stem(word, language);
        let stems =
            languages.into_iter().map(|language| meant.iter().map(|word| stem(word, language)).collect()).collect();
        Topics { words: topics, meant, stems }
    }

    /// Adds the joined phrases of a question that passages have; returns their places in the text.
    fn add_phrases(&self, topics: &Topics<'_>, words: &Words<'_>, concepts: &mut Concepts<'_>) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        for stems in &topics.stems {
            for at in 0..stems.len() {
                for (length, term) in self.analyzer.phrases_at(stems, at) {
                    let range = topics.words[at].range.start..topics.words[at + length - 1].range.end;
                    if concepts.terms.frequency(term) > 0 {
                        // A body has an acronym: “Cruz Roja” for *ICRC*.
                        let is_body = is_acronym(&self.analyzer.shown(term));
                        concepts.add(
                            &words.text()[range.clone()],
                            None,
                            vec![term.clone()],
                            [is_body, false, false, false],
                            0.0,
                        );
                        places.push(range);
                    }
                }
            }
        }
        places
    }

    /// Tells whether a folded word is in the list of places.
    pub(crate) fn is_place(&self, folded: &str) -> bool {
        self.places.contains(folded)
    }

    /// Returns how common a word is in general, on the Zipf scale.
    fn commonness(&self, folded: &str, meant: &str) -> f32 {
        let is_joined = self.analyzer.plain(meant).is_some();
        match self.common_words.frequency(folded).or_else(|| self.common_words.frequency(meant)) {
            Some(frequency) if is_joined => GLOSSARY_COMMONNESS_FACTOR * frequency,
            Some(frequency) => frequency,
            None if is_joined => 0.0,
            // The shortest words are in no list, and common in any language.
            None if folded.chars().count() <= 2 && folded.chars().all(char::is_alphabetic) => SHORT_WORD_FREQUENCY,
            None => 0.0,
        }
    }

    /// Returns a question in plainer words, with the place of each topic word in it.
    fn plain(&self, text: &str, topics: &Topics<'_>) -> (String, Vec<Range<usize>>) {
        let (mut plain, mut places, mut end) = (String::with_capacity(text.len()), Vec::new(), 0);
        for (word, meant) in topics.words.iter().zip(&topics.meant) {
            let of_glossary = if self.speller.is_in_releases(meant) { None } else { self.analyzer.plain(meant) };
            let plain_word = of_glossary.unwrap_or(meant);
            plain.push_str(&text[end..word.range.start]);
            let start = plain.len();
            let typed = &text[word.range.clone()];
            // A number in several words is in digits in the releases.
            let is_spelt_out = typed.contains(' ') && word.folded.bytes().all(|byte| byte.is_ascii_digit());
            plain.push_str(if plain_word == word.folded && !is_spelt_out { typed } else { plain_word });
            places.push(start..plain.len());
            end = word.range.end;
        }
        plain.push_str(&text[end..]);
        (plain, places)
    }

    /// Corrects the typos in the words that a question is built of, where nobody knows the word that was typed; what is written as a
    /// name stays.
    pub(crate) fn correct_question(&self, text: &str, terms: &Terms) -> String {
        let languages = self.analyzer.languages();
        let words = Words::of(text);
        let language = languages.detect_in(&words);
        let is_shouted = !text.contains(char::is_lowercase);
        let is_name_alone = (0..words.len()).all(|at| words.is_capitalised(at));
        let (mut corrected, mut end) = (String::with_capacity(text.len()), 0);
        for (at, word) in words.iter().enumerate() {
            let folded = word.folded.as_str();
            let shows_name = words.is_capitalised(at) && (is_name_alone || !words.begins_sentence(at));
            if shows_name && !is_shouted {
                continue;
            }
            if let Some(letters) = self.letters_before_digits(&text[word.range.clone()]) {
                let end_of_letters = word.range.start + letters;
                corrected.push_str(&text[end..end_of_letters]);
                corrected.push(' ');
                end = end_of_letters;
                continue;
            }
            let slip = || {
                let is_known = languages.is_question_word(folded) || self.is_used(folded, language, terms);
                languages.correct_question_word(folded, language).filter(|_| !is_known)
            };
            let behind = || {
                let before = &words.get(at.checked_sub(1)?).filter(|_| words.gap_before(at) == " ")?.folded;
                let is_used = || self.is_used(folded, language, terms);
                languages.correct_behind(before, folded, language, is_used).filter(|_| !self.is_in_releases(folded))
            };
            if let Some(meant) = languages.with_apostrophe(folded, language).or_else(behind).or_else(slip) {
                corrected.push_str(&text[end..word.range.start]);
                corrected.push_str(meant);
                end = word.range.end;
            }
        }
        corrected.push_str(&text[end..]);
        corrected
    }

    /// Returns the length in bytes of the letters before the digits of a word as it is typed, where the releases have both, but not as one
    /// word: `fhia17` of FHIA-17.
    fn letters_before_digits(&self, typed: &str) -> Option<usize> {
        let letters = typed.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let digits = &typed[letters.len()..];
        let is_known = |part: &str| !part.is_empty() && self.speller.is_in_releases(&fold(part));
        let is_joined = letters.chars().all(char::is_alphabetic) && is_known(letters) && is_known(digits);
        (is_joined && !is_known(typed)).then_some(letters.len())
    }

    /// Tells whether the releases have a folded word in any form, or people write it often enough not to be a slip.
    fn is_used(&self, folded: &str, language: Option<Language>, terms: &Terms) -> bool {
        self.speller.knows(folded)
            || self.places.contains(folded)
            || self.common_words.frequency(folded).is_some_and(|frequency| frequency >= MIN_FREQUENCY_OF_WORD)
            || self.is_met_in_a_form(folded, language, terms)
    }

    fn is_met_in_a_form(&self, folded: &str, language: Option<Language>, terms: &Terms) -> bool {
        let languages = self.analyzer.stemmed_in(language).into_iter();
        let stems: Vec<String> = languages.map(|language| self.analyzer.stem(folded, language)).collect();
        self.analyzer.terms_of(folded, stems.iter()).iter().any(|term| terms.frequency(term) > 0)
    }

    /// Returns the word that a person meant: the one they typed where anyone knows it.
    fn meant(&self, folded: &str, language: Option<Language>, terms: &Terms) -> String {
        if self.speller.knows(folded) || self.is_met_in_a_form(folded, language, terms) {
            return folded.to_owned();
        }
        let is_met = |base: &String| !self.names.has(base) && self.is_met_in_a_form(base, language, terms);
        if !self.common_words.contains(folded)
            && let Some(base) = self.languages().bases_of_diminutive(folded, language).into_iter().find(is_met)
        {
            return base;
        }
        let other = if self.common_words.contains(folded) {
            // A right word that the releases don't use: in another language than theirs it may be spelt nearly as in theirs.
            let is_theirs = language.is_some_and(|language| self.analyzer.all_releases_are_in(language));
            if is_theirs { None } else { self.speller.cognate(folded) }
        } else {
            self.known_part(folded).or_else(|| self.corrected(folded, language))
        };
        other.unwrap_or(folded).to_owned()
    }

    /// Returns the word that an unknown one is most likely a slip of: one of the releases or of the glossary, unless a common word is
    /// nearer and it does not sound the same.
    fn corrected(&self, folded: &str, language: Option<Language>) -> Option<&str> {
        let in_another_form = || self.speller.in_another_form(folded).filter(|word| !self.names.has(word));
        let known = self.speller.correct(folded).or_else(in_another_form);
        // Of two letters there are too many common words.
        let max_distance = spelling::max_distance(folded)?.min(1);
        let is_listed = language.is_none_or(|language| self.analyzer.languages().is_usual(language));
        let Some((common, distance)) = self.common_words.nearest(folded, max_distance).filter(|_| is_listed) else {
            return known;
        };
        let sound = |word: &str| self.analyzer.languages().sound(word);
        let is_likelier = |known: &str| distance < strsim::osa_distance(known, folded) && sound(known) != sound(folded);
        known.filter(|known| !is_likelier(known)).or(Some(common))
    }
}

impl Understanding {
    /// Returns what the releases know of two words that were written in one: `hachadura` of `lahachadura`, the number of
    /// `wha70.15`.
    fn known_part<'w>(&self, folded: &'w str) -> Option<&'w str> {
        let number = folded.trim_start_matches(char::is_alphabetic);
        if number.len() > 1 && self.speller.is_in_releases(number) {
            return Some(number);
        }
        let mut articles = self.analyzer.languages().lexicon(None).words(List::PlaceArticles);
        articles.find_map(|article| {
            let rest = folded.strip_prefix(article)?;
            (rest.len() >= MIN_PLACE_LEN && self.speller.is_in_releases(rest)).then_some(rest)
        })
    }
}

/// Number of words of a question whose spelling is corrected: a longer text is a page that was pasted in.
const MAX_SPELT: usize = 64;

/// Minimum length of a place behind its article.
const MIN_PLACE_LEN: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_about_topics_are_not_about_trafficking() {
        let languages = crate::language::shipped();
        let asks = |text: &str| {
            let words = Words::of(text);
            languages.lexicon(None).phrases(PhraseList::AskTopic).ends_with(&words, words.len() - 1)
        };
        for text in ["¿De qué trata", "de que trata", "¿De qué se trata"] {
            assert!(asks(text), "{text}");
        }
        for text in [
            "víctimas de trata",
            "¿Cómo se trata",
            "¿Qué trata",
            "el taller sobre trata",
            "trata",
            "de que tratamiento",
        ] {
            assert!(!asks(text), "{text}");
        }
    }
}
