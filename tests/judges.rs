//! Tests against third-party implementations: `tests/judges.sh cargo test --test judges`.
//!
//! TDLib, Telegram's own code, parses every text with its entities as for a message. Two servers of the Bot API converse with the
//! real program, one by polling, the other by webhook.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[allow(dead_code)]
#[path = "it/telegram/bot_api.rs"]
mod bot_api;
#[path = "judges/proxy.rs"]
mod proxy;
#[allow(dead_code)]
#[path = "it/telegram/rules.rs"]
mod rules;
#[path = "judges/tdlib.rs"]
mod tdlib;
#[allow(dead_code)]
#[path = "it/telegram/texts.rs"]
mod texts;

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use axum::http::Method;
use serde_json::{Value, json};

use self::proxy::{Kind, Proxy};

/// Real program; killed at the end of its test.
struct Program {
    process: Child,
    _journal: tempfile::TempDir,
}

impl Program {
    fn start(api_url: &str, token: &str, settings: &[(&str, &str)]) -> Self {
        let journal = tempfile::tempdir().unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_pressdesk"))
            .arg("serve")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("TELOXIDE_TOKEN", token)
            .env("TELOXIDE_API_URL", api_url)
            .env("PRESSDESK_JOURNAL_DATABASE", journal.path().join("journal.db"))
            .env("PRESSDESK_HEALTH_LISTEN", "")
            // By keywords only: these tests do not depend on embeddings, and a model takes seconds to load in a test build.
            .env("PRESSDESK_MEANING_MODEL", "none")
            .env("PRESSDESK_LOG_FILTER", "error")
            .env("PRESSDESK_CONVERSATION_RELEASES_PER_PAGE", "3")
            .env("PRESSDESK_LIMITS_PERSON_AT_ONCE", "0")
            .env("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "0")
            .env("PRESSDESK_LIMITS_GROUP_A_MINUTE", "0")
            .env("PRESSDESK_LIMITS_OVERALL_A_SECOND", "0")
            .envs(settings.iter().copied())
            .spawn()
            .unwrap();
        Self { process, _journal: journal }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns a variable set by tests/judges.sh.
fn told(name: &str) -> String {
    std::env::var(name).expect("run this by tests/judges.sh")
}

/// Returns a file or folder of the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

const QUESTION: &str = "What did they discuss in San Salvador on November 4th?";
const QUOTED: &str = "Integrated Health Care of Migrant Returnees";

/// Returns the callback data of the button for the next page.
fn next_page(message: &Value) -> &str {
    let rows = message["reply_markup"]["inline_keyboard"].as_array().unwrap();
    let mut buttons = rows.iter().flat_map(|row| row.as_array().unwrap());
    buttons.find(|button| button["text"] == "Next ›").unwrap()["callback_data"].as_str().unwrap()
}

#[tokio::test]
async fn polled_conversation_at_telegram_test_api_succeeds() {
    const TOKEN: &str = "666:polled";
    let proxy = Proxy::start(Kind::TestApi, &told("TEST_API")).await;
    let _program = Program::start(&proxy.url(), TOKEN, &[]);
    let person = json!({"id": 7, "is_bot": false, "first_name": "Ana", "username": "ana_sv", "language_code": "en"});
    let chat = json!({"id": 7, "type": "private", "first_name": "Ana", "username": "ana_sv"});
    let message = |text: &str| json!({"botToken": TOKEN, "from": person, "chat": chat, "date": now(), "text": text});
    let command = |text: &str| {
        let mut message = message(text);
        message["entities"] = json!([{"type": "bot_command", "offset": 0, "length": text.len()}]);
        message
    };
    // Messages of the bot that contain some words.
    let said = async |words: &str| {
        let history = proxy.read(Method::POST, "getUpdatesHistory", &[], &json!({"token": TOKEN})).await;
        let items = history["result"].as_array().unwrap().clone();
        let of_bot = |item: &Value| item["message"]["chat_id"] == 7;
        let holds = |item: &Value| item["message"]["text"].as_str().is_some_and(|text| text.contains(words));
        items.into_iter().find(|item| of_bot(item) && holds(item))
    };

    proxy.send("sendCommand", &[], &command("/start")).await;
    proxy.until("a greeting", async || said("I answer questions about the press releases").await).await;
    proxy.send("sendMessage", &[], &message(QUESTION)).await;
    let answer = proxy.until("an answer", async || said(QUOTED).await).await;
    let kinds: Vec<_> =
        answer["message"]["entities"].as_array().unwrap().iter().map(|entity| &entity["type"]).collect();
    assert!(kinds.iter().any(|kind| *kind == "blockquote" || *kind == "expandable_blockquote"), "{answer}");
    proxy.send("sendMessage", &[], &message("¿Cuántos médicos participaron en el taller?")).await;
    proxy.until("an answer in Spanish", async || said("Cita en inglés").await).await;

    proxy.send("sendCommand", &[], &command("/releases")).await;
    let list = proxy.until("the list", async || said("Page 1 of 2").await).await;
    let under = json!({"message_id": list["messageId"], "chat": chat, "date": now(), "text": list["message"]["text"]});
    let data = next_page(&list["message"]);
    let tap = json!({"botToken": TOKEN, "from": person, "message": under, "data": data, "date": now()});
    proxy.send("sendCallback", &[], &tap).await;
    proxy.until("the next page", async || said("Page 2 of 2").await).await;
    proxy.until_passed("answerCallbackQuery").await;
}

#[tokio::test]
async fn webhook_conversation_at_telemelya_succeeds() {
    const TOKEN: &str = "123456789:hooked";
    let proxy = Proxy::start(Kind::Telemelya, &told("TEST_TELEMELYA")).await;
    let listen = proxy.bot_address().to_string();
    let webhook = [("PRESSDESK_WEBHOOK_URL", "https://desk.example.org/"), ("PRESSDESK_WEBHOOK_LISTEN", &listen)];
    let _program = Program::start(&proxy.url(), TOKEN, &webhook);
    proxy.until_passed("setWebhook").await;

    let session = [("bot_token", TOKEN), ("session_id", "a_conversation")];
    let send = async |update: Value| {
        let sent = proxy.send("api/v1/test/send_update", &session, &update).await;
        sent["delivery"]["status_code"].as_u64().unwrap()
    };
    let said = async |method: &str, words: &str| {
        let said = proxy.read(Method::GET, "api/v1/test/responses", &session, &Value::Null).await;
        let mut responses = said["responses"].as_array().unwrap().clone().into_iter();
        let holds =
            |response: &Value| words.is_empty() || response["text"].as_str().is_some_and(|text| text.contains(words));
        responses.find(|response| response["method"] == method && holds(response))
    };

    // The server sends no secret, so its updates are rejected unless the proxy adds it.
    proxy.show_secret(false);
    assert_eq!(send(json!({"chat_id": 7, "command": "/privacy"})).await, 401);
    proxy.show_secret(true);
    assert_eq!(send(json!({"chat_id": 7, "command": "/start"})).await, 200);
    proxy.until("a greeting", async || said("sendMessage", "I answer questions about the press releases").await).await;
    assert_eq!(send(json!({"chat_id": 7, "text": QUESTION})).await, 200);
    proxy.until("an answer", async || said("sendMessage", QUOTED).await).await;

    assert_eq!(send(json!({"chat_id": 7, "command": "/releases"})).await, 200);
    let list = proxy.until("the list", async || said("sendMessage", "Page 1 of 2").await).await;
    let tap = json!({"chat_id": 7, "callback_data": next_page(&list), "callback_message_id": list["message_id"]});
    assert_eq!(send(tap).await, 200);
    proxy.until("an acknowledged tap", async || said("answerCallbackQuery", "").await).await;
    proxy
        .until("the next page", async || {
            // The server may tell the bot nothing of the keyboard, so that there is no page to turn in its place.
            let edited = said("editMessageText", "Page 2 of 2").await;
            if edited.is_some() { edited } else { said("sendMessage", "Page 2 of 2").await }
        })
        .await;
    assert!(said("sendMessage", "What is kept about you").await.is_none(), "what it was turned away with is answered");
}

fn now() -> u64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}
