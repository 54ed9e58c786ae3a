//! Inline mode: passages to choose from while somebody types.

use std::collections::BTreeSet;
use std::sync::Arc;

use pressdesk::corpus::{Corpus, Release};
use serde_json::{Value, json};

use super::bot_api::{BotApi, Fault};
use super::{Bot, recorded, settings, text_from};
use crate::desk::{conversation, conversation_over, project};

/// Returns an inline query of a user.
fn query(person: i64, words: &str, offset: &str) -> Value {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
    let id = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    json!({"inline_query": {
        "id": id.to_string(), "query": words, "offset": offset, "chat_type": "supergroup",
        "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": "en"},
    }})
}

/// Types words and waits for the results.
async fn typed(bot: &Bot, update: Value) -> Value {
    let id = update["inline_query"]["id"].clone();
    bot.api.deliver(update);
    let of_it = || bot.api.calls("answerInlineQuery").into_iter().find(|answer| answer["inline_query_id"] == id);
    bot.api.until("results", || of_it().is_some()).await;
    of_it().unwrap()
}

fn texts(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().unwrap().iter();
    results.map(|result| result["input_message_content"]["message_text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn passages_are_offered_with_title_and_quotation() {
    let bot = Bot::start().await;
    let answer = typed(&bot, query(1, "who paid for the tuberculosis training?", "")).await;
    let first = &answer["results"][0];
    let titles: Vec<String> =
        conversation().desk().corpus().releases.iter().map(|release| release.title.clone()).collect();
    assert!(titles.contains(&first["title"].as_str().unwrap().to_owned()), "{first}");
    let content = &first["input_message_content"];
    let kinds: Vec<_> = content["entities"].as_array().unwrap().iter().map(|entity| entity["type"].clone()).collect();
    assert!(kinds.iter().any(|kind| kind == "blockquote" || kind == "expandable_blockquote"), "{kinds:?}");
    assert!(content["message_text"].as_str().unwrap().contains(first["title"].as_str().unwrap()));
    let description = first["description"].as_str().unwrap();
    let excerpt = description.rsplit(" · ").next().unwrap().trim_end_matches('…');
    assert!(content["message_text"].as_str().unwrap().contains(excerpt), "{description}");
    assert!(answer.get("button").is_none());
    assert!(bot.finish().await.sent().is_empty());
}

#[tokio::test]
async fn first_result_is_the_answer_of_the_private_chat() {
    const QUESTION: &str = "who paid for the tuberculosis training?";
    let bot = Bot::start().await;
    let answer = typed(&bot, query(1, QUESTION, "")).await;
    bot.api.deliver(text_from(1, QUESTION));
    let sent = bot.api.until_sent(1).await;
    let quotation = |text: &str| text.split("\n\n").next().unwrap().to_owned();
    assert_eq!(quotation(&texts(&answer)[0]), quotation(sent[0]["text"].as_str().unwrap()));
    bot.finish().await;
}

/// Starts a bot with this number of releases.
async fn with_releases(n: usize) -> Bot {
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    let release = |n: usize| {
        let release = Release::clone(&corpus.releases[0]);
        Arc::new(Release { id: format!("release-{n}"), title: format!("Release {n}"), ..release })
    };
    let corpus = Corpus { releases: (0..n).map(release).collect() };
    let api = BotApi::start().await;
    let settings = settings(&api);
    Bot::start_over(Arc::new(conversation_over(corpus)), api, settings)
}

#[tokio::test]
async fn empty_query_pages_through_the_releases_to_the_end() {
    let bot = with_releases(23).await;
    let (mut titles, mut offset, mut n_pages) = (Vec::new(), String::new(), 0);
    loop {
        let answer = typed(&bot, query(1, " ", &offset)).await;
        titles.extend(answer["results"].as_array().unwrap().iter().map(|result| result["title"].to_string()));
        n_pages += 1;
        offset = answer["next_offset"].as_str().unwrap().to_owned();
        if offset.is_empty() {
            break;
        }
    }
    assert_eq!((titles.len(), n_pages), (23, 3));
    assert_eq!(titles.iter().collect::<BTreeSet<_>>().len(), 23);
    for beyond in ["23", "1000", "-1", "x", "99999999999999999999"] {
        let answer = typed(&bot, query(1, "", beyond)).await;
        assert_eq!((&answer["results"], &answer["next_offset"]), (&json!([]), &json!("")), "{beyond}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn latest_release_comes_first() {
    let bot = Bot::start().await;
    let answer = typed(&bot, query(1, "", "")).await;
    assert_eq!(answer["results"][0]["title"], conversation().desk().corpus().releases[0].title);
    bot.finish().await;
}

#[tokio::test]
async fn unanswered_query_leads_to_the_private_chat() {
    for words in
        ["zanzibarian aunts on bicycles".to_owned(), "¿qué comen los pingüinos voladores 🐧?".repeat(6), "?".to_owned()]
    {
        let bot = Bot::start().await;
        let answer = typed(&bot, query(1, &words, "")).await;
        assert_eq!(answer["results"], json!([]), "{words}");
        let parameter = answer["button"]["start_parameter"].as_str().unwrap().to_owned();
        bot.api.deliver(text_from(1, &format!("/start {parameter}")));
        bot.api.until_sent(1).await;
        bot.finish().await;
    }
}

#[tokio::test]
async fn contacts_are_offered_as_one_result() {
    let bot = Bot::start().await;
    let answer = typed(&bot, query(1, "who is the contact for the migrant window?", "")).await;
    assert_eq!(texts(&answer).len(), 1);
    assert!(texts(&answer)[0].contains("Alba Miriam Amaya"), "{answer}");
    bot.finish().await;
}

#[tokio::test]
async fn chosen_language_counts_in_inline_mode_after_a_restart() {
    let bot = Bot::start().await;
    bot.api.deliver(text_from(1, "/language es"));
    bot.api.until_sent(1).await;
    let api = bot.finish().await;
    let settings = settings(&api);
    let bot = Bot::start_with(api, settings);
    let labels = [1, 2].map(|person| query(person, "?", ""));
    let mut said = Vec::new();
    for update in labels {
        said.push(typed(&bot, update).await["button"]["text"].as_str().unwrap().to_owned());
    }
    assert_eq!(said, ["Preguntar en el chat privado", "Ask in the private chat"]);
    bot.finish().await;
}

#[tokio::test]
async fn inline_query_is_neither_journaled_nor_retried() {
    let bot = Bot::start().await;
    bot.api.fail_next("answerInlineQuery", Fault::ServerError);
    bot.api.deliver(query(1, "training", ""));
    bot.api.until_attempted("answerInlineQuery", 1).await;
    bot.api.deliver(text_from(1, "/help"));
    bot.api.until_sent(1).await;
    let api = bot.finish().await;
    assert_eq!(api.n_attempts("answerInlineQuery"), 1);
    let mut journal = super::journal::open(&api).await;
    assert_eq!(super::journal::count(&mut journal, "seen").await, 1);
}

#[tokio::test]
async fn late_inline_answer_costs_nothing() {
    let bot = Bot::start().await;
    bot.api.fail_next(
        "answerInlineQuery",
        Fault::Refusal(400, "Bad Request: query is too old and response timeout expired"),
    );
    bot.api.deliver(query(1, "training", ""));
    bot.api.until_attempted("answerInlineQuery", 1).await;
    assert!(!texts(&typed(&bot, query(1, "training", "")).await).is_empty());
    bot.finish().await;
}

#[tokio::test]
async fn recorded_inline_queries_are_answered() {
    for name in ["inline_query", "inline_query_of_unknown_shape"] {
        let bot = Bot::start().await;
        let answer = typed(&bot, recorded(&format!("inline/{name}"))).await;
        assert!(!texts(&answer).is_empty(), "{name}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn held_inline_answer_does_not_hold_up_the_stop() {
    let bot = Bot::start().await;
    bot.api.fail_next("answerInlineQuery", Fault::Held);
    bot.api.deliver(query(1, "training", ""));
    bot.api.until_attempted("answerInlineQuery", 1).await;
    let start = std::time::Instant::now();
    let api = bot.finish().await;
    assert!(start.elapsed() < std::time::Duration::from_secs(5));
    api.release();
}
