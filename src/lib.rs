//! pressdesk
pub mod config;
pub mod console;
pub mod conversation;
pub mod corpus;
pub mod desk;
pub mod evaluation;
pub mod health;
pub mod language;
pub mod metrics;
pub mod search;
pub mod telegram;
pub mod text;
pub mod tuning;
