//! A closer look at the passages that may answer: what is known of each and the question, as features.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::meaning::{self, Likeness, QuestionMeaning};
use super::query::{self, Query};
use super::{Features, Passage, Question, SearchIndex, Shown, Side, kind, words};
use crate::language::Language;

/// How many candidates the words pick for the closer look, and the meaning too.
const N_CANDIDATES: usize = 16;

impl SearchIndex {
    /// Numbers the terms of a query, each with the concepts it may stand for.
    pub(super) fn look_up(&self, query: &Query) -> Looks {
        let mut numbered: HashMap<u32, u64> = HashMap::new();
        for (at, concept) in query.concepts.iter().enumerate().take(64) {
            for term in &concept.terms {
                if let Some(number) = self.terms.numbers.get(term) {
                    *numbered.entry(*number).or_default() |= 1 << at;
                }
            }
        }
        let concepts = query.concepts.iter().take(64);
        let weights: Vec<f32> = concepts.clone().map(|concept| concept.weight).collect();
        let unknown = concepts
            .enumerate()
            .filter(|(_, concept)| concept.terms.is_empty())
            .fold(0, |unknown, (at, _)| unknown | 1 << at);
        let names = query.concepts.iter().take(64).enumerate().filter(|(_, concept)| concept.is_name);
        let names = names.fold(0, |names, (at, _)| names | 1 << at);
        let total = weights.iter().sum();
        let highest_bm25 =
            words::LARGEST_GAIN * query.concepts.iter().take(64).map(|concept| concept.rarity).sum::<f32>();
        let mut concepts_of: Vec<(u32, u64)> = numbered.into_iter().collect();
        concepts_of.sort_unstable();
        Looks { concepts_of, weights, total, highest_bm25, unknown, names }
    }

    /// Takes a question apart: its words, its meaning, what it follows.
    pub(super) fn asked<'a>(&self, question: &'a Question) -> Asked<'a> {
        let query = self.query(question);
        let looks = self.look_up(&query);
        let follows = if question.context.is_empty() { 0.0 } else { query.follows };
        let meaning = self.meaning.as_ref().filter(|_| self.side != Side::Words).map(|meaning| {
            let of = |text: &str| meaning.of_question(text, question.language);
            let alone = of(&query.plain);
            let text_in_context = meaning::in_context(&self.corpus, &question.context, &query.plain);
            let in_context = text_in_context.filter(|_| follows > 0.0).map(|text| of(&text));
            let of_all = meaning.of_all(&alone);
            AskedMeaning { landscape: self.landscape(&of_all), alone, in_context, of_all }
        });
        Asked {
            language: question.language,
            context: &question.context,
            shown: &question.shown,
            query,
            looks,
            follows,
            meaning,
        }
    }

    /// Returns what the likenesses of all passages look like together, so that one of them can be judged.
    fn landscape(&self, of_all: &[f32]) -> Landscape {
        let n = of_all.len().max(1) as f32;
        let mean = of_all.iter().sum::<f32>() / n;
        let deviation = (of_all.iter().map(|cosine| (cosine - mean).powi(2)).sum::<f32>() / n).sqrt();
        let mut best_two = vec![[-1.0_f32; 2]; self.releases.len()];
        for (passage, cosine) in self.passages.iter().zip(of_all) {
            let [first, second] = &mut best_two[passage.release];
            if cosine > first {
                (*second, *first) = (*first, *cosine);
            } else if cosine > second {
                *second = *cosine;
            }
        }
        // A release of one passage has no second: it counts as somewhat less like, not as unlike as can be.
        let of_release = best_two.iter().map(|[first, second]| (first + second.max(*first - 0.1)) / 2.0).collect();
        Landscape { mean, deviation, of_release }
    }

    pub(super) fn likeness_of_sentence(&self, asked: &Asked<'_>, passage: usize, sentence: usize) -> f32 {
        match (&self.meaning, &asked.meaning) {
            (Some(meaning), Some(question)) => {
                let vector = question.in_context.as_ref().unwrap_or(&question.alone);
                meaning.sentence(vector, passage, sentence)
            }
            _ => 0.0,
        }
    }

    /// Picks passages by words and by meaning, with those of the releases talked about, and looks at each closely.
    pub(super) fn candidates(&self, asked: &Asked<'_>) -> Vec<Candidate> {
        let by_words =
            if self.side == Side::Meaning { Vec::new() } else { self.words.search(&asked.query, N_CANDIDATES) };
        let mut picked: BTreeMap<usize, f32> = by_words.into_iter().collect();
        if let Some(meaning) = &asked.meaning {
            for passage in highest(&meaning.of_all, N_CANDIDATES) {
                picked.entry(passage).or_insert(0.0);
            }
        }
        if !asked.context.is_empty() {
            for (number, passage) in self.passages.iter().enumerate() {
                if self.talked_about(asked.context, passage) > 0.0 {
                    picked.entry(number).or_insert(0.0);
                }
            }
        }
        let mut met_by_releases: HashMap<usize, MetByRelease> = HashMap::new();
        let mut candidates: Vec<Candidate> = Vec::with_capacity(picked.len());
        for (number, bm25) in picked {
            let release = self.passages[number].release;
            let met = met_by_releases.entry(release).or_insert_with(|| self.met_by_release(&asked.looks, release));
            candidates.push(self.candidate(asked, number, bm25, *met));
        }
        if let (Some(meaning), Some(question)) = (&self.meaning, &asked.meaning) {
            let passages: Vec<usize> = candidates.iter().map(|candidate| candidate.passage).collect();
            let met = standardised(&meaning.phrases_met(&question.alone, &passages));
            candidates.iter_mut().zip(met).for_each(|(candidate, met)| candidate.features.like_phrases = met);
        }
        candidates
    }

    /// Tells how much a passage's release is the one talked about: 1 for the release shown first, less for those below.
    fn talked_about(&self, context: &[String], passage: &Passage) -> f32 {
        let release = &self.corpus.releases[passage.release];
        let place = context.iter().position(|id| release.answers_to(id));
        place.map_or(0.0, |place| 1.0 / (1.0 + place as f32))
    }

    /// Tells how much a passage was just shown: 1 for the one shown first, less for those below.
    fn was_shown(&self, shown: &[Shown], passage: &Passage) -> f32 {
        let release = &self.corpus.releases[passage.release];
        let is_this = |shown: &Shown| shown.paragraph == passage.paragraph && release.answers_to(&shown.release);
        shown.iter().position(is_this).map_or(0.0, |place| 1.0 / (1.0 + place as f32))
    }

    fn met_by_release(&self, looks: &Looks, release: usize) -> MetByRelease {
        let met_by = |terms: &HashSet<u32>| {
            let met = looks.concepts_of.iter().filter(|(term, _)| terms.contains(term));
            met.fold(0, |met, (_, concepts)| met | concepts)
        };
        let release = &self.releases[release];
        MetByRelease { around: met_by(&release.around), all: met_by(&release.all) }
    }

    fn candidate(&self, asked: &Asked<'_>, number: usize, bm25: f32, by_release: MetByRelease) -> Candidate {
        let passage = &self.passages[number];
        let looks = &asked.looks;
        // Every token stands in a sentence.
        let in_sentences: Vec<u64> = passage.sentences.iter().map(|sentence| passage.met_in(sentence, looks)).collect();
        let in_text = in_sentences.iter().fold(0, |met, in_sentence| met | in_sentence);
        let in_sentence = in_sentences.iter().map(|met| looks.weight(*met)).fold(0.0, f32::max);
        let met = in_text | by_release.around;
        let evidence = kind::share_given(asked.query.asked, passage.evidence());
        let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
        let talked_about = self.talked_about(asked.context, passage);
        let was_shown = self.was_shown(asked.shown, passage);
        let unmet = looks.heaviest(!met) / query::inverse_document_frequency(0, self.passages.len());
        let release = &self.corpus.releases[passage.release];
        // Half a question is soon met whole, by any passage: its words count for what they are worth as half of one.
        let alone = 1.0 - asked.follows;
        let mut features = Features {
            // A word that is rarer in the text than around it may gain more than its weight.
            words: alone * (bm25 / looks.highest_bm25.max(f32::MIN_POSITIVE)).min(1.0),
            coverage: alone * looks.share(looks.weight(in_text)),
            coverage_around: alone * looks.share(looks.weight(met)),
            sentence: alone * looks.share(in_sentence),
            release: alone * looks.share(looks.weight(by_release.all)),
            evidence: evidence.unwrap_or(0.0),
            no_evidence: flag(evidence == Some(0.0)),
            lacks_detail: flag(asked.query.details.go_beyond(self.releases[passage.release].details)),
            context: talked_about,
            context_followed: talked_about * asked.follows,
            shown_followed: was_shown * asked.follows,
            coverage_followed: asked.follows * looks.share(looks.weight(met)),
            unmet: alone * unmet,
            unknown: looks.share(looks.weight(looks.unknown)),
            unmet_name: flag(looks.names & !met != 0),
            unmet_of_own: if asked.language == Some(release.language) { alone * unmet } else { 0.0 },
            ..Features::default()
        };
        if let (Some(meaning), Some(question)) = (&self.meaning, &asked.meaning) {
            let Likeness { paragraph, titled, sentence } = meaning.likeness(&question.alone, number);
            let landscape = &question.landscape;
            let in_context = question.in_context.as_ref();
            let answering = passage.evidence.iter().enumerate().map(|(at, evidence)| {
                let given = kind::share_given(asked.query.asked, *evidence).unwrap_or(1.0);
                given * meaning.sentence(&question.alone, number, at)
            });
            features.like_paragraph = paragraph;
            features.like_titled = titled;
            features.like_sentence = sentence;
            features.like_answering = answering.fold(0.0, f32::max);
            features.like_release = landscape.of_release[passage.release];
            features.like_in_context = in_context.map_or(titled, |vector| meaning.likeness(vector, number).titled);
            features.stands_out = STANDARD * (question.of_all[number] - landscape.mean) / landscape.deviation.max(0.01);
        }
        Candidate { passage: number, release: passage.release, paragraph: passage.paragraph, features }
    }
}

/// The concepts that a release meets, a bit each.
#[derive(Clone, Copy)]
struct MetByRelease {
    /// With what stands around its paragraphs.
    around: u64,
    /// Anywhere in it.
    all: u64,
}

/// A question taken apart.
pub(super) struct Asked<'a> {
    pub(super) language: Option<Language>,
    context: &'a [String],
    shown: &'a [Shown],
    pub(super) query: Query,
    pub(super) looks: Looks,
    /// How much it needs what was talked about to be understood, 0 to 1.
    pub(super) follows: f32,
    meaning: Option<AskedMeaning>,
}

/// The meaning of a question, and how like it all passages are.
pub(super) struct AskedMeaning {
    alone: QuestionMeaning,
    /// The same, asked about the release talked about.
    in_context: Option<QuestionMeaning>,
    /// How like it each passage is, by paragraph and best sentence.
    of_all: Vec<f32>,
    landscape: Landscape,
}

/// The likenesses of all passages, summed up.
pub(super) struct Landscape {
    mean: f32,
    deviation: f32,
    /// The mean of each release's two best.
    of_release: Vec<f32>,
}

/// What one standard deviation counts as a feature, which should be from 0 to about 1.
const STANDARD: f32 = 0.2;

/// Returns by how many standard deviations numbers lie above their mean, times [`STANDARD`].
fn standardised(numbers: &[f32]) -> Vec<f32> {
    let n = numbers.len().max(1) as f32;
    let mean = numbers.iter().sum::<f32>() / n;
    let deviation = (numbers.iter().map(|number| (number - mean).powi(2)).sum::<f32>() / n).sqrt();
    numbers.iter().map(|number| STANDARD * (number - mean) / deviation.max(0.001)).collect()
}

/// Returns the places of the highest numbers, at most `limit` of them.
fn highest(numbers: &[f32], limit: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..numbers.len()).collect();
    if limit < places.len() {
        places.select_nth_unstable_by(limit, |a, b| numbers[*b].total_cmp(&numbers[*a]));
        places.truncate(limit);
    }
    places
}

/// A passage that was looked at closely.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    pub(super) passage: usize,
    /// Which release of the corpus.
    pub release: usize,
    /// Which paragraph of it, counted from 0.
    pub paragraph: usize,
    /// What is known of it and the question.
    pub features: Features,
}

/// The concepts of a query by term number; at most 64, a bit each.
#[derive(Debug)]
pub(super) struct Looks {
    concepts_of: Vec<(u32, u64)>,
    weights: Vec<f32>,
    total: f32,
    /// What a passage would get that meets every concept as often as helps.
    highest_bm25: f32,
    /// The concepts that no passage meets.
    pub(super) unknown: u64,
    /// The concepts that are a place or a year.
    pub(super) names: u64,
}

impl Looks {
    pub(super) fn concepts(&self, term: u32) -> u64 {
        // A question has few terms, and a passage is looked through token by token: a search in order beats a hash.
        match self.concepts_of.binary_search_by_key(&term, |(known, _)| *known) {
            Ok(at) => self.concepts_of[at].1,
            Err(_) => 0,
        }
    }

    pub(super) fn weight(&self, concepts: u64) -> f32 {
        self.weights.iter().enumerate().filter(|(at, _)| concepts & (1 << at) != 0).map(|(_, weight)| weight).sum()
    }

    fn heaviest(&self, concepts: u64) -> f32 {
        let chosen = self.weights.iter().enumerate().filter(|(at, _)| concepts & (1 << at) != 0);
        chosen.map(|(_, weight)| *weight).fold(0.0, f32::max)
    }

    pub(super) fn share(&self, weight: f32) -> f32 {
        if self.total > 0.0 { weight / self.total } else { 0.0 }
    }
}
