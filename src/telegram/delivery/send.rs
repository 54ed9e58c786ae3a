//! Sending: paced, waiting where Telegram asks for it, and again where that helps.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use teloxide::payloads::{GetMe, SendChatAction, SendMessage};
use teloxide::requests::Payload;
use teloxide::types::{ChatAction, ChatId, ThreadId};
use tracing::{debug, error, info, warn};

use super::api::{Api, ApiError, Refusal};
use super::pacing::Pacing;
use super::slots::Slot;
use super::{DeliveryHook, Effect};
use crate::config::SendLimits;
use crate::metrics::{LimitKind, Metrics, SendResult};
use crate::telegram::backoff::Backoff;
use crate::telegram::shutdown::{self, Shutdown};
use crate::telegram::update::ReplyTarget;

/// Wait before the second attempt; it doubles from there.
const INITIAL_BACKOFF: Duration = Duration::from_millis(250);

/// Maximum wait between attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(15);

/// Maximum number of attempts in a row at a message that Telegram fails on while it answers other calls: about a quarter of a
/// minute with the waits between. Somebody may get as many copies, where each arrived and its answer was lost; with fewer
/// attempts an answer in ten thousand is lost in foul weather, which is worse (`make soak`).
const MAX_ATTEMPTS: u32 = 7;

/// Time for which Telegram shows "typing…", less a bit.
const TYPING_INTERVAL: Duration = Duration::from_millis(4500);

/// Time after which "typing…" is tried again that found no slot.
const TYPING_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Sender of everything that goes to Telegram.
pub(crate) struct Sender {
    api: Api,
    pacing: Pacing,
    metrics: Arc<Metrics>,
    shutdown: Arc<Shutdown>,
    /// Time at which Telegram last answered a call about any chat.
    reached_at: Mutex<Option<Instant>>,
}

/// Outcome of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Delivered, with this id; 0 where Telegram did not tell it.
    Sent(i64),
    /// Not delivered, because the group has become this chat.
    Migrated(ChatId),
    /// Lost, for this reason.
    Failed(SendResult),
    /// Failed again and again while other calls did not, and none of its attempts can have arrived.
    Postponed,
    /// The bot stops first; the update that it answers waits for the next start.
    ShutDown,
    /// Another replica's to send meanwhile.
    NotOwned,
}

/// Message and the attempts to send it.
struct Attempts {
    chat: ChatId,
    message: Box<SendMessage>,
    deadline: Instant,
    /// Time since which the message waits for its turn.
    since: Instant,
    n_failures: u32,
    backoff: Backoff,
    /// Set when one of the attempts so far may be the one that arrived, whatever becomes of later ones.
    may_have_arrived: bool,
}

impl Attempts {
    fn new(chat: ChatId, message: Box<SendMessage>, deadline: Instant, hook: &impl DeliveryHook) -> Self {
        let backoff = Backoff::new(INITIAL_BACKOFF, MAX_BACKOFF);
        Self { chat, message, deadline, since: hook.since(), n_failures: 0, backoff, may_have_arrived: false }
    }
}

/// Way to go on after an error.
#[derive(Debug, PartialEq, Eq)]
enum ErrorAction {
    /// A later attempt may work. `may_have_arrived` when nobody knows whether it did already.
    Retry { may_have_arrived: bool },
    /// An attempt works after this long.
    Wait(Duration),
    /// The group has a new id.
    Move(ChatId),
    /// The message has arrived, though nobody knows under which id.
    Done,
    /// The chat is closed to us, which is the person's good right.
    Drop,
    /// No attempt works, and that is an error of ours.
    GiveUp,
}

impl Sender {
    pub(crate) fn new(api: Api, limits: SendLimits, metrics: Arc<Metrics>, shutdown: Arc<Shutdown>) -> Self {
        Self { api, pacing: Pacing::new(limits), metrics, shutdown, reached_at: Mutex::default() }
    }

    /// Makes the calls of an effect, in slots of the overall limit.
    pub(crate) async fn deliver(&self, effect: Effect, hook: &impl DeliveryHook) -> Delivery {
        match effect {
            Effect::Send { chat, message, deadline } => {
                let attempts = Attempts::new(chat, message, deadline, hook);
                self.send(attempts, hook).await
            }
            Effect::Acknowledge { chat, tap } => {
                self.consume_slot(chat).await;
                self.api.acknowledge(tap).await;
                Delivery::Sent(0)
            }
        }
    }

    /// Sends a message until it arrives or its deadline is past. While Telegram can't be reached it is waited for; a message that
    /// fails while other calls do not is given up after some attempts, unless none of them can have arrived.
    async fn send(&self, mut attempts: Attempts, hook: &impl DeliveryHook) -> Delivery {
        // Whether the hook was told of a call that may have delivered the message.
        let mut is_marked = false;
        let shutdown = hook.is_persisted().then_some(&*self.shutdown);
        let (chat, since) = (attempts.chat, attempts.since);
        loop {
            let Some((slot, waited)) = self.pacing.acquire_send_slot(chat.0, since.into(), shutdown).await else {
                if !is_marked {
                    hook.on_shutdown();
                }
                return Delivery::ShutDown;
            };
            self.metrics.record_wait(LimitKind::pace, waited);
            if Instant::now() > attempts.deadline {
                error!("a reply was lost, because its turn came too late");
                return Delivery::Failed(SendResult::given_up);
            }
            if !is_marked && !hook.before_call().await {
                return Delivery::NotOwned;
            }
            is_marked = true;
            slot.consume();
            let error = match self.api.call(&Sending(&attempts.message)).await {
                Ok(SentMessage { message_id }) => {
                    self.note_reached();
                    return Delivery::Sent(message_id);
                }
                Err(error) => error,
            };
            let action = classify(&error);
            if !matches!(action, ErrorAction::Retry { .. }) {
                self.note_reached();
            }
            attempts.may_have_arrived |=
                matches!(action, ErrorAction::Done | ErrorAction::Retry { may_have_arrived: true });
            if !attempts.may_have_arrived {
                hook.after_certain_failure();
                is_marked = false;
            }
            if let Some(delivery) = self.after_error(action, &error, &mut attempts, shutdown).await {
                return delivery;
            }
            self.metrics.retries.inc();
        }
    }

    /// Waits until the next attempt; returns the outcome when there is none.
    async fn after_error(
        &self,
        action: ErrorAction,
        error: &ApiError,
        attempts: &mut Attempts,
        shutdown: Option<&Shutdown>,
    ) -> Option<Delivery> {
        let is_in_time = match action {
            ErrorAction::Done => return Some(Delivery::Sent(0)),
            ErrorAction::Move(new) if new != attempts.chat => {
                info!("a group has become a supergroup");
                return Some(Delivery::Migrated(new));
            }
            ErrorAction::Drop => {
                info!("a reply was dropped: {error}");
                return Some(Delivery::Failed(SendResult::closed));
            }
            ErrorAction::GiveUp | ErrorAction::Move(_) => {
                error!("a reply was lost: {error}");
                return Some(Delivery::Failed(SendResult::refused));
            }
            ErrorAction::Wait(wait) => {
                info!("a reply waits: {error}");
                self.metrics.record_wait(LimitKind::telegram, wait);
                self.pacing.throttle(attempts.chat.0, wait);
                let until = Instant::now() + wait;
                let is_in_time = until <= attempts.deadline;
                if is_in_time && !shutdown::sleep_until(shutdown, until.into()).await {
                    return Some(Delivery::ShutDown);
                }
                is_in_time
            }
            ErrorAction::Retry { may_have_arrived: is_uncertain } => {
                attempts.n_failures += 1;
                let n_failures = attempts.n_failures;
                warn!("a reply was not sent, attempt {n_failures}: {error}");
                if is_uncertain {
                    self.metrics.uncertain.inc();
                }
                if n_failures == MAX_ATTEMPTS && attempts.may_have_arrived {
                    error!("a reply was given up after {n_failures} attempts, some of which may have arrived: {error}");
                    return Some(Delivery::Failed(SendResult::given_up));
                }
                if n_failures == MAX_ATTEMPTS {
                    warn!("a reply is postponed after {n_failures} attempts: {error}");
                    return Some(Delivery::Postponed);
                }
                self.wait_until_reachable(attempts).await
            }
        };
        if !is_in_time {
            error!("a reply was lost, because it would come too late: {error}");
            return Some(Delivery::Failed(SendResult::given_up));
        }
        None
    }

    /// Waits for the backoff, and on until Telegram answers another call about the chat; `false` when it would not by the deadline.
    ///
    /// This tells an outage, which ends, from an error of the message itself, which does not. That the person reads "typing…"
    /// is true.
    async fn wait_until_reachable(&self, attempts: &mut Attempts) -> bool {
        let (chat, topic) = (attempts.chat, attempts.message.message_thread_id);
        let failed_at = Instant::now();
        let mut backoff = attempts.backoff;
        attempts.backoff.next_wait();
        while sleep_before(backoff.next_wait(), attempts.deadline).await {
            let Some(slot) = self.probe_slot(chat, attempts.since, failed_at).await else { continue };
            slot.consume();
            // Where no "typing…" is wanted, something is asked that nobody sees.
            let called = match self.pacing.may_show_typing(chat.0) {
                true => self.show_typing(chat, topic).await,
                false => self.api.call(&GetMe::new()).await.map(drop),
            };
            match called {
                Err(error) if matches!(classify(&error), ErrorAction::Retry { .. }) => {
                    debug!("still not reached: {error}")
                }
                _ => return true,
            }
        }
        false
    }

    /// Returns a slot for a call that finds out whether Telegram can be reached about a chat.
    ///
    /// In an outage a thousand messages wait for that, so it takes a slot that is free. When others get through again, slots are
    /// rarely free, and it waits for one as the message would.
    async fn probe_slot(&self, chat: ChatId, since: Instant, failed_at: Instant) -> Option<Slot> {
        let reached_at = *self.reached_at.lock().unwrap_or_else(PoisonError::into_inner);
        match self.pacing.try_acquire_slot() {
            None if reached_at > Some(failed_at) => Some(self.pacing.acquire_slot(chat.0, since.into()).await),
            slot => slot,
        }
    }

    fn note_reached(&self) {
        *self.reached_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Shows "typing…" in a chat for as long as it is polled, whenever no message needs the slot.
    pub(crate) async fn keep_typing(&self, target: &ReplyTarget) {
        loop {
            let may_show = self.pacing.may_show_typing(target.chat.0);
            let Some(slot) = may_show.then(|| self.pacing.try_acquire_slot()).flatten() else {
                tokio::time::sleep(TYPING_RETRY_INTERVAL).await;
                continue;
            };
            slot.consume();
            if let Err(error) = self.show_typing(target.chat, target.topic).await {
                debug!("\"typing…\" was not shown: {error}");
            }
            tokio::time::sleep(TYPING_INTERVAL).await;
        }
    }

    /// Shows "typing…" once, and notes when Telegram wants no more of it.
    async fn show_typing(&self, chat: ChatId, topic: Option<ThreadId>) -> Result<(), ApiError> {
        let called = self.api.call(&typing_action(chat, topic)).await;
        match &called {
            Err(error) if matches!(classify(error), ErrorAction::Retry { .. }) => {}
            _ => self.note_reached(),
        }
        if let Some(pause) = called.as_ref().err().and_then(ApiError::retry_after) {
            self.pacing.mute_typing(chat.0, pause);
        }
        called.map(drop)
    }

    /// Makes a call that is no message, in a slot of the overall limit.
    pub(crate) async fn call<P: Payload<Output: DeserializeOwned> + Serialize>(
        &self,
        payload: &P,
    ) -> Result<P::Output, ApiError> {
        self.consume_slot(0).await;
        self.api.call(payload).await
    }

    /// Takes a slot of the overall limit for a call that is made now, or just was.
    pub(crate) async fn consume_slot(&self, chat: i64) {
        self.pacing.acquire_slot(chat, Instant::now().into()).await.consume();
    }

    /// Returns the number of calls that wait for a slot of the overall limit.
    pub(crate) fn n_waiting(&self) -> usize {
        self.pacing.n_waiting()
    }
}

fn typing_action(chat: ChatId, topic: Option<ThreadId>) -> SendChatAction {
    let mut action = SendChatAction::new(chat, ChatAction::Typing);
    action.message_thread_id = topic;
    action
}

/// Waits for so long, unless that is past `deadline`.
async fn sleep_before(pause: Duration, deadline: Instant) -> bool {
    let is_in_time = Instant::now() + pause <= deadline;
    if is_in_time {
        tokio::time::sleep(pause).await;
    }
    is_in_time
}

fn classify(error: &ApiError) -> ErrorAction {
    match error {
        ApiError::Truncated => ErrorAction::Done,
        ApiError::TimedOut | ApiError::Empty => ErrorAction::Retry { may_have_arrived: true },
        ApiError::Network { is_unsent, .. } => ErrorAction::Retry { may_have_arrived: !is_unsent },
        // What stands before Telegram may have passed the message on before it answered itself.
        ApiError::Server(200..=299 | 502 | 504) => ErrorAction::Retry { may_have_arrived: true },
        ApiError::Server(_) => ErrorAction::Retry { may_have_arrived: false },
        // A token that was just replaced: with the new one the answer goes out after the next start.
        error if error.is_invalid_token() => ErrorAction::Retry { may_have_arrived: false },
        ApiError::Refused(Refusal { retry_after: Some(pause), .. }) => ErrorAction::Wait(*pause),
        ApiError::Refused(Refusal { migrated_to: Some(chat), .. }) => ErrorAction::Move(*chat),
        ApiError::Refused(Refusal { code: 429, .. }) => ErrorAction::Retry { may_have_arrived: false },
        // Whatever the words.
        ApiError::Refused(Refusal { code: 403, .. }) => ErrorAction::Drop,
        ApiError::Refused(Refusal { description, .. }) => {
            let text = description.to_lowercase();
            // Refusals come under many names; these words of theirs are stable. "not found" is also a topic that was deleted,
            // with the question in it: outside of it, an answer would be one to nothing that anybody can see.
            let is_closed = [
                "forbidden",
                "blocked",
                "kicked",
                "deactivated",
                "not a member",
                "not found",
                "not enough rights",
                "have no rights",
                "can't write to",
                "administrator rights",
                "chat_admin_required",
                "channel_private",
                "topic",
                "chat_write_forbidden",
                "chat_restricted",
                "peer_id_invalid",
                "no write access",
            ];
            if is_closed.iter().any(|words| text.contains(words)) { ErrorAction::Drop } else { ErrorAction::GiveUp }
        }
    }
}

/// A message whose echo is read as far as it is needed: one that teloxide can't read would look like a failure.
#[derive(Serialize)]
#[serde(transparent)]
struct Sending<'a>(&'a SendMessage);

impl Payload for Sending<'_> {
    type Output = SentMessage;
    const NAME: &'static str = SendMessage::NAME;
}

/// Fields of a sent message that are of use.
#[derive(Deserialize)]
struct SentMessage {
    message_id: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_classified_as_retry_drop_or_give_up() {
        let refused = |description: &str| {
            classify(&ApiError::Refused(Refusal {
                code: 400,
                description: description.to_owned(),
                ..Refusal::default()
            }))
        };
        for description in [
            "Forbidden: bot was blocked by the user",
            "Forbidden: bot was kicked from the supergroup chat",
            "Forbidden: user is deactivated",
            "Bad Request: chat not found",
            "Bad Request: message thread not found",
            "Bad Request: TOPIC_CLOSED",
            "Bad Request: not enough rights to send text messages to the chat",
            "Bad Request: have no rights to send a message",
            "Bad Request: group chat was deactivated",
            "Bad Request: can't write to chat with deleted user",
            "Bad Request: need administrator rights in the channel chat",
            "Bad Request: CHAT_WRITE_FORBIDDEN",
            "Bad Request: CHAT_ADMIN_REQUIRED",
            "Bad Request: CHANNEL_PRIVATE",
        ] {
            assert_eq!(refused(description), ErrorAction::Drop, "{description}");
        }
        let refusal = Refusal { code: 403, description: "in words of tomorrow".to_owned(), ..Refusal::default() };
        assert_eq!(classify(&ApiError::Refused(refusal)), ErrorAction::Drop);
        for description in ["Bad Request: message is too long", "Bad Request: message text is empty"] {
            assert_eq!(refused(description), ErrorAction::GiveUp, "{description}");
        }
        for (code, description) in [(401, "Unauthorized"), (404, "Not Found"), (429, "Too Many Requests")] {
            let refusal = Refusal { code, description: description.to_owned(), ..Refusal::default() };
            assert_eq!(
                classify(&ApiError::Refused(refusal)),
                ErrorAction::Retry { may_have_arrived: false },
                "{description}"
            );
        }
        for (status, may_have_arrived) in [(200, true), (500, false), (502, true), (503, false), (504, true)] {
            assert_eq!(classify(&ApiError::Server(status)), ErrorAction::Retry { may_have_arrived }, "{status}");
        }
        let unsent = ApiError::Network { cause: String::new(), is_unsent: true };
        assert_eq!(classify(&unsent), ErrorAction::Retry { may_have_arrived: false });
        for error in [ApiError::TimedOut, ApiError::Empty] {
            assert_eq!(classify(&error), ErrorAction::Retry { may_have_arrived: true });
        }
        assert_eq!(classify(&ApiError::Truncated), ErrorAction::Done);
    }
}
