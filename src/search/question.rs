//! Understanding of a question: topic words, spelling, the kind of answer asked for.

pub(super) mod answer_type;
pub(super) mod detail;
pub(super) mod spelling;
pub(super) mod understanding;
