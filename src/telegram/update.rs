//! Update: decodes updates of Telegram. Only this module knows the kinds of updates and whether one addresses the bot.
//!
//! [`Decoder::decode`] has three steps: `sanitize` removes JSON that teloxide can't parse, a `match` over teloxide's
//! [`UpdateKind`] selects the kinds that are answered, and `from_telegram` converts them to an [`Event`]. A `match` rather than a
//! dptree: there are few kinds with one handler each. A new one is one more variant of [`Event`], one more arm of the `match`
//! and one more name in `ALLOWED_UPDATES`.
//!
//! `fallback` reads the reply target of an update whose decoding panicked, for the error message. Both use
//! [`Addressing::is_for_us`].

mod fallback;
mod from_telegram;
mod long_texts;
mod rated;
mod reacted;
mod sanitize;
mod written;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use teloxide::types::{CallbackQueryId, ChatId, InlineQueryId, Me, MessageId, ThreadId, UpdateKind};
use tracing::{debug, error, info};
use url::Url;

use self::long_texts::LongTexts;
pub(crate) use self::long_texts::MAX_LONG_TEXTS;
pub(crate) use self::rated::Rated;
pub(crate) use self::reacted::Reacted;
use self::sanitize::Unreadable;
use crate::conversation::Request;
use crate::language::Language;
use crate::metrics::{self, FailureKind, Metrics};

/// Kinds of updates that are always requested; they are sent with every poll and with the webhook, so that a change takes effect at
/// once.
const ALLOWED_UPDATES: [&str; 5] = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member"];

/// Returns the kinds of updates that are requested from Telegram: those of chats that the bot is no member of, and reactions, only
/// where they are wanted.
pub(crate) fn allowed_updates(guest_mode: bool, reactions: bool) -> Vec<&'static str> {
    let optional = [(guest_mode, "guest_message"), (reactions, "message_reaction")];
    let optional = optional.into_iter().filter(|(is_wanted, _)| *is_wanted).map(|(_, kind)| kind);
    ALLOWED_UPDATES.into_iter().chain(optional).collect()
}

/// Decoded update.
#[derive(Debug)]
pub(crate) enum Event {
    /// Message to be answered, or a group that the bot has joined.
    Message(Box<Incoming>),
    /// Tap on a button. Without a request the button is out of date, which its acknowledgement says.
    Tap(Tap, Option<Box<Incoming>>),
    /// Tap on a button that says whether an answer helped.
    Rated(Tap, Box<Rated>),
    /// Reaction to a message, perhaps of the bot. Not written to the journal: it counts once by its message.
    Reacted(Box<Reacted>),
    /// Words typed behind the bot's name in any chat. Not written to the journal: a late answer is worthless.
    Inline(Box<InlineQuery>),
    /// Question in a chat that the bot is no member of. Not written to the journal, as its one answer must be quick.
    Guest(Box<GuestQuery>),
}

/// Guest query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GuestQuery {
    pub(crate) id: String,
    pub(crate) incoming: Incoming,
}

/// Inline query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InlineQuery {
    pub(crate) id: InlineQueryId,
    pub(crate) person: i64,
    /// Language of the user's app.
    pub(crate) client_language: Option<Language>,
    pub(crate) text: String,
    /// Number of results that are shown already.
    pub(crate) offset: usize,
}

/// Tap to be acknowledged, which ends its progress indicator.
#[derive(Debug, Clone)]
pub(crate) struct Tap {
    pub(crate) id: CallbackQueryId,
    /// Language of the user's app.
    pub(crate) client_language: Option<Language>,
}

impl Event {
    /// Returns the request of the event, if any.
    pub(crate) fn incoming(&self) -> Option<&Incoming> {
        match self {
            Self::Message(incoming) | Self::Tap(_, Some(incoming)) => Some(incoming),
            Self::Tap(_, None) | Self::Rated(..) | Self::Reacted(_) | Self::Inline(_) | Self::Guest(_) => None,
        }
    }

    /// Splits the event into the tap to acknowledge and the request to answer.
    pub(crate) fn into_parts(self) -> (Option<Tap>, Option<Incoming>) {
        match self {
            Self::Message(incoming) => (None, Some(*incoming)),
            Self::Tap(tap, incoming) => (Some(tap), incoming.map(|incoming| *incoming)),
            Self::Rated(tap, _) => (Some(tap), None),
            Self::Reacted(_) | Self::Inline(_) | Self::Guest(_) => (None, None),
        }
    }
}

/// Request of a user, with the data for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incoming {
    pub(crate) kind: IncomingKind,
    pub(crate) surface: Surface,
    pub(crate) asker: Asker,
    /// Language of the user's app.
    pub(crate) client_language: Option<Language>,
    /// Request itself; `None` if the bot has joined a group, or if decoding panicked, which is answered by an error message.
    pub(crate) request: Option<Request>,
    /// Links behind words of the question.
    pub(crate) links: Vec<Url>,
    /// Part of several messages that were sent as one, if it is one.
    pub(crate) part: Option<Part>,
    /// Time at which it was sent by Telegram's clock, in seconds since 1970.
    pub(crate) sent_at: i64,
    pub(crate) target: ReplyTarget,
    /// Message of the bot that is replied to.
    pub(crate) replied_to: Option<MessageId>,
    /// Message of the bot whose page a tap turns, in its place.
    pub(crate) turned: Option<MessageId>,
}

impl Incoming {
    /// Moves the request to the new chat of its group.
    pub(crate) fn migrate_to(&mut self, chat: i64) {
        self.target.chat = ChatId(chat);
        self.asker.chat = chat;
    }

    /// Returns the time to live: Telegram drops taps after 150 seconds and messages after a day.
    ///
    /// Source: the queue of the Bot API server, `Client.cpp` of tdlib/telegram-bot-api.
    pub(crate) fn time_to_live(&self) -> Duration {
        match self.kind {
            IncomingKind::Message | IncomingKind::Edit | IncomingKind::Joined => Duration::from_secs(24 * 60 * 60),
            IncomingKind::Tap => Duration::from_secs(150),
        }
    }
}

/// Kind of update that a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IncomingKind {
    Message,
    /// Edit of a message, whose answer is edited.
    Edit,
    Tap,
    /// Change by which the bot has become a member of a group.
    Joined,
}

/// Part of several messages that a user sent as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Item of the album with this id.
    Album(String),
    /// Text so long that a part of it may follow.
    Text,
    /// Later part of a text in a group, which does not address the bot itself.
    Rest {
        /// Set when another part may follow.
        may_go_on: bool,
    },
}

impl Part {
    /// Maximum time between two parts of a text by Telegram's clock, in seconds: an app sends them at once.
    pub(crate) const MAX_INTERVAL: i64 = 2;
}

impl IncomingKind {
    /// Returns the name of the kind in logs: that of the Bot API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Edit => "edited_message",
            Self::Tap => "callback_query",
            Self::Joined => "my_chat_member",
        }
    }
}

/// User in a chat: the owner of a context. For a message sent as a group or channel it is that chat.
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
    /// Message itself; `None` for a sentence that replies to none.
    pub(crate) message: Option<MessageId>,
}

/// Kind of chat.
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

/// Properties of a message that decide whether it addresses the bot.
struct Addressing<'a> {
    surface: Surface,
    is_from_bot: bool,
    replies_to_us: bool,
    mentions_us: bool,
    /// Name of the command at the beginning, and whether it names this bot; `None` if it names none.
    command: Option<(&'a str, Option<bool>)>,
}

impl Addressing<'_> {
    /// Tells whether a message addresses the bot.
    ///
    /// In private chats every message does. In groups only commands that name the bot, `/search`, replies to it and mentions of it
    /// do: with several bots in a group, a bare `/help` or `/start` may address another one. Messages of bots never do, because
    /// two bots would answer each other forever.
    fn is_for_us(&self) -> bool {
        let is_to_us = self.replies_to_us || self.mentions_us;
        match (self.surface, self.command) {
            _ if self.is_from_bot => false,
            (Surface::Private, _) => true,
            (Surface::Group, None) => is_to_us,
            (Surface::Group, Some((_, Some(names_us)))) => names_us,
            (Surface::Group, Some((name, None))) => match Request::command(name, "") {
                Request::Search(_) => true,
                Request::UnknownCommand { .. } => false,
                _ => is_to_us,
            },
        }
    }
}

/// Decoder of updates for one bot.
pub(crate) struct Decoder {
    me: Me,
    metrics: Arc<Metrics>,
    long_texts: LongTexts,
    /// Number of unreadable updates by kind.
    unreadable: Mutex<BTreeMap<String, u64>>,
}

impl Decoder {
    pub(crate) fn new(me: Me, metrics: Arc<Metrics>) -> Self {
        Self { me, metrics, long_texts: LongTexts::default(), unreadable: Mutex::default() }
    }

    /// Decodes an update; `None` if it does not address the bot or is unreadable. A panic affects this update only, and its
    /// sender gets an error message.
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
        if let Some(query) = raw.get("inline_query") {
            return from_telegram::inline_query(query).map(|query| Event::Inline(Box::new(query)));
        }
        if let Some(message) = raw.get("guest_message") {
            return self.guest_query(raw, message).map(|query| Event::Guest(Box::new(query)));
        }
        if let Some(change) = raw.get("message_reaction") {
            return Reacted::of(change).map(|reacted| Event::Reacted(Box::new(reacted)));
        }
        if let Some(change) = raw.get("my_chat_member") {
            return from_telegram::joined(change);
        }
        let update = match sanitize::parse_update(raw) {
            Ok(update) => update,
            Err(Unreadable { kind }) => {
                self.count_unreadable(kind);
                return None;
            }
        };
        let event = match update.kind {
            UpdateKind::Message(message) => {
                from_telegram::message(message, &raw["message"], &self.me, Some(&self.long_texts))
            }
            UpdateKind::EditedMessage(message) => {
                from_telegram::edited_message(message, &raw["edited_message"], &self.me)
            }
            UpdateKind::CallbackQuery(query) => Some(from_telegram::callback_query(query)),
            _ => None,
        };
        if event.as_ref().and_then(Event::incoming).is_none() {
            debug!("an update did not address the bot");
        }
        event
    }

    /// Decodes a guest query: a message with the id of the query, of a kind that teloxide does not know.
    fn guest_query(&self, raw: &Value, message: &Value) -> Option<GuestQuery> {
        let id = message["guest_query_id"].as_str()?.to_owned();
        let raw = serde_json::json!({"update_id": raw["update_id"], "message": message});
        let UpdateKind::Message(message) = sanitize::parse_update(&raw).ok()?.kind else { return None };
        // It names the bot, or it would not be one.
        let Event::Message(incoming) = from_telegram::message(message, &raw["message"], &self.me, None)? else {
            return None;
        };
        Some(GuestQuery { id, incoming: *incoming })
    }

    fn count_unreadable(&self, kind: String) {
        self.metrics.record_failure(FailureKind::unreadable);
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        let count = unreadable.entry(kind.clone()).or_default();
        *count += 1;
        // Kinds are external input: the log and the table must stay bounded.
        if count.is_power_of_two() {
            info!(kind, count = *count, "an update of an unknown kind was skipped");
        }
        if unreadable.len() > 100 {
            unreadable.clear();
        }
    }
}

/// Returns the id of an update; ids ascend.
pub(crate) fn id(raw: &Value) -> Option<i64> {
    raw.get("update_id").and_then(Value::as_i64)
}

/// Returns the kind of an update for the metrics.
pub(crate) fn metrics_kind(raw: &Value) -> metrics::UpdateKind {
    const KINDS: [(&str, metrics::UpdateKind); 6] = [
        ("guest_message", metrics::UpdateKind::guest_message),
        ("message", metrics::UpdateKind::message),
        ("message_reaction", metrics::UpdateKind::message_reaction),
        ("edited_message", metrics::UpdateKind::edited_message),
        ("callback_query", metrics::UpdateKind::callback_query),
        ("inline_query", metrics::UpdateKind::inline_query),
    ];
    let kind = KINDS.iter().find(|(name, _)| raw.get(*name).is_some());
    kind.map_or(metrics::UpdateKind::other, |(_, kind)| *kind)
}

/// Returns the old and the new chat of a migrated group, if the update announces one.
pub(crate) fn migration(raw: &Value) -> Option<(i64, i64)> {
    let message = &raw["message"];
    Some((message["chat"]["id"].as_i64()?, message["migrate_to_chat_id"].as_i64()?))
}

/// Returns the time at which the message of an update was written or edited, or the bot joined a group, in seconds since 1970.
pub(crate) fn written_at(raw: &Value) -> Option<u64> {
    let dates = [&raw["message"]["date"], &raw["edited_message"]["edit_date"], &raw["my_chat_member"]["date"]];
    dates.into_iter().find_map(Value::as_u64)
}
