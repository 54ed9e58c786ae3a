//! Ranking of the candidates of a question.

pub(super) mod candidates;
pub(super) mod weights;
