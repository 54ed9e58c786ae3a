//! Shapes of messages on each surface: one table of what is answered, and as what.
//!
//! Each row is delivered to the bot in a private chat, a group, a topic and General of a forum, and a channel. In a channel every
//! message is met with silence.

mod messages;
mod table;

use pressdesk::conversation::{Context, Request};
use pressdesk::language::Language;
use pressdesk::telegram::delivery::layout::messages;
use serde_json::{Value, json};

use self::messages::{us, with};
use self::table::rows;
use super::bot_api::BotApi;
use super::{Bot, settings};
use crate::desk::conversation;

/// What is expected of the bot.
#[derive(Debug, Clone)]
enum Expected {
    Silence,
    /// A reply to the message with the answer to this request.
    Reply(Request),
    /// The reply to the message is edited into the answer to this request.
    Edit(Request),
}

use Expected::{Edit, Reply, Silence};

struct Row {
    name: String,
    /// Fields of the message.
    message: Value,
    /// Fields of the message after an edit, if it is edited.
    edited: Option<Value>,
    private: Expected,
    group: Expected,
}

const SURFACES: [&str; 5] = ["private", "group", "topic", "general", "channel"];

/// Returns the updates of a row on a surface, in the chat and with the number of the message.
fn updates(row: &Row, surface: &str, number: i64) -> (i64, i64, Vec<Value>) {
    let (id, person) = (1_000 + number, 7_000 + number);
    let (chat, extra) = match surface {
        "private" => (json!({"id": person, "type": "private", "first_name": "A"}), json!({})),
        "group" => (json!({"id": -person, "type": "group", "title": "G"}), json!({})),
        "topic" => {
            let created = json!({"message_id": 7, "date": 1, "from": us(), "forum_topic_created": {"name": "T", "icon_color": 1}});
            let extra = json!({"message_thread_id": 7, "is_topic_message": true, "reply_to_message": created});
            (json!({"id": -100_000 - person, "type": "supergroup", "title": "F", "is_forum": true}), extra)
        }
        "general" => {
            (json!({"id": -200_000 - person, "type": "supergroup", "title": "F", "is_forum": true}), json!({}))
        }
        _ => (json!({"id": -300_000 - person, "type": "channel", "title": "C"}), json!({})),
    };
    let kind = if surface == "channel" { "channel_post" } else { "message" };
    let base = json!({
        "message_id": id, "date": 1, "chat": chat,
        "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": "en"},
    });
    let whole = |fields: &Value| {
        let mut message = with(with(base.clone(), extra.clone()), fields.clone());
        if let Some(replied) = message["reply_to_message"].as_object_mut() {
            replied.insert("chat".to_owned(), base["chat"].clone());
        }
        message
    };
    let mut updates = vec![json!({kind: whole(&row.message)})];
    if let Some(edited) = &row.edited {
        let edited = with(whole(edited), json!({"edit_date": 2}));
        updates.push(json!({format!("edited_{kind}"): edited}));
    }
    (base["chat"]["id"].as_i64().unwrap(), id, updates)
}

/// Returns the texts of the answer to a request.
fn answer(request: &Request) -> Vec<String> {
    let context = Context { client_language: Some(Language::ENGLISH), ..Context::default() };
    messages(&conversation().turn(request, &context).reply).into_iter().map(|message| message.text).collect()
}

/// Tells how the bot did other than expected on a message.
fn fault(api: &BotApi, expected: &Expected, chat: i64, id: i64, topic: Option<i64>) -> Option<String> {
    let calls = api.all_calls();
    let to_chat = calls.iter().filter(|call| call.method == "sendmessage" && call.body["chat_id"] == chat);
    let sent: Vec<_> = to_chat.collect();
    let texts: Vec<&str> = sent.iter().filter_map(|call| call.body["text"].as_str()).collect();
    let is_edited = api.edits().iter().any(|edit| edit["chat_id"] == chat);
    let request = match expected {
        Silence => return (!sent.is_empty()).then(|| format!("silence, not {texts:?}")),
        Reply(request) | Edit(request) => request,
    };
    if is_edited != matches!(expected, Edit(_)) {
        return Some(format!("{expected:?}, not an edit: {is_edited}; {texts:?}"));
    }
    if sent.iter().any(|call| call.body["reply_parameters"]["message_id"] != id) {
        return Some("a reply to its own message".to_owned());
    }
    if sent.iter().any(|call| call.body["message_thread_id"].as_i64() != topic) {
        return Some("a reply in its topic".to_owned());
    }
    let shown: Vec<String> =
        sent.iter().filter_map(|call| api.text_of(chat, call.result["message_id"].as_i64()?)).collect();
    let answer = answer(request);
    (shown != answer).then(|| format!("{request:?}: {answer:?}, not {shown:?}"))
}

#[tokio::test]
async fn every_shape_is_answered_as_stated_on_each_surface() {
    let rows = rows();
    assert!(rows.len() >= 80, "{} shapes", rows.len());
    let api = BotApi::start().await;
    let mut delivered = Vec::new();
    for (number, (surface, row)) in
        (0..).zip(SURFACES.iter().flat_map(|surface| rows.iter().map(move |row| (*surface, row))))
    {
        let (chat, id, updates) = updates(row, surface, number);
        for update in updates {
            api.deliver(update);
        }
        delivered.push((surface, row, chat, id));
    }
    let settings = settings(&api);
    let api = Bot::start_with(api, settings).finish().await;
    let faults: Vec<String> = delivered
        .iter()
        .filter_map(|(surface, row, chat, id)| {
            let expected = match *surface {
                "private" => &row.private,
                "channel" => &Silence,
                _ => &row.group,
            };
            let topic = (*surface == "topic").then_some(7);
            fault(&api, expected, *chat, *id, topic).map(|fault| format!("{} ({surface}): expected {fault}", row.name))
        })
        .collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), delivered.len(), faults.join("\n"));
}
