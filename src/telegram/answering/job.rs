//! Job: an update to be answered, with its progress.

use std::sync::Arc;
use std::time::{Duration, Instant};

use teloxide::types::MessageId;
use tokio::sync::oneshot;

use super::lanes::LaneJob;
use super::ticket::{JoinedParts, Ticket};
use crate::conversation::Rating;
use crate::feedback::AnsweredQuestion;
use crate::language::Language;
use crate::telegram::backoff::Backoff;
use crate::telegram::delivery::layout::Outgoing;
use crate::telegram::journal::OverflowGuard;
use crate::telegram::update::Incoming;

/// Maximum time that the answer to a tap waits until the tap is acknowledged.
const MAX_ACKNOWLEDGEMENT_WAIT: Duration = Duration::from_millis(500);

/// Update to be answered.
pub(crate) struct Job {
    pub(crate) update: i64,
    pub(crate) incoming: Incoming,
    /// Time of receipt, as far as this process knows.
    pub(crate) since: Instant,
    /// Number of messages of its answer that were sent before it was postponed, or before a restart.
    pub(crate) n_sent: usize,
    /// Set for an update from before the start, which may have crashed the bot.
    pub(crate) is_from_before: bool,
    pub(crate) stage: Stage,
    /// Earlier parts of its text.
    pub(crate) joined: JoinedParts,
    /// Set for an update that crashed the process too often to be processed again.
    pub(crate) is_poison: bool,
    /// Guard of an update that is not in the journal, held until it is answered.
    pub(crate) overflow_guard: Option<OverflowGuard>,
    /// Messages of an earlier answer to the same message, which was edited since.
    pub(crate) edited: Vec<MessageId>,
    /// Ends when the tap was acknowledged; `None` if it need not be waited for.
    pub(crate) acknowledgement: Option<oneshot::Receiver<()>>,
}

/// Stage of a job.
pub(crate) enum Stage {
    /// Received and not processed yet.
    Received,
    /// Postponed until the rest of what its user sent may have come.
    Gathering(Arc<Ticket>),
    /// Postponed until the rate limit of the user admits it.
    Admitted,
    /// Postponed with a computed reply that could not be sent.
    Prepared(Box<Prepared>),
}

impl Job {
    /// Creates a job for an update that was just received and is in the journal.
    pub(crate) fn new(update: i64, incoming: Incoming, since: Instant) -> Self {
        Self {
            update,
            incoming,
            since,
            n_sent: 0,
            is_from_before: false,
            stage: Stage::Received,
            joined: JoinedParts::default(),
            is_poison: false,
            overflow_guard: None,
            edited: Vec::new(),
            acknowledgement: None,
        }
    }

    /// Returns the time at which the update expires.
    pub(crate) fn deadline(&self) -> Instant {
        self.since + self.incoming.time_to_live()
    }

    /// Waits until the tap was acknowledged, so that its progress indicator is gone before the answer, but not for long.
    pub(crate) async fn acknowledged(&mut self) {
        if let Some(acknowledgement) = self.acknowledgement.take() {
            // An error is the end of the call too.
            _ = tokio::time::timeout(MAX_ACKNOWLEDGEMENT_WAIT, acknowledgement).await;
        }
    }

    /// Tells whether the update is in the journal.
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

/// Messages of an answer.
#[derive(Default)]
pub(crate) struct AnswerMessages {
    pub(crate) messages: Vec<Outgoing>,
    /// Releases that are the subject of the conversation after it.
    pub(crate) releases: Vec<String>,
    /// Messages in whose place its first ones are put.
    pub(crate) edited: Vec<MessageId>,
    /// Rating that a reaction to it is, but for the verdict, where such reactions count.
    pub(crate) rating: Option<Rating>,
}

/// Reply to be sent now or later.
pub(crate) struct Prepared {
    pub(crate) answer: AnswerMessages,
    pub(crate) language: Language,
    pub(crate) outcome: &'static str,
    /// Question that was refused, where questions are kept.
    pub(crate) refused: Option<AnsweredQuestion>,
    /// Backoff after Telegram has failed on it repeatedly.
    pub(crate) backoff: Backoff,
}
