//! The real program: kills, signals, and full disks.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pressdesk::config::Config;

use super::bot_api::{BotApi, Fault, TOKEN};
use super::health::{free_address, until_page_says};
use super::{Bot, settings, text_from};

/// Running program; killed at the end of its test.
struct Process {
    child: Option<Child>,
    /// Reader of the log, without which the program would block.
    said: Option<JoinHandle<String>>,
}

impl Process {
    fn start(api: &BotApi, environment: &[(&str, &str)]) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_pressdesk")).arg("serve"), api, environment)
    }

    fn run(command: &mut Command, api: &BotApi, environment: &[(&str, &str)]) -> Self {
        let journal = api.folder().join("journal.db");
        let mut child = command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("TELOXIDE_TOKEN", TOKEN)
            .env("TELOXIDE_API_URL", api.url().as_str())
            .env("PRESSDESK_JOURNAL_DATABASE", journal)
            .env("PRESSDESK_HEALTH_LISTEN", "")
            // By keywords only: these tests do not depend on embeddings, and a model takes seconds to load in a test build.
            .env("PRESSDESK_MEANING_MODEL", "none")
            .env("PRESSDESK_TELEGRAM_POLL_TIMEOUT", "2")
            .env("PRESSDESK_LIMITS_PERSON_AT_ONCE", "0")
            .env("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "0")
            .env("PRESSDESK_LIMITS_GROUP_A_MINUTE", "0")
            .env("PRESSDESK_LIMITS_OVERALL_A_SECOND", "0")
            .envs(environment.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = child.stderr.take().unwrap();
        let said = std::thread::spawn(move || {
            let mut said = String::new();
            log.read_to_string(&mut said).unwrap();
            said
        });
        Self { child: Some(child), said: Some(said) }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Kills the program with SIGKILL, as a power cut would.
    fn kill(mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Waits until the program ends; returns its exit status and log.
    async fn end(mut self) -> (ExitStatus, String) {
        let mut child = self.child.take().unwrap();
        let said = self.said.take().unwrap();
        let ending = tokio::task::spawn_blocking(move || (child.wait().unwrap(), said.join().unwrap()));
        tokio::time::timeout(Duration::from_secs(60), ending).await.expect("the program ends").unwrap()
    }

    async fn stop(self) -> (ExitStatus, String) {
        self.signal("-TERM");
        self.end().await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Returns the number of answers to each question.
fn answers(api: &BotApi) -> BTreeMap<i64, usize> {
    let mut answers = BTreeMap::new();
    for sent in api.sent() {
        *answers.entry(sent["reply_parameters"]["message_id"].as_i64().unwrap()).or_default() += 1;
    }
    answers
}

/// Delivers three questions of two people.
fn ask(api: &BotApi) -> Vec<i64> {
    [(1, "/help"), (1, "/privacy"), (2, "/help")].map(|(person, text)| api.deliver(text_from(person, text))).to_vec()
}

/// Kills the program at a point of the path of its questions, starts it again, and counts the answers.
async fn check_kill(faults: &[(&str, Fault)], point: (&str, usize), n_twice: usize) {
    let api = BotApi::start().await;
    for (method, fault) in faults {
        api.fail_next(method, fault.clone());
    }
    let questions = ask(&api);
    let process = Process::start(&api, &[]);
    api.until_attempted(point.0, point.1).await;
    if faults.iter().any(|(_, fault)| matches!(fault, Fault::HeldAfter)) {
        api.until_sent(1).await;
    }
    process.kill();
    api.release();
    let process = Process::start(&api, &[]);
    api.until("every answer", || questions.iter().all(|question| answers(&api).contains_key(question))).await;
    let (status, said) = process.stop().await;
    assert_eq!(status.code(), Some(0), "{said}");
    let counts: Vec<usize> = questions.iter().map(|question| answers(&api)[question]).collect();
    let n_extra = counts.iter().sum::<usize>() - questions.len();
    assert!(n_extra <= n_twice, "killed at {point:?}: {counts:?}");
    api.assert_obeyed();
}

#[tokio::test]
async fn kill_before_the_first_poll_loses_nothing() {
    check_kill(&[("getMe", Fault::Held)], ("getMe", 1), 0).await;
}

#[tokio::test]
async fn kill_while_updates_arrive_loses_nothing() {
    check_kill(&[("getUpdates", Fault::Held)], ("getUpdates", 1), 0).await;
}

#[tokio::test]
async fn kill_before_confirmation_loses_and_duplicates_nothing() {
    check_kill(&[("getUpdates", Fault::Truncated)], ("getUpdates", 1), 0).await;
}

#[tokio::test]
async fn kill_after_confirmation_loses_nothing() {
    check_kill(&[("sendMessage", Fault::Held), ("sendMessage", Fault::Held)], ("getUpdates", 2), 2).await;
}

#[tokio::test]
async fn kill_while_an_answer_is_in_flight_loses_nothing() {
    // Calls in flight at the kill may succeed.
    check_kill(&[("sendMessage", Fault::Held)], ("sendMessage", 1), 2).await;
}

#[tokio::test]
async fn kill_before_the_send_response_loses_nothing() {
    // One in each of the two chats may be in flight.
    check_kill(&[("sendMessage", Fault::HeldAfter)], ("sendMessage", 1), 2).await;
}

#[tokio::test]
async fn kill_between_two_answers_loses_nothing() {
    check_kill(&[], ("sendMessage", 2), 2).await;
}

#[tokio::test]
async fn kill_while_a_throttled_answer_waits_loses_nothing() {
    check_kill(&[("sendMessage", Fault::RetryAfter(3))], ("sendMessage", 1), 2).await;
}

#[tokio::test]
async fn kill_before_a_retry_loses_nothing() {
    let fault = || ("sendMessage", Fault::ServerError);
    check_kill(&[fault(), fault(), fault()], ("sendMessage", 2), 2).await;
}

#[tokio::test]
async fn kill_during_shutdown_loses_nothing() {
    let api = BotApi::start().await;
    api.fail_next("sendMessage", Fault::Held);
    let questions = ask(&api);
    let process = Process::start(&api, &[]);
    api.until_attempted("sendMessage", 1).await;
    api.until_all_taken().await;
    process.signal("-TERM");
    process.kill();
    let process = Process::start(&api, &[]);
    api.until("every answer", || questions.iter().all(|question| answers(&api).contains_key(question))).await;
    assert_eq!(process.stop().await.0.code(), Some(0));
    let n_extra = answers(&api).values().sum::<usize>() - questions.len();
    assert!(n_extra <= 2, "{:?}", answers(&api));
}

#[tokio::test]
async fn shutdown_drains_answers_and_journals_the_rest() {
    let api = BotApi::start().await;
    api.fail_next("sendMessage", Fault::Held);
    let questions = ask(&api);
    let process = Process::start(&api, &[("PRESSDESK_TELEGRAM_DRAIN", "1")]);
    api.until_sent(1).await;
    api.until_all_taken().await;
    let asked_to = Instant::now();
    let (status, said) = process.stop().await;
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(asked_to.elapsed() < Duration::from_secs(8), "{:?}", asked_to.elapsed());
    assert!(api.sent().len() < questions.len());
    let process = Process::start(&api, &[]);
    api.until_sent(questions.len()).await;
    process.stop().await;
    assert!(answers(&api).values().all(|n| *n == 1), "{:?}", answers(&api));
}

#[tokio::test]
async fn second_signal_ends_the_process_at_once() {
    let api = BotApi::start().await;
    api.fail_next("sendMessage", Fault::Held);
    ask(&api);
    let process = Process::start(&api, &[("PRESSDESK_TELEGRAM_DRAIN", "60"), ("PRESSDESK_LOG_FORMAT", "json")]);
    api.until_attempted("sendMessage", 1).await;
    process.signal("-INT");
    // Pending signals of one kind are merged; those of another kind are not.
    api.until_attempted("getUpdates", 2).await;
    process.signal("-TERM");
    assert_eq!(process.end().await.0.code(), Some(130));
}

#[tokio::test]
async fn bot_stops_cleanly_while_the_database_is_silent() {
    let api = BotApi::start().await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let journal = format!("postgres://nobody@{}/none", silent.local_addr().unwrap());
    let process = Process::start(&api, &[("PRESSDESK_JOURNAL_DATABASE", &journal)]);
    let connected = tokio::task::spawn_blocking(move || silent.accept().unwrap());
    let _connection = connected.await.unwrap();
    let (status, said) = process.stop().await;
    assert_eq!(status.code(), Some(0), "{said}");
}

#[tokio::test]
async fn bot_stops_cleanly_during_setup() {
    let api = BotApi::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (corpus, embeddings) = (folder.path().join("corpus"), folder.path().join("embeddings.bin"));
    std::fs::create_dir(&corpus).unwrap();
    for number in 0..2_000 {
        let text =
            format!("+++\ntitle = \"Office {number}\"\nlang = \"en\"\n+++\nOffice {number} was opened in the city.\n");
        std::fs::write(corpus.join(format!("r{number}.en.md")), text).unwrap();
    }
    let model = Config::load(None, []).unwrap().model;
    let environment = [
        ("PRESSDESK_PATHS_CORPUS", corpus.to_str().unwrap()),
        ("PRESSDESK_MEANING_MODEL", model.folder.to_str().unwrap()),
        ("PRESSDESK_MEANING_EMBEDDINGS", embeddings.to_str().unwrap()),
    ];
    let process = Process::start(&api, &environment);
    // Setup is in progress when the first embeddings are stored; computing all takes many times as long as a stop.
    let storing = async {
        while !embeddings.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), storing).await.expect("embeddings are stored");
    let (status, said) = process.stop().await;
    assert_eq!((status.code(), api.n_attempts("getMe")), (Some(0), 0), "{said}");
}

#[tokio::test]
async fn journal_of_another_bot_exits_with_78() {
    let api = BotApi::start().await;
    let bot = Bot::start_with(api.clone(), settings(&api));
    bot.api.until_attempted("getUpdates", 1).await;
    bot.finish().await;
    let (status, said) = Process::start(&api, &[("TELOXIDE_TOKEN", "1:unknown")]).end().await;
    assert_eq!(status.code(), Some(78), "{said}");
    assert!(said.contains("it is that of the bot 4242"), "{said}");
}

#[tokio::test]
async fn named_pipe_as_journal_exits_with_78() {
    let api = BotApi::start().await;
    let pipe = api.folder().join("journal.db");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (status, said) = Process::start(&api, &[]).end().await;
    assert_eq!(status.code(), Some(78), "{said}");
    assert!(said.contains("it is no regular file"), "{said}");
}

#[tokio::test]
async fn wrong_token_exits_with_78() {
    let api = BotApi::start().await;
    let (status, said) = Process::start(&api, &[("TELOXIDE_TOKEN", "1:unknown")]).end().await;
    assert_eq!(status.code(), Some(78), "{said}");
    assert!(said.contains("Telegram does not know the bot token") && !said.contains("1:unknown"), "{said}");
}

#[tokio::test]
async fn trace_log_does_not_show_the_token() {
    let api = BotApi::start().await;
    api.fail_next("getMe", Fault::Reset);
    api.fail_next("sendMessage", Fault::Truncated);
    let process = Process::start(&api, &[("PRESSDESK_LOG_FILTER", "trace")]);
    let questions = ask(&api);
    api.until_sent(questions.len()).await;
    let (status, said) = process.stop().await;
    assert_eq!(status.code(), Some(0), "{said}");
    let secret = TOKEN.split_once(':').unwrap().1;
    let line = said.lines().find(|line| line.contains(secret));
    assert!(said.contains("TRACE") && line.is_none(), "{line:?}");
}

#[tokio::test]
async fn health_mode_reports_readiness_with_its_reason() {
    let api = BotApi::start().await;
    let address = free_address();
    let listen = address.to_string();
    api.fail_next("getMe", Fault::Held);
    let process = Process::start(&api, &[("PRESSDESK_HEALTH_LISTEN", &listen)]);
    until_page_says(address, "/readyz", "Telegram has not been reached yet").await;
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pressdesk"));
        command.arg("health").current_dir(env!("CARGO_MANIFEST_DIR")).env("PRESSDESK_HEALTH_LISTEN", &listen);
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let output = check().await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("not ready: Telegram has not been reached yet"), "{said}");
    api.release();
    until_page_says(address, "/readyz", "ready\n").await;
    let output = check().await.unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(0), b"ready\n".to_vec()));
    assert_eq!(process.stop().await.0.code(), Some(0));
}

#[tokio::test]
async fn full_disk_is_reported_and_costs_no_answer() {
    let api = BotApi::start().await;
    let address = free_address();
    let listen = address.to_string();
    // Writes beyond this size fail as on a full disk. The shell ignores the signal that would end the program instead.
    let script = "trap '' XFSZ; ulimit -f 300; exec \"$0\" serve";
    let mut shell = Command::new("bash");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_pressdesk")]);
    let process = Process::run(&mut shell, &api, &[("PRESSDESK_HEALTH_LISTEN", &listen)]);
    until_page_says(address, "/readyz", "ready\n").await;
    fill(&api, address).await;
    let n_before = answers(&api).len();
    api.deliver(text_from(7, "/help"));
    api.until("an answer without the journal", || answers(&api).len() > n_before).await;
    let (status, said) = process.stop().await;
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("the journal can't be written"), "{said}");
}

#[tokio::test]
async fn start_waits_for_a_full_disk() {
    let api = BotApi::start().await;
    let address = free_address();
    let listen = address.to_string();
    let mut shell = Command::new("bash");
    shell.args(["-c", "trap '' XFSZ; ulimit -S -f 0; exec \"$0\" serve", env!("CARGO_BIN_EXE_pressdesk")]);
    let process = Process::run(&mut shell, &api, &[("PRESSDESK_HEALTH_LISTEN", &listen)]);
    ask(&api);
    let (status, said) = until_page_says(address, "/readyz", "there is no space on its disk").await;
    assert_eq!(status, 503, "{said}");
    // Space is freed.
    let pid = process.child.as_ref().unwrap().id().to_string();
    let arguments = ["--pid", &pid, "--fsize=unlimited"];
    assert!(Command::new("prlimit").args(arguments).status().unwrap().success());
    until_page_says(address, "/readyz", "ready\n").await;
    api.until_sent(3).await;
    let (status, said) = process.stop().await;
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("there is no space on its disk"), "{said}");
}

#[tokio::test]
async fn unwritable_log_costs_no_answer() {
    let api = BotApi::start().await;
    let mut shell = Command::new("bash");
    // As with a log file on a full disk, or a closed pipe.
    shell.args(["-c", "exec \"$0\" serve 2>/dev/full", env!("CARGO_BIN_EXE_pressdesk")]);
    let process = Process::run(&mut shell, &api, &[]);
    let questions = ask(&api);
    api.until_sent(questions.len()).await;
    assert_eq!(process.stop().await.0.code(), Some(0));
    let mut shell = Command::new("bash");
    shell.args(["-c", "exec \"$0\" serve 2>/dev/full", env!("CARGO_BIN_EXE_pressdesk")]);
    let (status, _) = Process::run(&mut shell, &api, &[("TELOXIDE_TOKEN", "1:unknown")]).end().await;
    assert_eq!(status.code(), Some(78));
}

#[tokio::test]
async fn json_log_is_json_including_the_fatal_error() {
    let api = BotApi::start().await;
    let json = ("PRESSDESK_LOG_FORMAT", "json");
    let process = Process::start(&api, &[json]);
    ask(&api);
    api.until_sent(3).await;
    process.signal("-INT");
    let (status, said) = process.end().await;
    assert_eq!((status.code(), lines_in_json(&said).is_empty()), (Some(0), false));
    let (status, said) = Process::start(&api, &[json, ("TELOXIDE_TOKEN", "4242:unknown")]).end().await;
    let last = lines_in_json(&said).pop().unwrap();
    let why = last["fields"]["message"].as_str().unwrap();
    assert_eq!((status.code(), last["level"].as_str()), (Some(78), Some("ERROR")));
    assert!(why.contains("Telegram does not know the bot token"), "{said}");
}

fn lines_in_json(log: &str) -> Vec<serde_json::Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

/// Delivers updates until the journal is full.
async fn fill(api: &BotApi, address: SocketAddr) {
    let mut n_asked = answers(api).len();
    for batch in 0..50 {
        for person in 0..100 {
            let text = format!("{} {}", "/help", "x".repeat(4000));
            api.deliver(text_from(1000 + batch * 100 + person, &text));
            n_asked += 1;
        }
        api.until("answers", || answers(api).len() >= n_asked).await;
        let (status, _): (u16, String) = super::health::page(address, "/readyz").await;
        if status == 503 {
            return;
        }
    }
    panic!("the journal does not fill up with {n_asked} questions");
}
