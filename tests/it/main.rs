//! Everything that is tested from outside, in one crate.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

/// The desk over the real releases, built once.
mod desk;

/// What the bot says, line by line: the conversations in `tests/transcripts/`.
mod transcripts;

/// The releases in `corpus/`, and what is said of files with a fault.
mod corpus;

/// Labelled questions with the figures they must reach.
mod questions;

/// Intents: cries for help, small talk and questions.
mod intents;

/// Contacts: whom a question for one is answered with.
mod contacts;

/// What holds for any text in and for any corpus.
mod properties;

/// The program as it is started from a shell.
mod command_line;

/// The bot's own sentences, language beside language.
mod locales;

/// What the README promises.
mod readme;

/// The page of the settings.
mod settings;

/// How the code is laid out.
mod tidy;

/// The bot on Telegram.
mod telegram;
