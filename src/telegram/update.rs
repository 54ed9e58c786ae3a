//! Reads raw updates: what a person wants from us, or nothing.

mod from_telegram;
mod sanitize;
mod schema;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use serde_json::Value;
use teloxide::dptree;
use teloxide::types::{CallbackQueryId, ChatId, Me, MessageId, ThreadId};
use tracing::{debug, error, info};

pub(crate) use self::from_telegram::{Asker, Incoming, ReplyTarget, Surface};
use self::sanitize::Unreadable;
use self::schema::{Schema, schema};
use crate::language::Language;
use crate::metrics::{FailureKind, Metrics};

/// Reads updates for the bot that it was made for.
pub(crate) struct Decoder {
    schema: Schema,
    me: Me,
    metrics: Arc<Metrics>,
    /// How many updates of each kind could not be read.
    unreadable: Mutex<BTreeMap<String, u64>>,
}

/// What an update is to us.
#[derive(Debug)]
pub(crate) enum Read {
    /// Somebody wants something.
    Wanted(Box<Incoming>),
    /// A button was tapped that asks nothing of ours, and spins.
    BareTap(CallbackQueryId),
    /// It is not for us, or nobody can read it.
    Nothing,
}

impl Decoder {
    pub(crate) fn new(me: Me, metrics: Arc<Metrics>) -> Self {
        Self { schema: schema(), me, metrics, unreadable: Mutex::default() }
    }

    /// Reads an update. A panic costs this update only, and who waits for an answer is still to be told.
    pub(crate) async fn read(&self, raw: &Value) -> Read {
        if let Ok(read) = AssertUnwindSafe(self.read_or_panic(raw)).catch_unwind().await {
            return read;
        }
        error!("an update could not be read because of a panic");
        if let Some(incoming) = without_request(raw, &self.me) {
            return Read::Wanted(Box::new(incoming));
        }
        self.metrics.failed(FailureKind::panic);
        bare_tap(raw)
    }

    async fn read_or_panic(&self, raw: &Value) -> Read {
        let update = match sanitize::read_update(raw) {
            Ok(update) => update,
            Err(Unreadable { kind }) => {
                self.count(kind);
                return Read::Nothing;
            }
        };
        if let ControlFlow::Break(incoming) = self.schema.dispatch(dptree::deps![update, self.me.clone()]).await {
            return Read::Wanted(Box::new(incoming));
        }
        debug!("an update was not for us");
        bare_tap(raw)
    }

    fn count(&self, kind: String) {
        self.metrics.failed(FailureKind::unreadable);
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        let count = unreadable.entry(kind.clone()).or_default();
        *count += 1;
        // Kinds come from outside: neither the log nor the table may grow with them without end.
        if count.is_power_of_two() {
            info!(kind, count = *count, "an update of an unknown kind was left out");
        }
        if unreadable.len() > 100 {
            unreadable.clear();
        }
    }
}

fn bare_tap(raw: &Value) -> Read {
    tap(raw).map_or(Read::Nothing, Read::BareTap)
}

fn tap(raw: &Value) -> Option<CallbackQueryId> {
    raw["callback_query"]["id"].as_str().map(|tap| CallbackQueryId(tap.to_owned()))
}

/// Reads off an update, whatever else is in it, who waits for an answer and where; `None` where nobody does.
fn without_request(raw: &Value, me: &Me) -> Option<Incoming> {
    let tap = tap(raw);
    let (kind, sender, message) = match tap {
        Some(_) => ("callback_query", &raw["callback_query"]["from"], &raw["callback_query"]["message"]),
        None => ("message", &raw["message"]["from"], &raw["message"]),
    };
    let surface = match message["chat"]["type"].as_str()? {
        "private" => Surface::Private,
        "group" | "supergroup" if tap.is_some() || speaks_to(me, message) => Surface::Group,
        _ => return None,
    };
    if sender["is_bot"] == true {
        return None; // Two bots that tell each other of their faults would never end.
    }
    let chat = message["chat"]["id"].as_i64()?;
    let number = |field: &str| message[field].as_i64().and_then(|id| i32::try_from(id).ok()).map(MessageId);
    let topic = number("message_thread_id").filter(|topic| message["is_topic_message"] == true && topic.0 != 1);
    Some(Incoming {
        kind,
        surface,
        asker: Asker { chat, person: sender["id"].as_i64().unwrap_or(chat) },
        client_language: sender["language_code"].as_str().and_then(Language::from_code),
        request: None,
        target: ReplyTarget { chat: ChatId(chat), topic: topic.map(ThreadId), message: number("message_id")? },
        replied_to: None,
        tap,
    })
}

/// Tells whether a message in a group seems to be for a bot: it replies to it, names it, or searches.
fn speaks_to(me: &Me, message: &Value) -> bool {
    let is_for_us = |text: &str| {
        let text = text.to_lowercase();
        let name = me.user.username.as_ref().map(|name| format!("@{}", name.to_lowercase()));
        // Behind `/search@` stands another bot, or our name.
        text.split_whitespace().next() == Some("/search") || name.is_some_and(|name| text.contains(&name))
    };
    message["reply_to_message"]["from"]["id"] == me.id.0
        || ["text", "caption"].iter().any(|field| message[field].as_str().is_some_and(is_for_us))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_waits_for_an_answer_is_told_apart_from_who_does_not_without_reading_the_rest() {
        let me: Me = serde_json::from_value(json!({
            "id": 42, "is_bot": true, "first_name": "desk", "username": "Desk_Bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false,
        }))
        .unwrap();
        let target = |raw: &Value| {
            let ReplyTarget { chat, topic, message } = without_request(raw, &me)?.target;
            Some((chat.0, topic.map(|topic| topic.0.0), message.0))
        };
        let message = |chat: &str, changes: Value| {
            let mut message = json!({"message_id": 3, "chat": {"id": -5, "type": chat}, "from": {"id": 7}});
            message.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            message
        };
        let sent = |chat: &str, changes: Value| json!({"update_id": 1, "message": message(chat, changes)});
        let in_topic = json!({"text": "/search x", "message_thread_id": 9, "is_topic_message": true});
        for (raw, expected) in [
            (sent("private", json!({})), Some((-5, None, 3))),
            (sent("private", json!({"message_thread_id": 9})), Some((-5, None, 3))),
            (sent("supergroup", in_topic), Some((-5, Some(9), 3))),
            (sent("group", json!({"caption": "hi @desk_bot"})), Some((-5, None, 3))),
            (sent("group", json!({"reply_to_message": {"from": {"id": 42}}})), Some((-5, None, 3))),
            (sent("group", json!({"text": "hi"})), None),
            (sent("group", json!({"text": "/search@other_bot x"})), None),
            (sent("group", json!({"text": "/search@Desk_Bot x"})), Some((-5, None, 3))),
            (sent("channel", json!({"text": "@desk_bot"})), None),
            (sent("private", json!({"from": {"id": 7, "is_bot": true}})), None),
            (sent("private", json!({"chat": {"type": "private"}})), None),
            (json!({"callback_query": {"id": "1", "message": message("group", json!({}))}}), Some((-5, None, 3))),
            (json!({"callback_query": {"id": "1"}}), None),
            (json!([]), None),
        ] {
            assert_eq!(target(&raw), expected, "{raw}");
        }
    }
}
