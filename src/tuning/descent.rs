//! Minimisation of a loss by gradient descent.

use crate::search::{Allowed, N_FEATURES, N_SIGNS, Need, Weights};

/// Steps of Adam; the loss no longer changes in the fourth digit.
const N_STEPS: usize = 1_000;
/// Step of Adam (Kingma and Ba 2015, with their other constants).
const STEP: f64 = 0.05;

/// A weight for each of some values and, last, the constant.
pub(super) type Point<const N: usize> = [f64; N];

/// Length of a point of weights for the features, and for the signs of need.
pub(super) const N_OF_FEATURES: usize = N_FEATURES + 1;
pub(super) const N_OF_SIGNS: usize = N_SIGNS + 1;

/// Returns values in the order of a point; last, a 1 for the constant.
pub(super) fn point<const N: usize>(values: &[f32]) -> Point<N> {
    std::array::from_fn(|at| values.get(at).map_or(1.0, |value| f64::from(*value)))
}

pub(super) fn sum<const N: usize>(weights: &Point<N>, values: &Point<N>) -> f64 {
    weights.iter().zip(values).map(|(weight, value)| weight * value).sum()
}

pub(super) fn add<const N: usize>(gradient: &mut Point<N>, values: &Point<N>, factor: f64) {
    gradient.iter_mut().zip(values).for_each(|(part, value)| *part += factor * value);
}

/// Finds the allowed weights of a logistic regression on examples, each with its values, whether it holds and its share.
pub(super) fn regress<const N: usize>(
    allowed: &[Allowed],
    penalty: f64,
    examples: &[(Point<N>, bool, f64)],
) -> Point<N> {
    minimise(allowed, penalty, |weights, gradient| {
        for (values, holds, share) in examples {
            let miss = f64::from(*holds) - 1.0 / (1.0 + (-sum(weights, values)).exp());
            add(gradient, values, -miss * share);
        }
    })
}

/// Finds the allowed weights with the least loss, by Adam; `add_gradient` adds the gradient of the loss without the penalty.
pub(super) fn minimise<const N: usize>(
    allowed: &[Allowed],
    penalty: f64,
    add_gradient: impl Fn(&Point<N>, &mut Point<N>),
) -> Point<N> {
    let (mut weights, mut mean, mut square) = ([0.0; N], [0.0; N], [0.0; N]);
    let (decay, square_decay): (f64, f64) = (0.9, 0.999);
    for step in 1..=N_STEPS {
        let mut gradient = [0.0; N];
        add_gradient(&weights, &mut gradient);
        for at in 0..N {
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

pub(super) fn to_weights(point: &Point<N_OF_FEATURES>) -> Weights {
    let [features @ .., constant] = point.map(rounded);
    Weights { constant, features }
}

pub(super) fn to_need(point: &Point<N_OF_SIGNS>) -> Need {
    let [signs @ .., constant] = point.map(rounded);
    Need { constant, signs }
}

fn rounded(value: f64) -> f32 {
    (value * 1_000.0).round() as f32 / 1_000.0
}
