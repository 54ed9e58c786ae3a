//! Shapes of messages on each surface: one table of what is answered, and as what.
//!
//! Each row is delivered to the bot in a private chat, a group, a topic and General of a forum, and a channel. In a channel every
//! message is met with silence.

use pressdesk::conversation::{Context, Request};
use pressdesk::language::Language;
use pressdesk::telegram::delivery::layout::messages;
use serde_json::{Value, json};

use super::bot_api::BotApi;
use super::{Bot, settings};
use crate::desk::conversation;

/// What is expected of the bot.
#[derive(Debug, Clone)]
enum Expected {
    Silence,
    /// A reply to the message with the answer to this request.
    Reply(Request),
    /// The reply to the message is edited into the answer to this request.
    Edit(Request),
}

use Expected::{Edit, Reply, Silence};

struct Row {
    name: String,
    /// Fields of the message.
    message: Value,
    /// Fields of the message after an edit, if it is edited.
    edited: Option<Value>,
    private: Expected,
    group: Expected,
}

fn row(name: &str, message: Value, private: Expected, group: Expected) -> Row {
    Row { name: name.to_owned(), message, edited: None, private, group }
}

fn ask(text: &str) -> Expected {
    Reply(Request::Ask(text.to_owned()))
}

fn search(words: &str) -> Expected {
    Reply(Request::Search(words.to_owned()))
}

fn with(mut message: Value, fields: Value) -> Value {
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    message
}

/// Returns the entities that Telegram finds in a text: commands, and mentions by name.
fn entities(text: &str) -> Value {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut entities = Vec::new();
    let mut rest = 0;
    while let Some(at) = text[rest..].find(['/', '@']).map(|at| rest + at) {
        let is_free = !text[..at].ends_with(|letter: char| is_name(letter) || "/@".contains(letter));
        let name = &text[at + 1..];
        let mut end = name.find(|letter| !is_name(letter)).unwrap_or(name.len());
        let kind = if text[at..].starts_with('/') { "bot_command" } else { "mention" };
        if kind == "bot_command" && name[end..].starts_with('@') {
            let bot = &name[end + 1..];
            end += 1 + bot.find(|letter| !is_name(letter)).unwrap_or(bot.len());
        }
        if is_free && end > 0 && !name[end..].starts_with('/') {
            let units = |text: &str| text.encode_utf16().count();
            entities.push(json!({"type": kind, "offset": units(&text[..at]), "length": 1 + units(&name[..end])}));
        }
        rest = at + 1 + end;
    }
    entities.into()
}

fn text(text: &str) -> Value {
    json!({"text": text, "entities": entities(text)})
}

fn caption(media: Value, caption: &str) -> Value {
    with(media, json!({"caption": caption, "caption_entities": entities(caption)}))
}

fn file() -> Value {
    json!({"file_id": "F", "file_unique_id": "U", "width": 90, "height": 90, "duration": 3, "length": 240})
}

fn photo() -> Value {
    json!({"photo": [file()]})
}

fn document() -> Value {
    json!({"document": file()})
}

fn us() -> Value {
    json!({"id": 4242, "is_bot": true, "first_name": "Press desk", "username": "pressdesk_bot"})
}

fn ana() -> Value {
    json!({"id": 9, "is_bot": false, "first_name": "Ana"})
}

/// Returns a message as a reply to one of this sender.
fn replying(message: Value, sender: Value, replied: Value) -> Value {
    with(message, json!({"reply_to_message": with(replied, json!({"message_id": 2, "date": 1, "from": sender}))}))
}

fn to_us(message: Value) -> Value {
    replying(message, us(), text("IOM Kenya paid."))
}

fn to_ana(message: Value, replied: Value) -> Value {
    replying(message, ana(), replied)
}

fn quoting(message: Value, quote: &str) -> Value {
    with(message, json!({"quote": {"text": quote, "position": 0, "is_manual": true}}))
}

fn linked(words: &str, offset: usize, url: &str) -> Value {
    json!({"text": words, "entities": [{"type": "text_link", "offset": offset, "length": 4, "url": url}]})
}

const QUESTION: &str = "who paid for the training?";
const TOPIC: &str = "tuberculosis in Kenya";

/// Commands in every shape that people and apps write.
fn commands() -> Vec<Row> {
    let mut rows = Vec::new();
    for written in [
        "/search tuberculosis in Kenya",
        "/Search tuberculosis in Kenya",
        "/SEARCH tuberculosis in Kenya",
        "/search\ntuberculosis in Kenya",
        "/search\ttuberculosis in Kenya",
        "/search\u{a0}tuberculosis in Kenya",
        "/search\u{3000}tuberculosis in Kenya",
        "/search   tuberculosis in Kenya  \n",
        "/search@pressdesk_bot tuberculosis in Kenya",
        "/search@PressDesk_Bot tuberculosis in Kenya",
        "/SEARCH@PRESSDESK_BOT\ntuberculosis in Kenya",
        "/search @pressdesk_bot tuberculosis in Kenya",
        "/search tuberculosis in Kenya @pressdesk_bot",
        "／search tuberculosis in Kenya",
        "／search@pressdesk_bot tuberculosis in Kenya",
        "\u{200b}/search tuberculosis in Kenya",
        "\u{200e}/search@pressdesk_bot tuberculosis in Kenya",
        "\u{feff}／search tuberculosis in Kenya",
        " /search tuberculosis in Kenya",
        "@pressdesk_bot /search tuberculosis in Kenya",
    ] {
        rows.push(row(&format!("{written:?}"), text(written), search(TOPIC), search(TOPIC)));
    }
    let unmarked = json!({"text": "/search tuberculosis in Kenya"});
    rows.push(row("command that is not marked", unmarked, search(TOPIC), search(TOPIC)));
    let in_caption = caption(photo(), "/search tuberculosis in Kenya");
    rows.push(row("command as caption", in_caption, search(TOPIC), search(TOPIC)));
    for written in ["/search", "/search@pressdesk_bot", "／search", "/search @pressdesk_bot", "/search\n"] {
        rows.push(row(&format!("{written:?} alone"), text(written), search(""), search("")));
    }
    rows.push(row("command alone as caption", caption(photo(), "/search"), search(""), search("")));
    let middle = "please /search tuberculosis in Kenya";
    rows.push(row("command in the middle", text(middle), ask(middle), Silence));
    let path = "/etc/passwd";
    rows.push(row("path", text(path), ask(path), Silence));
    let other = "/search@other_bot tuberculosis in Kenya";
    rows.push(row("command of another bot", text(other), search(TOPIC), Silence));
    rows.push(row("unmarked command of another bot", json!({"text": other}), search(TOPIC), Silence));
    let unknown = |name: &str| Reply(Request::UnknownCommand(name.to_owned()));
    rows.push(row("unknown command", text("/weather today"), unknown("weather"), Silence));
    rows.push(row("unknown command for us", text("/weather@pressdesk_bot"), unknown("weather"), unknown("weather")));
    rows.push(row("help", text("/help"), Reply(Request::Help), Silence));
    rows.push(row("help for us", text("/help@pressdesk_bot"), Reply(Request::Help), Reply(Request::Help)));
    rows.push(row("help in reply to us", to_us(text("/help")), Reply(Request::Help), Reply(Request::Help)));
    rows
}

/// Questions, mentions and chatter.
fn questions() -> Vec<Row> {
    let someone = json!({"type": "text_mention", "offset": 0, "length": 4, "user": us()});
    let by_link = json!({"text": "Desk who paid for the training?", "entities": [someone]});
    let help = || Reply(Request::Help);
    vec![
        row("question", text(QUESTION), ask(QUESTION), Silence),
        row(
            "question behind a mention",
            text("@pressdesk_bot who paid for the training?"),
            ask(QUESTION),
            ask(QUESTION),
        ),
        row("mention in other case", text("@PressDesk_Bot, who paid for the training?"), ask(QUESTION), ask(QUESTION)),
        row("mention at the end", text("who paid for the training? @pressdesk_bot"), ask(QUESTION), ask(QUESTION)),
        row("mention by a link on a word", by_link, ask(QUESTION), ask(QUESTION)),
        row("mention alone", text("@pressdesk_bot"), help(), help()),
        row("mention of another bot", text("@other_bot who paid?"), ask("@other_bot who paid?"), Silence),
        row(
            "mention of us and of somebody else",
            text("@ana_sv @pressdesk_bot who paid?"),
            ask("@ana_sv  who paid?"),
            ask("@ana_sv  who paid?"),
        ),
        row("chatter", text("see you at ten"), ask("see you at ten"), Silence),
        row("thumb", text("👍"), ask("👍"), Silence),
        row("our name in an address", text("mail me@pressdesk_bot.org"), ask("mail me@pressdesk_bot.org"), Silence),
        row("question in reply to us", to_us(text(QUESTION)), ask(QUESTION), ask(QUESTION)),
        row("thumb in reply to us", to_us(text("👍")), ask("👍"), Silence),
        row("marks in reply to us", to_us(text("!!! …")), ask("!!! …"), Silence),
        row(
            "words to somebody else in reply to us",
            to_us(text("@ana_sv look at this")),
            ask("@ana_sv look at this"),
            Silence,
        ),
        row(
            "words to somebody else at the end",
            to_us(text("look at this @ana_sv")),
            ask("look at this @ana_sv"),
            Silence,
        ),
        row(
            "somebody's name inside a reply to us",
            to_us(text("is @ana_sv in it?")),
            ask("is @ana_sv in it?"),
            ask("is @ana_sv in it?"),
        ),
        row("thanks in reply to us", to_us(text("thanks")), ask("thanks"), ask("thanks")),
        row("answer to somebody else", to_ana(text("I think so"), text(QUESTION)), ask("I think so"), Silence),
    ]
}

/// The question in the message that is replied to or quoted.
fn pointing() -> Vec<Row> {
    let asked = || text(QUESTION);
    let bare = || text("/search");
    let mention = || text("@pressdesk_bot");
    let long = "Good morning everybody. Tuberculosis in Kenya? Thanks";
    let part = |message| quoting(to_ana(message, text(long)), TOPIC);
    let elsewhere = with(quoting(text("/search@pressdesk_bot"), TOPIC), json!({"external_reply": {"origin": {}}}));
    let usage = || search("");
    let from_poll = || json!({"poll": {"id": "1", "question": "Tea?", "options": []}});
    vec![
        row("search in reply", to_ana(bare(), asked()), search(QUESTION), search(QUESTION)),
        row(
            "search for us in reply",
            to_ana(text("/search@pressdesk_bot"), asked()),
            search(QUESTION),
            search(QUESTION),
        ),
        row("mention in reply", to_ana(mention(), asked()), ask(QUESTION), ask(QUESTION)),
        row("mention with a comma in reply", to_ana(text("@pressdesk_bot, "), asked()), ask(QUESTION), ask(QUESTION)),
        row(
            "mention and search in reply",
            to_ana(text("@pressdesk_bot /search"), asked()),
            search(QUESTION),
            search(QUESTION),
        ),
        row(
            "search in reply to a caption",
            to_ana(bare(), caption(photo(), QUESTION)),
            search(QUESTION),
            search(QUESTION),
        ),
        row(
            "search in reply to a search",
            to_ana(bare(), text("/search tuberculosis in Kenya")),
            search(TOPIC),
            search(TOPIC),
        ),
        row(
            "search in reply to a mention of us",
            to_ana(bare(), text("@pressdesk_bot who paid for the training?")),
            search(QUESTION),
            search(QUESTION),
        ),
        row("search with a quote", part(bare()), search(TOPIC), search(TOPIC)),
        row("mention with a quote", part(mention()), ask(TOPIC), ask(TOPIC)),
        row("search with a quote of us", quoting(to_us(bare()), TOPIC), search(TOPIC), search(TOPIC)),
        row("search with a quote of another chat", elsewhere, search(TOPIC), search(TOPIC)),
        row(
            "search with words in reply",
            to_ana(text("/search tuberculosis in Kenya"), asked()),
            search(TOPIC),
            search(TOPIC),
        ),
        row(
            "question with a quote",
            part(text("@pressdesk_bot who paid for the training?")),
            ask(QUESTION),
            ask(QUESTION),
        ),
        row("search in reply to us", to_us(bare()), usage(), usage()),
        row("search in reply to a photo", to_ana(bare(), photo()), usage(), usage()),
        row("search in reply to a poll", to_ana(bare(), from_poll()), usage(), usage()),
        row("mention in reply to a photo", to_ana(mention(), photo()), Reply(Request::Help), Reply(Request::Help)),
        row("quote alone in reply to somebody", part(text("yes, that")), ask("yes, that"), Silence),
    ]
}

/// Links behind words.
fn links() -> Vec<Row> {
    let conversation = conversation();
    let release = conversation.desk().corpus().releases.iter().find(|release| release.id == "migrant-window").unwrap();
    let url = release.url.as_ref().unwrap().as_str();
    let asked = |words: &str| ask(&format!("{words} {url}"));
    let about = "who signs this?";
    let hidden = || linked(about, 10, url);
    let other = linked(about, 10, "https://example.org/tuberculosis-in-kenya");
    let named = with(
        linked("@pressdesk_bot who signs this?", 25, url),
        json!({"entities": [
            {"type": "mention", "offset": 0, "length": 14},
            {"type": "text_link", "offset": 25, "length": 4, "url": url},
        ]}),
    );
    vec![
        row("release behind a word", hidden(), asked(about), Silence),
        row("release behind a word in reply to us", to_us(hidden()), asked(about), asked(about)),
        row("release behind a word beside a mention", named, asked(about), asked(about)),
        row(
            "search in reply to a hidden release",
            to_ana(text("/search"), hidden()),
            search(&format!("{about} {url}")),
            search(&format!("{about} {url}")),
        ),
        row("other page behind a word", other, ask(about), Silence),
        row("release pasted", text(&format!("{about} {url}")), asked(about), Silence),
    ]
}

/// Content without text, alone, in reply to the bot, and with a caption that asks or mentions.
fn media() -> Vec<Row> {
    let not_text = || Reply(Request::NotText);
    let poll = json!({"id": "1", "question": "Tea?", "options": [], "total_voter_count": 0, "is_closed": false,
        "is_anonymous": true, "type": "regular", "allows_multiple_answers": false});
    let sticker = with(file(), json!({"is_animated": false, "is_video": false, "type": "regular"}));
    let game = json!({"title": "G", "description": "D", "photo": [file()]});
    let mut rows = Vec::new();
    for (name, content) in [
        ("photo", photo()),
        ("document", document()),
        ("video", json!({"video": file()})),
        ("animation", json!({"animation": file(), "document": file()})),
        ("voice", json!({"voice": file()})),
        ("video note", json!({"video_note": file()})),
        ("audio", json!({"audio": file()})),
        ("sticker", json!({"sticker": sticker})),
        ("location", json!({"location": {"latitude": 13.7, "longitude": -89.2}})),
        ("contact", json!({"contact": {"phone_number": "1", "first_name": "A"}})),
        ("poll", json!({"poll": poll})),
        ("dice", json!({"dice": {"emoji": "🎲", "value": 3}})),
        ("game", json!({"game": game})),
        ("content of an unknown kind", json!({"hologram": {"depth": 3}})),
    ] {
        rows.push(row(name, content.clone(), not_text(), Silence));
        rows.push(row(&format!("{name} in reply to us"), to_us(content), not_text(), not_text()));
    }
    for (name, content) in [("photo", photo()), ("document", document()), ("video", json!({"video": file()}))] {
        let mentioning = "@pressdesk_bot who paid for the training?";
        rows.push(row(&format!("{name} with a caption"), caption(content.clone(), QUESTION), ask(QUESTION), Silence));
        let mentioned = caption(content.clone(), mentioning);
        rows.push(row(&format!("{name} with a caption that mentions us"), mentioned, ask(QUESTION), ask(QUESTION)));
        rows.push(row(
            &format!("{name} with our name only"),
            caption(content, "@pressdesk_bot"),
            not_text(),
            not_text(),
        ));
    }
    rows
}

/// Senders other than people, and service messages.
fn senders() -> Vec<Row> {
    let bot = json!({"from": {"id": 77, "is_bot": true, "first_name": "Other", "username": "other_bot"}});
    let anonymous = || {
        let from = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"});
        json!({"from": from, "sender_chat": {"id": -1_001_500, "title": "Newsroom", "type": "supergroup"}})
    };
    let channel = || {
        let from = json!({"id": 136_817_688, "is_bot": true, "first_name": "Channel", "username": "Channel_Bot"});
        json!({"from": from, "sender_chat": {"id": -1_001_700, "title": "News", "type": "channel"}})
    };
    let forwarded = with(channel(), json!({"is_automatic_forward": true}));
    let question = || text("@pressdesk_bot who paid for the training?");
    let both = |name: &str, message| row(name, message, ask(QUESTION), ask(QUESTION));
    let none = |name: &str, message| row(name, message, Silence, Silence);
    vec![
        both("anonymous admin", with(question(), anonymous())),
        row(
            "search of an anonymous admin",
            with(text("/search tuberculosis in Kenya"), anonymous()),
            search(TOPIC),
            search(TOPIC),
        ),
        both("channel as sender", with(question(), channel())),
        none("another bot", with(question(), bot.clone())),
        none("search of another bot", with(text("/search tuberculosis in Kenya"), bot.clone())),
        none("another bot in reply to us", with(to_us(text(QUESTION)), bot)),
        none("post of the linked channel", with(question(), forwarded)),
        none("our own inline result", with(question(), json!({"via_bot": us()}))),
        none("member joined", json!({"new_chat_members": [ana()]})),
        none("member left", json!({"left_chat_member": ana()})),
        none("title", json!({"new_chat_title": "@pressdesk_bot"})),
        none("topic created", json!({"forum_topic_created": {"name": "Press", "icon_color": 1}})),
    ]
}

/// Edits of a message.
fn edits() -> Vec<Row> {
    let edit = |name: &str, message: Value, edited: Value, private, group| Row {
        edited: Some(edited),
        ..row(name, message, private, group)
    };
    let edited = |text: &str| Edit(Request::Ask(text.to_owned()));
    let mentioning = |question: &str| text(&format!("@pressdesk_bot {question}"));
    let searched = || Edit(Request::Search(QUESTION.to_owned()));
    vec![
        edit("question edited", text(TOPIC), text(QUESTION), edited(QUESTION), Silence),
        edit("mention edited", mentioning(TOPIC), mentioning(QUESTION), edited(QUESTION), edited(QUESTION)),
        edit(
            "search edited",
            text("/search tuberculosis in Kenya"),
            text("/search who paid for the training?"),
            searched(),
            searched(),
        ),
        edit("edit without change", mentioning(QUESTION), mentioning(QUESTION), ask(QUESTION), ask(QUESTION)),
        edit("question edited into a mention", text(TOPIC), mentioning(QUESTION), edited(QUESTION), ask(QUESTION)),
        edit("reply to us edited", to_us(text(TOPIC)), to_us(text(QUESTION)), edited(QUESTION), edited(QUESTION)),
        edit("caption edited", caption(photo(), TOPIC), caption(photo(), QUESTION), edited(QUESTION), Silence),
    ]
}

fn rows() -> Vec<Row> {
    let parts = [commands(), questions(), pointing(), links(), media(), senders(), edits()];
    parts.into_iter().flatten().collect()
}

const SURFACES: [&str; 5] = ["private", "group", "topic", "general", "channel"];

/// Returns the updates of a row on a surface, in the chat and with the number of the message.
fn updates(row: &Row, surface: &str, number: i64) -> (i64, i64, Vec<Value>) {
    let (id, person) = (1_000 + number, 7_000 + number);
    let (chat, extra) = match surface {
        "private" => (json!({"id": person, "type": "private", "first_name": "A"}), json!({})),
        "group" => (json!({"id": -person, "type": "group", "title": "G"}), json!({})),
        "topic" => {
            let created = json!({"message_id": 7, "date": 1, "from": us(), "forum_topic_created": {"name": "T", "icon_color": 1}});
            let extra = json!({"message_thread_id": 7, "is_topic_message": true, "reply_to_message": created});
            (json!({"id": -100_000 - person, "type": "supergroup", "title": "F", "is_forum": true}), extra)
        }
        "general" => {
            (json!({"id": -200_000 - person, "type": "supergroup", "title": "F", "is_forum": true}), json!({}))
        }
        _ => (json!({"id": -300_000 - person, "type": "channel", "title": "C"}), json!({})),
    };
    let kind = if surface == "channel" { "channel_post" } else { "message" };
    let base = json!({
        "message_id": id, "date": 1, "chat": chat,
        "from": {"id": person, "is_bot": false, "first_name": "A", "language_code": "en"},
    });
    let whole = |fields: &Value| {
        let mut message = with(with(base.clone(), extra.clone()), fields.clone());
        if let Some(replied) = message["reply_to_message"].as_object_mut() {
            replied.insert("chat".to_owned(), base["chat"].clone());
        }
        message
    };
    let mut updates = vec![json!({kind: whole(&row.message)})];
    if let Some(edited) = &row.edited {
        let edited = with(whole(edited), json!({"edit_date": 2}));
        updates.push(json!({format!("edited_{kind}"): edited}));
    }
    (base["chat"]["id"].as_i64().unwrap(), id, updates)
}

/// Returns the texts of the answer to a request.
fn answer(request: &Request) -> Vec<String> {
    let context = Context { client_language: Some(Language::ENGLISH), ..Context::default() };
    messages(&conversation().turn(request, &context).reply).into_iter().map(|message| message.text).collect()
}

/// Tells how the bot did other than expected on a message.
fn fault(api: &BotApi, expected: &Expected, chat: i64, id: i64, topic: Option<i64>) -> Option<String> {
    let calls = api.all_calls();
    let to_chat = calls.iter().filter(|call| call.method == "sendmessage" && call.body["chat_id"] == chat);
    let sent: Vec<_> = to_chat.collect();
    let texts: Vec<&str> = sent.iter().filter_map(|call| call.body["text"].as_str()).collect();
    let is_edited = api.edits().iter().any(|edit| edit["chat_id"] == chat);
    let request = match expected {
        Silence => return (!sent.is_empty()).then(|| format!("silence, not {texts:?}")),
        Reply(request) | Edit(request) => request,
    };
    if is_edited != matches!(expected, Edit(_)) {
        return Some(format!("{expected:?}, not an edit: {is_edited}; {texts:?}"));
    }
    if sent.iter().any(|call| call.body["reply_parameters"]["message_id"] != id) {
        return Some("a reply to its own message".to_owned());
    }
    if sent.iter().any(|call| call.body["message_thread_id"].as_i64() != topic) {
        return Some("a reply in its topic".to_owned());
    }
    let shown: Vec<String> =
        sent.iter().filter_map(|call| api.text_of(chat, call.result["message_id"].as_i64()?)).collect();
    let answer = answer(request);
    (shown != answer).then(|| format!("{request:?}: {answer:?}, not {shown:?}"))
}

#[tokio::test]
async fn every_shape_is_answered_as_stated_on_each_surface() {
    let rows = rows();
    assert!(rows.len() >= 80, "{} shapes", rows.len());
    let api = BotApi::start().await;
    let mut delivered = Vec::new();
    for (number, (surface, row)) in
        (0..).zip(SURFACES.iter().flat_map(|surface| rows.iter().map(move |row| (*surface, row))))
    {
        let (chat, id, updates) = updates(row, surface, number);
        for update in updates {
            api.deliver(update);
        }
        delivered.push((surface, row, chat, id));
    }
    let settings = settings(&api);
    let api = Bot::start_with(api, settings).finish().await;
    let faults: Vec<String> = delivered
        .iter()
        .filter_map(|(surface, row, chat, id)| {
            let expected = match *surface {
                "private" => &row.private,
                "channel" => &Silence,
                _ => &row.group,
            };
            let topic = (*surface == "topic").then_some(7);
            fault(&api, expected, *chat, *id, topic).map(|fault| format!("{} ({surface}): expected {fault}", row.name))
        })
        .collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), delivered.len(), faults.join("\n"));
}
