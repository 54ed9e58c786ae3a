//! Fallback decoder: reads the reply target from the raw JSON of an update whose decoding panicked.

use serde_json::Value;
use teloxide::types::{CallbackQueryId, ChatId, Me, MessageId, ThreadId};

use super::{Addressing, Asker, Event, Incoming, IncomingKind, ReplyTarget, Surface, Tap};
use crate::language::Language;

/// Returns the event without its request; `None` if the update needs no reply.
pub(super) fn address(raw: &Value, me: &Me) -> Option<Event> {
    let query = &raw["callback_query"];
    let Some(tap) = query["id"].as_str() else {
        let message = &raw["message"];
        return incoming(IncomingKind::Message, &message["from"], message, me)
            .map(|incoming| Event::Message(incoming.into()));
    };
    let incoming = incoming(IncomingKind::Tap, &query["from"], &query["message"], me);
    let tap = Tap { id: CallbackQueryId(tap.to_owned()), client_language: client_language(&query["from"]) };
    Some(Event::Tap(tap, incoming.map(Into::into)))
}

fn incoming(kind: IncomingKind, sender: &Value, message: &Value, me: &Me) -> Option<Incoming> {
    let surface = match message["chat"]["type"].as_str()? {
        "private" => Surface::Private,
        "group" | "supergroup" => Surface::Group,
        _ => return None,
    };
    if !is_for_us(kind, surface, sender, message, me) {
        return None;
    }
    let chat = message["chat"]["id"].as_i64()?;
    let number = |field: &str| message[field].as_i64().and_then(|id| i32::try_from(id).ok()).map(MessageId);
    let topic = number("message_thread_id").filter(|topic| message["is_topic_message"] == true && topic.0 != 1);
    Some(Incoming {
        kind,
        surface,
        asker: Asker { chat, person: sender["id"].as_i64().unwrap_or(chat) },
        client_language: client_language(sender),
        request: None,
        links: Vec::new(),
        part: None,
        sent_at: 0,
        target: ReplyTarget { chat: ChatId(chat), topic: topic.map(ThreadId), message: Some(number("message_id")?) },
        replied_to: None,
        turned: None,
    })
}

fn client_language(sender: &Value) -> Option<Language> {
    sender["language_code"].as_str().and_then(Language::from_code)
}

/// Tells whether a message addresses the bot, by its text only: its entities may have caused the panic.
fn is_for_us(kind: IncomingKind, surface: Surface, sender: &Value, message: &Value, me: &Me) -> bool {
    let is_from_bot = sender["is_bot"] == true;
    if kind == IncomingKind::Tap {
        return !is_from_bot;
    }
    let username = me.user.username.as_deref().unwrap_or_default();
    let text = ["text", "caption"].iter().find_map(|field| message[field].as_str()).unwrap_or_default();
    let command = text.split_whitespace().next().and_then(|word| word.strip_prefix('/'));
    let is_named = !username.is_empty() && text.to_lowercase().contains(&format!("@{}", username.to_lowercase()));
    let addressing = Addressing {
        surface,
        is_from_bot,
        replies_to_us: message["reply_to_message"]["from"]["id"] == me.id.0,
        mentions_us: is_named,
        command: command.map(|command| match command.split_once('@') {
            Some((name, bot)) => (name, Some(bot.eq_ignore_ascii_case(username))),
            None => (command, None),
        }),
    };
    addressing.is_for_us()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn address_of_an_undecodable_update_is_found() {
        let me: Me = serde_json::from_value(json!({
            "id": 42, "is_bot": true, "first_name": "desk", "username": "Desk_Bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false,
        }))
        .unwrap();
        let target = |raw: &Value| {
            let ReplyTarget { chat, topic, message } = address(raw, &me)?.incoming()?.target;
            Some((chat.0, topic.map(|topic| topic.0.0), message?.0))
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
