//! Finding the passages that answer a question.
//!
//! A passage is one paragraph seen with its release. The words of a question pick candidates (tantivy, BM25), a few
//! features of each are weighed into one score, and the sentences that answer are cut out word for word.

mod analyzer;
mod candidate;
mod detail;
mod excerpt;
mod figure;
mod forms;
mod glossary;
mod kind;
mod meaning;
mod query;
mod rank;
mod spelling;
mod store;
mod words;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use self::analyzer::{Analyzer, topic_words};
pub use self::candidate::Candidate;
use self::candidate::{Asked, Looks};
use self::detail::Details;
pub use self::excerpt::Excerpt;
use self::figure::{Figure, figures};
pub use self::glossary::Glossary;
use self::kind::{Evidence, Kinds, evidence_in};
pub use self::meaning::TypicalQuestions;
use self::meaning::{Meaning, Wanted};
use self::query::{Query, Understanding};
pub use self::rank::{Allowed, Features, N_FEATURES, Ranking, Side, SideWeights, Weights};
pub use self::spelling::WordList;
pub use self::store::Store;
use self::words::WordIndex;
use crate::corpus::{Corpus, Release};
use crate::embedding::EmbeddingModel;
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
    /// The passages of these that were just shown, best first: who goes on often asks for
    /// more of what they have just read.
    pub shown: Vec<Shown>,
    /// Whether it asks for somebody to call or write to, of the release talked about, though its words alone need not say so:
    /// “and the number?”
    pub asks_contact_in_hand: bool,
    /// Whether a word leads over to what it is about, as “about” does: then words that the releases lack name another topic, and
    /// not how somebody is to be reached (“who can I interview?”).
    pub names_topic: bool,
}

/// A passage that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The id of its release.
    pub release: String,
    /// Which paragraph of it, counted from 0.
    pub paragraph: usize,
}

impl Shown {
    /// Takes a passage that is being shown.
    #[must_use]
    pub fn of(hit: &Hit) -> Self {
        Self { release: hit.release.id.clone(), paragraph: hit.paragraph }
    }
}

/// Longer questions are cut here: no one asks in more words, and a page pasted by mistake must not cost seconds.
const LONGEST_QUESTION: usize = 1_000;

impl Question {
    /// Takes a person's text; `None` when there is no letter or digit in it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text: String = normalise_space(text).chars().take(LONGEST_QUESTION).collect();
        let text = language::spelt_out(&text);
        if !text.chars().any(char::is_alphanumeric) {
            return None;
        }
        let language = language::detect(&text);
        Some(Self {
            text,
            language,
            context: Vec::new(),
            shown: Vec::new(),
            asks_contact_in_hand: false,
            names_topic: true,
        })
    }

    /// Returns the words, white space normalised and shorthand spelt out.
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
    /// How likely its release is near what is asked, 0 to 1, though it may hold no answer.
    pub nearness: f32,
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
    /// Whether it only wants to read on about what was talked about: “more about that”.
    pub wants_more: bool,
}

/// How the passages of a question got their scores.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// What the question is about: each word as typed, the terms it is looked up by, and how much it tells. A term that words
    /// share is `=` and the first of them.
    pub words: Vec<(String, Vec<String>, f32)>,
    /// The kinds of answer that it asks for.
    pub asked: Vec<&'static str>,
    /// How much the question needs what was talked about, 0 to 1.
    pub follows: f32,
    /// The candidates, best first.
    pub passages: Vec<ExplainedPassage>,
}

/// How one passage got its score.
#[derive(Debug, Clone)]
pub struct ExplainedPassage {
    /// The release's id.
    pub release: String,
    /// The paragraph, counted from 0.
    pub paragraph: usize,
    /// The score; only the order counts.
    pub score: f32,
    /// How likely the releases answer, if this is the best passage.
    pub confidence: f32,
    /// How likely its release is near what is asked.
    pub nearness: f32,
    /// The constant, then each feature that adds something: its name, its value, and what it adds to the score and to the
    /// log-odds.
    pub parts: Vec<(&'static str, f32, f32, f32)>,
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
    meaning: Option<Meaning>,
    understanding: Understanding,
    ranking: Ranking,
    side: Side,
    /// The weights of that side.
    weights: SideWeights,
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
    /// What each sentence has to give.
    evidence: Vec<Evidence>,
    /// What each sentence says, as a number: those that say the same, in whatever passage, have the same.
    sayings: Vec<u32>,
    figures: Vec<Figure>,
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
    /// Terms anywhere in it.
    all: HashSet<u32>,
    /// Which details its paragraphs tell.
    details: Details,
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
        let number = number(&mut self.numbers, term);
        self.frequencies.resize(self.numbers.len(), 0);
        number
    }

    fn frequency(&self, term: &str) -> usize {
        self.numbers.get(term).map_or(0, |number| self.frequencies[*number as usize] as usize)
    }
}

impl SearchIndex {
    /// Indexes a corpus.
    ///
    /// # Errors
    ///
    /// When tantivy can't build its index in memory.
    pub fn build(
        corpus: Arc<Corpus>,
        glossary: &Glossary,
        common_words: WordList,
        places: WordList,
        ranking: Ranking,
    ) -> anyhow::Result<Self> {
        let analyzer = Analyzer::new(glossary);
        let mut terms = Terms::default();
        let mut passages = Vec::new();
        let mut releases = Vec::with_capacity(corpus.releases.len());
        let mut said: HashMap<String, usize> = HashMap::new();
        let mut sayings: HashMap<String, u32> = HashMap::new();
        let mut index = words::Builder::new()?;
        for (release_number, release) in corpus.releases.iter().enumerate() {
            let mut release_terms = ReleaseTerms::default();
            let around = analyzer.tokens(&around(release), release.language);
            for text in
                std::iter::once(&release.title).chain(release.paragraphs.iter().map(|paragraph| &paragraph.text))
            {
                for word in topic_words(text) {
                    *said.entry(word.folded).or_default() += 1;
                }
            }
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
                release_terms.details = release_terms.details.and(Details::told(&paragraph.text));
                let sentences = sentences(release.language.code(), &paragraph.text);
                let texts = || sentences.iter().map(|sentence| &paragraph.text[sentence.clone()]);
                passages.push(Passage {
                    release: release_number,
                    paragraph: paragraph_number,
                    tokens,
                    evidence: texts().map(|text| evidence_in(text, &places)).collect(),
                    sayings: texts().map(|text| number(&mut sayings, &excerpt::comparable(text))).collect(),
                    figures: figures(&paragraph.text, &places),
                    sentences,
                });
            }
            releases.push(release_terms);
        }
        let words = index.finish()?;
        let understanding = Understanding::new(analyzer, glossary, said, common_words, places);
        let weights = ranking.side(Side::Words);
        let side = Side::Words;
        let meaning = None;
        Ok(Self { corpus, passages, releases, terms, words, meaning, understanding, ranking, side, weights })
    }

    /// Compares passages by their meaning too: takes their embeddings from the store and computes those that it lacks, on
    /// all cores; `progress` hears how many of how many are done. The store says whether the new ones were stored.
    #[must_use]
    pub fn with_meaning(
        self,
        model: EmbeddingModel,
        store: &mut Store,
        questions: &TypicalQuestions,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Self {
        let wanted: Vec<Wanted<'_>> = self
            .passages
            .iter()
            .map(|passage| {
                let release = &self.corpus.releases[passage.release];
                let text = &release.paragraphs[passage.paragraph].text;
                Wanted { title: &release.title, text, sentences: &passage.sentences }
            })
            .collect();
        let meaning = Meaning::build(model, store, &wanted, questions, progress);
        Self { meaning: Some(meaning), ..self }.by(Side::Both)
    }

    /// Compares by one side alone, where there is one: to see what it is worth.
    #[must_use]
    pub fn by(self, side: Side) -> Self {
        let side = if self.meaning.is_some() { side } else { Side::Words };
        let weights = self.ranking.side(side);
        Self { side, weights, ..self }
    }

    /// Returns what passages are compared by.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
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
        let asked = self.asked(question);
        let scored = |candidate: Candidate| (self.weights.score(&candidate.features), candidate);
        let mut ranked: Vec<(f32, Candidate)> = self.candidates(&asked).into_iter().map(scored).collect();
        ranked.sort_by(|(a_score, a), (b_score, b)| b_score.total_cmp(a_score).then(a.passage.cmp(&b.passage)));

        let mut shown = HashSet::new();
        let mut hits = Vec::new();
        for (_, candidate) in &ranked {
            if hits.len() == limit {
                break;
            }
            let passage = &self.passages[candidate.passage];
            let release = &self.corpus.releases[passage.release];
            let text = &release.paragraphs[passage.paragraph].text;
            let like = |sentence: usize| self.likeness_of_sentence(&asked, candidate.passage, sentence);
            let wish = excerpt::Wish {
                looks: &asked.looks,
                kinds: asked.query.asked,
                length: excerpt_length,
                is_best: hits.is_empty(),
            };
            let Some(excerpt) = excerpt::cut(text, passage, &wish, like, &mut shown) else { continue };
            hits.push(Hit {
                release: Arc::clone(release),
                paragraph: passage.paragraph,
                score: self.weights.confidence(&candidate.features),
                nearness: self.weights.nearness(&candidate.features),
                excerpt,
                features: candidate.features,
            });
        }
        Findings {
            confidence: ranked.first().map_or(0.0, |(_, best)| self.weights.confidence(&best.features)),
            missing: asked.query.distinctive(Self::unmet(&asked)),
            hits,
            asks_contact: asked.query.asked.contact,
            is_bare: asked.query.concepts.is_empty(),
            wants_more: asked.query.concepts.is_empty()
                && asked.query.asked == Kinds::default()
                && !question.context.is_empty()
                && !ranked.is_empty(),
        }
    }

    /// Returns the concepts that were looked for and not met, a bit each: of a question in a language whose small words nobody
    /// drops here only the names.
    fn unmet(asked: &Asked<'_>) -> u64 {
        let is_read = asked.language.is_none_or(|language| analyzer::LANGUAGES.contains(&language));
        if is_read { asked.looks.unknown } else { asked.looks.unknown & asked.looks.names }
    }

    /// Returns the passages that are candidates for a question, with their features and in no order.
    #[must_use]
    pub fn look_closely(&self, question: &Question) -> Vec<Candidate> {
        self.candidates(&self.asked(question))
    }

    /// Tells how the passages of a question got their scores.
    #[must_use]
    pub fn explain(&self, question: &Question) -> Explanation {
        let asked = self.asked(question);
        let concepts = asked.query.concepts.iter();
        let shown = |term: &String| self.understanding.shown(term);
        let words = concepts
            .map(|concept| (concept.typed.clone(), concept.terms.iter().map(shown).collect(), concept.weight))
            .collect();
        let mut passages: Vec<ExplainedPassage> = self
            .candidates(&asked)
            .iter()
            .map(|candidate| ExplainedPassage {
                release: self.corpus.releases[candidate.release].id.clone(),
                paragraph: candidate.paragraph,
                score: self.weights.score(&candidate.features),
                confidence: self.weights.confidence(&candidate.features),
                nearness: self.weights.nearness(&candidate.features),
                parts: self.weights.parts(&candidate.features),
            })
            .collect();
        passages.sort_by(|a, b| b.score.total_cmp(&a.score));
        Explanation { words, asked: asked.query.asked.names(), follows: asked.follows, passages }
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

    /// Tells whether the text of a release has a folded word.
    pub(crate) fn is_said(&self, folded: &str) -> bool {
        self.understanding.is_said(folded)
    }

    /// Returns how much of what a question is about a release has, by weight, 0 to 1: anywhere, and around its paragraphs, as in
    /// its title.
    pub(crate) fn shares_met(&self, question: &Question, release: &Arc<Release>) -> [f32; 2] {
        let looks = self.look_up(&self.query(question));
        let number = self.corpus.releases.iter().position(|other| Arc::ptr_eq(other, release));
        let share = |terms: &HashSet<u32>| {
            let met = terms.iter().fold(0, |met, term| met | looks.concepts(*term));
            looks.share(looks.weight(met))
        };
        let terms = number.map(|number| &self.releases[number]);
        terms.map_or([0.0; 2], |terms| [share(&terms.all), share(&terms.around)])
    }

    fn query(&self, question: &Question) -> Query {
        let frequency = |term: &str| self.terms.frequency(term);
        self.understanding.query(question.text(), question.language, self.passages.len(), frequency)
    }
}

impl Passage {
    fn evidence(&self) -> Evidence {
        self.evidence.iter().fold(Evidence::default(), |all, evidence| all.and(*evidence))
    }

    /// Returns the concepts that a part of the passage meets, a bit each.
    fn met_in(&self, range: &std::ops::Range<usize>, looks: &Looks) -> u64 {
        self.tokens_in(range).fold(0, |met, token| met | looks.concepts(token.term))
    }

    fn tokens_in(&self, range: &std::ops::Range<usize>) -> impl Iterator<Item = &PassageToken> {
        let first_from = |start: usize| self.tokens.partition_point(|token| (token.start as usize) < start);
        self.tokens[first_from(range.start)..first_from(range.end)].iter()
    }
}

/// Returns the folded words of a text without the small ones.
pub(crate) fn folded_topic_words(text: &str) -> impl Iterator<Item = String> + '_ {
    topic_words(text).map(|word| word.folded)
}

/// Returns the number of a text, the next one if it has none yet.
fn number(numbers: &mut HashMap<String, u32>, text: &str) -> u32 {
    if let Some(number) = numbers.get(text) {
        return *number;
    }
    let number = u32::try_from(numbers.len()).expect("a corpus has fewer than four thousand million terms");
    numbers.insert(text.to_owned(), number);
    number
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
