//! Layout of the answers to inline and guest queries.

use teloxide::payloads::{AnswerInlineQuery, AnswerInlineQuerySetters};
use teloxide::types::{
    InlineQueryId, InlineQueryResult, InlineQueryResultArticle, InlineQueryResultsButton, InlineQueryResultsButtonKind,
    InputMessageContent, InputMessageContentText,
};

use super::{Outgoing, append_clean, messages, no_preview, trimmed};
use crate::conversation::{Choice, Preview, Reply};
use crate::telegram::delivery::api::AnswerGuestQuery;

/// Time for which Telegram keeps an answer for its person, in seconds: releases and languages change.
const CACHE_TIME: u32 = 10;

/// Maximum lengths of a line of a result, in characters: a phone shows less.
const MAX_TITLE_LEN: usize = 128;
const MAX_DESCRIPTION_LEN: usize = 256;

/// Lays out a page of previews, of which the first has a number, with the number of the next one and, where there is nothing to
/// choose, a label and parameter that lead to the private chat.
pub(crate) fn inline_answer(
    id: InlineQueryId,
    (first, page): (usize, &[Preview]),
    next: Option<usize>,
    invitation: Option<(String, String)>,
) -> AnswerInlineQuery {
    let results = (first..).zip(page).filter_map(|(number, preview)| article(number, preview));
    // Of one person, because the language of the answer is theirs.
    let answer = AnswerInlineQuery::new(id, results)
        .cache_time(CACHE_TIME)
        .is_personal(true)
        .next_offset(next.map(|next| next.to_string()).unwrap_or_default());
    match invitation {
        Some((text, parameter)) => {
            let kind = InlineQueryResultsButtonKind::StartParameter(parameter);
            answer.button(InlineQueryResultsButton { text, kind })
        }
        None => answer,
    }
}

/// Lays a preview out; `None` if nothing of it is visible. It has no buttons: a tap there comes without a chat to answer in.
fn article(number: usize, preview: &Preview) -> Option<InlineQueryResult> {
    let reply = Reply { choices: Vec::<Choice>::new(), ..preview.reply.clone() };
    article_of(number, &preview.title, &preview.description, messages(&reply).into_iter().next()?)
}

/// Lays out the answer to a guest query, which is one message; `None` if nothing of it is visible.
pub(crate) fn guest_answer(id: String, reply: &Reply, messages: Vec<Outgoing>) -> Option<AnswerGuestQuery> {
    let text = reply.text();
    let message = messages.into_iter().next()?;
    Some(AnswerGuestQuery { guest_query_id: id, result: article_of(0, &text, "", message)? })
}

/// Lays a message out as a result; `None` if nothing of its title is visible.
fn article_of(number: usize, title: &str, description: &str, message: Outgoing) -> Option<InlineQueryResult> {
    let content =
        InputMessageContentText::new(message.text).entities(message.entities).link_preview_options(no_preview());
    let title = line(title, MAX_TITLE_LEN)?;
    let mut article = InlineQueryResultArticle::new(number.to_string(), title, InputMessageContent::Text(content));
    article.description = line(description, MAX_DESCRIPTION_LEN);
    Some(InlineQueryResult::Article(article))
}

/// Returns a text as one line of a maximum length; `None` if nothing is visible.
fn line(text: &str, max_len: usize) -> Option<String> {
    let mut clean = String::new();
    append_clean(&mut clean, &text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut line = clean[trimmed(&clean, 0..clean.len())?].to_owned();
    if let Some((end, _)) = line.char_indices().nth(max_len) {
        line.truncate(end);
        line.push('…');
    }
    Some(line)
}
