//! Works answers out on threads of their own, where they hold up nothing. One that panics ends there; one that never comes
//! is given up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::metrics::FailureKind;

/// How many threads there must be for work that blocks beside those that answer: one for names to be looked up, the others in
/// place of threads whose answer never came.
pub const SPARE_THREADS: usize = 4;

/// Threads that answer.
pub(super) struct Workers {
    places: Semaphore,
    /// How long an answer may take to work out.
    patience: Duration,
    /// The threads that may still be lost.
    spare: Arc<Semaphore>,
    /// None is left.
    exhausted: CancellationToken,
}

impl Workers {
    /// Lets at most `n` answers be worked out at the same time.
    pub(super) fn new(n: usize, patience: Duration) -> Self {
        Self {
            places: Semaphore::new(n.max(1)),
            patience,
            spare: Arc::new(Semaphore::new(SPARE_THREADS - 1)),
            exhausted: CancellationToken::new(),
        }
    }

    /// Works something out.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, FailureKind> {
        let _place = self.places.acquire().await.expect("the semaphore is never closed");
        let mut working = tokio::task::spawn_blocking(work);
        match tokio::time::timeout(self.patience, &mut working).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => {
                // What the panic says may quote the question.
                error!("a request could not be answered because of a panic");
                Err(FailureKind::panic)
            }
            Err(_) => {
                error!("a request could not be answered because it took too long");
                self.give_up(working);
                Err(FailureKind::stuck)
            }
        }
    }

    /// Waits until so many threads are lost that soon nothing could be answered any more.
    pub(super) async fn exhausted(&self) {
        self.exhausted.cancelled().await;
    }

    /// Leaves a thread to itself, which nothing can end; it counts as lost until it comes back.
    fn give_up<T: Send + 'static>(&self, working: JoinHandle<T>) {
        if let Ok(spare) = Arc::clone(&self.spare).try_acquire_owned() {
            tokio::spawn(async move {
                let _ = working.await;
                drop(spare);
            });
        }
        if self.spare.available_permits() == 0 {
            self.exhausted.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_while_answering_does_not_spread() {
        let workers = Workers::new(1, Duration::from_secs(60));
        let poisoned = || -> u8 { panic!("poison") };
        assert_eq!(workers.work(poisoned).await, Err(FailureKind::panic));
        assert_eq!(workers.work(|| 7).await, Ok(7));
    }

    /// Works something out that takes until it is told a number.
    async fn work_without_end(workers: &Workers) -> (mpsc::Sender<u8>, Result<u8, FailureKind>) {
        let (end, told) = mpsc::channel();
        (end, workers.work(move || told.recv().unwrap_or_default()).await)
    }

    #[tokio::test]
    async fn an_answer_that_never_comes_is_given_up_and_its_thread_counts_until_it_is_back() {
        let workers = Workers::new(1, Duration::from_millis(10));
        // One after the other, more than may be lost at the same time.
        for _ in 0..=SPARE_THREADS {
            let (end, result) = work_without_end(&workers).await;
            assert_eq!(result, Err(FailureKind::stuck));
            end.send(1).unwrap();
            while workers.spare.available_permits() < SPARE_THREADS - 1 {
                tokio::task::yield_now().await;
            }
        }
        assert!(workers.exhausted().now_or_never().is_none());
    }

    #[tokio::test]
    async fn when_too_many_threads_are_lost_that_is_said_before_none_is_left() {
        let workers = Workers::new(1, Duration::from_millis(10));
        let mut ends = Vec::new();
        for n_lost in 1..SPARE_THREADS {
            assert!(workers.exhausted().now_or_never().is_none(), "{n_lost}");
            ends.push(work_without_end(&workers).await);
        }
        workers.exhausted().await;
    }
}
