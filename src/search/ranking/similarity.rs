//! Similarity of the passages to a question by their embeddings.

use std::iter;
use std::ops::Range;

use super::Candidate;
use super::features::Features;
use crate::search::Question;
use crate::search::index::vectors::{self, QuestionVectors, VectorIndex};
use crate::search::index::word_vectors::{QuestionWord, WordCosines};
use crate::search::index::{Index, Passage};
use crate::search::question::query::{Concept, Query};

/// Cosine of a word of a question and a phrase up to which they have nothing to do with each other, and from which on the phrase
/// says what the word does. Of the labelled questions, the middle half of the words that a passage has is from .36 to .54 like
/// its most similar phrase, of those that it lacks from .20 to .31, and of these in passages that answer from .29 to .45.
const PHRASE_UNLIKE: f32 = 0.22;
const PHRASE_ALIKE: f32 = 0.5;

/// Cosine of two words, each by itself, up to which they have nothing to do with each other, and from which on one says what the other
/// does; chosen among three pairs by the likelihood of decisions about corpora left out.
const WORD_UNLIKE: f32 = 0.4;
const WORD_ALIKE: f32 = 0.7;

/// Least weight, in nats, of a word that is compared by itself, and maximum number of words that are: each may cost an embedding. Set by
/// hand.
const MIN_WEIGHT: f32 = 1.0;
const MAX_WORDS: usize = 16;

/// Number of candidates that are reranked, which bounds the cost; set by hand. Of the questions about seven sets of releases, .96 have
/// a right passage among the eight most like them by embeddings alone; which are reranked depends on words too.
const N_RERANKED: usize = 8;

/// Weight of the best sentence and of the words met beside that of the passage as a whole where those to rerank are chosen; set by
/// hand.
const BESIDE_WHOLE: f32 = 0.5;

/// Mean cosine of a question's tokens with the phrases of a passage that counts as 1. Of four candidates in five it is from .2 to .5:
/// as it is, the penalty on weights would keep it from counting.
const TOKENS_ALIKE: f32 = 0.2;

/// Logarithm of the odds that counts as 1, as more does; set by hand.
const CERTAIN: f32 = 10.0;

/// The embedding of a question, and the similarity of all passages to it.
pub(crate) struct Similarity<'a> {
    vectors: &'a VectorIndex,
    alone: QuestionVectors,
    /// Embedding of the question asked about the release talked about.
    in_context: Option<QuestionVectors>,
    /// Similarity of each passage, by paragraph and best sentence.
    of_all: Vec<f32>,
    /// Mean of each release's two best passages.
    of_release: Vec<f32>,
}

impl<'a> Similarity<'a> {
    /// Embeds a question and compares all passages with it.
    pub(crate) fn new(vectors: &'a VectorIndex, index: &Index, question: &Question, query: &Query) -> Self {
        let known = question.embedded.as_deref().filter(|embedded| embedded.text == query.plain);
        let embedded = known.cloned().unwrap_or_else(|| vectors.embed(&query.plain));
        let alone = vectors.of_question(embedded, question.language);
        let of_all = vectors.of_all(&alone);
        Self { vectors, in_context: None, of_release: of_releases(index, &of_all), alone, of_all }
    }

    /// Embeds the question once more, asked about the release talked about.
    pub(crate) fn ask_in_context(&mut self, index: &Index, question: &Question, query: &Query) {
        let text = vectors::in_context(&index.corpus, &question.context, &query.plain);
        self.in_context = text.map(|text| self.vectors.of_question(self.vectors.embed(&text), question.language));
    }

    /// Returns the similarity of each passage, by paragraph and best sentence.
    pub(crate) fn of_all(&self) -> &[f32] {
        &self.of_all
    }

    /// Returns the most similar passages, at most `limit` of them, in no order.
    pub(crate) fn most_similar(&self, limit: usize) -> Vec<usize> {
        let mut passages: Vec<usize> = (0..self.of_all.len()).collect();
        if limit < passages.len() {
            passages.select_nth_unstable_by(limit, |a, b| self.of_all[*b].total_cmp(&self.of_all[*a]));
            passages.truncate(limit);
        }
        passages
    }

    /// Returns the similarity of a sentence of a passage.
    pub(crate) fn of_sentence(&self, passage: usize, sentence: usize) -> f32 {
        self.vectors.sentence(self.in_context.as_ref().unwrap_or(&self.alone), passage, sentence)
    }

    /// Fills in the features of a passage, with the share of the kinds asked for that each of its sentences gives.
    pub(crate) fn add_to(
        &self,
        features: &mut Features,
        number: usize,
        passage: &Passage,
        given: impl Iterator<Item = f32>,
    ) {
        let titled = self.vectors.titled(&self.alone, number);
        let in_context = self.in_context.as_ref();
        let answering = given.enumerate().map(|(at, given)| given * self.vectors.sentence(&self.alone, number, at));
        features.like_titled = titled;
        features.like_answering = answering.fold(0.0, f32::max);
        features.like_release = self.of_release[passage.release];
        features.like_in_context = in_context.map_or(titled, |vector| self.vectors.titled(vector, number));
        features.like_beyond = self.vectors.beyond(&self.alone, number);
    }

    /// Reranks the candidates that are most like the question, which come first then: by the reranker, and by their likeness to its
    /// tokens. For half a question they are chosen in its context, but are compared with it as it stands.
    pub(crate) fn rerank(&self, candidates: &mut [Candidate]) {
        let likeness = |of: &Features| of.like_in_context + BESIDE_WHOLE * (of.like_answering + of.met);
        candidates
            .sort_by(|a, b| likeness(&b.features).total_cmp(&likeness(&a.features)).then(a.passage.cmp(&b.passage)));
        let most_like: Vec<usize> = candidates.iter().take(N_RERANKED).map(|candidate| candidate.passage).collect();
        // All or none: some of them would be no comparison.
        let log_odds: Option<Vec<f32>> =
            most_like.iter().map(|passage| self.vectors.log_odds(&self.alone, *passage)).collect();
        let reranked = log_odds.into_iter().flatten().map(|log_odds| (log_odds / CERTAIN).clamp(-1.0, 1.0));
        set_or_least(candidates, reranked, |features| &mut features.reranked);
        // Half a question has too few tokens to tell where it is answered.
        let alone = 1.0 - candidates.first().map_or(0.0, |candidate| candidate.features.follows);
        let like =
            most_like.iter().map(|passage| alone * self.vectors.max_sim_titled(&self.alone, *passage) / TOKENS_ALIKE);
        set_or_least(candidates, like, |features| &mut features.like_tokens);
    }

    /// Returns how likely each concept is said by a word of the releases; `None` for names, for what is no word, for words that tell
    /// too little and for those beyond the first [`MAX_WORDS`].
    pub(crate) fn words_said(&self, index: &Index, query: &Query) -> Vec<Option<WordSaid>> {
        let is_compared = |concept: &&Concept| !concept.is_a_name() && concept.weight >= MIN_WEIGHT;
        let place = |concept| Some(concept).filter(is_compared).and_then(|concept: &Concept| concept.place.clone());
        let word = |concept| {
            let written = query.plain[place(concept)?].to_lowercase();
            Some(QuestionWord { written, terms: &concept.terms })
        };
        let words: Vec<QuestionWord<'_>> = query.concepts.iter().filter_map(word).take(MAX_WORDS).collect();
        let mut said = self.vectors.words(index, &words).into_iter().map(WordSaid::by);
        query.concepts.iter().map(|concept| place(concept).and_then(|_| said.next())).collect()
    }

    /// Returns, for each of some passages, the likelihood of each concept that the passage meets it by meaning.
    pub(crate) fn concepts_met(&self, query: &Query, passages: impl Iterator<Item = usize>) -> Vec<Vec<f32>> {
        let places =
            query.concepts.iter().map(|concept| if concept.is_a_name() { None } else { concept.place.clone() });
        let tokens = self.vectors.tokens_of(&query.plain, places);
        let likelihood = |cosine| likelihood(cosine, PHRASE_UNLIKE, PHRASE_ALIKE);
        passages
            .map(|passage| {
                let met = |tokens: &Range<usize>| likelihood(self.vectors.phrase(&self.alone, tokens, passage));
                tokens.iter().map(met).collect()
            })
            .collect()
    }
}

/// How likely a word of the question is said by a word of the releases, in whatever language.
pub(crate) struct WordSaid {
    /// By one of each release.
    pub(crate) by_releases: Vec<f32>,
    /// By one of any release.
    pub(crate) anywhere: f32,
}

impl WordSaid {
    fn by(cosines: WordCosines) -> Self {
        let likelihood = |cosine| likelihood(cosine, WORD_UNLIKE, WORD_ALIKE);
        let by_releases = cosines.of_releases.into_iter().map(likelihood).collect();
        Self { by_releases, anywhere: likelihood(cosines.anywhere) }
    }
}

/// Returns the likelihood that two texts say the same by their cosine: 0 where they are unlike, 1 where they are alike.
fn likelihood(cosine: f32, unlike: f32, alike: f32) -> f32 {
    ((cosine - unlike) / (alike - unlike)).clamp(0.0, 1.0)
}

/// Sets a feature of the first candidates, and that of the others to the least of these; 0 for all where there are none.
fn set_or_least(
    candidates: &mut [Candidate],
    values: impl Iterator<Item = f32>,
    feature: impl Fn(&mut Features) -> &mut f32,
) {
    let values: Vec<f32> = values.collect();
    let least = values.iter().copied().reduce(f32::min).unwrap_or_default();
    let values = values.into_iter().chain(iter::repeat(least));
    candidates.iter_mut().zip(values).for_each(|(candidate, value)| *feature(&mut candidate.features) = value);
}

/// Returns the mean similarity of each release's two best passages.
fn of_releases(index: &Index, of_all: &[f32]) -> Vec<f32> {
    let mut best_two = vec![[-1.0_f32; 2]; index.releases.len()];
    for (passage, similarity) in index.passages.iter().zip(of_all) {
        let [first, second] = &mut best_two[passage.release];
        if similarity > first {
            (*second, *first) = (*first, *similarity);
        } else if similarity > second {
            *second = *similarity;
        }
    }
    // A release of one passage has no second: it counts as somewhat less similar, not as unlike as can be.
    best_two.iter().map(|[first, second]| (first + second.max(*first - 0.1)) / 2.0).collect()
}
