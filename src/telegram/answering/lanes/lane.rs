//! Lane of one chat: its jobs, and the next step of its task.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::telegram::journal::JournalUnavailable;

/// Maximum number of postponed jobs of a lane, as a multiple of its capacity. A flooding user has at most as many as the lane
/// loads at once.
const MAX_POSTPONED_FACTOR: usize = 8;

/// Maximum number of remembered group migrations; beyond it, those without a lane are evicted.
const MAX_MIGRATIONS: usize = 1000;

/// Job in a lane.
pub(crate) trait LaneJob {
    /// Returns the number of its update.
    fn number(&self) -> i64;

    /// Returns the user whose rate limit it waits for, if any.
    fn waiting_person(&self) -> Option<i64>;
}

/// Jobs in the lane that are in the journal too.
pub(crate) struct Held {
    /// Numbers of the updates; those that came without the journal may have been written since.
    pub(crate) numbers: HashSet<i64>,
    /// Users who wait for their rate limit: their other jobs stay in the journal until then, so that they take no room.
    pub(crate) people: BTreeSet<i64>,
}

/// Jobs of a chat found in the journal; `None` when there are no more.
pub(super) type Loaded<Job> = Result<Option<Vec<Job>>, JournalUnavailable>;

/// Function that loads jobs of a chat up to a limit, without those held.
pub(super) type Load<Job> = Box<dyn Fn(i64, usize, Held) -> BoxFuture<'static, Loaded<Job>> + Send + Sync>;

/// Function that releases a chat with its pending jobs to other replicas.
pub(super) type HandOver = Box<dyn Fn(i64) + Send + Sync>;

/// Lane of one chat.
pub(super) struct Lane<Job> {
    pub(super) waiting: VecDeque<Job>,
    /// Jobs that came while older ones may be in the journal, and are not there themselves: they run when those have.
    pub(super) kept: VecDeque<Job>,
    /// Postponed jobs by the time at which they run.
    pub(super) postponed: BTreeMap<(Instant, i64), Job>,
    /// Set when more jobs may be in the journal; new ones are left there until it is empty, to keep the order.
    pub(super) has_more: bool,
    /// Number of times that jobs were left in the journal.
    pub(super) n_deferred: u64,
    /// Value of `n_deferred` when the journal held only updates of users who wait for their rate limit.
    pub(super) n_deferred_at_last_load: Option<u64>,
    /// Number of tasks that run it: two for a moment when a group has migrated and both chats had a lane.
    pub(super) n_tasks: usize,
    /// Notified when the lane changes while its task waits.
    pub(super) changed: Arc<Notify>,
}

impl<Job> Lane<Job> {
    pub(super) fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            kept: VecDeque::new(),
            postponed: BTreeMap::new(),
            has_more: false,
            n_deferred: 0,
            n_deferred_at_last_load: None,
            n_tasks: 1,
            changed: Arc::default(),
        }
    }

    /// Leaves a job in the journal, to be loaded later.
    pub(super) fn defer_to_journal(&mut self) {
        self.has_more = true;
        self.n_deferred += 1;
        self.changed.notify_one();
    }
}

/// Next step of a lane's task.
pub(super) enum Step<Job> {
    /// Runs a job.
    Run(Job),
    /// Loads jobs from the journal, without those held.
    Load { held: Held, n_deferred: u64 },
    /// Waits until the first postponed job is due.
    Wait(Instant),
}

impl<Job: LaneJob> Lane<Job> {
    /// Adds a job to the end, unless the lane is full: then it is left in the journal, but for one that it `must_keep`. Tells whether
    /// it was added.
    pub(super) fn push(&mut self, job: Job, must_keep: bool, capacity: usize) -> bool {
        let is_full = self.has_more || self.waiting.len() >= capacity;
        if is_full && !must_keep {
            self.defer_to_journal();
            return false;
        }
        let queue = if self.has_more { &mut self.kept } else { &mut self.waiting };
        queue.push_back(job);
        self.changed.notify_one();
        true
    }

    /// Returns the next step; `None` when there is none. A shared journal is always checked before that.
    pub(super) fn step(&mut self, capacity: usize, is_shared: bool, is_closing: bool) -> Option<Step<Job>> {
        let until = self.postponed.first_key_value().map(|((until, _), _)| *until);
        let has_room = self.postponed.len() < capacity * MAX_POSTPONED_FACTOR;
        let job = match until {
            Some(until) if is_closing || until <= Instant::now() => {
                self.n_deferred_at_last_load = None;
                self.postponed.pop_first().map(|(_, job)| job)
            }
            _ if has_room => self.waiting.pop_front(),
            _ => None,
        };
        if let Some(job) = job {
            return Some(Step::Run(job));
        }
        let may_have_more = self.has_more && self.n_deferred_at_last_load != Some(self.n_deferred);
        let must_load = (may_have_more || (is_shared && until.is_none())) && has_room && !is_closing;
        if must_load {
            let held = Held {
                numbers: self.postponed.values().chain(&self.kept).map(Job::number).collect(),
                people: self.postponed.values().filter_map(Job::waiting_person).collect(),
            };
            return Some(Step::Load { held, n_deferred: self.n_deferred });
        }
        // There are no older ones, or they wait for the rate limit of their users, or are left to the next start.
        if has_room && let Some(job) = self.kept.pop_front() {
            return Some(Step::Run(job));
        }
        until.map(Step::Wait)
    }

    /// Returns the number of jobs that wait for nothing but their turn.
    pub(super) fn n_waiting(&self) -> usize {
        self.waiting.len() + self.kept.len()
    }

    /// Adds loaded jobs; `n_deferred` is the number of jobs left in the journal as the load began, and `is_partial` is set when
    /// it left out those of some users.
    pub(super) fn add_loaded(&mut self, loaded: Loaded<Job>, n_deferred: u64, is_partial: bool) -> AfterLoad {
        match loaded {
            // Another task runs the lane too, and its job may be among these.
            _ if self.n_tasks > 1 => self.has_more = true,
            // New jobs must not overtake those in the journal, but for those that can't be there.
            Err(JournalUnavailable) => {
                self.has_more = true;
                self.waiting.append(&mut self.kept);
                if self.waiting.is_empty() {
                    return AfterLoad::LoadLater;
                }
            }
            Ok(Some(jobs)) => {
                for job in jobs {
                    // Newer ones may stand in the journal already.
                    while self.kept.front().is_some_and(|kept| kept.number() < job.number()) {
                        self.waiting.extend(self.kept.pop_front());
                    }
                    // It may have come and been written since the load began.
                    let is_held = |held: &Job| held.number() == job.number();
                    if !self.kept.iter().chain(&self.waiting).any(is_held) {
                        self.waiting.push_back(job);
                    }
                }
            }
            Ok(None) if is_partial => {
                self.has_more = true;
                self.n_deferred_at_last_load = Some(n_deferred);
            }
            // Jobs deferred meanwhile may have missed this load.
            Ok(None) if self.n_deferred == n_deferred => {
                self.has_more = false;
                self.waiting.append(&mut self.kept);
                if self.waiting.is_empty() && self.postponed.is_empty() {
                    return AfterLoad::Close;
                }
            }
            Ok(None) => {}
        }
        AfterLoad::GoOn
    }
}

/// What a lane's task does after a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterLoad {
    GoOn,
    /// Loads again later, because the journal can't be read.
    LoadLater,
    /// Closes the lane, which is empty.
    Close,
}

/// Lanes that are open.
pub(super) struct OpenLanes<Job> {
    pub(super) lanes: HashMap<i64, Lane<Job>>,
    /// New chats of migrated groups.
    pub(super) migrated: HashMap<i64, i64>,
}

impl<Job> OpenLanes<Job> {
    /// Returns the current id of a chat.
    pub(super) fn chat(&self, chat: i64) -> i64 {
        self.migrated.get(&chat).copied().unwrap_or(chat)
    }

    /// Moves the lane of a group to its new chat, ahead of the jobs that wait there.
    pub(super) fn migrate(&mut self, old: i64, new: i64) {
        let Self { lanes, migrated } = self;
        if old == new {
            return;
        }
        if migrated.len() >= MAX_MIGRATIONS {
            migrated.retain(|_, new| lanes.contains_key(new));
        }
        // Chains of migrations are resolved here, so that a lookup takes one step.
        for now in migrated.values_mut().filter(|now| **now == old) {
            *now = new;
        }
        migrated.remove(&new);
        migrated.insert(old, new);
        let Some(mut lane) = lanes.remove(&old) else { return };
        // A load in progress for the old chat is stale.
        lane.defer_to_journal();
        if let Some(other) = lanes.remove(&new) {
            other.changed.notify_one();
            lane.waiting.extend(other.waiting);
            lane.kept.extend(other.kept);
            lane.postponed.extend(other.postponed);
            lane.n_tasks += other.n_tasks;
        }
        lanes.insert(new, lane);
    }
}
