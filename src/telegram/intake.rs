//! Intake: updates come in by polling or by webhook, and are confirmed to Telegram once they stand in the journal.
//!
//! `receive` is the one way in for both: decoded, written to the journal, put into their lane. It also adopts the updates in the
//! journal that no lane and no replica works on.

mod polling;
mod receive;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

pub(crate) use self::polling::{Poller, call_with_retry};
pub(crate) use self::receive::{Receiver, load};
pub(crate) use self::webhook::{SetWebhook, explain, listen, watch, webhook_secret};
use super::InvalidToken;

/// Time between two scans of the journal for updates that nobody works on, and the age from which on they count as such.
///
/// In a journal of one's own that happens only after a fault; in a shared one, when a replica has ended.
const ORPHAN_SCAN_INTERVAL: Duration = Duration::from_secs(10);
const SHARED_ORPHAN_SCAN_INTERVAL: Duration = Duration::from_millis(500);

/// Maximum time for which updates that the journal does not hold delay the next poll, and where no others can come: Telegram
/// gives no more than those until one of them is confirmed.
const OVERFLOW_POLL_DELAY: Duration = Duration::from_secs(1);
const FULL_OVERFLOW_POLL_DELAY: Duration = Duration::from_secs(10);

/// Polls forever; ends only when Telegram no longer knows the token.
///
/// While the journal can't be written an update is confirmed when it is answered, and those after it come again until then.
pub(crate) async fn poll(poller: &mut Poller, receiver: &Arc<Receiver>) -> InvalidToken {
    loop {
        let updates = match poller.next().await {
            Ok(updates) => updates,
            Err(invalid) => return invalid,
        };
        // A task of its own, so that a stop between writing and handing over to the lanes does not cut it in two.
        let receiving = tokio::spawn({
            let receiver = Arc::clone(receiver);
            async move {
                receiver.receive(&updates).await;
                updates
            }
        });
        let Ok(updates) = receiving.await else { continue };
        let is_full = updates.len() >= usize::from(polling::MAX_BATCH);
        let until = Instant::now() + if is_full { FULL_OVERFLOW_POLL_DELAY } else { OVERFLOW_POLL_DELAY };
        for (n, update) in updates.iter().enumerate() {
            if !receiver.is_safe(update, until).await {
                if n > 0 || !is_full {
                    break;
                }
                warn!("an update is confirmed that is neither answered nor in the journal, so that others can come");
            }
            poller.mark_received(update);
        }
    }
}

/// Scans the journal forever for updates that nobody works on.
pub(crate) async fn keep_adopting_orphans(receiver: Arc<Receiver>, is_shared: bool) {
    let interval = if is_shared { SHARED_ORPHAN_SCAN_INTERVAL } else { ORPHAN_SCAN_INTERVAL };
    loop {
        tokio::time::sleep(interval).await;
        receiver.adopt_orphans(interval).await;
    }
}
