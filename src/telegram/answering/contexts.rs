//! What each person in each chat is talking about, in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::conversation::Context;
use crate::telegram::update::Asker;

/// What is remembered of somebody.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Remembered {
    pub(crate) context: Context,
    /// Whether the journal could be asked what it knows.
    pub(crate) is_complete: bool,
}

/// The contexts of the people who wrote last. Each is forgotten after some time, and those who were quiet longest sooner when
/// there are too many.
pub(crate) struct Contexts {
    capacity: usize,
    memory: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Each context with the turn in which it was written.
    contexts: HashMap<Asker, (u64, Remembered)>,
    /// The askers by that turn, oldest first, with the time of it.
    by_turn: BTreeMap<u64, (Asker, Instant)>,
    turn: u64,
}

impl Contexts {
    /// Remembers at most `capacity` contexts, each for as long as `memory`.
    pub(crate) fn new(capacity: usize, memory: Duration) -> Self {
        Self { capacity, memory, state: Mutex::default() }
    }

    /// Returns what is remembered, if anything.
    pub(crate) fn get(&self, asker: Asker, now: Instant) -> Remembered {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget(self.capacity, self.memory, now);
        state.contexts.get(&asker).map(|(_, remembered)| remembered.clone()).unwrap_or_default()
    }

    /// Forgets what is too old, for times when nobody writes.
    pub(crate) fn forget(&self, now: Instant) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).forget(self.capacity, self.memory, now);
    }

    /// Remembers a context in place of the one before.
    pub(crate) fn put(&self, asker: Asker, remembered: Remembered, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.turn += 1;
        let turn = state.turn;
        if let Some((last_turn, _)) = state.contexts.insert(asker, (turn, remembered)) {
            state.by_turn.remove(&last_turn);
        }
        state.by_turn.insert(turn, (asker, now));
        state.forget(self.capacity, self.memory, now);
    }
}

impl State {
    fn forget(&mut self, capacity: usize, memory: Duration, now: Instant) {
        while let Some(oldest) = self.by_turn.first_entry() {
            let (asker, since) = *oldest.get();
            if self.contexts.len() <= capacity && now.saturating_duration_since(since) < memory {
                return;
            }
            oldest.remove();
            self.contexts.remove(&asker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(release: &str) -> Remembered {
        let context = Context { releases: vec![release.to_owned()], ..Context::default() };
        Remembered { context, is_complete: true }
    }

    fn nothing() -> Remembered {
        Remembered::default()
    }

    const MEMORY: Duration = Duration::from_secs(60);

    #[test]
    fn who_was_quiet_longest_is_forgotten_first() {
        let [first, second, third] = [1, 2, 3].map(|person| Asker { chat: 7, person });
        let (contexts, now) = (Contexts::new(2, MEMORY), Instant::now());
        contexts.put(first, about("a"), now);
        contexts.put(second, about("b"), now);
        contexts.put(first, about("c"), now);
        contexts.put(third, about("d"), now);
        assert_eq!(contexts.get(first, now), about("c"));
        assert_eq!(contexts.get(second, now), nothing());
        assert_eq!(contexts.get(third, now), about("d"));
    }

    #[test]
    fn a_context_is_forgotten_when_its_time_is_over() {
        let (contexts, start) = (Contexts::new(9, MEMORY), Instant::now());
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
    fn what_is_too_old_is_dropped_although_nobody_writes() {
        let (contexts, start) = (Contexts::new(9, MEMORY), Instant::now());
        contexts.put(Asker { chat: 7, person: 1 }, about("a"), start);
        let n_kept = |after: Duration| {
            contexts.forget(start + after);
            contexts.state.lock().unwrap().contexts.len()
        };
        assert_eq!(n_kept(MEMORY / 2), 1);
        assert_eq!(n_kept(MEMORY), 0);
    }

    #[test]
    fn the_same_person_is_someone_else_in_another_chat() {
        let (contexts, now) = (Contexts::new(2, MEMORY), Instant::now());
        contexts.put(Asker { chat: 1, person: 1 }, about("a"), now);
        assert_eq!(contexts.get(Asker { chat: 2, person: 1 }, now), nothing());
    }
}
