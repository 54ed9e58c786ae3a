//! Sending: paced calls, with waits that Telegram requests and retries.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use teloxide::payloads::{DeleteMessage, EditMessageReplyMarkup, EditMessageText, GetMe, SendChatAction, SendMessage};
use teloxide::requests::Payload;
use teloxide::types::{ChatAction, ChatId, MessageId, ThreadId};
use tracing::{debug, error, info, warn};

use super::api::{Api, ApiError};
use super::errors::{ErrorAction, classify, classify_edit, classify_ephemeral};
use super::pacing::Pacing;
use super::slots::Slot;
use super::{DeliveryHook, Effect, SendEphemeral};
use crate::config::SendLimits;
use crate::metrics::{LimitKind, Metrics, SendResult};
use crate::telegram::backoff::Backoff;
use crate::telegram::shutdown::{self, Shutdown};
use crate::telegram::update::ReplyTarget;

/// Wait before the second attempt; it doubles from there.
const INITIAL_BACKOFF: Duration = Duration::from_millis(250);

/// Maximum wait between attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(15);

/// Maximum number of consecutive attempts at a message that fails while other calls succeed: about 15 seconds with the backoff.
/// A user may get as many copies if only responses were lost; with fewer attempts one answer in ten thousand is lost under
/// faults, which is worse (`make soak`).
const MAX_ATTEMPTS: u32 = 7;

/// Interval at which "typing…" is renewed: Telegram shows it for five seconds.
const TYPING_INTERVAL: Duration = Duration::from_millis(4500);

/// Retry interval of "typing…" without a free slot.
const TYPING_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Sender of calls to Telegram.
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
    /// Delivered, with the message id; 0 if unknown.
    Sent(i64),
    /// Not delivered, because the group has migrated to this chat.
    Migrated(ChatId),
    /// Not edited, or not shown to one person alone: Telegram refuses that, and may take a new message for all.
    Unsupported,
    /// Failed, with this result.
    Failed(SendResult),
    /// Failed repeatedly while other calls succeeded; none of the attempts can have arrived.
    Postponed,
    /// Interrupted by the shutdown; the update waits for the next start.
    ShutDown,
    /// Owned by another replica meanwhile.
    NotOwned,
}

/// Message as it is sent.
enum Message {
    New(Box<SendMessage>),
    /// Is seen by one person alone.
    Ephemeral(Box<SendEphemeral>),
    /// Takes the place of this message.
    Edit(MessageId, Box<EditMessageText>),
}

impl Message {
    /// Returns the topic it is sent to.
    fn topic(&self) -> Option<ThreadId> {
        match self {
            Self::New(message) => message.message_thread_id,
            Self::Ephemeral(ephemeral) => ephemeral.message.message_thread_id,
            Self::Edit(..) => None,
        }
    }

    /// Returns the id that it has for certain once it has arrived; 0 if only the response tells.
    fn known_id(&self) -> i64 {
        match self {
            Self::New(_) | Self::Ephemeral(_) => 0,
            Self::Edit(id, _) => id.0.into(),
        }
    }

    fn classify(&self, error: &ApiError) -> ErrorAction {
        match self {
            Self::New(_) => classify(error),
            Self::Ephemeral(_) => classify_ephemeral(error),
            Self::Edit(..) => classify_edit(error),
        }
    }
}

/// Message with the state of its attempts.
struct Attempts {
    chat: ChatId,
    message: Message,
    deadline: Instant,
    /// Time since which the message waits.
    since: Instant,
    n_failures: u32,
    backoff: Backoff,
    /// Set when any attempt so far may have arrived.
    may_have_arrived: bool,
}

impl Attempts {
    fn new(chat: ChatId, message: Message, deadline: Instant, hook: &impl DeliveryHook) -> Self {
        let backoff = Backoff::new(INITIAL_BACKOFF, MAX_BACKOFF);
        Self { chat, message, deadline, since: hook.since(), n_failures: 0, backoff, may_have_arrived: false }
    }
}

impl Sender {
    pub(crate) fn new(api: Api, limits: SendLimits, metrics: Arc<Metrics>, shutdown: Arc<Shutdown>) -> Self {
        Self { api, pacing: Pacing::new(limits), metrics, shutdown, reached_at: Mutex::default() }
    }

    /// Makes the calls of an effect within the rate limits.
    pub(crate) async fn deliver(&self, effect: Effect, hook: &impl DeliveryHook) -> Delivery {
        match effect {
            Effect::Send { chat, message, deadline } => {
                let attempts = Attempts::new(chat, Message::New(message), deadline, hook);
                self.send(attempts, hook).await
            }
            Effect::SendEphemeral { chat, message, deadline } => {
                let attempts = Attempts::new(chat, Message::Ephemeral(message), deadline, hook);
                self.send(attempts, hook).await
            }
            Effect::Edit { chat, id, message, deadline } => {
                let attempts = Attempts::new(chat, Message::Edit(id, message), deadline, hook);
                self.send(attempts, hook).await
            }
            Effect::Acknowledge { chat, tap, toast } => {
                self.consume_slot(chat).await;
                self.api.acknowledge(tap, toast).await;
                Delivery::Sent(0)
            }
            Effect::EditKeyboard { chat, id, keyboard } => {
                let mut edit = EditMessageReplyMarkup::new(chat, id);
                edit.reply_markup = Some(keyboard);
                if let Err(error) = self.call(&Sending(&edit)).await {
                    debug!("the buttons of a message were not edited: {error}");
                }
                Delivery::Sent(0)
            }
            Effect::Delete { chat, id } => {
                if let Err(error) = self.call(&DeleteMessage::new(chat, id)).await {
                    info!("a message of an earlier answer was not deleted: {error}");
                }
                Delivery::Sent(0)
            }
            Effect::AnswerGuest { chat, answer } => {
                self.consume_slot(chat).await;
                if let Err(error) = self.api.call(&*answer).await {
                    warn!("a guest query was not answered: {error}");
                }
                Delivery::Sent(0)
            }
            Effect::AnswerInline { person, answer, deadline } => {
                let calling = async {
                    self.consume_slot(person).await;
                    self.api.call(&*answer).await
                };
                match tokio::time::timeout_at(deadline.into(), calling).await {
                    Ok(Err(error)) => debug!("an inline query was not answered: {error}"),
                    Err(_) => debug!("an inline query was not answered in time"),
                    Ok(Ok(_)) => {}
                }
                Delivery::Sent(0)
            }
        }
    }

    /// Sends a message with retries until its deadline. While Telegram is unreachable, it waits. A message that fails while other
    /// calls succeed is abandoned after [`MAX_ATTEMPTS`], or postponed if none of them can have arrived.
    async fn send(&self, mut attempts: Attempts, hook: &impl DeliveryHook) -> Delivery {
        // Set while the hook's mark of a message in flight is in place.
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
                error!("a reply was lost: its deadline passed in the queue");
                return Delivery::Failed(SendResult::given_up);
            }
            if !is_marked && !hook.before_call().await {
                return Delivery::NotOwned;
            }
            is_marked = true;
            slot.consume();
            let called = match &attempts.message {
                Message::New(message) => self.api.call(&Sending(&**message)).await,
                // A message that one person alone sees has no id.
                Message::Ephemeral(message) => self.api.call(&**message).await.map(|_| SentMessage { message_id: 0 }),
                Message::Edit(_, message) => self.api.call(&Sending(&**message)).await,
            };
            let error = match called {
                Ok(SentMessage { message_id }) => {
                    self.note_reached();
                    return Delivery::Sent(message_id);
                }
                Err(error) => error,
            };
            let action = attempts.message.classify(&error);
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

    /// Waits until the next attempt; returns the outcome if there is none.
    async fn after_error(
        &self,
        action: ErrorAction,
        error: &ApiError,
        attempts: &mut Attempts,
        shutdown: Option<&Shutdown>,
    ) -> Option<Delivery> {
        let is_in_time = match action {
            ErrorAction::Done => return Some(Delivery::Sent(attempts.message.known_id())),
            ErrorAction::Unsupported => {
                info!("a message could not be edited, or shown to one person alone: {error}");
                return Some(Delivery::Unsupported);
            }
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
                    error!(
                        "a reply was abandoned after {n_failures} attempts, some of which may have arrived: {error}"
                    );
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
            error!("a reply was lost: it would be past its deadline: {error}");
            return Some(Delivery::Failed(SendResult::given_up));
        }
        None
    }

    /// Waits for the backoff, and until Telegram answers another call about the chat; `false` if that is past the deadline.
    ///
    /// This distinguishes an outage from an error caused by the message itself. The probe is "typing…".
    async fn wait_until_reachable(&self, attempts: &mut Attempts) -> bool {
        let (chat, topic) = (attempts.chat, attempts.message.topic());
        let failed_at = Instant::now();
        let mut backoff = attempts.backoff;
        attempts.backoff.next_wait();
        while sleep_before(backoff.next_wait(), attempts.deadline).await {
            let Some(slot) = self.probe_slot(chat, attempts.since, failed_at).await else { continue };
            slot.consume();
            // If "typing…" is throttled, the probe is a call without visible effect.
            let called = match self.pacing.may_show_typing(chat.0) {
                true => self.show_typing(chat, topic).await,
                false => self.api.call(&GetMe::new()).await.map(drop),
            };
            match called {
                Err(error) if matches!(classify(&error), ErrorAction::Retry { .. }) => {
                    debug!("Telegram is still unreachable: {error}")
                }
                _ => return true,
            }
        }
        false
    }

    /// Returns a slot for a probe whether Telegram can be reached about a chat.
    ///
    /// In an outage a thousand messages may probe, so only free slots are used. Once other calls succeed, slots are rarely free,
    /// and the probe queues as the message would.
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

    /// Shows "typing…" in a chat until dropped, if slots are free.
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

    /// Shows "typing…" once, and mutes it if Telegram throttles it.
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

    /// Makes a call that is not a message, within the overall limit.
    pub(crate) async fn call<P: Payload<Output: DeserializeOwned> + Serialize>(
        &self,
        payload: &P,
    ) -> Result<P::Output, ApiError> {
        self.consume_slot(0).await;
        self.api.call(payload).await
    }

    /// Waits for a slot of the overall limit and consumes it.
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

/// Waits for a pause, unless that is past `deadline`.
async fn sleep_before(pause: Duration, deadline: Instant) -> bool {
    let is_in_time = Instant::now() + pause <= deadline;
    if is_in_time {
        tokio::time::sleep(pause).await;
    }
    is_in_time
}

/// Payload of a message that reads only the id: a message that teloxide can't parse would look like a failure.
#[derive(Serialize)]
#[serde(transparent)]
struct Sending<'a, P>(&'a P);

impl<P: Payload> Payload for Sending<'_, P> {
    type Output = SentMessage;
    const NAME: &'static str = P::NAME;
}

/// Sent message: the fields in use.
#[derive(Deserialize)]
struct SentMessage {
    message_id: i64,
}
