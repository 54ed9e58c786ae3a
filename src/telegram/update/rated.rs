//! Ratings: taps on the buttons that ask whether an answer helped.

use teloxide::types::{
    CallbackQuery, ChatId, InlineKeyboardButton, InlineKeyboardButtonKind, InlineKeyboardMarkup, MessageId,
};

use super::Asker;
use crate::conversation::Rating;

/// Rating of an answer by a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rated {
    pub(crate) asker: Asker,
    /// Message that bears the buttons.
    pub(crate) message: MessageId,
    pub(crate) rating: Rating,
    /// Keyboard of the message without the two buttons; `None` where the message cannot be read.
    pub(crate) keyboard: Option<InlineKeyboardMarkup>,
}

impl Rated {
    /// Reads a tap; `None` where it is none on such a button.
    ///
    /// Anybody can send any data, so a message that can be read must bear the button.
    pub(super) fn of(query: &CallbackQuery) -> Option<Self> {
        let rating = Rating::parse(query.data.as_deref()?)?;
        let message = query.message.as_ref()?;
        let asker = Asker { chat: message.chat().id.0, person: ChatId::from(query.from.id).0 };
        let keyboard = match message.regular_message() {
            Some(readable) => Some(without_ratings(readable.reply_markup()?, rating)?),
            None => None,
        };
        Some(Self { asker, message: message.id(), rating, keyboard })
    }
}

/// Returns a keyboard without the buttons that rate; `None` where none of them is this one.
fn without_ratings(keyboard: &InlineKeyboardMarkup, rating: Rating) -> Option<InlineKeyboardMarkup> {
    let rating_of = |button: &InlineKeyboardButton| match &button.kind {
        InlineKeyboardButtonKind::CallbackData(data) => Rating::parse(data),
        _ => None,
    };
    let rows = &keyboard.inline_keyboard;
    let is_borne = rows.iter().flatten().any(|button| rating_of(button) == Some(rating));
    let rest = rows.iter().map(|row| row.iter().filter(|button| rating_of(button).is_none()).cloned().collect());
    let rest = rest.filter(|row: &Vec<InlineKeyboardButton>| !row.is_empty());
    is_borne.then(|| InlineKeyboardMarkup::new(rest))
}
