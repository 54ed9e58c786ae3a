//! Reading of a text: terms, the operator's glossary, and typed spans.

pub(crate) mod analyzer;
pub(crate) mod glossary;
pub(crate) mod kinds;
pub(crate) mod numbers;
pub(crate) mod spans;
pub(crate) mod word_list;
