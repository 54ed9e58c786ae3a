//! Mark in the journal that an answer is on its way.

use std::time::Instant;

use super::Job;
use crate::telegram::delivery::DeliveryHook;
use crate::telegram::journal::Journal;

/// Mark of the update that a message answers.
///
/// What ends while the mark stands may have arrived, and goes out again after a restart; so it stands only while a call to
/// Telegram is open or after one of which nobody knows how it ended, and not while the message waits for its turn.
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
        // Where the journal can't be written the message goes out all the same.
        !self.job.is_journaled() || self.journal.begin_sending(self.job.update).await != Ok(false)
    }

    fn after_certain_failure(&self) {
        self.journal.clear_sending(self.job.update);
    }

    /// Resets the count of attempts: what is left for the next start is not what ended the bot.
    fn on_shutdown(&self) {
        self.journal.reset_attempts(self.job.update);
    }
}
