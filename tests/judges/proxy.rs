//! What stands between the bot and a server that others wrote, and makes up for what that one lacks.

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

/// How long a test waits for what must happen.
const DEADLINE: Duration = Duration::from_secs(60);

/// Which server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// telegram-test-api.
    TestApi,
    /// telemelya.
    Telemelya,
}

impl Kind {
    /// Returns the methods that it knows and we call; others it answers as if it had failed.
    fn methods(self) -> &'static [&'static str] {
        match self {
            Self::TestApi => &["getMe", "getUpdates", "deleteWebhook", "sendMessage", "answerCallbackQuery"],
            Self::Telemelya => {
                &["getMe", "setWebhook", "getWebhookInfo", "sendMessage", "sendChatAction", "answerCallbackQuery"]
            }
        }
    }
}

/// The proxy; it ends with its test.
#[derive(Clone)]
pub(super) struct Proxy {
    kind: Kind,
    server: String,
    address: SocketAddr,
    bot_address: SocketAddr,
    client: reqwest::Client,
    state: Arc<Mutex<Inner>>,
    /// Counts whatever went through, either way.
    passed: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    /// The methods that it has answered.
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

    /// Returns where the bot finds the Bot API.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns where the bot is to listen for updates.
    pub(super) fn bot_address(&self) -> SocketAddr {
        self.bot_address
    }

    /// Chooses whether updates come with the secret that Telegram shows.
    pub(super) fn show_secret(&self, shows: bool) {
        self.state.lock().unwrap().hides_secret = !shows;
    }

    /// Waits until the server has answered a call of a method.
    pub(super) async fn until_passed(&self, method: &str) {
        self.until(method, async || self.state.lock().unwrap().passed.contains(method).then_some(())).await;
    }

    /// Has the server send something to the bot.
    pub(super) async fn send(&self, path: &str, query: &[(&str, &str)], body: &Value) -> Value {
        let answer = self.read(Method::POST, path, query, body).await;
        self.passed.send_modify(|n| *n += 1);
        answer
    }

    /// Asks the server what it knows.
    pub(super) async fn read(&self, method: Method, path: &str, query: &[(&str, &str)], body: &Value) -> Value {
        let request = self.client.request(method, format!("{}/{path}", self.server)).query(query).bearer_auth("any");
        request.json(body).send().await.unwrap().json().await.unwrap()
    }

    /// Looks whenever something went through, until there is what is looked for.
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

    /// Hands a call of the bot on.
    async fn hand_on(&self, bot: &str, method: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}/{bot}/{method}", self.server)).json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Holds a poll open until there is something; the server would answer at once.
    async fn poll(&self, bot: &str, body: &Value) -> Value {
        let mut passed = self.passed.subscribe();
        let until = Instant::now() + Duration::from_secs(body["timeout"].as_u64().unwrap_or_default());
        loop {
            // Never broken off, because what the server has handed out once it forgets.
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
    /// Adds to an answer what Telegram's would hold.
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
            // In milliseconds.
            "sendMessage" if self.kind == Kind::TestApi => {
                result["date"] = (result["date"].as_u64().unwrap() / 1000).into();
            }
            _ => {}
        }
    }
}

/// Brings the bot an update of the server, with the secret.
async fn deliver(State(proxy): State<Proxy>, update: Bytes) -> StatusCode {
    let secret = {
        let state = proxy.state.lock().unwrap();
        if state.hides_secret { String::new() } else { state.secret.clone() }
    };
    let request = proxy.client.post(format!("http://{}/", proxy.bot_address)).body(update);
    let request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    request.send().await.map_or(StatusCode::BAD_GATEWAY, |response| response.status())
}
