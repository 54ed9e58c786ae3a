//! An update on its way to its answer, and how far it is.

use std::time::{Duration, Instant};

use super::from_telegram::Incoming;
use super::lanes::Queued;
use super::to_telegram::Outgoing;
use super::unwritten::Unjournaled;
use crate::language::Language;

/// An update to be answered.
pub(super) struct Job {
    pub(super) update: i64,
    pub(super) incoming: Incoming,
    /// When it came in, as far as this process can tell.
    pub(super) since: Instant,
    /// How many messages of its answer went out before it was put off, or before a restart.
    pub(super) n_sent: usize,
    /// Whether it was taken in before the bot was started, which it may have ended.
    pub(super) is_from_before: bool,
    /// Whether the person's turn, which came too fast, was waited for.
    pub(super) has_turn: bool,
    /// Whether it ended the process too often to be worked on again.
    pub(super) is_poison: bool,
    /// Its reply, where that was worked out and could not be sent.
    pub(super) prepared: Option<Box<Prepared>>,
    /// Held until it is answered where the journal didn't hold it.
    pub(super) unjournaled: Option<Unjournaled>,
}

impl Job {
    /// Returns until when an answer is of use.
    pub(super) fn deadline(&self) -> Instant {
        self.since + self.incoming.life()
    }

    /// Tells whether the journal holds it.
    pub(super) fn is_journaled(&self) -> bool {
        self.unjournaled.as_ref().is_none_or(Unjournaled::is_written)
    }
}

impl Queued for Job {
    fn number(&self) -> i64 {
        self.update
    }

    fn awaits_turn_of(&self) -> Option<i64> {
        (self.has_turn && self.prepared.is_none()).then_some(self.incoming.asker.person)
    }
}

/// A reply that is worked out, to be sent now or later.
pub(super) struct Prepared {
    pub(super) messages: Vec<Outgoing>,
    /// The releases that the conversation is about with it.
    pub(super) releases: Vec<String>,
    pub(super) language: Language,
    pub(super) outcome: &'static str,
    /// How long it waits the next time that Telegram fails on it again and again.
    pub(super) pause: Duration,
}
