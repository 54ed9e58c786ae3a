//! Reading of a text: terms, the operator's glossary, and the spans that answer.

pub(super) mod analyzer;
pub(super) mod forms;
pub(super) mod glossary;
pub(super) mod spans;
