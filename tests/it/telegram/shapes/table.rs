//! Rows of the table: a name, a message, and what is expected in private chats and in groups.

use pressdesk::conversation::Request;
use serde_json::{Value, json};

use super::Expected::{self, Edit, Reply, Silence};
use super::Row;
use super::messages::*;
use crate::desk::conversation;

fn row(name: &str, message: Value, private: Expected, group: Expected) -> Row {
    Row { name: name.to_owned(), message, edited: None, private, group }
}

fn ask(text: &str) -> Expected {
    Reply(Request::Ask(text.to_owned()))
}

fn search(words: &str) -> Expected {
    Reply(Request::Search(words.to_owned()))
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
    let unknown = |rest: &str| Reply(Request::UnknownCommand { name: "weather".to_owned(), rest: rest.to_owned() });
    rows.push(row("unknown command", text("/weather today"), unknown("today"), Silence));
    rows.push(row("unknown command for us", text("/weather@pressdesk_bot"), unknown(""), unknown("")));
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

/// Returns all rows.
pub(super) fn rows() -> Vec<Row> {
    let parts = [commands(), questions(), pointing(), links(), media(), senders(), edits()];
    parts.into_iter().flatten().collect()
}
