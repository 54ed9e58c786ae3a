//! Ticket of a message that waits for the rest of what its user sent.

use std::sync::{Arc, OnceLock, Weak};

/// Ticket of a postponed message; its fate is set when the rest comes.
#[derive(Default)]
pub(crate) struct Ticket(pub(super) OnceLock<Fate>);

/// Fate of a postponed message.
pub(super) enum Fate {
    /// Joined to a later message, until the guard ends with its job.
    Joined(Weak<()>),
    /// Another item of its album is answered.
    Superseded,
}

/// Earlier messages that are answered with that of a job: parts of its text, or an item of its album.
#[derive(Default)]
pub(crate) struct JoinedParts {
    /// Updates that are finished with the job.
    pub(crate) updates: Vec<i64>,
    pub(super) guard: Arc<()>,
}
