//! Conversion from teloxide's types: user, request and reply target.

use std::ops::Range;

use serde_json::Value;
use teloxide::types::{
    CallbackQuery, Chat, ChatId, InlineKeyboardButtonKind, InlineQueryId, Me, MediaKind, Message, MessageEntity,
    MessageEntityKind, MessageId, MessageKind, ThreadId, User,
};

use super::{Addressing, Asker, Event, Incoming, IncomingKind, InlineQuery, Rated, ReplyTarget, Surface, Tap};
use crate::conversation::Request;
use crate::language::Language;

/// Maximum age of a message whose edit is answered, in seconds: the journal knows the answers of a day.
const MAX_EDIT_AGE: i64 = 24 * 60 * 60;

/// Converts a message; `None` if it does not address the bot or needs no answer.
pub(super) fn message(message: Message, me: &Me) -> Option<Event> {
    let surface = surface(&message.chat)?;
    let content = content(&message);
    let (replied_to, written) = (reply_to_us(&message, me), content.written());
    let addressing = Addressing {
        surface,
        is_from_bot: message.sender_chat.is_none() && message.from.as_ref().is_some_and(|sender| sender.is_bot),
        replies_to_us: replied_to.is_some(),
        mentions_us: written.is_some_and(|written| !written.mentions(me).is_empty()),
        command: written.and_then(Written::command).map(|command| (command.name, command.names_us(me))),
    };
    if !addressing.is_for_us() {
        return None;
    }
    let request = match (content, surface) {
        (Content::Written(written), _) => request(&written, me),
        (Content::NotText, Surface::Private) => Request::NotText,
        (Content::NotText, Surface::Group) | (Content::Service, _) => return None,
    };
    let sender = message.from.as_ref();
    let person = match (&message.sender_chat, sender) {
        (Some(chat), _) => chat.id.0,
        (None, Some(sender)) => ChatId::from(sender.id).0,
        (None, None) => message.chat.id.0,
    };
    let incoming = Incoming {
        kind: IncomingKind::Message,
        surface,
        asker: Asker { chat: message.chat.id.0, person },
        client_language: sender.and_then(client_language),
        request: Some(request),
        target: ReplyTarget { chat: message.chat.id, topic: topic(&message), message: message.id },
        replied_to,
        turned: None,
    };
    Some(Event::Message(Box::new(incoming)))
}

/// Converts an edit of a message; `None` if it needs no answer, as a location that moves on, or comes too late to tell from a new
/// question.
pub(super) fn edited_message(message: Message, me: &Me) -> Option<Event> {
    let age = message.edit_date().map(|edited| (*edited - message.date).num_seconds());
    if age.is_some_and(|age| age > MAX_EDIT_AGE) {
        return None;
    }
    let Event::Message(incoming) = self::message(message, me)? else { return None };
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
    let turned = bearer.filter(|_| Request::turns_page(data)).map(|message| message.id);
    Some(Incoming {
        kind: IncomingKind::Tap,
        surface: surface(chat)?,
        asker: Asker { chat: chat.id.0, person: ChatId::from(query.from.id).0 },
        client_language: client_language(&query.from),
        request: Some(request),
        target: ReplyTarget { chat: chat.id, topic: message.regular_message().and_then(topic), message: message.id() },
        replied_to: None,
        turned,
    })
}

/// Returns the request of a button; `None` if its data is none that this bot writes, today or earlier.
///
/// What a command does, the sender of the tap could type too; but a text is a question only where a button bears it.
fn tapped_request(data: &str, is_borne: bool) -> Option<Request> {
    match Request::parse(data) {
        Request::UnknownCommand(_) => None,
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

fn request(written: &Written<'_>, me: &Me) -> Request {
    match written.command() {
        Some(command) => Request::command(command.name, &written.without_mentions(command.end, me)),
        None => question(written, me),
    }
}

fn question(written: &Written<'_>, me: &Me) -> Request {
    let text = written.without_mentions(0, me);
    if text.is_empty() { Request::Help } else { Request::parse(&text) }
}

/// Returns the message of the bot that a message replies to.
fn reply_to_us(message: &Message, me: &Me) -> Option<MessageId> {
    let replied = message.reply_to_message()?;
    // Every message of a topic "replies" to the service message that opened it.
    let opens_topic = matches!(replied.kind, MessageKind::ForumTopicCreated(_));
    let is_ours = replied.from.as_ref().is_some_and(|sender| sender.id == me.id);
    (is_ours && !opens_topic).then_some(replied.id)
}

/// Text with its entities.
struct Written<'a> {
    text: &'a str,
    entities: &'a [MessageEntity],
}

/// Command at the beginning of a text: `/name` or `/name@bot`.
struct Command<'a> {
    name: &'a str,
    bot: Option<&'a str>,
    /// End of the command, in bytes.
    end: usize,
}

impl Command<'_> {
    /// Tells whether the command names this bot; `None` if it names none.
    fn names_us(&self, me: &Me) -> Option<bool> {
        self.bot.map(|bot| bot.eq_ignore_ascii_case(me.username()))
    }
}

impl<'a> Written<'a> {
    /// Returns the command at the beginning of the text, by Telegram's entity, so that any separator after it works.
    fn command(&self) -> Option<Command<'a>> {
        let is_command = |entity: &&MessageEntity| entity.offset == 0 && entity.kind == MessageEntityKind::BotCommand;
        let range = self.range(self.entities.iter().find(is_command)?)?;
        let command = self.text[range.clone()].strip_prefix('/')?;
        let (name, bot) = match command.split_once('@') {
            Some((name, bot)) => (name, Some(bot)),
            None => (command, None),
        };
        Some(Command { name, bot, end: range.end })
    }

    /// Returns the mentions of this bot, by name or by a link on any word.
    fn mentions(&self, me: &Me) -> Vec<Range<usize>> {
        let is_me = |entity: &MessageEntity, text: &str| match &entity.kind {
            MessageEntityKind::Mention => {
                text.strip_prefix('@').is_some_and(|name| name.eq_ignore_ascii_case(me.username()))
            }
            MessageEntityKind::TextMention { user } => user.id == me.id,
            _ => false,
        };
        let places = self.entities.iter().filter_map(|entity| Some((entity, self.range(entity)?)));
        places.filter(|(entity, range)| is_me(entity, &self.text[range.clone()])).map(|(_, range)| range).collect()
    }

    /// Returns the text from a byte on, without mentions of this bot and punctuation after a leading one.
    fn without_mentions(&self, from: usize, me: &Me) -> String {
        let mut rest = String::with_capacity(self.text.len() - from);
        let mut at = from;
        let mentions = self.mentions(me);
        for mention in &mentions {
            if mention.start >= at {
                rest.push_str(&self.text[at..mention.start]);
                at = mention.end;
            }
        }
        rest.push_str(&self.text[at..]);
        let rest = rest.trim();
        if mentions.is_empty() {
            return rest.to_owned();
        }
        rest.trim_start_matches(|letter: char| {
            letter.is_whitespace() || matches!(letter, ',' | ':' | ';' | '-' | '–' | '—')
        })
        .to_owned()
    }

    /// Returns the range of an entity in bytes; `None` if it is outside the text.
    fn range(&self, entity: &MessageEntity) -> Option<Range<usize>> {
        let end = entity.offset.checked_add(entity.length)?;
        let range = self.byte(entity.offset)?..self.byte(end)?;
        (!range.is_empty()).then_some(range)
    }

    /// Returns the byte offset of a UTF-16 offset.
    fn byte(&self, utf16_offset: usize) -> Option<usize> {
        let mut units = 0;
        for (at, letter) in self.text.char_indices() {
            if units >= utf16_offset {
                return (units == utf16_offset).then_some(at);
            }
            units += letter.len_utf16();
        }
        (units == utf16_offset).then_some(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let message = serde_json::from_value(json!({
            "message_id": 3, "date": 1, "chat": {"id": id, "type": chat, "title": "t", "first_name": "f"},
            "from": {"id": 5, "is_bot": false, "first_name": "f"}, "text": text, "entities": entities,
        }))
        .unwrap();
        super::message(message, &me())?.incoming()?.request.clone()
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
        let unknown = Some(Request::UnknownCommand("weather".to_owned()));
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
