//! Slots of the overall rate limit: every call that Telegram counts takes one, in the order of a fair queue.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::config::RateLimit;
use crate::telegram::fair_queue::{FairQueue, Shares};

/// Time added to the window, because calls may arrive closer together than they were sent.
const MARGIN: Duration = Duration::from_millis(50);

/// Number of recent calls of a chat, as [`Shares`] count them, up to which it goes before any backlog, as a newcomer does.
///
/// A question, a tap on its answer and a turn of the page take five calls, two of which acknowledge taps. Without this, a newcomer
/// who asked and tapped a button while 5,000 messages waited was answered after all of them, or never, because taps expire
/// (`cargo bench --bench soak -- load`).
const LIGHT_USE: u32 = 8;

/// Slots of the overall limit: at most `limit.n` calls within any `limit.within`, including granted slots.
pub(crate) struct SendSlots {
    shared: Arc<SlotPool>,
    _granting: Option<AbortOnDropHandle<()>>,
}

struct SlotPool {
    limit: RateLimit,
    state: Mutex<SlotState>,
    /// Notified when the time of the next free slot may have changed.
    changed: Notify,
}

struct SlotState {
    /// Times of the calls within the window, oldest first.
    calls: VecDeque<Instant>,
    /// Number of granted slots that are not consumed yet.
    n_granted: usize,
    queue: FairQueue<WaitingCall>,
    shares: Shares<i64>,
}

struct WaitingCall {
    chat: i64,
    granted: oneshot::Sender<Slot>,
}

/// Permit to make one call; dropping it unused grants it to the next in the queue.
pub(crate) struct Slot(Option<Arc<SlotPool>>);

impl SendSlots {
    /// Creates the slots and the task that grants them; must be called within a runtime. A limit of 0 means no limit.
    pub(crate) fn new(limit: RateLimit) -> Self {
        let limit = RateLimit { within: limit.within.saturating_add(MARGIN), ..limit };
        let state = SlotState { calls: VecDeque::new(), n_granted: 0, queue: FairQueue::new(), shares: Shares::new() };
        let shared = Arc::new(SlotPool { limit, state: Mutex::new(state), changed: Notify::new() });
        let granting = (limit.n > 0).then(|| AbortOnDropHandle::new(tokio::spawn(Arc::clone(&shared).grant_loop())));
        Self { shared, _granting: granting }
    }

    /// Waits for a slot for a call about a chat, queued as of `since`; returns the time waited too.
    pub(crate) async fn acquire(&self, chat: i64, since: Instant) -> (Slot, Duration) {
        if self.shared.limit.n == 0 {
            return (Slot(None), Duration::ZERO);
        }
        let start = Instant::now();
        let (granted, mut grant) = oneshot::channel();
        {
            let mut state = self.shared.lock();
            let share = state.shares.of(&chat, start) / LIGHT_USE;
            state.queue.push(since, share, WaitingCall { chat, granted });
            self.shared.grant(&mut state);
        }
        if let Ok(slot) = grant.try_recv() {
            return (slot, Duration::ZERO);
        }
        self.shared.changed.notify_one();
        // The sender is dropped only with the queue.
        let slot = grant.await.unwrap_or(Slot(None));
        (slot, start.elapsed())
    }

    /// Returns a slot for a call that must not delay messages: only if nothing waits and half of the slots stay free.
    pub(crate) fn try_acquire(&self) -> Option<Slot> {
        if self.shared.limit.n == 0 {
            return Some(Slot(None));
        }
        let mut state = self.shared.lock();
        self.shared.evict_past_calls(&mut state);
        let is_free = state.queue.is_empty() && state.n_taken() < self.shared.limit.n / 2;
        is_free.then(|| {
            state.n_granted += 1;
            Slot(Some(Arc::clone(&self.shared)))
        })
    }

    /// Returns the number of calls that wait for a slot.
    pub(crate) fn n_waiting(&self) -> usize {
        self.shared.lock().queue.len()
    }
}

impl SlotState {
    fn n_taken(&self) -> usize {
        self.calls.len() + self.n_granted
    }
}

impl SlotPool {
    /// Grants slots as they become free, forever.
    async fn grant_loop(self: Arc<Self>) {
        loop {
            let next = {
                let mut state = self.lock();
                self.grant(&mut state);
                let oldest = state.calls.front().filter(|_| !state.queue.is_empty());
                oldest.map(|oldest| *oldest + self.limit.within)
            };
            let changed = self.changed.notified();
            match next {
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }

    /// Grants the free slots.
    fn grant(self: &Arc<Self>, state: &mut SlotState) {
        self.evict_past_calls(state);
        while state.n_taken() < self.limit.n {
            let Some(WaitingCall { chat, granted }) = state.queue.pop() else { return };
            match granted.send(Slot(Some(Arc::clone(self)))) {
                Ok(()) => {
                    state.n_granted += 1;
                    state.shares.give(chat, Instant::now());
                }
                // The waiter is gone. The slot was not counted, so it must not be returned.
                Err(mut slot) => slot.0 = None,
            }
        }
    }

    fn evict_past_calls(&self, state: &mut SlotState) {
        let now = Instant::now();
        while state.calls.front().is_some_and(|call| now.saturating_duration_since(*call) >= self.limit.within) {
            state.calls.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Consumes the slot: the call is sent now.
    pub(crate) fn consume(mut self) {
        if let Some(shared) = self.0.take() {
            let mut state = shared.lock();
            state.n_granted -= 1;
            state.calls.push_back(Instant::now());
            drop(state);
            shared.changed.notify_one();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(shared) = self.0.take() {
            let mut state = shared.lock();
            state.n_granted -= 1;
            shared.grant(&mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn slots(n: usize) -> Arc<SendSlots> {
        Arc::new(SendSlots::new(RateLimit { n, within: SECOND }))
    }

    /// Sends a message in each chat; returns the times, in seconds since `start`.
    async fn send_all(slots: &Arc<SendSlots>, chats: std::ops::Range<i64>, start: Instant) -> Vec<f64> {
        let sending: Vec<_> = chats
            .map(|chat| {
                let slots = Arc::clone(slots);
                tokio::spawn(async move {
                    slots.acquire(chat, start).await.0.consume();
                    start.elapsed().as_secs_f64()
                })
            })
            .collect();
        futures::future::join_all(sending).await.into_iter().map(Result::unwrap).collect()
    }

    /// Returns the largest number of calls in any window of a second.
    fn max_in_a_second(mut times: Vec<f64>) -> usize {
        times.sort_by(f64::total_cmp);
        times
            .iter()
            .map(|first| times.iter().filter(|time| **time >= *first && **time < first + 1.0).count())
            .max()
            .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn two_hundred_people_and_typing_keep_the_overall_limit() {
        let (slots, start) = (slots(30), Instant::now());
        let typing = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move {
                let mut times = Vec::new();
                while start.elapsed() < 10 * SECOND {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    if let Some(slot) = slots.try_acquire() {
                        slot.consume();
                        times.push(start.elapsed().as_secs_f64());
                    }
                }
                times
            }
        });
        let messages = send_all(&slots, 0..200, start).await;
        assert!(messages.iter().all(|time| *time < 7.5), "{messages:?}");
        let typing = typing.await.unwrap();
        assert!(!typing.is_empty() && typing.iter().all(|time| *time > 6.0), "only when no message waits: {typing:?}");
        assert!(max_in_a_second([messages, typing].concat()) <= 30);
    }

    #[tokio::test(start_paused = true)]
    async fn newcomer_goes_before_a_backlog_of_thousands() {
        let (slots, start) = (slots(30), Instant::now());
        let backlog = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { send_all(&slots, 0..5000, start).await }
        });
        tokio::time::sleep(10 * SECOND).await;
        assert!(slots.n_waiting() > 4000);
        let (slot, waited) = slots.acquire(9999, Instant::now()).await;
        slot.consume();
        assert!(waited < 2 * SECOND, "{waited:?}");
        let last = backlog.await.unwrap().into_iter().fold(0.0, f64::max);
        assert!(last < 180.0, "{last}");
    }

    #[tokio::test(start_paused = true)]
    async fn person_in_conversation_goes_before_a_backlog() {
        let (slots, start) = (slots(30), Instant::now());
        let backlog = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { send_all(&slots, 0..5000, start).await }
        });
        tokio::time::sleep(10 * SECOND).await;
        for n in 0..LIGHT_USE {
            let (slot, waited) = slots.acquire(9999, Instant::now()).await;
            slot.consume();
            assert!(waited < 2 * SECOND, "call {n}: {waited:?}");
        }
        backlog.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn flooding_chat_goes_behind_a_backlog() {
        let (slots, start) = (slots(30), Instant::now());
        let flood = |n: u32| {
            let slots = Arc::clone(&slots);
            async move {
                for _ in 0..n {
                    slots.acquire(9999, Instant::now()).await.0.consume();
                }
            }
        };
        flood(2 * LIGHT_USE).await;
        let backlog = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { send_all(&slots, 0..300, start).await }
        });
        tokio::time::sleep(SECOND).await;
        assert!(slots.n_waiting() > 200);
        flood(1).await;
        assert_eq!(slots.n_waiting(), 0);
        backlog.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn slots_used_late_keep_the_limit() {
        let (slots, start) = (slots(4), Instant::now());
        let mut held = Vec::new();
        for chat in 0..4 {
            held.push(slots.acquire(chat, start).await.0);
        }
        let waiting = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { send_all(&slots, 4..8, start).await }
        });
        tokio::time::sleep(5 * SECOND).await;
        held.into_iter().for_each(Slot::consume);
        assert!(waiting.await.unwrap().iter().all(|time| *time > 6.0));
    }

    #[tokio::test(start_paused = true)]
    async fn unused_slot_goes_to_the_next() {
        let slots = slots(1);
        let start = Instant::now();
        let (slot, _) = slots.acquire(1, start).await;
        let given_up = tokio::time::timeout(SECOND, slots.acquire(2, start)).await;
        assert!(given_up.is_err() && slots.try_acquire().is_none());
        drop(slot);
        let (_slot, waited) = slots.acquire(3, Instant::now()).await;
        assert_eq!(waited, Duration::ZERO);
    }

    #[tokio::test]
    async fn limit_of_zero_means_none() {
        let slots = slots(0);
        for _ in 0..1000 {
            slots.acquire(1, Instant::now()).await.0.consume();
        }
        assert!(slots.try_acquire().is_some());
    }
}
