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

/// Question whose answer has a button of each kind, and words of the answer.
const WITH_BUTTONS: (&str, &str) = ("who paid for the workshop on trafficking?", "IOM Mesoamerica Program");

/// Its buttons, with words of what a tap on each brings and none before it does.
const BUTTONS: [(&str, &str); 3] = [
    ("More passages", "organized by"),
    ("Contacts", "+503 2521 0511"),
    ("Whole release", "How do you recognize a victim"),
];

/// Returns the callback data of the button with a label.
fn button<'a>(message: &'a Value, label: &str) -> &'a str {
    let rows = message["reply_markup"]["inline_keyboard"].as_array().unwrap();
    let mut buttons = rows.iter().flat_map(|row| row.as_array().unwrap());
    let button = buttons.find(|button| button["text"] == label).unwrap_or_else(|| panic!("no {label}: {message}"));
    button["callback_data"].as_str().unwrap()
}

/// Conversation by polling: commands, questions in two languages, taps on every button below an answer, and a rating.
///
/// The server does not know `answerInlineQuery` and sends no inline queries, so these are asked at telemelya. It does not know
/// `sendChatAction` either, which the proxy refuses.
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

    // Taps carry the message as the server keeps it, with the keyboard that it shows at the time.
    let tap = async |under: &Value, label: &str| {
        let shown = &under["message"];
        let message = json!({
            "message_id": under["messageId"], "chat": chat, "date": now(),
            "text": shown["text"], "reply_markup": shown["reply_markup"],
        });
        let data = button(shown, label);
        let tap = json!({"botToken": TOKEN, "from": person, "message": message, "data": data, "date": now()});
        proxy.send("sendCallback", &[], &tap).await;
    };
    // Messages of the bot that reply to another one.
    let reply_to = async |id: &Value, words: &str| {
        let history = proxy.read(Method::POST, "getUpdatesHistory", &[], &json!({"token": TOKEN})).await;
        let items = history["result"].as_array().unwrap().clone();
        items.into_iter().find(|item| {
            let message = &item["message"];
            message["reply_parameters"]["message_id"] == *id
                && message["text"].as_str().is_some_and(|text| text.contains(words))
        })
    };
    proxy.send("sendMessage", &[], &message(WITH_BUTTONS.0)).await;
    let answer = proxy.until("an answer with buttons", async || said(WITH_BUTTONS.1).await).await;
    for (label, words) in BUTTONS {
        tap(&answer, label).await;
        proxy.until(label, async || reply_to(&answer["messageId"], words).await).await;
    }
    tap(&answer, "👍").await;
    proxy.until_passed("editMessageReplyMarkup").await;

    proxy.send("sendCommand", &[], &command("/releases")).await;
    let list = proxy.until("the list", async || said("Page 1 of 2").await).await;
    tap(&list, "Next ›").await;
    let turned = proxy.until("the next page", async || said("Page 2 of 2").await).await;
    assert_eq!(turned["messageId"], list["messageId"], "the page is turned in its place");
    proxy.until_passed("answerCallbackQuery").await;
}

/// Conversation by webhook: commands, a question, taps on every button below an answer, a page, and an inline query from the
/// first letters to the chosen passage.
///
/// The server tells the bot nothing of the keyboard that a tapped message bears. So a page is a message of its own here, and a
/// rating, which needs its button, is tapped at telegram-test-api. Chats are private ones only.
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
    let responses = async |method: &str| -> Vec<Value> {
        let said = proxy.read(Method::GET, "api/v1/test/responses", &session, &Value::Null).await;
        let responses = said["responses"].as_array().unwrap().iter();
        responses.filter(|response| response["method"] == method).cloned().collect()
    };
    let said = async |method: &str, words: &str| {
        let holds =
            |response: &Value| words.is_empty() || response["text"].as_str().is_some_and(|text| text.contains(words));
        responses(method).await.into_iter().find(holds)
    };

    // The server sends no secret, so its updates are rejected unless the proxy adds it.
    proxy.show_secret(false);
    assert_eq!(send(json!({"chat_id": 7, "command": "/privacy"})).await, 401);
    proxy.show_secret(true);
    assert_eq!(send(json!({"chat_id": 7, "command": "/start"})).await, 200);
    proxy.until("a greeting", async || said("sendMessage", "I answer questions about the press releases").await).await;
    assert_eq!(send(json!({"chat_id": 7, "text": QUESTION})).await, 200);
    proxy.until("an answer", async || said("sendMessage", QUOTED).await).await;
    assert_eq!(send(json!({"chat_id": 7, "text": WITH_BUTTONS.0})).await, 200);
    let answer = proxy.until("an answer with buttons", async || said("sendMessage", WITH_BUTTONS.1).await).await;
    let tap = async |under: &Value, label: &str| {
        let data = button(under, label);
        send(json!({"chat_id": 7, "callback_data": data, "callback_message_id": under["message_id"]})).await
    };
    for (label, words) in BUTTONS {
        assert_eq!(tap(&answer, label).await, 200);
        proxy
            .until(label, async || {
                let mut replies = responses("sendMessage").await.into_iter();
                replies.find(|reply| {
                    reply["raw"]["reply_parameters"]["message_id"] == answer["message_id"]
                        && reply["text"].as_str().unwrap().contains(words)
                })
            })
            .await;
    }

    assert_eq!(send(json!({"chat_id": 7, "command": "/releases"})).await, 200);
    let list = proxy.until("the list", async || said("sendMessage", "Page 1 of 2").await).await;
    assert_eq!(tap(&list, "Next ›").await, 200);
    proxy.until("an acknowledged tap", async || said("answerCallbackQuery", "").await).await;
    proxy
        .until("the next page", async || {
            // The server may tell the bot nothing of the keyboard, so that there is no page to turn in its place.
            let edited = said("editMessageText", "Page 2 of 2").await;
            if edited.is_some() { edited } else { said("sendMessage", "Page 2 of 2").await }
        })
        .await;

    // As it is typed: the first letters, and then the question.
    for typed in ["", "What did", QUESTION] {
        let query = proxy.send("api/v1/test/send_inline_query", &session, &json!({"query": typed, "chat_id": 7})).await;
        let id = &query["inline_query_id"];
        let results = proxy
            .until("results", async || {
                let mut answers = responses("answerInlineQuery").await.into_iter();
                answers.find(|answer| answer["inline_query_id"] == *id)
            })
            .await;
        assert!(typed == "What did" || !results["results"].as_array().unwrap().is_empty(), "{typed}: {results}");
    }
    let chosen =
        proxy.send("api/v1/test/choose_inline_result", &session, &json!({"chat_id": 7, "result_id": "0"})).await;
    let passage = responses("sendMessage").await.into_iter().find(|sent| sent["via_inline"] == true).unwrap();
    assert_eq!(passage["text"], chosen["chosen"]["input_message_content"]["message_text"]);
    assert!(passage["text"].as_str().unwrap().contains(QUOTED), "{passage}");
    assert!(said("sendMessage", "What is kept about you").await.is_none(), "what it was turned away with is answered");
}

fn now() -> u64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}
