//! Linear models of log-odds, what the need of a question and the weights have in common.

/// Range of a weight when it is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Any number.
    Any,
    /// At least 0.
    Positive,
    /// At most 0.
    Negative,
    /// 0 alone.
    Zero,
}

/// Name of the constant in the file.
pub(super) const CONSTANT: &str = "constant";

/// Turns log-odds into a likelihood.
pub(super) fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}
