//! Polling: each update is received once, despite errors of getUpdates.

use std::sync::Arc;
use std::time::Duration;

use pressdesk::config::BotToken;
use pressdesk::telegram::{self, InvalidToken, Settings};

use super::bot_api::{BotApi, Fault};
use super::health::{free_address, until_page_says};
use super::{Bot, conversation, settings, text_from};

#[tokio::test]
async fn duplicate_update_is_answered_once() {
    let bot = Bot::start().await;
    let mut update = text_from(1, "/help");
    update["update_id"] = 900.into();
    bot.api.deliver(update.clone());
    bot.api.until_all_taken().await;
    bot.api.deliver(update);
    bot.api.until_all_taken().await;
    bot.api.deliver(text_from(2, "/help"));
    let api = bot.finish().await;
    let mut chats: Vec<_> = api.sent().iter().filter_map(|sent| sent["chat_id"].as_i64()).collect();
    chats.sort_unstable();
    assert_eq!(chats, [1, 2]);
}

#[tokio::test]
async fn poll_stays_open_for_the_poll_timeout() {
    let api = BotApi::start().await;
    let settings = Settings { poll_timeout: Duration::from_secs(50), ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    bot.api.until_attempted("getUpdates", 1).await;
    // From here on, paused time advances when all tasks are idle.
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    bot.api.until_attempted("getUpdates", 2).await;
    // Part of the timeout had passed by then.
    let elapsed = start.elapsed();
    assert!((49..=50).contains(&elapsed.as_secs()), "it stayed open for {elapsed:?}");
    tokio::time::resume();
    bot.finish().await;
}

async fn check_polls_on_after(fault: Fault) {
    let api = BotApi::start().await;
    let mut settings = settings(&api);
    settings.poll_timeout = Duration::from_secs(1);
    settings.call_timeout = Duration::from_millis(500);
    api.fail_next("getUpdates", fault);
    let bot = Bot::start_with(api, settings);
    bot.api.until_attempted("getUpdates", 1).await;
    bot.api.deliver(text_from(1, "/help"));
    assert!(!bot.finish().await.sent().is_empty());
}

#[tokio::test]
async fn polling_continues_after_a_broken_connection() {
    check_polls_on_after(Fault::Reset).await;
}

#[tokio::test]
async fn polling_continues_after_a_server_error() {
    check_polls_on_after(Fault::ServerError).await;
}

#[tokio::test]
async fn polling_continues_after_too_many_requests() {
    check_polls_on_after(Fault::RetryAfter(1)).await;
}

#[tokio::test]
async fn polling_continues_beside_another_poller() {
    let conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    check_polls_on_after(Fault::Refusal(409, conflict)).await;
}

#[tokio::test]
async fn start_waits_for_an_unreachable_telegram() {
    let api = BotApi::start().await;
    for method in ["getMe", "deleteWebhook"] {
        api.fail_next(method, Fault::Reset);
    }
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(text_from(1, "/help"));
    let api = bot.finish().await;
    assert_eq!((api.sent().len(), api.n_attempts("getMe")), (1, 2));
}

#[tokio::test]
async fn bot_stops_cleanly_while_telegram_is_unreachable() {
    let api = BotApi::start().await;
    let settings = settings(&api);
    api.fail_next("getMe", Fault::Held);
    let bot = Bot::start_with(api, settings);
    bot.api.until_attempted("getMe", 1).await;
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn unknown_token_is_an_invalid_token_error() {
    let api = BotApi::start().await;
    let settings = Settings { token: BotToken::new("1:unknown"), ..settings(&api) };
    let error = telegram::serve(conversation(), settings, Arc::default(), std::future::pending()).await.unwrap_err();
    assert!(error.is::<InvalidToken>(), "{error:#}");
    assert!(!format!("{error:?}").contains("1:unknown"));
}

#[tokio::test]
async fn revoked_token_is_an_invalid_token_error() {
    let api = BotApi::start().await;
    api.fail_next("getUpdates", Fault::Held);
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.until_attempted("getUpdates", 1).await;
    for method in ["getUpdates", "getMe"] {
        bot.api.fail_next(method, Fault::Refusal(401, "Unauthorized"));
    }
    bot.api.deliver(text_from(1, "/help"));
    bot.api.release();
    let error = bot.serving.await.unwrap().unwrap_err();
    assert!(error.is::<InvalidToken>(), "{error:#}");
}

#[tokio::test]
async fn token_refused_only_once_is_valid() {
    for method in ["getMe", "deleteWebhook", "getUpdates"] {
        let api = BotApi::start().await;
        api.fail_next(method, Fault::Refusal(401, "Unauthorized"));
        let settings = settings(&api);
        let bot = Bot::start_with(api, settings);
        bot.api.deliver(text_from(1, "/help"));
        assert_eq!(bot.finish().await.sent().len(), 1, "{method}");
    }
}

#[tokio::test]
async fn idle_bot_is_ready_again_without_a_new_update() {
    let api = BotApi::start().await;
    let address = free_address();
    let settings = Settings { poll_timeout: Duration::from_secs(50), health: Some(address), ..settings(&api) };
    api.fail_next("getUpdates", Fault::Reset);
    let bot = Bot::start_with(api, settings);
    until_page_says(address, "/readyz", "updates can't be fetched").await;
    // Well before the end of a long poll.
    until_page_says(address, "/readyz", "ready\n").await;
    let timeouts: Vec<_> = bot.api.calls("getUpdates").iter().map(|call| call["timeout"].clone()).collect();
    assert_eq!(timeouts[0], 0);
    bot.finish().await;
}

#[tokio::test]
async fn polling_bot_deletes_a_foreign_webhook() {
    let bot = Bot::start().await;
    bot.api.until_attempted("getUpdates", 1).await;
    bot.api.set_webhook("https://elsewhere.example.org/");
    bot.api.until_attempted("deleteWebhook", 2).await;
    bot.api.deliver(text_from(1, "/help"));
    assert_eq!(bot.finish().await.sent().len(), 1);
}

#[tokio::test]
async fn unreadable_update_costs_its_own_answer_only() {
    let api = BotApi::start().await;
    let batch = r#"{"ok":true,"result":[
        {"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"text":"\ud83d"}},
        {"update_id":2,"message":{"message_id":2,"date":1,"chat":{"id":2,"type":"private","first_name":"A"},
            "from":{"id":2,"is_bot":false,"first_name":"A"},"text":"/help"}}]}"#;
    api.fail_next("getUpdates", Fault::Body(batch));
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    let sent = bot.api.until_sent(1).await;
    assert_eq!(sent[0]["chat_id"], 2);
    bot.api.until("both to be confirmed", || bot.api.calls("getUpdates").iter().any(|call| call["offset"] == 3)).await;
}
