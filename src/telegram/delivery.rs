//! Delivery: the calls that go out to Telegram, laid out within its limits and sent at its pace.
//!
//! [`layout`] turns a reply into messages. An [`Effect`] goes through [`Sender::deliver`]: `pacing` gives it its turn in its chat,
//! `slots` its turn among all, `api` makes the call, and `send` decides what an error means. An edit of a message or an answer to
//! an inline query becomes one more [`Effect`].
//!
//! This room knows neither jobs nor the journal: what must be noted around a call, a [`DeliveryHook`] notes.

pub mod layout;

mod api;
mod pacing;
mod send;
mod slots;

use std::time::Instant;

use teloxide::payloads::SendMessage;
use teloxide::types::{CallbackQueryId, ChatId};

pub(crate) use self::api::{Api, ApiError, Refusal};
pub(crate) use self::send::{Delivery, Sender};

/// Call to Telegram that answers a person.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// Sends a message, and again until it arrives or its deadline is past.
    Send { chat: ChatId, message: Box<SendMessage>, deadline: Instant },
    /// Ends the progress indicator of a tapped button; tried once.
    Acknowledge { chat: i64, tap: CallbackQueryId },
}

/// Hook around the calls that send one message.
///
/// The one for messages that nothing is noted of is `()`.
pub(crate) trait DeliveryHook: Sync {
    /// Returns the time since which the message waits for its turn.
    fn since(&self) -> Instant {
        Instant::now()
    }

    /// Tells whether the message can be left for the next start; one that can't is seen through as far as it goes.
    fn is_persisted(&self) -> bool {
        true
    }

    /// Called before a call that may deliver the message; `false` when the message is another replica's to send.
    fn before_call(&self) -> impl Future<Output = bool> + Send {
        std::future::ready(true)
    }

    /// Called when no call so far can have delivered the message.
    fn after_certain_failure(&self) {}

    /// Called when the bot stops before any call that may have delivered the message.
    fn on_shutdown(&self) {}
}

impl DeliveryHook for () {}
