//! Indexing of a corpus.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::names::Names;
use super::terms::Numbers;
use super::vocabulary::Vocabulary;
use super::words::WordIndexBuilder;
use super::{Index, Passage, ReleaseTerms, TermPosition, Terms};
use crate::corpus::{Corpus, Release};
use crate::language::{Lexicon, Period, period_at};
use crate::search::text::analyzer::{Analyzer, Occurrence, TopicWord, topic_words};
use crate::search::text::kinds::Kinds;
use crate::search::text::numbers::written_otherwise;
use crate::search::text::spans::{self, TypedSpan, is_year};
use crate::search::text::word_list::WordList;
use crate::text::{Words, fold, sentences};

impl Index {
    /// Indexes a corpus; also returns how often its titles and paragraphs have each folded word, and its names.
    pub(crate) fn build(
        corpus: Arc<Corpus>,
        analyzer: &Analyzer,
        places: &WordList,
    ) -> anyhow::Result<(Self, HashMap<String, usize>, Names)> {
        let mut builder = IndexBuilder {
            analyzer,
            places,
            passages: Vec::new(),
            terms: Terms::default(),
            sentences: Numbers::default(),
            word_counts: HashMap::new(),
            names: Names::default(),
            words: WordIndexBuilder::new()?,
            vocabulary: Vocabulary::default(),
        };
        let releases = corpus.releases.iter().enumerate().map(|(number, release)| builder.add(number, release));
        let releases = releases.collect::<anyhow::Result<_>>()?;
        let IndexBuilder { passages, terms, words, word_counts, names, vocabulary, .. } = builder;
        Ok((Self { corpus, passages, releases, terms, words: words.finish()?, vocabulary }, word_counts, names))
    }
}

/// Maximum length of a dateline (“Geneva – ”), in characters.
const MAX_DATELINE_LEN: usize = 40;

/// The index while it is built.
struct IndexBuilder<'a> {
    analyzer: &'a Analyzer,
    places: &'a WordList,
    passages: Vec<Passage>,
    terms: Terms,
    /// Number of each sentence as it is compared with others.
    sentences: Numbers,
    word_counts: HashMap<String, usize>,
    names: Names,
    words: WordIndexBuilder,
    vocabulary: Vocabulary,
}

impl IndexBuilder<'_> {
    /// Adds the passages of a release; returns its terms.
    fn add(&mut self, number: usize, release: &Release) -> anyhow::Result<ReleaseTerms> {
        let lexicon: &Lexicon = self.analyzer.languages().lexicon(Some(release.language));
        let title = Words::of(&release.title);
        let mut vocabulary = Vec::new();
        let stem = |folded: &str| self.analyzer.stem(folded, release.language);
        for word in topic_words(&title, lexicon) {
            self.count(&word);
            vocabulary.extend(self.vocabulary.add(&word, title.text(), stem));
        }
        let paragraphs: Vec<Words<'_>> =
            release.paragraphs.iter().map(|paragraph| Words::of(&paragraph.text)).collect();
        paragraphs.iter().for_each(|words| self.names.add(words, !lexicon.capitalises_nouns()));
        let around = release.place.iter().chain(names_of_contacts(release));
        around.for_each(|text| self.names.add(&Words::of(text), true));
        self.names.add(&title, false);
        release.subtitle.iter().for_each(|text| self.names.add(&Words::of(text), false));
        let mut terms_of = |text: String| {
            let words = Words::of(text);
            let topics: Vec<TopicWord<'_>> = topic_words(&words, lexicon).collect();
            let occurrences = self.analyzer.terms(&topics, release.language);
            let numbers: HashSet<u32> = occurrences.iter().map(|occurrence| self.terms.add(&occurrence.term)).collect();
            (occurrences, numbers)
        };
        let head = head(release, lexicon);
        let names = names(release, &paragraphs);
        let (around, numbers) = terms_of(format!("{head} ; {names}"));
        let (_, head) = terms_of(head);
        let mut terms = ReleaseTerms {
            all: numbers.clone(),
            around: numbers,
            head,
            lead: HashSet::new(),
            details: Kinds::empty(),
            words: Vec::new(),
        };
        for (paragraph, words) in paragraphs.iter().enumerate() {
            let topics: Vec<TopicWord<'_>> = topic_words(words, lexicon).collect();
            topics.iter().for_each(|word| self.count(word));
            vocabulary.extend(topics.iter().filter_map(|word| self.vocabulary.add(word, words.text(), stem)));
            let mut occurrences = self.analyzer.terms(&topics, release.language);
            let years_before = years_before(words, release, lexicon);
            occurrences.extend(self.analyzer.terms(&years_before, release.language));
            let otherwise = written_otherwise(words, lexicon).into_iter();
            let otherwise = otherwise.map(|(at, range, digits)| TopicWord { at, range, folded: Cow::Owned(digits) });
            occurrences.extend(self.analyzer.terms(&otherwise.collect::<Vec<_>>(), release.language));
            occurrences.sort_by_key(|occurrence| occurrence.range.start);
            let introduction = Words::of(release.introduction(paragraph).unwrap_or_default());
            let introduction =
                self.analyzer.terms(&topic_words(&introduction, lexicon).collect::<Vec<_>>(), release.language);
            let around: Vec<Occurrence> = around.iter().chain(&introduction).cloned().collect();
            let introduction: HashSet<u32> =
                introduction.iter().map(|occurrence| self.terms.add(&occurrence.term)).collect();
            self.words.add(self.passages.len(), &occurrences, &around)?;
            let positions: Vec<TermPosition> = occurrences.iter().map(|occurrence| self.position(occurrence)).collect();
            let own: HashSet<u32> = positions.iter().map(|position| position.term).collect();
            terms.all.extend(&own);
            if paragraph <= release.lead() {
                terms.lead.extend(&own);
            }
            self.terms.count_passage(&own.iter().chain(&terms.around).chain(&introduction).copied().collect());
            let spans = spans::read(words, lexicon, self.places);
            terms.details |= spans.iter().fold(Kinds::empty(), |all, span| all | span.kinds) & Kinds::DETAILS;
            let passage = self.passage(number, paragraph, words, release.language.code(), spans);
            let introduces_list = release.introduces_list(paragraph);
            let names_year = !years_before.is_empty() || words.folded().any(is_year);
            self.passages.push(Passage { terms: positions, introduction, introduces_list, names_year, ..passage });
        }
        vocabulary.sort_unstable();
        vocabulary.dedup();
        terms.words = vocabulary;
        Ok(terms)
    }

    fn count(&mut self, word: &TopicWord<'_>) {
        *self.word_counts.entry(word.folded.to_string()).or_default() += 1;
    }

    fn position(&mut self, occurrence: &Occurrence) -> TermPosition {
        let offset = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        TermPosition {
            term: self.terms.add(&occurrence.term),
            start: offset(occurrence.range.start),
            end: offset(occurrence.range.end),
        }
    }

    /// Makes a passage, without its terms.
    fn passage(
        &mut self,
        release: usize,
        paragraph: usize,
        words: &Words<'_>,
        language: &str,
        mut spans: Vec<TypedSpan>,
    ) -> Passage {
        let sentences = sentences(language, words.text());
        let evidence = sentences.iter().map(|sentence| {
            let within =
                spans.iter().filter(|span| sentence.start <= span.range.start && span.range.end <= sentence.end);
            within.fold(Kinds::empty(), |all, span| all | span.kinds)
        });
        let evidence = evidence.collect();
        let text = |sentence: &std::ops::Range<usize>| comparable(&words.text()[sentence.clone()]);
        let sentence_ids = sentences.iter().map(|sentence| self.sentences.add(&text(sentence))).collect();
        spans.retain(|span| span.entity.is_some() || span.kinds.contains(Kinds::AMOUNT));
        Passage {
            release,
            paragraph,
            terms: Vec::new(),
            sentences,
            evidence,
            sentence_ids,
            introduction: HashSet::new(),
            names_year: false,
            introduces_list: false,
            answers: spans,
        }
    }
}

/// Returns the year before that of a release at each place where a paragraph says “last year”, as a question names it by its number.
fn years_before<'w>(words: &Words<'_>, release: &Release, lexicon: &Lexicon) -> Vec<TopicWord<'w>> {
    let Some(date) = release.date else { return Vec::new() };
    let said = (0..words.len()).filter_map(|at| match period_at(words, at, lexicon)? {
        (Period::LastYear, n_words) => Some((at, words[at].range.start..words[at + n_words - 1].range.end)),
        _ => None,
    });
    said.map(|(at, range)| TopicWord { at, range, folded: Cow::Owned((date.year - 1).to_string()) }).collect()
}

/// Returns the head of a release, which is about all of its paragraphs: headlines, place, topics, and year and month of its date.
fn head(release: &Release, lexicon: &Lexicon) -> String {
    let mut parts: Vec<&str> = vec![&release.title];
    parts.extend(release.subtitle.as_deref());
    parts.extend(release.place.as_deref());
    parts.extend(release.topics.iter().map(String::as_str));
    let year = release.date.map(|date| date.year.to_string());
    parts.extend(year.as_deref());
    // In every language, because a question names the month in its own.
    let month = release.date.and_then(|date| date.month);
    parts.extend(month.into_iter().flat_map(|month| lexicon.names_of_month(month)));
    parts.join(" ; ")
}

/// Returns the names in the paragraphs of a release, and its contacts.
fn names(release: &Release, paragraphs: &[Words<'_>]) -> String {
    let mut parts: Vec<&str> = names_of_contacts(release).map(String::as_str).collect();
    let mut seen = HashSet::new();
    for words in paragraphs {
        for at in 1..words.len() {
            let begins_sentence = words.behind(at - 1).starts_with(['.', '?', '!']);
            if words.is_capitalised(at) && !begins_sentence && seen.insert(&words[at].folded) {
                parts.push(words.written(at));
            }
        }
    }
    parts.join(" ; ")
}

fn names_of_contacts(release: &Release) -> impl Iterator<Item = &String> {
    release.contacts.iter().flat_map(|contact| [&contact.name, &contact.role, &contact.office]).flatten()
}

/// Returns a sentence as it is compared with others: folded, and without a dateline, behind which pages repeat themselves.
fn comparable(sentence: &str) -> String {
    let dash = [" – ", " - ", " — "].iter().filter_map(|dash| Some(sentence.find(dash)? + dash.len())).min();
    fold(match dash {
        Some(end) if sentence[..end].chars().count() <= MAX_DATELINE_LEN => &sentence[end..],
        _ => sentence,
    })
}
