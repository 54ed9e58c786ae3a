//! Sends messages: paced, waiting where Telegram asks for it, and again where that helps.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use teloxide::payloads::{GetMe, SendChatAction, SendMessage};
use teloxide::requests::Payload;
use teloxide::types::{CallbackQueryId, ChatAction, ChatId, ThreadId};
use tracing::{debug, error, info, warn};

use super::api::{Api, ApiError, Refusal};
use super::pacing::Pacing;
use super::slots::Slot;
use crate::config::Paces;
use crate::metrics::{LimitKind, Metrics, SendResult};
use crate::telegram::answering::Job;
use crate::telegram::journal::Journal;
use crate::telegram::shutdown::{self, Shutdown};
use crate::telegram::update::ReplyTarget;

/// The wait before the second attempt; it doubles from there.
const INITIAL_BACKOFF: Duration = Duration::from_millis(250);

/// The longest wait between attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(15);

/// How often a message is sent in a row that Telegram fails on while it answers other calls; with the waits between, for about
/// a quarter of a minute. So many copies somebody may get where each arrived and its answer was lost: fewer, and in foul weather
/// an answer in ten thousand is lost, which is worse (`make soak`).
const MAX_ATTEMPTS: u32 = 7;

/// How long "typing…" is shown by Telegram, less a bit.
const TYPING_INTERVAL: Duration = Duration::from_millis(4500);

/// Time after which "typing…" is tried again that found no slot.
const TYPING_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Sends messages.
pub(crate) struct Sender {
    api: Api,
    pacing: Pacing,
    metrics: Arc<Metrics>,
    shutdown: Arc<Shutdown>,
    /// Time at which Telegram last answered a call about any chat.
    reached_at: Mutex<Option<Instant>>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It did, with this id; 0 where Telegram did not tell it.
    Sent(i64),
    /// Not at all, because the group has become this chat.
    Migrated(ChatId),
    /// It never will, for this reason.
    Failed(SendResult),
    /// Not yet: it failed again and again while other calls did not, and none of its attempts can have arrived.
    Postponed,
    /// Not before the bot has stopped; what it answers waits in the journal.
    ShutDown,
    /// The update that it answers is another replica's meanwhile.
    NotOwned,
}

/// The update that a message answers, whose mark in the journal says that the message is on its way.
///
/// What ends while the mark stands may have arrived, and goes out again after a restart; so it stands only while a call to
/// Telegram is open or after one of which nobody knows how it ended, and not while the message waits for its turn.
#[derive(Clone, Copy)]
pub(crate) struct Mark<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) job: &'a Job,
}

impl Mark<'_> {
    /// Sets the mark; `false` when the update is no longer ours.
    async fn set(&self) -> bool {
        // Where the journal can't be written the message goes out all the same.
        !self.job.is_journaled() || self.journal.begin_sending(self.job.update).await != Ok(false)
    }

    fn remove(&self) {
        self.journal.landed(self.job.update);
    }

    /// Has its tries forgotten: what is left for the next start is not what ended the bot.
    pub(crate) async fn clear(&self) {
        self.set().await;
        self.remove();
    }
}

/// What to do about a message that was not sent.
#[derive(Debug, PartialEq, Eq)]
enum ErrorAction {
    /// It may work later. `may_have_arrived` when nobody knows whether it did already.
    Retry { may_have_arrived: bool },
    /// It will work after this long.
    Wait(Duration),
    /// The group has a new id.
    Move(ChatId),
    /// It has arrived, though nobody knows under which id.
    Done,
    /// The chat is closed to us, which is the person's good right.
    Drop,
    /// It never will, and that is an error of ours.
    GiveUp,
}

impl Sender {
    pub(crate) fn new(api: Api, limits: Paces, metrics: Arc<Metrics>, shutdown: Arc<Shutdown>) -> Self {
        Self { api, pacing: Pacing::new(limits), metrics, shutdown, reached_at: Mutex::default() }
    }

    /// Sends a message until it arrives or `deadline` is past. While Telegram can't be reached it is waited for; a message that
    /// fails while other calls do not is given up after some attempts, unless none of them can have arrived. `mark` is `None`
    /// for one that the journal knows nothing of.
    pub(crate) async fn send(
        &self,
        chat: ChatId,
        message: SendMessage,
        deadline: Instant,
        mark: Option<Mark<'_>>,
    ) -> Delivery {
        let mut n_failures = 0;
        // Whatever becomes of later attempts: one of these may be the one that arrived.
        let mut may_have_arrived = false;
        let mut is_marked = false;
        // What the journal doesn't hold is seen through as far as it goes.
        let shutdown = mark.is_none_or(|mark| mark.job.is_journaled()).then_some(&*self.shutdown);
        let since = mark.map_or_else(Instant::now, |mark| mark.job.since);
        loop {
            let Some((slot, waited)) = self.pacing.acquire_send_slot(chat.0, since.into(), shutdown).await else {
                if let Some(mark) = mark.as_ref().filter(|_| !is_marked) {
                    mark.clear().await;
                }
                return Delivery::ShutDown;
            };
            self.metrics.waited(LimitKind::pace, waited);
            if Instant::now() > deadline {
                error!("a reply was lost, because its turn came too late");
                return Delivery::Failed(SendResult::given_up);
            }
            if let Some(mark) = mark.as_ref().filter(|_| !is_marked) {
                if !mark.set().await {
                    return Delivery::NotOwned;
                }
                is_marked = true;
            }
            slot.consume();
            let error = match self.api.call(&Sending(&message)).await {
                Ok(Echo { message_id }) => {
                    self.note_reached();
                    return Delivery::Sent(message_id);
                }
                Err(error) => error,
            };
            let classify = classify(&error);
            if !matches!(classify, ErrorAction::Retry { .. }) {
                self.note_reached();
            }
            may_have_arrived |= matches!(classify, ErrorAction::Done | ErrorAction::Retry { may_have_arrived: true });
            if let Some(mark) = mark.as_ref().filter(|_| is_marked && !may_have_arrived) {
                mark.remove();
                is_marked = false;
            }
            let is_in_time = match classify {
                ErrorAction::Done => return Delivery::Sent(0),
                ErrorAction::Move(new) if new != chat => {
                    info!("a group has become a supergroup");
                    return Delivery::Migrated(new);
                }
                ErrorAction::Drop => {
                    info!("a reply was dropped: {error}");
                    return Delivery::Failed(SendResult::closed);
                }
                ErrorAction::GiveUp | ErrorAction::Move(_) => {
                    error!("a reply was lost: {error}");
                    return Delivery::Failed(SendResult::refused);
                }
                ErrorAction::Wait(pause) => {
                    info!("a reply waits: {error}");
                    self.metrics.waited(LimitKind::telegram, pause);
                    self.pacing.close(chat.0, pause);
                    let until = Instant::now() + pause;
                    let is_in_time = until <= deadline;
                    if is_in_time && !shutdown::sleep_until(shutdown, until.into()).await {
                        return Delivery::ShutDown;
                    }
                    is_in_time
                }
                ErrorAction::Retry { may_have_arrived: is_uncertain } => {
                    n_failures += 1;
                    warn!("a reply was not sent, attempt {n_failures}: {error}");
                    if is_uncertain {
                        self.metrics.uncertain.inc();
                    }
                    if n_failures == MAX_ATTEMPTS && may_have_arrived {
                        error!(
                            "a reply was given up after {n_failures} attempts, some of which may have arrived: {error}"
                        );
                        return Delivery::Failed(SendResult::given_up);
                    }
                    if n_failures == MAX_ATTEMPTS {
                        warn!("a reply is put off after {n_failures} attempts: {error}");
                        return Delivery::Postponed;
                    }
                    let topic = message.message_thread_id;
                    self.wait_until_reachable(chat, topic, since, backoff_after(n_failures), deadline).await
                }
            };
            if !is_in_time {
                error!("a reply was lost, because it would come too late: {error}");
                return Delivery::Failed(SendResult::given_up);
            }
            self.metrics.retries.inc();
        }
    }

    /// Waits for so long, and on until Telegram answers another call about a chat; `false` when it would not by `deadline`.
    ///
    /// This tells an outage, which ends, from an error of the message itself, which does not. That the person reads "typing…"
    /// is true.
    async fn wait_until_reachable(
        &self,
        chat: ChatId,
        topic: Option<ThreadId>,
        since: Instant,
        mut pause: Duration,
        deadline: Instant,
    ) -> bool {
        let failed_at = Instant::now();
        while sleep_before(pause, deadline).await {
            if let Some(slot) = self.probe_slot(chat, since, failed_at).await {
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
            pause = (pause * 2).min(MAX_BACKOFF);
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

    /// Tells Telegram that a tap has arrived, in a slot of the overall limit.
    pub(crate) async fn acknowledge(self: Arc<Self>, chat: i64, tap: CallbackQueryId) {
        self.take_slot(chat).await;
        self.api.clone().acknowledge(tap).await;
    }

    /// Makes a call that is no message, in a slot of the overall limit.
    pub(crate) async fn call<P: Payload<Output: DeserializeOwned> + Serialize>(
        &self,
        payload: &P,
    ) -> Result<P::Output, ApiError> {
        self.take_slot(0).await;
        self.api.call(payload).await
    }

    /// Takes a slot of the overall limit for a call that is made now, or just was.
    pub(crate) async fn take_slot(&self, chat: i64) {
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

/// Returns how long to wait after so many faults.
fn backoff_after(n_failures: u32) -> Duration {
    (INITIAL_BACKOFF * 2_u32.pow(u32::min(n_failures - 1, 8))).min(MAX_BACKOFF)
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
        ApiError::BrokenOff => ErrorAction::Done,
        ApiError::TimedOut => ErrorAction::Retry { may_have_arrived: true },
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
    type Output = Echo;
    const NAME: &'static str = SendMessage::NAME;
}

/// What is read of a message that was sent.
#[derive(Deserialize)]
struct Echo {
    message_id: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again_and_only_our_own_faults_are_errors() {
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
        assert_eq!(classify(&ApiError::TimedOut), ErrorAction::Retry { may_have_arrived: true });
        assert_eq!(classify(&ApiError::BrokenOff), ErrorAction::Done);
    }
}
