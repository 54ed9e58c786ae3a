//! Job: an update on its way to its answer, and how far it is.

use std::time::Instant;

use super::lanes::LaneJob;
use crate::language::Language;
use crate::telegram::backoff::Backoff;
use crate::telegram::delivery::layout::Outgoing;
use crate::telegram::journal::OverflowGuard;
use crate::telegram::update::Incoming;

/// Update to be answered.
pub(crate) struct Job {
    pub(crate) update: i64,
    pub(crate) incoming: Incoming,
    /// Time at which it came in, as far as this process can tell.
    pub(crate) since: Instant,
    /// Number of messages of its answer that went out before it was postponed, or before a restart.
    pub(crate) n_sent: usize,
    /// Set for an update from before the start of the bot, which it may have ended.
    pub(crate) is_from_before: bool,
    pub(crate) stage: Stage,
    /// Set for an update that ended the process too often to be worked on again.
    pub(crate) is_poison: bool,
    /// Guard held until it is answered where the journal doesn't hold it.
    pub(crate) overflow_guard: Option<OverflowGuard>,
}

/// Stage of a job.
pub(crate) enum Stage {
    /// Received, and not worked on yet.
    Received,
    /// Postponed until the rate limit of the person admits it.
    Admitted,
    /// Postponed with a reply that was computed and could not be sent.
    Prepared(Box<Prepared>),
}

impl Job {
    /// Creates a job for an update that has just come in and stands in the journal.
    pub(crate) fn new(update: i64, incoming: Incoming, since: Instant) -> Self {
        Self {
            update,
            incoming,
            since,
            n_sent: 0,
            is_from_before: false,
            stage: Stage::Received,
            is_poison: false,
            overflow_guard: None,
        }
    }

    /// Returns the time until which an answer is of use.
    pub(crate) fn deadline(&self) -> Instant {
        self.since + self.incoming.time_to_live()
    }

    /// Tells whether the journal holds it.
    pub(crate) fn is_journaled(&self) -> bool {
        self.overflow_guard.as_ref().is_none_or(OverflowGuard::is_written)
    }
}

impl LaneJob for Job {
    fn number(&self) -> i64 {
        self.update
    }

    fn waiting_person(&self) -> Option<i64> {
        matches!(self.stage, Stage::Admitted).then_some(self.incoming.asker.person)
    }
}

/// Reply to be sent now or later.
pub(crate) struct Prepared {
    pub(crate) messages: Vec<Outgoing>,
    /// Releases that the conversation is about with it.
    pub(crate) releases: Vec<String>,
    pub(crate) language: Language,
    pub(crate) outcome: &'static str,
    /// Waits after Telegram has failed on it again and again.
    pub(crate) backoff: Backoff,
}
