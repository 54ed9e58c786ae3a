//! Messages of the table, built of their fields.

use serde_json::{Value, json};

pub(super) fn with(mut message: Value, fields: Value) -> Value {
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    message
}

/// Returns the entities that Telegram finds in a text: commands, and mentions by name.
pub(super) fn entities(text: &str) -> Value {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut entities = Vec::new();
    let mut rest = 0;
    while let Some(at) = text[rest..].find(['/', '@']).map(|at| rest + at) {
        let is_free = !text[..at].ends_with(|letter: char| is_name(letter) || "/@".contains(letter));
        let name = &text[at + 1..];
        let mut end = name.find(|letter| !is_name(letter)).unwrap_or(name.len());
        let kind = if text[at..].starts_with('/') { "bot_command" } else { "mention" };
        if kind == "bot_command" && name[end..].starts_with('@') {
            let bot = &name[end + 1..];
            end += 1 + bot.find(|letter| !is_name(letter)).unwrap_or(bot.len());
        }
        if is_free && end > 0 && !name[end..].starts_with('/') {
            let units = |text: &str| text.encode_utf16().count();
            entities.push(json!({"type": kind, "offset": units(&text[..at]), "length": 1 + units(&name[..end])}));
        }
        rest = at + 1 + end;
    }
    entities.into()
}

pub(super) fn text(text: &str) -> Value {
    json!({"text": text, "entities": entities(text)})
}

pub(super) fn caption(media: Value, caption: &str) -> Value {
    with(media, json!({"caption": caption, "caption_entities": entities(caption)}))
}

pub(super) fn file() -> Value {
    json!({"file_id": "F", "file_unique_id": "U", "width": 90, "height": 90, "duration": 3, "length": 240})
}

pub(super) fn photo() -> Value {
    json!({"photo": [file()]})
}

pub(super) fn document() -> Value {
    json!({"document": file()})
}

pub(super) fn us() -> Value {
    json!({"id": 4242, "is_bot": true, "first_name": "Press desk", "username": "pressdesk_bot"})
}

pub(super) fn ana() -> Value {
    json!({"id": 9, "is_bot": false, "first_name": "Ana"})
}

/// Returns a message as a reply to one of this sender.
pub(super) fn replying(message: Value, sender: Value, replied: Value) -> Value {
    with(message, json!({"reply_to_message": with(replied, json!({"message_id": 2, "date": 1, "from": sender}))}))
}

pub(super) fn to_us(message: Value) -> Value {
    replying(message, us(), text("IOM Kenya paid."))
}

pub(super) fn to_ana(message: Value, replied: Value) -> Value {
    replying(message, ana(), replied)
}

pub(super) fn quoting(message: Value, quote: &str) -> Value {
    with(message, json!({"quote": {"text": quote, "position": 0, "is_manual": true}}))
}

pub(super) fn linked(words: &str, offset: usize, url: &str) -> Value {
    json!({"text": words, "entities": [{"type": "text_link", "offset": offset, "length": 4, "url": url}]})
}
