//! Fair queue: no entry starves, and a newcomer does not wait for a whole backlog.
//!
//! Every second turn goes to the oldest entry. The other turns go to the key with the smallest recent share, and among equals
//! to the newest entry. An entry waits at most twice as long as in a FIFO queue, and a newcomer goes before any backlog as long
//! as newcomers take less than half of the turns.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// Position of an entry: the time since which it waits, and a sequence number as a tie-breaker.
type Position = (Instant, u64);

/// Queue of items, each with the time since which it waits and the recent share of its key.
pub(crate) struct FairQueue<T> {
    waiting: BTreeMap<Position, (u32, T)>,
    /// Index of the entries: the smallest share first, and the newest first within a share.
    by_share: BTreeSet<(u32, Reverse<Position>)>,
    n_pushed: u64,
    /// Set when the last turn went to the oldest entry.
    was_oldest: bool,
}

impl<T> FairQueue<T> {
    pub(crate) fn new() -> Self {
        Self { waiting: BTreeMap::new(), by_share: BTreeSet::new(), n_pushed: 0, was_oldest: false }
    }

    pub(crate) fn push(&mut self, since: Instant, share: u32, item: T) {
        let position = (since, self.n_pushed);
        self.n_pushed += 1;
        self.waiting.insert(position, (share, item));
        self.by_share.insert((share, Reverse(position)));
    }

    /// Removes the entry whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let position = if self.was_oldest { self.by_share.first()?.1.0 } else { *self.waiting.first_key_value()?.0 };
        self.was_oldest = !self.was_oldest;
        let (share, item) = self.waiting.remove(&position)?;
        self.by_share.remove(&(share, Reverse(position)));
        Some(item)
    }

    /// Removes the oldest entry, out of turn.
    pub(crate) fn pop_oldest(&mut self) -> Option<T> {
        self.was_oldest = false;
        self.pop()
    }

    /// Returns the time since which the oldest entry waits.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((since, _), _)| *since)
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// Half-life of a grant in the share of its key.
const HALF_LIFE: Duration = Duration::from_secs(30);

/// Minimum number of keys before those without a recent share are evicted.
const MIN_KEYS: usize = 4096;

/// Share of each key: an exponentially decaying count of its grants.
pub(crate) struct Shares<Key> {
    given: HashMap<Key, (f64, Instant)>,
    /// Number of keys at which keys are evicted: twice as many as remained the last time, so that the cost is amortized.
    max_keys: usize,
}

impl<Key: Hash + Eq> Shares<Key> {
    pub(crate) fn new() -> Self {
        Self { given: HashMap::new(), max_keys: MIN_KEYS }
    }

    /// Records a grant to a key.
    pub(crate) fn give(&mut self, key: Key, now: Instant) {
        if self.given.len() >= self.max_keys {
            self.given.retain(|_, share| decayed(*share, now) >= 0.5);
            self.max_keys = MIN_KEYS.max(2 * self.given.len());
        }
        let share = self.given.entry(key).or_insert((0.0, now));
        *share = (decayed(*share, now) + 1.0, now);
    }

    /// Returns the share of a key, rounded.
    pub(crate) fn of(&self, key: &Key, now: Instant) -> u32 {
        self.given.get(key).map_or(0, |share| decayed(*share, now).round() as u32)
    }
}

fn decayed((amount, since): (f64, Instant), now: Instant) -> f64 {
    let n_half_lives = now.saturating_duration_since(since).as_secs_f64() / HALF_LIFE.as_secs_f64();
    amount * 0.5_f64.powf(n_half_lives)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Returns a queue of entries, one a second, with these shares; each item is its index.
    fn queue(shares: &[u32]) -> FairQueue<usize> {
        let (mut queue, start) = (FairQueue::new(), Instant::now());
        for (n, share) in shares.iter().enumerate() {
            queue.push(start + SECOND * n as u32, *share, n);
        }
        queue
    }

    #[test]
    fn turns_alternate_between_oldest_and_newest() {
        let mut queue = queue(&[0; 6]);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [0, 5, 1, 4, 2, 3]);
        assert!(queue.is_empty() && queue.by_share.is_empty());
    }

    #[test]
    fn less_served_key_goes_before_a_newer_one() {
        let mut queue = queue(&[0, 1, 0, 1, 2]);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [0, 2, 1, 3, 4]);
    }

    #[test]
    fn oldest_entry_is_reached_despite_newcomers() {
        let mut queue = queue(&[0; 100]);
        let mut n_turns = 0;
        let start = Instant::now() + SECOND * 1000;
        while queue.waiting.values().any(|(_, n)| *n < 100) {
            queue.push(start + SECOND * n_turns, 0, 1000);
            queue.pop();
            n_turns += 1;
        }
        assert_eq!(n_turns, 199, "every second turn");
    }

    #[test]
    fn shares_are_forgotten_within_minutes() {
        let (mut shares, start) = (Shares::new(), Instant::now());
        for _ in 0..4 {
            shares.give("chat", start);
        }
        let of = |after: Duration| shares.of(&"chat", start + after);
        assert_eq!((of(Duration::ZERO), of(HALF_LIFE), of(4 * HALF_LIFE)), (4, 2, 0));
        assert_eq!(shares.of(&"other", start), 0);
    }
}
