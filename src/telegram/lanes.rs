//! Lanes: one chat, one lane; order holds within a lane, and no lane holds up another.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::task::TaskTracker;
use tracing::error;

/// Queues of jobs by chat. A lane exists while it has work: its task ends with its last job.
pub(super) struct Lanes<Job> {
    capacity: usize,
    tasks: TaskTracker,
    run: Arc<dyn Fn(Job) -> BoxFuture<'static, ()> + Send + Sync>,
    open: Arc<Mutex<Open<Job>>>,
}

/// What became of a job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry<Job> {
    /// It will be run after those before it.
    Queued,
    /// The lane is full, for the first time since it was last empty.
    Overflow(Job),
    /// The lane is still full, or was not empty in between.
    Dropped,
}

type Open<Job> = HashMap<i64, Lane<Job>>;

struct Lane<Job> {
    waiting: VecDeque<Job>,
    has_overflowed: bool,
}

impl<Job: Send + 'static> Lanes<Job> {
    /// Makes lanes in which at most `capacity` jobs wait beside the one that runs; their tasks are among `tasks`.
    pub(super) fn new<Running>(
        capacity: usize,
        tasks: TaskTracker,
        run: impl Fn(Job) -> Running + Send + Sync + 'static,
    ) -> Self
    where
        Running: Future<Output = ()> + Send + 'static,
    {
        let run = Arc::new(move |job| run(job).boxed());
        Self { capacity, tasks, run, open: Arc::default() }
    }

    /// Puts a job at the end of a chat's lane. Never waits.
    pub(super) fn push(&self, chat: i64, job: Job) -> Entry<Job> {
        let mut open = lock(&self.open);
        match open.get_mut(&chat) {
            None => {
                open.insert(chat, Lane { waiting: VecDeque::new(), has_overflowed: false });
                let run = Arc::clone(&self.run);
                let lanes = Arc::clone(&self.open);
                self.tasks.spawn(drive(chat, job, run, lanes));
                Entry::Queued
            }
            Some(lane) if lane.waiting.len() < self.capacity => {
                lane.waiting.push_back(job);
                Entry::Queued
            }
            Some(lane) if !lane.has_overflowed => {
                lane.has_overflowed = true;
                Entry::Overflow(job)
            }
            Some(_) => Entry::Dropped,
        }
    }
}

/// Runs the jobs of a lane until there are none, then closes it. A panic ends its job, not the lane.
async fn drive<Job>(
    chat: i64,
    first: Job,
    run: Arc<dyn Fn(Job) -> BoxFuture<'static, ()> + Send + Sync>,
    open: Arc<Mutex<Open<Job>>>,
) {
    let mut next = Some(first);
    while let Some(job) = next {
        if AssertUnwindSafe(async { run(job).await }).catch_unwind().await.is_err() {
            error!("an update was given up after a panic");
        }
        let mut open = lock(&open);
        next = open.get_mut(&chat).and_then(|lane| lane.waiting.pop_front());
        if next.is_none() {
            open.remove(&chat);
        }
    }
}

fn lock<Job>(open: &Mutex<Open<Job>>) -> MutexGuard<'_, Open<Job>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::{Semaphore, mpsc};

    /// Lanes of words that report each word after a go-ahead; the word "poison" panics.
    fn lanes(capacity: usize) -> (Lanes<&'static str>, Arc<Semaphore>, mpsc::UnboundedReceiver<&'static str>) {
        let (report, reports) = mpsc::unbounded_channel();
        let go = Arc::new(Semaphore::new(0));
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
        (Lanes::new(capacity, TaskTracker::new(), run), go, reports)
    }

    #[tokio::test]
    async fn a_chat_keeps_its_order_and_another_overtakes_it() {
        let (lanes, go, mut reports) = lanes(16);
        for word in ["one", "two", "three"] {
            assert_eq!(lanes.push(1, word), Entry::Queued);
        }
        lanes.push(2, "free");
        assert_eq!(reports.recv().await, Some("free"));
        go.add_permits(3);
        for word in ["one", "two", "three"] {
            assert_eq!(reports.recv().await, Some(word));
        }
    }

    #[tokio::test]
    async fn a_full_lane_says_so_once_until_it_was_empty() {
        let (lanes, go, mut reports) = lanes(1);
        assert_eq!(lanes.push(1, "runs"), Entry::Queued);
        assert_eq!(lanes.push(1, "waits"), Entry::Queued);
        assert_eq!(lanes.push(1, "first too many"), Entry::Overflow("first too many"));
        assert_eq!(lanes.push(1, "second too many"), Entry::Dropped);
        assert_eq!(lanes.push(2, "free"), Entry::Queued);
        go.add_permits(2);
        for _ in 0..3 {
            reports.recv().await;
        }
        lanes.tasks.close();
        lanes.tasks.wait().await;
        assert!(lock(&lanes.open).is_empty(), "empty lanes vanish");
        assert_eq!(lanes.push(1, "runs"), Entry::Queued);
        assert_eq!(lanes.push(1, "waits"), Entry::Queued);
        assert_eq!(lanes.push(1, "too many again"), Entry::Overflow("too many again"));
        go.add_permits(2);
    }

    #[tokio::test]
    async fn a_panic_harms_only_its_own_job() {
        let (lanes, go, mut reports) = lanes(16);
        for word in ["poison", "two", "three"] {
            lanes.push(1, word);
        }
        go.add_permits(3);
        assert_eq!(reports.recv().await, Some("two"));
        assert_eq!(reports.recv().await, Some("three"));
    }
}
