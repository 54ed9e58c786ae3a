//! Health, readiness with its reasons, metrics, and reports to operators.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use pressdesk::config::Operators;
use pressdesk::health;
use pressdesk::telegram::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bot_api::{BotApi, Fault};
use super::{Bot, settings, text_from};

/// Returns a free loopback address.
pub(super) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Requests a page; returns its status and text.
pub(super) async fn page(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = loop {
        match TcpStream::connect(address).await {
            Ok(stream) => break stream,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Requests a page until it contains a text.
pub(super) async fn until_page_says(address: SocketAddr, path: &str, words: &str) -> (u16, String) {
    let asking = async {
        loop {
            let answer = page(address, path).await;
            if answer.1.contains(words) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asking).await.unwrap_or_else(|_| panic!("{path} never says {words}"))
}

pub(super) async fn start(faults: &[(&str, Fault)]) -> (Bot, SocketAddr) {
    let api = BotApi::start().await;
    for (method, fault) in faults {
        api.fail_next(method, fault.clone());
    }
    let address = free_address();
    let settings = Settings { health: Some(address), ..settings(&api) };
    (Bot::start_with(api, settings), address)
}

#[tokio::test]
async fn bot_is_alive_at_once_and_ready_with_telegram() {
    let (bot, address) = start(&[("getMe", Fault::ServerError), ("getMe", Fault::Held)]).await;
    let (status, text) = until_page_says(address, "/readyz", "status 500").await;
    assert_eq!(status, 503, "{text}");
    assert_eq!(page(address, "/healthz").await.0, 200);
    let refused = tokio::task::spawn_blocking(move || health::probe(address)).await.unwrap().unwrap_err();
    assert!(refused.to_string().contains("Telegram could not be reached"), "{refused}");
    bot.api.until_attempted("getMe", 2).await;
    bot.api.release();
    assert_eq!(until_page_says(address, "/readyz", "ready\n").await, (200, "ready\n".to_owned()));
    let ready = tokio::task::spawn_blocking(move || health::probe(address)).await.unwrap();
    assert_eq!(ready.unwrap(), "ready");
    bot.finish().await;
}

#[tokio::test]
async fn readiness_reports_a_second_poller() {
    let conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    let (bot, address) = start(&[("getUpdates", Fault::Refusal(409, conflict))]).await;
    let (status, text) = until_page_says(address, "/readyz", "another program").await;
    assert_eq!(status, 503, "{text}");
    until_page_says(address, "/readyz", "ready\n").await;
    bot.finish().await;
}

#[tokio::test]
async fn metrics_count_events_without_content() {
    let (bot, address) = start(&[("sendMessage", Fault::ServerError)]).await;
    bot.api.deliver(text_from(987_654_321, "who paid for the workshop?"));
    bot.api.until_sent(1).await;
    let (_, text) = until_page_says(address, "/metrics", "pressdesk_questions_total{").await;
    for line in [
        "pressdesk_updates_total{kind=\"message\"} 1",
        "surface=\"private\",language=\"en\",outcome=\"found\"} 1",
        "pressdesk_answer_seconds_count 1",
        "pressdesk_sends_total{result=\"sent\"} 1",
        "pressdesk_send_retries_total 1",
        "pressdesk_journal_entries ",
        "pressdesk_memory_bytes ",
        "pressdesk_lane_depth 0",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    for unsaid in ["987654321", "workshop"] {
        assert!(!text.contains(unsaid), "{unsaid} stands in:\n{text}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn unknown_updates_are_counted_and_cost_no_answer() {
    let (bot, address) = start(&[]).await;
    for _ in 0..3 {
        bot.api.deliver(serde_json::json!({"telepathy": {"thought": "secret"}}));
    }
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_sent(1).await;
    let (_, text) = page(address, "/metrics").await;
    for line in ["pressdesk_updates_total{kind=\"other\"} 3", "pressdesk_failures_total{kind=\"unreadable\"} 3"] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn operators_get_failure_reports_without_content() {
    let api = BotApi::start().await;
    let settings =
        Settings { operators: Some(Operators { chat: -77, interval: Duration::from_millis(50) }), ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    bot.api.fail_next("sendMessage", Fault::Refusal(400, "Bad Request: message is too long"));
    bot.api.deliver(text_from(987_654_321, "who paid for the workshop?"));
    let sent = bot.api.until_sent(1).await;
    assert_eq!(sent[0]["chat_id"], -77);
    assert_eq!(sent[0]["text"], "pressdesk\nanswers that Telegram refused: 1");
    bot.finish().await;
}

#[tokio::test]
async fn operators_get_reports_of_short_faults() {
    let api = BotApi::start().await;
    let settings =
        Settings { operators: Some(Operators { chat: -77, interval: Duration::from_secs(3) }), ..settings(&api) };
    // For a second and a half.
    for _ in 0..2 {
        api.fail_next("getUpdates", Fault::Refusal(409, "Conflict: terminated by other getUpdates request"));
    }
    let bot = Bot::start_with(api, settings);
    let sent = bot.api.until_sent(1).await;
    assert!(sent[0]["text"].as_str().unwrap().contains("not ready: another program polls"), "{sent:?}");
    bot.finish().await;
}

#[tokio::test]
async fn failed_report_to_operators_is_sent_later() {
    let api = BotApi::start().await;
    let settings =
        Settings { operators: Some(Operators { chat: -77, interval: Duration::from_millis(50) }), ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    bot.api.fail_next("sendMessage", Fault::Refusal(400, "Bad Request: message is too long"));
    bot.api.fail_next("sendMessage", Fault::Refusal(403, "Forbidden: bot was kicked from the supergroup chat"));
    bot.api.fail_next("sendMessage", Fault::Migrated(-78));
    bot.api.deliver(text_from(987_654_321, "who paid for the workshop?"));
    let sent = bot.api.until_sent(1).await;
    assert_eq!(sent[0]["chat_id"], -78);
    assert_eq!(sent[0]["text"], "pressdesk\nanswers that Telegram refused: 1");
    bot.finish().await;
}

#[tokio::test]
async fn metrics_show_age_and_size_of_the_journal() {
    let (bot, address) = start(&[("sendMessage", Fault::Held)]).await;
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_attempted("sendMessage", 1).await;
    let mut journal = super::journal::open(&bot.api).await;
    let an_hour_ago = "UPDATE waiting SET taken_at = taken_at - 3600000";
    sqlx::query(an_hour_ago).execute(&mut journal).await.unwrap();
    let (_, text) = until_page_says(address, "/metrics", "pressdesk_journal_age_seconds 36").await;
    let n_bytes = text.lines().find_map(|line| line.strip_prefix("pressdesk_journal_size_bytes ")).unwrap();
    assert!(n_bytes.parse::<u64>().unwrap() > 4096, "{text}");
    assert!(text.contains("pressdesk_journal_entries 1\n"), "{text}");
    bot.api.release();
    until_page_says(address, "/metrics", "pressdesk_journal_age_seconds 0\n").await;
    bot.finish().await;
}
