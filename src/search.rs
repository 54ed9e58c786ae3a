//! Finding the passages that answer a question.
//!
//! A passage is one paragraph seen with its release. The words of a question pick candidates (tantivy, BM25), a few
//! features of each are weighed into one score, and the sentences that answer are cut out word for word.

mod analyzer;
mod excerpt;
mod glossary;
mod kind;
mod query;
mod rank;
mod spelling;
mod words;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use self::analyzer::{Analyzer, topic_words};
pub use self::excerpt::Excerpt;
pub use self::glossary::Glossary;
use self::kind::{Evidence, evidence_in};
use self::query::{Query, Understanding};
pub use self::rank::{Features, N_FEATURES, Ranking, Weights};
pub use self::spelling::CommonWords;
use self::spelling::Speller;
use self::words::WordIndex;
use crate::corpus::{Contact, Corpus, Release};
use crate::language::{self, Language};
use crate::text::{fold, normalise_space, sentences};

/// What a person asked; never blank.
#[derive(Debug, Clone)]
pub struct Question {
    text: String,
    /// The language of the question, where it shows.
    pub language: Option<Language>,
    /// Ids of the releases that the conversation is about, best first.
    pub context: Vec<String>,
}

/// Longer questions are cut here: no one asks in more words, and a page pasted by mistake must not cost seconds.
const LONGEST_QUESTION: usize = 1_000;

impl Question {
    /// Takes a person's text; `None` when there is no letter or digit in it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text: String = normalise_space(text).chars().take(LONGEST_QUESTION).collect();
        if !text.chars().any(char::is_alphanumeric) {
            return None;
        }
        let language = language::detect(&text);
        Some(Self { text, language, context: Vec::new() })
    }

    /// Returns the words, white space normalised.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A passage that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The release it stands in.
    pub release: Arc<Release>,
    /// Which paragraph of it, counted from 0.
    pub paragraph: usize,
    /// How well it answers, 0 to 1; comparable between questions.
    pub score: f32,
    /// What of it is shown.
    pub excerpt: Excerpt,
    /// How the score came about.
    pub features: Features,
}

/// Everything that a search found out.
#[derive(Debug, Clone)]
pub struct Findings {
    /// The best passages, best first; no sentence stands in two of them.
    pub hits: Vec<Hit>,
    /// How likely the best passage answers the question, 0 to 1.
    pub confidence: f32,
    /// Words of the question, as typed, that tell much and that no passage has.
    pub missing: Vec<String>,
    /// Whether the question asks for somebody to call or write to.
    pub asks_contact: bool,
    /// Whether the question has no word that tells what it is about.
    pub is_bare: bool,
}

/// A question as tantivy gets it.
#[derive(Debug, Clone)]
pub struct BareQuery(Query);

/// The index over a corpus: built once, then only read.
#[derive(Debug)]
pub struct SearchIndex {
    corpus: Arc<Corpus>,
    passages: Vec<Passage>,
    releases: Vec<ReleaseTerms>,
    terms: Terms,
    words: WordIndex,
    understanding: Understanding,
    ranking: Ranking,
}

/// One paragraph as the search sees it.
#[derive(Debug)]
struct Passage {
    /// Which release of the corpus.
    release: usize,
    paragraph: usize,
    /// Its terms in the order of the text, each with where it stands.
    tokens: Vec<PassageToken>,
    /// Byte ranges of its sentences.
    sentences: Vec<std::ops::Range<usize>>,
    evidence: Evidence,
}

#[derive(Debug, Clone, Copy)]
struct PassageToken {
    term: u32,
    start: u32,
    end: u32,
}

/// What a release as a whole is about.
#[derive(Debug, Default)]
struct ReleaseTerms {
    /// Terms of title, place, topics and of the names in its paragraphs.
    around: HashSet<u32>,
    /// Terms of the title alone.
    title: HashSet<u32>,
    /// Terms anywhere in it.
    all: HashSet<u32>,
}

/// Numbers for terms, so that comparing them is cheap.
#[derive(Debug, Default)]
struct Terms {
    numbers: HashMap<String, u32>,
    /// In how many passages each stands, in their text or around it.
    frequencies: Vec<u32>,
}

impl Terms {
    fn number(&mut self, term: &str) -> u32 {
        if let Some(number) = self.numbers.get(term) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).expect("a corpus has fewer than four thousand million terms");
        self.numbers.insert(term.to_owned(), number);
        self.frequencies.push(0);
        number
    }

    fn frequency(&self, term: &str) -> usize {
        self.numbers.get(term).map_or(0, |number| self.frequencies[*number as usize] as usize)
    }
}

/// How many candidates the words pick for the closer look.
const N_CANDIDATES: usize = 24;

impl SearchIndex {
    /// Indexes a corpus.
    ///
    /// # Errors
    ///
    /// When tantivy can't build its index in memory.
    pub fn build(
        corpus: Arc<Corpus>,
        glossary: &Glossary,
        common_words: CommonWords,
        ranking: Ranking,
    ) -> anyhow::Result<Self> {
        let analyzer = Analyzer::new(glossary);
        let mut terms = Terms::default();
        let mut passages = Vec::new();
        let mut releases = Vec::with_capacity(corpus.releases.len());
        let mut spoken: HashMap<String, usize> = HashMap::new();
        let mut index = words::Builder::new()?;
        for entry in glossary.groups.iter().flatten() {
            for word in topic_words(entry) {
                spoken.entry(word.folded).or_insert(1);
            }
        }
        for (release_number, release) in corpus.releases.iter().enumerate() {
            let mut release_terms = ReleaseTerms::default();
            let title = analyzer.tokens(&release.title, release.language);
            let around = analyzer.tokens(&around(release), release.language);
            for text in
                std::iter::once(&release.title).chain(release.paragraphs.iter().map(|paragraph| &paragraph.text))
            {
                for word in topic_words(text) {
                    *spoken.entry(word.folded).or_default() += 1;
                }
            }
            release_terms.title.extend(title.iter().map(|token| terms.number(&token.term)));
            release_terms.around.extend(around.iter().map(|token| terms.number(&token.term)));
            release_terms.all.extend(&release_terms.around);
            for (paragraph_number, paragraph) in release.paragraphs.iter().enumerate() {
                let tokens = analyzer.tokens(&paragraph.text, release.language);
                index.add(passages.len(), &tokens, &around)?;
                let tokens: Vec<PassageToken> = tokens
                    .iter()
                    .map(|token| PassageToken {
                        term: terms.number(&token.term),
                        start: offset(token.range.start),
                        end: offset(token.range.end),
                    })
                    .collect();
                let distinct: HashSet<u32> =
                    tokens.iter().map(|token| token.term).chain(release_terms.around.iter().copied()).collect();
                for term in distinct {
                    terms.frequencies[term as usize] += 1;
                }
                release_terms.all.extend(tokens.iter().map(|token| token.term));
                passages.push(Passage {
                    release: release_number,
                    paragraph: paragraph_number,
                    tokens,
                    sentences: sentences(release.language.code(), &paragraph.text),
                    evidence: evidence_in(&paragraph.text),
                });
            }
            releases.push(release_terms);
        }
        let words = index.finish()?;
        let understanding = Understanding { analyzer, speller: Speller::new(spoken), common_words };
        Ok(Self { corpus, passages, releases, terms, words, understanding, ranking })
    }

    /// Returns the corpus that is indexed.
    #[must_use]
    pub fn corpus(&self) -> &Arc<Corpus> {
        &self.corpus
    }

    /// Returns how many passages are indexed.
    #[must_use]
    pub fn n_passages(&self) -> usize {
        self.passages.len()
    }

    /// Searches for the passages that answer a question, at most `limit`, each cut to about `excerpt_length` characters.
    #[must_use]
    pub fn search(&self, question: &Question, limit: usize, excerpt_length: usize) -> Findings {
        let query = self.query(question);
        let looks = self.look_up(&query);
        let mut ranked = self.candidates(&query, &looks, question);
        let score = |candidate: &Candidate| self.ranking.score(&candidate.features);
        ranked.sort_by(|a, b| {
            score(b).total_cmp(&score(a)).then((a.release, a.paragraph).cmp(&(b.release, b.paragraph)))
        });

        let mut shown = HashSet::new();
        let mut hits = Vec::new();
        for candidate in &ranked {
            if hits.len() == limit {
                break;
            }
            let passage = &self.passages[candidate.passage];
            let release = &self.corpus.releases[passage.release];
            let text = &release.paragraphs[passage.paragraph].text;
            let Some(excerpt) = excerpt::cut(text, passage, &looks, query.asked, excerpt_length, &mut shown) else {
                continue;
            };
            hits.push(Hit {
                release: Arc::clone(release),
                paragraph: passage.paragraph,
                score: self.ranking.confidence(&candidate.features),
                excerpt,
                features: candidate.features,
            });
        }
        Findings {
            confidence: ranked.first().map_or(0.0, |best| self.ranking.confidence(&best.features)),
            missing: query.distinctive(looks.unknown),
            hits,
            asks_contact: query.asked.contact,
            is_bare: query.concepts.is_empty(),
        }
    }

    /// Returns the passages that are candidates for a question, with their features and in no order.
    #[must_use]
    pub fn look_closely(&self, question: &Question) -> Vec<Candidate> {
        let query = self.query(question);
        self.candidates(&query, &self.look_up(&query), question)
    }

    /// Takes a question apart into the query that tantivy gets, for benchmarks that compare with it.
    #[must_use]
    pub fn bare_query(&self, question: &Question) -> BareQuery {
        BareQuery(self.query(question))
    }

    /// Asks tantivy alone; returns how many passages it found, at most `limit`.
    #[must_use]
    pub fn search_bare(&self, query: &BareQuery, limit: usize) -> usize {
        self.words.search(&query.0, limit).len()
    }

    /// Returns the releases whose contacts bear a name that the question names.
    #[must_use]
    pub fn releases_of_contact(&self, question: &Question) -> Vec<Arc<Release>> {
        let asked: HashSet<String> = topic_words(question.text()).map(|word| word.folded).collect();
        let names_met = |contact: &Contact| {
            let Some(name) = &contact.name else { return 0 };
            topic_words(name).filter(|word| asked.contains(&word.folded)).count()
        };
        let best = |release: &Arc<Release>| release.contacts.iter().map(names_met).max().unwrap_or(0);
        let most = self.corpus.releases.iter().map(best).max().unwrap_or(0);
        if most == 0 {
            return Vec::new();
        }
        self.corpus.releases.iter().filter(|release| best(release) == most).cloned().collect()
    }

    fn query(&self, question: &Question) -> Query {
        let frequency = |term: &str| self.terms.frequency(term);
        self.understanding.query(question.text(), question.language, self.passages.len(), frequency)
    }

    /// Numbers the terms of a query, each with the concepts it may stand for.
    fn look_up(&self, query: &Query) -> Looks {
        let mut concepts_of: HashMap<u32, u64> = HashMap::new();
        for (at, concept) in query.concepts.iter().enumerate().take(64) {
            for term in &concept.terms {
                if let Some(number) = self.terms.numbers.get(term) {
                    *concepts_of.entry(*number).or_default() |= 1 << at;
                }
            }
        }
        let concepts = query.concepts.iter().take(64);
        let weights: Vec<f32> = concepts.clone().map(|concept| concept.weight).collect();
        let unknown = concepts
            .enumerate()
            .filter(|(_, concept)| concept.terms.is_empty())
            .fold(0, |unknown, (at, _)| unknown | 1 << at);
        let total = weights.iter().sum();
        Looks { concepts_of, weights, total, unknown }
    }

    /// Picks passages by words, with those of the releases talked about, and looks at each closely.
    fn candidates(&self, query: &Query, looks: &Looks, question: &Question) -> Vec<Candidate> {
        let mut picked = self.words.search(query, N_CANDIDATES);
        if !question.context.is_empty() {
            let known: HashSet<usize> = picked.iter().map(|(passage, _)| *passage).collect();
            let talked_about = self.passages.iter().enumerate().filter(|(number, passage)| {
                let release = &self.corpus.releases[passage.release];
                !known.contains(number) && question.context.iter().any(|id| release.answers_to(id))
            });
            picked.extend(talked_about.map(|(passage, _)| (passage, 0.0)));
        }
        picked.into_iter().map(|(passage, bm25)| self.candidate(query, looks, question, passage, bm25)).collect()
    }

    fn candidate(&self, query: &Query, looks: &Looks, question: &Question, number: usize, bm25: f32) -> Candidate {
        let passage = &self.passages[number];
        let about = &self.releases[passage.release];
        let release = &self.corpus.releases[passage.release];
        let in_text = passage.tokens.iter().fold(0, |met, token| met | looks.concepts(token.term));
        let in_sentence = passage
            .sentences
            .iter()
            .map(|sentence| {
                looks.weight(passage.tokens_in(sentence).fold(0, |met, token| met | looks.concepts(token.term)))
            })
            .fold(0.0, f32::max);
        let met_by = |terms: &HashSet<u32>| {
            looks
                .concepts_of
                .iter()
                .filter(|(term, _)| terms.contains(term))
                .fold(0, |met, (_, concepts)| met | concepts)
        };
        let met = in_text | met_by(&about.around);
        let evidence = kind::share_given(query.asked, passage.evidence);
        let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
        let features = Features {
            words: looks.share(bm25 / words::LARGEST_GAIN),
            coverage: looks.share(looks.weight(in_text)),
            coverage_around: looks.share(looks.weight(met)),
            sentence: looks.share(in_sentence),
            title: looks.share(looks.weight(met_by(&about.title))),
            release: looks.share(looks.weight(met_by(&about.all))),
            evidence: evidence.unwrap_or(0.0),
            no_evidence: flag(evidence == Some(0.0)),
            lead: flag(passage.paragraph == 0),
            context: flag(question.context.iter().any(|id| release.answers_to(id))),
            unmet: looks.heaviest(!met) / query::inverse_document_frequency(0, self.passages.len()),
            unknown: looks.share(looks.weight(looks.unknown)),
        };
        Candidate { passage: number, release: passage.release, paragraph: passage.paragraph, features }
    }
}

/// A passage that was looked at closely.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    passage: usize,
    /// Which release of the corpus.
    pub release: usize,
    /// Which paragraph of it, counted from 0.
    pub paragraph: usize,
    /// What is known of it and the question.
    pub features: Features,
}

/// The concepts of a query by term number; at most 64, a bit each.
#[derive(Debug)]
struct Looks {
    concepts_of: HashMap<u32, u64>,
    weights: Vec<f32>,
    total: f32,
    /// The concepts that no passage meets.
    unknown: u64,
}

impl Looks {
    fn concepts(&self, term: u32) -> u64 {
        self.concepts_of.get(&term).copied().unwrap_or(0)
    }

    fn weight(&self, concepts: u64) -> f32 {
        self.weights.iter().enumerate().filter(|(at, _)| concepts & (1 << at) != 0).map(|(_, weight)| weight).sum()
    }

    fn heaviest(&self, concepts: u64) -> f32 {
        let chosen = self.weights.iter().enumerate().filter(|(at, _)| concepts & (1 << at) != 0);
        chosen.map(|(_, weight)| *weight).fold(0.0, f32::max)
    }

    fn share(&self, weight: f32) -> f32 {
        if self.total > 0.0 { weight / self.total } else { 0.0 }
    }
}

impl Passage {
    fn tokens_in(&self, range: &std::ops::Range<usize>) -> impl Iterator<Item = &PassageToken> {
        let range = range.clone();
        self.tokens.iter().filter(move |token| range.contains(&(token.start as usize)))
    }
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Returns what surrounds the paragraphs of a release: headlines, place, topics, contacts, and the names in its text.
fn around(release: &Release) -> String {
    let mut parts = vec![release.title.clone()];
    parts.extend(release.subtitle.clone());
    parts.extend(release.place.clone());
    parts.extend(release.topics.iter().cloned());
    for contact in &release.contacts {
        parts.extend([&contact.name, &contact.role, &contact.office].into_iter().flatten().cloned());
    }
    let mut seen = HashSet::new();
    for paragraph in &release.paragraphs {
        let mut is_first = true;
        for word in crate::text::words(&paragraph.text) {
            let is_name = word.text.starts_with(char::is_uppercase) && !is_first;
            is_first = paragraph.text[word.range.end..].starts_with(['.', '?', '!']);
            if is_name && seen.insert(fold(word.text)) {
                parts.push(word.text.to_owned());
            }
        }
    }
    parts.join(" ; ")
}
