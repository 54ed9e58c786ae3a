//! Bot API on loopback: offsets, webhook, conflicts, topics and limits as at Telegram, and faults on demand.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use pressdesk::config::JournalLocation;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use url::Url;

use super::rules;

/// Token of the loopback Bot API.
pub(super) const TOKEN: &str = "4242:AAE-loopback_token";

/// Timeout of waiting for an event, which ends a test that would wait for ever. Forty long texts take half a minute of two idle cores in a
/// debug build, and other tests run beside.
const DEADLINE: Duration = Duration::from_secs(240);

/// Fault of a call.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// Too many requests: retry after this many seconds.
    RetryAfter(u64),
    /// The group has become a supergroup with this id.
    Migrated(i64),
    /// Server error.
    ServerError,
    /// The connection breaks before the response.
    Reset,
    /// The call succeeds, but its response is truncated.
    Truncated,
    /// The call succeeds, but a gateway responds with this status and body.
    Gateway(u16, &'static str),
    /// A gateway responds with this status and body, and Telegram does not get the call.
    Intermediary(u16, &'static str),
    /// The call succeeds, but its response is this body without a result.
    Empty(&'static str),
    /// Refusal with its code and description.
    Refusal(u16, &'static str),
    /// The response is this body, for any call.
    Body(&'static str),
    /// The call is held until [`BotApi::release`].
    Held,
    /// The call succeeds, but its response is held until [`BotApi::release`].
    HeldAfter,
}

/// Call that was answered with `ok`.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Method in lower case.
    pub(super) method: String,
    pub(super) body: Value,
    pub(super) result: Value,
}

/// Server, which ends with its test.
#[derive(Clone)]
pub(super) struct BotApi {
    url: Url,
    state: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
    released: Arc<Notify>,
    folder: Arc<TempDir>,
}

/// Content of a message of the bot.
#[derive(Debug, Clone, PartialEq)]
struct Content {
    text: Value,
    entities: Value,
    markup: Value,
}

impl Content {
    fn of(body: &Value) -> Self {
        let [text, entities, markup] = ["text", "entities", "reply_markup"].map(|field| body[field].clone());
        Self { text, entities: if entities.is_null() { json!([]) } else { entities }, markup }
    }
}

#[derive(Default)]
struct Inner {
    updates: VecDeque<Value>,
    next_update_id: u64,
    next_message_id: i64,
    has_webhook: bool,
    webhook: Value,
    n_undelivered: u64,
    last_error: Option<(u64, &'static str)>,
    n_polls: u64,
    calls: Vec<Call>,
    n_attempts: HashMap<String, usize>,
    faults: Vec<(String, Fault)>,
    is_out: bool,
    violations: Vec<String>,
    /// Messages by chat and id: those of the bot with their content.
    messages: HashMap<(i64, i64), Option<Content>>,
    topics: HashSet<(i64, i64)>,
    open_queries: HashSet<String>,
    profile: HashMap<String, Value>,
}

impl BotApi {
    pub(super) async fn start() -> Self {
        // Below a path, as a self-hosted Bot API may be.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/local/", listener.local_addr().unwrap()).parse().unwrap();
        let inner = Inner { next_update_id: 100, next_message_id: 50_000, has_webhook: true, ..Inner::default() };
        let api = Self {
            url,
            state: Arc::new(Mutex::new(inner)),
            changed: Arc::default(),
            released: Arc::default(),
            folder: Arc::new(tempfile::tempdir().unwrap()),
        };
        let router = Router::new().route("/local/{bot}/{method}", post(call)).with_state(api.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        api
    }

    pub(super) fn url(&self) -> Url {
        self.url.clone()
    }

    /// Returns the location of the journal: one for each Bot API, shared by all bots started against it.
    pub(super) fn journal(&self) -> JournalLocation {
        JournalLocation::File(self.folder().join("journal.db"))
    }

    /// Returns the folder of the journal.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Delivers an update, with missing ids of update and message filled in. Returns the message's id.
    pub(super) fn deliver(&self, mut update: Value) -> i64 {
        let mut inner = self.state.lock().unwrap();
        if update.get("update_id").is_none() {
            inner.next_update_id += 1;
            update["update_id"] = inner.next_update_id.into();
        }
        if update["message"].is_object() && update["message"].get("message_id").is_none() {
            inner.next_message_id += 1;
            update["message"]["message_id"] = inner.next_message_id.into();
        }
        if let Some(id) = update["guest_message"]["guest_query_id"].as_str() {
            inner.open_queries.insert(format!("guest {id}"));
            inner.updates.push_back(update);
            self.changed.notify_waiters();
            return 0; // The bot sees nothing else of that chat.
        }
        for kind in ["callback_query", "inline_query"] {
            if let Some(id) = update[kind]["id"].as_str() {
                inner.open_queries.insert(format!("{kind} {id}"));
            }
        }
        let message = message_of(&update);
        let message_id = message["message_id"].as_i64().unwrap_or_default();
        let chat = message["chat"]["id"].as_i64().unwrap_or_default();
        // A message that Telegram no longer shows has the date 0.
        let is_ours = message["from"]["id"] == 4242 && message["date"] != 0;
        inner.messages.entry((chat, message_id)).or_insert_with(|| is_ours.then(|| Content::of(message)));
        if message["is_topic_message"] == true {
            inner.topics.insert((chat, message["message_thread_id"].as_i64().unwrap()));
        }
        inner.updates.push_back(update);
        self.changed.notify_waiters();
        message_id
    }

    /// Makes the next call of a method fail; several faults happen in order.
    pub(super) fn fail_next(&self, method: &str, fault: Fault) {
        self.state.lock().unwrap().faults.push((method.to_lowercase(), fault));
    }

    /// Sets a webhook, as another program with the token would.
    pub(super) fn set_webhook(&self, url: &str) {
        let mut inner = self.state.lock().unwrap();
        (inner.has_webhook, inner.webhook) = (true, url.into());
        inner.n_polls += 1; // Ends the current poll.
        self.changed.notify_waiters();
    }

    /// Sets the webhook info: the number of pending updates, and the date and message of the last failure.
    pub(super) fn set_undelivered(&self, n_updates: u64, date: u64, message: &'static str) {
        let mut inner = self.state.lock().unwrap();
        (inner.n_undelivered, inner.last_error) = (n_updates, Some((date, message)));
    }

    /// Starts or ends an outage of all calls.
    pub(super) fn set_outage(&self, is_out: bool) {
        self.state.lock().unwrap().is_out = is_out;
        self.changed.notify_waiters();
    }

    /// Deletes every message, as a user would.
    pub(super) fn forget_messages(&self) {
        self.state.lock().unwrap().messages.clear();
    }

    /// Releases all held calls.
    pub(super) fn release(&self) {
        self.released.notify_waiters();
    }

    /// Returns the calls of a method that were answered with `ok`, in order.
    pub(super) fn calls(&self, method: &str) -> Vec<Value> {
        let inner = self.state.lock().unwrap();
        let of_method = inner.calls.iter().filter(|call| call.method == method.to_lowercase());
        of_method.map(|call| call.body.clone()).collect()
    }

    /// Returns the messages that were sent, in order.
    pub(super) fn sent(&self) -> Vec<Value> {
        self.calls("sendMessage")
    }

    /// Returns the edits that were made, in order.
    pub(super) fn edits(&self) -> Vec<Value> {
        self.calls("editMessageText")
    }

    /// Returns the present text of a message of the bot.
    pub(super) fn text_of(&self, chat: i64, id: i64) -> Option<String> {
        let inner = self.state.lock().unwrap();
        inner.messages.get(&(chat, id))?.as_ref()?.text.as_str().map(str::to_owned)
    }

    /// Waits until this number of edits was made.
    pub(super) async fn until_edited(&self, n_edits: usize) -> Vec<Value> {
        self.until("edits", || self.edits().len() >= n_edits).await;
        self.edits()
    }

    /// Returns the ids of the messages that were sent, in order.
    pub(super) fn sent_ids(&self) -> Vec<i64> {
        let calls = self.all_calls().into_iter().filter(|call| call.method == "sendmessage");
        calls.filter_map(|call| call.result["message_id"].as_i64()).collect()
    }

    /// Returns all calls that were answered with `ok`, in order.
    pub(super) fn all_calls(&self) -> Vec<Call> {
        self.state.lock().unwrap().calls.clone()
    }

    /// Returns the number of calls of a method, faults included.
    pub(super) fn n_attempts(&self, method: &str) -> usize {
        self.state.lock().unwrap().n_attempts.get(&method.to_lowercase()).copied().unwrap_or_default()
    }

    /// Waits until this number of messages was sent.
    pub(super) async fn until_sent(&self, n_messages: usize) -> Vec<Value> {
        self.until("messages", || self.sent().len() >= n_messages).await;
        self.sent()
    }

    /// Waits until a method was called this many times, faults included.
    pub(super) async fn until_attempted(&self, method: &str, n_attempts: usize) {
        self.until(method, || self.n_attempts(method) >= n_attempts).await;
    }

    /// Waits until every update was received and confirmed.
    pub(super) async fn until_all_taken(&self) {
        self.until("updates to be taken", || self.state.lock().unwrap().updates.is_empty()).await;
    }

    /// Fails the test if a rule of Telegram was violated.
    pub(super) fn assert_obeyed(&self) {
        assert_eq!(self.state.lock().unwrap().violations, Vec::<String>::new());
    }

    pub(super) async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if is_so() {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(DEADLINE, waiting).await.is_err() {
            self.assert_obeyed();
            panic!("waited in vain for {what}; sent so far: {:#?}", self.sent());
        }
    }
}

async fn call(State(api): State<BotApi>, Path((bot, method)): Path<(String, String)>, body: Bytes) -> Response {
    let method = method.to_lowercase();
    if bot != format!("bot{TOKEN}") {
        return refusal(401, "Unauthorized");
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let fault = {
        let mut inner = api.state.lock().unwrap();
        *inner.n_attempts.entry(method.clone()).or_default() += 1;
        let at = inner.faults.iter().position(|(of, _)| *of == method);
        let fault = at.map(|at| inner.faults.remove(at).1);
        fault.or(inner.is_out.then_some(Fault::Refusal(502, "Bad Gateway")))
    };
    let released = api.released.notified();
    tokio::pin!(released);
    released.as_mut().enable();
    api.changed.notify_waiters();
    match fault.clone() {
        Some(Fault::RetryAfter(seconds)) => {
            let parameters = json!({"retry_after": seconds});
            let description = format!("Too Many Requests: retry after {seconds}");
            let body = json!({"ok": false, "error_code": 429, "description": description, "parameters": parameters});
            return (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
        }
        Some(Fault::Migrated(chat)) => {
            let description = "Bad Request: group chat was upgraded to a supergroup chat";
            let parameters = json!({"migrate_to_chat_id": chat});
            let body = json!({"ok": false, "error_code": 400, "description": description, "parameters": parameters});
            return (StatusCode::BAD_REQUEST, Json(body)).into_response();
        }
        Some(Fault::ServerError) => return refusal(500, "Internal Server Error"),
        Some(Fault::Refusal(code, description)) => return refusal(code, description),
        Some(Fault::Body(body)) => return ([("content-type", "application/json")], body).into_response(),
        Some(Fault::Reset) => {
            let broken = futures::stream::iter([Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))]);
            return Body::from_stream(broken).into_response();
        }
        Some(Fault::Intermediary(status, body)) => return gateway_response(status, body),
        Some(Fault::Held) => released.as_mut().await,
        Some(Fault::Truncated | Fault::HeldAfter | Fault::Gateway(..) | Fault::Empty(_)) | None => {}
    }
    let is_truncated = matches!(fault, Some(Fault::Truncated));
    let result = match method.as_str() {
        "getupdates" => get_updates(&api, &body).await,
        _ => api.state.lock().unwrap().answer(&method, &body),
    };
    let response = match result {
        Ok(result) => {
            api.state.lock().unwrap().calls.push(Call { method, body, result: result.clone() });
            if matches!(fault, Some(Fault::HeldAfter)) {
                api.changed.notify_waiters();
                released.await;
            }
            if let Some(Fault::Gateway(status, body)) = fault {
                api.changed.notify_waiters();
                return gateway_response(status, body);
            }
            if let Some(Fault::Empty(body)) = fault {
                api.changed.notify_waiters();
                return ([("content-type", "application/json")], body).into_response();
            }
            if is_truncated {
                api.changed.notify_waiters();
                return ([("content-type", "application/json; charset=utf-8")], r#"{"ok":true,"resu"#).into_response();
            }
            Json(json!({"ok": true, "result": result})).into_response()
        }
        Err((code, description)) => refusal(code, &description),
    };
    api.changed.notify_waiters();
    response
}

fn gateway_response(status: u16, body: &'static str) -> Response {
    let kind = if body.starts_with('{') { "application/json" } else { "text/html" };
    (StatusCode::from_u16(status).unwrap(), [("content-type", kind)], body).into_response()
}

fn refusal(code: u16, description: &str) -> Response {
    let body = json!({"ok": false, "error_code": code, "description": description});
    (StatusCode::from_u16(code).unwrap(), Json(body)).into_response()
}

type Answer = Result<Value, (u16, String)>;

/// Handles getUpdates: a higher offset confirms; the poll is held open until an update, its timeout, or another poll.
async fn get_updates(api: &BotApi, body: &Value) -> Answer {
    let this_poll = {
        let mut inner = api.state.lock().unwrap();
        if inner.has_webhook {
            return Err((
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook".to_owned(),
            ));
        }
        if !body["allowed_updates"].is_array() {
            inner.violations.push("getUpdates without allowed_updates".to_owned());
        }
        let offset = body["offset"].as_i64().unwrap_or_default();
        if offset > 0 {
            let offset = offset.unsigned_abs();
            inner.updates.retain(|update| update["update_id"].as_u64().unwrap_or_default() >= offset);
        } else if offset < 0 {
            let keep = usize::try_from(offset.unsigned_abs()).unwrap();
            let n_forgotten = inner.updates.len().saturating_sub(keep);
            inner.updates.drain(..n_forgotten);
        }
        inner.n_polls += 1;
        inner.n_polls
    };
    api.changed.notify_waiters();
    let limit = usize::try_from(body["limit"].as_u64().unwrap_or(100).clamp(1, 100)).unwrap();
    let timeout = Duration::from_secs(body["timeout"].as_u64().unwrap_or_default().min(50));
    let waiting = async {
        loop {
            let changed = api.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let inner = api.state.lock().unwrap();
                if inner.n_polls != this_poll {
                    return Err((
                        409,
                        "Conflict: terminated by other getUpdates request; make sure that only one bot \
                                      instance is running"
                            .to_owned(),
                    ));
                }
                if !inner.updates.is_empty() {
                    return Ok(inner.updates.iter().take(limit).cloned().collect::<Vec<_>>().into());
                }
            }
            changed.await;
        }
    };
    tokio::time::timeout(timeout, waiting).await.unwrap_or(Ok(json!([])))
}

impl Inner {
    fn answer(&mut self, method: &str, body: &Value) -> Answer {
        match method {
            "getme" => Ok(json!({
                "id": 4242, "is_bot": true, "first_name": "Press desk", "username": "pressdesk_bot",
                "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false,
            })),
            "setwebhook" => {
                self.has_webhook = true;
                self.webhook = body["url"].clone();
                Ok(true.into())
            }
            "getwebhookinfo" => {
                let mut info = json!({"url": self.webhook, "pending_update_count": self.n_undelivered});
                if let Some((date, message)) = self.last_error {
                    (info["last_error_date"], info["last_error_message"]) = (date.into(), message.into());
                }
                Ok(info)
            }
            "deletewebhook" => {
                self.has_webhook = false;
                Ok(true.into())
            }
            "sendmessage" => self.send_message(body),
            "editmessagetext" => self.edit_message(body),
            "editmessagereplymarkup" => self.edit_keyboard(body),
            "answerinlinequery" => self.answer_inline(body),
            "deletemessage" => {
                let number = |field: &str| body[field].as_i64().unwrap_or_default();
                match self.messages.remove(&(number("chat_id"), number("message_id"))) {
                    Some(Some(_)) => Ok(true.into()),
                    _ => Err((400, "Bad Request: message to delete not found".to_owned())),
                }
            }
            "answerguestquery" => self.answer_guest(body),
            "sendchataction" => Ok(true.into()),
            "answercallbackquery" => {
                let id = body["callback_query_id"].as_str().unwrap_or_default();
                if body["text"].as_str().is_some_and(|text| text.chars().count() > 200) {
                    self.violations.push("a callback query with more than 200 characters".to_owned());
                }
                if self.open_queries.remove(&format!("callback_query {id}")) {
                    return Ok(true.into());
                }
                self.violations.push("a callback query was answered twice, or none was".to_owned());
                Err((
                    400,
                    "Bad Request: query is too old and response timeout expired or query ID is invalid".to_owned(),
                ))
            }
            _ => match (method.strip_prefix("getmy"), method.strip_prefix("setmy")) {
                (Some(what), None) => Ok(self.profile(what, body)),
                (None, Some(what)) => {
                    self.set_profile(what, body);
                    Ok(true.into())
                }
                _ => {
                    self.violations.push(format!("unknown method {method}"));
                    Err((404, "Not Found: method not found".to_owned()))
                }
            },
        }
    }

    fn send_message(&mut self, body: &Value) -> Answer {
        if let Err(refusal) = rules::check_message(body).and_then(|()| self.check_place(body)) {
            self.violations.push(refusal.clone());
            return Err((400, format!("Bad Request: {refusal}")));
        }
        self.next_message_id += 1;
        let chat = body["chat_id"].as_i64().unwrap_or_default();
        if body.get("ephemeral_message_parameters").is_some() {
            if chat > 0 {
                return Err((400, "Bad Request: BOT_NOT_ADMIN".to_owned()));
            }
            let id = self.next_message_id;
            return Ok(json!({"message_id": 0, "ephemeral_message_id": id, "date": 1, "chat": {"id": chat}}));
        }
        self.messages.insert((chat, self.next_message_id), Some(Content::of(body)));
        Ok(json!({"message_id": self.next_message_id, "date": 1, "chat": {"id": chat, "type": "private"}, "text": "…"}))
    }

    /// Handles editMessageText. Descriptions as in the Bot API server.
    fn edit_message(&mut self, body: &Value) -> Answer {
        let err = |description: &str| Err((400, format!("Bad Request: {description}")));
        if let Err(refusal) = rules::check_message(body) {
            self.violations.push(refusal.clone());
            return err(&refusal);
        }
        if body["link_preview_options"]["is_disabled"] != true {
            self.violations.push("an edit with a link preview".to_owned());
        }
        let key = (body["chat_id"].as_i64().unwrap_or_default(), body["message_id"].as_i64().unwrap_or_default());
        let content = match self.messages.get_mut(&key) {
            None => return err("message to edit not found"),
            Some(None) => return err("message can't be edited"),
            Some(Some(content)) => content,
        };
        if *content == Content::of(body) {
            return err(
                "message is not modified: specified new message content and reply markup are exactly the same as a \
                 current content and reply markup of the message",
            );
        }
        *content = Content::of(body);
        Ok(
            json!({"message_id": key.1, "date": 1, "edit_date": 2, "chat": {"id": key.0, "type": "private"}, "text": "…"}),
        )
    }

    /// Handles editMessageReplyMarkup.
    fn edit_keyboard(&mut self, body: &Value) -> Answer {
        let key = (body["chat_id"].as_i64().unwrap_or_default(), body["message_id"].as_i64().unwrap_or_default());
        let Some(Some(content)) = self.messages.get_mut(&key) else {
            return Err((400, "Bad Request: message to edit not found".to_owned()));
        };
        content.markup = body["reply_markup"].clone();
        Ok(
            json!({"message_id": key.1, "date": 1, "edit_date": 2, "chat": {"id": key.0, "type": "private"}, "text": "…"}),
        )
    }

    /// Handles answerInlineQuery.
    fn answer_inline(&mut self, body: &Value) -> Answer {
        if let Err(refusal) = rules::check_inline_answer(body) {
            self.violations.push(refusal.clone());
            return Err((400, format!("Bad Request: {refusal}")));
        }
        let id = body["inline_query_id"].as_str().unwrap_or_default();
        match self.open_queries.remove(&format!("inline_query {id}")) {
            true => Ok(true.into()),
            false => Err((
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid".to_owned(),
            )),
        }
    }

    /// Handles answerGuestQuery: one answer to a query.
    fn answer_guest(&mut self, body: &Value) -> Answer {
        let result = &body["result"];
        let as_inline = json!({"results": [result], "is_personal": true, "cache_time": 0});
        let id = body["guest_query_id"].as_str().unwrap_or_default();
        let checked = rules::check_inline_answer(&as_inline).and_then(|()| {
            match self.open_queries.remove(&format!("guest {id}")) {
                true => Ok(()),
                false => Err("GUEST_QUERY_INVALID".to_owned()),
            }
        });
        match checked {
            Ok(()) => Ok(json!({"inline_message_id": "AAE"})),
            Err(refusal) => {
                self.violations.push(refusal.clone());
                Err((400, format!("Bad Request: {refusal}")))
            }
        }
    }

    fn check_place(&self, body: &Value) -> Result<(), String> {
        let chat = body["chat_id"].as_i64().ok_or("chat not found")?;
        if let Some(topic) = body.get("message_thread_id")
            && !topic.as_i64().is_some_and(|topic| topic != 1 && self.topics.contains(&(chat, topic)))
        {
            return Err(format!("message thread not found: {topic}"));
        }
        if body.get("reply_parameters").is_none() {
            return Ok(()); // A message that is no reply.
        }
        if body["link_preview_options"]["is_disabled"] != true {
            return Err("a link preview".to_owned());
        }
        let reply = &body["reply_parameters"];
        let is_known = reply["message_id"].as_i64().is_some_and(|replied| self.messages.contains_key(&(chat, replied)));
        match is_known || reply["allow_sending_without_reply"] == true {
            true => Ok(()),
            false => Err("message to be replied not found".to_owned()),
        }
    }

    fn profile(&self, what: &str, body: &Value) -> Value {
        let empty = match what {
            "commands" => json!([]),
            "name" => json!({"name": ""}),
            "description" => json!({"description": ""}),
            _ => json!({"short_description": ""}),
        };
        self.profile.get(&profile_key(what, body)).cloned().unwrap_or(empty)
    }

    fn set_profile(&mut self, what: &str, body: &Value) {
        let value = match what {
            "commands" => body["commands"].clone(),
            "name" => json!({"name": body["name"]}),
            "description" => json!({"description": body["description"]}),
            _ => json!({"short_description": body["short_description"]}),
        };
        self.profile.insert(profile_key(what, body), value);
    }
}

fn profile_key(what: &str, body: &Value) -> String {
    format!("{what} {} {}", body["scope"]["type"], body["language_code"])
}

/// Returns the message of an update or of its tap.
pub(super) fn message_of(update: &Value) -> &Value {
    match update.get("callback_query") {
        Some(query) => &query["message"],
        None => update.get("edited_message").unwrap_or(&update["message"]),
    }
}
