//! Deep links: what `/start` with a parameter opens.

use serde_json::Value;

use super::{Bot, text_from};

/// Returns the texts of the answers to some messages, each of another person.
async fn answers(texts: &[&str]) -> Vec<String> {
    let bot = Bot::start().await;
    for (person, text) in (1..).zip(texts) {
        bot.api.deliver(text_from(person, text));
    }
    bot.api.until_sent(texts.len()).await;
    let sent = bot.finish().await.sent();
    let of = |person: i64| -> String {
        let own = sent.iter().filter(|sent| sent["chat_id"] == person);
        own.filter_map(|sent: &Value| sent["text"].as_str()).collect::<Vec<_>>().join("\n\n")
    };
    (1..).zip(texts).map(|(person, _)| of(person)).collect()
}

#[tokio::test]
async fn link_to_a_release_opens_it() {
    let said = answers(&["/start r_migrant-window", "/release migrant-window"]).await;
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn link_with_a_question_answers_it() {
    // base64url of the second message.
    let said = answers(&["/start q_d2hvIHBhaWQgZm9yIHRoZSB0cmFpbmluZz8", "who paid for the training?"]).await;
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn damaged_link_gets_the_ordinary_start() {
    let damaged = [
        "/start",
        "/start from_site",
        "/start q_",
        "/start q_!!!",
        "/start q__w",
        "/start r_",
        "/start r_a b",
        "/start q_YR",
    ];
    let said = answers(&damaged).await;
    for (text, said_to_it) in damaged.iter().zip(&said) {
        assert_eq!(said_to_it, &said[0], "{text}");
    }
}
