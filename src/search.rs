//! Search for the passages that answer a question.
//!
//! A passage is one paragraph seen with its release. The terms of a question pick candidates (tantivy, BM25), as its embedding
//! does where there is a model; a few features of each are weighed into one score, and the sentences that answer are cut out
//! word for word.
//!
//! ```text
//! text ◄─ index ◄─ question ◄─ ranking ◄─ quoting
//! ```

mod bearers;
mod editions;
mod explanation;
mod findings;
mod index;
mod question;
mod quoting;
mod ranking;
mod short_texts;
mod text;
mod topic;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

pub(crate) use self::bearers::{Bearer, NameEvidence};
pub use self::explanation::{ExplainedPassage, Explanation};
pub use self::findings::{Findings, Hit};
use self::index::Index;
pub use self::index::store::EmbeddingStore;
pub use self::index::vectors::{EmbeddedText, TypicalQuestions};
use self::index::vectors::{PassageTexts, VectorIndex};
use self::question::ellipsis::{Completed, Ellipsis};
use self::question::several;
use self::question::understanding::Understanding;
pub use self::question::{Question, Shown};
pub use self::quoting::Excerpt;
pub use self::ranking::{
    Allowed, Candidate, Features, N_FEATURES, N_SIGNS, Need, Ranking, Side, SideWeights, Signs, Thresholds, Weights,
};
use self::ranking::{IS_HALF, QueryTerms, Ranker};
use self::text::analyzer::{Analyzer, topic_words};
pub use self::text::glossary::Glossary;
use self::text::kinds::Kinds;
pub(crate) use self::text::spans::is_year;
pub use self::text::word_list::WordList;
use crate::corpus::{Corpus, Release};
use crate::embedding::EmbeddingModel;
use crate::language::{Language, Languages};
use crate::text::Words;

/// The index over a corpus: built once, then only read.
#[derive(Debug)]
pub struct SearchIndex {
    index: Index,
    vectors: Option<VectorIndex>,
    understanding: Understanding,
    ranking: Ranking,
    side: Side,
    /// The weights of that side.
    weights: SideWeights,
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
        languages: Arc<Languages>,
    ) -> anyhow::Result<Self> {
        let of_releases: BTreeSet<Language> = corpus.releases.iter().map(|release| release.language).collect();
        let analyzer = Analyzer::new(glossary, languages, of_releases.into_iter().collect());
        let (index, word_counts, names) = Index::build(corpus, &analyzer, &places)?;
        let understanding = Understanding::new(analyzer, glossary, word_counts, common_words, places, names);
        let side = Side::Words;
        let weights = ranking.side(side);
        Ok(Self { index, vectors: None, understanding, ranking, side, weights })
    }

    /// Compares passages by their embeddings too: takes these from the store and computes those that it lacks, on all cores, with
    /// those of the texts `also`, which are read as questions; calls `progress` with the number done and the number of all. The
    /// store says whether the new ones were stored.
    #[must_use]
    pub fn with_vectors(
        self,
        model: EmbeddingModel,
        store: &mut EmbeddingStore,
        questions: &TypicalQuestions,
        also: &[String],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Self {
        let index = &self.index;
        let wanted = index.passages.iter().map(|passage| PassageTexts {
            release: passage.release,
            title: &index.release_of(passage).title,
            introduction: index.introduction_of(passage),
            text: index.text_of(passage),
            sentences: &passage.sentences,
        });
        let wanted: Vec<PassageTexts<'_>> = wanted.collect();
        let vectors = VectorIndex::build(model, store, index, &wanted, questions, also, progress);
        Self { vectors: Some(vectors), ..self }.by(Side::Both)
    }

    /// Compares by one side alone, where there is one, to evaluate it.
    #[must_use]
    pub fn by(self, side: Side) -> Self {
        let side = if self.vectors.is_some() { side } else { Side::Words };
        let weights = self.ranking.side(side);
        Self { side, weights, ..self }
    }

    /// Returns the side that passages are compared by.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// Tells whether the weights are of a model with a reranker and this one has none, so that worse passages are found.
    #[must_use]
    pub fn lacks_reranker(&self) -> bool {
        self.vectors.as_ref().is_some_and(|vectors| !vectors.has_reranker()) && self.weights.weighs_reranking()
    }

    /// Returns the thresholds of that side.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        self.weights.threshold
    }

    /// Returns the corpus that is indexed.
    #[must_use]
    pub fn corpus(&self) -> &Arc<Corpus> {
        &self.index.corpus
    }

    /// Returns the number of passages that are indexed.
    #[must_use]
    pub fn n_passages(&self) -> usize {
        self.index.passages.len()
    }

    /// Embeds a text as a question; `None` where texts are compared by words alone.
    #[must_use]
    pub fn embed(&self, text: &str) -> Option<EmbeddedText> {
        self.vectors.as_ref().filter(|_| self.side != Side::Words).map(|vectors| vectors.embed(text))
    }

    /// Embeds a question in plainer words, as a search compares it; `None` where texts are compared by words alone.
    #[must_use]
    pub fn embed_question(&self, question: &Question) -> Option<EmbeddedText> {
        self.embed(&self.understanding.query(question, &self.index.terms).plain)
    }

    /// Returns the vector of a question, of length 1, without what questions have in common; `None` where texts are compared by
    /// words alone.
    #[must_use]
    pub fn question_vector(&self, question: &Question) -> Option<Vec<f32>> {
        let embedded = self.embed_question(question)?;
        Some(self.vectors.as_ref()?.of_question(embedded, question.language).whole)
    }

    /// Makes a question of a person's text, with the slips in the words that it is built of corrected; `None` when there is no letter or
    /// digit in it.
    #[must_use]
    pub fn question(&self, text: &str) -> Option<Question> {
        Question::new(text, self.languages(), |text| self.understanding.correct_question(text, &self.index.terms))
    }

    /// Returns the questions of a message, as typed, if it holds more than one.
    #[must_use]
    pub fn questions_in(&self, text: &str) -> Vec<String> {
        several::questions_in(&Words::of(question::beginning(text)), self.languages().lexicon_of_all())
    }

    /// Returns what a message asks behind clauses in which people tell of themselves, if it has such.
    #[must_use]
    pub fn behind_introduction(&self, text: &str) -> Option<String> {
        several::behind_introduction(&Words::of(question::beginning(text)), self.languages().lexicon_of_all())
    }

    /// Tells whether the words of a question ask for a contact.
    pub(crate) fn asks_contact(&self, question: &Question) -> bool {
        self.understanding.query(question, &self.index.terms).asked.contains(Kinds::CONTACT)
    }

    /// Tells whether a question needs what was talked about to be understood.
    pub(crate) fn is_half(&self, question: &Question) -> bool {
        let signs = self.signs_of_need(question, self.side);
        signs.is_some_and(|signs| self.weights.need.likelihood(&signs) >= IS_HALF)
    }

    /// Returns the question before a text with what the text changes in it, as “and in 2024?” does; `None` for a question by itself.
    pub(crate) fn completed(&self, before: &str, text: &Question) -> Option<Completed> {
        let is_place = |folded: &str| self.understanding.is_place(folded);
        let language = text.language.or_else(|| self.languages().detect(before));
        Ellipsis { lexicon: self.languages().lexicon(language), is_place }.completed(&Words::of(before), text.words())
    }

    /// Tells whether a question has no word that tells what it is about.
    pub(crate) fn names_nothing(&self, question: &Question) -> bool {
        self.understanding.query(question, &self.index.terms).concepts.is_empty()
    }

    /// Searches for the passages that answer a question.
    #[must_use]
    pub fn search<'a>(&'a self, question: &'a Question) -> Findings<'a> {
        let mut findings = Findings::of(self.ranker(question), &self.weights);
        findings.put_edition_first();
        if question.context.is_empty() {
            findings.put_lead_first(&self.headlined_by_topic(question));
        }
        findings
    }

    /// Returns the candidates for a question with their features by one side, in no order; `need` tells whether the question is
    /// half of one.
    #[must_use]
    pub fn score_candidates(&self, question: &Question, side: Side, need: &Need) -> Vec<Candidate> {
        self.ranker_by(question, side).in_context(need).score_candidates()
    }

    /// Returns the signs by one side that a question needs what was talked about, or does not; `None` where nothing was.
    #[must_use]
    pub fn signs_of_need(&self, question: &Question, side: Side) -> Option<Signs> {
        self.ranker_by(question, side).signs()
    }

    /// Explains the scores of the passages of a question.
    #[must_use]
    pub fn explain(&self, question: &Question) -> Explanation {
        Explanation::of(&self.ranker(question), &self.weights, |term| self.understanding.shown(term))
    }

    /// Returns the languages that texts and questions are read by.
    #[must_use]
    pub fn languages(&self) -> &Arc<Languages> {
        self.understanding.languages()
    }

    /// Tells whether the text of a release has a folded word.
    pub(crate) fn is_in_releases(&self, folded: &str) -> bool {
        self.understanding.is_in_releases(folded)
    }

    /// Tells whether anybody knows a word of a question, or its language shows.
    pub(crate) fn knows_a_word(&self, question: &Question) -> bool {
        let lexicon = self.languages().lexicon(None);
        let is_small =
            |word: &str| lexicon.is_function_word(word) || word.starts_with(|first: char| first.is_ascii_digit());
        question.language.is_some()
            || question.words().folded().any(is_small)
            || self
                .understanding
                .asked_words(question, &self.index.terms)
                .iter()
                .any(|word| word.is_known || word.is_place)
    }

    /// Returns the terms of a text in a language.
    pub(crate) fn terms_of(&self, text: &str, language: Language) -> impl Iterator<Item = String> {
        self.understanding.terms_of(&Words::of(text), language).into_iter().map(|occurrence| occurrence.term)
    }

    /// Returns the weight of a question that a release meets, in nats: anywhere, and around its paragraphs, as in its title.
    pub(crate) fn weights_met(&self, question: &Question, release: &Arc<Release>) -> [f32; 2] {
        let concepts = self.understanding.query(question, &self.index.terms).concepts;
        let terms = QueryTerms::resolve(&concepts, &self.index.terms);
        let number = self.index.corpus.releases.iter().position(|other| Arc::ptr_eq(other, release));
        let weight = |of_release: &HashSet<u32>| terms.weight_met(terms.met_by(of_release), &[]);
        let of_release = number.map(|number| &self.index.releases[number]);
        of_release.map_or([0.0; 2], |of_release| [weight(&of_release.all), weight(&of_release.around)])
    }

    fn ranker<'a>(&'a self, question: &'a Question) -> Ranker<'a> {
        self.ranker_by(question, self.side).in_context(&self.weights.need)
    }

    fn ranker_by<'a>(&'a self, question: &'a Question, side: Side) -> Ranker<'a> {
        let query = self.understanding.query(question, &self.index.terms);
        Ranker::new(&self.index, self.vectors.as_ref(), side, question, query)
    }
}

/// Returns the folded words of a text without the small ones.
pub(crate) fn folded_topic_words(text: &str, languages: &Languages) -> Vec<String> {
    topic_words(&Words::of(text), languages.lexicon(None)).map(|word| word.folded.into_owned()).collect()
}
