//! Parser of raw updates. A field that teloxide does not know must not lose the text of a message.
//!
//! teloxide parses a message completely or not at all: an entity of an unknown kind loses the text. In that case the fields that
//! it cannot parse are removed, and if that does not help, the message is reduced to the essential fields.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use teloxide::types::{CallbackQuery, Message, MessageEntity, MessageOrigin, TextQuote, Update, UpdateId, UpdateKind};

/// Error of an update of unknown kind or shape; only its kind is kept, for the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) kind: String,
}

/// Parses one element of the result of getUpdates.
pub(super) fn parse_update(raw: &Value) -> Result<Update, Unreadable> {
    let (id, kind, payload) = parts(raw).ok_or_else(|| Unreadable { kind: "none".to_owned() })?;
    if let Some(update) = parse_whole(id, kind, payload) {
        return Ok(update);
    }
    let mut payload = payload.clone();
    edit_message(kind, &mut payload, sanitize);
    if let Some(update) = parse_whole(id, kind, &payload) {
        return Ok(update);
    }
    edit_message(kind, &mut payload, keep_essentials);
    parse(id, kind, &payload).ok_or_else(|| Unreadable { kind: loggable(kind) })
}

fn parts(raw: &Value) -> Option<(u64, &str, &Value)> {
    let id = raw.get("update_id")?.as_u64()?;
    let (kind, payload) = raw.as_object()?.iter().find(|(key, _)| *key != "update_id")?;
    Some((id, kind, payload))
}

/// Edits the message of an update, if its kind has one.
fn edit_message(kind: &str, payload: &mut Value, edit: fn(&mut Map<String, Value>)) {
    let message = match kind {
        "callback_query" => payload.get_mut("message"),
        kind if kind.ends_with("message") || kind.ends_with("channel_post") => Some(payload),
        _ => None,
    };
    if let Some(Value::Object(message)) = message {
        edit(message);
    }
}

/// Parses an update; `None` if that loses its text.
fn parse_whole(id: u64, kind: &str, payload: &Value) -> Option<Update> {
    parse(id, kind, payload).filter(|update| !has_lost_text(update, payload))
}

fn parse(id: u64, kind: &str, payload: &Value) -> Option<Update> {
    let kind = match kind {
        "message" => UpdateKind::Message(Message::deserialize(payload).ok()?),
        "edited_message" => UpdateKind::EditedMessage(Message::deserialize(payload).ok()?),
        "callback_query" => UpdateKind::CallbackQuery(CallbackQuery::deserialize(payload).ok()?),
        _ => {
            // Via text, because teloxide parses the kind of an update only from text.
            let update: Update = serde_json::from_str(&json!({"update_id": id, kind: payload}).to_string()).ok()?;
            return (!matches!(update.kind, UpdateKind::Error(_))).then_some(update);
        }
    };
    Some(Update { id: UpdateId(u32::try_from(id).ok()?), kind })
}

fn has_lost_text(update: &Update, payload: &Value) -> bool {
    let (UpdateKind::Message(message) | UpdateKind::EditedMessage(message)) = &update.kind else { return false };
    let had_text = ["text", "caption"].iter().any(|field| payload.get(field).is_some_and(Value::is_string));
    had_text && message.text().or(message.caption()).is_none()
}

/// Removes from a message the fields that teloxide cannot parse.
fn sanitize(message: &mut Map<String, Value>) {
    message.remove("external_reply");
    sanitize_entities(message, "entities");
    sanitize_entities(message, "caption_entities");
    if let Some(Value::Object(quote)) = message.get_mut("quote") {
        sanitize_entities(quote, "entities");
    }
    drop_unless::<TextQuote>(message, "quote");
    drop_unless::<MessageOrigin>(message, "forward_origin");
    for field in ["reply_to_message", "pinned_message"] {
        if let Some(Value::Object(other)) = message.get_mut(field) {
            sanitize(other);
            if Message::deserialize(Value::Object(other.clone())).is_err() {
                keep_essentials(other);
            }
        }
    }
    drop_unless::<Message>(message, "reply_to_message");
}

/// Keeps the entities that teloxide can parse; removes unknown kinds and invalid links.
fn sanitize_entities(message: &mut Map<String, Value>, field: &str) {
    match message.get_mut(field) {
        Some(Value::Array(entities)) => entities.retain(|entity| MessageEntity::deserialize(entity).is_ok()),
        Some(_) => drop(message.remove(field)),
        None => {}
    }
}

fn drop_unless<T: for<'de> Deserialize<'de>>(message: &mut Map<String, Value>, field: &str) {
    if message.get(field).is_some_and(|value| T::deserialize(value).is_err()) {
        message.remove(field);
    }
}

/// Reduces a message to its text, sender, chat and topic. A caption becomes the text.
fn keep_essentials(message: &mut Map<String, Value>) {
    const ESSENTIALS: [&str; 11] = [
        "message_id",
        "message_thread_id",
        "is_topic_message",
        "from",
        "sender_chat",
        "date",
        "edit_date",
        "chat",
        "text",
        "entities",
        "reply_to_message",
    ];
    for (caption, text) in [("caption", "text"), ("caption_entities", "entities")] {
        if let (false, Some(value)) = (message.contains_key(text), message.remove(caption)) {
            message.insert(text.to_owned(), value);
        }
    }
    message.retain(|field, _| ESSENTIALS.contains(&field.as_str()));
    if let Some(Value::Object(replied)) = message.get_mut("reply_to_message") {
        keep_essentials(replied);
    }
}

/// Returns the name of a kind, restricted to characters that are safe in the log.
fn loggable(kind: &str) -> String {
    kind.chars().filter(|letter| letter.is_ascii_lowercase() || *letter == '_').take(40).collect()
}
