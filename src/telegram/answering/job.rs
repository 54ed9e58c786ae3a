//! An update on its way to its answer, and how far it is.

use std::time::Instant;

use super::lanes::Queued;
use crate::language::Language;
use crate::telegram::backoff::Backoff;
use crate::telegram::delivery::layout::Outgoing;
use crate::telegram::journal::OverflowGuard;
use crate::telegram::update::Incoming;

/// An update to be answered.
pub(crate) struct Job {
    pub(crate) update: i64,
    pub(crate) incoming: Incoming,
    /// When it came in, as far as this process can tell.
    pub(crate) since: Instant,
    /// How many messages of its answer went out before it was put off, or before a restart.
    pub(crate) n_sent: usize,
    /// Whether it was taken in before the bot was started, which it may have ended.
    pub(crate) is_from_before: bool,
    /// Whether the person's turn, which came too fast, was waited for.
    pub(crate) has_rate_token: bool,
    /// Whether it ended the process too often to be worked on again.
    pub(crate) is_poison: bool,
    /// Its reply, where that was worked out and could not be sent.
    pub(crate) prepared: Option<Box<Prepared>>,
    /// Held until it is answered where the journal didn't hold it.
    pub(crate) overflow_guard: Option<OverflowGuard>,
}

impl Job {
    /// Returns until when an answer is of use.
    pub(crate) fn deadline(&self) -> Instant {
        self.since + self.incoming.time_to_live()
    }

    /// Tells whether the journal holds it.
    pub(crate) fn is_journaled(&self) -> bool {
        self.overflow_guard.as_ref().is_none_or(OverflowGuard::is_written)
    }
}

impl Queued for Job {
    fn number(&self) -> i64 {
        self.update
    }

    fn waiting_person(&self) -> Option<i64> {
        (self.has_rate_token && self.prepared.is_none()).then_some(self.incoming.asker.person)
    }
}

/// A reply that is worked out, to be sent now or later.
pub(crate) struct Prepared {
    pub(crate) messages: Vec<Outgoing>,
    /// The releases that the conversation is about with it.
    pub(crate) releases: Vec<String>,
    pub(crate) language: Language,
    pub(crate) outcome: &'static str,
    /// Waits after Telegram has failed on it again and again.
    pub(crate) backoff: Backoff,
}
