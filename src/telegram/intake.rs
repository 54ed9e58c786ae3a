//! Intake: receives updates by polling or by webhook, and confirms them to Telegram once they are in the journal.
//!
//! `receive` serves both: it decodes updates, writes them to the journal and puts them into their lane. It also adopts orphans:
//! updates in the journal that no lane and no replica processes.

mod polling;
mod receive;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

pub(crate) use self::polling::{Poller, call_with_retry};
pub(crate) use self::receive::{Receiver, load};
pub(crate) use self::webhook::{SetWebhook, listen, start_error, watch, webhook_secret};
use super::InvalidToken;

/// Interval of scans for orphans, and minimum age of an orphan.
///
/// In an unshared journal they exist only after a fault; in a shared one, after a replica has ended.
const ORPHAN_SCAN_INTERVAL: Duration = Duration::from_secs(10);
const SHARED_ORPHAN_SCAN_INTERVAL: Duration = Duration::from_millis(500);

/// Maximum delay of the next poll by updates that are not in the journal; the second is for a full batch, after which Telegram
/// sends nothing new until one is confirmed.
const OVERFLOW_POLL_DELAY: Duration = Duration::from_secs(1);
const FULL_OVERFLOW_POLL_DELAY: Duration = Duration::from_secs(10);

/// Polls until Telegram no longer knows the token.
///
/// While the journal can't be written, an update is confirmed when it is answered; until then Telegram sends it and later ones
/// again.
pub(crate) async fn poll(poller: &mut Poller, receiver: &Arc<Receiver>) -> InvalidToken {
    loop {
        let updates = match poller.next().await {
            Ok(updates) => updates,
            Err(invalid) => return invalid,
        };
        // Spawned, so that a shutdown cannot interrupt it between the journal and the lanes.
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
            if !receiver.may_confirm(update, until).await {
                if n > 0 || !is_full {
                    break;
                }
                warn!(
                    "confirming an update that is neither answered nor in the journal, so that new ones can be received"
                );
            }
            poller.mark_received(update);
        }
    }
}

/// Scans the journal for orphans, forever.
pub(crate) async fn keep_adopting_orphans(receiver: Arc<Receiver>, is_shared: bool) {
    let interval = if is_shared { SHARED_ORPHAN_SCAN_INTERVAL } else { ORPHAN_SCAN_INTERVAL };
    loop {
        tokio::time::sleep(interval).await;
        receiver.adopt_orphans(interval).await;
    }
}
