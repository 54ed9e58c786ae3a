//! Overflow: updates that were received while the journal couldn't be written. They are known by their numbers until they stand
//! there, so that one that comes again is not answered again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Entry;
use crate::telegram::update::Asker;

/// Maximum number of updates: some megabytes.
const MAX_ENTRIES: usize = 5_000;

/// Updates by number, each with the work on it.
#[derive(Default)]
pub(crate) struct Overflow(Mutex<BTreeMap<i64, (Entry, Work)>>);

/// Work on an update.
struct Work {
    tracker: TaskTracker,
    is_written: Arc<AtomicBool>,
}

/// Guard held by the work on an update until it is answered.
pub(crate) struct OverflowGuard {
    is_written: Arc<AtomicBool>,
    _token: TaskTrackerToken,
}

impl OverflowGuard {
    /// Tells whether the update stands in the journal by now, where another replica may have claimed it.
    pub(crate) fn is_written(&self) -> bool {
        self.is_written.load(Ordering::Relaxed)
    }
}

impl Overflow {
    /// Adds an update; returns the guard to hold until it is answered, or `None` when it is known already.
    pub(crate) fn add(&self, entry: &Entry) -> Option<OverflowGuard> {
        let mut known = self.lock();
        if known.contains_key(&entry.update) {
            return None;
        }
        if known.len() >= MAX_ENTRIES {
            known.pop_first();
        }
        let tracker = TaskTracker::new();
        tracker.close();
        let is_written: Arc<AtomicBool> = Arc::default();
        let held = OverflowGuard { is_written: Arc::clone(&is_written), _token: tracker.token() };
        known.insert(entry.update, (entry.clone(), Work { tracker, is_written }));
        Some(held)
    }

    /// Tells whether an update was taken up.
    pub(crate) fn knows(&self, update: i64) -> bool {
        self.lock().contains_key(&update)
    }

    /// Returns the work on an update that is not answered yet.
    pub(crate) fn work_on(&self, update: i64) -> Option<TaskTracker> {
        self.lock().get(&update).map(|(_, work)| work.tracker.clone()).filter(|work| !work.is_empty())
    }

    /// Returns what is to be written: of what is answered only that it was here.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let entry = |(entry, work): &(Entry, Work)| match work.tracker.is_empty() {
            true => Entry { asker: Asker::default(), raw: "{}".to_owned(), ..*entry },
            false => entry.clone(),
        };
        self.lock().values().map(entry).collect()
    }

    /// Forgets an update that is written, which the work on it learns; tells whether it is answered already.
    pub(crate) fn forget(&self, update: i64) -> bool {
        let known = self.lock().remove(&update);
        known.is_some_and(|(_, work)| {
            work.is_written.store(true, Ordering::Relaxed);
            work.tracker.is_empty()
        })
    }

    /// Returns the number of updates that are not answered yet.
    pub(crate) fn n_under_way(&self) -> usize {
        self.lock().values().filter(|(_, work)| !work.tracker.is_empty()).count()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i64, (Entry, Work)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(update: i64) -> Entry {
        Entry { update, asker: Asker { chat: 7, person: 7 }, raw: "a question".to_owned() }
    }

    #[test]
    fn answered_update_leaves_only_its_number() {
        let overflow = Overflow::default();
        let work = overflow.add(&entry(1)).expect("it is new");
        assert!(overflow.add(&entry(1)).is_none());
        assert_eq!((overflow.entries()[0].raw.as_str(), overflow.n_under_way()), ("a question", 1));
        drop(work);
        assert!(overflow.knows(1) && overflow.work_on(1).is_none());
        assert_eq!((overflow.entries()[0].raw.as_str(), overflow.n_under_way()), ("{}", 0));
        assert!(overflow.forget(1) && !overflow.forget(1) && !overflow.knows(1));
        let work = overflow.add(&entry(2)).expect("it is new");
        assert!(!work.is_written() && !overflow.forget(2) && work.is_written());
    }

    #[test]
    fn oldest_update_is_dropped_when_full() {
        let overflow = Overflow::default();
        for update in 0..=MAX_ENTRIES {
            overflow.add(&entry(i64::try_from(update).expect("a small number")));
        }
        assert!(!overflow.knows(0) && overflow.knows(1));
    }
}
