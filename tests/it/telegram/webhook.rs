//! Webhook: updates that Telegram posts to the bot.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pressdesk::config::{Operators, Webhook};
use pressdesk::telegram::{self, InvalidToken, Settings, WrongSetting};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bot_api::{BotApi, Fault};
use super::health::{free_address, page, until_page_says};
use super::{Bot, conversation, settings, text_from};

/// Posts an update as Telegram does; returns the status.
pub(super) async fn post(address: SocketAddr, secret: &str, body: &[u8]) -> u16 {
    let posting = async {
        let mut stream = TcpStream::connect(address).await?;
        let head = format!(
            "POST /telegram HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\
             X-Telegram-Bot-Api-Secret-Token: {secret}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        // A body that is rejected by its length is not read completely.
        let _ = stream.write_all(body).await;
        let mut response = String::new();
        let _ = stream.read_to_string(&mut response).await;
        let status = response.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| std::io::Error::other("no answer"))
    };
    tokio::time::timeout(Duration::from_secs(30), posting).await.unwrap().unwrap_or_default()
}

/// Starts a bot with a webhook; returns it with the address and the secret once setWebhook was called.
async fn start(api: BotApi, change: impl FnOnce(&mut Settings)) -> (Bot, SocketAddr, String) {
    let listen = free_address();
    let webhook = Webhook { url: "https://desk.example.org/telegram".parse().unwrap(), listen };
    let mut settings = Settings { webhook: Some(webhook), ..settings(&api) };
    change(&mut settings);
    let listen = settings.webhook.as_ref().unwrap().listen;
    let bot = Bot::start_with(api, settings);
    bot.api.until_attempted("setWebhook", 1).await;
    let connecting = async { while TcpStream::connect(listen).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(30), connecting).await.unwrap();
    bot.api.until("the webhook", || !bot.api.calls("setWebhook").is_empty()).await;
    let secret = bot.api.calls("setWebhook")[0]["secret_token"].as_str().unwrap().to_owned();
    (bot, listen, secret)
}

fn update(id: u64, person: i64, text: &str) -> Value {
    let mut update = text_from(person, text);
    update["update_id"] = id.into();
    update["message"]["message_id"] = id.into();
    update
}

#[tokio::test]
async fn webhook_update_is_answered_once_and_the_webhook_stays() {
    let (bot, address, secret) = start(BotApi::start().await, |_| {}).await;
    let body = update(1, 5, "/help").to_string();
    for _ in 0..2 {
        assert_eq!(post(address, &secret, body.as_bytes()).await, 200);
    }
    bot.api.until_sent(1).await;
    let set = bot.api.calls("setWebhook")[0].clone();
    assert_eq!(set["url"], "https://desk.example.org/telegram");
    assert!(set["allowed_updates"].as_array().unwrap().contains(&"message".into()));
    let api = bot.finish().await;
    assert_eq!((api.sent().len(), api.n_attempts("deleteWebhook"), api.n_attempts("getUpdates")), (1, 0, 0));
}

#[tokio::test]
async fn calls_without_the_secret_are_rejected_unread() {
    let (bot, address, secret) = start(BotApi::start().await, |_| {}).await;
    let body = update(1, 5, "/help").to_string();
    for wrong in ["", "wrong", &secret[1..], &format!("{secret}0")] {
        assert_eq!(post(address, wrong, body.as_bytes()).await, 401);
    }
    assert_eq!(post(address, &secret, b"no JSON").await, 400);
    assert!([413, 0].contains(&post(address, &secret, &vec![b' '; (1 << 20) + 1]).await));
    assert!(bot.finish().await.sent().is_empty());
}

#[tokio::test]
async fn unreadable_webhook_update_is_confirmed_once() {
    let (bot, address, secret) = start(BotApi::start().await, |_| {}).await;
    let half_a_letter =
        br#"{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"text":"\ud83d"}}"#;
    assert_eq!(post(address, &secret, half_a_letter).await, 200);
    assert_eq!(post(address, &secret, update(2, 5, "/help").to_string().as_bytes()).await, 200);
    assert_eq!(bot.finish().await.sent().len(), 1);
}

#[tokio::test]
async fn update_is_journaled_before_it_is_confirmed() {
    let (bot, address, secret) = start(BotApi::start().await, |settings| settings.drain = Duration::ZERO).await;
    bot.api.fail_next("sendMessage", Fault::Held);
    assert_eq!(post(address, &secret, update(1, 5, "/help").to_string().as_bytes()).await, 200);
    bot.api.until_attempted("sendMessage", 1).await;
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();
    let (bot, ..) = start(bot.api, |_| {}).await;
    bot.api.until_sent(1).await;
    bot.finish().await;
}

#[tokio::test]
async fn polling_removes_an_existing_webhook() {
    let bot = Bot::start().await;
    bot.api.deliver(text_from(1, "/help"));
    let api = bot.finish().await;
    assert_eq!((api.sent().len(), api.n_attempts("deleteWebhook")), (1, 1));
}

#[tokio::test]
async fn webhook_at_capacity_rejects_updates_for_redelivery() {
    let (bot, address, secret) = start(BotApi::start().await, |_| {}).await;
    // Unfinished updates hold every permit.
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nX-Telegram-Bot-Api-Secret-Token: {secret}\r\n\r\n{{"
    );
    let mut unfinished = Vec::new();
    for _ in 0..256 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        unfinished.push(stream);
    }
    let mut n_taken = 0;
    let turned_away = loop {
        let update = update(1 + n_taken, 5, "/help").to_string();
        match post(address, &secret, update.as_bytes()).await {
            200 => n_taken += 1,
            status => {
                assert_eq!(status, 503);
                break update;
            }
        }
    };
    drop(unfinished);
    while post(address, &secret, turned_away.as_bytes()).await != 200 {}
    let n_answers = usize::try_from(n_taken).unwrap() + 1;
    bot.api.until_sent(n_answers).await;
    assert_eq!(bot.finish().await.sent().len(), n_answers);
}

#[tokio::test]
async fn update_answered_without_journal_is_not_answered_again() {
    let (bot, address, secret) = start(BotApi::start().await, |_| {}).await;
    let mut journal = super::journal::open(&bot.api).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut journal).await.unwrap();
    bot.api.fail_next("sendMessage", Fault::Held);
    let body = update(1, 5, "/help").to_string();
    let (first, second) = tokio::join!(post(address, &secret, body.as_bytes()), async {
        bot.api.until_attempted("sendMessage", 1).await;
        let posting = post(address, &secret, body.as_bytes());
        let (status, ()) = tokio::join!(posting, async { bot.api.release() });
        status
    });
    assert_eq!((first, second), (200, 200));
    assert_eq!(post(address, &secret, body.as_bytes()).await, 200);
    sqlx::query("ROLLBACK").execute(&mut journal).await.unwrap();
    // Each of these calls triggers an attempt to write.
    while super::journal::count(&mut journal, "seen").await == 0 {
        assert_eq!(post(address, &secret, body.as_bytes()).await, 200);
    }
    assert_eq!(bot.finish().await.sent().len(), 1);
}

#[tokio::test]
async fn webhook_refused_by_telegram_is_a_wrong_setting() {
    let api = BotApi::start().await;
    api.fail_next(
        "setWebhook",
        Fault::Refusal(400, "Bad Request: bad webhook: HTTPS url must be provided for webhook"),
    );
    let webhook = Webhook { url: "http://desk.example.org/".parse().unwrap(), listen: free_address() };
    let settings = Settings { webhook: Some(webhook), ..settings(&api) };
    let error = telegram::serve(conversation(), settings, Arc::default(), std::future::pending()).await.unwrap_err();
    assert!(error.is::<WrongSetting>() && error.to_string().contains("webhook.url"), "{error:#}");
}

#[tokio::test]
async fn webhook_changed_by_somebody_else_is_set_again() {
    let (bot, ..) = start(BotApi::start().await, |_| {}).await;
    bot.api.set_webhook("https://elsewhere.example.org/");
    // From here on, paused time advances when all tasks are idle.
    tokio::time::pause();
    bot.api.until_attempted("setWebhook", 2).await;
    tokio::time::resume();
    bot.finish().await;
}

/// Advances time until getWebhookInfo was called this many times.
async fn until_looked(api: &BotApi, n_looks: usize) {
    // From here on, paused time advances when all tasks are idle.
    tokio::time::pause();
    api.until("a look", || api.calls("getWebhookInfo").len() >= n_looks).await;
    tokio::time::resume();
}

#[tokio::test]
async fn failed_webhook_delivery_is_reported_without_losing_readiness() {
    let api = BotApi::start().await;
    api.set_undelivered(1, 1000, "Connection refused");
    let health = free_address();
    let (bot, ..) = start(api, |settings| {
        (settings.health, settings.operators) =
            (Some(health), Some(Operators { chat: -77, interval: Duration::from_millis(50) }));
    })
    .await;
    bot.api.until("a look", || !bot.api.calls("getWebhookInfo").is_empty()).await;
    assert_eq!(page(health, "/readyz").await, (200, "ready\n".to_owned()), "that was before the start");

    let message = "SSL error {error:0A000086:SSL routines::certificate verify failed}";
    bot.api.set_undelivered(1, 1060, message);
    until_looked(&bot.api, 2).await;
    // The journal may lag behind the advanced time for a moment.
    let line = format!("ready, but Telegram can't deliver updates to the webhook: {message}\n");
    assert_eq!(until_page_says(health, "/readyz", &line).await, (200, line));
    let is_told = || bot.api.sent().iter().any(|sent| sent["text"].as_str().unwrap().contains(message));
    bot.api.until("the operators to be told", is_told).await;
    assert!(bot.api.sent().iter().all(|sent| sent["chat_id"] == -77));

    bot.api.set_undelivered(0, 1060, message);
    until_looked(&bot.api, 3).await;
    until_page_says(health, "/readyz", "ready\n").await;
    bot.finish().await;
}

#[tokio::test]
async fn revoked_token_ends_a_bot_with_a_webhook() {
    let (bot, ..) = start(BotApi::start().await, |_| {}).await;
    for method in ["getWebhookInfo", "getMe"] {
        bot.api.fail_next(method, Fault::Refusal(401, "Unauthorized"));
    }
    tokio::time::pause();
    let error = bot.serving.await.unwrap().unwrap_err();
    assert!(error.is::<InvalidToken>(), "{error:#}");
}

#[tokio::test]
async fn unfinished_call_times_out_and_does_not_delay_shutdown() {
    let (bot, address, _) = start(BotApi::start().await, |_| {}).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"POST / HTTP/1.1\r\nHost").await.unwrap();
    tokio::time::pause();
    let mut response = String::new();
    let _ = slow.read_to_string(&mut response).await;
    tokio::time::resume();
    bot.finish().await;
}

#[tokio::test]
async fn idle_connections_block_the_webhook_for_seconds_only() {
    let (bot, address, _) = start(BotApi::start().await, |_| {}).await;
    let mut held = Vec::new();
    for _ in 0..600 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"POST / HTTP/1.1\r\nHost").await.unwrap();
        held.push(stream);
    }
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    assert_eq!(post(address, "wrong", b"").await, 401);
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
    tokio::time::resume();
    bot.finish().await;
}

#[tokio::test]
async fn webhook_listens_on_ipv6() {
    // Some machines have no IPv6.
    let Ok(free) = std::net::TcpListener::bind("[::1]:0") else { return };
    let health = free.local_addr().unwrap();
    let listen = std::net::TcpListener::bind("[::1]:0").unwrap().local_addr().unwrap();
    drop(free);
    let (bot, address, secret) = start(BotApi::start().await, |settings| {
        settings.health = Some(health);
        settings.webhook.as_mut().unwrap().listen = listen;
    })
    .await;
    assert_eq!(post(address, &secret, update(1, 5, "/help").to_string().as_bytes()).await, 200);
    bot.api.until_sent(1).await;
    until_page_says(health, "/readyz", "ready\n").await;
    assert!(address.is_ipv6());
    bot.finish().await;
}
