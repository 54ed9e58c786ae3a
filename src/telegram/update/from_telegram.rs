//! Conversion from teloxide's types: user, request and reply target.

use serde_json::Value;
use teloxide::types::{
    CallbackQuery, Chat, ChatId, InlineKeyboardButtonKind, InlineQueryId, Me, MediaKind, Message, MessageId,
    MessageKind, ThreadId, User,
};
use url::Url;

use super::long_texts::LongTexts;
use super::written::Written;
use super::{Addressing, Asker, Event, Incoming, IncomingKind, InlineQuery, Part, Rated, ReplyTarget, Surface, Tap};
use crate::conversation::Request;
use crate::language::Language;

/// Maximum age of a message whose edit is answered, in seconds: the journal knows the answers of a day.
const MAX_EDIT_AGE: i64 = 24 * 60 * 60;

/// Minimum length of a part of a longer text, in UTF-16 code units: Telegram's apps split a text at white space before its maximum
/// of 4096.
const MIN_SPLIT_LEN: usize = 4000;

/// Converts a message; `None` if it does not address the bot or needs no answer. `raw` is the message as it came in, because
/// teloxide keeps fewer fields of some kinds of content. `long_texts` are those of which it may be a part.
pub(super) fn message(message: Message, raw: &Value, me: &Me, long_texts: Option<&LongTexts>) -> Option<Event> {
    let surface = surface(&message.chat)?;
    let content = content(&message);
    // A result of inline mode, which somebody sent in the bot's words.
    if message.via_bot.as_ref().is_some_and(|bot| bot.id == me.id) {
        return None;
    }
    let (replied_to, written) = (reply_to_us(raw, me), content.written());
    let addressing = Addressing {
        surface,
        is_from_bot: message.sender_chat.is_none() && message.from.as_ref().is_some_and(|sender| sender.is_bot),
        replies_to_us: replied_to.is_some() && !written.is_some_and(|written| written.is_aside(me)),
        mentions_us: written.is_some_and(|written| !written.mentions(me).is_empty()),
        command: written.and_then(Written::command).map(|command| (command.name, command.names_us(me))),
    };
    let asker = Asker { chat: message.chat.id.0, person: person(&message) };
    let sent_at = message.date.timestamp();
    let continues = |texts: &LongTexts| texts.is_continued_by(asker, message.id, sent_at);
    let may_continue = addressing.command.is_none() && raw["text"].is_string();
    let is_rest = !addressing.is_for_us() && may_continue && long_texts.is_some_and(continues);
    if !addressing.is_for_us() && !is_rest {
        return None;
    }
    let (request, links) = match &content {
        Content::Written(written) if is_rest => (Request::Ask(written.text.trim().to_owned()), written.links()),
        Content::Written(written) => request(&message, raw, written, me),
        Content::NotText => (Request::NotText, Vec::new()),
        Content::Service => return None,
    };
    let sender = message.from.as_ref();
    let part = match part(raw) {
        part if is_rest => Some(Part::Rest { may_go_on: part == Some(Part::Text) }),
        part => part,
    };
    let incoming = Incoming {
        kind: IncomingKind::Message,
        surface,
        asker,
        client_language: sender.and_then(client_language),
        request: Some(request),
        links,
        part,
        sent_at,
        target: ReplyTarget { chat: message.chat.id, topic: topic(&message), message: Some(message.id) },
        replied_to,
        turned: None,
    };
    if let Some(texts) = long_texts {
        texts.note(&incoming);
    }
    Some(Event::Message(Box::new(incoming)))
}

/// Returns the sender of a message, or the chat that it was sent as.
fn person(message: &Message) -> i64 {
    match (&message.sender_chat, &message.from) {
        (Some(chat), _) => chat.id.0,
        (None, Some(sender)) => ChatId::from(sender.id).0,
        (None, None) => message.chat.id.0,
    }
}

/// Converts an edit of a message; `None` if it needs no answer, as a location that moves on, or comes too late to tell from a new
/// question.
pub(super) fn edited_message(message: Message, raw: &Value, me: &Me) -> Option<Event> {
    let age = message.edit_date().map(|edited| (*edited - message.date).num_seconds());
    if age.is_some_and(|age| age > MAX_EDIT_AGE) {
        return None;
    }
    let Event::Message(incoming) = self::message(message, raw, me, None)? else { return None };
    if matches!(incoming.request, None | Some(Request::NotText)) {
        return None;
    }
    Some(Event::Message(Box::new(Incoming { kind: IncomingKind::Edit, ..*incoming })))
}

/// Converts a tap on a button, without a request if the button is out of date or not in a chat.
pub(super) fn callback_query(query: CallbackQuery) -> Event {
    let rated = Rated::of(&query).map(Box::new);
    let incoming = tapped(&query).map(Box::new);
    let tap = Tap { id: query.id, client_language: client_language(&query.from) };
    match rated {
        Some(rated) => Event::Rated(tap, rated),
        None => Event::Tap(tap, incoming),
    }
}

fn tapped(query: &CallbackQuery) -> Option<Incoming> {
    let message = query.message.as_ref()?;
    let chat = message.chat();
    let data = query.data.as_deref()?;
    // Anybody can send any data, so a message is overwritten only by a button that it bears.
    let bearer = message.regular_message().filter(|message| bears(message, data));
    let request = tapped_request(data, bearer.is_some())?;
    // A message that one person alone sees has the number 0.
    let number = Some(message.id()).filter(|id| id.0 != 0);
    let turned = bearer.filter(|_| Request::turns_page(data)).and(number);
    Some(Incoming {
        kind: IncomingKind::Tap,
        surface: surface(chat)?,
        asker: Asker { chat: chat.id.0, person: ChatId::from(query.from.id).0 },
        client_language: client_language(&query.from),
        request: Some(request),
        links: Vec::new(),
        part: None,
        sent_at: 0,
        target: ReplyTarget { chat: chat.id, topic: message.regular_message().and_then(topic), message: number },
        replied_to: None,
        turned,
    })
}

/// Returns the request of a button; `None` if its data is none that this bot writes, today or earlier.
///
/// What a command does, the sender of the tap could type too; but a text is a question only where a button bears it.
fn tapped_request(data: &str, is_borne: bool) -> Option<Request> {
    match Request::parse(data) {
        Request::UnknownCommand { .. } => None,
        Request::Ask(_) if !is_borne => None,
        request => Some(request),
    }
}

/// Tells whether a message has a button with this data.
fn bears(message: &Message, data: &str) -> bool {
    let buttons = message.reply_markup().into_iter().flat_map(|markup| markup.inline_keyboard.iter().flatten());
    buttons.into_iter().any(|button| matches!(&button.kind, InlineKeyboardButtonKind::CallbackData(own) if own == data))
}

fn client_language(person: &User) -> Option<Language> {
    person.language_code.as_deref().and_then(Language::from_code)
}

/// Converts an inline query. It is read as it came in, for the few fields in use.
pub(super) fn inline_query(query: &Value) -> Option<InlineQuery> {
    let offset = query["offset"].as_str().unwrap_or_default();
    Some(InlineQuery {
        id: InlineQueryId(query["id"].as_str()?.to_owned()),
        person: query["from"]["id"].as_i64()?,
        client_language: query["from"]["language_code"].as_str().and_then(Language::from_code),
        text: query["query"].as_str().unwrap_or_default().trim().to_owned(),
        // Only our own offsets come back; after any other there is nothing.
        offset: if offset.is_empty() { 0 } else { offset.parse().unwrap_or(usize::MAX) },
    })
}

/// Converts a change of the bot's membership to the event of joining a group; `None` for any other change. It is read as it came in,
/// because statuses bear rights, and new ones come.
pub(super) fn joined(change: &Value) -> Option<Event> {
    let is_member = |member: &Value| match member["status"].as_str()? {
        "creator" | "administrator" | "member" => Some(true),
        "restricted" => Some(member["is_member"] == true && member["can_send_messages"] != false),
        _ => Some(false),
    };
    let (chat, sender) = (&change["chat"], &change["from"]);
    if is_member(&change["old_chat_member"])? || !is_member(&change["new_chat_member"])? {
        return None;
    }
    if !matches!(chat["type"].as_str()?, "group" | "supergroup") {
        return None;
    }
    let chat = chat["id"].as_i64()?;
    Some(Event::Message(Box::new(Incoming {
        kind: IncomingKind::Joined,
        surface: Surface::Group,
        asker: Asker { chat, person: sender["id"].as_i64().unwrap_or(chat) },
        client_language: sender["language_code"].as_str().and_then(Language::from_code),
        request: None,
        links: Vec::new(),
        part: None,
        sent_at: 0,
        target: ReplyTarget { chat: ChatId(chat), topic: None, message: None },
        replied_to: None,
        turned: None,
    })))
}

fn surface(chat: &Chat) -> Option<Surface> {
    if chat.is_private() {
        Some(Surface::Private)
    } else if chat.is_group() || chat.is_supergroup() {
        Some(Surface::Group)
    } else {
        None
    }
}

fn topic(message: &Message) -> Option<ThreadId> {
    const GENERAL: ThreadId = ThreadId(MessageId(1));
    message.thread_id.filter(|topic| message.is_topic_message && *topic != GENERAL)
}

/// Content of a message.
enum Content<'a> {
    /// Text or caption.
    Written(Written<'a>),
    /// Content without text.
    NotText,
    /// Service message: joined, pinned, renamed.
    Service,
}

impl Content<'_> {
    fn written(&self) -> Option<&Written<'_>> {
        match self {
            Self::Written(written) => Some(written),
            Self::NotText | Self::Service => None,
        }
    }
}

fn content(message: &Message) -> Content<'_> {
    match &message.kind {
        MessageKind::Common(common) if matches!(common.media_kind, MediaKind::Migration(_)) => Content::Service,
        MessageKind::Common(common) if common.is_automatic_forward => Content::Service,
        MessageKind::Common(_) => {
            let text = message.text().or(message.caption()).unwrap_or_default();
            let entities = message.entities().or(message.caption_entities()).unwrap_or_default();
            if text.trim().is_empty() { Content::NotText } else { Content::Written(Written { text, entities }) }
        }
        // `Empty` is content of a kind that teloxide does not know.
        MessageKind::Dice(_) | MessageKind::Empty {} => Content::NotText,
        _ => Content::Service,
    }
}

/// Returns the request of a message with the links that stand behind its words. A search or a mention without words asks what the
/// message quotes or replies to.
fn request(message: &Message, raw: &Value, written: &Written<'_>, me: &Me) -> (Request, Vec<Url>) {
    let command = written.command();
    let text = written.without_mentions(command.as_ref().map_or(0, |command| command.end), me);
    let request = match &command {
        Some(command) => Request::command(command.name, &text),
        None if text.is_empty() => Request::Ask(String::new()),
        None => Request::parse(&text),
    };
    let (Request::Ask(words) | Request::Search(words)) = &request else { return (request, Vec::new()) };
    if !words.is_empty() {
        return (request, written.links());
    }
    let is_search = matches!(request, Request::Search(_));
    match pointed_at(message, raw, me) {
        Some((text, links)) => (if is_search { Request::Search(text) } else { Request::Ask(text) }, links),
        None if is_search => (request, Vec::new()),
        // A photo with the bot's name below it.
        None if raw.get("text").is_none() => (Request::NotText, Vec::new()),
        None => (Request::Help, Vec::new()),
    }
}

/// Returns the text that a message quotes, else that of the message of somebody else that it replies to, with its hidden links.
fn pointed_at(message: &Message, raw: &Value, me: &Me) -> Option<(String, Vec<Url>)> {
    let of = |written: &Written<'_>| {
        let text = written.without_mentions(written.command().map_or(0, |command| command.end), me);
        (!text.is_empty()).then(|| (text, written.links()))
    };
    let quote = message.quote().map(|quote| Written { text: &quote.text, entities: &quote.entities });
    quote.as_ref().and_then(of).or_else(|| {
        let replied = message.reply_to_message().filter(|_| reply_to_us(raw, me).is_none())?;
        content(replied).written().and_then(of)
    })
}

/// Returns what a message is a part of, if it is one of several that were sent as one.
fn part(raw: &Value) -> Option<Part> {
    if let Some(album) = raw["media_group_id"].as_str() {
        return Some(Part::Album(album.to_owned()));
    }
    let text = raw["text"].as_str()?;
    (text.encode_utf16().count() >= MIN_SPLIT_LEN).then_some(Part::Text)
}

/// Returns the message of the bot that a message replies to.
fn reply_to_us(raw: &Value, me: &Me) -> Option<MessageId> {
    let replied = &raw["reply_to_message"];
    // Every message of a topic "replies" to the service message that opened it.
    let opens_topic = replied.get("forum_topic_created").is_some();
    let is_ours = replied["from"]["id"] == me.id.0;
    let id = replied["message_id"].as_i64().filter(|_| is_ours && !opens_topic)?;
    i32::try_from(id).ok().map(MessageId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    fn me() -> Me {
        serde_json::from_value(json!({
            "id": 42, "is_bot": true, "first_name": "desk", "username": "Desk_Bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false,
        }))
        .unwrap()
    }

    /// Converts a message with a command entity over the first `command` units and a mention at `mention`.
    fn request(chat: &str, text: &str, command: usize, mention: Option<(usize, usize)>) -> Option<Request> {
        let mut entities: Vec<Value> = Vec::new();
        if command > 0 {
            entities.push(json!({"type": "bot_command", "offset": 0, "length": command}));
        }
        if let Some((offset, length)) = mention {
            entities.push(json!({"type": "mention", "offset": offset, "length": length}));
        }
        let id = if chat == "private" { 5 } else { -5 };
        let message = json!({
            "message_id": 3, "date": 1, "chat": {"id": id, "type": chat, "title": "t", "first_name": "f"},
            "from": {"id": 5, "is_bot": false, "first_name": "f"}, "text": text, "entities": entities,
        });
        super::message(Message::deserialize(&message).unwrap(), &message, &me(), None)?.incoming()?.request.clone()
    }

    #[test]
    fn commands_are_decoded_in_every_shape() {
        let search = Some(Request::Search("tema".to_owned()));
        let shapes = [
            ("/search tema", 7),
            ("/Search tema", 7),
            ("/SEARCH tema", 7),
            ("/search\ntema", 7),
            ("/search\u{a0}tema", 7),
            ("/search\ttema", 7),
            ("/search   tema  ", 7),
            ("/search@Desk_Bot tema", 16),
            ("/search@desk_bot tema", 16),
            ("/search@DESK_BOT\ntema", 16),
            ("/Search@desk_bot\u{a0}tema", 16),
        ];
        for (text, length) in shapes {
            for chat in ["private", "supergroup"] {
                assert_eq!(request(chat, text, length, None), search, "{text:?} in a {chat}");
            }
        }
        assert_eq!(request("supergroup", "/search@other_bot tema", 17, None), None);
        assert_eq!(request("private", "/search@other_bot tema", 17, None), search);
    }

    #[test]
    fn foreign_unknown_commands_are_ignored() {
        let unknown = Some(Request::UnknownCommand { name: "weather".to_owned(), rest: String::new() });
        assert_eq!(request("private", "/weather", 8, None), unknown);
        assert_eq!(request("group", "/weather@desk_bot", 17, None), unknown);
        assert_eq!(request("group", "/weather", 8, None), None);
    }

    #[test]
    fn bare_group_command_must_mention_the_bot() {
        for (text, length) in [("/help", 5), ("/start", 6), ("/reset", 6), ("/releases", 9), ("/contacts TB", 9)] {
            assert_eq!(request("group", text, length, None), None, "{text}");
            assert!(request("private", text, length, None).is_some(), "{text}");
        }
        assert_eq!(request("group", "/help@desk_bot", 14, None), Some(Request::Help));
        assert_eq!(request("group", "/help @desk_bot", 5, Some((6, 9))), Some(Request::Help));
        assert_eq!(request("group", "/search tema", 7, None), Some(Request::Search("tema".to_owned())));
    }

    #[test]
    fn mentions_are_removed_from_the_question() {
        let ask = |text: &str| Some(Request::Ask(text.to_owned()));
        assert_eq!(request("group", "@desk_bot, who paid?", 0, Some((0, 9))), ask("who paid?"));
        assert_eq!(request("group", "👩‍⚕️ who paid @Desk_Bot", 0, Some((15, 9))), ask("👩‍⚕️ who paid"));
        assert_eq!(
            request("group", "@desk_bot /search tema", 0, Some((0, 9))),
            Some(Request::Search("tema".to_owned()))
        );
        assert_eq!(request("group", "@desk_bot", 0, Some((0, 9))), Some(Request::Help));
        assert_eq!(request("private", " @desk_bot ", 0, Some((1, 9))), Some(Request::Help));
        assert_eq!(request("group", "@other_bot who paid?", 0, Some((0, 10))), None);
        assert_eq!(request("group", "who paid?", 0, None), None);
    }

    #[test]
    fn entities_outside_the_text_are_ignored() {
        assert_eq!(request("private", "👍", 1, Some((7, usize::MAX))), Some(Request::Ask("👍".to_owned())));
    }
}
