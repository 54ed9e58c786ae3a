//! Membership: what the bot says in a group that it joins.

use pressdesk::conversation::{Context, Notice};
use pressdesk::language::Language;
use serde_json::{Value, json};

use super::bot_api::BotApi;
use super::{Bot, settings};
use crate::desk::conversation;

/// Returns a change of the bot's membership in a chat.
fn change(chat: i64, kind: &str, old: &Value, new: &Value, language: &str) -> Value {
    let member = |status: &Value| {
        let mut member = json!({"user": {"id": 4242, "is_bot": true, "first_name": "Press desk"}});
        member.as_object_mut().unwrap().extend(status.as_object().unwrap().clone());
        member
    };
    json!({"my_chat_member": {
        "chat": {"id": chat, "type": kind, "title": "Newsroom"}, "date": 1,
        "from": {"id": 9, "is_bot": false, "first_name": "Ana", "language_code": language},
        "old_chat_member": member(old), "new_chat_member": member(new),
    }})
}

#[tokio::test]
async fn bot_says_once_how_to_ask_in_a_group_it_joins() {
    let status = |status: &str| json!({"status": status});
    let restricted = |is_member: bool| json!({"status": "restricted", "is_member": is_member});
    let mute = json!({"status": "restricted", "is_member": true, "can_send_messages": false});
    let api = BotApi::start().await;
    let joins = [
        ("group", status("left"), status("member"), "en"),
        ("supergroup", status("kicked"), status("administrator"), "es"),
        ("supergroup", status("left"), restricted(true), "fr"),
        ("supergroup", restricted(false), status("member"), "pt"),
    ];
    for (chat, (kind, old, new, language)) in (1..).zip(&joins) {
        api.deliver(change(-chat, kind, old, new, language));
    }
    for (chat, (kind, old, new)) in (100..).zip([
        ("group", status("member"), status("administrator")),
        ("group", status("member"), status("left")),
        ("supergroup", restricted(true), status("member")),
        ("supergroup", status("left"), mute),
        ("supergroup", status("left"), status("of a kind to come")),
        ("private", status("kicked"), status("member")),
        ("channel", status("left"), status("administrator")),
    ]) {
        api.deliver(change(-chat, kind, &old, &new, "en"));
    }
    // A group that becomes a supergroup.
    let old = json!({"id": -200, "type": "group", "title": "Newsroom"});
    api.deliver(json!({"message": {"date": 1, "chat": old, "migrate_to_chat_id": -201}}));
    api.deliver(change(-201, "supergroup", &status("left"), &status("member"), "en"));
    let settings = settings(&api);
    let api = Bot::start_with(api, settings).finish().await;
    let mut sent = api.sent();
    sent.sort_by_key(|sent| -sent["chat_id"].as_i64().unwrap());
    assert_eq!(sent.len(), joins.len(), "{sent:#?}");
    for (sent, (_, _, _, language)) in sent.iter().zip(&joins) {
        let context = Context { client_language: Language::from_code(language), ..Context::default() };
        let said = conversation().notice(Notice::JoinedGroup, &context).text();
        assert_eq!(sent["text"], said);
        assert!(!said.contains('\n') && sent.get("reply_parameters").is_none(), "{said}");
    }
    let allowed = api.calls("getUpdates")[0]["allowed_updates"].clone();
    assert!(allowed.as_array().unwrap().contains(&"my_chat_member".into()));
}
