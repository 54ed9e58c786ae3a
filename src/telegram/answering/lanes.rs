//! Lanes: one queue per chat. Order is kept within a lane, and lanes do not block each other.
//!
//! A lane holds a bounded number of jobs. Further ones wait in the journal, from which the lane loads them when it is empty. A job
//! that must wait is postponed, and the lane goes on with the jobs of other people.

mod lane;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::error;

use self::lane::{AfterLoad, HandOver, Lane, Load, Loaded, OpenLanes, Step};
pub(crate) use self::lane::{Held, LaneJob};

/// Retry interval of loading from a journal that could not be read.
const LOAD_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Queues of jobs by chat. A lane exists while it has jobs: its task ends with the last one.
pub(crate) struct Lanes<Job> {
    inner: Arc<Inner<Job>>,
    tasks: TaskTracker,
}

/// Handle to the lane that a job runs in.
pub(crate) struct LaneHandle<Job> {
    inner: Arc<Inner<Job>>,
    chat: i64,
}

/// Function that runs a job; a postponed job is returned with the time at which it runs again, ahead of later ones.
type Run<Job> = Box<dyn Fn(LaneHandle<Job>, Job) -> BoxFuture<'static, Option<(Instant, Job)>> + Send + Sync>;

struct Inner<Job> {
    capacity: usize,
    /// Set if other replicas write to the journal too, so that a lane must check it before it ends.
    hand_over: Option<HandOver>,
    run: Run<Job>,
    load: Load<Job>,
    open: Mutex<OpenLanes<Job>>,
    /// Number of jobs waiting in all lanes.
    depth: Gauge,
    /// Cancelled when lanes stop loading and waiting.
    closing: CancellationToken,
    /// Cancelled when running jobs are aborted.
    halt: CancellationToken,
}

impl<Job: LaneJob + Send + 'static> Lanes<Job> {
    /// Creates lanes with at most `capacity` waiting jobs beside the running one; `tasks` tracks their tasks.
    ///
    /// When `closing` is cancelled, lanes finish the jobs they hold and load no more. `hand_over` is for a shared journal.
    pub(crate) fn new<Running, Loading>(
        capacity: usize,
        hand_over: Option<HandOver>,
        tasks: TaskTracker,
        depth: Gauge,
        closing: CancellationToken,
        run: impl Fn(LaneHandle<Job>, Job) -> Running + Send + Sync + 'static,
        load: impl Fn(i64, usize, Held) -> Loading + Send + Sync + 'static,
    ) -> Self
    where
        Running: Future<Output = Option<(Instant, Job)>> + Send + 'static,
        Loading: Future<Output = Loaded<Job>> + Send + 'static,
    {
        let inner = Inner {
            capacity: capacity.max(1),
            hand_over,
            run: Box::new(move |lane, job| run(lane, job).boxed()),
            load: Box::new(move |chat, limit, held| load(chat, limit, held).boxed()),
            open: Mutex::new(OpenLanes { lanes: HashMap::new(), migrated: HashMap::new() }),
            depth,
            closing,
            halt: CancellationToken::new(),
        };
        Self { inner: Arc::new(inner), tasks }
    }

    /// Adds a job to the end of a chat's lane. Never blocks.
    ///
    /// If the lane is full, the job is dropped and loaded from the journal later; `must_keep` is for a job that is not there, which
    /// runs after those that are, unless these can't be loaded. With a shared journal the job is always loaded, because those
    /// of other replicas may come first.
    pub(crate) fn push(&self, chat: i64, job: Job, must_keep: bool) {
        if self.inner.hand_over.is_some() && !must_keep {
            return self.wake(chat);
        }
        self.with_lane(chat, |lane| {
            if lane.push(job, must_keep, self.inner.capacity) {
                self.inner.depth.inc();
            }
        });
    }

    /// Makes a chat's lane load its jobs from the journal.
    pub(crate) fn wake(&self, chat: i64) {
        self.with_lane(chat, Lane::defer_to_journal);
    }

    /// Changes a chat's lane, which is opened if necessary.
    fn with_lane(&self, chat: i64, change: impl FnOnce(&mut Lane<Job>)) {
        let mut open = self.inner.lock();
        let chat = open.chat(chat);
        match open.lanes.entry(chat) {
            Entry::Occupied(mut lane) => change(lane.get_mut()),
            Entry::Vacant(place) => {
                change(place.insert(Lane::new()));
                self.tasks.spawn(Arc::clone(&self.inner).run_lane(chat));
            }
        }
    }

    /// Returns the current id of a chat.
    pub(crate) fn chat(&self, chat: i64) -> i64 {
        self.inner.lock().chat(chat)
    }

    /// Tells whether a group has migrated to a chat.
    pub(crate) fn is_migrated(&self, chat: i64) -> bool {
        self.inner.lock().migrated.values().any(|new| *new == chat)
    }

    /// Moves a group's lane to its new chat, see [`LaneHandle::migrate`].
    pub(crate) fn migrate(&self, old: i64, new: i64, update_journal: impl FnOnce()) {
        self.inner.migrate(old, new, update_journal);
    }

    /// Aborts every job.
    pub(crate) fn halt(&self) {
        self.inner.halt.cancel();
    }
}

impl<Job: LaneJob + Send + 'static> LaneHandle<Job> {
    /// Returns the current id of the lane's chat.
    pub(crate) fn chat(&self) -> i64 {
        self.inner.lock().chat(self.chat)
    }

    /// Moves a group's lane to its new chat, ahead of the jobs that wait there.
    ///
    /// The journal is updated under the same lock, so that nothing is loaded in between.
    pub(crate) fn migrate(&self, old: i64, new: i64, update_journal: impl FnOnce()) {
        self.inner.migrate(old, new, update_journal);
    }
}

impl<Job: LaneJob + Send + 'static> Inner<Job> {
    /// Runs the jobs of a lane until it is empty, then closes it. A panic ends its job, not the lane.
    async fn run_lane(self: Arc<Self>, chat: i64) {
        let jobs = async {
            while let Some(job) = self.next(chat).await {
                let lane = LaneHandle { inner: Arc::clone(&self), chat };
                match AssertUnwindSafe(async { (self.run)(lane, job).await }).catch_unwind().await {
                    Ok(None) => {}
                    Ok(Some((until, job))) => self.postpone(chat, until, job),
                    Err(_) => error!("an update was abandoned after a panic"),
                }
            }
        };
        tokio::select! {
            biased;
            () = self.halt.cancelled() => {
                let mut open = self.lock();
                let chat = open.chat(chat);
                open.lanes.remove(&chat);
            }
            () = jobs => {}
        }
    }

    fn postpone(&self, chat: i64, until: Instant, job: Job) {
        let mut open = self.lock();
        let chat = open.chat(chat);
        if let Some(lane) = open.lanes.get_mut(&chat) {
            lane.postponed.insert((until, job.number()), job);
            self.depth.inc();
        }
    }

    /// Returns the next job of a lane; `None` when the lane is empty and closed, or another task runs it too.
    async fn next(&self, chat: i64) -> Option<Job> {
        loop {
            let is_closing = self.closing.is_cancelled();
            let (now_chat, step, changed) = {
                let mut open = self.lock();
                let chat = open.chat(chat);
                let lane = open.lanes.get_mut(&chat)?;
                if lane.n_tasks > 1 {
                    lane.n_tasks -= 1;
                    lane.changed.notify_one();
                    return None;
                }
                let Some(step) = lane.step(self.capacity, self.hand_over.is_some(), is_closing) else {
                    open.lanes.remove(&chat);
                    if let Some(hand_over) = self.hand_over.as_ref().filter(|_| is_closing) {
                        hand_over(chat);
                    }
                    return None;
                };
                (chat, step, Arc::clone(&lane.changed))
            };
            match step {
                Step::Run(job) => {
                    self.depth.dec();
                    return Some(job);
                }
                Step::Wait(until) => self.wait(until, &changed).await,
                Step::Load { held, n_deferred } => {
                    let is_partial = !held.people.is_empty();
                    let loaded = (self.load)(now_chat, self.capacity, held).await;
                    if self.add_loaded(chat, loaded, n_deferred, is_partial)? {
                        self.wait(Instant::now() + LOAD_RETRY_INTERVAL, &changed).await;
                    }
                }
            }
        }
    }

    /// Waits for a time, a change of the lane or the shutdown.
    async fn wait(&self, until: Instant, changed: &Notify) {
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            () = changed.notified() => {}
            () = self.closing.cancelled() => {}
        }
    }

    /// Adds loaded jobs to a lane; tells whether to load again later, or `None` when the lane is still empty and is closed.
    fn add_loaded(&self, chat: i64, loaded: Loaded<Job>, n_deferred: u64, is_partial: bool) -> Option<bool> {
        let mut open = self.lock();
        let chat = open.chat(chat);
        let lane = open.lanes.get_mut(&chat)?;
        let n_waiting = lane.n_waiting();
        let after = lane.add_loaded(loaded, n_deferred, is_partial);
        self.depth.inc_by(i64::try_from(lane.n_waiting() - n_waiting).unwrap_or_default());
        if after == AfterLoad::Close {
            open.lanes.remove(&chat);
            return None;
        }
        Some(after == AfterLoad::LoadLater)
    }

    fn migrate(&self, old: i64, new: i64, update_journal: impl FnOnce()) {
        let mut open = self.lock();
        update_journal();
        open.migrate(old, new);
    }

    fn lock(&self) -> MutexGuard<'_, OpenLanes<Job>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use tokio::sync::{Semaphore, mpsc};

    use crate::telegram::journal::JournalUnavailable;

    impl LaneJob for &'static str {
        fn number(&self) -> i64 {
            let count = ["one", "two", "three", "four", "five", "six", "seven"];
            count.iter().zip(1..).find(|(word, _)| *word == self).map_or(100, |(_, number)| number)
        }

        fn waiting_person(&self) -> Option<i64> {
            None
        }
    }

    struct Fixture {
        lanes: Lanes<&'static str>,
        go: Arc<Semaphore>,
        reports: mpsc::UnboundedReceiver<&'static str>,
        journal: Arc<Mutex<VecDeque<&'static str>>>,
    }

    /// Creates lanes whose jobs are words, reported after a permit; "poison" panics, and "late" is postponed for an hour. A journal
    /// holds the overflow; it can't be read once where "unreadable" is first.
    fn lanes(capacity: usize) -> Fixture {
        let (report, reports) = mpsc::unbounded_channel();
        let go = Arc::new(Semaphore::new(0));
        let journal: Arc<Mutex<VecDeque<&'static str>>> = Arc::default();
        let run = {
            let go = Arc::clone(&go);
            move |_, word: &'static str| {
                let (report, go) = (report.clone(), Arc::clone(&go));
                async move {
                    if !word.starts_with("free") {
                        go.acquire().await.unwrap().forget();
                    }
                    assert_ne!(word, "poison");
                    if word == "late" {
                        return Some((Instant::now() + Duration::from_secs(3600), "at last"));
                    }
                    report.send(word).unwrap();
                    None
                }
            }
        };
        let load = {
            let journal = Arc::clone(&journal);
            move |_, limit: usize, held: Held| {
                let mut journal = journal.lock().unwrap();
                if journal.front() == Some(&"unreadable") {
                    journal.pop_front();
                    return std::future::ready(Err(JournalUnavailable));
                }
                journal.retain(|word| !held.numbers.contains(&word.number()));
                let n = limit.min(journal.len());
                let loaded: Vec<_> = journal.drain(..n).collect();
                std::future::ready(Ok((!loaded.is_empty()).then_some(loaded)))
            }
        };
        let (tasks, closing) = (TaskTracker::new(), CancellationToken::new());
        Fixture { lanes: Lanes::new(capacity, None, tasks, Gauge::default(), closing, run, load), go, reports, journal }
    }

    #[tokio::test]
    async fn jobs_keep_order_per_chat_and_chats_run_concurrently() {
        let Fixture { lanes, go, mut reports, .. } = lanes(16);
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
    async fn overflow_of_a_full_lane_is_loaded_later_in_order() {
        let Fixture { lanes, go, mut reports, journal } = lanes(2);
        for word in ["one", "two"] {
            lanes.push(1, word, false);
        }
        for word in ["three", "four", "five"] {
            journal.lock().unwrap().push_back(word);
            lanes.push(1, word, false);
        }
        // They come without the journal; one is written to it later, before a newer one.
        lanes.push(1, "six", true);
        journal.lock().unwrap().extend(["six", "seven"]);
        lanes.push(1, "seven", false);
        lanes.push(2, "free", false);
        assert_eq!(reports.recv().await, Some("free"));
        go.add_permits(7);
        for word in ["one", "two", "three", "four", "five", "six", "seven"] {
            assert_eq!(reports.recv().await, Some(word));
        }
        lanes.tasks.close();
        lanes.tasks.wait().await;
        assert!(lanes.inner.lock().lanes.is_empty(), "empty lanes are closed");
    }

    #[tokio::test]
    async fn unjournaled_jobs_are_kept_in_a_full_lane() {
        let Fixture { lanes, go, mut reports, .. } = lanes(1);
        for word in ["one", "two", "three"] {
            lanes.push(1, word, true);
        }
        go.add_permits(3);
        for word in ["one", "two", "three"] {
            assert_eq!(reports.recv().await, Some(word));
        }
    }

    #[tokio::test]
    async fn unjournaled_job_does_not_wait_for_a_journal_that_cannot_be_read() {
        let Fixture { lanes, go, mut reports, journal } = lanes(1);
        journal.lock().unwrap().extend(["unreadable", "one"]);
        lanes.wake(1);
        lanes.push(1, "two", true);
        go.add_permits(2);
        for word in ["two", "one"] {
            assert_eq!(reports.recv().await, Some(word));
        }
    }

    #[tokio::test]
    async fn panic_costs_its_own_job_only() {
        let Fixture { lanes, go, mut reports, .. } = lanes(16);
        for word in ["poison", "two", "three"] {
            lanes.push(1, word, false);
        }
        go.add_permits(3);
        assert_eq!(reports.recv().await, Some("two"));
        assert_eq!(reports.recv().await, Some("three"));
    }

    #[tokio::test(start_paused = true)]
    async fn postponed_job_delays_no_other() {
        let Fixture { lanes, go, mut reports, journal } = lanes(2);
        go.add_permits(9);
        for word in ["late", "two", "three"] {
            journal.lock().unwrap().push_back(word);
        }
        lanes.wake(1);
        assert_eq!(reports.recv().await, Some("two"));
        assert_eq!(reports.recv().await, Some("three"));
        lanes.push(1, "four", true);
        assert_eq!(reports.recv().await, Some("four"));
        assert_eq!(reports.recv().await, Some("at last"));
    }

    #[tokio::test]
    async fn migrated_jobs_run_before_those_of_the_new_chat() {
        let Fixture { lanes, go, mut reports, journal } = lanes(2);
        for (chat, word) in [(1, "one"), (2, "two"), (1, "three"), (1, "four"), (2, "five")] {
            lanes.push(chat, word, false);
            // Each chat has a running job.
            tokio::task::yield_now().await;
        }
        lanes.migrate(1, 2, || journal.lock().unwrap().push_back("six"));
        go.add_permits(6);
        let mut order = Vec::new();
        for _ in 0..6 {
            order.push(reports.recv().await.unwrap());
        }
        assert_eq!(order, ["one", "two", "three", "four", "five", "six"]);
        lanes.tasks.close();
        lanes.tasks.wait().await;
        assert!(lanes.inner.lock().lanes.is_empty(), "empty lanes are closed");
    }

    #[tokio::test]
    async fn halt_aborts_running_jobs() {
        let Fixture { lanes, .. } = lanes(16);
        lanes.push(1, "stuck", false);
        lanes.halt();
        lanes.tasks.close();
        lanes.tasks.wait().await;
    }
}
