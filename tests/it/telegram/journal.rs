//! Journal: content, retention, and behaviour during faults.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pressdesk::config::{BotToken, JournalLocation, RateLimit};
use pressdesk::telegram::{self, Settings, WrongSetting};
use serde_json::Value;
use sqlx::{Connection, Row, SqliteConnection};

use super::bot_api::{BotApi, Fault};
use super::health::{free_address, page, until_page_says};
use super::{Bot, conversation, recorded, settings, text_from};

/// Stops a bot while it sends the answer to its first update; returns the Bot API.
async fn stopped_while_sending(updates: impl IntoIterator<Item = Value>) -> BotApi {
    let api = BotApi::start().await;
    let mut settings = settings(&api);
    settings.drain = Duration::from_millis(20);
    let bot = Bot::start_with(api, settings);
    bot.api.fail_next("sendMessage", Fault::Held);
    for update in updates {
        bot.api.deliver(update);
        bot.api.until_attempted("sendMessage", 1).await;
    }
    bot.api.until_all_taken().await;
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();
    assert!(bot.api.sent().is_empty());
    bot.api
}

pub(super) async fn open(api: &BotApi) -> SqliteConnection {
    let path = api.folder().join("journal.db");
    SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

pub(super) async fn count(journal: &mut SqliteConnection, table: &'static str) -> i64 {
    let statement = match table {
        "waiting" => "SELECT COUNT(*) FROM waiting",
        "seen" => "SELECT COUNT(*) FROM seen",
        "answers" => "SELECT COUNT(*) FROM answers",
        _ => "SELECT COUNT(*) FROM languages",
    };
    sqlx::query(statement).fetch_one(journal).await.unwrap().get(0)
}

#[tokio::test]
async fn pending_updates_are_answered_in_order_after_a_restart() {
    let texts = ["/help", "/privacy", "/releases"];
    let api = stopped_while_sending(texts.map(|text| text_from(1, text))).await;
    let mut journal = open(&api).await;
    assert_eq!(count(&mut journal, "waiting").await, 3);
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(3).await;
    let api = bot.finish().await;
    let questions: Vec<_> = api.sent().iter().map(|sent| sent["reply_parameters"]["message_id"].clone()).collect();
    assert!(questions.is_sorted_by_key(|question| question.as_i64()) && questions.len() == 3, "{questions:?}");
    assert_eq!(count(&mut journal, "waiting").await, 0);
}

#[tokio::test]
async fn answered_question_leaves_no_words_in_the_journal() {
    let bot = Bot::start().await;
    bot.api.deliver(text_from(987_654, "where does my zanzibarian aunt live?"));
    bot.api.until_sent(1).await;
    let api = bot.finish().await;
    let mut journal = open(&api).await;
    assert_eq!((count(&mut journal, "waiting").await, count(&mut journal, "seen").await), (0, 1));
    let row = sqlx::query("SELECT chat, question, answer FROM answers").fetch_one(&mut journal).await.unwrap();
    let (chat, question, answer): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    assert_eq!((chat, api.sent()[0]["reply_parameters"]["message_id"].as_i64()), (987_654, Some(question)));
    assert!(answer > 0);
    journal.close().await.unwrap();
    assert!(!is_on_disk(&api, b"zanzibarian "), "the question is still on disk");
}

/// Tells whether the journal or a file beside it contains a text.
fn is_on_disk(api: &BotApi, words: &[u8]) -> bool {
    let files = std::fs::read_dir(api.folder()).unwrap().map(|file| file.unwrap().path());
    let mut contents = files.filter_map(|file| std::fs::read(file).ok());
    contents.any(|bytes| bytes.windows(words.len()).any(|bytes| bytes == words))
}

#[tokio::test]
async fn answered_question_is_removed_from_disk() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::Held);
    bot.api.deliver(text_from(1, "where does my zanzibarian aunt live?"));
    bot.api.until_attempted("sendMessage", 1).await;
    assert!(is_on_disk(&bot.api, b"zanzibarian "));
    bot.api.release();
    let until_gone = async {
        while is_on_disk(&bot.api, b"zanzibarian ") {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(Duration::from_secs(60), until_gone).await.expect("the question goes");
    bot.finish().await;
}

#[tokio::test]
async fn journal_files_are_readable_by_their_owner_only() {
    let assert_private = |folder: &Path| {
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
        let modes: Vec<_> =
            files.map(|file| (file.file_name(), file.metadata().unwrap().permissions().mode())).collect();
        assert!(modes.len() >= 4 && modes.iter().all(|(_, mode)| mode & 0o777 == 0o600), "{modes:?}");
    };
    let api = BotApi::start().await;
    let address = free_address();
    let (first, second) = (settings(&api), Settings { health: Some(address), ..settings(&api) });
    let bot = Bot::start_with(api, first);
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_sent(1).await;
    assert_private(bot.api.folder());
    let api = bot.finish().await;

    // Files as left by an older version after a kill.
    for name in ["journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"] {
        let file = std::fs::File::options().create(true).append(true).open(api.folder().join(name)).unwrap();
        file.set_permissions(Permissions::from_mode(0o644)).unwrap();
    }
    let bot = Bot::start_with(api, second);
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_sent(2).await;
    assert_private(bot.api.folder());
    // A new journal too.
    std::fs::remove_file(bot.api.folder().join("journal.db")).unwrap();
    until_page_says(address, "/readyz", "its file was deleted").await;
    until_page_says(address, "/readyz", "ready\n").await;
    assert_private(bot.api.folder());
    bot.finish().await;
}

#[tokio::test]
async fn unaddressed_updates_are_not_journaled() {
    let bot = Bot::start().await;
    bot.api.deliver(recorded("silent/group_text_not_for_us"));
    let api = bot.finish().await;
    let mut journal = open(&api).await;
    assert_eq!((count(&mut journal, "waiting").await, count(&mut journal, "seen").await), (0, 0));
}

#[tokio::test]
async fn chosen_language_survives_a_restart() {
    let bot = Bot::start().await;
    bot.api.deliver(text_from(1, "/language es"));
    bot.api.until_sent(1).await;
    let api = bot.finish().await;
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(text_from(1, "/privacy"));
    bot.api.deliver(text_from(2, "/privacy"));
    let sent = bot.finish().await.sent();
    let says = |chat: i64, words: &str| {
        sent.iter().any(|sent| sent["chat_id"] == chat && sent["text"].as_str().unwrap().contains(words))
    };
    assert!(says(1, "Su pregunta"), "Spanish was chosen");
    assert!(says(2, "Your question"), "by nobody else");
}

#[tokio::test]
async fn update_redelivered_after_a_restart_is_not_answered_again() {
    let bot = Bot::start().await;
    let mut update = text_from(1, "/help");
    update["update_id"] = 900.into();
    bot.api.deliver(update.clone());
    bot.api.until_sent(1).await;
    let api = bot.finish().await;
    let settings = settings(&api);
    api.deliver(update);
    let api = Bot::start_with(api, settings).finish().await;
    assert_eq!(api.sent().len(), 1);
}

#[tokio::test]
async fn expired_questions_and_taps_are_not_answered() {
    for (update, hours, seconds, n_answers) in [
        (text_from(1, "/help"), 23, 0, 1),
        (text_from(1, "/help"), 24, 1, 0),
        (recorded("answered/callback_query"), 0, 100, 1),
        (recorded("answered/callback_query"), 0, 151, 0),
    ] {
        let api = stopped_while_sending([update]).await;
        let mut journal = open(&api).await;
        sqlx::query("UPDATE waiting SET taken_at = taken_at - $1")
            .bind((hours * 3600 + seconds) * 1000_i64)
            .execute(&mut journal)
            .await
            .unwrap();
        let settings = settings(&api);
        let bot = Bot::start_with(api, settings);
        bot.api.deliver(text_from(2, "/help"));
        bot.api.until_sent(n_answers + 1).await;
        let api = bot.finish().await;
        assert_eq!(api.sent().len(), n_answers + 1, "after {hours} h {seconds} s");
        assert_eq!(count(&mut journal, "waiting").await, 0);
    }
}

#[tokio::test]
async fn clock_set_back_loses_no_update() {
    let api = stopped_while_sending([text_from(1, "/help")]).await;
    let mut journal = open(&api).await;
    sqlx::query("UPDATE waiting SET taken_at = taken_at + 3600000").execute(&mut journal).await.unwrap();
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(1).await;
    bot.finish().await;
    assert_eq!(count(&mut journal, "waiting").await, 0);
}

#[tokio::test]
async fn clock_set_forward_loses_no_update() {
    let mut question = text_from(1, "/help");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    question["message"]["date"] = now.into();
    let api = stopped_while_sending([question]).await;
    let mut journal = open(&api).await;
    sqlx::query("UPDATE waiting SET taken_at = taken_at - 3 * 86400000").execute(&mut journal).await.unwrap();
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(1).await;
    bot.finish().await;
    assert_eq!(count(&mut journal, "waiting").await, 0);
}

#[tokio::test]
async fn tap_that_expires_in_the_queue_is_not_answered() {
    let tap = recorded("answered/callback_query");
    let mut question = text_from(1001, "/help");
    question["message"]["chat"] = tap["callback_query"]["message"]["chat"].clone();
    let api = stopped_while_sending([question, tap]).await;
    let mut journal = open(&api).await;
    sqlx::query("UPDATE waiting SET taken_at = taken_at - 147000").execute(&mut journal).await.unwrap();
    let address = free_address();
    let settings = Settings { health: Some(address), ..settings(&api) };
    // Longer than the remaining life of the tap.
    api.fail_next("sendMessage", Fault::RetryAfter(5));
    let bot = Bot::start_with(api, settings);
    until_page_says(address, "/metrics", "pressdesk_expired_updates_total 1").await;
    assert_eq!(bot.finish().await.sent().len(), 1);
    assert_eq!(count(&mut journal, "waiting").await, 0);
}

#[tokio::test]
async fn update_that_crashed_the_bot_three_times_is_abandoned() {
    let api = stopped_while_sending([text_from(1, "/releases")]).await;
    let mut journal = open(&api).await;
    sqlx::query("UPDATE waiting SET n_tries = 3").execute(&mut journal).await.unwrap();
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    let sent = bot.api.until_sent(1).await;
    bot.finish().await;
    assert!(sent[0]["text"].as_str().unwrap().starts_with("Something went wrong"), "{sent:?}");
}

#[tokio::test]
async fn computed_reply_survives_more_than_three_restarts() {
    let mut api = stopped_while_sending([text_from(1, "/releases")]).await;
    for n_starts in 1..=4 {
        let settings = Settings { drain: Duration::ZERO, ..settings(&api) };
        api.fail_next("sendMessage", Fault::Held);
        let bot = Bot::start_with(api, settings);
        bot.api.until_attempted("sendMessage", 1 + n_starts).await;
        bot.stop.send(()).unwrap();
        bot.serving.await.unwrap().unwrap();
        api = bot.api;
    }
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    let sent = bot.api.until_sent(1).await;
    bot.finish().await;
    assert!(!sent[0]["text"].as_str().unwrap().starts_with("Something went wrong"), "{sent:?}");
}

#[tokio::test]
async fn settings_of_a_group_follow_its_migration() {
    let bot = Bot::start().await;
    let mut update = recorded("answered/group_command_for_us_in_other_case");
    update["message"]["text"] = "/language@pressdesk_bot es".into();
    update["message"]["entities"][0]["length"] = 23.into();
    bot.api.deliver(update.clone());
    bot.api.until_sent(1).await;
    bot.api.fail_next("sendMessage", Fault::Migrated(-1_009_999));
    update["update_id"] = 901.into();
    update["message"]["message_id"] = 902.into();
    bot.api.deliver(update);
    bot.api.until_sent(2).await;
    let api = bot.finish().await;
    assert_eq!(api.sent()[1]["chat_id"], -1_009_999);
    let mut journal = open(&api).await;
    let rows = sqlx::query("SELECT chat, language FROM languages").fetch_all(&mut journal).await.unwrap();
    let kept: Vec<(i64, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(kept, [(-1_009_999, "es".to_owned())]);
}

#[tokio::test]
async fn migration_message_moves_settings_and_pending_answers() {
    let command = recorded("answered/group_command_for_us_in_other_case");
    let old = command["message"]["chat"]["id"].clone();
    let api = stopped_while_sending([command]).await;
    let settings = settings(&api);
    let mut journal = open(&api).await;
    sqlx::query("INSERT INTO languages (chat, person, language) VALUES ($1, 1, 'es')")
        .bind(old.as_i64())
        .execute(&mut journal)
        .await
        .unwrap();
    sqlx::query("UPDATE waiting SET chat = -1009998").execute(&mut journal).await.unwrap();
    let bot = Bot::start_with(api, settings);
    let sent = bot.api.until_sent(1).await;
    assert_eq!(sent[0]["chat_id"], -1_009_998);
    bot.api.deliver(serde_json::json!({"message": {
        "date": 1, "chat": {"id": old, "type": "group", "title": "t"}, "from": {"id": 1, "is_bot": false, "first_name": "A"},
        "migrate_to_chat_id": -1_009_998,
    }}));
    bot.finish().await;
    let rows = sqlx::query("SELECT chat FROM languages").fetch_all(&mut journal).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.get(0)).collect::<Vec<i64>>(), [-1_009_998]);
}

#[tokio::test]
async fn hundred_updates_with_duplicates_are_each_answered_once() {
    let api = BotApi::start().await;
    for id in 1..=100 {
        let mut update = text_from(1 + id % 10, "/help");
        update["update_id"] = (1000 + id).into();
        update["message"]["message_id"] = id.into();
        for _ in 0..1 + i64::from(id % 9 == 0) {
            api.deliver(update.clone());
        }
    }
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(100).await;
    let api = bot.finish().await;
    let mut questions: Vec<i64> =
        api.sent().iter().map(|sent| sent["reply_parameters"]["message_id"].as_i64().unwrap()).collect();
    questions.sort_unstable();
    assert_eq!(questions, (1..=100).collect::<Vec<_>>());
    let mut journal = open(&api).await;
    assert_eq!((count(&mut journal, "waiting").await, count(&mut journal, "seen").await), (0, 100));
    assert_eq!(count(&mut journal, "answers").await, 100);
}

/// Stops a bot without drain time once its metrics contain `is_so`, and restarts it; returns the metrics afterwards.
async fn metrics_after_stop(faults: &[Fault], pace: Option<RateLimit>, n_updates: usize, is_so: &str) -> String {
    let api = BotApi::start().await;
    let address = free_address();
    let mut bot_settings = Settings { drain: Duration::ZERO, health: Some(address), ..settings(&api) };
    bot_settings.send_limits.chat = pace.unwrap_or(bot_settings.send_limits.chat);
    for fault in faults {
        api.fail_next("sendMessage", fault.clone());
    }
    for _ in 0..n_updates {
        api.deliver(text_from(1, "/help"));
    }
    let bot = Bot::start_with(api, bot_settings);
    bot.api.until_attempted("sendMessage", 1).await;
    bot.api.until_all_taken().await;
    until_page_says(address, "/metrics", is_so).await;
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();
    let settings = Settings { health: Some(address), ..settings(&bot.api) };
    let bot = Bot::start_with(bot.api, settings);
    bot.api.until_sent(n_updates).await;
    let (_, text) = until_page_says(address, "/metrics", "pressdesk_replayed_updates_total 1").await;
    bot.finish().await;
    text
}

#[tokio::test]
async fn only_in_flight_messages_are_duplicated_and_counted() {
    let none = "pressdesk_uncertain_sends_total 0";
    let text = metrics_after_stop(&[Fault::Held], None, 1, "").await;
    assert!(text.contains("pressdesk_uncertain_sends_total 1"), "{text}");
    // Telegram refused it, so it waits and is not in flight.
    let text = metrics_after_stop(&[Fault::RetryAfter(3600)], None, 1, "limit_waits_total{limit=\"telegram\"} 1").await;
    assert!(text.contains(none), "{text}");
    // Telegram refused the second attempt, but the result of the first is unknown.
    let faults = [Fault::Reset, Fault::RetryAfter(3600)];
    let text = metrics_after_stop(&faults, None, 1, "limit_waits_total{limit=\"telegram\"} 1").await;
    assert!(text.contains("pressdesk_uncertain_sends_total 1"), "{text}");
    // It is queued.
    let pace = RateLimit { n: 1, within: Duration::from_secs(3600) };
    let text = metrics_after_stop(&[], Some(pace), 2, "result=\"sent\"} 1").await;
    assert!(text.contains(none), "{text}");
}

#[tokio::test]
async fn older_journal_is_migrated_with_its_pending_updates() {
    let sixth = [
        "DROP TABLE _sqlx_migrations",
        "DROP INDEX answers_of_question",
        "ALTER TABLE answers DROP COLUMN text_hash",
        "UPDATE schema_version SET version = 6",
    ];
    let second = [
        "ALTER TABLE waiting DROP COLUMN person",
        "DROP TABLE bot",
        "DROP INDEX answers_by_chat",
        "CREATE INDEX answers_by_question ON answers (chat, question)",
        "UPDATE schema_version SET version = 2",
    ];
    let first = ["ALTER TABLE answers DROP COLUMN releases", "UPDATE schema_version SET version = 1"];
    for back in [sixth.to_vec(), [&sixth[..], &second].concat(), [&sixth[..], &second, &first].concat()] {
        let api = stopped_while_sending([text_from(1, "/help")]).await;
        let mut journal = open(&api).await;
        for statement in back {
            sqlx::query(statement).execute(&mut journal).await.unwrap();
        }
        journal.close().await.unwrap();
        let settings = settings(&api);
        let bot = Bot::start_with(api, settings);
        bot.api.until_sent(1).await;
        let api = bot.finish().await;
        let mut journal = open(&api).await;
        assert_eq!(count(&mut journal, "answers").await, 1);
        let plan = sqlx::query("EXPLAIN QUERY PLAN SELECT releases FROM answers WHERE chat = 1 AND answer = 2");
        let plan: String = plan.fetch_one(&mut journal).await.unwrap().get("detail");
        assert!(plan.contains("USING INDEX answers_by_chat (chat=? AND answer=?)"), "{plan}");
    }
}

/// Returns the error of a start, and whether it is a wrong setting.
async fn fault_at_start(settings: Settings) -> (String, bool) {
    let error = telegram::serve(conversation(), settings, Arc::default(), std::future::pending()).await.unwrap_err();
    (format!("{error:#}"), error.is::<WrongSetting>())
}

#[tokio::test]
async fn unwritable_journal_is_reported_at_start() {
    let api = BotApi::start().await;
    std::fs::write(api.folder().join("file"), "").unwrap();
    let journal = JournalLocation::File(api.folder().join("file/journal.db"));
    let (fault, is_setting) = fault_at_start(Settings { journal, ..settings(&api) }).await;
    assert!(fault.contains("file/journal.db") && fault.contains("can be written") && is_setting, "{fault}");
    std::fs::write(api.folder().join("journal.db"), "no database, but longer than a header of one would be").unwrap();
    let (fault, is_setting) = fault_at_start(settings(&api)).await;
    assert!(fault.contains("journal.db") && fault.contains("move it away") && is_setting, "{fault}");
    assert_eq!(fault.matches("not a database").count(), 1, "{fault}");
}

#[tokio::test]
async fn journal_is_bound_to_one_process_version_and_bot() {
    let api = BotApi::start().await;
    let bot_settings = settings(&api);
    let bot = Bot::start_with(api, bot_settings);
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_sent(1).await;
    let address = free_address();
    let second = Bot::start_with(bot.api.clone(), Settings { health: Some(address), ..settings(&bot.api) });
    until_page_says(address, "/readyz", "another pressdesk has it open; stop that one").await;
    let api = bot.finish().await;
    until_page_says(address, "/readyz", "ready\n").await;
    second.finish().await;

    let token = BotToken::new("4343:AAE-another_token").unwrap();
    let (fault, is_setting) = fault_at_start(Settings { token: Some(token), ..settings(&api) }).await;
    assert!(fault.contains("that of the bot 4242") && fault.contains("bot 4343") && is_setting, "{fault}");

    let mut journal = open(&api).await;
    for (schema, words) in [(99, "newer pressdesk"), (-1, "none of pressdesk's")] {
        sqlx::query("UPDATE schema_version SET version = $1").bind(schema).execute(&mut journal).await.unwrap();
        let (fault, is_setting) = fault_at_start(settings(&api)).await;
        assert!(fault.contains(words) && is_setting, "{fault}");
    }
}

#[tokio::test]
async fn start_waits_for_a_locked_journal() {
    let api = BotApi::start().await;
    let bot = Bot::start_with(api.clone(), settings(&api));
    bot.api.until_attempted("getUpdates", 1).await;
    bot.finish().await;
    let mut journal = open(&api).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut journal).await.unwrap();
    api.deliver(text_from(1, "/help"));
    let address = free_address();
    let settings = Settings { health: Some(address), ..settings(&api) };
    let bot = Bot::start_with(api.clone(), settings);
    let (status, said) = until_page_says(address, "/readyz", "another program holds it").await;
    assert_eq!((status, page(address, "/healthz").await.0), (503, 200), "{said}");
    sqlx::query("ROLLBACK").execute(&mut journal).await.unwrap();
    bot.api.until_sent(1).await;
    bot.finish().await;
}

#[tokio::test]
async fn unreachable_postgresql_delays_start_but_not_stop() {
    let api = BotApi::start().await;
    let address = free_address();
    let journal = JournalLocation::new("postgres://nobody:hidden@127.0.0.1:1/none").unwrap();
    let settings = Settings { journal, health: Some(address), ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    let (_, said) = until_page_says(address, "/readyz", "can't be reached").await;
    assert!(said.contains("PostgreSQL") && !said.contains("hidden"), "{said}");
    assert_eq!(page(address, "/healthz").await.0, 200);
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn throttled_chat_without_journal_delays_and_loses_nothing() {
    let api = BotApi::start().await;
    let address = free_address();
    let bot_settings = Settings { health: Some(address), drain: Duration::from_millis(20), ..settings(&api) };
    let bot = Bot::start_with(api, bot_settings);
    until_page_says(address, "/readyz", "ready\n").await;
    let mut journal = open(&bot.api).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut journal).await.unwrap();
    bot.api.fail_next("sendMessage", Fault::RetryAfter(3600));
    bot.api.deliver(text_from(7, "/help"));
    bot.api.until_attempted("sendMessage", 1).await;
    bot.api.deliver(text_from(8, "/help"));
    assert_eq!(bot.api.until_sent(1).await[0]["chat_id"], 8);
    until_page_says(address, "/readyz", "the journal can't be written: database is locked").await;
    let is_not_confirmed = bot.api.calls("getUpdates").iter().all(|call| call["offset"].is_null());
    assert!(is_not_confirmed, "the question that waits is not safe yet");

    sqlx::query("ROLLBACK").execute(&mut journal).await.unwrap();
    bot.api.until_all_taken().await;
    until_page_says(address, "/readyz", "ready\n").await;
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();

    let settings = settings(&bot.api);
    let bot = Bot::start_with(bot.api, settings);
    bot.api.until_sent(2).await;
    let api = bot.finish().await;
    let chats: Vec<_> = api.sent().iter().map(|sent| sent["chat_id"].clone()).collect();
    assert_eq!(chats, [8, 7]);
}

#[tokio::test]
async fn order_survives_a_temporarily_unreadable_journal() {
    let api = BotApi::start().await;
    let address = free_address();
    let settings = Settings { health: Some(address), lane_capacity: 1, ..settings(&api) };
    api.fail_next("sendMessage", Fault::Held);
    let bot = Bot::start_with(api, settings);
    let mut questions = Vec::new();
    for text in ["/help", "/privacy", "/releases"] {
        questions.push(bot.api.deliver(text_from(7, text)));
        bot.api.until_attempted("sendMessage", 1).await;
    }
    bot.api.until_all_taken().await;
    let mut journal = open(&bot.api).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut journal).await.unwrap();
    bot.api.release();
    bot.api.until_sent(2).await;
    // This one reaches the journal after the load of the lane.
    bot.api.deliver(text_from(8, "/help"));
    bot.api.until_sent(3).await;
    sqlx::query("ROLLBACK").execute(&mut journal).await.unwrap();
    until_page_says(address, "/readyz", "ready\n").await;
    questions.push(bot.api.deliver(text_from(7, "/help")));
    let sent = bot.api.until_sent(5).await;
    let of_chat = sent.iter().filter(|sent| sent["chat_id"] == 7);
    let answered: Vec<_> = of_chat.map(|sent| sent["reply_parameters"]["message_id"].as_i64().unwrap()).collect();
    assert_eq!(answered, questions);
    bot.finish().await;
}

/// Removes the files of a journal with a pending question, at once or while another program locks it.
async fn check_loss(take_away: impl Fn(&Path), is_locked: bool) {
    let api = BotApi::start().await;
    let address = free_address();
    let bot_settings = Settings { health: Some(address), drain: Duration::from_millis(20), ..settings(&api) };
    api.fail_next("sendMessage", Fault::Held);
    let bot = Bot::start_with(api, bot_settings);
    bot.api.deliver(text_from(7, "/help"));
    bot.api.until_attempted("sendMessage", 1).await;
    bot.api.until_all_taken().await;
    let mut journal = open(&bot.api).await;
    if is_locked {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut journal).await.unwrap();
        until_page_says(address, "/readyz", "database is locked").await;
    }
    for file in std::fs::read_dir(bot.api.folder()).unwrap() {
        take_away(&file.unwrap().path());
    }
    if !is_locked {
        until_page_says(address, "/readyz", "its file was deleted").await;
    }
    until_page_says(address, "/readyz", "ready\n").await;
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();

    let settings = settings(&bot.api);
    let bot = Bot::start_with(bot.api, settings);
    assert_eq!(bot.api.until_sent(1).await[0]["chat_id"], 7);
    bot.finish().await;
}

#[tokio::test]
async fn deleted_journal_is_restored_with_its_entries() {
    check_loss(|file| std::fs::remove_file(file).unwrap(), false).await;
}

#[tokio::test]
async fn journal_moved_during_a_fault_is_restored() {
    let elsewhere = tempfile::tempdir().unwrap();
    let move_away = |file: &Path| std::fs::rename(file, elsewhere.path().join(file.file_name().unwrap())).unwrap();
    check_loss(move_away, true).await;
}

#[tokio::test]
async fn failed_language_lookup_is_repeated() {
    let bot = Bot::start().await;
    bot.api.deliver(text_from(7, "/language es"));
    let api = bot.finish().await;
    let mut journal = open(&api).await;
    sqlx::query("ALTER TABLE languages RENAME TO elsewhere").execute(&mut journal).await.unwrap();
    let address = free_address();
    let settings = Settings { health: Some(address), ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(text_from(7, "/help"));
    assert!(!is_spanish(&bot.api.until_sent(2).await[1]));
    sqlx::query("ALTER TABLE elsewhere RENAME TO languages").execute(&mut journal).await.unwrap();
    until_page_says(address, "/readyz", "ready\n").await;
    bot.api.deliver(text_from(7, "/help"));
    assert!(is_spanish(&bot.api.until_sent(3).await[2]));
    bot.finish().await;
}

fn is_spanish(sent: &Value) -> bool {
    sent["text"].as_str().unwrap().contains("comunicados")
}
