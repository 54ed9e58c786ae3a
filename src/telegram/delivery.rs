//! Delivery: outgoing calls to Telegram, within its limits.
//!
//! [`layout`] turns a reply into messages. An [`Effect`] goes through [`Sender::deliver`]: `pacing` applies the rate limits of its
//! chat, `slots` the overall limit, `api` makes the call, `send` repeats it where that helps, and `errors` tells what follows
//! from an error.
//!
//! Delivery knows neither jobs nor the journal: a [`DeliveryHook`] is called around each call.

pub mod layout;

mod api;
mod errors;
mod pacing;
mod send;
mod slots;

use std::time::Instant;

use teloxide::payloads::{AnswerInlineQuery, EditMessageText, SendMessage};
use teloxide::types::{CallbackQueryId, ChatId, InlineKeyboardMarkup, MessageId};

use self::api::AnswerGuestQuery;
pub(crate) use self::api::SendEphemeral;
pub(crate) use self::api::{Api, ApiError, Refusal};
pub(crate) use self::send::{Delivery, Sender};

/// Call to Telegram that answers a user.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// Sends a message, with retries until its deadline.
    Send { chat: ChatId, message: Box<SendMessage>, deadline: Instant },
    /// Sends a message that one person alone sees, with retries until its deadline.
    SendEphemeral { chat: ChatId, message: Box<SendEphemeral>, deadline: Instant },
    /// Puts a message in the place of one that was sent, with retries until its deadline: twice does no harm.
    Edit { chat: ChatId, id: MessageId, message: Box<EditMessageText>, deadline: Instant },
    /// Replaces the buttons of a message; not retried.
    EditKeyboard { chat: ChatId, id: MessageId, keyboard: InlineKeyboardMarkup },
    /// Deletes a message; not retried.
    Delete { chat: ChatId, id: MessageId },
    /// Ends the progress indicator of a tapped button, perhaps with a sentence that fades away; not retried.
    Acknowledge { chat: i64, tap: CallbackQueryId, toast: Option<String> },
    /// Answers an inline query until its deadline; not retried.
    AnswerInline { person: i64, answer: Box<AnswerInlineQuery>, deadline: Instant },
    /// Answers a guest query; not retried, because it has one answer.
    AnswerGuest { chat: i64, answer: Box<AnswerGuestQuery> },
}

/// Hook around the calls that send a message; `()` does nothing.
pub(crate) trait DeliveryHook: Sync {
    /// Returns the time since which the message waits.
    fn since(&self) -> Instant {
        Instant::now()
    }

    /// Tells whether the message can be left for the next start; otherwise sending continues during shutdown.
    fn is_persisted(&self) -> bool {
        true
    }

    /// Called before a call that may deliver the message; `false` when another replica owns the message.
    fn before_call(&self) -> impl Future<Output = bool> + Send {
        std::future::ready(true)
    }

    /// Called when no call so far can have delivered the message.
    fn after_certain_failure(&self) {}

    /// Called when the bot stops before any call that may have delivered the message.
    fn on_shutdown(&self) {}
}

impl DeliveryHook for () {}
