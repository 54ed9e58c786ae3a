//! Shutdown: its signal and its deadline. Work due after the deadline is left for the next start.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Time reserved before the deadline to persist unfinished work.
const FLUSH_RESERVE: Duration = Duration::from_secs(1);

/// Shutdown signal, shared by all waiting tasks.
pub(crate) struct Shutdown {
    closing: CancellationToken,
    /// Time from the signal to the deadline.
    drain: Duration,
    end: OnceLock<Instant>,
}

impl Shutdown {
    /// Creates the signal; [`Shutdown::begin`] cancels `closing`.
    pub(crate) fn new(closing: CancellationToken, drain: Duration) -> Self {
        Self { closing, drain, end: OnceLock::new() }
    }

    /// Starts the shutdown.
    pub(crate) fn begin(&self) {
        self.end();
        self.closing.cancel();
    }

    /// Tells whether the shutdown has started.
    pub(crate) fn is_started(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// Waits until the shutdown starts.
    pub(crate) async fn started(&self) {
        self.closing.cancelled().await;
    }

    fn end(&self) -> Instant {
        *self.end.get_or_init(|| Instant::now() + self.drain)
    }
}

/// Waits until a time; returns `false` at once if the shutdown deadline is earlier. Without `shutdown` it always waits.
pub(crate) async fn sleep_until(shutdown: Option<&Shutdown>, time: Instant) -> bool {
    let Some(shutdown) = shutdown else {
        tokio::time::sleep_until(time).await;
        return true;
    };
    tokio::select! {
        biased;
        () = tokio::time::sleep_until(time) => return true,
        () = shutdown.closing.cancelled() => {}
    }
    let is_in_time = time <= shutdown.end();
    if is_in_time {
        tokio::time::sleep_until(time).await;
    }
    is_in_time
}

/// Waits until the shutdown deadline is near, leaving just the time to persist unfinished work. Without `shutdown` it waits
/// forever.
pub(crate) async fn deadline_near(shutdown: Option<&Shutdown>) {
    let Some(shutdown) = shutdown else { return std::future::pending().await };
    shutdown.closing.cancelled().await;
    tokio::time::sleep_until(shutdown.end() - FLUSH_RESERVE.min(shutdown.drain / 2)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn wait_beyond_the_deadline_ends_at_once() {
        const SECOND: Duration = Duration::from_secs(1);
        let shutdown = Shutdown::new(CancellationToken::new(), 7 * SECOND);
        let start = Instant::now();
        assert!(sleep_until(Some(&shutdown), start + 9 * SECOND).await);
        let stop = async {
            tokio::time::sleep(SECOND).await;
            shutdown.begin();
        };
        let waiting = async {
            let is_in_time = sleep_until(Some(&shutdown), start + 99 * SECOND).await;
            (is_in_time, start.elapsed().as_secs())
        };
        assert_eq!(tokio::join!(waiting, stop).0, (false, 10));
        assert!(sleep_until(Some(&shutdown), start + 17 * SECOND).await);
        assert!(!sleep_until(Some(&shutdown), start + 18 * SECOND).await);
    }
}
