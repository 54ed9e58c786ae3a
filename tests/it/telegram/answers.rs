//! Recorded updates in `tests/updates/`: which are answered, and in which chat.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::bot_api::{BotApi, message_of};
use super::{Bot, recorded, settings, text_from};

/// Returns the names of the recorded updates of a directory, such as `answered/private_text`.
fn all_recorded(directory: &str) -> Vec<String> {
    let files = fs::read_dir(format!("{}/tests/updates/{directory}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let stem = |file: fs::DirEntry| file.path().file_stem().unwrap().to_str().unwrap().to_owned();
    let names: BTreeSet<String> = files.map(|file| format!("{directory}/{}", stem(file.unwrap()))).collect();
    names.into_iter().collect()
}

/// Runs updates through a bot with large lanes; returns the Bot API afterwards.
async fn run(updates: &[Value]) -> BotApi {
    let api = BotApi::start().await;
    let mut settings = settings(&api);
    settings.lane_capacity = 1000;
    for update in updates {
        api.deliver(update.clone());
    }
    Bot::start_with(api, settings).finish().await
}

/// Tells whether a sent message or an edit answers an update.
fn answers(sent: &Value, update: &Value) -> bool {
    let message = message_of(update);
    let answered = sent.get("message_id").unwrap_or(&sent["reply_parameters"]["message_id"]);
    sent["chat_id"] == message["chat"]["id"] && *answered == message["message_id"]
}

#[tokio::test]
async fn every_addressed_update_is_answered_once_in_its_chat() {
    let names = all_recorded("answered");
    let updates: Vec<Value> = names.iter().map(|name| recorded(name)).collect();
    let api = run(&updates).await;
    let sent = [api.sent(), api.edits()].concat();
    for (name, update) in names.iter().zip(&updates) {
        let replies: Vec<&Value> = sent.iter().filter(|sent| answers(sent, update)).collect();
        assert!(!replies.is_empty(), "{name} has no answer");
        let message = message_of(update);
        let topic = message.get("message_thread_id").filter(|_| message["is_topic_message"] == true);
        for reply in replies.iter().filter(|reply| reply.get("message_id").is_none()) {
            assert_eq!(reply.get("message_thread_id"), topic, "{name} is answered elsewhere");
            assert_eq!(reply["reply_parameters"]["allow_sending_without_reply"], true, "{name}");
        }
        // A long reply takes several messages; only the last may have choices.
        let n_ends = replies.iter().rev().skip(1).filter(|reply| reply.get("reply_markup").is_some()).count();
        assert_eq!(n_ends, 0, "{name} is answered more than once");
        let texts: BTreeSet<&str> = replies.iter().filter_map(|reply| reply["text"].as_str()).collect();
        assert_eq!(texts.len(), replies.len(), "{name} gets the same message twice");
    }
    assert!(sent.iter().all(|sent| updates.iter().any(|update| answers(sent, update))), "a message answers nothing");
}

#[tokio::test]
async fn other_updates_are_not_answered() {
    let updates: Vec<Value> = all_recorded("silent").iter().map(|name| recorded(name)).collect();
    let api = run(&updates).await;
    assert_eq!(api.sent(), Vec::<Value>::new());
}

#[tokio::test]
async fn text_with_unknown_fields_is_answered() {
    let plain = run(&[recorded("answered/private_text")]).await.sent();
    for name in [
        "private_external_reply",
        "private_external_reply_of_unknown_kind",
        "private_forwarded_from_unknown_origin",
        "private_photo_with_unknown_caption_entity",
        "private_bad_text_link",
        "private_broken_quote",
        "private_reply_to_message_with_unknown_entities",
        "private_text_of_unreadable_shape",
    ] {
        let sent = run(&[recorded(&format!("answered/{name}"))]).await.sent();
        let texts = |sent: &[Value]| sent.iter().map(|message| message["text"].clone()).collect::<Vec<_>>();
        assert_eq!(texts(&sent), texts(&plain), "{name}");
    }
}

#[tokio::test]
async fn echoed_user_text_contains_no_links() {
    for (text, written) in [
        ("/release @somebody_else", "@somebody_else"),
        ("/language www.evil.com", "www.evil.com"),
        ("/nothing_of_ours", "/nothing_of_ours"),
    ] {
        let sent = run(&[text_from(1, text)]).await.sent();
        let units: Vec<u16> = sent[0]["text"].as_str().unwrap().encode_utf16().collect();
        let number = |entity: &Value, name: &str| usize::try_from(entity[name].as_u64().unwrap()).unwrap();
        let code = |entity: &&Value| entity["type"] == "code";
        let entity = sent[0]["entities"].as_array().unwrap().iter().find(code).unwrap();
        let start = number(entity, "offset");
        assert_eq!(String::from_utf16_lossy(&units[start..start + number(entity, "length")]), written);
    }
}

#[tokio::test]
async fn tap_without_request_is_acknowledged_once() {
    let names = ["answered/callback_query", "silent/callback_query_of_a_game"];
    let api = run(&names.map(recorded)).await;
    assert_eq!(api.calls("answerCallbackQuery").len(), 2);
    assert_eq!(api.sent().iter().filter(|sent| answers(sent, &recorded(names[1]))).count(), 0);
}

#[tokio::test]
async fn deleted_question_is_still_answered() {
    let update = recorded("answered/group_mention");
    let api = BotApi::start().await;
    let settings = settings(&api);
    api.deliver(update);
    api.forget_messages();
    let api = Bot::start_with(api, settings).finish().await;
    assert!(!api.sent().is_empty());
}
