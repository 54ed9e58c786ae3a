//! Ranking of the passages that may answer a question: candidates, their features, their weights.

mod features;
mod query_terms;
mod similarity;
mod weights;

use std::collections::{BTreeMap, HashMap};

pub use self::features::{Allowed, Features, N_FEATURES, Side};
pub(crate) use self::query_terms::QueryTerms;
use self::similarity::Similarity;
pub use self::weights::{Ranking, SideWeights, Thresholds, Weights};
use super::index::vectors::VectorIndex;
use super::index::{Index, Passage};
use super::question::Question;
use super::question::query::Query;
use super::text::kinds::Kinds;

/// Number of candidates picked by terms, and of those picked by similarity.
const N_CANDIDATES: usize = 16;

/// Weight that counts as 1 in the amount of a question that is met, in nats: about that of three rare words.
const AMOUNT: f32 = 20.0;

/// Weight, in nats, from which on a word may be what a question is about: “training”, not “paid”.
pub(super) const MIN_TOPIC_WEIGHT: f32 = 1.0;

/// A passage with its features.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    pub(super) passage: usize,
    /// Number of its release in the corpus.
    pub release: usize,
    /// Number of its paragraph, counted from 0.
    pub paragraph: usize,
    /// Features of the passage and the question.
    pub features: Features,
}

/// A question compared with the passages of an index.
pub(crate) struct Ranker<'a> {
    pub(crate) index: &'a Index,
    pub(crate) question: &'a Question,
    side: Side,
    pub(crate) query: Query,
    pub(crate) terms: QueryTerms,
    /// Need of what was talked about to be understood, 0 to 1; 0 where nothing was.
    pub(crate) follows: f32,
    similarity: Option<Similarity<'a>>,
}

impl<'a> Ranker<'a> {
    /// Compares by one side; without `vectors`, by words.
    pub(crate) fn new(
        index: &'a Index,
        vectors: Option<&'a VectorIndex>,
        side: Side,
        question: &'a Question,
        query: Query,
    ) -> Self {
        let terms = QueryTerms::resolve(&query.concepts, &index.terms);
        let mut ranker = Self { index, side, question, query, terms, follows: 0.0, similarity: None };
        ranker.follows = ranker.need_of_context();
        let vectors = vectors.filter(|_| side != Side::Words);
        let follows = ranker.follows > 0.0;
        ranker.similarity = vectors.map(|vectors| Similarity::new(vectors, index, question, &ranker.query, follows));
        ranker
    }

    /// Returns the need of what was talked about. A question that may stand alone does if other releases have its topic and those
    /// talked about do not: “who paid for the workshop?” after another release.
    fn need_of_context(&self) -> f32 {
        let follows = if self.question.context.is_empty() { 0.0 } else { self.query.follows };
        if follows == 0.0 || !self.query.may_stand_alone {
            return follows;
        }
        let topics = self.terms.heavier_than(MIN_TOPIC_WEIGHT) & !self.terms.unknown;
        let has_topic = |passage: &Passage| {
            let around = self.terms.met_by(&self.index.releases[passage.release].around);
            let met = passage.sentences.iter().fold(around, |met, sentence| met | self.terms.met_in(passage, sentence));
            met & topics != 0
        };
        let mut talked_about = self.index.passages.iter().filter(|passage| self.talked_about(passage) > 0.0);
        if topics == 0 || talked_about.any(has_topic) { follows } else { 0.0 }
    }

    /// Returns the similarity of a sentence of a passage to the question, 0 by words alone.
    pub(crate) fn similarity_of_sentence(&self, passage: usize, sentence: usize) -> f32 {
        self.similarity.as_ref().map_or(0.0, |similarity| similarity.of_sentence(passage, sentence))
    }

    /// Returns the candidates by their scores, best first.
    pub(crate) fn rank(&self, weights: &SideWeights) -> Vec<Candidate> {
        let candidates = self.score_candidates().into_iter();
        let mut scored: Vec<(f32, Candidate)> =
            candidates.map(|candidate| (weights.score(&candidate.features), candidate)).collect();
        scored.sort_by(|(a_score, a), (b_score, b)| b_score.total_cmp(a_score).then(a.passage.cmp(&b.passage)));
        scored.into_iter().map(|(_, candidate)| candidate).collect()
    }

    /// Picks candidates by terms and by similarity, with those of the releases talked about, and computes their features.
    pub(crate) fn score_candidates(&self) -> Vec<Candidate> {
        let mut around_of: HashMap<usize, u64> = HashMap::new();
        let picked = self.pick();
        let meant =
            self.similarity.as_ref().map(|similarity| similarity.concepts_met(&self.query, picked.keys().copied()));
        let mut meant = meant.into_iter().flatten();
        let candidates = picked.into_iter().map(|(number, bm25)| {
            let release = self.index.passages[number].release;
            let around =
                around_of.entry(release).or_insert_with(|| self.terms.met_by(&self.index.releases[release].around));
            self.candidate(number, bm25, *around, &meant.next().unwrap_or_default())
        });
        candidates.collect()
    }

    /// Picks candidates, each with its BM25.
    fn pick(&self) -> BTreeMap<usize, f32> {
        let mut picked = BTreeMap::new();
        if self.side != Side::Meaning {
            let terms = self.query.concepts.iter().flat_map(|concept| &concept.terms);
            picked.extend(self.index.words.search(terms, N_CANDIDATES));
        }
        for passage in self.similarity.iter().flat_map(|similarity| similarity.most_similar(N_CANDIDATES)) {
            picked.entry(passage).or_insert(0.0);
        }
        if !self.question.context.is_empty() {
            for (number, passage) in self.index.passages.iter().enumerate() {
                if self.talked_about(passage) > 0.0 {
                    picked.entry(number).or_insert(0.0);
                }
            }
        }
        picked.retain(|number, _| !self.index.passages[*number].introduces_list);
        picked
    }

    /// Returns 1 for a passage of the release talked about last, less for those talked about before, 0 for others.
    fn talked_about(&self, passage: &Passage) -> f32 {
        let release = self.index.release_of(passage);
        reciprocal_rank(self.question.context.iter().position(|id| release.answers_to(id)))
    }

    /// Returns 1 for the passage just shown first, less for those shown below, 0 for others.
    fn was_shown(&self, passage: &Passage) -> f32 {
        let release = self.index.release_of(passage);
        let mut shown = self.question.shown.iter();
        reciprocal_rank(
            shown.position(|shown| shown.paragraph == passage.paragraph && release.answers_to(&shown.release)),
        )
    }

    /// Makes a candidate; `around` are the concepts met around its release's paragraphs, `meant` is the likelihood of each concept
    /// that the passage meets it by meaning.
    fn candidate(&self, number: usize, bm25: f32, around: u64, meant: &[f32]) -> Candidate {
        let passage = &self.index.passages[number];
        let mut features = self.features(passage, bm25, around, meant);
        if let Some(similarity) = &self.similarity {
            let given = |evidence: &Kinds| self.query.asked.share_given(*evidence).unwrap_or(1.0);
            similarity.add_to(&mut features, number, passage, passage.evidence.iter().map(given));
        }
        Candidate { passage: number, release: passage.release, paragraph: passage.paragraph, features }
    }

    /// Computes the features that need no embedding.
    fn features(&self, passage: &Passage, bm25: f32, around: u64, meant: &[f32]) -> Features {
        let (terms, query) = (&self.terms, &self.query);
        // Every term stands in a sentence.
        let in_sentences = passage.sentences.iter().map(|sentence| terms.met_in(passage, sentence));
        let met = in_sentences.fold(around | terms.met_by(&passage.introduction), |met, in_sentence| met | in_sentence);
        let met = if self.side == Side::Meaning { 0 } else { met };
        let evidence = query.asked.share_given(passage.evidence());
        let details = self.index.releases[passage.release].details;
        let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
        let talked_about = self.talked_about(passage);
        // Half a question is soon met whole, by any passage: its words count for what they are worth as half of one.
        let alone = 1.0 - self.follows;
        let weight_met = alone * terms.weight_met(met, meant);
        let unmet = alone * (terms.heaviest(!met) / self.index.terms.rarity(0));
        // A few words may be of any language.
        let language = self.index.release_of(passage).language;
        let is_in_own_language = self.question.language.is_none_or(|of_question| of_question == language);
        let names = terms.names | if is_in_own_language { terms.own_names } else { 0 };
        Features {
            words: alone * terms.share_of_bm25(bm25),
            met: terms.share_of(weight_met),
            met_amount: (weight_met / AMOUNT).min(2.0),
            met_by_words: alone * terms.share(met),
            met_followed: self.follows * terms.share(met),
            unmet_of_own: if is_in_own_language { unmet } else { 0.0 },
            unmet_name: flag(names & !met & !terms.unknown != 0),
            absent_name: flag(names & terms.unknown != 0),
            unmet_number: flag(terms.numbers & !met != 0),
            no_evidence: flag(evidence == Some(0.0)),
            lacks_detail: flag(query.asked.lacks_detail(details)),
            context: talked_about,
            context_followed: talked_about * self.follows,
            shown_followed: self.was_shown(passage) * self.follows,
            ..Features::default()
        }
    }
}

fn reciprocal_rank(position: Option<usize>) -> f32 {
    position.map_or(0.0, |position| 1.0 / (1.0 + position as f32))
}
