//! The Bot API on loopback: quick, strict enough, and with foul weather on demand.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::rules;

pub(super) const TOKEN: &str = "4242:AAE-loopback_token";

/// Each call of this number is told to wait in foul weather.
const THROTTLED: u64 = 61;

/// What the server does wrong, in a fixed turn, so that runs are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    Fair,
    Foul,
}

/// The topic in which everything is asked in some chats.
pub(super) fn topic(chat: i64) -> Option<i64> {
    (chat % 7 == 0).then_some(5000 + chat)
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) state: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
    pub(super) address: SocketAddr,
}

#[derive(Default)]
pub(super) struct Inner {
    updates: VecDeque<(i64, Bytes)>,
    next_id: i64,
    n_polls: u64,
    pub(super) n_calls: u64,
    is_foul: bool,
    /// Whether every message is put off, as for a bot that sends too much.
    pub(super) is_throttling: bool,
    /// When each question was asked, and of which chat it is.
    asked: HashMap<i64, (i64, Instant)>,
    /// The questions of each chat in the order of their first answers.
    pub(super) answered: HashMap<i64, Vec<i64>>,
    pub(super) seen: HashSet<i64>,
    /// Each message by its question and words: what comes again is one too many.
    messages: HashSet<(i64, String)>,
    pub(super) latencies: Vec<(i64, Duration)>,
    n_sent: usize,
    /// Messages of a bot that does not say what they answer.
    pub(super) n_echoed: usize,
    pub(super) n_twice: usize,
    pub(super) n_faults: usize,
    /// What Telegram would have refused or changed.
    pub(super) violations: Vec<String>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { state: Arc::default(), changed: Arc::default(), address };
        let router = Router::new().route("/{bot}/{method}", post(call)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub(super) fn set_weather(&self, weather: Weather) {
        self.state.lock().unwrap().is_foul = weather == Weather::Foul;
    }

    /// Asks a question in a chat; in foul weather some updates come twice and some are of unknown kinds.
    pub(super) fn ask(&self, chat: i64, text: &str) {
        let mut inner = self.state.lock().unwrap();
        inner.next_id += 1;
        let id = inner.next_id;
        let mut update = json!({"update_id": id, "message": {
            "message_id": id, "date": 1_790_000_000, "chat": {"id": chat, "type": "private", "first_name": "A"},
            "from": {"id": chat, "is_bot": false, "first_name": "A", "language_code": "es"}, "text": text,
        }});
        if let Some(topic) = topic(chat) {
            update["message"]["message_thread_id"] = topic.into();
            update["message"]["is_topic_message"] = true.into();
        }
        let bytes = Bytes::from(update.to_string());
        inner.asked.insert(id, (chat, Instant::now()));
        inner.updates.push_back((id, bytes.clone()));
        if inner.is_foul && id % 97 == 0 {
            inner.updates.push_back((id, bytes));
        }
        if inner.is_foul && id % 89 == 0 {
            inner.next_id += 1;
            let id = inner.next_id;
            let update = json!({"update_id": id, "telepathy": {"from": {"id": 1}}});
            inner.updates.push_back((id, Bytes::from(update.to_string())));
        }
        drop(inner);
        self.changed.notify_waiters();
    }

    /// Waits until so many messages were sent, or it takes too long.
    pub(super) async fn until(&self, limit: Duration, is_so: impl Fn(&Inner) -> bool) -> bool {
        let waiting = async {
            while !is_so(&self.state.lock().unwrap()) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(limit, waiting).await.is_ok()
    }

    pub(super) fn reset(&self) {
        let mut inner = self.state.lock().unwrap();
        let (next_id, n_polls) = (inner.next_id, inner.n_polls);
        *inner = Inner { next_id, n_polls, ..Inner::default() };
    }
}

async fn call(State(server): State<Server>, Path((_, method)): Path<(String, String)>, body: Bytes) -> Response {
    match method.to_ascii_lowercase().as_str() {
        "getupdates" => get_updates(&server, &body).await,
        "sendmessage" => send_message(&server, &body).await,
        "getme" => ok(&json!({
            "id": 4242, "is_bot": true, "first_name": "Press desk", "username": "pressdesk_bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false,
            "can_connect_to_business": false,
        })),
        "getmycommands" => ok(&json!([])),
        "getmyname" => ok(&json!({"name": ""})),
        "getmydescription" => ok(&json!({"description": ""})),
        "getmyshortdescription" => ok(&json!({"short_description": ""})),
        _ => ok(&json!(true)),
    }
}

fn ok(result: &Value) -> Response {
    json_body(StatusCode::OK, json!({"ok": true, "result": result}).to_string())
}

fn json_body(status: StatusCode, body: String) -> Response {
    (status, [("content-type", "application/json")], body).into_response()
}

pub(super) async fn get_updates(server: &Server, body: &[u8]) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let offset = body["offset"].as_i64().unwrap_or_default();
    let limit = usize::try_from(body["limit"].as_u64().unwrap_or(100).clamp(1, 100)).unwrap();
    let timeout = Duration::from_secs(body["timeout"].as_u64().unwrap_or_default());
    let deadline = Instant::now() + timeout;
    let this_poll = {
        let mut inner = server.state.lock().unwrap();
        inner.n_polls += 1;
        inner.n_polls
    };
    server.changed.notify_waiters();
    loop {
        let changed = server.changed.notified();
        {
            let mut inner = server.state.lock().unwrap();
            if inner.n_polls != this_poll {
                inner.n_faults += 1;
                let description = "Conflict: terminated by other getUpdates request";
                let body = json!({"ok": false, "error_code": 409, "description": description});
                return json_body(StatusCode::CONFLICT, body.to_string());
            }
            while inner.updates.front().is_some_and(|(id, _)| *id < offset) {
                inner.updates.pop_front();
            }
            if !inner.updates.is_empty() || Instant::now() >= deadline {
                let batch: Vec<&str> =
                    inner.updates.iter().take(limit).map(|(_, raw)| std::str::from_utf8(raw).unwrap()).collect();
                let body = format!("{{\"ok\":true,\"result\":[{}]}}", batch.join(","));
                return json_body(StatusCode::OK, body);
            }
        }
        let _ = tokio::time::timeout(deadline.saturating_duration_since(Instant::now()), changed).await;
    }
}

/// Takes a message; in foul weather some calls fail before Telegram acts, and some answers break off after.
async fn send_message(server: &Server, body: &[u8]) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let turn = {
        let mut inner = server.state.lock().unwrap();
        inner.n_calls += 1;
        if inner.is_throttling {
            THROTTLED
        } else if inner.is_foul {
            inner.n_calls
        } else {
            0
        }
    };
    let refused = match turn {
        0 => None,
        turn if turn % 53 == 0 => {
            Some((StatusCode::BAD_GATEWAY, json!({"ok": false, "error_code": 502, "description": "Bad Gateway"})))
        }
        turn if turn % THROTTLED == 0 => Some((
            StatusCode::TOO_MANY_REQUESTS,
            json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 1",
                   "parameters": {"retry_after": 1}}),
        )),
        _ => None,
    };
    if let Some((status, body)) = refused {
        server.state.lock().unwrap().n_faults += 1;
        return json_body(status, body.to_string());
    }
    if turn > 0 && turn % 67 == 0 {
        server.state.lock().unwrap().n_faults += 1;
        let broken =
            futures::stream::iter([Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))]);
        return Body::from_stream(broken).into_response();
    }
    if turn > 0 && turn % 71 == 0 {
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    let id = {
        let mut inner = server.state.lock().unwrap();
        inner.n_sent += 1;
        let chat = body["chat_id"].as_i64().unwrap_or_default();
        if let Some(question) = body["reply_parameters"]["message_id"].as_i64() {
            if inner.seen.insert(question) {
                inner.answered.entry(chat).or_default().push(question);
                if let Some((chat, asked)) = inner.asked.get(&question).copied() {
                    inner.latencies.push((chat, asked.elapsed()));
                }
            }
            // Only there, because it takes the server longer than all the rest, and it must not be what is measured.
            if inner.is_foul {
                let is_in_topic = body["message_thread_id"].as_i64() == topic(chat);
                inner.violations.extend((!is_in_topic).then(|| "message thread not found".to_owned()));
                inner.violations.extend(rules::check_message(&body).err());
            }
            if inner.is_foul && !inner.messages.insert((question, body["text"].to_string())) {
                inner.n_twice += 1;
            }
        }
        if body["reply_parameters"].is_null() {
            inner.n_echoed += 1;
        }
        1_000_000 + inner.n_sent
    };
    if turn > 0 && turn % 73 == 0 {
        server.state.lock().unwrap().n_faults += 1;
        return json_body(StatusCode::OK, "{\"ok\":true,\"resu".to_owned());
    }
    ok(
        &json!({"message_id": id, "date": 1_790_000_000, "chat": {"id": body["chat_id"], "type": "private", "first_name": "A"},
               "text": "x"}),
    )
}
