//! Indexes over the passages.

pub(super) mod words;
