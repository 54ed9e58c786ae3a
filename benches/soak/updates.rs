//! Updates of users: questions, edits of questions, taps on buttons and inline queries.

use std::time::Instant;

use axum::body::Bytes;
use serde_json::{Value, json};

use super::fault::FaultMode;
use super::interactions::{EDITED_TEXT, Kind};
use super::server::{Inner, Server, TAP_TTL};

/// Pending update.
pub(super) struct Update {
    pub(super) id: i64,
    pub(super) raw: Bytes,
    /// Time at which it expires.
    pub(super) expires: Option<Instant>,
}

/// Returns the topic of a chat, for some chats.
pub(super) fn topic(chat: i64) -> Option<i64> {
    (chat % 7 == 0).then_some(5000 + chat)
}

/// Number of the first user who types inline queries; each types one.
const FIRST_TYPIST: i64 = 1_000_000;

impl Server {
    /// Asks a question in a chat; with mixed faults some updates come twice and some are of unknown kinds.
    pub(super) fn ask(&self, chat: i64, text: &str) {
        let mut inner = self.state.lock().unwrap();
        let id = inner.next_id + 1;
        inner.asked.insert(id, (chat, Instant::now()));
        inner.push(None, json!({"message": in_topic(chat, question(chat, id, text))}));
        if inner.interactions.is_edited_at_once(chat, id) {
            inner.edit_question(chat, id);
        }
        drop(inner);
        self.changed.notify_waiters();
    }

    /// Taps a help button of an old message in a chat.
    pub(super) fn tap(&self, chat: i64) {
        let mut inner = self.state.lock().unwrap();
        let id = inner.next_id + 1;
        let message = json!({"message_id": id, "text": "x"});
        let expires = Some(Instant::now() + TAP_TTL.div_f64(self.pace));
        inner.push(expires, tap(chat, id, message, "/help"));
        inner.tapped.insert(id);
        drop(inner);
        self.changed.notify_waiters();
    }

    /// Types an inline query, as a user of whom there is no other.
    pub(super) fn type_inline(&self, text: &str) {
        let mut inner = self.state.lock().unwrap();
        let id = inner.next_id + 1;
        inner.push(
            None,
            json!({"inline_query": {
                "id": id.to_string(), "query": text, "offset": "", "chat_type": "supergroup",
                "from": {"id": FIRST_TYPIST + id, "is_bot": false, "first_name": "A", "language_code": "es"},
            }}),
        );
        inner.interactions.begin(id, Kind::Inline);
        drop(inner);
        self.changed.notify_waiters();
    }
}

impl Inner {
    /// Adds an update to the pending ones; returns its id.
    fn push(&mut self, expires: Option<Instant>, mut update: Value) -> i64 {
        self.next_id += 1;
        let id = self.next_id;
        update["update_id"] = id.into();
        let raw = Bytes::from(update.to_string());
        self.updates.push_back(Update { id, raw: raw.clone(), expires });
        let is_mixed = self.fault_mode == FaultMode::Mixed;
        if is_mixed && id % 97 == 0 {
            self.updates.push_back(Update { id, raw, expires });
        }
        if is_mixed && id % 89 == 0 {
            self.next_id += 1;
            let id = self.next_id;
            let update = json!({"update_id": id, "telepathy": {"from": {"id": 1}}});
            self.updates.push_back(Update { id, raw: Bytes::from(update.to_string()), expires: None });
        }
        id
    }

    /// Edits a question in a chat.
    pub(super) fn edit_question(&mut self, chat: i64, id: i64) {
        let mut message = in_topic(chat, question(chat, id, EDITED_TEXT));
        message["edit_date"] = 1_790_000_060.into();
        message["entities"] = json!([{"type": "bot_command", "offset": 0, "length": EDITED_TEXT.len()}]);
        let update = self.push(None, json!({"edited_message": message}));
        self.interactions.begin_edit(update, id);
    }

    /// Taps a button of a message that the bot has sent to a chat.
    pub(super) fn tap_button(&mut self, chat: i64, id: i64, sent: &Value, kind: Kind, data: &str) {
        let message = json!({"message_id": id, "text": sent["text"], "reply_markup": sent["reply_markup"]});
        let update = self.push(None, tap(chat, self.next_id + 1, in_topic(chat, message), data));
        self.interactions.begin_tap(update, id, kind);
    }
}

fn question(chat: i64, id: i64, text: &str) -> Value {
    json!({
        "message_id": id, "date": 1_790_000_000, "chat": {"id": chat, "type": "private", "first_name": "A"},
        "from": {"id": chat, "is_bot": false, "first_name": "A", "language_code": "es"}, "text": text,
    })
}

/// Puts a message into the topic of its chat.
fn in_topic(chat: i64, mut message: Value) -> Value {
    if let Some(topic) = topic(chat) {
        message["message_thread_id"] = topic.into();
        message["is_topic_message"] = true.into();
    }
    message
}

fn tap(chat: i64, id: i64, mut message: Value, data: &str) -> Value {
    message["date"] = 1_790_000_000.into();
    message["chat"] = json!({"id": chat, "type": "private", "first_name": "A"});
    message["from"] = json!({"id": 4242, "is_bot": true, "first_name": "Press desk"});
    json!({"callback_query": {
        "id": id.to_string(), "chat_instance": "1", "data": data, "message": message,
        "from": {"id": chat, "is_bot": false, "first_name": "A", "language_code": "es"},
    }})
}
