//! Rate limit of users: token buckets.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Number of buckets at which full ones are evicted.
const MAX_KEYS: usize = 4096;

/// Rate limiter with a token bucket for each key: a burst of requests, then one per interval.
pub(crate) struct RateLimiter<Key> {
    /// Capacity of a bucket; 0 means no limit.
    capacity: u32,
    /// Time in which a bucket gains a token.
    interval: Duration,
    /// Time at which each bucket is full again, and whether its owner was notified since it was last full.
    full_at: Mutex<HashMap<Key, (Instant, bool)>>,
}

/// Token of a bucket, available now or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateToken {
    /// Time at which the token is available.
    pub(crate) at: Instant,
    /// Set for the first delayed token since the bucket was full.
    pub(crate) is_first_wait: bool,
}

impl<Key: Hash + Eq> RateLimiter<Key> {
    pub(crate) fn new(capacity: u32, interval: Duration) -> Self {
        Self { capacity, interval, full_at: Mutex::default() }
    }

    /// Takes a token from a bucket; if the bucket is empty, reserves its next token.
    pub(crate) fn acquire(&self, key: Key, now: Instant) -> RateToken {
        if self.capacity == 0 {
            return RateToken { at: now, is_first_wait: false };
        }
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MAX_KEYS {
            full_at.retain(|_, (full_at, _)| *full_at > now);
        }
        let (until, was_notified) = full_at.entry(key).or_insert((now, false));
        if *until <= now {
            (*until, *was_notified) = (now, false);
        }
        *until += self.interval;
        let at = until.checked_sub(self.interval * self.capacity).unwrap_or(now).max(now);
        let is_first_wait = at > now && !*was_notified;
        *was_notified |= is_first_wait;
        RateToken { at, is_first_wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn empty_bucket_delays_its_owner() {
        let limiter = RateLimiter::new(2, 3 * SECOND);
        let start = Instant::now();
        let acquire = |now: Instant| {
            let token = limiter.acquire("person", now);
            ((token.at - start).as_secs(), token.is_first_wait)
        };
        let tokens: Vec<_> = (0..5).map(|_| acquire(start)).collect();
        assert_eq!(tokens, [(0, false), (0, false), (3, true), (6, false), (9, false)]);
        assert_eq!(acquire(start + 60 * SECOND), (60, false));
        assert_eq!(limiter.acquire("other", start).at, start);
    }
}
