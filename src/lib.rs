//! pressdesk
pub mod config;
pub mod console;
pub mod conversation;
pub mod corpus;
pub mod desk;
pub mod embedding;
pub mod evaluation;
pub mod language;
pub mod search;
pub mod setup;
pub mod telegram;
pub mod text;
pub mod tuning;
