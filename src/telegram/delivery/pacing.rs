//! Pacing: rate limits of outgoing messages: per chat, per group and overall.
//!
//! Telegram's limits: <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>. They are not exact, so
//! a "retry after" (429) takes precedence.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::slots::{SendSlots, Slot};
use crate::config::{RateLimit, SendLimits};
use crate::telegram::shutdown::{self, Shutdown};

/// Sliding window: times of the last events, as many as the limit allows.
#[derive(Debug, Default)]
struct Window(VecDeque<Instant>);

impl Window {
    /// Reserves and returns the next time within the limit, not before `from`.
    fn reserve(&mut self, limit: RateLimit, from: Instant) -> Instant {
        if limit.n == 0 {
            return from;
        }
        while self.0.len() >= limit.n {
            let oldest = self.0.pop_front().expect("it holds at least one");
            if self.0.len() + 1 == limit.n {
                let at = from.max(oldest + limit.within);
                self.0.push_back(at);
                return at;
            }
        }
        self.0.push_back(from);
        from
    }

    /// Tells whether the window is in the past.
    fn is_past(&self, limit: RateLimit, now: Instant) -> bool {
        self.0.back().is_none_or(|last| *last + limit.within < now)
    }
}

/// Scheduler of messages.
pub(crate) struct Pacing {
    limits: SendLimits,
    chats: Mutex<HashMap<i64, Chat>>,
    slots: SendSlots,
}

#[derive(Debug, Default)]
struct Chat {
    messages: Window,
    in_group: Window,
    /// Time until which Telegram throttles messages to this chat.
    throttled_until: Option<Instant>,
    /// Time until which it throttles "typing…" there.
    typing_muted_until: Option<Instant>,
}

/// Number of chats at which idle ones are evicted.
const MAX_CHATS: usize = 4096;

impl Pacing {
    /// Creates the scheduler. Must be called within a runtime.
    pub(crate) fn new(limits: SendLimits) -> Self {
        Self { limits, chats: Mutex::default(), slots: SendSlots::new(limits.overall) }
    }

    /// Waits until a message that answers an update of `since` may be sent in a chat; returns the slot and the time waited.
    ///
    /// On shutdown returns `None` at once if the chat's limit lasts beyond the deadline, and shortly before the deadline if the
    /// overall limit leaves no slot.
    pub(crate) async fn acquire_send_slot(
        &self,
        chat: i64,
        since: Instant,
        shutdown: Option<&Shutdown>,
    ) -> Option<(Slot, Duration)> {
        let start = Instant::now();
        let in_chat = self.reserve_in_chat(chat, start);
        // Before the overall slot, which must not be held by a message that cannot use it yet.
        if !shutdown::sleep_until(shutdown, in_chat).await {
            return None;
        }
        let (slot, waited) = tokio::select! {
            biased;
            acquired = self.slots.acquire(chat, since) => acquired,
            () = shutdown::deadline_near(shutdown) => return None,
        };
        Some((slot, waited + (in_chat - start)))
    }

    /// Waits for a slot of the overall limit, for a call that is not a message.
    pub(crate) async fn acquire_slot(&self, chat: i64, since: Instant) -> Slot {
        self.slots.acquire(chat, since).await.0
    }

    /// Returns a free slot of the overall limit, for a call that must not delay messages.
    pub(crate) fn try_acquire_slot(&self) -> Option<Slot> {
        self.slots.try_acquire()
    }

    /// Returns the number of calls that wait for a slot of the overall limit.
    pub(crate) fn n_waiting(&self) -> usize {
        self.slots.n_waiting()
    }

    /// Blocks messages to a chat for the time that Telegram requests.
    pub(crate) fn throttle(&self, chat: i64, pause: Duration) {
        lock(&self.chats).entry(chat).or_default().throttled_until = Some(Instant::now() + pause);
    }

    /// Blocks "typing…" in a chat for the time that Telegram requests.
    pub(crate) fn mute_typing(&self, chat: i64, pause: Duration) {
        lock(&self.chats).entry(chat).or_default().typing_muted_until = Some(Instant::now() + pause);
    }

    /// Tells whether "typing…" may be shown in a chat.
    pub(crate) fn may_show_typing(&self, chat: i64) -> bool {
        let now = Instant::now();
        lock(&self.chats).get(&chat).is_none_or(|chat| {
            let mut times = [chat.throttled_until, chat.typing_muted_until].into_iter().flatten();
            times.all(|until| until <= now)
        })
    }

    fn reserve_in_chat(&self, id: i64, now: Instant) -> Instant {
        let mut chats = lock(&self.chats);
        if chats.len() >= MAX_CHATS && !chats.contains_key(&id) {
            chats.retain(|_, chat| {
                !(chat.messages.is_past(self.limits.chat, now)
                    && chat.in_group.is_past(self.limits.group, now)
                    && chat.throttled_until.is_none_or(|until| until < now)
                    && chat.typing_muted_until.is_none_or(|until| until < now))
            });
        }
        let chat = chats.entry(id).or_default();
        let mut at = now.max(chat.throttled_until.unwrap_or(now));
        if id < 0 {
            at = chat.in_group.reserve(self.limits.group, at);
        }
        chat.messages.reserve(self.limits.chat, at)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limits() -> SendLimits {
        SendLimits {
            chat: RateLimit { n: 3, within: 3 * SECOND },
            group: RateLimit { n: 5, within: 60 * SECOND },
            overall: RateLimit { n: 4, within: SECOND },
        }
    }

    /// Sends messages one after the other; returns the seconds at which they were sent.
    async fn sent(pacing: &Pacing, chats: &[i64]) -> Vec<u64> {
        let start = Instant::now();
        let mut seconds = Vec::new();
        for chat in chats {
            pacing.acquire_send_slot(*chat, start, None).await.unwrap().0.consume();
            seconds.push(start.elapsed().as_secs());
        }
        seconds
    }

    #[tokio::test(start_paused = true)]
    async fn chat_gets_three_messages_at_once_then_one_a_second() {
        assert_eq!(sent(&Pacing::new(limits()), &[1; 8]).await, [0, 0, 0, 3, 3, 3, 6, 6]);
    }

    #[tokio::test(start_paused = true)]
    async fn private_chats_have_no_group_limit() {
        assert_eq!(sent(&Pacing::new(limits()), &[1; 21]).await[20], 18);
    }

    #[tokio::test(start_paused = true)]
    async fn group_has_its_own_limit() {
        assert_eq!(sent(&Pacing::new(limits()), &[-1; 7]).await, [0, 0, 0, 3, 3, 60, 60]);
    }

    #[tokio::test(start_paused = true)]
    async fn all_chats_share_a_limit() {
        assert_eq!(sent(&Pacing::new(limits()), &[1, 2, 3, 4, 5, 6, 7, 8, 9]).await, [0, 0, 0, 0, 1, 1, 1, 1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn throttled_chat_delays_no_other() {
        let pacing = Pacing::new(limits());
        pacing.throttle(1, 7 * SECOND);
        assert_eq!(sent(&pacing, &[2, 1, 3]).await, [0, 7, 7]);
    }

    #[tokio::test(start_paused = true)]
    async fn muted_typing_does_not_delay_messages() {
        let pacing = Pacing::new(limits());
        pacing.mute_typing(1, 7 * SECOND);
        assert!(!pacing.may_show_typing(1) && pacing.may_show_typing(2));
        assert_eq!(sent(&pacing, &[1, 1]).await, [0, 0]);
        tokio::time::advance(7 * SECOND).await;
        assert!(pacing.may_show_typing(1));
        pacing.throttle(1, SECOND);
        assert!(!pacing.may_show_typing(1));
    }

    #[tokio::test(start_paused = true)]
    async fn limit_of_zero_means_no_limit() {
        let none = RateLimit { n: 0, within: SECOND };
        let pacing = Pacing::new(SendLimits { chat: none, group: none, overall: none });
        assert_eq!(sent(&pacing, &[1; 50]).await, [0; 50]);
    }
}
