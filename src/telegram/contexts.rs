//! What each person in each chat is talking about, in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::from_telegram::Asker;
use crate::conversation::Context;

/// The contexts of the people who wrote last; those who were quiet longest are forgotten first.
pub(super) struct Contexts {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Each context with the turn in which it was written.
    contexts: HashMap<Asker, (u64, Context)>,
    /// The askers by that turn, oldest first.
    by_turn: BTreeMap<u64, Asker>,
    turn: u64,
}

impl Contexts {
    /// Remembers at most `capacity` contexts.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default() }
    }

    /// Returns what is remembered.
    pub(super) fn get(&self, asker: Asker) -> Option<Context> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.contexts.get(&asker).map(|(_, context)| context.clone())
    }

    /// Remembers a context in place of the one before.
    pub(super) fn put(&self, asker: Asker, context: Context) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.turn += 1;
        let turn = state.turn;
        if let Some((last_turn, _)) = state.contexts.insert(asker, (turn, context)) {
            state.by_turn.remove(&last_turn);
        }
        state.by_turn.insert(turn, asker);
        while state.contexts.len() > self.capacity {
            let Some((_, quietest)) = state.by_turn.pop_first() else { return };
            state.contexts.remove(&quietest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(release: &str) -> Context {
        Context { releases: vec![release.to_owned()], ..Context::default() }
    }

    #[test]
    fn who_was_quiet_longest_is_forgotten_first() {
        let [first, second, third] = [1, 2, 3].map(|person| Asker { chat: 7, person });
        let contexts = Contexts::new(2);
        contexts.put(first, about("a"));
        contexts.put(second, about("b"));
        contexts.put(first, about("c"));
        contexts.put(third, about("d"));
        assert_eq!(contexts.get(first), Some(about("c")));
        assert_eq!(contexts.get(second), None);
        assert_eq!(contexts.get(third), Some(about("d")));
    }

    #[test]
    fn the_same_person_is_someone_else_in_another_chat() {
        let contexts = Contexts::new(2);
        contexts.put(Asker { chat: 1, person: 1 }, about("a"));
        assert_eq!(contexts.get(Asker { chat: 2, person: 1 }), None);
    }
}
