//! Taps on buttons: one that turns the page edits its message, and any other is answered by a new one.

use serde_json::{Value, json};

use super::bot_api::{BotApi, Fault};
use super::{Bot, recorded, settings, text_from};
use crate::desk::paged_conversation;

/// Returns the callback data of the buttons of a message.
fn buttons(message: &Value) -> Vec<String> {
    let rows = message["reply_markup"]["inline_keyboard"].as_array().unwrap();
    let buttons = rows.iter().flat_map(|row| row.as_array().unwrap());
    buttons.map(|button| button["callback_data"].as_str().unwrap().to_owned()).collect()
}

/// Returns the first button that turns to another page.
fn page_button(message: &Value, page: &str) -> String {
    buttons(message).into_iter().find(|data| data.ends_with(page)).unwrap()
}

/// Returns a tap of a user on a button of a message of the bot.
pub(super) fn tap(person: i64, chat: i64, id: i64, message: &Value, data: &str) -> Value {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let kind = if chat > 0 {
        json!({"id": chat, "type": "private", "first_name": "A"})
    } else {
        json!({"id": chat, "type": "supergroup", "title": "Newsroom"})
    };
    json!({"callback_query": {
        "id": format!("tap{number}"), "chat_instance": "1", "data": data,
        "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": "en"},
        "message": {
            "message_id": id, "date": 1, "chat": kind, "text": message["text"], "reply_markup": message["reply_markup"],
            "from": {"id": 4242, "is_bot": true, "first_name": "Press desk", "username": "pressdesk_bot"},
        },
    }})
}

/// Starts a bot whose lists have several pages.
async fn start() -> Bot {
    let api = BotApi::start().await;
    let settings = settings(&api);
    Bot::start_over(paged_conversation(), api, settings)
}

/// Asks for the list of releases; returns the bot, the list and its id.
async fn listed() -> (Bot, Value, i64) {
    let bot = start().await;
    bot.api.deliver(text_from(1, "/releases"));
    let list = bot.api.until_sent(1).await.remove(0);
    let id = bot.api.sent_ids()[0];
    (bot, list, id)
}

#[tokio::test]
async fn next_and_previous_page_edit_their_message() {
    let (bot, first, id) = listed().await;
    bot.api.deliver(tap(1, 1, id, &first, &page_button(&first, "2")));
    let second = bot.api.until_edited(1).await.remove(0);
    assert_ne!(second["text"], first["text"]);
    assert_eq!((&second["chat_id"], second["message_id"].as_i64()), (&json!(1), Some(id)));
    bot.api.deliver(tap(1, 1, id, &second, &page_button(&second, "#1")));
    let third = bot.api.until_edited(2).await.remove(1);
    assert_eq!([&third["text"], &third["entities"]], [&first["text"], &first["entities"]]);
    assert_eq!(third["reply_markup"], first["reply_markup"]);
    let api = bot.finish().await;
    assert_eq!(api.sent().len(), 1);
    assert_eq!(api.calls("answerCallbackQuery").len(), 2);
}

#[tokio::test]
async fn pages_of_a_release_and_of_contacts_edit_their_message() {
    for command in ["/release tb-think-universal", "/contacts"] {
        let bot = start().await;
        bot.api.deliver(text_from(1, command));
        let first = bot.api.until_sent(1).await.remove(0);
        let id = bot.api.sent_ids()[0];
        let Some(next) = buttons(&first).into_iter().find(|data| data.ends_with('2')) else {
            panic!("{command} has one page: {first}")
        };
        bot.api.deliver(tap(1, 1, id, &first, &next));
        let second = bot.api.until_edited(1).await.remove(0);
        bot.api.deliver(tap(1, 1, id, &second, &page_button(&second, "1")));
        assert_eq!(bot.api.until_edited(2).await[1]["text"], first["text"], "{command}");
        assert_eq!(bot.finish().await.sent().len(), 1, "{command}");
    }
}

#[tokio::test]
async fn button_that_opens_something_sends_a_reply() {
    let (bot, list, id) = listed().await;
    let release = buttons(&list).into_iter().find(|data| data.starts_with("/release ")).unwrap();
    bot.api.deliver(tap(1, 1, id, &list, &release));
    let sent = bot.api.until_sent(2).await;
    assert_eq!(sent[1]["reply_parameters"]["message_id"], id);
    // The list of all, from below a release, is another message too.
    let below = bot.api.sent_ids()[1];
    bot.api.deliver(tap(1, 1, below, &sent[1], "/releases"));
    bot.api.until_sent(3).await;
    assert!(bot.finish().await.edits().is_empty());
}

#[tokio::test]
async fn tap_is_acknowledged_before_it_is_answered() {
    let (bot, list, id) = listed().await;
    bot.api.deliver(tap(1, 1, id, &list, &page_button(&list, "2")));
    bot.api.until_edited(1).await;
    let calls = bot.finish().await.all_calls();
    let place = |method: &str| calls.iter().position(|call| call.method == method).unwrap();
    assert!(place("answercallbackquery") < place("editmessagetext"));
}

#[tokio::test]
async fn unanswered_acknowledgement_does_not_hold_up_the_answer() {
    let (bot, list, id) = listed().await;
    bot.api.fail_next("answerCallbackQuery", Fault::Held);
    bot.api.deliver(tap(1, 1, id, &list, &page_button(&list, "2")));
    bot.api.until_edited(1).await;
    bot.api.release();
    bot.finish().await;
}

#[tokio::test]
async fn repeated_tap_on_the_same_page_is_no_failure() {
    let (bot, list, id) = listed().await;
    let next = page_button(&list, "2");
    bot.api.deliver(tap(1, 1, id, &list, &next));
    bot.api.until_edited(1).await;
    bot.api.deliver(tap(1, 1, id, &list, &next));
    bot.api.until_attempted("editMessageText", 2).await;
    let api = bot.finish().await;
    assert_eq!((api.sent().len(), api.edits().len(), api.n_attempts("editMessageText")), (1, 1, 2));
}

#[tokio::test]
async fn page_of_a_message_that_cannot_be_edited_is_sent_anew() {
    for refusal in ["message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID"] {
        let (bot, list, id) = listed().await;
        let refusal = format!("Bad Request: {refusal}").leak();
        bot.api.fail_next("editMessageText", Fault::Refusal(400, refusal));
        bot.api.deliver(tap(1, 1, id, &list, &page_button(&list, "2")));
        let sent = bot.api.until_sent(2).await;
        assert_eq!(sent[1]["reply_parameters"]["message_id"], id, "{refusal}");
        assert_eq!(bot.finish().await.n_attempts("editMessageText"), 1);
    }
}

#[tokio::test]
async fn page_of_an_inaccessible_message_is_sent_anew() {
    let mut tapped = recorded("answered/callback_query_on_inaccessible_message");
    tapped["callback_query"]["data"] = "/releases 2".into();
    let bot = Bot::start().await;
    bot.api.deliver(tapped);
    bot.api.until_sent(1).await;
    assert_eq!(bot.finish().await.n_attempts("editMessageText"), 0);
}

#[tokio::test]
async fn edit_with_an_unknown_result_is_made_again() {
    for fault in
        [Fault::Reset, Fault::Empty("{\"ok\":true}"), Fault::ServerError, Fault::RetryAfter(1), Fault::Truncated]
    {
        let is_truncated = matches!(fault, Fault::Truncated);
        let (bot, list, id) = listed().await;
        bot.api.fail_next("editMessageText", fault.clone());
        bot.api.deliver(tap(1, 1, id, &list, &page_button(&list, "2")));
        bot.api.until_edited(1).await;
        if !is_truncated {
            bot.api.until_attempted("editMessageText", 2).await;
        }
        let api = bot.finish().await;
        assert_eq!((api.sent().len(), api.edits().len()), (1, 1), "{fault:?}");
        assert_ne!(api.text_of(1, id).unwrap(), list["text"].as_str().unwrap());
    }
}

#[tokio::test]
async fn tapped_page_survives_a_kill_between_journal_and_edit() {
    let (bot, list, id) = listed().await;
    let api = bot.finish().await;
    let short = super::Settings { drain: std::time::Duration::from_millis(20), ..settings(&api) };
    let bot = Bot::start_over(paged_conversation(), api, short);
    bot.api.fail_next("editMessageText", Fault::Held);
    bot.api.deliver(tap(1, 1, id, &list, &page_button(&list, "2")));
    bot.api.until_attempted("editMessageText", 1).await;
    bot.api.until_all_taken().await;
    bot.stop.send(()).unwrap();
    bot.serving.await.unwrap().unwrap();
    let settings = settings(&bot.api);
    let bot = Bot::start_over(paged_conversation(), bot.api, settings);
    bot.api.until_edited(1).await;
    assert_eq!(bot.finish().await.sent().len(), 1);
}

#[tokio::test]
async fn anyone_in_a_group_may_turn_the_page() {
    let bot = start().await;
    let mut command = recorded("answered/group_command_for_us");
    command["message"]["text"] = "/releases@pressdesk_bot".into();
    command["message"]["entities"] = json!([{"type": "bot_command", "offset": 0, "length": 23}]);
    bot.api.deliver(command);
    let list = bot.api.until_sent(1).await.remove(0);
    let id = bot.api.sent_ids()[0];
    let chat = list["chat_id"].as_i64().unwrap();
    bot.api.deliver(tap(555, chat, id, &list, &page_button(&list, "2")));
    bot.api.until_edited(1).await;
    assert_eq!(bot.finish().await.sent().len(), 1);
}

#[tokio::test]
async fn button_of_an_earlier_process_or_version_turns_the_page() {
    let bot = start().await;
    let list = json!({"text": "1. A release", "reply_markup": {"inline_keyboard": [[{"text": "Next", "callback_data": "/releases 2"}]]}});
    bot.api.deliver(tap(1, 1, 7, &list, "/releases 2"));
    let edits = bot.api.until_edited(1).await;
    assert_eq!(edits[0]["message_id"], 7);
    assert!(bot.finish().await.sent().is_empty());
}

#[tokio::test]
async fn message_is_overwritten_only_by_a_button_it_bears() {
    let bot = start().await;
    bot.api.deliver(text_from(1, "/help"));
    let help = bot.api.until_sent(1).await.remove(0);
    let id = bot.api.sent_ids()[0];
    bot.api.deliver(tap(1, 1, id, &help, "/releases 2"));
    bot.api.until_sent(2).await;
    assert_eq!(bot.finish().await.n_attempts("editMessageText"), 0);
}

#[tokio::test]
async fn unknown_button_is_told_to_be_out_of_date() {
    let (bot, list, id) = listed().await;
    let forged = ["/drop everything", "who paid for it?", "", "…", "/releases@other_bot 2"];
    for data in forged {
        bot.api.deliver(tap(1, 1, id, &list, data));
    }
    bot.api.until_attempted("answerCallbackQuery", forged.len()).await;
    let api = bot.finish().await;
    assert_eq!((api.sent().len(), api.n_attempts("editMessageText")), (1, 0));
    for answer in api.calls("answerCallbackQuery") {
        assert_eq!(answer["text"], "This button is out of date. Please ask again.");
    }
}
