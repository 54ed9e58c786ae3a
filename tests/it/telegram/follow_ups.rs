//! Follow-ups: a question continues from the user's last answer, or from the answer that it replies to.

use std::time::Duration;

use pressdesk::telegram::Settings;
use serde_json::{Value, json};

use super::bot_api::{BotApi, Fault};
use super::{Bot, settings, text_from};

const FOLLOW_UP: &str = "who is the contact?";

/// Contacts of the two releases in these tests.
const TB: &str = "Carlos Van der Laat";
const WINDOW: &str = "Alba Miriam Amaya";

/// Returns a message of a user in the group; a command if it begins with a slash.
fn in_group(person: i64, text: &str, replied_to: Option<i64>) -> Value {
    let group = json!({"id": -1_001, "type": "supergroup", "title": "Newsroom"});
    let mut message = json!({
        "date": 1, "chat": group, "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": "en"}, "text": text,
    });
    if text.starts_with('/') {
        let length = text.find(' ').unwrap_or(text.len());
        message["entities"] = json!([{"type": "bot_command", "offset": 0, "length": length}]);
    }
    if let Some(id) = replied_to {
        message["reply_to_message"] = json!({
            "message_id": id, "date": 1, "chat": group, "text": "…",
            "from": {"id": 4242, "is_bot": true, "first_name": "Press desk", "username": "pressdesk_bot"},
        });
    }
    json!({ "message": message })
}

/// Asks and waits for the answer; returns the id of its last message and its text.
async fn ask(bot: &Bot, update: Value) -> (i64, String) {
    let question = bot.api.deliver(update);
    let has_answer = |sent: &Value| sent["reply_parameters"]["message_id"] == question;
    bot.api.until("an answer", || bot.api.sent().iter().any(has_answer)).await;
    bot.api.until_all_taken().await;
    let sent = bot.api.sent();
    let answers = sent.iter().zip(bot.api.sent_ids()).filter(|(sent, _)| has_answer(sent));
    let (ids, texts): (Vec<i64>, Vec<&str>) = answers.map(|(sent, id)| (id, sent["text"].as_str().unwrap())).unzip();
    (*ids.last().unwrap(), texts.join("\n"))
}

#[tokio::test]
async fn reply_in_a_group_continues_from_the_replied_answer() {
    let bot = Bot::start().await;
    let (about_tb, _) = ask(&bot, in_group(1, "/release@pressdesk_bot tb-think-universal 3", None)).await;
    let (about_window, _) = ask(&bot, in_group(1, "/release@pressdesk_bot migrant-window", None)).await;
    // Another user may continue from an answer, and later answers do not matter.
    for person in [1, 2] {
        for (answer, contact, other) in [(about_tb, TB, WINDOW), (about_window, WINDOW, TB)] {
            let (_, text) = ask(&bot, in_group(person, FOLLOW_UP, Some(answer))).await;
            assert!(text.contains(contact) && !text.contains(other), "{text}");
        }
    }
    bot.finish().await;
}

#[tokio::test]
async fn subject_survives_a_restart_without_any_words() {
    let bot = Bot::start().await;
    let (about_tb, _) = ask(&bot, in_group(1, "/release@pressdesk_bot tb-think-universal 3", None)).await;
    let api = bot.finish().await;
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    let (_, text) = ask(&bot, in_group(2, FOLLOW_UP, Some(about_tb))).await;
    assert!(text.contains(TB) && !text.contains(WINDOW), "{text}");
    bot.finish().await;
}

#[tokio::test]
async fn private_conversation_survives_a_restart_unless_reset() {
    for (last, contacts) in [("/release migrant-window", [true, false]), ("/reset", [true, true])] {
        let bot = Bot::start().await;
        ask(&bot, text_from(1, "/release migrant-window")).await;
        ask(&bot, text_from(1, last)).await;
        let api = bot.finish().await;
        let settings = settings(&api);
        let bot = Bot::start_with(api, settings);
        let (_, text) = ask(&bot, text_from(1, FOLLOW_UP)).await;
        assert_eq!([WINDOW, TB].map(|contact| text.contains(contact)), contacts, "{text}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn answer_without_message_id_is_still_the_last_one() {
    let bot = Bot::start().await;
    ask(&bot, text_from(1, "/release tb-think-universal 3")).await;
    bot.api.fail_next("sendMessage", Fault::Truncated);
    ask(&bot, text_from(1, "/release migrant-window")).await;
    let api = bot.finish().await;
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    let (_, text) = ask(&bot, text_from(1, FOLLOW_UP)).await;
    assert!(text.contains(WINDOW) && !text.contains(TB), "{text}");
    bot.finish().await;
}

#[tokio::test]
async fn anonymous_admin_has_a_context_of_its_own() {
    let mut as_group = in_group(9, "/search@pressdesk_bot who is the contact?", None);
    as_group["message"]["sender_chat"] = as_group["message"]["chat"].clone();
    let bot = Bot::start().await;
    let (_, anew) = ask(&bot, as_group.clone()).await;
    ask(&bot, in_group(1, "/release@pressdesk_bot tb-think-universal 3", None)).await;
    let api = bot.finish().await;
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    let (_, text) = ask(&bot, as_group).await;
    assert_eq!(text, anew);
    bot.finish().await;
}

#[tokio::test]
async fn reply_to_unknown_message_continues_from_the_last_answer() {
    let bot = Bot::start().await;
    ask(&bot, in_group(1, "/release@pressdesk_bot migrant-window", None)).await;
    let (_, text) = ask(&bot, in_group(1, FOLLOW_UP, Some(7))).await;
    assert!(text.contains(WINDOW) && !text.contains(TB), "{text}");
    bot.finish().await;
}

/// Asks about a release, does something else, and asks a follow-up in private; returns the last answer.
async fn asked_on(memory: Duration, between: &[&str]) -> String {
    let api = BotApi::start().await;
    let settings = Settings { memory, ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    ask(&bot, text_from(1, "/release migrant-window")).await;
    for text in between {
        ask(&bot, text_from(1, text)).await;
    }
    let (_, text) = ask(&bot, text_from(1, FOLLOW_UP)).await;
    bot.finish().await;
    text
}

#[tokio::test]
async fn context_expires_and_can_be_reset() {
    let minute = Duration::from_secs(60);
    let going_on = asked_on(minute, &["/help"]).await;
    assert!(going_on.contains(WINDOW) && !going_on.contains(TB), "{going_on}");
    let anew = asked_on(Duration::ZERO, &[]).await;
    assert_ne!(anew, going_on);
    assert_eq!(asked_on(minute, &["/reset"]).await, anew);
}
