//! pressdesk: a press desk that answers questions with the passages of press releases that answer them, word for word.
//!
//! # Bird's-eye view
//!
//! Releases are files in `corpus/`; a question goes to the [`desk`](desk::Desk), which searches them and decides whether
//! they answer; [`conversation`] turns a request into a [`Turn`](conversation::Turn): the interpretation, the answer, and the
//! reply in the person's language; [`console`], [`telegram`] and [`evaluation`] are views of it. The core is synchronous: no
//! I/O and no locks after start.
//!
//! ```text
//! text ◄─ language ◄─ corpus ◄─ search ◄─ desk ◄─ conversation ◄─┬─ console
//!    │         embedding ◄────────┘                 │            ├─ telegram ─► health, metrics
//!    └─────────────────────────────── intent ◄──────┘            │
//!                                                                └─ evaluation ◄─ tuning
//!                                                                setup opens it all; main chooses the mode
//! ```
//!
//! # The path of a question
//!
//! 1. `telegram` receives an update, writes it to its journal, and only then confirms it to Telegram.
//! 2. The update enters the lane of its chat; lanes run concurrently.
//! 3. [`conversation::Conversation::turn`] recognises the [`intent`] of the text by examples; what asks the releases goes on to
//!    [`desk::Desk::answer`] → [`search::SearchIndex::search`]: the question is understood (language, spelling, kind of answer,
//!    what it follows), words (tantivy) and meaning ([`embedding`]) pick candidates, features of each are weighed into one score
//!    by the weights that [`tuning`] fitted, the sentences that answer are cut out, and the desk decides: found, or not in the
//!    releases.
//! 4. The reply is laid out within Telegram's limits, sent, and the journal's entry is done.
//!
//! # Invariants
//!
//! - An excerpt is a verbatim slice of a paragraph. All other text of the bot is in `config/locales/`.
//! - A module imports to its left; only `search` names tantivy, only `telegram` names teloxide (`tests/it/tidy.rs`).
//! - No question text, name or chat id is logged above debug, and the token is never printed.
//! - A [`desk::Desk`] is built once and never changes.
//!
//! The modules, in reading order: [`text`], [`files`], [`language`], [`corpus`], [`embedding`], [`search`], [`intent`], [`desk`],
//! [`conversation`], [`feedback`], [`console`], [`telegram`], [`health`], [`metrics`], [`config`], [`setup`], [`evaluation`], [`tuning`].

pub mod config;
pub mod console;
pub mod conversation;
pub mod corpus;
pub mod desk;
pub mod embedding;
pub mod evaluation;
pub mod feedback;
pub mod files;
pub mod health;
pub mod intent;
pub mod language;
pub mod metrics;
pub mod search;
pub mod setup;
pub mod telegram;
pub mod text;
pub mod tuning;
mod vector;
