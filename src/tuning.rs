//! Fitting of the weights of the ranking on labelled questions of many corpora.
//!
//! The order of passages is fitted listwise: the softmax over a question's candidates should put its mass on the right
//! ones (Cao et al. 2007, ListNet's top-one likelihood). The decision is a logistic regression on the features of the
//! best passage, in which what speaks for a passage never lowers the odds and what speaks against it never raises them:
//! questions unlike any labelled one must not be decided by the wrong sign of a weight that made up for another's. So is
//! what is near a question that no passage answers. All have an L2 penalty and are found by Adam on the whole set, so a
//! run that starts from the same weights repeats to the digit; with other weights the questions before follow-ups are
//! answered otherwise, and what these follow is other.
//!
//! Every corpus counts the same, however many questions it has; corpora of the same releases count as one. Questions of one corpus are asked of the others too, where
//! nothing answers them. The figures are of fits without the corpus that they are judged on.

mod descent;
mod report;

use std::collections::{BTreeMap, BTreeSet};

use self::descent::{Point, add, minimise, sum, to_weights, values};
pub use self::report::Report;
use self::report::Totals;
use crate::evaluation::{self, LabelledCorpus, LabelledQuestion};
use crate::intent::{self, Examples, Intent};
use crate::search::{Candidate, Features, Question, Ranking, SearchIndex, Side, SideWeights};

/// L2 penalty on the weights of the order; the features are all from 0 to about 1. From .0007 to .005 the figures that
/// `pressdesk tune --dry-run` prints hardly move.
const SCORE_PENALTY: f64 = 0.002;
/// L2 penalty on the weights of the decision; chosen by the same figures, from .0001 to .001.
const CONFIDENCE_PENALTY: f64 = 0.0005;
/// Number of parts into which the questions of a lone corpus are cut for cross-validation.
const N_FOLDS: usize = 5;
/// Maximum number of questions of one corpus that are asked of each other one.
const MAX_FROM_ELSEWHERE: usize = 60;
/// Share of the questions of other corpora in the weight of a corpus. There are many more of them than of its own, and they are
/// far easier to refuse.
const ELSEWHERE_SHARE: f64 = 0.3;
/// Maximum share of answerable questions that are refused, on average over the corpora; half of it by words alone, which tell less of
/// what has no answer. What `pressdesk tune` prints of corpora left out says what it trades: with a threshold of .55 in place of .36
/// right replies were .65 in place of .62 on average over five organisations, but one answerable question in six was refused in
/// place of one in ten.
const MAX_REFUSED: f64 = 0.08;
/// Maximum share of the questions far out of scope that are shown a release as near.
const MAX_FAR_SHOWN: f64 = 0.3;
/// Maximum number of labelled questions that intents are fitted on.
const MAX_INTENT_QUESTIONS: usize = 1_000;

/// One question with what the ranking chooses from.
struct Example {
    candidates: Vec<(Features, bool)>,
    is_answerable: bool,
    /// Set for a question out of scope that is near what the releases are about.
    is_near: bool,
    /// Set for a question that has nothing to do with the releases.
    is_far: bool,
    /// The number of the corpus.
    corpus: usize,
    /// Number of the questions that are left out together: those of a corpus, with corpora of the same releases in other languages;
    /// of a lone corpus, those of a part.
    fold: usize,
    /// Set for a labelled question as it stands, unset for a variant of one.
    is_original: bool,
    /// Set for a question of another corpus.
    is_from_elsewhere: bool,
}

/// Fits the weights of each side on all questions; the figures are of fits without the corpus they are judged on.
///
/// Questions for a contact are left out, because the passages do not decide them. Every question that follows no other
/// is also learnt from as if it had been asked after some release that has nothing to do with it, or the ranking would
/// learn to stay with what was talked about.
#[must_use]
pub fn fit(corpora: &[LabelledCorpus]) -> (Ranking, Report) {
    let mut examples = Vec::new();
    for (number, corpus) in corpora.iter().enumerate() {
        let shares_releases = |other: &LabelledCorpus| {
            let releases = || other.conversation.desk().corpus().releases.iter();
            corpus
                .questions()
                .filter_map(|labelled| labelled.gold_release.as_ref())
                .any(|id| releases().any(|of| of.answers_to(id)))
        };
        let family = corpora.iter().position(shares_releases).unwrap_or(number);
        let is_lone = corpora.len() == 1;
        let of_corpus = examples_of(corpus, |question| if is_lone { question % N_FOLDS } else { family });
        let elsewhere = corpora.iter().flat_map(|other| from_elsewhere(corpus, other, family));
        examples.extend(of_corpus.into_iter().chain(elsewhere).map(|example| Example { corpus: number, ..example }));
    }
    let has_vectors = corpora.iter().all(|corpus| corpus.conversation.desk().index().side() != Side::Words);
    let folds: BTreeSet<usize> = examples.iter().map(|example| example.fold).collect();
    let mut report = Report::default();
    let mut sides = Vec::new();
    for side in Side::ALL.into_iter().filter(|side| has_vectors || *side == Side::Words) {
        let mut totals = vec![Totals::default(); corpora.len()];
        for fold in &folds {
            let (kept, learnt): (Vec<&Example>, Vec<&Example>) =
                examples.iter().partition(|example| example.fold == *fold);
            let weights = fit_on(&learnt, side);
            for example in kept.into_iter().filter(|example| example.is_original) {
                totals[example.corpus].add(&weights, example);
            }
        }
        report.add(side, corpora, totals);
        sides.push((side, fit_on(&examples.iter().collect::<Vec<_>>(), side)));
    }
    (Ranking::new(sides), report)
}

/// Makes the examples of a corpus; `fold` takes the number of a question.
fn examples_of(corpus: &LabelledCorpus, fold: impl Fn(usize) -> usize) -> Vec<Example> {
    let passages_decide = |labelled: &&LabelledQuestion| labelled.kind.as_deref() != Some("contact");
    let index = corpus.conversation.desk().index();
    let releases = &index.corpus().releases;
    let mut examples = Vec::new();
    for (number, labelled) in corpus.questions().filter(passages_decide).enumerate() {
        let Some(mut question) = labelled.turn(&corpus.conversation, 0).question else { continue };
        examples.push(example(index, labelled, &question, fold(number)));
        if labelled.context.is_none() {
            let mut others = releases.iter().cycle().skip(number).take(releases.len());
            if let Some(other) = others.find(|release| Some(&release.id) != labelled.gold_release.as_ref()) {
                question.context = vec![other.id.clone()];
                let variant = example(index, labelled, &question, fold(number));
                examples.push(Example { is_original: false, ..variant });
            }
        }
    }
    examples
}

/// Makes examples of answerable questions of another corpus, which this one does not answer.
fn from_elsewhere(corpus: &LabelledCorpus, other: &LabelledCorpus, fold: usize) -> Vec<Example> {
    let index = corpus.conversation.desk().index();
    evaluation::elsewhere(other.questions(), index.corpus(), MAX_FROM_ELSEWHERE)
        .into_iter()
        .filter_map(|labelled| {
            let question = labelled.turn(&corpus.conversation, 0).question?;
            let example = example(index, &labelled, &question, fold);
            Some(Example { is_from_elsewhere: true, ..example })
        })
        .collect()
}

/// Fits the weights of the intents on the examples and on the labelled questions; those far out of scope are left out, because
/// some are small talk. `None` without a corpus.
#[must_use]
pub fn fit_intents(
    corpora: &[LabelledCorpus],
    examples: &Examples,
) -> Option<(intent::IntentWeights, intent::IntentFigures)> {
    let conversation = &corpora.first()?.conversation;
    let questions = corpora.iter().flat_map(LabelledCorpus::questions);
    let near = questions.filter(|labelled| labelled.oos.as_deref() != Some("far"));
    let labelled = near.map(|labelled| {
        let is_contact = labelled.kind.as_deref() == Some("contact");
        (labelled.question.clone(), if is_contact { Intent::Contact } else { Intent::Question })
    });
    // With more of them than of examples, a cry for help in new words is soon taken for a question.
    let labelled: Vec<(String, Intent)> = labelled.collect();
    let labelled: Vec<(String, Intent)> =
        labelled.iter().step_by(labelled.len().div_ceil(MAX_INTENT_QUESTIONS).max(1)).cloned().collect();
    let index = conversation.desk().index();
    let embed = |text: &str| index.embed(text).map(|embedded| embedded.embedding.pooled);
    Some(intent::fit(conversation.classifier(), examples, &labelled, embed))
}

fn example(index: &SearchIndex, labelled: &LabelledQuestion, question: &Question, fold: usize) -> Example {
    let judged = |candidate: &Candidate| {
        let release = &index.corpus().releases[candidate.release];
        (candidate.features, evaluation::is_gold(labelled, &release.id, candidate.paragraph))
    };
    let mut looked_at = index.score_candidates(question);
    looked_at.sort_by_key(|candidate| (candidate.release, candidate.paragraph));
    let candidates = looked_at.iter().map(judged).collect();
    let is_of_level = |level: &str| labelled.oos.as_deref() == Some(level);
    Example {
        candidates,
        is_answerable: labelled.gold_release.is_some(),
        is_near: is_of_level("near"),
        is_far: is_of_level("far"),
        corpus: 0,
        fold,
        is_original: true,
        is_from_elsewhere: false,
    }
}

fn fit_on(examples: &[&Example], side: Side) -> SideWeights {
    let lists: Vec<&Example> =
        examples.iter().copied().filter(|example| example.candidates.iter().any(|(_, right)| *right)).collect();
    let shares = weights_of(&lists);
    let listed =
        lists.iter().map(|example| example.candidates.iter().map(|(features, right)| (values(features), *right)));
    let listed: Vec<Vec<(Point, bool)>> = listed.map(Iterator::collect).collect();
    let score = minimise(side.in_order(), SCORE_PENALTY, |weights, gradient| {
        for (list, share) in listed.iter().zip(&shares) {
            add_list_gradient(list, weights, *share, gradient);
        }
    });
    let mut fitted = SideWeights { score: to_weights(&score), ..SideWeights::default() };
    let best: Vec<(Features, &Example)> =
        examples.iter().filter_map(|example| Some((example.best(&fitted)?.0, *example))).collect();
    let decide = |chosen: &[(Features, &Example)], holds: fn(&Example) -> bool| {
        let chosen_examples: Vec<&Example> = chosen.iter().map(|(_, example)| *example).collect();
        let shares = weights_of(&chosen_examples);
        let judged = chosen.iter().map(|(features, example)| (values(features), f64::from(holds(example))));
        let judged: Vec<(Point, f64)> = judged.collect();
        to_weights(&minimise(side.in_decision(), CONFIDENCE_PENALTY, |weights, gradient| {
            for ((values, holds), share) in judged.iter().zip(&shares) {
                let miss = holds - 1.0 / (1.0 + (-sum(weights, values)).exp());
                add(gradient, values, -miss * share);
            }
        }))
    };
    // The decision is whether the releases answer at all: to refuse is no better than to show the second best.
    let (followed, alone): (Vec<_>, Vec<_>) = best.into_iter().partition(|(features, _)| features.is_followed());
    let alone: Vec<_> = alone.into_iter().filter(|(_, example)| example.is_original).collect();
    fitted.confidence = decide(&alone, |example| example.is_answerable);
    fitted.confidence_followed = decide(&followed, |example| example.is_answerable);
    fitted.nearness = decide(&alone, |example| !example.is_far && !example.is_from_elsewhere);
    let max_refused = if side == Side::Words { MAX_REFUSED / 2.0 } else { MAX_REFUSED };
    fitted.threshold.answer = answer_threshold(examples, &fitted, max_refused);
    fitted.threshold.near = near_threshold(examples, &fitted);
    fitted
}

/// Returns the weight of each example: every fold weighs the same, and in it the questions of other corpora [`ELSEWHERE_SHARE`].
fn weights_of(examples: &[&Example]) -> Vec<f64> {
    let parts = examples.iter().map(|example| (example.fold, usize::from(example.is_from_elsewhere)));
    shares_of(parts, &[1.0 - ELSEWHERE_SHARE, ELSEWHERE_SHARE])
}

/// Returns the weights of items, each given by its fold and the part of the fold that it belongs to: every fold weighs the same, and
/// the parts in it as `of_parts` says, as far as it has them.
fn shares_of(items: impl Iterator<Item = (usize, usize)> + Clone, of_parts: &[f64]) -> Vec<f64> {
    let mut counts: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (fold, part) in items.clone() {
        counts.entry(fold).or_insert_with(|| vec![0.0; of_parts.len()])[part] += 1.0;
    }
    let of_all: BTreeMap<usize, f64> = counts
        .iter()
        .map(|(fold, counts)| {
            (*fold, counts.iter().zip(of_parts).filter(|(n, _)| **n > 0.0).map(|(_, share)| share).sum())
        })
        .collect();
    let n_folds = counts.len() as f64;
    items.map(|(fold, part)| of_parts[part] / (of_all[&fold] * counts[&fold][part] * n_folds)).collect()
}

/// Returns the highest confidence that all but `max_refused` of the answerable questions reach, each corpus counting the same.
fn answer_threshold(examples: &[&Example], weights: &SideWeights, max_refused: f64) -> f32 {
    let chosen: Vec<&Example> =
        examples.iter().copied().filter(|example| example.is_original && example.is_answerable).collect();
    let confidence =
        |example: &Example| example.best(weights).map_or(0.0, |(features, _)| weights.confidence(&features));
    let mut judged: Vec<(f32, f64)> =
        chosen.iter().map(|example| confidence(example)).zip(weights_of(&chosen)).collect();
    judged.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut refused = 0.0;
    let reached = judged.iter().find(|(_, share)| {
        refused += share;
        refused > max_refused
    });
    // Rounded down to a hundredth, so that the one that reaches it does.
    reached.map_or(0.5, |(confidence, _)| (confidence * 100.0).floor() / 100.0)
}

/// Returns the lowest nearness that at most [`MAX_FAR_SHOWN`] of the questions far out of scope reach.
fn near_threshold(examples: &[&Example], weights: &SideWeights) -> f32 {
    let is_far = |example: &&&Example| example.is_original && (example.is_far || example.is_from_elsewhere);
    let far = examples.iter().filter(is_far);
    let mut reached: Vec<f32> = far.filter_map(|example| Some(weights.nearness(&example.best(weights)?.0))).collect();
    reached.sort_unstable_by(|a, b| b.total_cmp(a));
    let n_shown = (reached.len() as f64 * MAX_FAR_SHOWN) as usize;
    // Rounded up to a hundredth, so that the one that reaches it does not.
    reached.get(n_shown).map_or(0.5, |nearness| ((nearness * 100.0).floor() + 1.0) / 100.0)
}

/// Adds the gradient of −log(mass on the right candidates) of one list.
fn add_list_gradient(list: &[(Point, bool)], weights: &Point, share: f64, gradient: &mut Point) {
    let scores: Vec<f64> = list.iter().map(|(values, _)| sum(weights, values)).collect();
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let masses: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
    let total: f64 = masses.iter().sum();
    let right: f64 = masses.iter().zip(list).filter(|(_, (_, right))| *right).map(|(mass, _)| mass).sum();
    for ((values, is_right), mass) in list.iter().zip(&masses) {
        let pull = if *is_right { mass / right } else { 0.0 };
        add(gradient, values, share * (mass / total - pull));
    }
}

impl Example {
    /// Returns the candidate that a ranking puts first, and whether it is right.
    fn best(&self, weights: &SideWeights) -> Option<(Features, bool)> {
        self.candidates.iter().copied().max_by(|(a, _), (b, _)| weights.score(a).total_cmp(&weights.score(b)))
    }
}
