//! Ephemeral answers: in a group the person who searched sees the answer alone.

use pressdesk::config::FeedbackChats;
use pressdesk::telegram::Settings;
use serde_json::{Value, json};

use super::bot_api::{BotApi, Fault};
use super::taps::tap;
use super::{Bot, recorded, settings, text_from};

/// Starts a bot with ephemeral answers, and rating buttons everywhere.
async fn start() -> Bot {
    let api = BotApi::start().await;
    let settings = Settings { ephemeral_search: true, feedback: FeedbackChats::Everywhere, ..settings(&api) };
    Bot::start_with(api, settings)
}

/// Returns a search in a group.
fn search(chat: i64, id: i64) -> Value {
    let mut update = recorded("answered/group_command_for_us");
    update.as_object_mut().unwrap().remove("update_id");
    (update["message"]["chat"]["id"], update["message"]["message_id"]) = (chat.into(), id.into());
    update
}

/// Returns the person who alone sees a message.
fn receiver(sent: &Value) -> Option<i64> {
    sent["ephemeral_message_parameters"]["receiver_user_id"].as_i64()
}

#[tokio::test]
async fn search_in_a_group_is_answered_to_its_asker_alone() {
    let bot = start().await;
    bot.api.deliver(search(-7, 50));
    let answer = bot.api.until_sent(1).await.remove(0);
    assert_eq!((receiver(&answer), &answer["chat_id"]), (Some(1001), &json!(-7)));
    assert_eq!(answer["reply_parameters"]["message_id"], 50);
    let rows = answer["reply_markup"]["inline_keyboard"].as_array().unwrap();
    let data: Vec<&str> = rows
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .filter_map(|button| button["callback_data"].as_str())
        .collect();
    assert!(!data.is_empty() && data.iter().all(|data| !data.starts_with("/rate")), "{data:?}");
    // A tap below it, of a message that has no number.
    let mut tapped = tap(1001, -7, 0, &answer, data[0]);
    tapped["callback_query"]["message"]["ephemeral_message_id"] = 51.into();
    bot.api.deliver(tapped);
    let opened = bot.api.until_sent(2).await.remove(1);
    assert_eq!((receiver(&opened), opened.get("reply_parameters")), (Some(1001), None));
    let api = bot.finish().await;
    assert_eq!((api.sent().len(), api.edits().len()), (2, 0));
}

#[tokio::test]
async fn refused_ephemeral_answers_become_ordinary_in_their_group() {
    for (code, description) in [(400, "Bad Request: BOT_NOT_ADMIN"), (403, "Forbidden: not enough rights")] {
        let bot = start().await;
        bot.api.fail_next("sendMessage", Fault::Refusal(code, description));
        bot.api.deliver(search(-7, 50));
        assert_eq!(receiver(&bot.api.until_sent(1).await[0]), None);
        bot.api.deliver(search(-7, 51));
        assert_eq!(receiver(&bot.api.until_sent(2).await[1]), None);
        bot.api.deliver(search(-8, 52));
        assert_eq!(receiver(&bot.api.until_sent(3).await[2]), Some(1001));
        assert_eq!(bot.finish().await.n_attempts("sendMessage"), 4);
    }
}

#[tokio::test]
async fn server_error_does_not_make_an_ephemeral_answer_public() {
    let bot = start().await;
    bot.api.fail_next("sendMessage", Fault::ServerError);
    bot.api.deliver(search(-7, 50));
    assert_eq!(receiver(&bot.api.until_sent(1).await[0]), Some(1001));
    bot.finish().await;
}

#[tokio::test]
async fn everything_else_is_answered_for_all() {
    let mention = recorded("answered/group_mention");
    let mut as_channel = search(-7, 50);
    as_channel["message"]["sender_chat"] = json!({"id": -1009, "type": "channel", "title": "C"});
    for update in [mention, as_channel, text_from(1, "/search training")] {
        let bot = start().await;
        bot.api.deliver(update);
        assert_eq!(receiver(&bot.api.until_sent(1).await[0]), None);
        bot.finish().await;
    }
    let bot = Bot::start().await;
    bot.api.deliver(search(-7, 50));
    assert_eq!(receiver(&bot.api.until_sent(1).await[0]), None, "it is off by default");
    bot.finish().await;
}
