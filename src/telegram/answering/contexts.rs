//! Contexts: cache of each user's conversation context in each chat.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;

use crate::conversation::Context;
use crate::feedback::AnsweredQuestion;
use crate::telegram::update::Asker;

/// Context of a user in a chat.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StoredContext {
    pub(crate) context: Context,
    /// Set once the journal has been read for it.
    pub(crate) is_complete: bool,
    /// Last question that was answered, where questions are kept; it is lost on a restart.
    pub(crate) last_question: Option<AnsweredQuestion>,
}

/// LRU cache of contexts with a time to live. The least recently written entry is evicted first.
pub(crate) struct Contexts {
    time_to_live: Duration,
    /// Contexts with the time of writing. Only writing moves an entry, so they are in the order of that time.
    entries: Mutex<LruCache<Asker, (Instant, StoredContext)>>,
}

impl Contexts {
    pub(crate) fn new(capacity: NonZeroUsize, time_to_live: Duration) -> Self {
        Self { time_to_live, entries: Mutex::new(LruCache::new(capacity)) }
    }

    /// Returns the context of a user, or an empty one.
    pub(crate) fn get(&self, asker: Asker, now: Instant) -> StoredContext {
        let entries = self.evict_expired(now);
        entries.peek(&asker).map(|(_, remembered)| remembered.clone()).unwrap_or_default()
    }

    /// Replaces the context of a user.
    pub(crate) fn put(&self, asker: Asker, remembered: StoredContext, now: Instant) {
        self.evict_expired(now).put(asker, (now, remembered));
    }

    /// Removes expired entries.
    pub(crate) fn evict_expired(&self, now: Instant) -> MutexGuard<'_, LruCache<Asker, (Instant, StoredContext)>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((_, (written, _))) = entries.peek_lru()
            && now.saturating_duration_since(*written) >= self.time_to_live
        {
            entries.pop_lru();
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(release: &str) -> StoredContext {
        let context = Context { releases: vec![release.to_owned()], ..Context::default() };
        StoredContext { context, is_complete: true, last_question: None }
    }

    fn nothing() -> StoredContext {
        StoredContext::default()
    }

    const MEMORY: Duration = Duration::from_secs(60);
    const N_TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();
    const N_NINE: NonZeroUsize = NonZeroUsize::new(9).unwrap();

    #[test]
    fn least_recent_context_is_evicted_first() {
        let [first, second, third] = [1, 2, 3].map(|person| Asker { chat: 7, person });
        let (contexts, now) = (Contexts::new(N_TWO, MEMORY), Instant::now());
        contexts.put(first, about("a"), now);
        contexts.put(second, about("b"), now);
        contexts.put(first, about("c"), now);
        contexts.put(third, about("d"), now);
        assert_eq!(contexts.get(first, now), about("c"));
        assert_eq!(contexts.get(second, now), nothing());
        assert_eq!(contexts.get(third, now), about("d"));
    }

    #[test]
    fn context_expires_after_its_time_to_live() {
        let (contexts, start) = (Contexts::new(N_NINE, MEMORY), Instant::now());
        let [quiet, busy] = [1, 2].map(|person| Asker { chat: 7, person });
        contexts.put(quiet, about("a"), start);
        contexts.put(busy, about("b"), start);
        contexts.put(busy, about("c"), start + MEMORY / 2);
        assert_eq!(contexts.get(quiet, start + MEMORY - Duration::from_millis(1)), about("a"));
        assert_eq!(contexts.get(quiet, start + MEMORY), nothing());
        assert_eq!(contexts.get(busy, start + MEMORY), about("c"));
        assert_eq!(contexts.get(busy, start + MEMORY * 2), nothing());
    }

    #[test]
    fn expired_contexts_are_dropped_without_traffic() {
        let (contexts, start) = (Contexts::new(N_NINE, MEMORY), Instant::now());
        contexts.put(Asker { chat: 7, person: 1 }, about("a"), start);
        let n_kept = |after: Duration| contexts.evict_expired(start + after).len();
        assert_eq!(n_kept(MEMORY / 2), 1);
        assert_eq!(n_kept(MEMORY), 0);
    }

    #[test]
    fn contexts_of_two_chats_are_separate() {
        let (contexts, now) = (Contexts::new(N_TWO, MEMORY), Instant::now());
        contexts.put(Asker { chat: 1, person: 1 }, about("a"), now);
        assert_eq!(contexts.get(Asker { chat: 2, person: 1 }, now), nothing());
    }
}
