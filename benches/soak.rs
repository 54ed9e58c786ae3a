//! The bot under load, faults and kills: `cargo bench --bench soak`, or `make soak`.
//!
//! Drives the real program, by words alone, against a loopback Bot API in this process, prints what operators may count on
//! beside what is aimed at, and fails where that is missed. A bare echo bot on plain teloxide runs against the same server for
//! comparison. `cargo bench --bench soak -- flood` runs one part: faults, throughput, flood, stop or memory.
//! `make container` runs one more: the image through a question, a stop, a kill and a start on the same volume.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
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

#[path = "../tests/it/telegram/rules.rs"]
mod rules;

const TOKEN: &str = "4242:AAE-loopback_token";
const N_CHATS: i64 = 200;

/// Each call of this number is told to wait in foul weather.
const THROTTLED: u64 = 61;

/// The image that `make image` builds.
const IMAGE: &str = "pressdesk";

/// What people ask: questions by words in both languages, from the labelled ones.
fn questions() -> Vec<String> {
    let file = std::fs::read_to_string("tests/questions/dev.jsonl").unwrap();
    let lines = file.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| Some(line["question"].as_str()?.to_owned())).collect()
}

/// What the server does wrong, in a fixed turn, so that runs are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Fair,
    Foul,
}

/// The topic in which everything is asked in some chats.
fn topic(chat: i64) -> Option<i64> {
    (chat % 7 == 0).then_some(5000 + chat)
}

#[derive(Clone)]
struct Server {
    state: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
    address: SocketAddr,
}

#[derive(Default)]
struct Inner {
    updates: VecDeque<(i64, Bytes)>,
    next_id: i64,
    n_polls: u64,
    n_calls: u64,
    is_foul: bool,
    /// Whether every message is put off, as for a bot that sends too much.
    is_throttling: bool,
    /// When each question was asked, and of which chat it is.
    asked: HashMap<i64, (i64, Instant)>,
    /// The questions of each chat in the order of their first answers.
    answered: HashMap<i64, Vec<i64>>,
    seen: HashSet<i64>,
    /// Each message by its question and words: what comes again is one too many.
    messages: HashSet<(i64, String)>,
    latencies: Vec<(i64, Duration)>,
    n_sent: usize,
    /// Messages of a bot that does not say what they answer.
    n_echoed: usize,
    n_twice: usize,
    n_faults: usize,
    /// What Telegram would have refused or changed.
    violations: Vec<String>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { state: Arc::default(), changed: Arc::default(), address };
        let router = Router::new().route("/{bot}/{method}", post(call)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    fn set_weather(&self, weather: Weather) {
        self.state.lock().unwrap().is_foul = weather == Weather::Foul;
    }

    /// Asks a question in a chat; in foul weather some updates come twice and some are of unknown kinds.
    fn ask(&self, chat: i64, text: &str) {
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
    async fn until(&self, limit: Duration, is_so: impl Fn(&Inner) -> bool) -> bool {
        let waiting = async {
            while !is_so(&self.state.lock().unwrap()) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(limit, waiting).await.is_ok()
    }

    fn reset(&self) {
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

async fn get_updates(server: &Server, body: &[u8]) -> Response {
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

/// A program under test, where its metrics are, and the container that it runs in.
struct Bot(Child, SocketAddr, Option<String>);

impl Bot {
    fn start(server: &Server, folder: &std::path::Path, environment: &[(&str, &str)]) -> Self {
        let health = free_address();
        let child = Command::new(env!("CARGO_BIN_EXE_pressdesk"))
            .arg("serve")
            .env("TELOXIDE_TOKEN", TOKEN)
            .env("TELOXIDE_API_URL", format!("http://{}", server.address))
            .env("PRESSDESK_JOURNAL_DATABASE", folder.join("journal.db"))
            .env("PRESSDESK_HEALTH_LISTEN", health.to_string())
            .env("PRESSDESK_LOG_FILTER", "off")
            // By words: what an embedding costs is another bench's matter.
            .env("PRESSDESK_MEANING_MODEL", "none")
            .env("PRESSDESK_LIMITS_PERSON_AT_ONCE", "0")
            .env("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "0")
            .env("PRESSDESK_LIMITS_OVERALL_A_SECOND", "0")
            .envs(environment.iter().copied())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child, health, None)
    }

    /// Starts the image as an operator would: nothing can be written but the volume.
    fn contained(server: &Server, volume: &str) -> Self {
        let (health, name) = (free_address(), format!("{volume}-bot"));
        let settings = [
            format!("TELOXIDE_TOKEN={TOKEN}"),
            format!("TELOXIDE_API_URL=http://{}", server.address),
            format!("PRESSDESK_HEALTH_LISTEN={health}"),
        ];
        let child = docker()
            .args(["run", "--rm", "--read-only", "--network", "host", "--name", &name])
            .args(["--volume", &format!("{volume}:/data")])
            .args(settings.iter().flat_map(|setting| ["--env", setting]))
            .arg(IMAGE)
            .spawn()
            .unwrap();
        Self(child, health, Some(name))
    }

    /// Starts the echo bot that this program is, too.
    fn echo(server: &Server) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .arg("echo")
            .env("TELOXIDE_TOKEN", TOKEN)
            .env("TELOXIDE_API_URL", format!("http://{}", server.address))
            .spawn()
            .unwrap();
        Self(child, server.address, None)
    }

    /// Reads a metric; 0 when there is none yet.
    async fn metric(&self, name: &str) -> f64 {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let Ok(mut stream) = tokio::net::TcpStream::connect(self.1).await else { return 0.0 };
        let mut text = String::new();
        let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        let _ = stream.read_to_string(&mut text).await;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.unwrap_or_default()
    }

    fn kill(&mut self) {
        match self.2.take() {
            Some(container) => drop(docker().args(["kill", &container]).stdout(Stdio::null()).status()),
            None => drop(self.0.kill()),
        }
        let _ = self.0.wait();
    }

    fn terminate(mut self) -> (Duration, Option<i32>) {
        let start = Instant::now();
        let _ = match self.2.take() {
            Some(container) => docker().args(["stop", "--time", "15", &container]).stdout(Stdio::null()).status(),
            None => Command::new("kill").arg(self.0.id().to_string()).status(),
        };
        let status = self.0.wait().unwrap();
        (start.elapsed(), status.code())
    }

    /// How long it has kept processors busy, in all of its threads.
    fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        // Fields 14 and 15 of proc(5), in ticks of ten milliseconds.
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(10 * ticks)
    }

    /// Resident memory in MiB.
    fn memory(&self) -> f64 {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.0.id())).unwrap_or_default();
        let pages: f64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
        pages * 4096.0 / 1024.0 / 1024.0
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What runs containers: the words of the variable DOCKER, as for `make`.
fn docker() -> Command {
    let words = std::env::var("DOCKER").unwrap_or_else(|_| "docker".to_owned());
    let mut words = words.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("docker"));
    command.args(words);
    command
}

async fn echo() {
    use teloxide::prelude::*;
    let bot = teloxide::Bot::new(std::env::var("TELOXIDE_TOKEN").unwrap())
        .set_api_url(std::env::var("TELOXIDE_API_URL").unwrap().parse().unwrap());
    let answer = |bot: teloxide::Bot, message: Message| async move {
        if let Some(text) = message.text() {
            bot.send_message(message.chat.id, text).await?;
        }
        Ok::<_, teloxide::RequestError>(())
    };
    Dispatcher::builder(bot, Update::filter_message().endpoint(answer)).build().dispatch().await;
}

/// Returns the value below which so large a share lies.
fn percentile(mut times: Vec<Duration>, share: f64) -> Duration {
    times.sort_unstable();
    let at = ((times.len() as f64 - 1.0) * share).round().max(0.0) as usize;
    times.get(at).copied().unwrap_or_default()
}

/// What was measured, beside what is aimed at.
#[derive(Default)]
struct Figures {
    n_missed: usize,
}

impl Figures {
    fn print(&mut self, figure: &str, aim: &str, is_reached: bool) {
        let verdict = if is_reached { "reached" } else { "MISSED" };
        self.n_missed += usize::from(!is_reached);
        println!("  {figure}; aim: {aim}: {verdict}");
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

async fn faults(figures: &mut Figures, server: &Server, n_questions: usize, n_kills: usize) {
    server.reset();
    server.set_weather(Weather::Foul);
    let folder = tempfile::tempdir().unwrap();
    let questions = questions();
    let start = Instant::now();
    let mut bot = Bot::start(server, folder.path(), &[]);
    for n in 0..n_questions {
        server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
    }
    let mut n_uncertain = 0.0;
    for kill in 1..=n_kills {
        let share = n_questions * kill / (n_kills + 1);
        server.until(Duration::from_secs(300), |inner| inner.seen.len() >= share).await;
        n_uncertain += bot.metric("pressdesk_uncertain_sends_total").await;
        bot.kill();
        bot = Bot::start(server, folder.path(), &[]);
        // Another program takes updates once, and so a poll of the bot's may be refused.
        server.until(Duration::from_secs(300), |inner| inner.seen.len() > share).await;
        get_updates(server, b"{}").await;
    }
    server.until(Duration::from_secs(600), |inner| inner.seen.len() >= n_questions).await;
    // What would come twice has the time to.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let elapsed = start.elapsed();
    n_uncertain += bot.metric("pressdesk_uncertain_sends_total").await;
    let inner = server.state.lock().unwrap();
    let n_disorder: usize =
        inner.answered.values().map(|ids| ids.windows(2).filter(|pair| pair[0] > pair[1]).count()).sum();
    println!(
        "faults: {n_questions} questions over {N_CHATS} chats, {n_kills} kills, {} faults, {:.0} s",
        inner.n_faults,
        elapsed.as_secs_f64()
    );
    let n_answered = inner.seen.len();
    let share = 100.0 * n_answered as f64 / n_questions as f64;
    let n_lost = n_questions - n_answered;
    figures.print(&format!("answered {share:.2}%, lost {n_lost}"), "100%, 0", n_lost == 0);
    figures.print(&format!("out of order within a chat {n_disorder}"), "0", n_disorder == 0);
    let n_violations = inner.violations.len();
    figures.print(&format!("messages against Telegram's rules {n_violations}"), "0", n_violations == 0);
    inner.violations.iter().take(3).for_each(|violation| println!("    {violation}"));
    figures.print(
        &format!("sent twice {}, and the bot counted {n_uncertain:.0} sends that might be", inner.n_twice),
        "only what was on its way, counted",
        inner.n_twice as f64 <= n_uncertain,
    );
}

/// Lets a bot answer so many questions that wait for it; returns how many a second, and what one took of a processor.
async fn throughput(server: &Server, n_questions: usize, start_bot: impl FnOnce() -> Bot) -> (f64, Duration) {
    server.reset();
    server.set_weather(Weather::Fair);
    let questions = questions();
    let bot = start_bot();
    let n_answered = |inner: &Inner| inner.seen.len() + inner.n_echoed;
    // Warm: until it answers at all, and then some.
    let n_warm = 200;
    for n in 0..n_warm {
        server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
    }
    server.until(Duration::from_secs(60), |inner| n_answered(inner) >= n_warm).await;
    let (start, busy) = (Instant::now(), bot.processor_time());
    for n in 0..n_questions {
        server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
    }
    server.until(Duration::from_secs(600), |inner| n_answered(inner) >= n_warm + n_questions).await;
    let busy = bot.processor_time() - busy;
    (n_questions as f64 / start.elapsed().as_secs_f64(), busy / n_questions as u32)
}

/// Asks at a steady pace for some time; returns how long the answers of each chat took.
async fn paced(server: &Server, a_second: f64, seconds: f64, chats: i64) -> Vec<(i64, Duration)> {
    server.reset();
    let questions = questions();
    let n_questions = (a_second * seconds) as usize;
    let start = Instant::now();
    for n in 0..n_questions {
        let due = start + Duration::from_secs_f64(n as f64 / a_second);
        tokio::time::sleep_until(due.into()).await;
        server.ask(1 + n as i64 % chats, &questions[n % questions.len()]);
    }
    server.until(Duration::from_secs(60), |inner| inner.seen.len() >= n_questions).await;
    std::mem::take(&mut server.state.lock().unwrap().latencies)
}

async fn bystanders(figures: &mut Figures, server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let limits = [("PRESSDESK_LIMITS_PERSON_AT_ONCE", "10"), ("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "3")];
    let _bot = Bot::start(server, folder.path(), &limits);
    let p95 = |latencies: Vec<(i64, Duration)>| {
        percentile(latencies.into_iter().filter(|(chat, _)| *chat <= 49).map(|(_, time)| time).collect(), 0.95)
    };
    paced(server, 20.0, 3.0, 49).await;
    let calm = p95(paced(server, 25.0, 12.0, 49).await);
    let flood = async {
        for _ in 0..30 {
            for _ in 0..40 {
                server.ask(50, "who paid for the workshop?");
            }
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    };
    let others = async {
        // Reset would forget the flood, so the pace is kept here.
        let questions = questions();
        let start = Instant::now();
        for n in 0..300_usize {
            tokio::time::sleep_until((start + Duration::from_secs_f64(n as f64 / 25.0)).into()).await;
            server.ask(1 + n as i64 % 49, &questions[n % questions.len()]);
        }
    };
    server.reset();
    tokio::join!(flood, others);
    server
        .until(Duration::from_secs(20), |inner| inner.latencies.iter().filter(|(chat, _)| *chat <= 49).count() >= 300)
        .await;
    let flooded = p95(std::mem::take(&mut server.state.lock().unwrap().latencies));
    let times = flooded.as_secs_f64() / calm.as_secs_f64();
    println!("flood: one of 50 chats sends 1200 messages in 12 s");
    let figure = format!(
        "p95 of the bystanders {:.1} ms, {:.1} ms without the flood: {times:.2} times",
        millis(flooded),
        millis(calm)
    );
    figures.print(&figure, "at most 1.5", times <= 1.5);
}

async fn stop_at_full_load(figures: &mut Figures, server: &Server) {
    server.reset();
    let folder = tempfile::tempdir().unwrap();
    let bot = Bot::start(server, folder.path(), &[]);
    let questions = questions();
    for n in 0..40_000 {
        server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
    }
    server.until(Duration::from_secs(60), |inner| inner.seen.len() >= 500).await;
    let (elapsed, code) = bot.terminate();
    println!("stop: SIGTERM with 40000 questions on their way");
    let figure = format!("exit after {:.2} s with code {}", elapsed.as_secs_f64(), code.unwrap_or(-1));
    figures.print(&figure, "at most 8 s, 0", elapsed <= Duration::from_secs(8) && code == Some(0));
}

async fn memory(figures: &mut Figures, server: &Server, n_questions: usize) {
    server.reset();
    let folder = tempfile::tempdir().unwrap();
    let bot = Bot::start(server, folder.path(), &[]);
    let questions = questions();
    let mut marks = Vec::new();
    for part in 1..=5 {
        for n in 0..n_questions / 5 {
            server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
        }
        server.until(Duration::from_secs(600), |inner| inner.seen.len() >= part * (n_questions / 5)).await;
        marks.push(bot.memory());
    }
    let (least, most) =
        marks.iter().fold((f64::MAX, 0.0_f64), |(least, most), mark| (least.min(*mark), most.max(*mark)));
    let marks: Vec<String> = marks.iter().map(|mark| format!("{mark:.0}")).collect();
    println!("memory: {n_questions} questions");
    let figure =
        format!("{} MiB after each fifth: {:.1}% between them", marks.join(", "), (most / least - 1.0) * 100.0);
    figures.print(&figure, "at most 10%", most / least <= 1.1);
}

/// Takes the image through a question, a stop, a kill with a question on its way, and a start on the same volume.
async fn container(figures: &mut Figures, server: &Server) {
    server.reset();
    let volume = format!("pressdesk-soak-{}", std::process::id());
    println!("container: the image {IMAGE} with its journal on a volume");
    let is_answered = |n: usize| move |inner: &Inner| inner.seen.len() >= n;
    let start = Instant::now();
    let bot = Bot::contained(server, &volume);
    server.ask(1, "who paid for the workshop?");
    let is_first = server.until(Duration::from_secs(60), is_answered(1)).await;
    let elapsed = start.elapsed().as_secs_f64();
    figures.print(&format!("a question at its start is answered after {elapsed:.1} s"), "answered", is_first);
    let (elapsed, code) = bot.terminate();
    let figure = format!("a stop takes {:.2} s, with code {}", elapsed.as_secs_f64(), code.unwrap_or(-1));
    figures.print(&figure, "at most 8 s, 0", elapsed <= Duration::from_secs(8) && code == Some(0));

    server.state.lock().unwrap().is_throttling = true;
    let n_calls = server.state.lock().unwrap().n_calls;
    let mut bot = Bot::contained(server, &volume);
    server.ask(2, "who paid for the workshop?");
    let is_taken = server.until(Duration::from_secs(60), |inner| inner.n_calls > n_calls).await;
    bot.kill();
    server.state.lock().unwrap().is_throttling = false;
    let bot = Bot::contained(server, &volume);
    let is_second = server.until(Duration::from_secs(60), is_answered(2)).await;
    figures.print("killed with a question on its way, answered by the next", "answered", is_taken && is_second);
    bot.terminate();
    let _ = docker().args(["volume", "rm", &volume]).stdout(Stdio::null()).status();
}

/// Compares a few rounds by turns, so that what else the machine does weighs on both; returns ours and the echo's medians.
async fn compare(server: &Server, n_rounds: usize, n_questions: usize) -> [(f64, Duration); 2] {
    let (mut ours, mut echo) = (Vec::new(), Vec::new());
    for _ in 0..n_rounds {
        echo.push(throughput(server, n_questions, || Bot::echo(server)).await);
        let folder = tempfile::tempdir().unwrap();
        ours.push(throughput(server, n_questions, || Bot::start(server, folder.path(), &[])).await);
    }
    [ours, echo].map(|mut rounds| {
        rounds.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        rounds[rounds.len() / 2]
    })
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    if has("echo") {
        return echo().await;
    }
    if has("--test") {
        return;
    }
    let wants = |part: &str| arguments.iter().skip(1).all(|argument| argument.starts_with("--")) || has(part);
    let server = Server::start().await;
    let mut figures = Figures::default();
    if wants("faults") {
        faults(&mut figures, &server, 10_000, 10).await;
    }
    if wants("throughput") {
        let [(ours, our_time), (echo, echo_time)] = compare(&server, 3, 10_000).await;
        println!("throughput: 10000 questions over {N_CHATS} chats, the median of three rounds by turns");
        let figure =
            format!("{ours:.0} questions a second, a bare echo bot {echo:.0}: {:.2} times as many", ours / echo);
        figures.print(&figure, "at least .8", ours / echo >= 0.8);
        println!("  of a processor a question took {our_time:.0?}, of the echo bot's {echo_time:.0?}");
        let folder = tempfile::tempdir().unwrap();
        let _bot = Bot::start(&server, folder.path(), &[]);
        paced(&server, 100.0, 2.0, N_CHATS).await;
        let times: Vec<Duration> =
            paced(&server, ours / 2.0, 10.0, N_CHATS).await.into_iter().map(|(_, time)| time).collect();
        let (p50, p99) = (percentile(times.clone(), 0.5), percentile(times, 0.99));
        let figure = format!("at half that rate p50 {:.1} ms, p99 {:.1} ms", millis(p50), millis(p99));
        figures.print(&figure, "p99 below 50 ms", p99 < Duration::from_millis(50));
    }
    if wants("flood") {
        bystanders(&mut figures, &server).await;
    }
    if wants("stop") {
        stop_at_full_load(&mut figures, &server).await;
    }
    if wants("memory") {
        memory(&mut figures, &server, 100_000).await;
    }
    // Not without being asked to, because it needs the image.
    if has("container") {
        container(&mut figures, &server).await;
    }
    if figures.n_missed > 0 {
        println!("{} missed", figures.n_missed);
        std::process::exit(1);
    }
}
