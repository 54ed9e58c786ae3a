//! Cost of the process on Linux, by keywords only and with embeddings: startup, memory, and a whole `pressdesk ask`, each beside
//! its target.
//!
//! The bot runs against a loopback Bot API and is ready at its first getUpdates. Memory is the resident set size in
//! `/proc/<pid>/status`.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

/// Program, built with the release profile.
const PRESSDESK: &str = env!("CARGO_BIN_EXE_pressdesk");
const QUESTIONS: &str = "tests/questions/kept.jsonl";
/// Number of questions before memory is measured again; getUpdates returns at most 100.
const N_QUESTIONS: usize = 100;
const N_RUNS: usize = 11;

/// Measurements of a run of the bot.
enum Event {
    AskedForUpdates,
    SentMessage,
}

/// Side of the search, as environment variables.
type Side = &'static [(&'static str, &'static str)];

/// Keywords only, as without a model.
const BY_WORDS: Side = &[("PRESSDESK_MEANING_MODEL", "none")];
/// Keywords and embeddings, with the model and stored embeddings.
const WITH_MEANING: Side = &[];

/// Figures of all runs on one side.
#[derive(Default)]
struct Figures {
    asks: Vec<Duration>,
    starts: Vec<Duration>,
    /// Maximum over all runs, in megabytes.
    at_ready: f64,
    after_questions: f64,
}

#[expect(clippy::print_stdout, reason = "the figures are the output")]
fn main() -> anyhow::Result<()> {
    let mut words = Figures::default();
    let mut meaning = Figures::default();
    // Alternating, so that other load affects both.
    for _ in 0..N_RUNS {
        words.run(BY_WORDS)?;
        meaning.run(WITH_MEANING)?;
    }
    println!("of {N_RUNS} runs                     median   worst   target");
    let start = median(&mut words.starts);
    println!("by words: start to ready     {}   < 150 ms", milliseconds(&mut words.starts));
    println!("  a whole `pressdesk ask`    {}   < 200 ms", milliseconds(&mut words.asks));
    println!("  memory, ready             {:12.1} MB   < 40 MB", words.at_ready);
    println!("  memory, {N_QUESTIONS} questions on  {:12.1} MB   < 40 MB", words.after_questions);
    let most = start.as_secs_f64() * 1000.0 + 300.0;
    println!("with meaning: start to ready {}   < {most:.0} ms", milliseconds(&mut meaning.starts));
    println!("  a whole `pressdesk ask`    {}", milliseconds(&mut meaning.asks));
    println!("  memory, ready             {:12.1} MB   < 200 MB", meaning.at_ready);
    println!("  memory, {N_QUESTIONS} questions on  {:12.1} MB   < 200 MB", meaning.after_questions);
    Ok(())
}

impl Figures {
    fn run(&mut self, side: Side) -> anyhow::Result<()> {
        self.asks.push(time_ask(side)?);
        let (start, ready, later) = run_bot(side)?;
        self.starts.push(start);
        self.at_ready = self.at_ready.max(ready);
        self.after_questions = self.after_questions.max(later);
        Ok(())
    }
}

fn time_ask(side: Side) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let mut ask = Command::new(PRESSDESK);
    ask.args(["ask", "Who paid for the workshop?"])
        .envs(side.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = ask.status()?;
    anyhow::ensure!(status.success(), "pressdesk ask failed: {status}");
    Ok(start.elapsed())
}

/// Starts the bot, asks it questions, and returns the time to ready and its memory then and afterwards.
fn run_bot(side: Side) -> anyhow::Result<(Duration, f64, f64)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let api_url = format!("http://{}", listener.local_addr()?);
    let events = serve_bot_api(listener, questions()?);
    let journal = tempfile::tempdir()?;
    let start = Instant::now();
    let mut bot = Command::new(PRESSDESK)
        .arg("serve")
        .envs(side.iter().copied())
        .env("TELOXIDE_TOKEN", "4242:loopback")
        .env("TELOXIDE_TOKEN_FILE", "")
        .env("TELOXIDE_API_URL", api_url)
        .env("PRESSDESK_JOURNAL_DATABASE", journal.path().join("journal.db"))
        .env("PRESSDESK_HEALTH_LISTEN", "")
        .stderr(Stdio::null())
        .spawn()?;
    let figures = watch(&bot, &events, start);
    bot.kill()?;
    bot.wait()?;
    figures
}

fn watch(bot: &Child, events: &Receiver<Event>, start: Instant) -> anyhow::Result<(Duration, f64, f64)> {
    let next = || events.recv_timeout(Duration::from_secs(30)).context("the bot did not get on");
    next()?;
    let to_ready = start.elapsed();
    let at_ready = resident_megabytes(bot)?;
    let mut n_sent = 0;
    while n_sent < N_QUESTIONS {
        n_sent += usize::from(matches!(next()?, Event::SentMessage));
    }
    Ok((to_ready, at_ready, resident_megabytes(bot)?))
}

fn resident_megabytes(process: &Child) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the kernel tells no VmRSS")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}

/// Reads the labelled questions as updates, each from its own chat.
fn questions() -> anyhow::Result<Value> {
    let lines = fs::read_to_string(QUESTIONS).with_context(|| format!("could not read {QUESTIONS}"))?;
    let mut updates = Vec::new();
    for (id, line) in (1..=N_QUESTIONS).zip(lines.lines()) {
        let question: Value = serde_json::from_str(line)?;
        let sender = json!({"id": id, "is_bot": false, "first_name": "Ana"});
        let chat = json!({"id": id, "type": "private", "first_name": "Ana"});
        let message = json!({"message_id": id, "date": 0, "chat": chat, "from": sender, "text": question["question"]});
        updates.push(json!({"update_id": id, "message": message}));
    }
    anyhow::ensure!(updates.len() == N_QUESTIONS, "{QUESTIONS} holds fewer than {N_QUESTIONS} questions");
    Ok(updates.into())
}

/// Serves a minimal Bot API until the bot ends.
fn serve_bot_api(listener: TcpListener, questions: Value) -> Receiver<Event> {
    let (sender, events) = mpsc::channel();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (sender, questions) = (sender.clone(), questions.clone());
            thread::spawn(move || serve_connection(connection, &sender, &questions));
        }
    });
    events
}

/// Answers the calls of one connection; ends with an error when the other side closes it.
fn serve_connection(connection: TcpStream, events: &Sender<Event>, questions: &Value) -> anyhow::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    loop {
        let (method, body) = read_call(&mut reader)?;
        let result = match method.as_str() {
            "getme" => json!({
                "id": 4242, "is_bot": true, "first_name": "Press desk", "username": "pressdesk_bot", "can_join_groups": true,
                "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false,
            }),
            "getupdates" if body["offset"].as_i64().unwrap_or_default() <= 1 => {
                events.send(Event::AskedForUpdates)?;
                questions.clone()
            }
            // No more updates: the connection stays open, as a long poll.
            "getupdates" => continue,
            "sendmessage" => {
                events.send(Event::SentMessage)?;
                let chat = json!({"id": body["chat_id"], "type": "private", "first_name": "Ana"});
                json!({"message_id": 1, "date": 0, "chat": chat, "text": body["text"]})
            }
            "getmyname" => json!({"name": ""}),
            "getmydescription" => json!({"description": ""}),
            "getmyshortdescription" => json!({"short_description": ""}),
            "getmycommands" => json!([]),
            _ => json!(true),
        };
        write_answer(&connection, &json!({"ok": true, "result": result}))?;
    }
}

/// Reads a request and returns the method, in lower case, and the JSON of its body.
fn read_call(reader: &mut impl BufRead) -> anyhow::Result<(String, Value)> {
    let mut request = String::new();
    anyhow::ensure!(reader.read_line(&mut request)? > 0, "the connection was closed");
    let path = request.split(' ').nth(1).context("this is no request")?;
    let method = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        match header.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((method, serde_json::from_slice(&body).unwrap_or_default()))
}

fn write_answer(mut connection: &TcpStream, answer: &Value) -> io::Result<()> {
    let body = answer.to_string();
    write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(times: &mut [Duration]) -> String {
    let median = median(times);
    let worst = times.last().copied().unwrap_or_default();
    format!("{:6.0} ms {:4.0} ms", median.as_secs_f64() * 1000.0, worst.as_secs_f64() * 1000.0)
}
