//! Workers: a bounded pool of threads that compute replies, short requests first.
//!
//! A thread can't be interrupted, so the cost of a request is estimated from the length of its text before it runs. A long
//! request starts when no short one waits. After [`MAX_LONG_WAIT`] it goes before short ones too, but at most one long request
//! goes before any short one.
//!
//! A late reply is still delivered. A thread counts as stuck by its own processor time, not by the load of the machine; the user
//! then gets an error message, and another thread replaces it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::thread_clock::ThreadClock;
use crate::config::RunLimits;
use crate::conversation::Request;
use crate::metrics::FailureKind;
use crate::telegram::fair_queue::{FairQueue, Shares};

/// Number of characters above which a request is long. The longest labelled question has 188, and the cost grows with the length;
/// Telegram's maximum is 4096.
const LONG_TEXT_LEN: usize = 256;

/// Time after which a long request no longer waits for short ones.
const MAX_LONG_WAIT: Duration = Duration::from_secs(10);

/// Time after which a slow request is logged.
const SLOW_REQUEST: Duration = Duration::from_secs(10);

/// Maximum number of stuck threads; with more, the bot ends to be restarted.
///
/// Each may keep a core busy, and only the end of the process stops it.
const MAX_STUCK: usize = 8;

/// Number of threads for blocking work beside the workers: one for name resolution, one for the disk, one for the kept
/// questions, and replacements of stuck threads.
pub const SPARE_THREADS: usize = MAX_STUCK + 3;

/// Estimated cost of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    Short,
    Long,
}

impl Cost {
    pub(crate) fn of(request: &Request) -> Self {
        let text = match request {
            Request::Ask(text) | Request::Search(text) | Request::Contacts { words: text, .. } => text,
            _ => return Self::Short,
        };
        if text.chars().nth(LONG_TEXT_LEN).is_some() { Self::Long } else { Self::Short }
    }
}

/// Pool of worker threads.
pub(crate) struct Workers {
    shared: Arc<Pool>,
    limits: RunLimits,
    /// Number of stuck threads.
    n_stuck: Arc<Mutex<usize>>,
    /// Cancelled when too many threads are stuck.
    exhausted: CancellationToken,
}

struct Pool {
    n_workers: usize,
    /// Maximum number of concurrent long requests.
    max_long: usize,
    state: Mutex<QueueState>,
}

struct QueueState {
    n_running: usize,
    n_long: usize,
    short: FairQueue<WaitingRequest>,
    long: FairQueue<WaitingRequest>,
    /// Time at which a long request last started or ended.
    last_long: Option<Instant>,
    shares: Shares<i64>,
}

struct WaitingRequest {
    person: i64,
    granted: oneshot::Sender<Permit>,
}

/// Permit to run one request; dropping it grants it to the next in the queue.
pub(crate) struct Permit {
    shared: Option<Arc<Pool>>,
    cost: Cost,
}

impl Workers {
    /// Creates a pool for `n` concurrent requests, of which at most half, but at least one, are long.
    pub(crate) fn new(n: usize, limits: RunLimits) -> Self {
        let n_workers = n.max(1);
        let state = QueueState {
            n_running: 0,
            n_long: 0,
            short: FairQueue::new(),
            long: FairQueue::new(),
            last_long: None,
            shares: Shares::new(),
        };
        Self {
            shared: Arc::new(Pool { n_workers, max_long: (n_workers / 2).max(1), state: Mutex::new(state) }),
            limits,
            n_stuck: Arc::default(),
            exhausted: CancellationToken::new(),
        }
    }

    /// Waits for a permit to run a request of a user.
    pub(crate) async fn acquire(&self, cost: Cost, person: i64) -> Permit {
        let (granted, grant) = oneshot::channel();
        {
            let (mut state, now) = (self.shared.lock(), Instant::now());
            let share = state.shares.of(&person, now);
            let queue = if cost == Cost::Long { &mut state.long } else { &mut state.short };
            queue.push(now, share, WaitingRequest { person, granted });
            self.shared.grant(&mut state);
        }
        // The sender is dropped only with the queue.
        grant.await.unwrap_or(Permit { shared: None, cost })
    }

    /// Returns the number of queued requests.
    pub(crate) fn n_waiting(&self) -> usize {
        let state = self.shared.lock();
        state.short.len() + state.long.len()
    }

    /// Runs a request to its end; only a stuck thread is abandoned.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        _permit: Permit,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, FailureKind> {
        let clock = Arc::new(ThreadClock::default());
        let mut working = tokio::task::spawn_blocking({
            let clock = Arc::clone(&clock);
            move || {
                clock.start();
                work()
            }
        });
        let start = Instant::now();
        let interval = Duration::from_secs(1).min(self.limits.processor_time / 4).max(Duration::from_millis(1));
        let mut is_late = false;
        loop {
            match tokio::time::timeout(interval, &mut working).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(_)) => {
                    // The panic message may quote the question.
                    error!("a request could not be answered because of a panic");
                    return Err(FailureKind::panic);
                }
                Err(_) => {}
            }
            let (elapsed, processor_time) = (start.elapsed(), clock.processor_time());
            if elapsed >= self.limits.elapsed || processor_time >= self.limits.processor_time {
                error!(?elapsed, ?processor_time, "a request did not end: its thread is stuck and is replaced");
                self.abandon(working);
                return Err(FailureKind::stuck);
            }
            if !is_late && elapsed >= SLOW_REQUEST {
                is_late = true;
                info!(?elapsed, ?processor_time, "a request is slow");
            }
        }
    }

    /// Waits until too many threads are stuck.
    pub(crate) async fn exhausted(&self) {
        self.exhausted.cancelled().await;
    }

    /// Abandons a thread, which counts as stuck until it returns.
    fn abandon<T: Send + 'static>(&self, working: JoinHandle<T>) {
        let n_stuck = {
            let mut n_stuck = lock(&self.n_stuck);
            *n_stuck += 1;
            *n_stuck
        };
        if n_stuck > MAX_STUCK {
            self.exhausted.cancel();
        }
        let all = Arc::clone(&self.n_stuck);
        tokio::spawn(async move {
            let _ = working.await;
            *lock(&all) -= 1;
        });
    }
}

impl QueueState {
    /// Removes the request that runs next, if any may run.
    fn pop(&mut self, n_workers: usize, max_long: usize, now: Instant) -> Option<(Cost, WaitingRequest)> {
        if self.n_running >= n_workers {
            return None;
        }
        let is_long_next = self.n_long < max_long
            && match self.short.oldest() {
                None => true,
                // No long request has passed the oldest short one yet.
                Some(since) => {
                    self.n_long == 0
                        && self.last_long.is_none_or(|last| last < since)
                        && self.long.oldest().is_some_and(|long| now.saturating_duration_since(long) >= MAX_LONG_WAIT)
                }
            };
        // Ahead of short ones only the oldest goes; otherwise the order of the fair queue applies.
        let is_exception = !self.short.is_empty();
        if is_long_next && let Some(waiter) = if is_exception { self.long.pop_oldest() } else { self.long.pop() } {
            return Some((Cost::Long, waiter));
        }
        self.short.pop().map(|waiter| (Cost::Short, waiter))
    }
}

impl Pool {
    /// Grants permits while there are free workers.
    fn grant(self: &Arc<Self>, state: &mut QueueState) {
        let now = Instant::now();
        while let Some((cost, WaitingRequest { person, granted })) = state.pop(self.n_workers, self.max_long, now) {
            match granted.send(Permit { shared: Some(Arc::clone(self)), cost }) {
                Ok(()) => {
                    state.n_running += 1;
                    state.shares.give(person, now);
                    if cost == Cost::Long {
                        state.n_long += 1;
                        state.last_long = Some(now);
                    }
                }
                // The waiter is gone. The permit was not counted, so it must not be returned.
                Err(mut permit) => permit.shared = None,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        lock(&self.state)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let mut state = shared.lock();
        state.n_running -= 1;
        if self.cost == Cost::Long {
            state.n_long -= 1;
            state.last_long = Some(Instant::now());
        }
        shared.grant(&mut state);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures::FutureExt;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Queues requests in this order, runs each for a second, and returns the order in which they start.
    async fn started(workers: &Arc<Workers>, requests: &[(Cost, i64)]) -> Vec<(Cost, i64)> {
        let order: Arc<Mutex<Vec<(Cost, i64)>>> = Arc::default();
        let mut running = Vec::new();
        for request in requests {
            let (workers, order, request) = (Arc::clone(workers), Arc::clone(&order), *request);
            running.push(tokio::spawn(async move {
                let _permit = workers.acquire(request.0, request.1).await;
                lock(&order).push(request);
                tokio::time::sleep(SECOND).await;
            }));
            tokio::task::yield_now().await;
        }
        futures::future::join_all(running).await;
        lock(&order).clone()
    }

    fn workers(n: usize) -> Arc<Workers> {
        Arc::new(Workers::new(n, RunLimits::FIXED))
    }

    #[test]
    fn cost_depends_on_text_length() {
        let cost = |n: usize| Cost::of(&Request::Ask("ñ".repeat(n)));
        assert_eq!([1, 256, 257, 4096].map(cost), [Cost::Short, Cost::Short, Cost::Long, Cost::Long]);
        assert_eq!(Cost::of(&Request::Help), Cost::Short);
    }

    #[tokio::test(start_paused = true)]
    async fn short_request_waits_for_one_long_one() {
        use Cost::{Long, Short};
        let order = started(&workers(1), &[(Long, 1), (Long, 2), (Long, 3), (Short, 4), (Short, 5)]).await;
        assert_eq!(order[..3], [(Long, 1), (Short, 4), (Short, 5)], "{order:?}");
        // With two workers it waits for none.
        let order = started(&workers(2), &[(Long, 1), (Long, 2), (Long, 3), (Short, 4)]).await;
        assert_eq!(order[..2], [(Long, 1), (Short, 4)], "{order:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn long_request_is_not_starved() {
        let workers = workers(1);
        let busy = workers.acquire(Cost::Short, 0).await;
        let requests: Vec<(Cost, i64)> =
            [(Cost::Long, 1), (Cost::Long, 2)].into_iter().chain((3..33).map(|person| (Cost::Short, person))).collect();
        let running = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move { started(&workers, &requests).await }
        });
        tokio::time::sleep(MAX_LONG_WAIT).await;
        drop(busy);
        let order = running.await.unwrap();
        let at: Vec<usize> = (0..order.len()).filter(|n| order[*n].0 == Cost::Long).collect();
        assert_eq!(at, [0, 31], "{order:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn newcomer_goes_before_heavy_users() {
        let workers = workers(1);
        let busy = workers.acquire(Cost::Short, 1).await;
        let mut requests = vec![(Cost::Short, 1); 20];
        requests.push((Cost::Short, 2));
        let running = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move { started(&workers, &requests).await }
        });
        tokio::time::sleep(SECOND).await;
        drop(busy);
        let order = running.await.unwrap();
        assert!(order[..2].contains(&(Cost::Short, 2)), "{order:?}");
    }

    #[tokio::test]
    async fn panic_costs_its_own_request_only() {
        let workers = workers(1);
        let poisoned = || -> u8 { panic!("poison") };
        assert_eq!(workers.run(workers.acquire(Cost::Short, 1).await, poisoned).await, Err(FailureKind::panic));
        assert_eq!(workers.run(workers.acquire(Cost::Short, 1).await, || 7).await, Ok(7));
    }

    /// Runs a request that ends when it receives a number.
    async fn run_without_end(workers: &Workers) -> (mpsc::Sender<u8>, Result<u8, FailureKind>) {
        let (end, received) = mpsc::channel();
        let permit = workers.acquire(Cost::Long, 1).await;
        (end, workers.run(permit, move || received.recv().unwrap_or_default()).await)
    }

    fn with_short_timeout(n: usize) -> Workers {
        Workers::new(n, RunLimits { elapsed: Duration::from_millis(10), ..RunLimits::FIXED })
    }

    #[tokio::test(start_paused = true)]
    async fn late_answer_is_delivered() {
        let (workers, (end, received)) = (workers(1), mpsc::channel());
        let permit = workers.acquire(Cost::Short, 1).await;
        let running = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move { workers.run(permit, move || received.recv().unwrap_or_default()).await }
        });
        for _ in 0..600 {
            tokio::time::advance(SECOND).await;
            tokio::task::yield_now().await;
        }
        end.send(7).unwrap();
        assert_eq!(running.await.unwrap(), Ok(7));
    }

    #[tokio::test]
    async fn endless_loop_is_detected_by_processor_time() {
        let processor_time = Duration::from_millis(100);
        let workers = Workers::new(1, RunLimits { processor_time, ..RunLimits::FIXED });
        let (end, received) = mpsc::channel::<()>();
        let spin = move || while received.try_recv() == Err(mpsc::TryRecvError::Empty) {};
        let permit = workers.acquire(Cost::Short, 1).await;
        assert_eq!(workers.run(permit, spin).await, Err(FailureKind::stuck));
        let permit = workers.acquire(Cost::Short, 1).await;
        assert_eq!(workers.run(permit, || 7).await, Ok(7), "another thread has replaced it");
        drop(end);
    }

    #[tokio::test]
    async fn stuck_thread_counts_until_it_returns() {
        let workers = with_short_timeout(1);
        // More than the maximum, one after the other.
        for _ in 0..=MAX_STUCK {
            let (end, result) = run_without_end(&workers).await;
            assert_eq!(result, Err(FailureKind::stuck));
            end.send(1).unwrap();
            while *lock(&workers.n_stuck) > 0 {
                tokio::task::yield_now().await;
            }
        }
        assert!(workers.exhausted().now_or_never().is_none());
    }

    #[tokio::test]
    async fn too_many_stuck_threads_exhaust_the_bot() {
        let workers = with_short_timeout(1);
        let mut ends = Vec::new();
        for n_stuck in 0..=MAX_STUCK {
            assert!(workers.exhausted().now_or_never().is_none(), "{n_stuck}");
            ends.push(run_without_end(&workers).await);
        }
        workers.exhausted().await;
    }
}
