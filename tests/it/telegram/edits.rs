//! Edited questions: an edit of a question edits its answer.

use std::time::Duration;

use pressdesk::config::PersonLimit;
use pressdesk::telegram::Settings;
use serde_json::{Value, json};

use super::bot_api::{BotApi, Fault};
use super::journal::open;
use super::{Bot, settings, text_from};

const FIRST: &str = "/release migrant-window";
const SECOND: &str = "/privacy";

/// Returns the edit of a message, minutes after it was written.
fn edit(person: i64, id: i64, text: &str) -> Value {
    let mut message = text_from(person, text)["message"].clone();
    (message["message_id"], message["edit_date"]) = (id.into(), 600.into());
    json!({ "edited_message": message })
}

/// Starts a bot and asks; returns it with the ids of question and answer.
async fn asked(text: &str) -> (Bot, i64, i64) {
    let bot = Bot::start().await;
    let question = bot.api.deliver(text_from(1, text));
    bot.api.until_sent(1).await;
    bot.api.until_all_taken().await;
    let answer = bot.api.sent_ids()[0];
    (bot, question, answer)
}

async fn restarted(bot: Bot) -> Bot {
    let api = bot.finish().await;
    let settings = settings(&api);
    Bot::start_with(api, settings)
}

#[tokio::test]
async fn edited_question_edits_its_answer() {
    for restarts in [false, true] {
        let (mut bot, question, answer) = asked(FIRST).await;
        for (n_edits, text) in [(1, SECOND), (2, "/help")] {
            if restarts {
                bot = restarted(bot).await;
            }
            bot.api.deliver(edit(1, question, text));
            let edits = bot.api.until_edited(n_edits).await;
            assert_eq!(edits[n_edits - 1]["message_id"], answer, "{text}");
            bot.api.until_all_taken().await;
        }
        assert_eq!(bot.finish().await.sent().len(), 1);
    }
}

#[tokio::test]
async fn edit_without_a_new_text_does_nothing() {
    for restarts in [false, true] {
        let (mut bot, question, _) = asked("who paid for the training?").await;
        // Another subject, on which the same words would be answered otherwise.
        bot.api.deliver(text_from(1, FIRST));
        bot.api.until_sent(2).await;
        if restarts {
            bot = restarted(bot).await;
        }
        bot.api.deliver(edit(1, question, "who paid for the training?"));
        let api = bot.finish().await;
        assert_eq!((api.sent().len(), api.n_attempts("editMessageText")), (2, 0));
    }
}

#[tokio::test]
async fn deleted_answer_to_an_edited_question_is_sent_anew() {
    for refusal in ["message to edit not found", "message can't be edited"] {
        let (bot, question, _) = asked(FIRST).await;
        bot.api.fail_next("editMessageText", Fault::Refusal(400, format!("Bad Request: {refusal}").leak()));
        bot.api.deliver(edit(1, question, SECOND));
        let sent = bot.api.until_sent(2).await;
        assert_eq!(sent[1]["reply_parameters"]["message_id"], question);
        bot.api.until_all_taken().await;
        // The new answer is the one to edit from then on.
        let answer = bot.api.sent_ids()[1];
        bot.api.deliver(edit(1, question, "/help"));
        assert_eq!(bot.api.until_edited(1).await[0]["message_id"], answer, "{refusal}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn edited_message_that_was_no_question_becomes_one() {
    let bot = Bot::start().await;
    let in_group = |text: &str| {
        json!({
            "message_id": 900, "date": 1, "edit_date": 5, "chat": {"id": -1_001, "type": "supergroup", "title": "G"},
            "from": {"id": 1, "is_bot": false, "first_name": "A"}, "text": text,
            "entities": if text.starts_with('/') { json!([{"type": "bot_command", "offset": 0, "length": 22}]) } else { json!([]) },
        })
    };
    let mut written = in_group("what do you mean?");
    written.as_object_mut().unwrap().remove("edit_date");
    bot.api.deliver(json!({ "message": written }));
    bot.api.until_all_taken().await;
    bot.api.deliver(json!({ "edited_message": in_group("/privacy@pressdesk_bot") }));
    let sent = bot.api.until_sent(1).await;
    assert_eq!(sent[0]["reply_parameters"]["message_id"], 900);
    bot.finish().await;
}

#[tokio::test]
async fn answer_of_several_messages_is_edited_to_one() {
    let bot = Bot::start().await;
    let question = bot.api.deliver(text_from(1, FIRST));
    bot.api.until_sent(1).await;
    let api = bot.finish().await;
    // As after an answer of two messages.
    let answer = api.sent_ids()[0];
    let mut journal = open(&api).await;
    sqlx::query(
        "INSERT INTO answers (update_id, chat, question, answer, sent_at, releases, text_hash)
         SELECT update_id, chat, question, answer + 1, sent_at, releases, text_hash FROM answers",
    )
    .execute(&mut journal)
    .await
    .unwrap();
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(edit(1, question, SECOND));
    bot.api.until_attempted("deleteMessage", 1).await;
    let api = bot.finish().await;
    assert_eq!(api.edits()[0]["message_id"], answer);
    assert_eq!(api.sent().len(), 1);
}

#[tokio::test]
async fn edit_in_flight_at_a_kill_is_made_after_the_restart() {
    let (bot, question, answer) = asked(FIRST).await;
    let api = bot.finish().await;
    let short = Settings { drain: Duration::from_millis(20), ..settings(&api) };
    let bot = Bot::start_with(api, short);
    bot.api.fail_next("editMessageText", Fault::Held);
    bot.api.deliver(edit(1, question, SECOND));
    bot.api.until_attempted("editMessageText", 1).await;
    bot.api.until_all_taken().await;
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();
    let settings = settings(&bot.api);
    let bot = Bot::start_with(bot.api, settings);
    assert_eq!(bot.api.until_edited(1).await[0]["message_id"], answer);
    assert_eq!(bot.finish().await.sent().len(), 1);
}

#[tokio::test]
async fn question_edited_while_it_waits_is_answered_as_edited() {
    let api = BotApi::start().await;
    let person = PersonLimit { at_once: 1, interval: Duration::from_secs(1) };
    let bot = Bot::start_with(api.clone(), Settings { person, ..settings(&api) });
    bot.api.deliver(text_from(1, "/help"));
    let question = bot.api.deliver(text_from(1, FIRST));
    bot.api.deliver(edit(1, question, SECOND));
    let edits = bot.api.until_edited(1).await;
    assert!(edits[0]["text"].as_str().unwrap().starts_with("What is kept about you"), "{edits:?}");
    bot.finish().await;
}

#[tokio::test]
async fn question_whose_edit_is_answered_is_not_answered_late() {
    let (bot, question, _) = asked(FIRST).await;
    let api = bot.finish().await;
    // As where the question had to wait longer than its edit.
    let mut journal = open(&api).await;
    let mut update = text_from(1, "/help");
    update["update_id"] = 1.into();
    update["message"]["message_id"] = question.into();
    sqlx::query("INSERT INTO waiting (update_id, chat, person, taken_at, n_tries, is_sending, raw) SELECT 1, 1, 1, sent_at, 0, 0, $1 FROM answers")
        .bind(update.to_string())
        .execute(&mut journal)
        .await
        .unwrap();
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(text_from(1, SECOND));
    bot.api.until_sent(2).await;
    assert_eq!(bot.finish().await.sent().len(), 2);
}
