//! Lanes: one chat, one lane; order holds within a lane, and no lane holds up another.
//!
//! A lane holds a bounded number of jobs. What comes in beyond that is not lost: it waits in the journal, from which the
//! lane loads it when its own jobs are done.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use prometheus_client::metrics::gauge::Gauge;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::error;

/// Queues of jobs by chat. A lane exists while it has work: its task ends with its last job.
pub(super) struct Lanes<Job> {
    inner: Arc<Inner<Job>>,
    tasks: TaskTracker,
}

/// How a job is run.
type Run<Job> = Box<dyn Fn(Job) -> BoxFuture<'static, ()> + Send + Sync>;

/// How more jobs of a chat are loaded, at most so many; `None` when there are no more.
type Load<Job> = Box<dyn Fn(i64, usize) -> BoxFuture<'static, Option<Vec<Job>>> + Send + Sync>;

struct Inner<Job> {
    capacity: usize,
    /// Whether others fill the journal too, so that a lane must look there before it ends.
    is_shared: bool,
    run: Run<Job>,
    load: Load<Job>,
    open: Mutex<HashMap<i64, Lane<Job>>>,
    /// How many jobs wait in all lanes.
    depth: Gauge,
    /// Nothing more is loaded.
    closing: CancellationToken,
    /// What runs is given up.
    halt: CancellationToken,
}

struct Lane<Job> {
    waiting: VecDeque<Job>,
    /// Whether more may wait in the journal; jobs are left there until it is empty, to keep the order.
    has_more: bool,
    /// How many were left there.
    n_left: u64,
}

impl<Job: Send + 'static> Lanes<Job> {
    /// Makes lanes in which at most `capacity` jobs wait beside the one that runs; their tasks are among `tasks`.
    ///
    /// When `closing` is cancelled nothing more is loaded: lanes end with the jobs they hold.
    pub(super) fn new<Running, Loading>(
        capacity: usize,
        is_shared: bool,
        tasks: TaskTracker,
        depth: Gauge,
        closing: CancellationToken,
        run: impl Fn(Job) -> Running + Send + Sync + 'static,
        load: impl Fn(i64, usize) -> Loading + Send + Sync + 'static,
    ) -> Self
    where
        Running: Future<Output = ()> + Send + 'static,
        Loading: Future<Output = Option<Vec<Job>>> + Send + 'static,
    {
        let inner = Inner {
            capacity,
            is_shared,
            run: Box::new(move |job| run(job).boxed()),
            load: Box::new(move |chat, limit| load(chat, limit).boxed()),
            open: Mutex::default(),
            depth,
            closing,
            halt: CancellationToken::new(),
        };
        Self { inner: Arc::new(inner), tasks }
    }

    /// Puts a job at the end of a chat's lane. Never waits.
    ///
    /// Where the lane is full the job is let go, to be loaded from the journal later; one that isn't there `must_keep`. Where
    /// others fill the journal too it is always loaded, because theirs may come before it.
    pub(super) fn push(&self, chat: i64, job: Job, must_keep: bool) {
        if self.inner.is_shared && !must_keep {
            return self.wake(chat);
        }
        let mut open = self.inner.lock();
        match open.get_mut(&chat) {
            None => {
                open.insert(chat, Lane { waiting: VecDeque::from([job]), has_more: false, n_left: 0 });
                self.inner.depth.inc();
                self.tasks.spawn(Arc::clone(&self.inner).drive(chat));
            }
            Some(lane) if must_keep || (!lane.has_more && lane.waiting.len() < self.inner.capacity) => {
                lane.waiting.push_back(job);
                self.inner.depth.inc();
            }
            Some(lane) => {
                lane.has_more = true;
                lane.n_left += 1;
            }
        }
    }

    /// Lets a chat's lane load what waits for it.
    pub(super) fn wake(&self, chat: i64) {
        let mut open = self.inner.lock();
        match open.get_mut(&chat) {
            None => {
                open.insert(chat, Lane { waiting: VecDeque::new(), has_more: true, n_left: 1 });
                self.tasks.spawn(Arc::clone(&self.inner).drive(chat));
            }
            Some(lane) => {
                lane.has_more = true;
                lane.n_left += 1;
            }
        }
    }

    /// Gives up every job.
    pub(super) fn halt(&self) {
        self.inner.halt.cancel();
    }
}

impl<Job: Send + 'static> Inner<Job> {
    /// Runs the jobs of a lane until there are none, then closes it. A panic ends its job, not the lane.
    async fn drive(self: Arc<Self>, chat: i64) {
        let jobs = async {
            while let Some(job) = self.next(chat).await {
                if AssertUnwindSafe(async { (self.run)(job).await }).catch_unwind().await.is_err() {
                    error!("an update was given up after a panic");
                }
            }
        };
        tokio::select! {
            biased;
            () = self.halt.cancelled() => drop(self.lock().remove(&chat)),
            () = jobs => {}
        }
    }

    /// Returns the next job of a lane; `None` when there is none and the lane is closed.
    async fn next(&self, chat: i64) -> Option<Job> {
        loop {
            let n_left = {
                let mut open = self.lock();
                let lane = open.get_mut(&chat)?;
                if let Some(job) = lane.waiting.pop_front() {
                    self.depth.dec();
                    return Some(job);
                }
                if !(lane.has_more || self.is_shared) || self.closing.is_cancelled() {
                    open.remove(&chat);
                    return None;
                }
                lane.n_left
            };
            let loaded = (self.load)(chat, self.capacity.max(1)).await;
            let mut open = self.lock();
            let lane = open.get_mut(&chat)?;
            match loaded {
                Some(jobs) => {
                    self.depth.inc_by(i64::try_from(jobs.len()).unwrap_or_default());
                    lane.waiting.extend(jobs);
                }
                // What was left in the journal meanwhile may have come too late for this look.
                None if lane.n_left == n_left && lane.waiting.is_empty() => {
                    open.remove(&chat);
                    return None;
                }
                None => {}
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Lane<Job>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::{Semaphore, mpsc};

    struct Bench {
        lanes: Lanes<&'static str>,
        go: Arc<Semaphore>,
        reports: mpsc::UnboundedReceiver<&'static str>,
        journal: Arc<Mutex<VecDeque<&'static str>>>,
    }

    /// Lanes of words that report each word after a go-ahead; the word "poison" panics. A journal holds what they let go.
    fn lanes(capacity: usize) -> Bench {
        let (report, reports) = mpsc::unbounded_channel();
        let go = Arc::new(Semaphore::new(0));
        let journal: Arc<Mutex<VecDeque<&'static str>>> = Arc::default();
        let run = {
            let go = Arc::clone(&go);
            move |word: &'static str| {
                let (report, go) = (report.clone(), Arc::clone(&go));
                async move {
                    if !word.starts_with("free") {
                        go.acquire().await.unwrap().forget();
                    }
                    assert_ne!(word, "poison");
                    report.send(word).unwrap();
                }
            }
        };
        let load = {
            let journal = Arc::clone(&journal);
            move |_, limit: usize| {
                let mut journal = journal.lock().unwrap();
                let n = limit.min(journal.len());
                let loaded: Vec<_> = journal.drain(..n).collect();
                std::future::ready((!loaded.is_empty()).then_some(loaded))
            }
        };
        Bench {
            lanes: Lanes::new(
                capacity,
                false,
                TaskTracker::new(),
                Gauge::default(),
                CancellationToken::new(),
                run,
                load,
            ),
            go,
            reports,
            journal,
        }
    }

    #[tokio::test]
    async fn a_chat_keeps_its_order_and_another_overtakes_it() {
        let Bench { lanes, go, mut reports, .. } = lanes(16);
        for word in ["one", "two", "three"] {
            lanes.push(1, word, false);
        }
        lanes.push(2, "free", false);
        assert_eq!(reports.recv().await, Some("free"));
        go.add_permits(3);
        for word in ["one", "two", "three"] {
            assert_eq!(reports.recv().await, Some(word));
        }
    }

    #[tokio::test]
    async fn what_a_full_lane_lets_go_is_loaded_later_in_order() {
        let Bench { lanes, go, mut reports, journal } = lanes(2);
        for word in ["one", "two"] {
            lanes.push(1, word, false);
        }
        for word in ["three", "four", "five"] {
            journal.lock().unwrap().push_back(word);
            lanes.push(1, word, false);
        }
        lanes.push(2, "free", false);
        assert_eq!(reports.recv().await, Some("free"));
        go.add_permits(5);
        for word in ["one", "two", "three", "four", "five"] {
            assert_eq!(reports.recv().await, Some(word));
        }
        lanes.tasks.close();
        lanes.tasks.wait().await;
        assert!(lanes.inner.lock().is_empty(), "empty lanes vanish");
    }

    #[tokio::test]
    async fn what_the_journal_does_not_hold_is_kept_in_a_full_lane() {
        let Bench { lanes, go, mut reports, .. } = lanes(1);
        for word in ["one", "two", "three"] {
            lanes.push(1, word, true);
        }
        go.add_permits(3);
        for word in ["one", "two", "three"] {
            assert_eq!(reports.recv().await, Some(word));
        }
    }

    #[tokio::test]
    async fn a_panic_harms_only_its_own_job() {
        let Bench { lanes, go, mut reports, .. } = lanes(16);
        for word in ["poison", "two", "three"] {
            lanes.push(1, word, false);
        }
        go.add_permits(3);
        assert_eq!(reports.recv().await, Some("two"));
        assert_eq!(reports.recv().await, Some("three"));
    }

    #[tokio::test]
    async fn a_halt_ends_what_runs() {
        let Bench { lanes, .. } = lanes(16);
        lanes.push(1, "stuck", false);
        lanes.halt();
        lanes.tasks.close();
        lanes.tasks.wait().await;
    }
}
