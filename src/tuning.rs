//! The weights of the ranking, fitted on labelled questions.
//!
//! The order of passages is fitted listwise: the softmax over a question's candidates should put its mass on the right
//! ones (Cao et al. 2007, ListNet's top-one likelihood). The decision is a logistic regression on the features of the
//! best passage, in which what speaks for a passage never lowers the odds and what speaks against it never raises them:
//! questions unlike any labelled one must not be decided by the wrong sign of a weight that made up for another's. So is
//! what is near a question that no passage answers. All have an L2 penalty and are found by Adam on the whole set, so a
//! run that starts from the same weights repeats to the digit; with other weights the questions before follow-ups are
//! answered otherwise, and what these follow is other.

use std::fmt;

use crate::conversation::Conversation;
use crate::evaluation::{self, LabelledQuestion};
use crate::intent::{self, Examples, Intent};
use crate::search::{
    Allowed, Candidate, Features, N_FEATURES, Question, Ranking, SearchIndex, Side, SideWeights, Weights,
};

/// The L2 penalty on the weights of the order; the features are all from 0 to about 1. From .0007 to .005 the
/// cross-validation that `pressdesk tune --dry-run` prints hardly moves.
const SCORE_PENALTY: f64 = 0.002;
/// The L2 penalty on the weights of the decision; chosen by the same figures, from .0001 to .001.
const CONFIDENCE_PENALTY: f64 = 0.0005;
/// Adam's steps; the loss no longer changes in the fourth digit.
const N_STEPS: usize = 1_500;
/// Adam's step (Kingma and Ba 2015, with their other constants).
const STEP: f64 = 0.05;
/// In how many parts the questions are cut for cross-validation.
const N_FOLDS: usize = 5;

/// What a fit is worth on questions it has not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossValidation {
    /// The share of the answerable questions whose first passage is right.
    pub hit_at_1: f64,
    /// The share of all questions whose reply is right.
    pub right_reply: f64,
    /// The share of the answerable questions that are refused.
    pub false_abstention: f64,
    /// The share of the questions out of scope that are refused.
    pub abstention_recall: f64,
    /// The share of the questions out of scope, but near what the releases are about, that get a release as near.
    pub near_shown: f64,
    /// The share of the questions about something else altogether that get one.
    pub far_shown: f64,
}

impl fmt::Display for CrossValidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "hit@1 {:.3}, right reply {:.3}, false abstention {:.3}, refused out of scope {:.3}, a release as near {:.3} of \
             near and {:.3} of far",
            self.hit_at_1,
            self.right_reply,
            self.false_abstention,
            self.abstention_recall,
            self.near_shown,
            self.far_shown
        )
    }
}

/// One question with what the ranking chooses from.
struct Example {
    candidates: Vec<(Features, bool)>,
    is_answerable: bool,
    /// Whether it is out of scope, near what the releases are about or far from it.
    is_near: bool,
    is_far: bool,
    /// The number of the question, so that its variants stay in one fold.
    number: usize,
    /// Whether it is a labelled question as it stands, and no variant of one.
    is_original: bool,
}

/// Fits the weights of each side on all questions; the figures are of fits on four fifths, judged on the other fifth.
///
/// Questions for a contact are left out, because the passages do not decide them. Every question that follows no other
/// is also learnt from as if it had been asked after some release that has nothing to do with it, or the ranking would
/// learn to stay with what was talked about.
#[must_use]
pub fn fit(conversation: &Conversation, questions: &[LabelledQuestion]) -> (Ranking, Vec<(Side, CrossValidation)>) {
    let passages_decide = |labelled: &&LabelledQuestion| labelled.kind.as_deref() != Some("contact");
    let questions: Vec<&LabelledQuestion> = questions.iter().filter(passages_decide).collect();
    let index = conversation.desk().index();
    let releases = &index.corpus().releases;
    let mut examples = Vec::new();
    for (number, labelled) in questions.iter().enumerate() {
        let Some(question) = labelled.turn(conversation, 0).question else { continue };
        examples.push(example(index, labelled, &question, number, true));
        if labelled.context.is_none() {
            let mut others = releases
                .iter()
                .cycle()
                .skip(number)
                .take(releases.len())
                .filter(|release| Some(&release.id) != labelled.gold_release.as_ref());
            if let Some(other) = others.next() {
                let mut question = question;
                question.context = vec![other.id.clone()];
                examples.push(example(index, labelled, &question, number, false));
            }
        }
    }
    let mut figures = Vec::new();
    let mut sides = Vec::new();
    for side in Side::ALL.into_iter().filter(|side| index.side() != Side::Words || *side == Side::Words) {
        let mut totals = Totals::default();
        for fold in 0..N_FOLDS {
            let (kept, learnt): (Vec<&Example>, Vec<&Example>) =
                examples.iter().partition(|example| example.number % N_FOLDS == fold);
            let weights = fit_on(&learnt, side);
            kept.into_iter()
                .filter(|example| example.is_original)
                .for_each(|example| totals.add(side, &weights, example));
        }
        figures.push((side, totals.figures()));
        sides.push((side, fit_on(&examples.iter().collect::<Vec<_>>(), side)));
    }
    (Ranking::new(sides), figures)
}

/// Fits the weights of the intents on the examples and on the labelled questions; those far out of scope are left out, because
/// some are small talk.
#[must_use]
pub fn fit_intents(
    conversation: &Conversation,
    examples: &Examples,
    questions: &[LabelledQuestion],
) -> (intent::Weights, intent::Figures) {
    let near = questions.iter().filter(|labelled| labelled.oos.as_deref() != Some("far"));
    let labelled = near.map(|labelled| {
        let is_contact = labelled.kind.as_deref() == Some("contact");
        (labelled.question.clone(), if is_contact { Intent::Contact } else { Intent::Question })
    });
    let index = conversation.desk().index();
    let embed = |text: &str| index.embed(text).map(|embedded| embedded.embedding.pooled);
    intent::fit(conversation.classifier(), examples, &labelled.collect::<Vec<_>>(), embed)
}

fn example(
    index: &SearchIndex,
    labelled: &LabelledQuestion,
    question: &Question,
    number: usize,
    is_original: bool,
) -> Example {
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
        number,
        is_original,
    }
}

fn fit_on(examples: &[&Example], side: Side) -> SideWeights {
    let lists: Vec<&Example> =
        examples.iter().copied().filter(|example| example.candidates.iter().any(|(_, right)| *right)).collect();
    let score = minimise(side.in_order(), SCORE_PENALTY, |weights, gradient| {
        for example in &lists {
            add_list_gradient(example, weights, 1.0 / lists.len() as f64, gradient);
        }
    });
    let mut fitted = SideWeights { score: to_weights(&score), ..SideWeights::default() };
    let best: Vec<(Features, &Example)> =
        examples.iter().filter_map(|example| Some((example.best(&fitted)?.0, *example))).collect();
    let decide = |chosen: &[(Features, &Example)], holds: fn(&Example) -> bool| {
        to_weights(&minimise(side.in_decision(), CONFIDENCE_PENALTY, |weights, gradient| {
            for (features, example) in chosen {
                let miss = f64::from(holds(example)) - 1.0 / (1.0 + (-sum(weights, features)).exp());
                add(gradient, features, -miss / chosen.len() as f64);
            }
        }))
    };
    // The decision is whether the releases answer at all: to refuse is no better than to show the second best.
    let (followed, alone): (Vec<_>, Vec<_>) = best.into_iter().partition(|(features, _)| features.is_followed());
    let alone: Vec<_> = alone.into_iter().filter(|(_, example)| example.is_original).collect();
    fitted.confidence = decide(&alone, |example| example.is_answerable);
    fitted.confidence_followed = decide(&followed, |example| example.is_answerable);
    fitted.nearness = decide(&alone, |example| !example.is_far);
    fitted
}

/// Adds the gradient of −log(mass on the right candidates) of one list.
fn add_list_gradient(example: &Example, weights: &[f64], share: f64, gradient: &mut [f64]) {
    let scores: Vec<f64> = example.candidates.iter().map(|(features, _)| sum(weights, features)).collect();
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let masses: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
    let total: f64 = masses.iter().sum();
    let right: f64 =
        masses.iter().zip(&example.candidates).filter(|(_, (_, right))| *right).map(|(mass, _)| mass).sum();
    for ((features, is_right), mass) in example.candidates.iter().zip(&masses) {
        let pull = if *is_right { mass / right } else { 0.0 };
        add(gradient, features, share * (mass / total - pull));
    }
}

impl Example {
    /// Returns the candidate that a ranking puts first, and whether it is right.
    fn best(&self, weights: &SideWeights) -> Option<(Features, bool)> {
        self.candidates.iter().copied().max_by(|(a, _), (b, _)| weights.score(a).total_cmp(&weights.score(b)))
    }
}

/// A weight for each feature and, last, the constant.
type Point = [f64; N_FEATURES + 1];

fn sum(weights: &[f64], features: &Features) -> f64 {
    let values = features.values();
    let weighted: f64 = weights.iter().zip(values).map(|(weight, value)| weight * f64::from(value)).sum();
    weighted + weights[N_FEATURES]
}

fn add(gradient: &mut [f64], features: &Features, factor: f64) {
    for (part, value) in gradient.iter_mut().zip(features.values()) {
        *part += factor * f64::from(value);
    }
    gradient[N_FEATURES] += factor;
}

/// Finds the allowed weights with the least loss, by Adam; `add_gradient` adds the gradient of the loss without the penalty.
fn minimise(allowed: [Allowed; N_FEATURES], penalty: f64, add_gradient: impl Fn(&[f64], &mut [f64])) -> Point {
    let (mut weights, mut mean, mut square) = ([0.0; N_FEATURES + 1], [0.0; N_FEATURES + 1], [0.0; N_FEATURES + 1]);
    let (decay, square_decay): (f64, f64) = (0.9, 0.999);
    for step in 1..=N_STEPS {
        let mut gradient = [0.0; N_FEATURES + 1];
        add_gradient(&weights, &mut gradient);
        for at in 0..=N_FEATURES {
            // The constant may be anything, at no penalty.
            let (allowed, penalty) = allowed.get(at).map_or((Allowed::Any, 0.0), |allowed| (*allowed, penalty));
            if allowed == Allowed::Zero {
                continue;
            }
            gradient[at] += penalty * weights[at];
            mean[at] = decay * mean[at] + (1.0 - decay) * gradient[at];
            square[at] = square_decay * square[at] + (1.0 - square_decay) * gradient[at] * gradient[at];
            let steps = i32::try_from(step).unwrap_or(i32::MAX);
            let unbiased = mean[at] / (1.0 - decay.powi(steps));
            let unbiased_square: f64 = square[at] / (1.0 - square_decay.powi(steps));
            weights[at] -= STEP * unbiased / (unbiased_square.sqrt() + 1e-8);
            weights[at] = match allowed {
                Allowed::Positive => weights[at].max(0.0),
                Allowed::Negative => weights[at].min(0.0),
                Allowed::Any | Allowed::Zero => weights[at],
            };
        }
    }
    weights
}

fn to_weights(point: &Point) -> Weights {
    let rounded = |value: f64| (value * 1_000.0).round() as f32 / 1_000.0;
    let mut weights = Weights { constant: rounded(point[N_FEATURES]), ..Weights::default() };
    for (weight, value) in weights.features.iter_mut().zip(point) {
        *weight = rounded(*value);
    }
    weights
}

#[derive(Default)]
struct Totals {
    n_answerable: usize,
    n_out_of_scope: usize,
    n_hits: usize,
    n_right: usize,
    n_false_abstentions: usize,
    n_refused: usize,
    n_near: usize,
    n_near_shown: usize,
    n_far: usize,
    n_far_shown: usize,
}

impl Totals {
    fn add(&mut self, side: Side, weights: &SideWeights, example: &Example) {
        let best = example.best(weights);
        let is_hit = best.is_some_and(|(_, right)| right);
        let is_shown = best.is_some_and(|(features, _)| weights.confidence(&features) >= crate::desk::LEAST_CONFIDENCE);
        if example.is_answerable {
            self.n_answerable += 1;
            self.n_hits += usize::from(is_hit);
            self.n_right += usize::from(is_hit && is_shown);
            self.n_false_abstentions += usize::from(!is_shown);
        } else {
            self.n_out_of_scope += 1;
            self.n_right += usize::from(!is_shown);
            self.n_refused += usize::from(!is_shown);
        }
        let least = crate::desk::least_nearness(side);
        let shows_near = !is_shown && best.is_some_and(|(features, _)| weights.nearness(&features) >= least);
        self.n_near += usize::from(example.is_near);
        self.n_near_shown += usize::from(example.is_near && shows_near);
        self.n_far += usize::from(example.is_far);
        self.n_far_shown += usize::from(example.is_far && shows_near);
    }

    fn figures(&self) -> CrossValidation {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        CrossValidation {
            hit_at_1: share(self.n_hits, self.n_answerable),
            right_reply: share(self.n_right, self.n_answerable + self.n_out_of_scope),
            false_abstention: share(self.n_false_abstentions, self.n_answerable),
            abstention_recall: share(self.n_refused, self.n_out_of_scope),
            near_shown: share(self.n_near_shown, self.n_near),
            far_shown: share(self.n_far_shown, self.n_far),
        }
    }
}
