//! Bot API on loopback: fast, strict enough, and with faults on demand.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::ErrorKind;
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

/// Time to live of a tap at Telegram.
///
/// Source: `Client.cpp` of tdlib/telegram-bot-api.
const TAP_TTL: Duration = Duration::from_secs(150);

/// Fault mode of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum FaultMode {
    #[default]
    None,
    /// All faults of a call, in a fixed sequence, so that runs are comparable.
    Mixed,
    /// A gateway rejects all messages.
    MessagesFail,
    /// A gateway rejects all calls.
    Outage,
}

/// Fault of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// A gateway fails before Telegram gets the call.
    Before,
    /// Too many requests: retry after.
    TooMany,
    /// The connection breaks, and Telegram does not act.
    BrokenBefore,
    /// The call reaches Telegram late.
    Late,
    /// Telegram has acted, and its response is truncated.
    Truncated,
    /// Telegram has acted, and a gateway responds with an error.
    After,
    /// Telegram has acted, and the connection breaks.
    BrokenAfter,
    /// Telegram has acted, and responds only after the bot's timeout.
    TooLate,
}

impl Fault {
    /// Returns the fault of the message of this number.
    fn of_message(n: u64) -> Option<Self> {
        Self::at_turn(
            n,
            &[
                (997, Self::TooLate),
                (53, Self::Before),
                (61, Self::TooMany),
                (67, Self::BrokenBefore),
                (71, Self::Late),
                (73, Self::Truncated),
                (79, Self::After),
                (83, Self::BrokenAfter),
            ],
        )
    }

    /// Returns the fault of the poll of this number.
    fn of_poll(n: u64) -> Option<Self> {
        Self::at_turn(n, &[(11, Self::Before), (13, Self::TooMany), (17, Self::Truncated), (19, Self::BrokenAfter)])
    }

    /// Returns the fault of any other call of this number: "typing…", getMyName, getMe.
    fn of_other(n: u64) -> Option<Self> {
        Self::at_turn(n, &[(3, Self::Before), (5, Self::BrokenAfter), (7, Self::TooMany)])
    }

    fn at_turn(n: u64, faults: &[(u64, Self)]) -> Option<Self> {
        faults.iter().find(|(turn, _)| n.is_multiple_of(*turn)).map(|(_, fault)| *fault)
    }

    fn is_before(self) -> bool {
        matches!(self, Self::Before | Self::TooMany | Self::BrokenBefore)
    }

    /// Returns the response of a faulty call, after a wait if it is late.
    async fn respond(self) -> Response {
        match self {
            Self::TooMany => json_body(
                StatusCode::TOO_MANY_REQUESTS,
                json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 1",
                       "parameters": {"retry_after": 1}})
                .to_string(),
            ),
            Self::Truncated => json_body(StatusCode::OK, "{\"ok\":true,\"resu".to_owned()),
            Self::BrokenBefore | Self::BrokenAfter => {
                let broken = Err::<Bytes, _>(std::io::Error::from(ErrorKind::ConnectionReset));
                Body::from_stream(futures::stream::iter([broken])).into_response()
            }
            Self::Before | Self::After | Self::Late | Self::TooLate => {
                if self == Self::TooLate {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
                let body = json!({"ok": false, "error_code": 502, "description": "Bad Gateway"});
                json_body(StatusCode::BAD_GATEWAY, body.to_string())
            }
        }
    }
}

/// Pending update.
pub(super) struct Update {
    pub(super) id: i64,
    pub(super) raw: Bytes,
    /// Time at which it expires.
    expires: Option<Instant>,
}

/// Returns the topic of a chat, for some chats.
fn topic(chat: i64) -> Option<i64> {
    (chat % 7 == 0).then_some(5000 + chat)
}

#[derive(Clone)]
pub(super) struct Server {
    /// Seconds of the bot's clock per second.
    pace: f64,
    pub(super) state: Arc<Mutex<Inner>>,
    pub(super) changed: Arc<Notify>,
    pub(super) address: SocketAddr,
}

#[derive(Default)]
pub(super) struct Inner {
    pub(super) updates: VecDeque<Update>,
    next_id: i64,
    n_polls: u64,
    pub(super) n_calls: u64,
    n_others: u64,
    fault_mode: FaultMode,
    /// Set when messages are checked for Telegram's rules and for duplicates. These checks take longer than the rest and must not
    /// be measured.
    pub(super) is_strict: bool,
    /// Address and secret of the webhook.
    pub(super) webhook: (String, String),
    /// Messages whose buttons were tapped.
    pub(super) tapped: HashSet<i64>,
    /// Set when every message gets a "retry after".
    pub(super) is_throttling: bool,
    /// Chat and time of each question.
    asked: HashMap<i64, (i64, Instant)>,
    /// Questions of each chat in the order of their first answers.
    pub(super) answered: HashMap<i64, Vec<i64>>,
    pub(super) seen: HashSet<i64>,
    /// Messages by question and text, to detect duplicates.
    messages: HashSet<(i64, String)>,
    pub(super) latencies: Vec<(i64, Duration)>,
    /// Times of all calls but getUpdates, and the number of sendChatAction calls.
    pub(super) calls: Vec<Instant>,
    pub(super) n_typing: usize,
    n_sent: usize,
    /// Number of messages that are no replies.
    pub(super) n_echoed: usize,
    pub(super) n_twice: usize,
    pub(super) n_faults: usize,
    /// Violations of Telegram's rules.
    pub(super) violations: Vec<String>,
}

impl Server {
    pub(super) async fn start(pace: f64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { pace, state: Arc::default(), changed: Arc::default(), address };
        let router = Router::new().route("/{bot}/{method}", post(call)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub(super) fn set_fault_mode(&self, fault_mode: FaultMode) {
        let mut inner = self.state.lock().unwrap();
        inner.fault_mode = fault_mode;
        inner.is_strict |= fault_mode != FaultMode::None;
        drop(inner);
        self.changed.notify_waiters();
    }

    /// Asks a question in a chat; with mixed faults some updates come twice and some are of unknown kinds.
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
        inner.updates.push_back(Update { id, raw: bytes.clone(), expires: None });
        let is_mixed = inner.fault_mode == FaultMode::Mixed;
        if is_mixed && id % 97 == 0 {
            inner.updates.push_back(Update { id, raw: bytes, expires: None });
        }
        if is_mixed && id % 89 == 0 {
            inner.next_id += 1;
            let id = inner.next_id;
            let update = json!({"update_id": id, "telepathy": {"from": {"id": 1}}});
            inner.updates.push_back(Update { id, raw: Bytes::from(update.to_string()), expires: None });
        }
        drop(inner);
        self.changed.notify_waiters();
    }

    /// Taps a help button in a chat.
    pub(super) fn tap(&self, chat: i64) {
        let mut inner = self.state.lock().unwrap();
        inner.next_id += 1;
        let id = inner.next_id;
        let update = json!({"update_id": id, "callback_query": {
            "id": id.to_string(), "chat_instance": "1", "data": "/help",
            "from": {"id": chat, "is_bot": false, "first_name": "A", "language_code": "es"},
            "message": {
                "message_id": id, "date": 1_790_000_000, "chat": {"id": chat, "type": "private", "first_name": "A"},
                "from": {"id": 4242, "is_bot": true, "first_name": "Press desk"}, "text": "x",
            },
        }});
        let expires = Some(Instant::now() + TAP_TTL.div_f64(self.pace));
        inner.updates.push_back(Update { id, raw: Bytes::from(update.to_string()), expires });
        inner.tapped.insert(id);
        drop(inner);
        self.changed.notify_waiters();
    }

    /// Waits until this number of messages was sent, or for a timeout.
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

impl Inner {
    /// Drops expired updates.
    pub(super) fn expire(&mut self) {
        self.updates.retain(|update| update.expires.is_none_or(|expires| Instant::now() < expires));
    }

    /// Returns the fault of a call; `turn` is that of the mixed mode.
    fn fault(&mut self, turn: Option<Fault>, is_message: bool) -> Option<Fault> {
        let fault = match self.fault_mode {
            FaultMode::None => None,
            FaultMode::Mixed => turn,
            FaultMode::MessagesFail => is_message.then_some(Fault::Before),
            FaultMode::Outage => Some(Fault::Before),
        };
        self.n_faults += usize::from(fault.is_some_and(|fault| fault != Fault::Late));
        fault
    }

    /// Returns the number of answers out of order within a chat.
    pub(super) fn n_out_of_order(&self) -> usize {
        self.answered.values().map(|ids| ids.windows(2).filter(|pair| pair[0] > pair[1]).count()).sum()
    }
}

async fn call(State(server): State<Server>, Path((_, method)): Path<(String, String)>, body: Bytes) -> Response {
    let method = method.to_ascii_lowercase();
    if method != "getupdates" {
        let mut inner = server.state.lock().unwrap();
        inner.calls.push(Instant::now());
        inner.n_typing += usize::from(method == "sendchataction");
    }
    match method.as_str() {
        "getupdates" => return get_updates(&server, &body).await,
        "sendmessage" => return send_message(&server, &body).await,
        _ => {}
    }
    let fault = {
        let mut inner = server.state.lock().unwrap();
        inner.n_others += 1;
        let turn = Fault::of_other(inner.n_others);
        inner.fault(turn, ["sendchataction", "answercallbackquery"].contains(&method.as_str()))
    };
    if let Some(fault) = fault {
        return fault.respond().await;
    }
    match method.as_str() {
        "getme" => ok(&json!({
            "id": 4242, "is_bot": true, "first_name": "Press desk", "username": "pressdesk_bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false,
            "can_connect_to_business": false,
        })),
        "setwebhook" => {
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
            server.state.lock().unwrap().webhook = (text("url"), text("secret_token"));
            server.changed.notify_waiters();
            ok(&json!(true))
        }
        "getwebhookinfo" => ok(&json!({"url": server.state.lock().unwrap().webhook.0, "pending_update_count": 0})),
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
    let deadline = Instant::now() + timeout.div_f64(server.pace);
    let (this_poll, fault) = {
        let mut inner = server.state.lock().unwrap();
        inner.n_polls += 1;
        let turn = Fault::of_poll(inner.n_polls);
        (inner.n_polls, inner.fault(turn, false))
    };
    server.changed.notify_waiters();
    if let Some(fault) = fault.filter(|fault| fault.is_before()) {
        return fault.respond().await;
    }
    let (fault, body) = loop {
        let changed = server.changed.notified();
        {
            let mut inner = server.state.lock().unwrap();
            if inner.n_polls != this_poll {
                inner.n_faults += 1;
                let description = "Conflict: terminated by other getUpdates request";
                let body = json!({"ok": false, "error_code": 409, "description": description});
                return json_body(StatusCode::CONFLICT, body.to_string());
            }
            while inner.updates.front().is_some_and(|update| update.id < offset) {
                inner.updates.pop_front();
            }
            inner.expire();
            let is_out = inner.fault_mode == FaultMode::Outage;
            if is_out || !inner.updates.is_empty() || Instant::now() >= deadline {
                let fault = if is_out { Some(Fault::Before) } else { fault };
                let batch: Vec<&str> =
                    inner.updates.iter().take(limit).map(|update| std::str::from_utf8(&update.raw).unwrap()).collect();
                break (fault, format!("{{\"ok\":true,\"result\":[{}]}}", batch.join(",")));
            }
        }
        let _ = tokio::time::timeout(deadline.saturating_duration_since(Instant::now()), changed).await;
    };
    match fault {
        Some(fault) => fault.respond().await,
        None => json_body(StatusCode::OK, body),
    }
}

/// Handles sendMessage.
async fn send_message(server: &Server, body: &[u8]) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let fault = {
        let mut inner = server.state.lock().unwrap();
        inner.n_calls += 1;
        let turn = Fault::of_message(inner.n_calls);
        if inner.is_throttling {
            inner.n_faults += 1;
            Some(Fault::TooMany)
        } else {
            inner.fault(turn, true)
        }
    };
    match fault {
        Some(fault) if fault.is_before() => return fault.respond().await,
        Some(Fault::Late) => tokio::time::sleep(Duration::from_millis(700)).await,
        _ => {}
    }
    let id = server.state.lock().unwrap().take(&body);
    match fault {
        Some(fault) if fault != Fault::Late => fault.respond().await,
        _ => ok(&json!({"message_id": id, "date": 1_790_000_000,
                        "chat": {"id": body["chat_id"], "type": "private", "first_name": "A"}, "text": "x"})),
    }
}

impl Inner {
    /// Records a message; returns its id.
    fn take(&mut self, body: &Value) -> usize {
        self.n_sent += 1;
        let chat = body["chat_id"].as_i64().unwrap_or_default();
        if let Some(question) = body["reply_parameters"]["message_id"].as_i64() {
            if self.seen.insert(question) {
                self.answered.entry(chat).or_default().push(question);
                if let Some((chat, asked)) = self.asked.get(&question).copied() {
                    self.latencies.push((chat, asked.elapsed()));
                }
            }
            if self.is_strict {
                let is_in_topic = self.tapped.contains(&question) || body["message_thread_id"].as_i64() == topic(chat);
                self.violations.extend((!is_in_topic).then(|| "message thread not found".to_owned()));
                self.violations.extend(rules::check_message(body).err());
                self.n_twice += usize::from(!self.messages.insert((question, body["text"].to_string())));
            }
        }
        self.n_echoed += usize::from(body["reply_parameters"].is_null());
        1_000_000 + self.n_sent
    }
}
