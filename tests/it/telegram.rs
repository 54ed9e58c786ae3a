//! Bot on Telegram: the real `serve` against a loopback Bot API that is as strict as Telegram.

mod answers;
mod bot_api;
mod delivery;
mod edits;
mod ephemeral;
mod feedback;
mod follow_ups;
mod gathering;
mod groups;
mod guests;
mod health;
mod inline;
mod intake;
mod journal;
mod layout;
mod logs;
mod process;
mod profile;
mod rendering;
mod rules;
mod shapes;
mod start;
mod taps;
mod texts;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use pressdesk::config::{BotToken, Config, PersonLimit, RateLimit, SendLimits};
use pressdesk::telegram::{self, Settings};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use self::bot_api::{BotApi, TOKEN};
use crate::desk::{conversation, project};
use pressdesk::conversation::Conversation;

/// Bot that runs against a loopback Bot API.
struct Bot {
    api: BotApi,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<anyhow::Result<()>>,
}

const NO_LIMIT: RateLimit = RateLimit { n: 0, within: Duration::from_secs(1) };

fn settings(api: &BotApi) -> Settings {
    Settings {
        api_url: Some(api.url()),
        poll_timeout: Duration::from_secs(5),
        call_timeout: Duration::from_secs(20),
        // Tests override the limits that they are about.
        person: PersonLimit { at_once: 0, interval: Duration::from_secs(1) },
        send_limits: SendLimits { chat: NO_LIMIT, group: NO_LIMIT, overall: NO_LIMIT },
        token: Some(BotToken::new(TOKEN).unwrap()),
        journal: api.journal(),
        health: None,
        ..Config::load(None, []).unwrap().telegram
    }
}

impl Bot {
    async fn start() -> Self {
        let api = BotApi::start().await;
        let settings = settings(&api);
        Self::start_with(api, settings)
    }

    fn start_with(api: BotApi, settings: Settings) -> Self {
        Self::start_over(conversation(), api, settings)
    }

    fn start_over(conversation: Arc<Conversation>, api: BotApi, settings: Settings) -> Self {
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(telegram::serve(conversation, settings, Arc::default(), async {
            stopped.await.unwrap_or_default()
        }));
        Self { api, stop, serving }
    }

    /// Waits until every update was received, stops the bot, which drains its answers, and returns the Bot API.
    async fn finish(self) -> BotApi {
        self.api.until_all_taken().await;
        self.stop.send(()).unwrap();
        self.serving.await.unwrap().unwrap();
        self.api.assert_obeyed();
        self.api
    }
}

/// Reads a recorded update, such as `answered/private_text`.
fn recorded(name: &str) -> Value {
    let path = project(&format!("tests/updates/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Returns a private text message from a user, whose id is that of the chat.
fn text_from(person: i64, text: &str) -> Value {
    json!({"message": {
        "date": 1, "chat": {"id": person, "type": "private", "first_name": "A"},
        "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": "en"}, "text": text,
    }})
}
