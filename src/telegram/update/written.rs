//! Text with its entities: the command at its beginning, mentions of the bot, and links behind words.

use std::ops::Range;

use teloxide::types::{Me, MessageEntity, MessageEntityKind};
use url::Url;

/// Text with its entities.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) text: &'a str,
    pub(super) entities: &'a [MessageEntity],
}

/// Command at the beginning of a text: `/name` or `/name@bot`.
pub(super) struct Command<'a> {
    pub(super) name: &'a str,
    bot: Option<&'a str>,
    /// End of the command, in bytes.
    pub(super) end: usize,
}

impl Command<'_> {
    /// Tells whether the command names this bot; `None` if it names none.
    pub(super) fn names_us(&self, me: &Me) -> Option<bool> {
        self.bot.map(|bot| bot.eq_ignore_ascii_case(me.username()))
    }
}

impl<'a> Written<'a> {
    /// Returns the command at the beginning of the text, behind blanks and invisible characters: by Telegram's entity, so that any
    /// separator after it works, else by its letters, as Telegram marks none behind a full-width slash.
    pub(super) fn command(&self) -> Option<Command<'a>> {
        let start = self.text.len() - self.text.trim_start_matches(is_blank).len();
        let is_command = |entity: &&MessageEntity| entity.kind == MessageEntityKind::BotCommand;
        let mut marked = self.entities.iter().filter(is_command).filter_map(|entity| self.range(entity));
        let range = marked.find(|range| range.start == start).or_else(|| self.unmarked_command(start))?;
        let command = self.text[range.clone()].strip_prefix(SLASHES)?;
        let (name, bot) = match command.split_once('@') {
            Some((name, bot)) => (name, Some(bot)),
            None => (command, None),
        };
        Some(Command { name, bot, end: range.end })
    }

    /// Returns the range of a command at a byte that Telegram has not marked as one.
    fn unmarked_command(&self, start: usize) -> Option<Range<usize>> {
        let command = self.text[start..].strip_prefix(SLASHES)?;
        let begin = self.text.len() - command.len();
        let end = command.find(is_blank).unwrap_or(command.len());
        let (name, bot) = command[..end].split_once('@').unwrap_or((&command[..end], "bot"));
        let is_name = |name: &str| {
            name.starts_with(|letter: char| letter.is_ascii_alphabetic())
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        (is_name(name) && is_name(bot)).then_some(start..begin + end)
    }

    /// Returns the mentions of this bot, by name or by a link on any word.
    pub(super) fn mentions(&self, me: &Me) -> Vec<Range<usize>> {
        self.all_mentions(me).filter(|(_, is_us)| *is_us).map(|(range, _)| range).collect()
    }

    /// Returns all mentions, and whether each is of this bot.
    fn all_mentions(&self, me: &Me) -> impl Iterator<Item = (Range<usize>, bool)> {
        self.entities.iter().filter_map(move |entity| {
            let range = self.range(entity)?;
            let is_us = match &entity.kind {
                MessageEntityKind::Mention => self.text[range.clone()]
                    .strip_prefix('@')
                    .is_some_and(|name| name.eq_ignore_ascii_case(me.username())),
                MessageEntityKind::TextMention { user } => user.id == me.id,
                _ => return None,
            };
            Some((range, is_us))
        })
    }

    /// Tells whether a reply to the bot says nothing to it: without a letter or digit, such as a thumb, or to somebody else, whose
    /// mention begins or ends it.
    pub(super) fn is_aside(&self, me: &Me) -> bool {
        let is_at_end = |range: &Range<usize>| {
            let around = [&self.text[..range.start], &self.text[range.end..]];
            around.into_iter().any(|part| part.chars().all(is_blank))
        };
        !self.text.chars().any(char::is_alphanumeric)
            || self.all_mentions(me).any(|(range, is_us)| !is_us && is_at_end(&range))
    }

    /// Returns the links behind words.
    pub(super) fn links(&self) -> Vec<Url> {
        let link = |entity: &MessageEntity| match &entity.kind {
            MessageEntityKind::TextLink { url } => Some(url.clone()),
            _ => None,
        };
        self.entities.iter().filter_map(link).take(MAX_LINKS).collect()
    }

    /// Returns the text from a byte on, without mentions of this bot and punctuation after a leading one.
    pub(super) fn without_mentions(&self, from: usize, me: &Me) -> String {
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
        let rest = rest.trim_matches(is_blank);
        if mentions.is_empty() {
            return rest.to_owned();
        }
        rest.trim_start_matches(|letter: char| is_blank(letter) || matches!(letter, ',' | ':' | ';' | '-' | '–' | '—'))
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

/// Slashes that begin a command; the second is that of East Asian keyboards.
const SLASHES: [char; 2] = ['/', '／'];

/// Maximum number of links that are looked at.
const MAX_LINKS: usize = 10;

/// Tells whether a character is white space or invisible.
pub(super) fn is_blank(letter: char) -> bool {
    let is_invisible =
        matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{2800}' | '\u{3164}' | '\u{feff}')
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    is_invisible || letter.is_whitespace() || letter.is_control()
}
