//! Errors of calls, and what follows from each.

use std::time::Duration;

use teloxide::types::ChatId;

use super::api::{ApiError, Refusal};

/// Reaction to an error.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ErrorAction {
    /// A later attempt may succeed. `may_have_arrived` when the result of this one is unknown.
    Retry { may_have_arrived: bool },
    /// An attempt succeeds after this wait.
    Wait(Duration),
    /// The group has a new id.
    Move(ChatId),
    /// The message has arrived; its id is unknown.
    Done,
    /// The bot cannot write to the chat, by decision of the user.
    Drop,
    /// The message to edit is gone, or can't be edited any more; or Telegram shows no message to one person alone here.
    Unsupported,
    /// No attempt can succeed because of a bug in pressdesk.
    GiveUp,
}

/// Classifies the error of any call but an edit.
pub(super) fn classify(error: &ApiError) -> ErrorAction {
    match error {
        ApiError::Truncated => ErrorAction::Done,
        ApiError::TimedOut | ApiError::Empty => ErrorAction::Retry { may_have_arrived: true },
        ApiError::Network { is_unsent, .. } => ErrorAction::Retry { may_have_arrived: !is_unsent },
        // A proxy may have forwarded the message before it returned an error.
        ApiError::Server(200..=299 | 502 | 504) => ErrorAction::Retry { may_have_arrived: true },
        ApiError::Server(_) => ErrorAction::Retry { may_have_arrived: false },
        // The token was replaced: the answer is sent with the new one after a restart.
        error if error.is_invalid_token() => ErrorAction::Retry { may_have_arrived: false },
        ApiError::Refused(Refusal { retry_after: Some(pause), .. }) => ErrorAction::Wait(*pause),
        ApiError::Refused(Refusal { migrated_to: Some(chat), .. }) => ErrorAction::Move(*chat),
        ApiError::Refused(Refusal { code: 429, .. }) => ErrorAction::Retry { may_have_arrived: false },
        // Regardless of the description.
        ApiError::Refused(Refusal { code: 403, .. }) => ErrorAction::Drop,
        ApiError::Refused(Refusal { description, .. }) => {
            let text = description.to_lowercase();
            // Stable parts of descriptions. "not found" includes a deleted topic: an answer outside of it would lack its question.
            let is_closed = [
                "forbidden",
                "blocked",
                "kicked",
                "deactivated",
                "not a member",
                "not found",
                "not enough rights",
                "have no rights",
                "can't write to",
                "administrator rights",
                "chat_admin_required",
                "channel_private",
                "topic",
                "chat_write_forbidden",
                "chat_restricted",
                "peer_id_invalid",
                "no write access",
            ];
            if is_closed.iter().any(|words| text.contains(words)) { ErrorAction::Drop } else { ErrorAction::GiveUp }
        }
    }
}

/// Classifies the error of an edit, which does no harm when it is made twice: no attempt counts as one that may have arrived.
pub(super) fn classify_edit(error: &ApiError) -> ErrorAction {
    let ApiError::Refused(refusal) = error else { return harmless(classify(error)) };
    match refusal {
        Refusal { code: 400, retry_after: None, migrated_to: None, description } => {
            // The text stands there already, as after an attempt whose response was lost.
            let is_done = description.to_lowercase().contains("message is not modified");
            if is_done { ErrorAction::Done } else { ErrorAction::Unsupported }
        }
        _ => harmless(classify(error)),
    }
}

/// Classifies the error of a message that one person alone sees: any refusal of it may be one of this form.
pub(super) fn classify_ephemeral(error: &ApiError) -> ErrorAction {
    match error {
        ApiError::Refused(Refusal { code: 400 | 403, retry_after: None, migrated_to: None, .. }) => {
            ErrorAction::Unsupported
        }
        _ => classify(error),
    }
}

fn harmless(action: ErrorAction) -> ErrorAction {
    match action {
        ErrorAction::Retry { .. } => ErrorAction::Retry { may_have_arrived: false },
        action => action,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_classified_as_retry_drop_or_give_up() {
        let refused = |description: &str| {
            classify(&ApiError::Refused(Refusal {
                code: 400,
                description: description.to_owned(),
                ..Refusal::default()
            }))
        };
        for description in [
            "Forbidden: bot was blocked by the user",
            "Forbidden: bot was kicked from the supergroup chat",
            "Forbidden: user is deactivated",
            "Bad Request: chat not found",
            "Bad Request: message thread not found",
            "Bad Request: TOPIC_CLOSED",
            "Bad Request: not enough rights to send text messages to the chat",
            "Bad Request: have no rights to send a message",
            "Bad Request: group chat was deactivated",
            "Bad Request: can't write to chat with deleted user",
            "Bad Request: need administrator rights in the channel chat",
            "Bad Request: CHAT_WRITE_FORBIDDEN",
            "Bad Request: CHAT_ADMIN_REQUIRED",
            "Bad Request: CHANNEL_PRIVATE",
        ] {
            assert_eq!(refused(description), ErrorAction::Drop, "{description}");
        }
        let refusal = Refusal { code: 403, description: "in words of tomorrow".to_owned(), ..Refusal::default() };
        assert_eq!(classify(&ApiError::Refused(refusal)), ErrorAction::Drop);
        for description in ["Bad Request: message is too long", "Bad Request: message text is empty"] {
            assert_eq!(refused(description), ErrorAction::GiveUp, "{description}");
        }
        for (code, description) in [(401, "Unauthorized"), (404, "Not Found"), (429, "Too Many Requests")] {
            let refusal = Refusal { code, description: description.to_owned(), ..Refusal::default() };
            assert_eq!(
                classify(&ApiError::Refused(refusal)),
                ErrorAction::Retry { may_have_arrived: false },
                "{description}"
            );
        }
        for (status, may_have_arrived) in [(200, true), (500, false), (502, true), (503, false), (504, true)] {
            assert_eq!(classify(&ApiError::Server(status)), ErrorAction::Retry { may_have_arrived }, "{status}");
        }
        let unsent = ApiError::Network { cause: String::new(), is_unsent: true };
        assert_eq!(classify(&unsent), ErrorAction::Retry { may_have_arrived: false });
        for error in [ApiError::TimedOut, ApiError::Empty] {
            assert_eq!(classify(&error), ErrorAction::Retry { may_have_arrived: true });
        }
        assert_eq!(classify(&ApiError::Truncated), ErrorAction::Done);
    }
    #[test]
    fn edit_of_an_equal_or_missing_message_ends() {
        let refused = |description: &str| {
            let refusal = Refusal { code: 400, description: description.to_owned(), ..Refusal::default() };
            classify_edit(&ApiError::Refused(refusal))
        };
        let same = "Bad Request: message is not modified: specified new message content and reply markup are exactly the \
                    same as a current content and reply markup of the message";
        assert_eq!(refused(same), ErrorAction::Done);
        for description in ["message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID"] {
            assert_eq!(refused(&format!("Bad Request: {description}")), ErrorAction::Unsupported, "{description}");
        }
        for error in [ApiError::TimedOut, ApiError::Empty, ApiError::Server(502)] {
            assert_eq!(classify_edit(&error), ErrorAction::Retry { may_have_arrived: false });
        }
        assert_eq!(classify_edit(&ApiError::Truncated), ErrorAction::Done);
        let refusal = Refusal { code: 403, ..Refusal::default() };
        assert_eq!(classify_edit(&ApiError::Refused(refusal)), ErrorAction::Drop);
    }
}
