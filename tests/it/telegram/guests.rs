//! Guest mode: one answer in a chat that the bot is no member of.

use serde_json::Value;

use super::bot_api::BotApi;
use super::{Bot, recorded, settings, text_from};
use pressdesk::telegram::Settings;

/// Delivers a guest message with a text; returns the Bot API afterwards.
async fn asked(guest_mode: bool, text: &str) -> BotApi {
    let api = BotApi::start().await;
    let settings = Settings { guest_mode, ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    let mut update = recorded("silent/guest_message");
    update["guest_message"]["text"] = text.into();
    update["guest_message"]["entities"] = serde_json::json!([{"type": "mention", "offset": 0, "length": 14}]);
    bot.api.deliver(update);
    if guest_mode {
        bot.api.until("the answer", || !bot.api.calls("answerGuestQuery").is_empty()).await;
    }
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_sent(1).await;
    bot.finish().await
}

fn kinds(api: &BotApi) -> Vec<Value> {
    api.calls("getUpdates")[0]["allowed_updates"].as_array().unwrap().clone()
}

#[tokio::test]
async fn guest_question_has_one_answer_and_nothing_else() {
    let api = asked(true, "@pressdesk_bot who paid for the training?").await;
    let answers = api.calls("answerGuestQuery");
    assert_eq!((answers.len(), api.sent().len()), (1, 1));
    assert_eq!(answers[0]["guest_query_id"], "99");
    let text = answers[0]["result"]["input_message_content"]["message_text"].as_str().unwrap();
    assert!(text.contains("IOM"), "{text}");
    assert!(kinds(&api).contains(&"guest_message".into()));
    assert!(api.calls("sendChatAction").is_empty());
}

#[tokio::test]
async fn guest_mode_is_off_by_default() {
    assert!(!settings(&BotApi::start().await).guest_mode);
    let api = asked(false, "@pressdesk_bot who paid for the training?").await;
    assert!(api.calls("answerGuestQuery").is_empty());
    assert!(!kinds(&api).contains(&"guest_message".into()));
}
