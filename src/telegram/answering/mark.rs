//! Mark in the journal of a message in flight.

use std::time::Instant;

use super::Job;
use crate::telegram::delivery::DeliveryHook;
use crate::telegram::journal::Journal;

/// Mark of the update whose answer is in flight.
///
/// A message that is marked when the process ends may have arrived, and is sent again after a restart. So the mark is set only
/// while a call is in flight or its result is unknown, and not while the message is queued.
#[derive(Clone, Copy)]
pub(super) struct JournalMark<'a> {
    pub(super) journal: &'a Journal,
    pub(super) job: &'a Job,
}

impl DeliveryHook for JournalMark<'_> {
    fn since(&self) -> Instant {
        self.job.since
    }

    fn is_persisted(&self) -> bool {
        self.job.is_journaled()
    }

    async fn before_call(&self) -> bool {
        // If the journal can't be written, the message is sent without a mark.
        !self.job.is_journaled() || self.journal.begin_sending(self.job.update).await != Ok(false)
    }

    fn after_certain_failure(&self) {
        self.journal.clear_sending(self.job.update);
    }

    /// Resets the count of attempts: an update left for the next start has not crashed the bot.
    fn on_shutdown(&self) {
        self.journal.reset_attempts(self.job.update);
    }
}
