//! Integration tests, in one crate.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

/// Desk over the real releases, built once.
mod desk;

/// Golden conversations in `tests/transcripts/`.
mod transcripts;

/// Releases in `corpus/`, and problems of faulty files.
mod corpus;

/// Labelled questions with the figures they must reach.
mod questions;

/// Intents: cries for help, small talk and questions.
mod intents;

/// Replies as they are read on a phone.
mod phone;

/// Replies over releases of a town.
mod replies;

/// Messages that ask more than one thing, or tell of who asks first.
mod several;

/// Answers to questions for contacts.
mod contacts;

/// Lists of releases.
mod releases;

/// Properties for any text and any corpus.
mod properties;

/// Command line.
mod command_line;

/// Locales: consistency between languages.
mod locales;

/// Languages as data.
mod languages;

/// Statements of the README.
mod readme;

/// Page of the settings.
mod settings;

/// Layout of the code.
mod tidy;

/// Bot on Telegram.
mod telegram;
