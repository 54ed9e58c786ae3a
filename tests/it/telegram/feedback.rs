//! Feedback: buttons below an answer say whether it helped, and questions are kept if the operator wants that.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pressdesk::config::{FeedbackChats, KeptQuestions};
use pressdesk::conversation::{Context, Request};
use pressdesk::corpus::Corpus;
use pressdesk::language::Language;
use pressdesk::telegram::Settings;
use serde_json::{Value, json};

use super::bot_api::BotApi;
use super::health::{free_address, page, until_page_says};
use super::taps::tap;
use super::{Bot, recorded, settings, text_from};
use crate::desk::{conversation, conversation_over, project};

/// Question that the releases answer, and one that they do not.
const ANSWERED: &str = "who paid for the workshop?";
const REFUSED: &str = "how to cook white rice";

/// Returns the callback data of the buttons of a message that rate it.
fn ratings(message: &Value) -> Vec<String> {
    let rows = message["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
    let data =
        rows.iter().flat_map(|row| row.as_array().unwrap()).filter_map(|button| button["callback_data"].as_str());
    data.filter(|data| data.starts_with("/rate ")).map(str::to_owned).collect()
}

/// Starts a bot with metrics that keeps questions in a file, or in none.
async fn start_with(chats: FeedbackChats, file: Option<PathBuf>) -> (Bot, SocketAddr) {
    let (api, address) = (BotApi::start().await, free_address());
    let kept_questions = match file {
        Some(file) => KeptQuestions { is_on: true, file, max_len: 65536 },
        None => KeptQuestions { is_on: false, file: api.folder().join("questions.jsonl"), max_len: 65536 },
    };
    let settings = Settings { health: Some(address), feedback: chats, kept_questions, ..settings(&api) };
    (Bot::start_with(api, settings), address)
}

/// Asks a question; returns the answer with its id.
async fn asked(bot: &Bot, person: i64, text: &str) -> (Value, i64) {
    let n_sent = bot.api.sent().len();
    bot.api.deliver(text_from(person, text));
    let answer = bot.api.until_sent(n_sent + 1).await.remove(n_sent);
    (answer, bot.api.sent_ids()[n_sent])
}

/// Returns the toasts that were shown so far.
fn toasts(api: &BotApi) -> Vec<Value> {
    api.calls("answerCallbackQuery").iter().map(|call| call["text"].clone()).collect()
}

async fn until_toasts(bot: &Bot, n_toasts: usize) -> Vec<Value> {
    bot.api.until("toasts", || toasts(&bot.api).len() >= n_toasts).await;
    toasts(&bot.api)
}

#[tokio::test]
async fn answers_in_private_chats_bear_rating_buttons() {
    let group = recorded("answered/group_mention");
    for (chats, in_private, in_group) in
        [(FeedbackChats::Private, 2, 0), (FeedbackChats::Everywhere, 2, 2), (FeedbackChats::Off, 0, 0)]
    {
        let (bot, _) = start_with(chats, None).await;
        let (answer, _) = asked(&bot, 1, ANSWERED).await;
        assert_eq!(ratings(&answer).len(), in_private, "{chats:?}: {answer}");
        assert!(ratings(&answer).iter().all(|data| data.len() <= 64));
        assert_eq!(ratings(&asked(&bot, 1, REFUSED).await.0).len(), in_private);
        bot.api.deliver(group.clone());
        assert_eq!(ratings(&bot.api.until_sent(3).await[2]).len(), in_group, "{chats:?}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn replies_that_answer_nothing_bear_no_rating_buttons() {
    let (bot, _) = start_with(FeedbackChats::Private, None).await;
    for text in ["/help", "/releases", "/release tb-think-universal", "hello", "thanks", "😀"] {
        let (reply, _) = asked(&bot, 1, text).await;
        assert_eq!(ratings(&reply), [""; 0], "{text}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn rating_is_thanked_counted_and_its_buttons_go() {
    let (bot, address) = start_with(FeedbackChats::Private, None).await;
    let (answer, id) = asked(&bot, 1, ANSWERED).await;
    let (_, text) = page(address, "/metrics").await;
    let series =
        |verdict: &str| format!("pressdesk_ratings_total{{verdict=\"{verdict}\",outcome=\"found\",kind=\"passages\"}}");
    for verdict in ["helped", "not_helped"] {
        assert!(text.contains(&format!("{} 0\n", series(verdict))), "{text}");
    }
    bot.api.deliver(tap(1, 1, id, &answer, &ratings(&answer)[0]));
    until_page_says(address, "/metrics", &format!("{} 1\n", series("helped"))).await;
    bot.api.until_attempted("editMessageReplyMarkup", 1).await;
    // The second tap came before the buttons were gone.
    bot.api.deliver(tap(1, 1, id, &answer, &ratings(&answer)[1]));
    assert_eq!(until_toasts(&bot, 2).await, ["Thank you.", "Thank you."]);
    let (_, text) = page(address, "/metrics").await;
    assert!(text.contains(&format!("{} 0\n", series("not_helped"))), "{text}");
    let api = bot.finish().await;
    let edits = api.calls("editMessageReplyMarkup");
    assert_eq!((edits.len(), &edits[0]["message_id"]), (1, &json!(id)));
    let mut rest = answer["reply_markup"]["inline_keyboard"].as_array().unwrap().clone();
    assert_eq!(rest.pop().unwrap().as_array().unwrap().len(), 2);
    assert_eq!(edits[0]["reply_markup"]["inline_keyboard"], json!(rest));
    assert_eq!((api.sent().len(), api.edits().len()), (1, 0));
}

#[tokio::test]
async fn thanks_are_in_the_language_of_the_person() {
    let (bot, _) = start_with(FeedbackChats::Private, None).await;
    asked(&bot, 1, "/language es").await;
    let (answer, id) = asked(&bot, 1, ANSWERED).await;
    bot.api.deliver(tap(1, 1, id, &answer, &ratings(&answer)[0]));
    assert_eq!(until_toasts(&bot, 1).await, ["Gracias."]);
    bot.finish().await;
}

#[tokio::test]
async fn rating_of_an_earlier_run_counts_and_of_an_old_message_too() {
    let (bot, _) = start_with(FeedbackChats::Private, None).await;
    let (answer, id) = asked(&bot, 1, ANSWERED).await;
    bot.finish().await;
    let (bot, address) = start_with(FeedbackChats::Private, None).await;
    let data = &ratings(&answer)[1];
    bot.api.deliver(tap(1, 1, id, &answer, data));
    let mut old = tap(1, 1, id + 1, &answer, data);
    old["callback_query"]["message"] =
        json!({"message_id": id + 1, "date": 0, "chat": {"id": 1, "type": "private", "first_name": "A"}});
    bot.api.deliver(old);
    let counted = "pressdesk_ratings_total{verdict=\"not_helped\",outcome=\"found\",kind=\"passages\"} 2\n";
    until_page_says(address, "/metrics", counted).await;
    until_toasts(&bot, 2).await;
    bot.finish().await;
}

#[tokio::test]
async fn rating_that_the_message_does_not_bear_is_out_of_date() {
    let (bot, address) = start_with(FeedbackChats::Private, None).await;
    let (answer, id) = asked(&bot, 1, ANSWERED).await;
    for forged in ["/rate helped not_found not_found 7", "/rate helped found x 7", "/rate"] {
        bot.api.deliver(tap(1, 1, id, &answer, forged));
    }
    let toasts = until_toasts(&bot, 3).await;
    assert!(toasts.iter().all(|toast| toast.is_string() && *toast != "Thank you."), "{toasts:?}");
    let (_, text) = page(address, "/metrics").await;
    assert!(text.lines().filter(|line| line.starts_with("pressdesk_ratings_total")).all(|line| line.ends_with(" 0")));
    assert_eq!(bot.finish().await.n_attempts("editMessageReplyMarkup"), 0);
}

/// Returns the lines of a file of kept questions.
fn kept(file: &PathBuf) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn questions_refused_or_marked_are_kept_without_their_asker() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data").join("questions.jsonl");
    let (bot, _) = start_with(FeedbackChats::Private, Some(file.clone())).await;
    asked(&bot, 987_654, REFUSED).await;
    let (answer, id) = asked(&bot, 987_654, ANSWERED).await;
    let (helped, helped_id) = asked(&bot, 987_655, ANSWERED).await;
    bot.api.deliver(tap(987_655, 987_655, helped_id, &helped, &ratings(&helped)[0]));
    bot.api.deliver(tap(987_654, 987_654, id, &answer, &ratings(&answer)[1]));
    bot.finish().await;
    let lines = kept(&file);
    let [refused, marked] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!([&refused["question"], &refused["reason"], &refused["outcome"]], [REFUSED, "refused", "not_found"]);
    assert_eq!([&marked["question"], &marked["reason"], &marked["kind"]], [ANSWERED, "not_helped", "passages"]);
    assert!(marked["release"].is_string() && marked["paragraph"].is_u64(), "{marked}");
    let fields: Vec<&str> = marked.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["date", "kind", "lang", "outcome", "paragraph", "question", "reason", "release"]);
    assert_eq!(marked["date"].as_str().unwrap().len(), "2025-01-01".len());
    assert!(!fs::read_to_string(&file).unwrap().contains("98765"));
}

#[tokio::test]
async fn mark_keeps_the_question_that_it_is_about_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("questions.jsonl");
    let (bot, _) = start_with(FeedbackChats::Private, Some(file.clone())).await;
    let mark = |person: i64, (answer, id): &(Value, i64)| tap(person, person, *id, answer, &ratings(answer)[1]);
    // A later question took its place, or the conversation was forgotten; a refused one is kept once.
    let first = asked(&bot, 1, ANSWERED).await;
    asked(&bot, 1, "who organised the workshop?").await;
    bot.api.deliver(mark(1, &first));
    let second = asked(&bot, 2, ANSWERED).await;
    asked(&bot, 2, "/reset").await;
    bot.api.deliver(mark(2, &second));
    let third = asked(&bot, 3, REFUSED).await;
    asked(&bot, 3, "/help").await;
    bot.api.deliver(mark(3, &third));
    bot.finish().await;
    let questions: Vec<Value> = kept(&file).iter().map(|line| line["question"].clone()).collect();
    assert_eq!(questions, [REFUSED]);
}

#[tokio::test]
async fn nothing_is_kept_by_default() {
    let (bot, _) = start_with(FeedbackChats::Private, None).await;
    asked(&bot, 1, REFUSED).await;
    let (answer, id) = asked(&bot, 1, ANSWERED).await;
    bot.api.deliver(tap(1, 1, id, &answer, &ratings(&answer)[1]));
    let api = bot.finish().await;
    assert!(!api.folder().join("questions.jsonl").exists());
}

#[tokio::test]
async fn faulty_disk_costs_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    // A folder in place of the file, and a file in place of its folder.
    fs::write(folder.path().join("file"), "").unwrap();
    for file in [folder.path().to_owned(), folder.path().join("file").join("questions.jsonl")] {
        let (bot, _) = start_with(FeedbackChats::Private, Some(file)).await;
        asked(&bot, 1, REFUSED).await;
        let (answer, id) = asked(&bot, 1, ANSWERED).await;
        bot.api.deliver(tap(1, 1, id, &answer, &ratings(&answer)[1]));
        asked(&bot, 1, ANSWERED).await;
        bot.finish().await;
    }
}

/// Returns a change of the reactions of a user to a message, from some emoji to others.
fn reaction(person: i64, chat: i64, message: i64, old: &[&str], new: &[&str]) -> Value {
    let kinds =
        |emoji: &[&str]| -> Vec<Value> { emoji.iter().map(|emoji| json!({"type": "emoji", "emoji": emoji})).collect() };
    let kind = if chat > 0 { "private" } else { "supergroup" };
    json!({"message_reaction": {
        "chat": {"id": chat, "type": kind, "first_name": "A", "title": "A"}, "message_id": message, "date": 1,
        "user": {"id": person, "is_bot": false, "first_name": "A"},
        "old_reaction": kinds(old), "new_reaction": kinds(new),
    }})
}

/// Asks a question; returns the id of the answer, once its sender knows it.
async fn answered(bot: &Bot, address: SocketAddr, person: i64, text: &str) -> i64 {
    let (_, id) = asked(bot, person, text).await;
    let n_sent = bot.api.sent().len();
    let until = || async {
        let (_, text) = page(address, "/metrics").await;
        let questions = text.lines().filter(|line| line.starts_with("pressdesk_questions_total{"));
        questions.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum::<usize>() >= n_sent
    };
    let counting = async {
        while !until().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), counting).await.expect("the answer is counted");
    id
}

/// Returns the series of ratings that are not 0, as verdict, kind and number.
async fn counted(address: SocketAddr) -> Vec<String> {
    let (_, text) = page(address, "/metrics").await;
    let series = text.lines().filter(|line| line.starts_with("pressdesk_ratings_total{") && !line.ends_with(" 0"));
    series
        .map(|line| {
            let parts: Vec<&str> = line.split('"').collect();
            format!("{} {}{}", parts[1], parts[5], parts[6].trim_start_matches('}'))
        })
        .collect()
}

#[tokio::test]
async fn reaction_to_an_answer_counts_once_as_its_rating() {
    let (bot, address) = start_with(FeedbackChats::Private, None).await;
    let first = answered(&bot, address, 1, ANSWERED).await;
    let second = answered(&bot, address, 2, ANSWERED).await;
    let third = answered(&bot, address, 3, REFUSED).await;
    // Taking one away, one that says nothing, another one, and one with a variation selector.
    bot.api.deliver(reaction(1, 1, first, &["👍"], &[]));
    bot.api.deliver(reaction(1, 1, first, &[], &["🤔"]));
    bot.api.deliver(reaction(1, 1, first, &["🤔"], &["❤\u{fe0f}"]));
    bot.api.deliver(reaction(1, 1, first, &["❤"], &["👎"]));
    bot.api.deliver(reaction(2, 2, second, &["🤔"], &["🤔", "👎"]));
    bot.api.deliver(reaction(3, 3, third, &[], &["👍"]));
    until_page_says(address, "/metrics", "verdict=\"helped\",outcome=\"not_found\",kind=\"not_found\"} 1\n").await;
    until_page_says(address, "/metrics", "verdict=\"not_helped\",outcome=\"found\",kind=\"passages\"} 1\n").await;
    let expected = ["helped passages 1", "helped not_found 1", "not_helped passages 1"];
    let mut counts = counted(address).await;
    counts.sort();
    assert_eq!(counts, {
        let mut expected = expected.map(str::to_owned);
        expected.sort();
        expected
    });
    let api = bot.finish().await;
    let requested = api.calls("getUpdates")[0]["allowed_updates"].clone();
    assert!(requested.as_array().unwrap().contains(&"message_reaction".into()), "{requested}");
    assert_eq!(api.sent().len(), 3);
}

#[tokio::test]
async fn tap_after_a_reaction_is_thanked_and_takes_the_buttons_away() {
    let (bot, address) = start_with(FeedbackChats::Private, None).await;
    let (answer, _) = asked(&bot, 1, ANSWERED).await;
    let id = answered(&bot, address, 2, ANSWERED).await;
    bot.api.deliver(reaction(2, 2, id, &[], &["👍"]));
    until_page_says(address, "/metrics", "verdict=\"helped\",outcome=\"found\",kind=\"passages\"} 1\n").await;
    bot.api.deliver(tap(2, 2, id, &answer, &ratings(&answer)[1]));
    assert_eq!(until_toasts(&bot, 1).await, ["Thank you."]);
    bot.api.until_attempted("editMessageReplyMarkup", 1).await;
    assert_eq!(counted(address).await, ["helped passages 1"]);
    bot.finish().await;
}

#[tokio::test]
async fn reaction_to_anything_but_an_answer_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (bot, address) = start_with(FeedbackChats::Private, Some(folder.path().join("questions.jsonl"))).await;
    let answer = answered(&bot, address, 1, ANSWERED).await;
    let help = answered(&bot, address, 1, "/help").await;
    let custom = json!({"type": "custom_emoji", "custom_emoji_id": "5"});
    let mut unknown = reaction(1, 1, answer, &[], &[]);
    unknown["message_reaction"]["new_reaction"] = json!([custom, {"type": "paid"}, {"type": "new kind"}]);
    bot.api.deliver(unknown);
    bot.api.deliver(json!({"message_reaction": {"message_id": "x"}}));
    bot.api.deliver(reaction(1, 1, help, &[], &["👎"]));
    bot.api.deliver(reaction(1, 1, 999_999, &[], &["👎"]));
    bot.api.deliver(reaction(1, 2, answer, &[], &["👎"]));
    bot.api.until_all_taken().await;
    // What came before it was decoded before it.
    bot.api.deliver(reaction(1, 1, answer, &[], &["👏"]));
    until_page_says(address, "/metrics", "verdict=\"helped\",outcome=\"found\",kind=\"passages\"} 1\n").await;
    assert_eq!(counted(address).await, ["helped passages 1"]);
    bot.finish().await;
    assert!(!folder.path().join("questions.jsonl").exists());
}

#[tokio::test]
async fn reaction_that_marks_an_answer_keeps_its_question() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("questions.jsonl");
    let (bot, address) = start_with(FeedbackChats::Private, Some(file.clone())).await;
    let first = answered(&bot, address, 987_654, ANSWERED).await;
    let second = answered(&bot, address, 987_655, ANSWERED).await;
    bot.api.deliver(reaction(987_654, 987_654, first, &[], &["👍"]));
    bot.api.deliver(reaction(987_655, 987_655, second, &[], &["👎"]));
    bot.finish().await;
    let lines = kept(&file);
    let [marked] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!([&marked["question"], &marked["reason"], &marked["kind"]], [ANSWERED, "not_helped", "passages"]);
    assert!(!fs::read_to_string(&file).unwrap().contains("98765"));
}

#[tokio::test]
async fn reactions_count_in_the_chats_with_buttons() {
    let group = recorded("answered/group_mention");
    let chat = group["message"]["chat"]["id"].as_i64().unwrap();
    for (chats, expected) in [(FeedbackChats::Private, 0), (FeedbackChats::Everywhere, 1), (FeedbackChats::Off, 0)] {
        let (bot, address) = start_with(chats, None).await;
        bot.api.deliver(group.clone());
        bot.api.until_sent(1).await;
        let id = bot.api.sent_ids()[0];
        let private = answered(&bot, address, 1, ANSWERED).await;
        bot.api.deliver(reaction(1, chat, id, &[], &["👍"]));
        bot.api.until_all_taken().await;
        bot.api.deliver(reaction(1, 1, private, &[], &["👎"]));
        bot.api.until_all_taken().await;
        let has_private = chats != FeedbackChats::Off;
        if has_private {
            until_page_says(address, "/metrics", "verdict=\"not_helped\",outcome=\"found\",kind=\"passages\"} 1\n")
                .await;
        }
        let n_helped = counted(address).await.iter().filter(|series| series.starts_with("helped")).count();
        assert_eq!(n_helped, expected, "{chats:?}");
        let api = bot.finish().await;
        let requested = api.calls("getUpdates")[0]["allowed_updates"].clone();
        assert_eq!(requested.as_array().unwrap().contains(&"message_reaction".into()), has_private, "{chats:?}");
    }
}

#[test]
fn privacy_statement_tells_of_kept_questions() {
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    let keeping = Arc::new(conversation_over(corpus).keeping_questions(true));
    for code in ["en", "es", "fr", "pt"] {
        let context = Context { chosen_language: Language::from_code(code), ..Context::default() };
        let blocks = |conversation: &pressdesk::conversation::Conversation| {
            conversation.turn(&Request::Privacy, &context).reply.blocks
        };
        let (with, without) = (blocks(&keeping), blocks(&conversation()));
        let added: Vec<String> =
            with.iter().filter(|block| !without.contains(block)).map(|block| block.text()).collect();
        assert!(added.len() == 1 && added[0].len() > 100, "{code}: {added:?}");
    }
}
