//! Long texts in groups: Telegram's apps split them, and only the first part addresses the bot.
//!
//! A bot that administers a group, or whose privacy mode is off, receives the other parts too. They are read as such where they
//! follow the first one at once, and no other message of a group is kept.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use teloxide::types::MessageId;

use super::{Asker, Incoming, Part, Surface};

/// Maximum number of users whose last part is remembered.
const MAX_USERS: NonZeroUsize = NonZeroUsize::new(1000).expect("it is not zero");

/// Last parts of texts in groups after which another may come, with the time at which each was sent.
pub(super) struct LongTexts(Mutex<LruCache<Asker, (MessageId, i64)>>);

impl Default for LongTexts {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MAX_USERS)))
    }
}

impl LongTexts {
    /// Remembers a message after which the rest of its text may come.
    pub(super) fn note(&self, incoming: &Incoming) {
        let may_go_on = matches!(incoming.part, Some(Part::Text | Part::Rest { may_go_on: true }));
        if let Some(message) = incoming.target.message.filter(|_| may_go_on && incoming.surface == Surface::Group) {
            let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            parts.put(incoming.asker, (message, incoming.sent_at));
        }
    }

    /// Tells whether a message is the next one after a part of the same user.
    pub(super) fn is_continued_by(&self, asker: Asker, message: MessageId, sent_at: i64) -> bool {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.peek(&asker).is_some_and(|(last, last_sent_at)| {
            last.0.checked_add(1) == Some(message.0) && sent_at - last_sent_at <= Part::MAX_INTERVAL
        })
    }
}
