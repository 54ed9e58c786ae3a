//! Bot API on loopback: fast, strict enough, and with faults on demand.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::fault::{Fault, FaultMode};
use super::interactions::{Habits, Interactions};
use super::rules;
use super::updates::{Update, topic};

pub(super) const TOKEN: &str = "4242:AAE-loopback_token";

/// Time to live of a tap at Telegram.
///
/// Source: `Client.cpp` of tdlib/telegram-bot-api.
pub(super) const TAP_TTL: Duration = Duration::from_secs(150);

#[derive(Clone)]
pub(super) struct Server {
    /// Seconds of the bot's clock per second.
    pub(super) pace: f64,
    pub(super) state: Arc<Mutex<Inner>>,
    pub(super) changed: Arc<Notify>,
    pub(super) address: SocketAddr,
}

#[derive(Default)]
pub(super) struct Inner {
    pub(super) updates: VecDeque<Update>,
    pub(super) next_id: i64,
    /// Last update that was handed out.
    last_handed_out: i64,
    n_polls: u64,
    pub(super) n_calls: u64,
    n_others: u64,
    pub(super) fault_mode: FaultMode,
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
    pub(super) asked: HashMap<i64, (i64, Instant)>,
    /// Updates of each chat in the order of their first answers.
    pub(super) answered: HashMap<i64, Vec<i64>>,
    pub(super) seen: HashSet<i64>,
    /// Messages by question and text, to detect duplicates.
    messages: HashSet<(i64, String)>,
    pub(super) latencies: Vec<(i64, Duration)>,
    /// Times of all calls but getUpdates, and the number of sendChatAction calls.
    pub(super) calls: Vec<Instant>,
    pub(super) n_typing: usize,
    n_sent: i64,
    pub(super) interactions: Interactions,
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

    /// Lets users tap and edit from now on.
    pub(super) fn set_habits(&self, habits: Habits) {
        self.state.lock().unwrap().interactions = Interactions::new(habits);
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

    /// Notes that the bot was killed.
    pub(super) fn interrupt(&mut self) {
        self.interactions.interrupt(self.last_handed_out);
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
        "sendmessage" | "editmessagetext" => return send(&server, &method, &body).await,
        _ => {}
    }
    let fault = {
        let mut inner = server.state.lock().unwrap();
        inner.record(&method, &body);
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

pub(super) fn json_body(status: StatusCode, body: String) -> Response {
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
                let last = inner.updates.iter().take(limit).last().map_or(0, |update| update.id);
                inner.last_handed_out = inner.last_handed_out.max(last);
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

/// Handles sendMessage and editMessageText.
async fn send(server: &Server, method: &str, body: &[u8]) -> Response {
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
    let taken = {
        let mut inner = server.state.lock().unwrap();
        if method == "sendmessage" { Ok(inner.take(&body)) } else { inner.take_edit(&body) }
    };
    // Users may have reacted.
    server.changed.notify_waiters();
    match (fault, taken) {
        (Some(fault), _) if fault != Fault::Late => fault.respond().await,
        (_, Ok(id)) => ok(&json!({"message_id": id, "date": 1_790_000_000,
                        "chat": {"id": body["chat_id"], "type": "private", "first_name": "A"}, "text": "x"})),
        (_, Err(description)) => {
            let body = json!({"ok": false, "error_code": 400, "description": format!("Bad Request: {description}")});
            json_body(StatusCode::BAD_REQUEST, body.to_string())
        }
    }
}

impl Inner {
    /// Records a message; returns its id.
    fn take(&mut self, body: &Value) -> i64 {
        self.n_sent += 1;
        let id = 1_000_000 + self.n_sent;
        let chat = body["chat_id"].as_i64().unwrap_or_default();
        if let Some(question) = body["reply_parameters"]["message_id"].as_i64() {
            let is_first = !self.interactions.is_tapped(question) && self.seen.insert(question);
            if is_first {
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
            self.react(chat, id, question, is_first, body);
        }
        self.n_echoed += usize::from(body["reply_parameters"].is_null());
        id
    }

    /// Records an edit; returns the id of its message.
    fn take_edit(&mut self, body: &Value) -> Result<i64, &'static str> {
        if self.is_strict {
            self.violations.extend(rules::check_message(body).err());
        }
        self.edit(body)
    }

    /// Records the acknowledgement of a tap or the answer to an inline query, whatever fault comes then.
    fn record(&mut self, method: &str, body: &[u8]) {
        let query = match method {
            "answercallbackquery" => "callback_query_id",
            "answerinlinequery" => "inline_query_id",
            _ => return,
        };
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        self.interactions.acknowledge(&body[query]);
        if self.is_strict && method == "answerinlinequery" {
            self.violations.extend(rules::check_inline_answer(&body).err());
        }
    }
}
