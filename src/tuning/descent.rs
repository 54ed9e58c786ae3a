//! Minimisation of a loss by gradient descent.

use crate::search::{Allowed, Features, N_FEATURES, Weights};

/// Steps of Adam; the loss no longer changes in the fourth digit.
const N_STEPS: usize = 1_000;
/// Step of Adam (Kingma and Ba 2015, with their other constants).
const STEP: f64 = 0.05;

/// A weight for each feature and, last, the constant.
pub(super) type Point = [f64; N_FEATURES + 1];

/// Returns the values of features in the order of a point; last, a 1 for the constant.
pub(super) fn values(features: &Features) -> Point {
    let values = features.values();
    std::array::from_fn(|at| values.get(at).map_or(1.0, |value| f64::from(*value)))
}

pub(super) fn sum(weights: &Point, values: &Point) -> f64 {
    weights.iter().zip(values).map(|(weight, value)| weight * value).sum()
}

pub(super) fn add(gradient: &mut Point, values: &Point, factor: f64) {
    gradient.iter_mut().zip(values).for_each(|(part, value)| *part += factor * value);
}

/// Finds the allowed weights with the least loss, by Adam; `add_gradient` adds the gradient of the loss without the penalty.
pub(super) fn minimise(
    allowed: [Allowed; N_FEATURES],
    penalty: f64,
    add_gradient: impl Fn(&Point, &mut Point),
) -> Point {
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

pub(super) fn to_weights(point: &Point) -> Weights {
    let rounded = |value: f64| (value * 1_000.0).round() as f32 / 1_000.0;
    let mut weights = Weights { constant: rounded(point[N_FEATURES]), ..Weights::default() };
    for (weight, value) in weights.features.iter_mut().zip(point) {
        *weight = rounded(*value);
    }
    weights
}
