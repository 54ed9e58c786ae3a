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
//! nothing answers them. The figures are of fits without the corpus that they are judged on; the few weights of need are of all
//! corpora where they tell features.

mod descent;
mod report;

use std::collections::{BTreeMap, BTreeSet};

use self::descent::{N_OF_FEATURES, Point, add, minimise, point, regress, sum, to_need, to_weights};
pub use self::report::Report;
use self::report::Totals;
use crate::evaluation::{self, LabelledCorpus, LabelledQuestion};
use crate::intent::{self, Examples, Intent};
use crate::search::{Candidate, Features, Need, Question, Ranking, SearchIndex, Side, SideWeights, Signs};

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
/// Maximum share of answerable questions that are refused, on average over the corpora; twice that by words alone, which tell less of
/// what has an answer, so that with as few refusals much is quoted that answers nothing. What `pressdesk tune` prints of corpora left out says what it trades: with a threshold of .55 in place of .36
/// right replies were .65 in place of .62 on average over five organisations, but one answerable question in six was refused in
/// place of one in ten.
const MAX_REFUSED: f64 = 0.08;
/// Maximum share of the questions far out of scope that are shown a release as near.
const MAX_FAR_SHOWN: f64 = 0.3;
/// Maximum number of labelled questions that intents are fitted on.
const MAX_INTENT_QUESTIONS: usize = 1_000;

/// One question as it is asked of a corpus.
struct Asked<'c> {
    index: &'c SearchIndex,
    labelled: LabelledQuestion,
    question: Question,
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

/// One question with what the ranking of a side chooses from.
struct Example<'a> {
    asked: &'a Asked<'a>,
    candidates: Vec<(Features, bool)>,
}

/// One question behind an answer, with the signs that it needs it to be understood, and whether it does.
struct NeedExample<'a> {
    asked: &'a Asked<'a>,
    signs: Signs,
    needs: bool,
}

/// Fits the weights of each side on all questions; the figures are of fits without the corpus they are judged on.
///
/// Questions for a contact are left out, because the passages do not decide them. Every question that follows no other
/// is also learnt from as if it had been asked after some release that has nothing to do with it, or the ranking would
/// learn to stay with what was talked about.
#[must_use]
pub fn fit(corpora: &[LabelledCorpus]) -> (Ranking, Report) {
    let mut asked = Vec::new();
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
        let of_corpus = asked_of(corpus, |question| if is_lone { question % N_FOLDS } else { family });
        let elsewhere = corpora.iter().flat_map(|other| from_elsewhere(corpus, other, family));
        asked.extend(of_corpus.into_iter().chain(elsewhere).map(|asked| Asked { corpus: number, ..asked }));
    }
    let has_vectors = corpora.iter().all(|corpus| corpus.conversation.desk().index().side() != Side::Words);
    let folds: BTreeSet<usize> = asked.iter().map(|asked| asked.fold).collect();
    let mut report = Report::default();
    let mut sides = Vec::new();
    for side in Side::ALL.into_iter().filter(|side| has_vectors || *side == Side::Words) {
        let mut totals = vec![Totals::default(); corpora.len()];
        let needs: Vec<NeedExample<'_>> = asked.iter().filter_map(|asked| NeedExample::of(asked, side)).collect();
        for fold in &folds {
            let (kept, learnt): (Vec<&NeedExample<'_>>, Vec<&NeedExample<'_>>) =
                needs.iter().partition(|example| example.asked.fold == *fold);
            let need = fit_need(&learnt, side);
            for example in kept.into_iter().filter(|example| example.asked.is_original) {
                totals[example.asked.corpus].add_need(&need, example);
            }
        }
        // Its few weights, of all corpora, tell the features of questions behind an answer: with other ones they would have to be
        // computed anew.
        let need = fit_need(&needs.iter().collect::<Vec<_>>(), side);
        let examples: Vec<Example<'_>> = asked.iter().map(|asked| Example::of(asked, side, &need)).collect();
        for fold in &folds {
            let (kept, learnt): (Vec<&Example<'_>>, Vec<&Example<'_>>) =
                examples.iter().partition(|example| example.asked.fold == *fold);
            let weights = fit_on(&learnt, side);
            for example in kept.into_iter().filter(|example| example.asked.is_original) {
                totals[example.asked.corpus].add(&weights, example);
            }
        }
        report.add(side, corpora, totals);
        sides.push((side, SideWeights { need, ..fit_on(&examples.iter().collect::<Vec<_>>(), side) }));
    }
    (Ranking::new(sides), report)
}

/// Returns the questions of a corpus as they are asked; `fold` takes the number of a question.
fn asked_of(corpus: &LabelledCorpus, fold: impl Fn(usize) -> usize) -> Vec<Asked<'_>> {
    let passages_decide = |labelled: &&LabelledQuestion| labelled.kind.as_deref() != Some("contact");
    let index = corpus.conversation.desk().index();
    let releases = &index.corpus().releases;
    let mut all = Vec::new();
    for (number, labelled) in corpus.questions().filter(passages_decide).enumerate() {
        let Some(question) = labelled.turn(&corpus.conversation, 0).question else { continue };
        let asked = |question: Question, is_original: bool| Asked {
            index,
            labelled: labelled.clone(),
            question,
            corpus: 0,
            fold: fold(number),
            is_original,
            is_from_elsewhere: false,
        };
        all.push(asked(question.clone(), true));
        if labelled.context.is_none() {
            let mut others = releases.iter().cycle().skip(number).take(releases.len());
            if let Some(other) = others.find(|release| Some(&release.id) != labelled.gold_release.as_ref()) {
                let mut behind_another = question;
                behind_another.context = vec![other.id.clone()];
                all.push(asked(behind_another, false));
            }
        }
    }
    all
}

/// Returns answerable questions of another corpus, which this one does not answer.
fn from_elsewhere<'c>(corpus: &'c LabelledCorpus, other: &LabelledCorpus, fold: usize) -> Vec<Asked<'c>> {
    let index = corpus.conversation.desk().index();
    let all = evaluation::elsewhere(other.questions(), index.corpus(), MAX_FROM_ELSEWHERE).into_iter();
    let asked = all.filter_map(|labelled| {
        let question = labelled.turn(&corpus.conversation, 0).question?;
        Some(Asked { index, labelled, question, corpus: 0, fold, is_original: true, is_from_elsewhere: true })
    });
    asked.collect()
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

impl Asked<'_> {
    fn is_answerable(&self) -> bool {
        self.labelled.gold_release.is_some()
    }

    /// Tells whether it is out of scope and near what the releases are about.
    fn is_near(&self) -> bool {
        self.labelled.oos.as_deref() == Some("near")
    }

    /// Tells whether it has nothing to do with the releases.
    fn is_far(&self) -> bool {
        self.labelled.oos.as_deref() == Some("far")
    }
}

impl<'a> NeedExample<'a> {
    /// Takes a question behind an answer; `None` where there is none, or where it is labelled a follow-up and answered by another
    /// release: it needs the answer and leads away from it.
    fn of(asked: &'a Asked<'a>, side: Side) -> Option<Self> {
        let gold = asked.labelled.gold_release.as_ref()?;
        let signs = asked.index.signs_of_need(&asked.question, side)?;
        let needs = asked.is_original && asked.question.context.contains(gold);
        let leads_away = !needs && asked.labelled.kind.as_deref() == Some("followup");
        (!leads_away).then_some(Self { asked, signs, needs })
    }
}

impl<'a> Example<'a> {
    fn of(asked: &'a Asked<'a>, side: Side, need: &Need) -> Self {
        let judged = |candidate: &Candidate| {
            let release = &asked.index.corpus().releases[candidate.release];
            (candidate.features, evaluation::is_gold(&asked.labelled, &release.id, candidate.paragraph))
        };
        let mut looked_at = asked.index.score_candidates(&asked.question, side, need);
        looked_at.sort_by_key(|candidate| (candidate.release, candidate.paragraph));
        Self { asked, candidates: looked_at.iter().map(judged).collect() }
    }
}

/// Fits the weights of the need of what was talked about. Every corpus counts the same, and so do the questions that need it and the
/// others.
fn fit_need(examples: &[&NeedExample<'_>], side: Side) -> Need {
    let parts = examples.iter().map(|example| (example.asked.fold, usize::from(example.needs)));
    let shares = shares_of(parts, &[0.5, 0.5]);
    let judged = examples.iter().zip(shares).map(|(example, share)| (point(&example.signs), example.needs, share));
    to_need(&regress(&side.in_need(), CONFIDENCE_PENALTY, &judged.collect::<Vec<_>>()))
}

fn fit_on(examples: &[&Example<'_>], side: Side) -> SideWeights {
    let lists: Vec<&Example<'_>> =
        examples.iter().copied().filter(|example| example.candidates.iter().any(|(_, right)| *right)).collect();
    let shares = weights_of(&lists);
    let listed = lists
        .iter()
        .map(|example| example.candidates.iter().map(|(features, right)| (point(&features.values()), *right)));
    let listed: Vec<Vec<(Point<N_OF_FEATURES>, bool)>> = listed.map(Iterator::collect).collect();
    let score = minimise(&side.in_order(), SCORE_PENALTY, |weights, gradient| {
        for (list, share) in listed.iter().zip(&shares) {
            add_list_gradient(list, weights, *share, gradient);
        }
    });
    let mut fitted = SideWeights { score: to_weights(&score), ..SideWeights::default() };
    let best: Vec<(Features, &Example<'_>)> =
        examples.iter().filter_map(|example| Some((example.best(&fitted)?.0, *example))).collect();
    let decide = |chosen: &[(Features, &Example<'_>)], holds: fn(&Asked<'_>) -> bool| {
        let shares = weights_of(&chosen.iter().map(|(_, example)| *example).collect::<Vec<_>>());
        let judged = chosen.iter().zip(shares);
        let judged =
            judged.map(|((features, example), share)| (point(&features.values()), holds(example.asked), share));
        to_weights(&regress(&side.in_decision(), CONFIDENCE_PENALTY, &judged.collect::<Vec<_>>()))
    };
    // The decision is whether the releases answer at all: to refuse is no better than to show the second best.
    let (followed, alone): (Vec<_>, Vec<_>) = best.into_iter().partition(|(features, _)| features.is_followed());
    let alone: Vec<_> = alone.into_iter().filter(|(_, example)| example.asked.is_original).collect();
    fitted.confidence = decide(&alone, |asked| asked.is_answerable());
    fitted.confidence_followed = decide(&followed, |asked| asked.is_answerable());
    fitted.nearness = decide(&alone, |asked| !asked.is_far() && !asked.is_from_elsewhere);
    let max_refused = if side == Side::Words { 2.0 * MAX_REFUSED } else { MAX_REFUSED };
    fitted.threshold.answer = answer_threshold(examples, &fitted, max_refused, false);
    // One threshold serves both decisions: that on half a question is moved to where it refuses as many.
    let of_followed = answer_threshold(examples, &fitted, max_refused, true);
    let log_odds = |likelihood: f32| (likelihood / (1.0 - likelihood)).ln();
    let moved = fitted.confidence_followed.constant + log_odds(fitted.threshold.answer) - log_odds(of_followed);
    fitted.confidence_followed.constant = (moved * 1_000.0).round() / 1_000.0;
    fitted.threshold.near = near_threshold(examples, &fitted);
    fitted
}

/// Returns the weight of each example: every fold weighs the same, and in it the questions of other corpora [`ELSEWHERE_SHARE`].
fn weights_of(examples: &[&Example<'_>]) -> Vec<f64> {
    let parts = examples.iter().map(|example| (example.asked.fold, usize::from(example.asked.is_from_elsewhere)));
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

/// Returns the highest confidence that all but `max_refused` of the answerable questions reach, each corpus counting the same; of
/// those whose best passage is of a release talked about, which they need, or of the others.
fn answer_threshold(examples: &[&Example<'_>], weights: &SideWeights, max_refused: f64, is_followed: bool) -> f32 {
    let confidence = |example: &Example<'_>| {
        let (features, _) = example.best(weights)?;
        (features.is_followed() == is_followed).then(|| weights.confidence(&features))
    };
    let is_chosen = |example: &&&Example<'_>| example.asked.is_original && example.asked.is_answerable();
    let chosen = examples.iter().filter(is_chosen).filter_map(|example| Some((*example, confidence(example)?)));
    let (chosen, confidences): (Vec<&Example<'_>>, Vec<f32>) = chosen.unzip();
    let mut judged: Vec<(f32, f64)> = confidences.into_iter().zip(weights_of(&chosen)).collect();
    judged.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut refused = 0.0;
    let reached = judged.iter().find(|(_, share)| {
        refused += share;
        refused > max_refused
    });
    // Rounded down to a hundredth, so that the one that reaches it does.
    reached.map_or(0.5, |(confidence, _)| ((confidence * 100.0).floor() / 100.0).clamp(0.01, 0.99))
}

/// Returns the lowest nearness that at most [`MAX_FAR_SHOWN`] of the questions far out of scope reach.
fn near_threshold(examples: &[&Example<'_>], weights: &SideWeights) -> f32 {
    let is_far = |example: &&&Example<'_>| {
        let asked = example.asked;
        asked.is_original && (asked.is_far() || asked.is_from_elsewhere)
    };
    let far = examples.iter().filter(is_far);
    let mut reached: Vec<f32> = far.filter_map(|example| Some(weights.nearness(&example.best(weights)?.0))).collect();
    reached.sort_unstable_by(|a, b| b.total_cmp(a));
    let n_shown = (reached.len() as f64 * MAX_FAR_SHOWN) as usize;
    // Rounded up to a hundredth, so that the one that reaches it does not.
    reached.get(n_shown).map_or(0.5, |nearness| ((nearness * 100.0).floor() + 1.0) / 100.0)
}

/// Adds the gradient of −log(mass on the right candidates) of one list.
fn add_list_gradient(
    list: &[(Point<N_OF_FEATURES>, bool)],
    weights: &Point<N_OF_FEATURES>,
    share: f64,
    gradient: &mut Point<N_OF_FEATURES>,
) {
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

impl Example<'_> {
    /// Returns the candidate that a ranking puts first, and whether it is right.
    fn best(&self, weights: &SideWeights) -> Option<(Features, bool)> {
        self.candidates.iter().copied().max_by(|(a, _), (b, _)| weights.score(a).total_cmp(&weights.score(b)))
    }
}
