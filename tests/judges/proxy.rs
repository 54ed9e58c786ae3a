//! Proxy between the bot and a third-party server, which adds the features that the server lacks.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

/// Timeout of waiting for an event.
const DEADLINE: Duration = Duration::from_secs(60);

/// Third-party server of the Bot API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// telegram-test-api.
    TestApi,
    /// telemelya.
    Telemelya,
}

impl Kind {
    /// Returns the methods that the server supports and the bot calls; the proxy answers others with an error.
    fn methods(self) -> &'static [&'static str] {
        match self {
            Self::TestApi => {
                // No answerInlineQuery and no sendChatAction: the server answers them with an error of its own.
                &[
                    "getMe",
                    "getUpdates",
                    "deleteWebhook",
                    "sendMessage",
                    "editMessageText",
                    "editMessageReplyMarkup",
                    "answerCallbackQuery",
                ]
            }
            Self::Telemelya => &[
                "getMe",
                "setWebhook",
                "getWebhookInfo",
                "sendMessage",
                "editMessageText",
                "sendChatAction",
                "answerCallbackQuery",
                "answerInlineQuery",
            ],
        }
    }
}

/// Proxy, which ends with its test.
#[derive(Clone)]
pub(super) struct Proxy {
    kind: Kind,
    server: String,
    address: SocketAddr,
    bot_address: SocketAddr,
    client: reqwest::Client,
    state: Arc<Mutex<Inner>>,
    /// Number of requests in both directions.
    passed: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    /// Methods of answered calls.
    passed: HashSet<String>,
    webhook: String,
    secret: String,
    hides_secret: bool,
}

impl Proxy {
    pub(super) async fn start(kind: Kind, server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            kind,
            server: server.to_owned(),
            address: listener.local_addr().unwrap(),
            bot_address: std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            state: Arc::default(),
            passed: watch::Sender::new(0),
        };
        let routes = Router::new().route("/{bot}/{method}", post(call)).route("/webhook", post(deliver));
        let routes = routes.with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        proxy
    }

    /// Returns the address of the Bot API for the bot.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the address on which the bot listens for updates.
    pub(super) fn bot_address(&self) -> SocketAddr {
        self.bot_address
    }

    /// Sets whether updates carry the secret.
    pub(super) fn show_secret(&self, shows: bool) {
        self.state.lock().unwrap().hides_secret = !shows;
    }

    /// Waits until the server has answered a call of a method.
    pub(super) async fn until_passed(&self, method: &str) {
        self.until(method, async || self.state.lock().unwrap().passed.contains(method).then_some(())).await;
    }

    /// Makes the server send an update to the bot.
    pub(super) async fn send(&self, path: &str, query: &[(&str, &str)], body: &Value) -> Value {
        let answer = self.read(Method::POST, path, query, body).await;
        self.passed.send_modify(|n| *n += 1);
        answer
    }

    /// Returns the state of the server.
    pub(super) async fn read(&self, method: Method, path: &str, query: &[(&str, &str)], body: &Value) -> Value {
        let request = self.client.request(method, format!("{}/{path}", self.server)).query(query).bearer_auth("any");
        request.json(body).send().await.unwrap().json().await.unwrap()
    }

    /// Checks after each request until a condition holds.
    pub(super) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let mut passed = self.passed.subscribe();
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                passed.changed().await.unwrap();
            }
        };
        tokio::time::timeout(DEADLINE, looking).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    /// Forwards a call of the bot.
    async fn hand_on(&self, bot: &str, method: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}/{bot}/{method}", self.server)).json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Holds a poll open until there is an update; the server would respond at once.
    async fn poll(&self, bot: &str, body: &Value) -> Value {
        let mut passed = self.passed.subscribe();
        let until = Instant::now() + Duration::from_secs(body["timeout"].as_u64().unwrap_or_default());
        loop {
            // Never cancelled, because the server forgets updates once delivered.
            let answer = self.hand_on(bot, "getUpdates", body).await;
            if answer["result"] != json!([]) || tokio::time::timeout_at(until, passed.changed()).await.is_err() {
                return answer;
            }
        }
    }
}

async fn call(
    State(proxy): State<Proxy>,
    Path((bot, method)): Path<(String, String)>,
    Json(mut body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let method = format!("{}{}", method[..1].to_lowercase(), &method[1..]);
    if !proxy.kind.methods().contains(&method.as_str()) {
        let refusal =
            json!({"ok": false, "error_code": 400, "description": "Bad Request: this server does not know that"});
        return (StatusCode::BAD_REQUEST, Json(refusal));
    }
    if method == "setWebhook" {
        let mut state = proxy.state.lock().unwrap();
        state.webhook = body["url"].as_str().unwrap().to_owned();
        state.secret = body["secret_token"].as_str().unwrap().to_owned();
        body["url"] = format!("{}/webhook", proxy.url()).into();
    }
    let mut answer = match method.as_str() {
        "getUpdates" => proxy.poll(&bot, &body).await,
        _ => proxy.hand_on(&bot, &method, &body).await,
    };
    proxy.complete(&method, &mut answer);
    proxy.state.lock().unwrap().passed.insert(method);
    proxy.passed.send_modify(|n| *n += 1);
    let status = answer["error_code"].as_u64().map_or(200, |code| u16::try_from(code).unwrap());
    (StatusCode::from_u16(status).unwrap(), Json(answer))
}

impl Proxy {
    /// Adds missing fields of Telegram to a response.
    fn complete(&self, method: &str, answer: &mut Value) {
        answer.as_object_mut().unwrap().retain(|key, value| key == "result" || !value.is_null());
        let result = &mut answer["result"];
        match method {
            "getMe" => {
                for flag in ["can_join_groups", "supports_inline_queries"] {
                    result[flag] = true.into();
                }
                result["is_bot"] = true.into();
                for flag in ["can_read_all_group_messages", "can_connect_to_business", "has_main_web_app"] {
                    result[flag] = false.into();
                }
            }
            "getWebhookInfo" => result["url"] = self.state.lock().unwrap().webhook.as_str().into(),
            "getUpdates" => {
                let taps =
                    result.as_array_mut().unwrap().iter_mut().filter_map(|update| update.get_mut("callback_query"));
                taps.for_each(|tap| tap["chat_instance"] = "1".into());
            }
            "answerCallbackQuery" if result.is_null() => *result = true.into(),
            "editMessageText" | "editMessageReplyMarkup" if result.is_null() => {
                *result = serde_json::json!({"message_id": 1})
            }
            // Milliseconds.
            "sendMessage" if self.kind == Kind::TestApi => {
                result["date"] = (result["date"].as_u64().unwrap() / 1000).into();
            }
            _ => {}
        }
    }
}

/// Delivers an update of the server to the bot, with the secret.
async fn deliver(State(proxy): State<Proxy>, update: Bytes) -> StatusCode {
    let secret = {
        let state = proxy.state.lock().unwrap();
        if state.hides_secret { String::new() } else { state.secret.clone() }
    };
    let request = proxy.client.post(format!("http://{}/", proxy.bot_address)).body(update);
    let request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    request.send().await.map_or(StatusCode::BAD_GATEWAY, |response| response.status())
}
