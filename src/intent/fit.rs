//! The weights of the intents, fitted on the examples and on labelled questions.
//!
//! Every example is compared with all others but itself, and every labelled question with all examples; on these features a
//! multinomial logistic regression is fitted, with an L2 penalty, by Adam on the whole set, so that a run repeats to the digit.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::examples::IntentExample;
use super::{
    Examples, Intent, IntentClassifier, IntentFeatures, IntentSideWeights, IntentWeights, N_INTENTS, N_OF_TEXT,
    N_SIMILARITIES, comparable, plain,
};
use crate::language::Language;

/// L2 penalty on the weights of what a text shows by itself; on those of the similarities, which are few, a tenth of it.
const PENALTY: f64 = 0.001;
/// Adam's steps; more move no figure in the second digit.
const N_STEPS: i32 = 500;
/// Adam's step (Kingma and Ba 2015, with their other constants).
const STEP: f64 = 0.05;
/// Number of weights: of the similarities, and for each intent a constant and those of its text.
const N_WEIGHTS: usize = N_SIMILARITIES + N_INTENTS * (N_OF_TEXT + 1);

/// How well the examples are recognised when each is left out of the comparison, without embeddings and with them.
#[derive(Debug, Clone, Default)]
pub struct IntentFigures(Vec<(&'static str, CountsByLanguage)>);

/// Counts by intent and language.
type CountsByLanguage = BTreeMap<(Intent, Language), Counts>;

/// What the examples of an intent in a language are recognised as.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    n: usize,
    right: usize,
    danger: usize,
    /// Recognised as something that is not answered from the releases, danger aside.
    talk: usize,
}

/// A text whose intent is known.
struct IntentRow {
    features: IntentFeatures,
    intent: Intent,
}

/// Fits the weights on the examples and on questions with their intents; `embed` returns the embedding of a text.
#[must_use]
pub fn fit(
    classifier: &IntentClassifier,
    examples: &Examples,
    questions: &[(String, Intent)],
    embed: impl Fn(&str) -> Option<Vec<f32>>,
) -> (IntentWeights, IntentFigures) {
    let list = examples.list();
    let row = |text: &str, intent: Intent, except: Option<usize>, embedding: Option<Vec<f32>>| {
        let by_trigrams = classifier.trigrams.similarities(&comparable(text));
        IntentRow { features: classifier.features_of(text, &by_trigrams, embedding.as_deref(), except), intent }
    };
    let rows = |embed: &dyn Fn(&str) -> Option<Vec<f32>>| -> Vec<IntentRow> {
        let examples = list
            .iter()
            .enumerate()
            .map(|(number, example)| row(&example.text, example.intent, Some(number), embed(&plain(&example.text))));
        examples.chain(questions.iter().map(|(text, intent)| row(text, *intent, None, embed(&plain(text))))).collect()
    };
    let by_trigrams = rows(&|_| None);
    let mut weights = IntentWeights { words: fit_side(&by_trigrams), both: IntentSideWeights::default() };
    let mut figures = IntentFigures(vec![("without embeddings", judge(&weights, 1, &by_trigrams, list))]);
    if classifier.vectors.is_some() {
        let with_embeddings = rows(&embed);
        weights.both = fit_side(&with_embeddings);
        figures.0.push(("with embeddings", judge(&weights, 0, &with_embeddings, list)));
    }
    (weights, figures)
}

fn judge(weights: &IntentWeights, side: usize, rows: &[IntentRow], list: &[IntentExample]) -> CountsByLanguage {
    let mut counts = CountsByLanguage::new();
    for (row, example) in rows.iter().zip(list) {
        let (intent, _) = weights.decide(&row.features, side, false);
        let counts = counts.entry((row.intent, example.language)).or_default();
        counts.n += 1;
        counts.right += usize::from(intent == row.intent);
        counts.danger += usize::from(intent == Intent::Danger);
        counts.talk += usize::from(intent != Intent::Danger && !intent.asks_releases());
    }
    counts
}

/// Fits the weights of one side; those of features that it lacks, which are 0, stay 0.
fn fit_side(rows: &[IntentRow]) -> IntentSideWeights {
    let (mut weights, mut mean, mut square) = ([0.0_f64; N_WEIGHTS], [0.0; N_WEIGHTS], [0.0; N_WEIGHTS]);
    let (decay, square_decay): (f64, f64) = (0.9, 0.999);
    for step in 1..=N_STEPS {
        let mut gradient = gradient_of(&weights, rows);
        for at in 0..N_WEIGHTS {
            gradient[at] += penalty_of(at) * weights[at];
            mean[at] = decay * mean[at] + (1.0 - decay) * gradient[at];
            square[at] = square_decay * square[at] + (1.0 - square_decay) * gradient[at] * gradient[at];
            let unbiased = mean[at] / (1.0 - decay.powi(step));
            let unbiased_square: f64 = square[at] / (1.0 - square_decay.powi(step));
            weights[at] -= STEP * unbiased / (unbiased_square.sqrt() + 1e-8);
        }
    }
    let rounded = |weight: f64| ((weight * 100.0).round() / 100.0) as f32;
    let mut similarities = [0.0; N_SIMILARITIES];
    similarities.iter_mut().zip(weights).for_each(|(weight, fitted)| *weight = rounded(fitted));
    let of_intent = |intent: Intent| {
        let at = of_text(intent as usize);
        std::array::from_fn(|number| rounded(weights[at + number]))
    };
    IntentSideWeights {
        similarities,
        intents: Intent::ALL.into_iter().map(|intent| (intent, of_intent(intent))).collect(),
    }
}

/// Returns the position of the constant of an intent, behind which stand the weights of its text.
fn of_text(intent: usize) -> usize {
    N_SIMILARITIES + intent * (N_OF_TEXT + 1)
}

fn penalty_of(at: usize) -> f64 {
    let is_constant = at >= N_SIMILARITIES && (at - N_SIMILARITIES).is_multiple_of(N_OF_TEXT + 1);
    match at {
        _ if is_constant => 0.0,
        0..N_SIMILARITIES => PENALTY / 10.0,
        _ => PENALTY,
    }
}

/// Returns the gradient of the mean of −log(probability of the right intent).
fn gradient_of(weights: &[f64; N_WEIGHTS], rows: &[IntentRow]) -> [f64; N_WEIGHTS] {
    let mut gradient = [0.0; N_WEIGHTS];
    for IntentRow { features, intent: right } in rows {
        let mut scores = [0.0_f64; N_INTENTS];
        for (intent, score) in scores.iter_mut().enumerate() {
            let similarities = &features.similarities[intent];
            let of_similarities = weights.iter().zip(similarities).map(|(weight, value)| weight * f64::from(*value));
            let [constant, of_text @ ..] = &weights[of_text(intent)..][..=N_OF_TEXT] else { continue };
            let of_text = of_text.iter().zip(features.of_text).map(|(weight, value)| weight * f64::from(value));
            *score = constant + of_similarities.chain(of_text).sum::<f64>();
        }
        let highest = scores.iter().copied().fold(f64::MIN, f64::max);
        let masses = scores.map(|score| (score - highest).exp());
        let total: f64 = masses.iter().sum();
        for (intent, mass) in masses.into_iter().enumerate() {
            let miss = (mass / total - f64::from(u8::from(intent == *right as usize))) / rows.len() as f64;
            let similarities = &features.similarities[intent];
            let values = std::iter::once(1.0).chain(features.of_text);
            gradient.iter_mut().zip(similarities).for_each(|(part, value)| *part += miss * f64::from(*value));
            gradient[of_text(intent)..]
                .iter_mut()
                .zip(values)
                .for_each(|(part, value)| *part += miss * f64::from(value));
        }
    }
    gradient
}

impl IntentFigures {
    /// Returns the number of examples, and of those the share that was recognised as `is_it` says.
    fn share(counts: &CountsByLanguage, of: impl Fn(Intent) -> bool, is_it: impl Fn(&Counts) -> usize) -> f64 {
        let chosen = || counts.iter().filter(|((intent, _), _)| of(*intent)).map(|(_, counts)| counts);
        let n: usize = chosen().map(|counts| counts.n).sum();
        chosen().map(is_it).sum::<usize>() as f64 / n.max(1) as f64
    }

    /// Returns the remark above the weights, with the figures that matter most.
    #[must_use]
    pub fn remark(&self) -> String {
        format!(
            "Fitted by `pressdesk tune` on the examples, each compared with all others, and on labelled questions. Of the examples,\n{}\n\
             `similarities` weighs the highest, the next three and all of an intent, by trigrams and by embeddings, and how likely the\n\
             words are; `intents` has for each a constant and the weights of length, unknown words, emphasis and unlikeness to all\n\
             examples.",
            self.summary()
        )
    }

    /// Returns a line for each side, with what matters most.
    fn summary(&self) -> String {
        let mut lines = Vec::new();
        for (side, counts) in &self.0 {
            let is_talk = |intent: Intent| intent != Intent::Danger && !intent.asks_releases();
            lines.push(format!(
                "{side}: danger seen {:.3}, questions taken for danger {:.4} and for talk {:.4}, others for danger {:.4}, talk seen {:.3}",
                Self::share(counts, |intent| intent == Intent::Danger, |counts| counts.right),
                Self::share(counts, |intent| intent == Intent::Question, |counts| counts.danger),
                Self::share(counts, |intent| intent == Intent::Question, |counts| counts.talk),
                Self::share(counts, |intent| is_talk(intent) || intent == Intent::Contact, |counts| counts.danger),
                Self::share(counts, is_talk, |counts| counts.talk),
            ));
        }
        lines.join("\n")
    }
}

impl fmt::Display for IntentFigures {
    /// Writes the share of the examples that are recognised, a line for each intent, by language and in all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (side, counts) in &self.0 {
            let mut table = format!("{side}\n");
            for intent in Intent::ALL {
                let mut line = format!("  {intent:?}:");
                let (mut n, mut right) = (0, 0);
                for ((_, language), counts) in counts.iter().filter(|((other, _), _)| *other == intent) {
                    (n, right) = (n + counts.n, right + counts.right);
                    write!(line, " {language} {:.2}", counts.right as f64 / counts.n as f64)?;
                }
                writeln!(
                    table,
                    "{line}, all {:.2} of {n}",
                    right as f64 / f64::from(u32::try_from(n.max(1)).unwrap_or(1))
                )?;
            }
            f.write_str(&table)?;
        }
        f.write_str(&self.summary())
    }
}
