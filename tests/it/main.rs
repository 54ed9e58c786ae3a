//! Everything that is tested from outside, in one crate.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod readme;
mod telegram;
