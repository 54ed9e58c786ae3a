//! Lane of one chat: its jobs, and what its task does next.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::telegram::journal::JournalUnavailable;

/// Maximum number of postponed jobs of a lane, for each that may wait in it. A flooding person has no more of them than the
/// lane loads at once.
const MAX_POSTPONED_FACTOR: usize = 8;

/// Maximum number of migrations of groups that are remembered; beyond it, those without a lane are dropped.
const MAX_MIGRATIONS: usize = 1000;

/// Job as far as lanes know it.
pub(crate) trait LaneJob {
    /// Returns the number of its update.
    fn number(&self) -> i64;

    /// Returns the person whose rate limit it waits for, if it does.
    fn waiting_person(&self) -> Option<i64>;
}

/// Jobs that a lane holds and the journal holds too.
pub(crate) struct Held {
    /// Numbers of the updates.
    pub(crate) numbers: HashSet<i64>,
    /// People who wait for their rate limit: what else they have asked stays in the journal until then, so that it takes nobody's place.
    pub(crate) people: BTreeSet<i64>,
}

/// Jobs of a chat found in the journal; `None` when there are no more.
pub(super) type Loaded<Job> = Result<Option<Vec<Job>>, JournalUnavailable>;

/// Function that loads more jobs of a chat, at most so many, without those that are held.
pub(super) type Load<Job> = Box<dyn Fn(i64, usize, Held) -> BoxFuture<'static, Loaded<Job>> + Send + Sync>;

/// Function that releases a chat with all that waits for it, so that another replica goes on with it.
pub(super) type HandOver = Box<dyn Fn(i64) + Send + Sync>;

/// Lane of one chat.
pub(super) struct Lane<Job> {
    pub(super) waiting: VecDeque<Job>,
    /// Jobs that must wait, by the time until which they do.
    pub(super) postponed: BTreeMap<(Instant, i64), Job>,
    /// Set when more may wait in the journal; jobs are left there until it is empty, to keep the order.
    pub(super) has_more: bool,
    /// Number of times that jobs were left there.
    pub(super) n_deferred: u64,
    /// Value of `n_deferred` when the journal held nothing but updates of people who wait for their rate limit.
    pub(super) n_deferred_at_last_load: Option<u64>,
    /// Number of tasks that run it: two for a moment when a group has migrated and both its chats had a lane.
    pub(super) n_tasks: usize,
    /// Notified when something was done to the lane while its task waits.
    pub(super) changed: Arc<Notify>,
}

impl<Job> Lane<Job> {
    pub(super) fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            postponed: BTreeMap::new(),
            has_more: false,
            n_deferred: 0,
            n_deferred_at_last_load: None,
            n_tasks: 1,
            changed: Arc::default(),
        }
    }

    /// Leaves something in the journal, to be loaded later.
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
    /// Loads jobs from the journal, where so many were left, without those that are held.
    Load { held: Held, n_deferred: u64 },
    /// Waits for the time of the first postponed job.
    Wait(Instant),
}

impl<Job: LaneJob> Lane<Job> {
    /// Decides what to do next; `None` when nothing is left to do. A shared journal is always looked into before that.
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
                numbers: self.postponed.values().map(Job::number).collect(),
                people: self.postponed.values().filter_map(Job::waiting_person).collect(),
            };
            return Some(Step::Load { held, n_deferred: self.n_deferred });
        }
        until.map(Step::Wait)
    }
}

/// Lanes that are open.
pub(super) struct OpenLanes<Job> {
    pub(super) lanes: HashMap<i64, Lane<Job>>,
    /// Chats that groups have become.
    pub(super) migrated: HashMap<i64, i64>,
}

impl<Job> OpenLanes<Job> {
    /// Returns the chat that a chat is now.
    pub(super) fn chat(&self, chat: i64) -> i64 {
        self.migrated.get(&chat).copied().unwrap_or(chat)
    }

    /// Makes the lane of a group that of the chat it has become, ahead of what waits there already.
    pub(super) fn migrate(&mut self, old: i64, new: i64) {
        let Self { lanes, migrated } = self;
        if old == new {
            return;
        }
        if migrated.len() >= MAX_MIGRATIONS {
            migrated.retain(|_, new| lanes.contains_key(new));
        }
        // Each is told at once what it is now, however often that changes.
        for now in migrated.values_mut().filter(|now| **now == old) {
            *now = new;
        }
        migrated.remove(&new);
        migrated.insert(old, new);
        let Some(mut lane) = lanes.remove(&old) else { return };
        // What is being loaded for the old chat comes too late.
        lane.defer_to_journal();
        if let Some(other) = lanes.remove(&new) {
            other.changed.notify_one();
            lane.waiting.extend(other.waiting);
            lane.postponed.extend(other.postponed);
            lane.n_tasks += other.n_tasks;
        }
        lanes.insert(new, lane);
    }
}
