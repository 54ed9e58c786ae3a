//! Every text that the bot can produce from a corpus, laid out as messages that Telegram accepts unchanged.

#![allow(clippy::print_stdout)]

use std::collections::BTreeSet;
use std::sync::Arc;

use pressdesk::conversation::{COMMANDS, Context, Conversation, Notice, Reply, Request};
use pressdesk::corpus::{Contact, Corpus, Release};
use pressdesk::language::Language;
use pressdesk::telegram::delivery::layout::messages;
use serde_json::{Value, json};

use super::rules::check_message;
use super::{Bot, BotApi, settings};
use crate::desk::{conversation, conversation_over, project};

/// Number of ways to disfigure a text.
const N_WAYS: usize = 6;

/// Disfigures a text in one way: markup, emoji, right-to-left, invisible characters, nothing visible, great length.
fn disfigured(text: &str, way: usize) -> String {
    match way % N_WAYS {
        0 => format!("<b>{text}</b> & <a href=\"x\">'&lt;&amp;'</a> *_`[]()~>#+-=|{{}}.!"),
        1 => format!("🧑‍⚕️🇸🇻 {text} 👍🏽e\u{301}\u{333}\u{33f}"),
        2 => format!("مرحبا {text} \u{202e}שלום\u{202c}\u{200f}\u{2067}x\u{2069}"),
        3 => format!("\u{200b}\u{feff}{text}\u{2060}\u{ad}\u{7}\r\u{2028}\u{200d}"),
        4 => "\u{200b}\u{3164}".to_owned(),
        _ => format!("{text} 👩‍👩‍👧‍👦").repeat(40),
    }
}

/// Returns the shipped corpus with every text disfigured, each release in another way.
fn disfigured_corpus(first_way: usize) -> Corpus {
    let (mut corpus, _) = Corpus::load(&project("corpus")).unwrap();
    for (n, release) in corpus.releases.iter_mut().enumerate() {
        let way = first_way + n;
        let other = |text: &String| disfigured(text, way);
        let mut new = Release::clone(release);
        // The longest id that a button carries.
        new.id = format!("{:x<48}", new.id);
        (new.title, new.place) = (other(&new.title), new.place.as_ref().map(other));
        new.subtitle = new.subtitle.as_ref().map(other);
        new.topics = new.topics.iter().map(other).collect();
        for paragraph in &mut new.paragraphs {
            paragraph.text = other(&paragraph.text);
        }
        let contact = |contact: &Contact| Contact {
            name: contact.name.as_ref().map(other),
            role: contact.role.as_ref().map(other),
            office: contact.office.as_ref().map(other),
            ..contact.clone()
        };
        new.contacts = new.contacts.iter().map(contact).collect();
        *release = Arc::new(new);
    }
    corpus
}

/// Returns the requests that lead to every text: commands, releases, passages, questions by title and paragraph, people.
fn requests(corpus: &Corpus) -> Vec<Request> {
    let mut requests = vec![Request::NotText, Request::Search(String::new())];
    requests.extend(COMMANDS.iter().map(|command| Request::parse(&format!("/{command}"))));
    for text in [
        "/language <b>",
        "/release <b>&amp;",
        "/nothing_of_ours",
        "<b>&amp;</b> 👍",
        "\u{200b}",
        "\u{202e}abc",
        "/contacts nobody",
    ] {
        requests.push(Request::parse(text));
    }
    for release in &corpus.releases {
        let id = release.version_name();
        requests.push(Request::Release { id: id.clone(), page: 1 });
        requests.push(Request::Contacts { words: id.clone(), page: 1 });
        requests.push(Request::Ask(release.title.clone()));
        for (n, paragraph) in release.paragraphs.iter().enumerate() {
            requests.push(Request::Passages { id: id.clone(), paragraphs: vec![n] });
            requests.push(Request::Ask(paragraph.text.chars().take(120).collect()));
        }
        let names = release.contacts.iter().filter_map(|contact| contact.name.clone());
        requests.extend(names.map(|words| Request::Contacts { words, page: 1 }));
    }
    requests
}

/// Returns the replies to requests and to all buttons below them, and what the bot says unasked, in a language.
fn replies(conversation: &Conversation, language: Language) -> Vec<Reply> {
    let context = Context { client_language: Some(language), ..Context::default() };
    let notices = [Notice::Failed, Notice::Busy, Notice::OldButton, Notice::JoinedGroup]
        .map(|notice| conversation.notice(notice, &context));
    let mut replies = notices.to_vec();
    let mut asked = BTreeSet::new();
    let mut waiting = requests(conversation.desk().corpus());
    while let Some(request) = waiting.pop() {
        let reply = conversation.turn(&request, &context).reply;
        let new = reply.choices.iter().filter(|choice| asked.insert(choice.request.to_command()));
        waiting.extend(new.map(|choice| choice.request.clone()));
        replies.push(reply);
    }
    replies
}

/// Lays out every text of a corpus in every language; returns the number of messages and those that are refused.
fn check(conversation: &Conversation) -> (usize, Vec<String>) {
    let mut texts = BTreeSet::new();
    for language in conversation.languages() {
        let laid_out = replies(conversation, language);
        texts.extend(laid_out.iter().flat_map(messages).map(|message| serde_json::to_string(&message).unwrap()));
    }
    let refused = texts.iter().filter_map(|text| {
        let fault = check_message(&serde_json::from_str(text).unwrap()).err()?;
        Some(format!("{fault}: {text}"))
    });
    (texts.len(), refused.collect())
}

#[test]
fn every_text_of_the_corpus_is_accepted() {
    let (n, refused) = check(&conversation());
    println!("{n} texts of the corpus, {} refused", refused.len());
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(n > 500, "{n} texts");
}

#[test]
fn every_text_of_a_disfigured_corpus_is_accepted() {
    for way in 0..N_WAYS {
        let (n, refused) = check(&conversation_over(disfigured_corpus(way)));
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
    for conversation in [conversation(), Arc::new(conversation_over(disfigured_corpus(0)))] {
        let (n_sent, n_results) = send_all(conversation).await;
        println!("{n_sent} messages and {n_results} inline results sent, 0 refused");
        assert!(n_sent > 100 && n_results > 20, "{n_sent} messages, {n_results} inline results");
    }
}
