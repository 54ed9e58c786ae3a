//! Layout: converts replies to messages with entities, within Telegram's limits, so that none is refused or changed.
//!
//! Entities rather than a parse mode, because they need no escaping.
//! Limits: <https://core.telegram.org/bots/api#sendmessage>, <https://limits.tginfo.me/>.

mod inline;
mod keyboard;

use std::cmp::Reverse;
use std::ops::Range;

use serde::Serialize;
use teloxide::payloads::{EditMessageText, EditMessageTextSetters, SendMessage, SendMessageSetters};
use teloxide::types::{
    BotCommand, ChatId, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity, MessageEntityKind, MessageId,
    ReplyParameters,
};
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

use crate::conversation::{Block, Profile, Reply, Request, Style};
use crate::telegram::update::ReplyTarget;

pub(crate) use self::inline::{guest_answer, inline_answer};
pub use self::keyboard::ask_for_rating;
use self::keyboard::keyboard;

/// Maximum length of a message in UTF-16 units. Telegram counts code points, of which there are never more.
const MAX_UNITS: usize = 4096;

/// Maximum number of entities of a message; Telegram silently drops those beyond.
const MAX_ENTITIES: usize = 100;

/// Maximum length of the sentence of an acknowledged tap.
const MAX_TOAST_LEN: usize = 200;

/// Length in UTF-16 units from which on a quotation is collapsed to three lines: about nine lines on a phone.
const LONG_QUOTE_UNITS: usize = 350;

/// Message of a reply, without its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    /// Text, not blank and trimmed.
    pub text: String,
    /// Entities with UTF-16 offsets, sorted: outer ones first.
    pub entities: Vec<MessageEntity>,
    /// Keyboard of the choices, on the last message of a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_markup: Option<InlineKeyboardMarkup>,
}

/// Lays out a reply as one or more messages; none when nothing is visible.
///
/// Messages end between blocks. A block that is too long for one message is split at white space.
#[must_use]
pub fn messages(reply: &Reply) -> Vec<Outgoing> {
    lay_out(reply, None)
}

/// Lays out the reply to a request, whose buttons that turn to another page of it say so.
pub(crate) fn messages_for(request: &Request, reply: &Reply) -> Vec<Outgoing> {
    lay_out(reply, Some(request))
}

fn lay_out(reply: &Reply, request: Option<&Request>) -> Vec<Outgoing> {
    let mut messages: Vec<Outgoing> = Vec::new();
    let mut above: Option<&Block> = None;
    let blocks = reply.blocks.iter().filter_map(|block| {
        let part = TextPart::new(block, above.map_or("", |above| above.separator(block)))?;
        above = Some(block);
        Some(part)
    });
    for part in blocks.flat_map(TextPart::split) {
        match messages.last_mut() {
            Some(message) if part.fits(message) => part.append_to(message),
            _ => {
                let mut message = Outgoing { text: String::new(), entities: Vec::new(), reply_markup: None };
                part.append_to(&mut message);
                messages.push(message);
            }
        }
    }
    if let Some(last) = messages.last_mut() {
        last.reply_markup = keyboard(&reply.choices, &reply.copies, request);
    }
    messages
}

/// Returns the sentence that an acknowledged tap shows for a moment.
pub(crate) fn toast(text: &str) -> String {
    text.chars().take(MAX_TOAST_LEN).collect()
}

/// Returns the command menu of a profile.
pub(crate) fn menu(profile: &Profile) -> Vec<BotCommand> {
    profile.commands.iter().map(|(command, description)| BotCommand::new(*command, description)).collect()
}

impl Outgoing {
    /// Addresses the message as a reply to the question, in its topic. It is sent even if the question was deleted.
    pub(crate) fn into_reply(self, target: &ReplyTarget) -> SendMessage {
        let mut message =
            SendMessage::new(target.chat, self.text).entities(self.entities).link_preview_options(no_preview());
        message.reply_parameters = target.message.map(|id| ReplyParameters::new(id).allow_sending_without_reply());
        message.message_thread_id = target.topic;
        message.reply_markup = self.reply_markup.map(Into::into);
        message
    }

    /// Puts the message in the place of one that was sent.
    pub(crate) fn into_edit(self, chat: ChatId, id: MessageId) -> EditMessageText {
        let mut message =
            EditMessageText::new(chat, id, self.text).entities(self.entities).link_preview_options(no_preview());
        message.reply_markup = self.reply_markup;
        message
    }
}

fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

/// Block, or a piece of one, that fits into one message: clean text with styled ranges.
struct TextPart {
    text: String,
    /// Styled ranges, in bytes; in order, disjoint, none empty.
    marks: Vec<(Range<usize>, Style)>,
    quote: Option<Folding>,
    /// Separator from the block above.
    separator: &'static str,
}

/// Folding of a quotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Folding {
    Never,
    WhenLong,
}

impl TextPart {
    /// Creates a part from a whole block; `None` when nothing is visible.
    fn new(block: &Block, separator: &'static str) -> Option<Self> {
        let mut text = String::new();
        let mut marks: Vec<(Range<usize>, Style)> = Vec::new();
        for span in block.spans() {
            let start = text.len();
            append_clean(&mut text, &span.text);
            if text.len() == start {
                continue;
            }
            match marks.last_mut() {
                Some((range, style)) if range.end == start && kinds(style) == kinds(&span.style) => {
                    range.end = text.len()
                }
                _ if span.style == Style::Plain => {}
                _ => marks.push((start..text.len(), span.style.clone())),
            }
        }
        let whole = 0..text.len();
        let quote = match block {
            Block::Text(_) => None,
            Block::Quote(_) => Some(Folding::WhenLong),
            Block::Paragraph(_) => Some(Folding::Never),
        };
        Self { text, marks, quote, separator }.cut(whole)
    }

    /// Returns a piece, trimmed of invisible characters at its ends and at the ends of its marks.
    ///
    /// Telegram trims too and drops marks of white space; trimming first keeps offsets from shifting.
    fn cut(&self, range: Range<usize>) -> Option<Self> {
        let range = trimmed(&self.text, range)?;
        let mut marks = Vec::new();
        for (mark, style) in &self.marks {
            let overlap = mark.start.max(range.start)..mark.end.min(range.end);
            if overlap.start < overlap.end
                && let Some(overlap) = trimmed(&self.text, overlap)
            {
                marks.push((overlap.start - range.start..overlap.end - range.start, style.clone()));
            }
        }
        Some(Self { text: self.text[range].to_owned(), marks, quote: self.quote, separator: self.separator })
    }

    /// Splits a part into pieces that each fit into a message.
    fn split(self) -> Vec<Self> {
        if utf16_len(&self.text) <= MAX_UNITS && self.n_entities() <= MAX_ENTITIES {
            return vec![self];
        }
        let mut pieces = Vec::new();
        let mut start = 0;
        while start < self.text.len() {
            let end = self.end_of_piece(start);
            pieces.extend(self.cut(start..end));
            start = end;
        }
        pieces
    }

    /// Returns the end of the piece that begins at `start`: at white space, else between grapheme clusters.
    fn end_of_piece(&self, start: usize) -> usize {
        // A mark makes at most two entities, and the quotation one more.
        const MAX_MARKS: usize = (MAX_ENTITIES - 1) / 2;
        let following_marks = self.marks.iter().filter(|(mark, _)| mark.end > start);
        let limit = following_marks.skip(MAX_MARKS).map(|(mark, _)| mark.start).next().unwrap_or(self.text.len());

        let rest = &self.text[start..limit];
        let mut n_units = 0;
        let too_long = rest.char_indices().find(|(_, letter)| {
            n_units += letter.len_utf16();
            n_units > MAX_UNITS
        });
        let fitting = match too_long {
            None if limit == self.text.len() => return limit,
            None => rest,
            Some((end, _)) => &rest[..end],
        };
        let white_space = fitting.rfind(char::is_whitespace).filter(|at| *at > 0);
        // The last cluster may extend beyond the limit.
        let cluster = || fitting.grapheme_indices(true).next_back().map(|(at, _)| at).filter(|at| *at > 0);
        start + white_space.or_else(cluster).unwrap_or(fitting.len())
    }

    fn n_entities(&self) -> usize {
        let of_marks: usize = self.marks.iter().map(|(_, style)| kinds(style).len()).sum();
        of_marks + usize::from(self.quote.is_some())
    }

    fn fits(&self, message: &Outgoing) -> bool {
        utf16_len(&message.text) + utf16_len(self.separator) + utf16_len(&self.text) <= MAX_UNITS
            && message.entities.len() + self.n_entities() <= MAX_ENTITIES
    }

    fn append_to(&self, message: &mut Outgoing) {
        if !message.text.is_empty() {
            message.text.push_str(self.separator);
        }
        let base = utf16_len(&message.text);
        let length = utf16_len(&self.text);
        let mut entities = Vec::new();
        if let Some(folding) = self.quote {
            let kind = match length {
                LONG_QUOTE_UNITS.. if folding == Folding::WhenLong => MessageEntityKind::ExpandableBlockquote,
                _ => MessageEntityKind::Blockquote,
            };
            entities.push(MessageEntity::new(kind, base, length));
        }
        let (mut offset, mut counted) = (base, 0);
        for (mark, style) in &self.marks {
            offset += utf16_len(&self.text[counted..mark.start]);
            let length = utf16_len(&self.text[mark.clone()]);
            entities.extend(kinds(style).into_iter().map(|kind| MessageEntity::new(kind, offset, length)));
            (offset, counted) = (offset + length, mark.end);
        }
        entities.sort_by_key(|entity| (entity.offset, Reverse(entity.length)));
        message.entities.append(&mut entities);
        message.text.push_str(&self.text);
    }
}

fn kinds(style: &Style) -> Vec<MessageEntityKind> {
    match style {
        Style::Plain => Vec::new(),
        Style::Strong => vec![MessageEntityKind::Bold],
        Style::Faint => vec![MessageEntityKind::Italic],
        Style::Code => vec![MessageEntityKind::Code],
        Style::Link(url) if is_linkable(url) => {
            vec![MessageEntityKind::TextLink { url: url.clone() }, MessageEntityKind::Bold]
        }
        Style::Link(_) => vec![MessageEntityKind::Bold],
    }
}

/// Tells whether Telegram accepts a link: it drops `mailto:` and other schemes.
fn is_linkable(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// Cleans a character as Telegram does: control characters become spaces; carriage returns, directional marks and combining lines
/// are removed.
///
/// Source: `clean_input_string` in TDLib's `td/telegram/misc.cpp`.
fn clean(letter: char) -> Option<char> {
    match letter {
        '\n' => Some('\n'),
        '\r' | '\u{2028}'..='\u{202e}' | '\u{333}' | '\u{33f}' | '\u{30a}' => None,
        letter if letter.is_control() => Some(' '),
        letter => Some(letter),
    }
}

/// Appends a text, cleaned as by Telegram.
fn append_clean(text: &mut String, addition: &str) {
    // Fast path: nearly all texts are clean.
    let is_plain = |byte: u8| matches!(byte, b'\n' | b' '..=b'~');
    if addition.bytes().all(is_plain) || addition.chars().all(|letter| clean(letter) == Some(letter)) {
        text.push_str(addition);
    } else {
        text.extend(addition.chars().filter_map(clean));
    }
}

/// Returns the range without invisible characters at its ends; `None` when nothing is left.
fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let slice = &text[range.clone()];
    let (first, _) = slice.char_indices().find(|(_, letter)| is_visible(*letter))?;
    let (last, letter) = slice.char_indices().rfind(|(_, letter)| is_visible(*letter))?;
    Some(range.start + first..range.start + last + letter.len_utf8())
}

/// Tells whether a character is visible. Telegram treats a text without any as empty.
///
/// Source: `strip_empty_characters` in TDLib's `td/telegram/misc.cpp`, and Unicode's default-ignorable characters.
fn is_visible(letter: char) -> bool {
    let is_blank = matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fffc}');
    !(is_blank || letter.is_whitespace() || letter.is_control())
}

/// Returns the length in UTF-16 units, as in Telegram's offsets.
fn utf16_len(text: &str) -> usize {
    // A character takes one unit, or two if it has four bytes, of which the first is at least 0xf0. Sums of bytes are vectorized.
    let n_long = |piece: &[u8]| usize::from(piece.iter().map(|byte| u8::from(*byte >= 0xf0)).sum::<u8>());
    text.chars().count() + text.as_bytes().chunks(usize::from(u8::MAX)).map(n_long).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Choice, Context, Request, Span};
    use crate::language::Language;

    pub(super) fn reply(blocks: Vec<Block>, choices: Vec<Choice>) -> Reply {
        Reply {
            language: Language::ENGLISH,
            blocks,
            choices,
            copies: Vec::new(),
            context: Context::default(),
            outcome: None,
        }
    }

    fn entities(message: &Outgoing) -> Vec<(&MessageEntityKind, String)> {
        let units: Vec<u16> = message.text.encode_utf16().collect();
        let text =
            |entity: &MessageEntity| String::from_utf16(&units[entity.offset..entity.offset + entity.length]).unwrap();
        message.entities.iter().map(|entity| (&entity.kind, text(entity))).collect()
    }

    #[test]
    fn entity_offsets_count_utf16_units_after_emoji() {
        let blocks = vec![
            Block::Text(vec![Span::plain("👩‍⚕️ From "), Span::styled("a release ", Style::Strong)]),
            Block::Quote(vec![Span::plain("Sixty "), Span::styled("nurses", Style::Strong), Span::plain(" came.\r\n")]),
        ];
        let [message] = messages(&reply(blocks, Vec::new())).try_into().unwrap();
        assert_eq!(message.text, "👩‍⚕️ From a release\n\nSixty nurses came.");
        let expected = [
            (&MessageEntityKind::Bold, "a release".to_owned()),
            (&MessageEntityKind::Blockquote, "Sixty nurses came.".to_owned()),
            (&MessageEntityKind::Bold, "nurses".to_owned()),
        ];
        assert_eq!(entities(&message), expected);
    }

    #[test]
    fn link_that_telegram_would_drop_is_bold() {
        let link = |url: &str| Span::styled("here", Style::Link(url.parse().unwrap()));
        let blocks =
            vec![Block::Text(vec![link("https://example.org/"), Span::plain(" "), link("mailto:a@example.org")])];
        let [message] = messages(&reply(blocks, Vec::new())).try_into().unwrap();
        let kinds: Vec<_> = message.entities.into_iter().map(|entity| entity.kind).collect();
        let link = MessageEntityKind::TextLink { url: "https://example.org/".parse().unwrap() };
        assert_eq!(kinds, [link, MessageEntityKind::Bold, MessageEntityKind::Bold]);
    }

    #[test]
    fn messages_end_between_blocks() {
        let block = |letter: &str| Block::Quote(vec![Span::plain(letter.repeat(1500))]);
        let choice = Choice { label: "Help".to_owned(), request: Request::Help };
        let messages = messages(&reply(vec![block("a"), block("b"), block("c")], vec![choice]));
        let lengths: Vec<usize> = messages.iter().map(|message| message.text.len()).collect();
        assert_eq!(lengths, [3002, 1500]);
        assert!(messages[0].reply_markup.is_none() && messages[1].reply_markup.is_some());
    }

    #[test]
    fn overlong_quotation_is_cut_at_white_space() {
        let messages =
            messages(&reply(vec![Block::Quote(vec![Span::styled("word ".repeat(1000), Style::Strong)])], vec![]));
        assert_eq!(messages.len(), 2);
        for message in &messages {
            assert!(message.text.starts_with("word") && message.text.ends_with("word"));
            let kinds: Vec<_> = message.entities.iter().map(|entity| &entity.kind).collect();
            assert_eq!(kinds, [&MessageEntityKind::ExpandableBlockquote, &MessageEntityKind::Bold]);
        }
    }
}
