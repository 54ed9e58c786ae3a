//! Inline queries: answers while somebody types. A late one is worthless, so nothing waits for long and nothing is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::debug;

use super::Answering;
use super::workers::Cost;
use crate::conversation::{Context, Preview, deep_link};
use crate::language::Language;
use crate::telegram::delivery::{Effect, layout};
use crate::telegram::update::{Asker, InlineQuery};

/// Maximum number of queries in work; others are dropped, and asked again with the next letter typed.
const MAX_QUERIES: usize = 64;

/// Time after which nobody waits for an answer any more: Telegram's apps show none after some ten seconds.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Timeout of reading the language that somebody chose.
const LANGUAGE_TIMEOUT: Duration = Duration::from_millis(500);

/// Number of results on a page.
const PAGE_LEN: usize = 10;

/// Queries in work: the newest of each person, for which older ones make way.
#[derive(Default)]
pub(super) struct InlineQueries(Mutex<BegunQueries>);

/// Numbers of the queries in work.
#[derive(Default)]
struct BegunQueries {
    n_queries: usize,
    n_begun: u64,
    newest: HashMap<i64, u64>,
}

/// Query in work, counted until it is dropped.
struct BegunQuery<'a> {
    queries: &'a InlineQueries,
    person: i64,
    number: u64,
}

impl InlineQueries {
    /// Begins a query; `None` if there are too many.
    fn begin(&self, person: i64) -> Option<BegunQuery<'_>> {
        let mut state = self.lock();
        if state.n_queries >= MAX_QUERIES {
            return None;
        }
        state.n_queries += 1;
        state.n_begun += 1;
        let number = state.n_begun;
        state.newest.insert(person, number);
        Some(BegunQuery { queries: self, person, number })
    }

    fn lock(&self) -> MutexGuard<'_, BegunQueries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BegunQuery<'_> {
    fn is_newest(&self) -> bool {
        self.queries.lock().newest.get(&self.person) == Some(&self.number)
    }
}

impl Drop for BegunQuery<'_> {
    fn drop(&mut self) {
        let is_newest = self.is_newest();
        let mut state = self.queries.lock();
        state.n_queries -= 1;
        if is_newest {
            state.newest.remove(&self.person);
        }
    }
}

impl Answering {
    /// Answers an inline query, unless that takes too long, its author has typed on, or the bot stops.
    pub(crate) async fn answer_inline(&self, query: InlineQuery) {
        tokio::select! {
            biased;
            () = self.answer_inline_in_time(query) => {}
            () = self.shutdown.started() => {}
        }
    }

    async fn answer_inline_in_time(&self, query: InlineQuery) {
        let Some(turn) = self.inline_queries.begin(query.person) else {
            debug!("an inline query was dropped: there are too many");
            return;
        };
        let deadline = Instant::now() + TIMEOUT;
        let own = Asker { chat: query.person, person: query.person };
        let context = self.languages_of(own, query.client_language).await;
        let permit = tokio::time::timeout_at(deadline.into(), self.workers.acquire(Cost::Short, query.person)).await;
        let Some(permit) = permit.ok().filter(|_| turn.is_newest()) else {
            debug!("an inline query was dropped: it is out of date");
            return;
        };
        let InlineQuery { id, person, text, offset, .. } = query;
        let conversation = Arc::clone(&self.conversation);
        let working = self.workers.run(permit, move || {
            let previews = conversation.previews(&text, &context);
            let offset = offset.min(previews.list.len());
            let page: Vec<Preview> = previews.list.iter().skip(offset).take(PAGE_LEN).cloned().collect();
            let next = (offset + page.len() < previews.list.len()).then_some(offset + page.len());
            // Nothing to choose: the question goes on in the private chat.
            let parameter = deep_link::of_question(&text).filter(|_| previews.list.is_empty());
            let invitation = parameter.map(|parameter| (conversation.invitation(previews.language), parameter));
            layout::inline_answer(id, (offset, &page), next, invitation)
        });
        match working.await {
            Ok(answer) if turn.is_newest() && Instant::now() < deadline => {
                let effect = Effect::AnswerInline { person, answer: Box::new(answer), deadline };
                self.sender.deliver(effect, &()).await;
            }
            Ok(_) => debug!("an inline query was dropped: it is out of date"),
            Err(kind) => self.metrics.record_failure(kind),
        }
    }

    /// Returns the context of a user without anything that was talked about: the languages.
    pub(super) async fn languages_of(&self, asker: Asker, client_language: Option<Language>) -> Context {
        let known = self.contexts.get(asker, Instant::now());
        let mut chosen_language = known.context.chosen_language;
        if !known.is_complete || self.journal.is_shared() {
            let reading = self.journal.asker_state(asker, Duration::ZERO);
            if let Ok(Ok(known)) = tokio::time::timeout(LANGUAGE_TIMEOUT, reading).await {
                chosen_language = known.language;
            }
        }
        Context { chosen_language, client_language, ..Context::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_query_of_a_person_counts_and_their_number_is_bounded() {
        let queries = InlineQueries::default();
        let first = queries.begin(1).unwrap();
        let second = queries.begin(1).unwrap();
        assert!(!first.is_newest() && second.is_newest());
        drop(first);
        assert!(second.is_newest());
        let others: Vec<_> = (2..).map_while(|person| queries.begin(person)).collect();
        assert_eq!(others.len(), MAX_QUERIES - 1);
        drop(others);
        assert!(second.is_newest() && queries.begin(2).is_some());
        drop(second);
        let state = queries.lock();
        assert_eq!((state.n_queries, state.newest.len()), (0, 0));
    }
}
