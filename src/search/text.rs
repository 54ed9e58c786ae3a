//! Reading of a text: terms, the operator's glossary, and typed spans.

pub(crate) mod analyzer;
mod forms;
pub(crate) mod glossary;
pub(crate) mod kinds;
pub(crate) mod lexicon;
pub(crate) mod spans;
pub(crate) mod word_list;
