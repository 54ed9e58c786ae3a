//! Messages that a user sent as one: albums, and the parts of a long text.

use std::collections::BTreeSet;
use std::time::Duration;

use pressdesk::telegram::Settings;
use serde_json::{Value, json};

use super::bot_api::BotApi;
use super::{Bot, settings, text_from};

/// Text of about the maximum length of a message, which says nothing that the releases know.
fn long_text() -> String {
    "Lorem ipsum dolor. ".repeat(214)
}

fn message(id: i64, fields: Value) -> Value {
    let mut update = text_from(1, "");
    let message = update["message"].as_object_mut().unwrap();
    message.remove("text");
    message.insert("message_id".to_owned(), id.into());
    message.extend(fields.as_object().unwrap().clone());
    update
}

fn item(id: i64, caption: Option<&str>) -> Value {
    let photo = json!([{"file_id": "F", "file_unique_id": "U", "width": 90, "height": 90}]);
    let mut fields = json!({"media_group_id": "77", "photo": photo});
    if let Some(caption) = caption {
        fields["caption"] = caption.into();
    }
    message(id, fields)
}

/// Returns the messages that were replied to.
fn answered(api: &BotApi) -> BTreeSet<i64> {
    api.sent().iter().filter_map(|sent| sent["reply_parameters"]["message_id"].as_i64()).collect()
}

/// Time that does not end during a test.
const ENDLESS: Duration = Duration::from_secs(600);

/// Delivers messages at once and waits for an answer; returns the Bot API after the bot has stopped.
async fn run(updates: &[Value], gathering_time: Duration) -> BotApi {
    let api = BotApi::start().await;
    for update in updates {
        api.deliver(update.clone());
    }
    let settings = Settings { gathering_time, ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(1).await;
    bot.finish().await
}

/// Tells whether the journal holds no message any more: a bot started over it answers only a new one.
async fn is_all_done(api: BotApi) -> bool {
    let n_sent = api.sent().len();
    let settings = Settings { gathering_time: Duration::ZERO, ..settings(&api) };
    let bot = Bot::start_with(api, settings);
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_sent(n_sent + 1).await;
    bot.finish().await.sent().len() == n_sent + 1
}

#[tokio::test]
async fn parts_of_a_long_question_have_one_answer() {
    let question = message(12, json!({"text": "Now: who paid for the training?"}));
    let parts = [message(10, json!({"text": long_text()})), message(11, json!({"text": long_text()})), question];
    let api = run(&parts, ENDLESS).await;
    assert_eq!(answered(&api), BTreeSet::from([12]));
    assert!(is_all_done(api).await);
}

#[tokio::test]
async fn part_left_at_a_stop_is_joined_after_it() {
    let api = BotApi::start().await;
    let settings = Settings { gathering_time: ENDLESS, ..super::settings(&api) };
    let bot = Bot::start_with(api, settings.clone());
    bot.api.deliver(message(10, json!({"text": long_text()})));
    let api = bot.finish().await;
    assert!(api.sent().is_empty());
    api.deliver(message(11, json!({"text": "who paid for the training?"})));
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(1).await;
    assert_eq!(answered(&bot.finish().await), BTreeSet::from([11]));
}

#[tokio::test]
async fn long_question_alone_is_answered() {
    let api = run(&[message(10, json!({"text": long_text()}))], Duration::ZERO).await;
    assert_eq!(answered(&api), BTreeSet::from([10]));
}

#[tokio::test]
async fn album_has_one_answer_wherever_its_caption_is() {
    for captioned in 0..3 {
        let items: Vec<Value> =
            (0..3).map(|n| item(10 + n, (n == captioned).then_some("who paid for the training?"))).collect();
        let api = run(&items, ENDLESS).await;
        assert_eq!(answered(&api), BTreeSet::from([10 + captioned]));
        assert!(is_all_done(api).await);
    }
}

#[tokio::test]
async fn album_without_caption_is_answered_once() {
    let api = run(&[item(10, None), item(11, None), item(12, None)], Duration::ZERO).await;
    assert_eq!((api.sent().len(), answered(&api)), (1, BTreeSet::from([10])));
}

#[tokio::test]
async fn album_in_a_group_has_one_answer_where_it_addresses_the_bot() {
    let in_group = |mut update: Value| {
        update["message"]["chat"] = json!({"id": -7, "type": "group", "title": "G"});
        update
    };
    let mention = "@pressdesk_bot who paid for the training?";
    let mut mentioning = in_group(item(11, Some(mention)));
    mentioning["message"]["caption_entities"] = json!([{"type": "mention", "offset": 0, "length": 14}]);
    let api = run(&[in_group(item(10, None)), mentioning, in_group(item(12, None))], ENDLESS).await;
    assert_eq!(answered(&api), BTreeSet::from([11]));

    let replying = |id: i64| {
        let mut update = in_group(item(id, None));
        let us = json!({"id": 4242, "is_bot": true, "first_name": "Press desk"});
        update["message"]["reply_to_message"] =
            json!({"message_id": 2, "date": 1, "chat": update["message"]["chat"], "from": us, "text": "…"});
        update
    };
    let api = run(&[replying(10), replying(11)], Duration::ZERO).await;
    assert_eq!((api.sent().len(), answered(&api)), (1, BTreeSet::from([10])));
}

/// Returns a message in a group, which mentions the bot at its beginning or does not address it.
fn in_group(id: i64, person: i64, text: &str) -> Value {
    let mut update = message(id, json!({"text": text}));
    update["message"]["chat"] = json!({"id": -7, "type": "supergroup", "title": "G"});
    update["message"]["from"]["id"] = person.into();
    if text.starts_with("@pressdesk_bot") {
        update["message"]["entities"] = json!([{"type": "mention", "offset": 0, "length": 14}]);
    }
    update
}

#[tokio::test]
async fn later_parts_in_a_group_are_joined_without_addressing_the_bot() {
    let first = format!("@pressdesk_bot {}", long_text());
    let parts = [
        in_group(10, 1, &first),
        in_group(11, 1, &long_text()),
        in_group(12, 1, "Now: who paid for the training?"),
        in_group(13, 1, "unrelated"),
    ];
    let api = run(&parts, ENDLESS).await;
    assert_eq!((api.sent().len(), answered(&api)), (1, BTreeSet::from([12])));
    assert!(is_all_done(api).await);
}

#[tokio::test]
async fn other_messages_after_a_long_one_in_a_group_are_ignored() {
    let first = format!("@pressdesk_bot {}", long_text());
    let question = "who paid for the training?";
    let mut late = in_group(11, 1, question);
    late["message"]["date"] = 60.into();
    // Of somebody else, not the next one, much later, and after a short one.
    for (first, next) in [
        (first.as_str(), in_group(11, 2, question)),
        (first.as_str(), in_group(12, 1, question)),
        (first.as_str(), late),
        ("@pressdesk_bot who funded the window?", in_group(11, 1, question)),
    ] {
        let api = run(&[in_group(10, 1, first), next], Duration::ZERO).await;
        assert_eq!((api.sent().len(), answered(&api)), (1, BTreeSet::from([10])));
    }
}

#[tokio::test]
async fn part_in_a_group_left_at_a_stop_is_joined_after_it() {
    let api = BotApi::start().await;
    let settings = Settings { gathering_time: ENDLESS, ..super::settings(&api) };
    let bot = Bot::start_with(api, settings.clone());
    bot.api.deliver(in_group(10, 1, &format!("@pressdesk_bot {}", long_text())));
    bot.api.deliver(in_group(11, 1, &long_text()));
    let api = bot.finish().await;
    assert!(api.sent().is_empty());
    api.deliver(in_group(12, 1, "who paid for the training?"));
    let bot = Bot::start_with(api, settings);
    bot.api.until_sent(1).await;
    assert_eq!(answered(&bot.finish().await), BTreeSet::from([12]));
}
