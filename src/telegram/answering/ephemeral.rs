//! Ephemeral answers: in a group, the answer to a search is seen by the person who asked alone, if the operator wants that.
//!
//! Telegram allows that to bots that administer the group. Where it refuses, the answers in that group are ordinary ones from then
//! on. Telegram does not promise to deliver such a message, and gives it no number, so that no edit finds it.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use teloxide::types::ChatId;

use crate::conversation::Request;
use crate::telegram::update::{Incoming, IncomingKind, Surface};

/// Maximum number of groups of which a refusal is remembered.
const MAX_REFUSED: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// Groups in which answers are seen by one person alone.
pub(super) struct EphemeralAnswers {
    is_on: bool,
    /// Groups where Telegram has refused that.
    refused: Mutex<LruCache<ChatId, ()>>,
}

impl EphemeralAnswers {
    pub(super) fn new(is_on: bool) -> Self {
        Self { is_on, refused: Mutex::new(LruCache::new(MAX_REFUSED)) }
    }

    /// Returns the person who alone sees the answer; `None` where all do.
    pub(super) fn receiver(&self, incoming: &Incoming) -> Option<i64> {
        let is_search = matches!(incoming.request, Some(Request::Search(_)));
        let is_private = match incoming.kind {
            IncomingKind::Message | IncomingKind::Edit => is_search,
            // Only a message that one person sees has no number.
            IncomingKind::Tap => incoming.target.message.is_none(),
            IncomingKind::Joined => false,
        };
        // A message sent as a group or channel has no person.
        let person = Some(incoming.asker.person).filter(|person| *person > 0)?;
        let is_wanted = self.is_on && is_private && incoming.surface == Surface::Group;
        let refused = || self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        (is_wanted && !refused().contains(&incoming.target.chat)).then_some(person)
    }

    /// Remembers that Telegram refuses such answers in a group.
    pub(super) fn refuse(&self, chat: ChatId) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).put(chat, ());
    }
}
