//! Delivery: replies reach their chat in order, despite faults of Telegram and the network.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bot_api::{BotApi, Fault};
use super::health::{free_address, start, until_page_says};
use super::{Bot, recorded, settings, text_from};
use pressdesk::config::{Operators, PersonLimit, RateLimit, RunLimits};
use pressdesk::telegram::Settings;

/// Returns the chat and the answered message of each sent message.
fn order(sent: &[Value]) -> Vec<(i64, i64)> {
    let mut order: Vec<(i64, i64)> = sent
        .iter()
        .map(|sent| (sent["chat_id"].as_i64().unwrap(), sent["reply_parameters"]["message_id"].as_i64().unwrap()))
        .collect();
    order.dedup();
    order
}

#[tokio::test]
async fn chat_is_answered_in_order() {
    let bot = Bot::start().await;
    let asked: Vec<(i64, i64)> = (0..10).map(|_| (7, bot.api.deliver(text_from(7, "/help")))).collect();
    let api = bot.finish().await;
    assert_eq!(order(&api.sent()), asked);
}

#[tokio::test]
async fn waiting_chat_delays_no_other() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::Held);
    let slow = bot.api.deliver(text_from(1, "/help"));
    bot.api.until_attempted("sendMessage", 1).await;
    let quick = bot.api.deliver(text_from(2, "/help"));
    bot.api.until_sent(1).await;
    bot.api.release();
    let api = bot.finish().await;
    assert_eq!(order(&api.sent()), [(2, quick), (1, slow)]);
}

#[tokio::test]
async fn overflow_of_a_full_lane_is_answered_in_order() {
    let api = BotApi::start().await;
    let mut settings = settings(&api);
    settings.lane_capacity = 2;
    let bot = Bot::start_with(api, settings);
    bot.api.fail_next("sendMessage", Fault::Held);
    let mut asked = vec![(1, bot.api.deliver(text_from(1, "/help")))];
    bot.api.until_attempted("sendMessage", 1).await;
    asked.extend((1..8).map(|_| (1, bot.api.deliver(text_from(1, "/help")))));
    let other = bot.api.deliver(text_from(2, "/help"));
    bot.api.until_sent(1).await;
    assert_eq!(order(&bot.api.sent()), [(2, other)], "another chat is answered meanwhile");
    bot.api.release();
    bot.api.until_sent(9).await;
    let answered = order(&bot.finish().await.sent());
    assert_eq!(answered[1..], asked);
}

#[tokio::test]
async fn flooding_user_is_warned_once_and_delays_no_other() {
    let api = BotApi::start().await;
    let settings = Settings { person: PersonLimit { at_once: 2, interval: Duration::from_secs(1) }, ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    let flood: Vec<_> = (0..4).map(|_| (1, bot.api.deliver(text_from(1, "/help")))).collect();
    let other = (2, bot.api.deliver(text_from(2, "/help")));
    bot.api.until_sent(4).await;
    let early = bot.api.sent();
    assert!(order(&early).contains(&other), "somebody else is answered meanwhile");
    bot.api.until_sent(6).await;
    let sent = bot.finish().await.sent();
    let is_busy = |sent: &&Value| sent["text"].as_str().unwrap().starts_with("One at a time");
    let (busy, answers): (Vec<&Value>, Vec<&Value>) = sent.iter().partition(is_busy);
    assert_eq!((busy.len(), answers.len()), (1, 5));
    let answers: Vec<Value> = answers.into_iter().cloned().collect();
    let of_flood: Vec<_> = order(&answers).into_iter().filter(|(chat, _)| *chat == 1).collect();
    assert_eq!(of_flood, flood);
}

#[tokio::test]
async fn throttled_chat_delays_no_other() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::RetryAfter(1));
    let throttled = bot.api.deliver(text_from(1, "/help"));
    bot.api.until_attempted("sendMessage", 1).await;
    let other = bot.api.deliver(text_from(2, "/help"));
    bot.api.until_sent(2).await;
    assert_eq!(order(&bot.finish().await.sent()), [(2, other), (1, throttled)]);
}

#[tokio::test]
async fn outage_delays_answers_and_loses_none() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::Held);
    let mut asked = vec![(1, bot.api.deliver(text_from(1, "/help"))), (1, bot.api.deliver(text_from(1, "/privacy")))];
    bot.api.until_attempted("sendMessage", 1).await;
    bot.api.until_all_taken().await;
    bot.api.set_outage(true);
    bot.api.release();
    asked.push((1, bot.api.deliver(text_from(1, "/releases"))));
    // Longer than all attempts at a single failing message.
    bot.api.until_attempted("sendChatAction", 5).await;
    bot.api.until_attempted("getUpdates", 4).await;
    bot.api.set_outage(false);
    bot.api.until_sent(3).await;
    assert_eq!(order(&bot.finish().await.sent()), asked);
}

#[tokio::test]
async fn truncated_success_response_is_not_sent_again() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::Truncated);
    bot.api.deliver(text_from(1, "/help"));
    let api = bot.finish().await;
    assert_eq!((api.n_attempts("sendMessage"), api.sent().len()), (1, 1));
}

#[tokio::test]
async fn response_without_result_is_uncertain_and_retried() {
    for body in ["", "{\"ok\":", "{\"ok\":true}", "{\"ok\":true,\"result\":null}"] {
        for fault in [Fault::Empty(body), Fault::Body(body)] {
            let (bot, address) = start(&[("sendMessage", fault.clone())]).await;
            bot.api.deliver(text_from(1, "/help"));
            let (_, text) = until_page_says(address, "/metrics", "pressdesk_sends_total{result=\"sent\"} 1").await;
            assert!(text.contains("pressdesk_uncertain_sends_total 1"), "{text}");
            let api = bot.finish().await;
            let n_copies = if matches!(fault, Fault::Empty(_)) { 2 } else { 1 };
            assert_eq!((api.n_attempts("sendMessage"), api.sent().len()), (2, n_copies), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn json_from_an_intermediary_is_retried() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::Intermediary(200, r#"{"error":"upstream busy"}"#));
    bot.api.deliver(text_from(1, "/help"));
    let api = bot.finish().await;
    assert_eq!((api.n_attempts("sendMessage"), api.sent().len()), (2, 1));
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::RetryAfter(1));
    bot.api.deliver(text_from(1, "/help"));
    let api = bot.finish().await;
    assert_eq!((api.n_attempts("sendMessage"), order(&api.sent()).len()), (2, 1));
}

#[tokio::test]
async fn throttled_typing_is_muted_and_delays_no_answer() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendChatAction", Fault::RetryAfter(3600));
    (0..4).for_each(|_| bot.api.fail_next("sendMessage", Fault::ServerError));
    bot.api.deliver(text_from(1, "/help"));
    let api = bot.finish().await;
    assert_eq!((api.n_attempts("sendMessage"), api.sent().len(), api.n_attempts("sendChatAction")), (5, 1, 1));
}

#[tokio::test]
async fn panic_while_sending_is_reported_and_not_retried() {
    let api = BotApi::start().await;
    let address = free_address();
    let mut settings = Settings { health: Some(address), ..settings(&api) };
    // The time of the second message overflows.
    settings.send_limits.chat = RateLimit { n: 1, within: Duration::MAX };
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(text_from(1, "/help"));
    let unlucky = bot.api.deliver(text_from(1, "/privacy"));
    let sent = bot.api.until_sent(2).await;
    assert!(sent[1]["text"].as_str().unwrap().starts_with("Something went wrong"), "{sent:?}");
    assert_eq!(order(&sent)[1], (1, unlucky));
    until_page_says(address, "/metrics", "pressdesk_failures_total{kind=\"panic\"} 1").await;
    let api = bot.finish().await;
    let settings = super::settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(text_from(2, "/help"));
    let sent = bot.finish().await.sent();
    assert_eq!(sent.len(), 3, "{sent:?}");
}

#[tokio::test]
async fn panic_while_decoding_is_reported_and_not_retried() {
    const NAMELESS: &str = r#"{"ok":true,"result":{"id":4242,"is_bot":true,"first_name":"Press desk","can_join_groups":true,
        "can_read_all_group_messages":false,"supports_inline_queries":false,"has_main_web_app":false}}"#;
    // teloxide panics for a bot without a username, which no real bot lacks.
    let (bot, address) = start(&[("getMe", Fault::Body(NAMELESS))]).await;
    let mention = json!([{"type": "mention", "offset": 0, "length": 5}]);
    let mentions = |mut update: Value| {
        update["message"]["text"] = "@desk who paid for the workshop?".into();
        update["message"]["entities"] = mention.clone();
        update
    };
    let before = (1, bot.api.deliver(text_from(1, "/help")));
    let unlucky = (1, bot.api.deliver(mentions(text_from(1, ""))));
    let mut reply = mentions(asked_in(OLD, 2));
    reply["message"]["reply_to_message"] = json!({
        "message_id": 1, "date": 1, "chat": {"id": OLD, "type": "supergroup", "title": "G"},
        "from": {"id": 4242, "is_bot": true, "first_name": "Press desk"}, "text": "x",
    });
    let in_group = (OLD, bot.api.deliver(reply));
    // Not answered: without a username, the mention is not recognized.
    bot.api.deliver(mentions(asked_in(OLD, 2)));
    let after = (1, bot.api.deliver(text_from(1, "/help")));
    let sent = bot.api.until_sent(4).await;
    let of = |chat: i64| order(&sent).into_iter().filter(|(of, _)| *of == chat).collect::<Vec<_>>();
    assert_eq!((of(1), of(OLD)), (vec![before, unlucky, after], vec![in_group]));
    let is_notified = |sent: &&Value| sent["text"].as_str().unwrap().starts_with("Something went wrong");
    assert_eq!(sent.iter().filter(is_notified).count(), 2);
    until_page_says(address, "/metrics", "pressdesk_failures_total{kind=\"panic\"} 3").await;
    let api = bot.finish().await;
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(text_from(2, "/help"));
    assert_eq!(bot.finish().await.sent().len(), 5);
}

#[tokio::test]
async fn broken_connection_is_retried() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::Reset);
    bot.api.fail_next("sendMessage", Fault::Reset);
    bot.api.deliver(text_from(1, "/help"));
    let api = bot.finish().await;
    assert_eq!((api.n_attempts("sendMessage"), order(&api.sent()).len()), (3, 1));
}

#[tokio::test]
async fn uncertain_message_is_sent_at_most_seven_times() {
    for fault in [
        Fault::Gateway(502, "<html>"),
        Fault::Gateway(504, "<html>"),
        Fault::Gateway(200, "<html>"),
        Fault::Empty(""),
        Fault::Reset,
    ] {
        let (bot, address) = start(&std::array::from_fn::<_, 7, _>(|_| ("sendMessage", fault.clone()))).await;
        bot.api.deliver(text_from(1, "/help"));
        bot.api.until_attempted("sendMessage", 7).await;
        let next = bot.api.deliver(text_from(1, "/help"));
        let (_, text) = until_page_says(address, "/metrics", "pressdesk_sends_total{result=\"sent\"} 1").await;
        for line in ["pressdesk_uncertain_sends_total 7", "pressdesk_sends_total{result=\"given_up\"} 1"] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
        let api = bot.finish().await;
        assert_eq!(api.n_attempts("sendMessage"), 8);
        assert_eq!(order(&api.sent()).last(), Some(&(1, next)));
    }
}

#[tokio::test]
async fn failing_answer_is_postponed_and_delivered_unchanged() {
    let api = BotApi::start().await;
    let settings = Settings { postpone_delay: Duration::from_secs(1), ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(text_from(1, "/release migrant-window"));
    bot.api.until_sent(1).await;
    (0..7).for_each(|_| bot.api.fail_next("sendMessage", Fault::ServerError));
    let later = bot.api.deliver(text_from(1, "who is the contact?"));
    let next = bot.api.deliver(text_from(1, "/release tb-think-universal 3"));
    bot.api.until_sent(3).await;
    let sent = bot.finish().await.sent();
    assert_eq!(order(&sent)[1..], [(1, next), (1, later)]);
    let text = sent[2]["text"].as_str().unwrap();
    assert!(text.contains("Alba Miriam Amaya") && !text.contains("Carlos Van der Laat"), "{text}");
}

#[tokio::test]
async fn postponed_answer_survives_a_restart() {
    let bot = Bot::start().await;
    (0..7).for_each(|_| bot.api.fail_next("sendMessage", Fault::ServerError));
    let later = bot.api.deliver(text_from(1, "/help"));
    let next = bot.api.deliver(text_from(1, "/help"));
    bot.api.until_sent(1).await;
    let api = bot.finish().await;
    assert_eq!(order(&api.sent()), [(1, next)]);
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(2).await;
    assert_eq!(order(&bot.finish().await.sent()), [(1, next), (1, later)]);
}

#[tokio::test]
async fn server_error_is_retried_before_teloxide_would() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::ServerError);
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_attempted("sendMessage", 1).await;
    let failed = Instant::now();
    bot.api.until_attempted("sendMessage", 2).await;
    // teloxide's own client sleeps ten seconds after each server error.
    assert!(failed.elapsed() < Duration::from_secs(5), "{:?}", failed.elapsed());
    let api = bot.finish().await;
    assert_eq!((api.n_attempts("sendMessage"), order(&api.sent()).len()), (2, 1));
}

/// Returns a text that takes a while to process.
fn long_text() -> String {
    "whoo payd fro teh workshopp ".repeat(140)
}

/// Limits that every request exceeds unless it ends at once.
const STRICT_LIMITS: RunLimits = RunLimits { processor_time: Duration::ZERO, elapsed: Duration::ZERO };

#[tokio::test]
async fn stuck_thread_is_replaced_and_reported() {
    let api = BotApi::start().await;
    let operators = Some(Operators { chat: -77, interval: Duration::from_millis(50) });
    let bot =
        Bot::start_with(api.clone(), Settings { run_limits: STRICT_LIMITS, workers: 1, operators, ..settings(&api) });
    let stuck = api.deliver(text_from(1, &long_text()));
    let sent = api.until_sent(2).await;
    let of = |chat: i64| sent.iter().find(|sent| sent["chat_id"] == chat).unwrap();
    assert_eq!(of(1)["reply_parameters"]["message_id"], stuck);
    assert!(of(1)["text"].as_str().unwrap().starts_with("Something went wrong"), "{sent:?}");
    assert_eq!(of(-77)["text"], "pressdesk\nquestions that did not end: 1");
    // The only worker is free again.
    api.deliver(text_from(2, "/help"));
    api.until_sent(3).await;
    bot.finish().await;
}

#[tokio::test]
async fn too_many_stuck_threads_end_the_bot_without_loss() {
    let api = BotApi::start().await;
    let asked: Vec<i64> = (1..=40).map(|person| api.deliver(text_from(person, &long_text()))).collect();
    // Half of the workers take long requests, so 32 run concurrently.
    let strict = Settings { run_limits: STRICT_LIMITS, workers: 64, drain: Duration::ZERO, ..settings(&api) };
    let bot = Bot::start_with(api, strict);
    let fault = bot.serving.await.unwrap().unwrap_err().to_string();
    assert!(fault.contains("too many threads are stuck"), "{fault}");
    let settings = settings(&bot.api);
    let bot = Bot::start_with(bot.api, settings);
    let is_answered = || {
        let sent = bot.api.sent();
        asked.iter().all(|question| sent.iter().any(|sent| sent["reply_parameters"]["message_id"] == *question))
    };
    bot.api.until("every answer", is_answered).await;
    bot.finish().await;
}

#[tokio::test]
async fn short_question_is_answered_before_long_ones() {
    let api = BotApi::start().await;
    // One worker, with everything queued at the start.
    let long: Vec<_> = (1..=8).map(|person| (person, api.deliver(text_from(person, &long_text())))).collect();
    let short: Vec<_> = (9..=12).map(|person| (person, api.deliver(text_from(person, "/help")))).collect();
    let bot = Bot::start_with(api.clone(), Settings { workers: 1, ..settings(&api) });
    api.until_sent(12).await;
    let order = order(&bot.finish().await.sent());
    let n_before = |at: &(i64, i64)| {
        let before = order.iter().take_while(|answered| *answered != at);
        before.filter(|answered| long.contains(answered)).count()
    };
    assert!(short.iter().all(|asked| n_before(asked) <= 1), "{order:?}");
}

#[tokio::test]
async fn readiness_estimates_the_backlog_and_newcomers_bypass_it() {
    let api = BotApi::start().await;
    let address = free_address();
    let mut settings = Settings { health: Some(address), ..settings(&api) };
    settings.send_limits.overall = RateLimit { n: 5, within: Duration::from_secs(1) };
    settings.drain = Duration::ZERO;
    (1..=200).for_each(|person| _ = api.deliver(text_from(person, "/help")));
    let bot = Bot::start_with(api.clone(), settings);
    let (status, text) = until_page_says(address, "/readyz", "messages wait, about").await;
    assert!(status == 200 && text.starts_with("ready, but ") && text.contains("at the present pace"), "{text}");
    let newcomer = api.deliver(text_from(999, "/help"));
    api.until("the newcomer's answer", || order(&api.sent()).contains(&(999, newcomer))).await;
    assert!(api.sent().len() < 100, "{}", api.sent().len());
    // "typing…" must not use slots of messages.
    assert_eq!(api.n_attempts("sendChatAction"), 0);
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn quick_answer_shows_no_typing() {
    let bot = Bot::start().await;
    bot.api.deliver(text_from(1, "/help"));
    let api = bot.finish().await;
    assert_eq!((api.sent().len(), api.n_attempts("sendChatAction")), (1, 0));
}

#[tokio::test]
async fn blocked_bot_drops_one_reply_only() {
    for (refusal, result) in [
        (Fault::Refusal(403, "Forbidden: bot was blocked by the user"), "closed"),
        (Fault::Refusal(403, "Forbidden: bot was kicked from the supergroup chat"), "closed"),
        (Fault::Refusal(403, "in words of tomorrow"), "closed"),
        (Fault::Refusal(400, "Bad Request: chat not found"), "closed"),
        (Fault::Refusal(400, "Bad Request: can't write to chat with deleted user"), "closed"),
        (Fault::Refusal(400, "Bad Request: need administrator rights in the channel chat"), "closed"),
        (Fault::Refusal(400, "Bad Request: not enough rights to send text messages to the chat"), "closed"),
        (Fault::Refusal(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), "closed"),
        (Fault::Refusal(400, "Bad Request: message is too long"), "refused"),
    ] {
        let (bot, address) = start(&[("sendMessage", refusal)]).await;
        bot.api.deliver(text_from(1, "/help"));
        bot.api.until_attempted("sendMessage", 1).await;
        let next = bot.api.deliver(text_from(1, "/help"));
        let line = format!("pressdesk_sends_total{{result=\"{result}\"}} 1");
        until_page_says(address, "/metrics", &line).await;
        assert_eq!(order(&bot.finish().await.sent()), [(1, next)]);
    }
}

#[tokio::test]
async fn answer_into_a_closed_topic_is_dropped() {
    for refusal in ["Bad Request: TOPIC_CLOSED", "Bad Request: message thread not found"] {
        let (bot, address) = start(&[("sendMessage", Fault::Refusal(400, refusal))]).await;
        let mut question = recorded("answered/forum_topic_command");
        bot.api.deliver(question.clone());
        until_page_says(address, "/metrics", "pressdesk_sends_total{result=\"closed\"} 1").await;
        (question["update_id"], question["message"]["message_id"]) = (900.into(), 901.into());
        question["message"]["message_thread_id"] = 301.into();
        bot.api.deliver(question);
        let api = bot.finish().await;
        let topics: Vec<_> = api.sent().iter().map(|sent| sent["message_thread_id"].clone()).collect();
        assert!(!topics.is_empty() && topics.iter().all(|topic| *topic == 301), "{refusal}: {topics:?}");
        assert_eq!(api.n_attempts("sendMessage"), topics.len() + 1);
    }
}

#[tokio::test]
async fn answer_follows_a_group_migration() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::Migrated(-1_009_999));
    bot.api.deliver(recorded("answered/group_command_for_us_in_other_case"));
    let sent = bot.finish().await.sent();
    assert_eq!(sent[0]["chat_id"], -1_009_999);
}

/// Returns a question from a user in a group.
fn asked_in(group: i64, person: i64) -> Value {
    json!({"message": {
        "date": 1, "chat": {"id": group, "type": "supergroup", "title": "G"},
        "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": "en"},
        "text": "/help@pressdesk_bot", "entities": [{"offset": 0, "length": 19, "type": "bot_command"}],
    }})
}

const OLD: i64 = -2500;
const NEW: i64 = -1_009_999;

#[tokio::test]
async fn pending_answers_follow_a_migration_found_by_sending() {
    for lane_capacity in [2, 16] {
        let api = BotApi::start().await;
        let settings = Settings { lane_capacity, ..settings(&api) };
        let bot = Bot::start_with(api, settings);
        bot.api.fail_next("sendMessage", Fault::Held);
        bot.api.fail_next("sendMessage", Fault::Migrated(NEW));
        bot.api.fail_next("sendMessage", Fault::RetryAfter(1));
        let ask = |chat: i64, person: i64| (NEW, bot.api.deliver(asked_in(chat, person)));
        let mut asked = vec![ask(OLD, 1)];
        bot.api.until_attempted("sendMessage", 1).await;
        asked.extend((2..8).map(|person| ask(OLD, person % 3)));
        bot.api.until_all_taken().await;
        bot.api.release();
        bot.api.until_attempted("sendMessage", 3).await;
        // While the first message to the new chat waits.
        asked.extend([ask(NEW, 1), ask(OLD, 2), ask(NEW, 3)]);
        bot.api.until_sent(asked.len()).await;
        let api = bot.finish().await;
        asked[0].0 = OLD;
        assert_eq!(order(&api.sent()), asked, "{lane_capacity}");
        assert_eq!(api.n_attempts("sendMessage"), asked.len() + 2);
    }
}

#[tokio::test]
async fn pending_answers_follow_a_migration_message() {
    for lane_capacity in [2, 16] {
        let api = BotApi::start().await;
        let settings = Settings { lane_capacity, ..settings(&api) };
        let bot = Bot::start_with(api, settings);
        bot.api.fail_next("sendMessage", Fault::Held);
        let mut asked = vec![(OLD, bot.api.deliver(asked_in(OLD, 1)))];
        bot.api.until_attempted("sendMessage", 1).await;
        asked.extend((2..8).map(|person| (NEW, bot.api.deliver(asked_in(OLD, person)))));
        bot.api.deliver(json!({"message": {
            "date": 1, "chat": {"id": OLD, "type": "group", "title": "G"}, "migrate_to_chat_id": NEW,
            "from": {"id": 1, "is_bot": false, "first_name": "A"},
        }}));
        asked.extend((1..3).map(|person| (NEW, bot.api.deliver(asked_in(NEW, person)))));
        bot.api.until_all_taken().await;
        bot.api.release();
        bot.api.until_sent(asked.len()).await;
        assert_eq!(order(&bot.finish().await.sent()), asked, "{lane_capacity}");
    }
}

#[tokio::test]
async fn flooding_user_delays_nobody_else_in_a_group() {
    let api = BotApi::start().await;
    let hour = PersonLimit { at_once: 2, interval: Duration::from_secs(3600) };
    let bot = Bot::start_with(api.clone(), Settings { person: hour, lane_capacity: 2, ..settings(&api) });
    // More than the lane holds in memory.
    let flood: Vec<_> = (0..40).map(|_| (NEW, bot.api.deliver(asked_in(NEW, 1)))).collect();
    let others: Vec<_> = (2..4).map(|person| (NEW, bot.api.deliver(asked_in(NEW, person)))).collect();
    let sent = bot.api.until_sent(5).await;
    let is_busy = |sent: &&Value| sent["text"].as_str().unwrap().starts_with("One at a time");
    assert_eq!(sent.iter().filter(is_busy).count(), 1);
    let answers: Vec<Value> = sent.into_iter().filter(|sent| !is_busy(&sent)).collect();
    assert_eq!(order(&answers), [&flood[..2], &others[..]].concat());
    // The others wait in the journal when the bot stops.
    let api = bot.finish().await;
    assert_eq!(api.sent().len(), 5);
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(43).await;
    assert_eq!(order(&bot.finish().await.sent()[5..]), flood[2..]);
}

#[tokio::test]
async fn tap_is_acknowledged_before_anything_else() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::Held);
    bot.api.deliver(recorded("answered/callback_query"));
    bot.api.until_attempted("sendMessage", 1).await;
    bot.api.until_attempted("answerCallbackQuery", 1).await;
    assert!(bot.api.sent().is_empty());
    bot.api.release();
    assert_eq!(order(&bot.finish().await.sent()).len(), 1);
}

#[tokio::test]
async fn tap_is_answered_although_acknowledging_it_fails() {
    let bot = Bot::start().await;
    bot.api.fail_next("answerCallbackQuery", Fault::Refusal(400, "Bad Request: query is too old"));
    bot.api.deliver(recorded("answered/callback_query"));
    assert_eq!(order(&bot.finish().await.sent()).len(), 1);
}

#[tokio::test]
async fn received_updates_are_answered_and_confirmed_before_stopping() {
    let bot = Bot::start().await;
    bot.api.fail_next("sendMessage", Fault::Held);
    let first = bot.api.deliver(text_from(1, "/help"));
    bot.api.until_attempted("sendMessage", 1).await;
    let second = bot.api.deliver(text_from(1, "/privacy"));
    bot.api.until_all_taken().await;
    bot.stop.send(()).unwrap();
    bot.api.release();
    bot.serving.await.unwrap().unwrap();
    bot.api.assert_obeyed();
    assert_eq!(order(&bot.api.sent()), [(1, first), (1, second)]);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_a_hanging_telegram() {
    let api = BotApi::start().await;
    let mut settings = settings(&api);
    settings.drain = Duration::from_millis(50);
    let bot = Bot::start_with(api, settings);
    bot.api.fail_next("sendMessage", Fault::Held);
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_attempted("sendMessage", 1).await;
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();
    assert!(bot.api.sent().is_empty());
}

#[tokio::test]
async fn shutdown_does_not_wait_for_a_throttled_chat() {
    let mut api = BotApi::start().await;
    let mut asked = Vec::new();
    // Four times, because an update that crashed the bot three times would be abandoned.
    for n_starts in 1..=4 {
        let settings = Settings { drain: Duration::from_secs(30), ..settings(&api) };
        api.fail_next("sendMessage", Fault::RetryAfter(3600));
        let bot = Bot::start_with(api, settings);
        asked.push((1, bot.api.deliver(text_from(1, "/help"))));
        bot.api.until_attempted("sendMessage", n_starts).await;
        bot.api.until_all_taken().await;
        let asked_to = Instant::now();
        bot.stop.send(()).unwrap();
        bot.serving.await.unwrap().unwrap();
        assert!(asked_to.elapsed() < Duration::from_secs(10), "{:?}", asked_to.elapsed());
        api = bot.api;
    }
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(asked.len()).await;
    let sent = bot.finish().await.sent();
    assert_eq!(order(&sent), asked);
    assert!(!sent.iter().any(|sent| sent["text"].as_str().unwrap().starts_with("Something went wrong")), "{sent:?}");
}
