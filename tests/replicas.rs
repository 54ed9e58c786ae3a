//! PostgreSQL as the journal, also of replicas behind a load balancer: `tests/postgres.sh cargo test --test replicas`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, dead_code, unused_imports, unreachable_pub)]

#[path = "it/telegram/bot_api.rs"]
mod bot_api;
#[path = "it/telegram/rules.rs"]
mod rules;

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;

use self::bot_api::{BotApi, Fault, TOKEN};

/// Replica; killed at the end of its test.
struct Replica {
    process: Child,
    /// Address of its webhook.
    address: SocketAddr,
    /// Address of its health endpoint.
    health: SocketAddr,
}

impl Replica {
    /// Starts a replica with a webhook and waits until it listens.
    async fn start(api: &BotApi, journal: &str, settings: &[(&str, &str)]) -> Self {
        let address = free_address();
        let listen = address.to_string();
        let webhook = [("PRESSDESK_WEBHOOK_URL", "https://desk.example.org/"), ("PRESSDESK_WEBHOOK_LISTEN", &listen)];
        let replica = Self::run(api, journal, address, &[&webhook[..], settings].concat());
        replica.until_ready_says("ready\n").await;
        replica
    }

    /// Starts a replica that polls.
    fn start_polling(api: &BotApi, journal: &str) -> Self {
        Self::run(api, journal, free_address(), &[])
    }

    fn run(api: &BotApi, journal: &str, address: SocketAddr, settings: &[(&str, &str)]) -> Self {
        let health = free_address();
        let process = Command::new(env!("CARGO_BIN_EXE_pressdesk"))
            .arg("serve")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("TELOXIDE_TOKEN", TOKEN)
            .env("TELOXIDE_API_URL", api.url().as_str())
            .env("PRESSDESK_JOURNAL_DATABASE", journal)
            .env("PRESSDESK_HEALTH_LISTEN", health.to_string())
            // By keywords only: these tests do not depend on embeddings, and a model takes seconds to load in a test build.
            .env("PRESSDESK_MEANING_MODEL", "none")
            .env("PRESSDESK_LOG_FILTER", "warn")
            .env("PRESSDESK_LIMITS_PERSON_AT_ONCE", "0")
            .env("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "0")
            .env("PRESSDESK_LIMITS_OVERALL_A_SECOND", "0")
            .envs(settings.iter().copied())
            .spawn()
            .unwrap();
        Self { process, address, health }
    }

    /// Posts an update as Telegram does; returns the status.
    async fn post(&self, update: &Value, secret: &str) -> u16 {
        let body = update.to_string();
        let length = body.len();
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n");
        let secret = format!("X-Telegram-Bot-Api-Secret-Token: {secret}\r\n\r\n");
        let response = request(self.address, &format!("{head}{secret}{body}")).await.unwrap();
        response.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Waits until its readiness page contains a text.
    async fn until_ready_says(&self, words: &str) {
        let question = "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let is_said = async || request(self.health, question).await.is_ok_and(|answer| answer.contains(words));
        let asking = async { while !is_said().await {} };
        tokio::time::timeout(Duration::from_secs(60), asking)
            .await
            .unwrap_or_else(|_| panic!("the page never contains {words}"));
    }

    /// Sends SIGTERM.
    fn signal(&self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Sends SIGTERM and waits for the end; returns whether the exit code is 0.
    async fn stop(mut self) -> bool {
        self.signal();
        tokio::task::spawn_blocking(move || self.process.wait().unwrap().success()).await.unwrap()
    }
}

async fn request(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the address of the test database.
fn database() -> String {
    std::env::var("TEST_POSTGRES").expect("run this by tests/postgres.sh")
}

/// Creates a database of this name on the same server and connects to it.
async fn make_database(name: &str) -> PgConnection {
    let mut server = PgConnection::connect(&database()).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut server).await.unwrap();
    PgConnection::connect(&beside(name)).await.unwrap()
}

/// Returns the address of a database of this name on the same server.
fn beside(name: &str) -> String {
    database().replace("/postgres?", &format!("/{name}?"))
}

/// Repeats a query until it returns a number.
async fn until_query_returns(database: &mut PgConnection, number: i64, query: &'static str) {
    let asking =
        async { while sqlx::query(query).fetch_one(&mut *database).await.unwrap().get::<i64, _>(0) != number {} };
    tokio::time::timeout(Duration::from_secs(60), asking)
        .await
        .unwrap_or_else(|_| panic!("{query} never says {number}"));
}

/// Returns the secret of the webhook.
async fn secret(api: &BotApi) -> String {
    api.until("the webhook", || !api.calls("setWebhook").is_empty()).await;
    api.calls("setWebhook")[0]["secret_token"].as_str().unwrap().to_owned()
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Proxy to the database that can fall silent: connections stay open without traffic.
struct DatabaseProxy {
    folder: tempfile::TempDir,
    is_silent: watch::Sender<bool>,
}

impl DatabaseProxy {
    fn open() -> Self {
        const SOCKET: &str = ".s.PGSQL.5432";
        let (is_silent, watching) = watch::channel(false);
        let proxy = Self { folder: tempfile::tempdir().unwrap(), is_silent };
        let listener = UnixListener::bind(proxy.folder.path().join(SOCKET)).unwrap();
        let database = Self::folder_of(&database()).join(SOCKET);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (near_from, near_to) = near.into_split();
                let (far_from, far_to) = UnixStream::connect(&database).await.unwrap().into_split();
                tokio::spawn(Self::carry(near_from, far_to, watching.clone()));
                tokio::spawn(Self::carry(far_from, near_to, watching.clone()));
            }
        });
        proxy
    }

    async fn carry(
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        mut silent: watch::Receiver<bool>,
    ) {
        let mut bytes = vec![0; 65_536];
        while let Ok(n) = from.read(&mut bytes).await
            && n > 0
            && silent.wait_for(|is_silent| !is_silent).await.is_ok()
            && to.write_all(&bytes[..n]).await.is_ok()
        {}
    }

    fn folder_of(database: &str) -> PathBuf {
        Path::new(database.split_once("host=").unwrap().1).to_owned()
    }

    /// Returns the address of a database of this name behind the proxy.
    fn to(&self, name: &str) -> String {
        format!("postgres://pressdesk@localhost/{name}?host={}", self.folder.path().display())
    }
}

fn question(id: i64, person: i64) -> Value {
    json!({"update_id": id, "message": {
        "message_id": id, "date": 1, "chat": {"id": person, "type": "private", "first_name": "A"},
        "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": "en"}, "text": "/help",
    }})
}

/// Returns the questions of each chat in the order of their first answers, and the number of duplicate answers.
fn answered(api: &BotApi) -> (BTreeMap<i64, Vec<i64>>, usize) {
    let mut chats: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut n_twice = 0;
    for sent in api.sent() {
        let questions = chats.entry(sent["chat_id"].as_i64().unwrap()).or_default();
        let question = sent["reply_parameters"]["message_id"].as_i64().unwrap();
        match questions.contains(&question) {
            true => n_twice += 1,
            false => questions.push(question),
        }
    }
    (chats, n_twice)
}

/// Downgrades the journal to a version that replicas migrate at startup.
async fn make_journal_older() {
    let mut journal = PgConnection::connect(&database()).await.unwrap();
    let version: i64 = sqlx::query("SELECT version FROM schema_version").fetch_one(&mut journal).await.unwrap().get(0);
    assert_eq!(version, 7, "this takes the journal of that version back");
    for statement in [
        "DROP TABLE _sqlx_migrations",
        "DROP INDEX answers_of_question",
        "ALTER TABLE answers DROP COLUMN text_hash",
        "ALTER TABLE waiting DROP COLUMN person",
        "DROP TABLE bot",
        "DROP INDEX answers_by_chat",
        "CREATE INDEX answers_by_question ON answers (chat, question)",
        "ALTER TABLE answers DROP COLUMN releases",
        "UPDATE schema_version SET version = 1",
    ] {
        sqlx::query(statement).execute(&mut journal).await.unwrap();
    }
}

const N_CHATS: i64 = 10;
const N_QUESTIONS: i64 = 200;

#[tokio::test]
async fn killed_replica_loses_and_duplicates_no_answer() {
    let api = BotApi::start().await;
    drop(Replica::start(&api, &database(), &[]).await);
    make_journal_older().await;
    let first = Replica::start(&api, &database(), &[]).await;
    let second = Replica::start(&api, &database(), &[]).await;
    let secret = secret(&api).await;

    // Both receive each update, as after a timeout of the load balancer.
    for id in 1..=N_QUESTIONS / 2 {
        let update = question(id, 1 + id % N_CHATS);
        let statuses = tokio::join!(first.post(&update, &secret), second.post(&update, &secret));
        assert_eq!(statuses, (200, 200));
    }
    let n_half = usize::try_from(N_QUESTIONS / 2).unwrap();
    api.until("the first half", || api.sent().len() >= n_half).await;

    // One replica is killed while it sends, with further questions of its chats pending.
    for _ in 0..N_CHATS {
        api.fail_next("sendMessage", Fault::Held);
    }
    for id in N_QUESTIONS / 2 + 1..=N_QUESTIONS {
        let update = question(id, 1 + id % N_CHATS);
        assert_eq!(if id % 2 == 0 { &first } else { &second }.post(&update, &secret).await, 200);
    }
    drop(first);
    let n_all = usize::try_from(N_QUESTIONS).unwrap();
    let is_done = || {
        // Repeated, because a held call may begin only now.
        api.release();
        answered(&api).0.values().map(Vec::len).sum::<usize>() >= n_all
    };
    api.until("every answer", is_done).await;
    let (chats, n_twice) = answered(&api);
    for (chat, questions) in &chats {
        assert!(questions.is_sorted(), "chat {chat} is answered out of order: {questions:?}");
    }
    // Messages in flight of the dead replica may have arrived: at most one in each chat.
    assert!(n_twice <= usize::try_from(N_CHATS).unwrap(), "{n_twice} messages went out twice");
    api.assert_obeyed();
}

#[tokio::test]
async fn conversation_continues_at_another_replica() {
    make_database("conversation").await;
    let api = BotApi::start().await;
    let first = Replica::start(&api, &beside("conversation"), &[]).await;
    let second = Replica::start(&api, &beside("conversation"), &[]).await;
    let secret = secret(&api).await;
    let mut update = question(1, 7);
    update["message"]["text"] = "/release migrant-window".into();
    assert_eq!(first.post(&update, &secret).await, 200);
    let has_answer = |question: i64| api.sent().iter().any(|sent| sent["reply_parameters"]["message_id"] == question);
    api.until("the release", || has_answer(1)).await;
    drop(first);
    let mut update = question(2, 7);
    update["message"]["text"] = "who is the contact?".into();
    assert_eq!(second.post(&update, &secret).await, 200);
    api.until("the contact", || has_answer(2)).await;
    let text = api.sent().last().unwrap()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("Alba Miriam Amaya") && !text.contains("Carlos Van der Laat"), "{text}");
}

#[tokio::test]
async fn question_edited_at_another_replica_edits_its_answer() {
    let mut journal = make_database("edits").await;
    let api = BotApi::start().await;
    let first = Replica::start(&api, &beside("edits"), &[]).await;
    let second = Replica::start(&api, &beside("edits"), &[]).await;
    let secret = secret(&api).await;
    let asked = question(1, 7);
    assert_eq!(first.post(&asked, &secret).await, 200);
    until_query_returns(&mut journal, 1, "SELECT COUNT(*) FROM answers").await;
    drop(first);
    let edit = |id: i64, text: &str| {
        let mut message = asked["message"].clone();
        (message["text"], message["edit_date"]) = (text.into(), 60.into());
        json!({"update_id": id, "edited_message": message})
    };
    for update in [edit(2, "/help"), edit(3, "/privacy")] {
        assert_eq!(second.post(&update, &secret).await, 200);
    }
    api.until("the edit", || api.edits().len() == 1).await;
    assert_eq!(api.edits()[0]["message_id"], api.sent_ids()[0]);
    assert_eq!(api.sent().len(), 1);
}

#[tokio::test]
async fn silent_database_delays_no_answer() {
    make_database("silent").await;
    let api = BotApi::start().await;
    let proxy = DatabaseProxy::open();
    let bot = Replica::start_polling(&api, &proxy.to("silent"));
    bot.until_ready_says("ready\n").await;
    api.deliver(question(1, 1));
    api.until_sent(1).await;

    let silent_since = Instant::now();
    proxy.is_silent.send(true).unwrap();
    api.deliver(question(2, 2));
    bot.until_ready_says("the journal can't be written: the database does not answer").await;
    api.until_sent(2).await;
    // Database timeout, and time for the rest on a busy machine.
    assert!(silent_since.elapsed() < Duration::from_secs(9), "{:?}", silent_since.elapsed());
    api.deliver(question(3, 3));
    api.until_sent(3).await;

    proxy.is_silent.send(false).unwrap();
    bot.until_ready_says("ready\n").await;
    api.deliver(question(4, 1));
    api.until_sent(4).await;
    assert_eq!(answered(&api).0, BTreeMap::from([(1, vec![1, 4]), (2, vec![2]), (3, vec![3])]));
    api.assert_obeyed();
}

#[tokio::test]
async fn database_outage_causes_no_answer_by_two_replicas() {
    make_database("outage").await;
    let api = BotApi::start().await;
    let proxies = [DatabaseProxy::open(), DatabaseProxy::open()];
    let first = Replica::start(&api, &proxies[0].to("outage"), &[]).await;
    let second = Replica::start(&api, &proxies[1].to("outage"), &[]).await;
    let secret = secret(&api).await;
    // Longer than the lease of a replica.
    api.fail_next("sendMessage", Fault::RetryAfter(15));
    assert_eq!(first.post(&question(1, 7), &secret).await, 200);
    api.until_attempted("sendMessage", 1).await;
    for proxy in &proxies {
        proxy.is_silent.send(true).unwrap();
    }
    api.until_sent(1).await;

    // The other replica gets the database back before this one can record its answer.
    proxies[1].is_silent.send(false).unwrap();
    second.until_ready_says("ready\n").await;
    assert_eq!(second.post(&question(2, 7), &secret).await, 200);
    proxies[0].is_silent.send(false).unwrap();
    api.until_sent(2).await;
    first.until_ready_says("ready\n").await;
    assert_eq!(first.post(&question(3, 7), &secret).await, 200);
    api.until_sent(3).await;
    assert_eq!(answered(&api), (BTreeMap::from([(7, vec![1, 2, 3])]), 0));
    api.assert_obeyed();
}

#[tokio::test]
async fn replica_drops_a_chat_that_it_lost() {
    let mut journal = make_database("lost").await;
    let api = BotApi::start().await;
    let bot = Replica::start(&api, &beside("lost"), &[("PRESSDESK_LIMITS_PERSON_AT_ONCE", "2")]).await;
    let secret = secret(&api).await;
    api.fail_next("sendMessage", Fault::RetryAfter(1));
    assert_eq!(bot.post(&question(1, 7), &secret).await, 200);
    api.until_attempted("sendMessage", 1).await;
    let mut taking = journal.begin().await.unwrap();
    for statement in [
        "CREATE TABLE signs AS SELECT replica, alive_until FROM replicas",
        "INSERT INTO replicas VALUES (77, 9000000000000000)",
        "UPDATE lanes SET replica = 77",
    ] {
        sqlx::query(statement).execute(&mut *taking).await.unwrap();
    }
    taking.commit().await.unwrap();
    // Heartbeats that extend the lease by 6 s: time enough for the replica to claim the chat.
    let query = "SELECT COUNT(*) FROM replicas JOIN signs USING (replica)
                 WHERE replicas.alive_until >= signs.alive_until + 6000";
    until_query_returns(&mut journal, 1, query).await;
    sqlx::query("DELETE FROM replicas WHERE replica = 77").execute(&mut journal).await.unwrap();
    until_query_returns(&mut journal, 0, "SELECT COUNT(*) FROM waiting").await;
    assert_eq!(answered(&api), (BTreeMap::from([(7, vec![1])]), 0));
    api.assert_obeyed();
}

#[tokio::test]
async fn unjournaled_update_of_two_replicas_is_answered_once() {
    let mut journal = make_database("unwritten").await;
    let api = BotApi::start().await;
    let proxy = DatabaseProxy::open();
    let first = Replica::start(&api, &proxy.to("unwritten"), &[]).await;
    let second = Replica::start(&api, &beside("unwritten"), &[]).await;
    let secret = secret(&api).await;
    // Until the journal is back.
    api.fail_next("sendMessage", Fault::RetryAfter(20));
    proxy.is_silent.send(true).unwrap();
    // The load balancer times out and retries with the other replica.
    let asked = question(1, 7);
    tokio::select! {
        status = first.post(&asked, &secret) => panic!("{status}, though it is neither answered nor written"),
        () = api.until_attempted("sendMessage", 1) => {}
    }
    assert_eq!(second.post(&asked, &secret).await, 200);
    api.until_sent(1).await;
    until_query_returns(&mut journal, 0, "SELECT COUNT(*) FROM waiting").await;
    drop(second);
    proxy.is_silent.send(false).unwrap();
    first.until_ready_says("ready\n").await;
    // After the first one, if that is still pending.
    assert_eq!(first.post(&question(2, 7), &secret).await, 200);
    api.until_sent(2).await;
    assert_eq!(answered(&api), (BTreeMap::from([(7, vec![1, 2])]), 0));
    api.assert_obeyed();
}

#[tokio::test]
async fn claims_of_a_replica_expire_after_a_day() {
    let mut journal = make_database("gone").await;
    let api = BotApi::start().await;
    let _bot = Replica::start(&api, &beside("gone"), &[]).await;
    for statement in [
        "INSERT INTO replicas SELECT 77, (EXTRACT(EPOCH FROM now()) - 25 * 3600)::bigint * 1000",
        "INSERT INTO replicas SELECT 78, (EXTRACT(EPOCH FROM now()) - 23 * 3600)::bigint * 1000",
        "INSERT INTO lanes VALUES (5, 77), (6, 78)",
    ] {
        sqlx::query(statement).execute(&mut journal).await.unwrap();
    }
    until_query_returns(&mut journal, 6, "SELECT SUM(chat)::bigint FROM lanes").await;
}

#[tokio::test]
async fn replicas_use_the_clock_of_the_database() {
    let mut journal = make_database("clocks").await;
    for statement in [
        // An hour ahead of the replica's own clock.
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
         AS $$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$",
        "ALTER DATABASE clocks SET search_path = public, pg_catalog",
    ] {
        sqlx::query(statement).execute(&mut journal).await.unwrap();
    }
    let api = BotApi::start().await;
    let _bot = Replica::start(&api, &beside("clocks"), &[]).await;
    let of_that_clock = "SELECT COUNT(*) FROM replicas WHERE alive_until / 1000 BETWEEN
         EXTRACT(EPOCH FROM now()) + 3600 AND EXTRACT(EPOCH FROM now()) + 3620";
    until_query_returns(&mut journal, 1, of_that_clock).await;
}

#[tokio::test]
async fn stopping_replica_hands_over_each_chat_when_done() {
    make_database("rolling").await;
    let api = BotApi::start().await;
    let mut first = Replica::start(&api, &beside("rolling"), &[("PRESSDESK_TELEGRAM_DRAIN", "60")]).await;
    let second = Replica::start(&api, &beside("rolling"), &[]).await;
    let secret = secret(&api).await;
    for (id, fault) in [(1, Fault::RetryAfter(50)), (2, Fault::Held)] {
        api.fail_next("sendMessage", fault);
        assert_eq!(first.post(&question(id, id), &secret).await, 200);
        api.until_attempted("sendMessage", usize::try_from(id).unwrap()).await;
    }
    first.signal();
    first.until_ready_says("shutting down").await;
    api.release();
    api.until_sent(1).await;
    assert_eq!(second.post(&question(3, 2), &secret).await, 200);
    api.until_sent(2).await;
    assert!(first.process.try_wait().unwrap().is_none(), "the question waited for the end of the other replica");
    assert_eq!(answered(&api), (BTreeMap::from([(2, vec![2, 3])]), 0));
}

#[tokio::test]
async fn answered_question_is_removed_from_table_files() {
    let mut journal = make_database("traces").await;
    let api = BotApi::start().await;
    let bot = Replica::start_polling(&api, &beside("traces"));
    api.fail_next("sendMessage", Fault::Held);
    let mut asked = question(1, 7);
    asked["message"]["text"] = "where does my zanzibarian aunt live?".into();
    api.deliver(asked);
    api.until_attempted("sendMessage", 1).await;
    // Tables, TOAST tables and indices.
    let mut n_traces = async || {
        sqlx::query("CHECKPOINT").execute(&mut journal).await.unwrap();
        let query = "SELECT COUNT(*) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 't', 'i')
                     AND position('zanzibarian'::bytea IN pg_read_binary_file(pg_relation_filepath(oid))) > 0";
        sqlx::query(query).fetch_one(&mut journal).await.unwrap().get::<i64, _>(0)
    };
    assert_eq!(n_traces().await, 1);
    api.release();
    api.until_sent(1).await;
    let until_gone = async { while n_traces().await > 0 {} };
    tokio::time::timeout(Duration::from_secs(60), until_gone).await.expect("the question goes");
    bot.until_ready_says("ready\n").await;
}

#[tokio::test]
async fn replica_stops_cleanly_while_it_scans_for_orphans() {
    make_database("stopping").await;
    let api = BotApi::start().await;
    let proxy = DatabaseProxy::open();
    api.fail_next("getMe", Fault::Held);
    let bot = Replica::start_polling(&api, &proxy.to("stopping"));
    api.until_attempted("getMe", 1).await;
    proxy.is_silent.send(true).unwrap();
    api.release();
    // The bot continues with other calls.
    api.until_attempted("getMyCommands", 1).await;
    let asked_to = Instant::now();
    assert!(bot.stop().await);
    assert!(asked_to.elapsed() < Duration::from_secs(8), "{:?}", asked_to.elapsed());
}
