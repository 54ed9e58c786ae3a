//! Long texts in groups: Telegram's apps split them, and only the first part addresses the bot.
//!
//! A bot that administers a group, or whose privacy mode is off, receives the other parts too. They are read as such where they
//! follow the first one at once, and no other message of a group is kept.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use teloxide::types::MessageId;

use super::{Asker, Incoming, Part, Surface};

/// Maximum number of parts that are remembered.
pub(crate) const MAX_LONG_TEXTS: usize = 1000;

/// Parts of texts in groups after which another may come, with the time at which each was sent.
///
/// Each part by itself, as one read again from the journal must not take the place of a later one.
pub(super) struct LongTexts(Mutex<LruCache<(Asker, MessageId), i64>>);

impl Default for LongTexts {
    fn default() -> Self {
        const MAX: NonZeroUsize = NonZeroUsize::new(MAX_LONG_TEXTS).expect("it is not zero");
        Self(Mutex::new(LruCache::new(MAX)))
    }
}

impl LongTexts {
    /// Remembers a message after which the rest of its text may come.
    pub(super) fn note(&self, incoming: &Incoming) {
        let may_go_on = matches!(incoming.part, Some(Part::Text | Part::Rest { may_go_on: true }));
        if let Some(message) = incoming.target.message.filter(|_| may_go_on && incoming.surface == Surface::Group) {
            self.lock().put((incoming.asker, message), incoming.sent_at);
        }
    }

    /// Tells whether a message is the next one after a part of the same user.
    pub(super) fn is_continued_by(&self, asker: Asker, message: MessageId, sent_at: i64) -> bool {
        let Some(last) = message.0.checked_sub(1) else { return false };
        let last_sent_at = self.lock().peek(&(asker, MessageId(last))).copied();
        last_sent_at.is_some_and(|last_sent_at| sent_at - last_sent_at <= Part::MAX_INTERVAL)
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<(Asker, MessageId), i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use teloxide::types::ChatId;

    use super::*;
    use crate::telegram::update::{IncomingKind, ReplyTarget};

    const ASKER: Asker = Asker { chat: -7, person: 1 };

    fn part(message: i32) -> Incoming {
        Incoming {
            kind: IncomingKind::Message,
            surface: Surface::Group,
            asker: ASKER,
            client_language: None,
            request: None,
            links: Vec::new(),
            part: Some(Part::Text),
            sent_at: 1_000,
            target: ReplyTarget { chat: ChatId(ASKER.chat), topic: None, message: Some(MessageId(message)) },
            replied_to: None,
            turned: None,
        }
    }

    #[test]
    fn part_read_again_from_the_journal_does_not_end_its_text() {
        let texts = LongTexts::default();
        for message in [10, 11, 10] {
            texts.note(&part(message));
        }
        let is_continued_by = |message, sent_at| texts.is_continued_by(ASKER, MessageId(message), sent_at);
        assert!(is_continued_by(11, 1_000) && is_continued_by(12, 1_002));
        assert!(!is_continued_by(12, 1_003), "it is of a later time");
        assert!(!is_continued_by(13, 1_000), "another message is between");
    }
}
