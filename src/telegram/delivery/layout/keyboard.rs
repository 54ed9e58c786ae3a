//! Keyboards: rows of buttons below a message.

use teloxide::types::{CopyTextButton, InlineKeyboardButton, InlineKeyboardButtonKind, InlineKeyboardMarkup};

use super::{Outgoing, clean, trimmed};
use crate::conversation::{Choice, Copyable, Rating, Request, Verdict};

/// Maximum size of the callback data of a button, in bytes.
const MAX_CALLBACK_BYTES: usize = 64;

/// Maximum number of buttons in a row and in all.
const MAX_BUTTONS_PER_ROW: usize = 8;
const MAX_BUTTONS: usize = 100;

/// Maximum number of letters in a row on a narrow phone, with all labels as long as the longest.
const MAX_ROW_LETTERS: usize = 32;

/// Maximum length of a text that a button copies, in characters.
const MAX_COPY_LEN: usize = 256;

/// Adds a row of two buttons to the last message of a reply, which say whether it helped; the verdict of `rating` does not matter.
pub fn ask_for_rating(messages: &mut [Outgoing], rating: Rating) {
    let Some(last) = messages.last_mut() else { return };
    let button = |verdict| {
        let label = match verdict {
            Verdict::Helped => "👍",
            Verdict::NotHelped => "👎",
        };
        InlineKeyboardButton::callback(label, Rating { verdict, ..rating }.to_command())
    };
    let keyboard = last.reply_markup.take().unwrap_or_default();
    last.reply_markup = Some(keyboard.append_row(Verdict::ALL.map(button)));
}

/// Returns the callback data of a choice below the reply to a request: one that turns the page names it.
fn callback_data(choice: &Choice, answered: Option<&Request>) -> String {
    let turns = answered.is_some_and(|answered| choice.request.is_page_of(answered));
    let page = turns.then(|| choice.request.to_page_command()).flatten();
    page.filter(|data| data.len() <= MAX_CALLBACK_BYTES).unwrap_or_else(|| choice.request.to_command())
}

/// Builds the keyboard of the texts to copy and of the choices: short labels share a row.
pub(super) fn keyboard(
    choices: &[Choice],
    copies: &[Copyable],
    answered: Option<&Request>,
) -> Option<InlineKeyboardMarkup> {
    let to_copy = copies.iter().map(|copy| {
        let text: String = copy.text.chars().filter_map(clean).collect();
        let text = trimmed(&text, 0..text.len()).map(|visible| text[visible].to_owned());
        let text = text.filter(|text| text.chars().count() <= MAX_COPY_LEN);
        (&copy.label, text.map(|text| InlineKeyboardButtonKind::CopyText(CopyTextButton { text })))
    });
    let to_choose = choices.iter().map(|choice| {
        let data = callback_data(choice, answered);
        let is_allowed = (1..=MAX_CALLBACK_BYTES).contains(&data.len());
        (&choice.label, is_allowed.then_some(InlineKeyboardButtonKind::CallbackData(data)))
    });
    let mut rows: Vec<Vec<InlineKeyboardButton>> = Vec::new();
    let mut max_label_len = 0;
    for (label, kind) in to_copy.chain(to_choose).take(MAX_BUTTONS) {
        let label: String = label.chars().filter_map(clean).collect();
        let (Some(visible), Some(kind)) = (trimmed(&label, 0..label.len()), kind) else { continue };
        let label = &label[visible];
        let n_letters = label.chars().count();
        let button = InlineKeyboardButton::new(label, kind);
        match rows.last_mut() {
            Some(row)
                if row.len() < MAX_BUTTONS_PER_ROW
                    && (row.len() + 1) * n_letters.max(max_label_len) <= MAX_ROW_LETTERS =>
            {
                row.push(button);
                max_label_len = n_letters.max(max_label_len);
            }
            _ => {
                rows.push(vec![button]);
                max_label_len = n_letters;
            }
        }
    }
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows))
}

#[cfg(test)]
mod tests {
    use super::super::{messages, tests::reply};
    use super::*;
    use crate::conversation::{Block, Span};

    #[test]
    fn short_choices_share_a_row() {
        let choice = |label: &str, request| Choice { label: label.to_owned(), request };
        let choices = vec![
            choice("English", Request::Language("en".to_owned())),
            choice("Español", Request::Language("es".to_owned())),
            choice("A title that needs a row of its own", Request::Help),
            choice(" ", Request::Help),
            choice("too long", Request::Search("x".repeat(60))),
            choice("nothing", Request::NotText),
        ];
        let [message] = messages(&reply(vec![Block::Text(vec![Span::plain("?")])], choices)).try_into().unwrap();
        let rows = message.reply_markup.unwrap().inline_keyboard;
        let labels: Vec<Vec<&str>> =
            rows.iter().map(|row| row.iter().map(|button| button.text.as_str()).collect()).collect();
        assert_eq!(labels, [vec!["English", "Español"], vec!["A title that needs a row of its own"]]);
    }
}
