//! Every text that the bot can produce from a corpus, laid out as messages that Telegram accepts unchanged.

#![allow(clippy::print_stdout)]

use std::sync::Arc;

use pressdesk::conversation::Conversation;
use pressdesk::corpus::Corpus;
use serde_json::{Value, json};

use super::texts::{N_WAYS, check, disfigured_corpus};
use super::{Bot, BotApi, settings};
use crate::desk::{conversation, conversation_over, project};

/// Returns a conversation over the shipped corpus, disfigured.
fn disfigured(way: usize) -> Conversation {
    conversation_over(disfigured_corpus(Corpus::load(&project("corpus"), None).unwrap().0, way))
}

#[test]
fn every_text_of_the_corpus_is_accepted() {
    let (n, refused) = check(&conversation());
    println!("{n} texts of the corpus, {} refused", refused.len());
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(n > 400, "{n} texts");
}

#[test]
fn every_text_of_a_disfigured_corpus_is_accepted() {
    for way in 0..N_WAYS {
        let (n, refused) = check(&disfigured(way));
        println!("{n} texts of a corpus disfigured in way {way}, {} refused", refused.len());
        assert!(refused.is_empty(), "{}", refused.join("\n"));
    }
}

/// Sends commands in a private chat and a group and types questions, in every language; returns the number of messages and of
/// inline results.
async fn send_all(conversation: Arc<Conversation>) -> (usize, usize) {
    let api = BotApi::start().await;
    let settings = settings(&api);
    let bot = Bot::start_over(Arc::clone(&conversation), api, settings);
    let corpus = conversation.desk().corpus();
    let (mut n_queries, mut person) = (0, 100);
    for language in conversation.languages() {
        let mut commands = vec!["releases".to_owned(), "contacts".to_owned(), "help".to_owned(), "search".to_owned()];
        commands.extend(
            corpus.releases.iter().flat_map(|release| [1, 2].map(|page| format!("release {} {page}", release.id))),
        );
        for command in commands {
            let (name, rest) = command.split_once(' ').unwrap_or((&command, ""));
            person += 1;
            for (chat, kind) in [(person, "private"), (-person, "supergroup")] {
                bot.api.deliver(json!({"message": {
                    "date": 1, "chat": {"id": chat, "type": kind, "title": "G", "first_name": "A"},
                    "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": language.code()},
                    "text": format!("/{name}@pressdesk_bot {rest}"),
                }}));
            }
        }
        for release in [None].into_iter().chain(corpus.releases.iter().map(Some)) {
            (n_queries, person) = (n_queries + 1, person + 1);
            let words = release.map_or("", |release| release.title.as_str());
            bot.api.deliver(json!({"inline_query": {
                "id": person.to_string(), "query": words.chars().take(256).collect::<String>(), "offset": "",
                "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": language.code()},
            }}));
            bot.api.until("results", || bot.api.calls("answerInlineQuery").len() == n_queries).await;
        }
    }
    let api = bot.finish().await;
    let results: Vec<Value> = api.calls("answerInlineQuery");
    (api.sent().len(), results.iter().filter_map(|answer| Some(answer["results"].as_array()?.len())).sum())
}

#[tokio::test]
async fn every_list_page_and_inline_result_is_accepted() {
    for conversation in [conversation(), Arc::new(disfigured(0))] {
        let (n_sent, n_results) = send_all(conversation).await;
        println!("{n_sent} messages and {n_results} inline results sent, 0 refused");
        assert!(n_sent > 100 && n_results > 20, "{n_sent} messages, {n_results} inline results");
    }
}
