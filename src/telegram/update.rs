//! Update: what came in from Telegram, decoded. Only this room decides what an update is and whether it is for us.
//!
//! [`Decoder::decode`] takes raw JSON through three steps: `sanitize` keeps what is newer than teloxide from costing a person
//! their text, a `match` over teloxide's [`UpdateKind`] picks the kinds that are answered, and `from_telegram` turns one into an
//! [`Event`]. A `match` and no dptree: there are two kinds, and each has one handler. An inline query or an edit becomes one
//! more variant of [`Event`], one more arm of the `match` and one more name in [`ALLOWED_UPDATES`].
//!
//! `fallback` reads the address of an update whose decoding panicked, so that the person is told. Both ask
//! [`Addressing::is_for_us`].

mod fallback;
mod from_telegram;
mod sanitize;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use teloxide::types::{CallbackQueryId, ChatId, Me, MessageId, ThreadId, UpdateKind};
use tracing::{debug, error, info};

use self::sanitize::Unreadable;
use crate::conversation::Request;
use crate::language::Language;
use crate::metrics::{self, FailureKind, Metrics};

/// Kinds of updates that are answered; sent with every poll and with the webhook, so that a change takes effect at once.
pub(crate) const ALLOWED_UPDATES: [&str; 2] = ["message", "callback_query"];

/// Something that the bot reacts to.
#[derive(Debug)]
pub(crate) enum Event {
    /// A message that wants an answer.
    Message(Box<Incoming>),
    /// A tap on a button. Without a request it is acknowledged only: the button is none of ours, and shows progress until then.
    Tap(CallbackQueryId, Option<Box<Incoming>>),
}

impl Event {
    /// Returns the request that the event carries, if it carries one.
    pub(crate) fn incoming(&self) -> Option<&Incoming> {
        match self {
            Self::Message(incoming) | Self::Tap(_, Some(incoming)) => Some(incoming),
            Self::Tap(_, None) => None,
        }
    }

    /// Takes the event apart: the tap to acknowledge and the request to answer.
    pub(crate) fn into_parts(self) -> (Option<CallbackQueryId>, Option<Incoming>) {
        match self {
            Self::Message(incoming) => (None, Some(*incoming)),
            Self::Tap(tap, incoming) => (Some(tap), incoming.map(|incoming| *incoming)),
        }
    }
}

/// Request of a person, with all that its answer needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incoming {
    pub(crate) kind: IncomingKind,
    pub(crate) surface: Surface,
    pub(crate) asker: Asker,
    /// Language of the person's app.
    pub(crate) client_language: Option<Language>,
    /// Request itself; `None` where decoding panicked, which the person is told.
    pub(crate) request: Option<Request>,
    pub(crate) target: ReplyTarget,
    /// Message of ours that is replied to.
    pub(crate) replied_to: Option<MessageId>,
}

impl Incoming {
    /// Moves the request to the chat that its group has become.
    pub(crate) fn migrate_to(&mut self, chat: i64) {
        self.target.chat = ChatId(chat);
        self.asker.chat = chat;
    }

    /// Returns the time for which an answer is of use: Telegram forgets taps after 150 seconds and messages after a day.
    ///
    /// Source: the queue of the Bot API server, `Client.cpp` of tdlib/telegram-bot-api.
    pub(crate) fn time_to_live(&self) -> Duration {
        match self.kind {
            IncomingKind::Message => Duration::from_secs(24 * 60 * 60),
            IncomingKind::Tap => Duration::from_secs(150),
        }
    }
}

/// Kind of update that a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IncomingKind {
    Message,
    Tap,
}

impl IncomingKind {
    /// Returns the name of the kind in logs: that of the Bot API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Tap => "callback_query",
        }
    }
}

/// Person in a chat: the owner of a context. Somebody who writes as a group or channel is that chat.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Asker {
    pub(crate) chat: i64,
    pub(crate) person: i64,
}

/// Message that an answer replies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReplyTarget {
    pub(crate) chat: ChatId,
    /// Forum topic; `None` for General, which Telegram refuses by its number.
    pub(crate) topic: Option<ThreadId>,
    pub(crate) message: MessageId,
}

/// Kind of chat in which people meet the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    Private,
    Group,
}

impl Surface {
    /// Returns the name of the surface in logs and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Group => "group",
        }
    }
}

/// Signs by which a message tells whom it is for.
struct Addressing<'a> {
    surface: Surface,
    is_from_bot: bool,
    replies_to_us: bool,
    mentions_us: bool,
    /// Name of the command at the beginning, and whether it names us; `None` where it names no bot.
    command: Option<(&'a str, Option<bool>)>,
}

impl Addressing<'_> {
    /// Tells whether a message is for us.
    ///
    /// In private everything a person sends is for us. In groups only commands that name us, `/search`, replies to us and mentions
    /// of us are: with more than one bot in a group, a bare `/help` or `/start` may be meant for another. Nothing from another
    /// bot is, because two bots that answer each other would never end.
    fn is_for_us(&self) -> bool {
        let is_to_us = self.replies_to_us || self.mentions_us;
        match (self.surface, self.command) {
            _ if self.is_from_bot => false,
            (Surface::Private, _) => true,
            (Surface::Group, None) => is_to_us,
            (Surface::Group, Some((_, Some(names_us)))) => names_us,
            (Surface::Group, Some((name, None))) => match Request::command(name, "") {
                Request::Search(_) => true,
                Request::UnknownCommand(_) => false,
                _ => is_to_us,
            },
        }
    }
}

/// Decoder of updates for one bot.
pub(crate) struct Decoder {
    me: Me,
    metrics: Arc<Metrics>,
    /// Number of unreadable updates by kind.
    unreadable: Mutex<BTreeMap<String, u64>>,
}

impl Decoder {
    pub(crate) fn new(me: Me, metrics: Arc<Metrics>) -> Self {
        Self { me, metrics, unreadable: Mutex::default() }
    }

    /// Decodes an update; `None` when it is not for us or unreadable. A panic costs this update only, and who waits for an answer
    /// is still to be told.
    pub(crate) fn decode(&self, raw: &Value) -> Option<Event> {
        if let Ok(event) = std::panic::catch_unwind(AssertUnwindSafe(|| self.decode_or_panic(raw))) {
            return event;
        }
        error!("an update could not be decoded because of a panic");
        let event = fallback::address(raw, &self.me);
        if event.as_ref().and_then(Event::incoming).is_none() {
            self.metrics.record_failure(FailureKind::panic);
        }
        event
    }

    fn decode_or_panic(&self, raw: &Value) -> Option<Event> {
        let update = match sanitize::parse_update(raw) {
            Ok(update) => update,
            Err(Unreadable { kind }) => {
                self.count_unreadable(kind);
                return None;
            }
        };
        let event = match update.kind {
            UpdateKind::Message(message) => from_telegram::message(message, &self.me),
            UpdateKind::CallbackQuery(query) => Some(from_telegram::callback_query(query)),
            _ => None,
        };
        if event.as_ref().and_then(Event::incoming).is_none() {
            debug!("an update was not for us");
        }
        event
    }

    fn count_unreadable(&self, kind: String) {
        self.metrics.record_failure(FailureKind::unreadable);
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        let count = unreadable.entry(kind.clone()).or_default();
        *count += 1;
        // Kinds come from outside: neither the log nor the table may grow with them without end.
        if count.is_power_of_two() {
            info!(kind, count = *count, "an update of an unknown kind was skipped");
        }
        if unreadable.len() > 100 {
            unreadable.clear();
        }
    }
}

/// Returns the number of an update, which rises from one to the next.
pub(crate) fn id(raw: &Value) -> Option<i64> {
    raw.get("update_id").and_then(Value::as_i64)
}

/// Returns the kind of an update for the metrics.
pub(crate) fn metrics_kind(raw: &Value) -> metrics::UpdateKind {
    let [message, callback_query] = ALLOWED_UPDATES.map(|kind| raw.get(kind).is_some());
    match (message, callback_query) {
        (true, _) => metrics::UpdateKind::message,
        (_, true) => metrics::UpdateKind::callback_query,
        _ => metrics::UpdateKind::other,
    }
}

/// Returns the chats that a group was and has become, if the update says so.
pub(crate) fn migration(raw: &Value) -> Option<(i64, i64)> {
    let message = &raw["message"];
    Some((message["chat"]["id"].as_i64()?, message["migrate_to_chat_id"].as_i64()?))
}

/// Returns the time at which the message of an update was written, in seconds since 1970.
pub(crate) fn written_at(raw: &Value) -> Option<u64> {
    raw["message"]["date"].as_u64()
}
