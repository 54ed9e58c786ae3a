//! Calls to Telegram: each within a time limit, and replies with a second chance.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use teloxide::payloads::{AnswerCallbackQuery, SendMessage};
use teloxide::requests::{JsonRequest, Payload, Request};
use teloxide::types::{CallbackQueryId, ChatId};
use teloxide::{ApiError, Bot, RequestError};
use tracing::{debug, error, info, warn};

/// How often a message is tried that Telegram may not have seen.
const MAX_ATTEMPTS: u32 = 4;

/// The wait before the second attempt; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest "retry after" that a reply waits for; it passes the minute that Telegram's limit for groups looks back.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(61);

/// The Bot API with its time limit. Has no `Debug`, because the bot's would show the token.
#[derive(Clone)]
pub(super) struct Api {
    bot: Bot,
    limit: Duration,
}

/// Where a message arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    /// Another one than it was sent to when the group has become a supergroup meanwhile.
    pub(super) chat: ChatId,
    /// The id of the message; 0 where Telegram did not tell it.
    pub(super) message: i64,
}

/// Why a call failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// No answer within the limit; a server error too, because teloxide sits on those for ten seconds.
    TimedOut,
    /// Telegram or the network said no.
    Refused(RequestError),
}

/// What to do about a message that was not sent.
enum Remedy {
    /// It may work later.
    Retry,
    /// It will work after this long.
    Wait(Duration),
    /// The group has a new id.
    Move(ChatId),
    /// The chat is closed to us, which is the person's good right.
    Drop,
    /// It never will, and that is a fault of ours.
    GiveUp,
}

impl Api {
    pub(super) fn new(bot: Bot, limit: Duration) -> Self {
        Self { bot, limit }
    }

    /// Calls a method within the usual time limit.
    pub(super) async fn call<P>(&self, payload: P) -> Result<P::Output, Fault>
    where
        P: Payload + Serialize + Send + 'static,
        P::Output: DeserializeOwned + 'static,
    {
        self.call_within(Duration::ZERO, payload).await
    }

    /// Calls a method that Telegram itself may hold open for some time.
    pub(super) async fn call_within<P>(&self, held_open: Duration, payload: P) -> Result<P::Output, Fault>
    where
        P: Payload + Serialize + Send + 'static,
        P::Output: DeserializeOwned + 'static,
    {
        let request = JsonRequest::new(self.bot.clone(), payload);
        match tokio::time::timeout(held_open + self.limit, request.send()).await {
            Ok(result) => result.map_err(Fault::Refused),
            Err(_) => Err(Fault::TimedOut),
        }
    }

    /// Stops the clock on a tapped button. That it comes too late is normal.
    pub(super) async fn acknowledge(self, query: CallbackQueryId) {
        if let Err(fault) = self.call(AnswerCallbackQuery::new(query)).await {
            debug!("a tap was not acknowledged: {fault}");
        }
    }

    /// Sends a message, waiting and trying again where that helps; returns where it arrived, or `None` when it did not.
    pub(super) async fn send(&self, mut chat: ChatId, mut message: SendMessage) -> Option<Arrival> {
        let mut has_waited = false;
        let mut attempts = 0;
        loop {
            let fault = match self.call(Sending(message.clone())).await {
                Ok(echo) => {
                    let message = echo["message_id"].as_i64().unwrap_or_default();
                    return Some(Arrival { chat, message });
                }
                Err(fault) => fault,
            };
            attempts += 1;
            match fault.remedy() {
                Remedy::Wait(pause) if !has_waited && pause <= MAX_RETRY_AFTER => {
                    has_waited = true;
                    info!("a reply waits: {fault}");
                    tokio::time::sleep(pause).await;
                }
                Remedy::Retry if attempts < MAX_ATTEMPTS => {
                    warn!("a reply was not sent, attempt {attempts}: {fault}");
                    tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(attempts - 1)).await;
                }
                Remedy::Move(new) if new != chat => {
                    chat = new;
                    message.chat_id = new.into();
                }
                Remedy::Drop => {
                    info!("a reply was dropped: {fault}");
                    return None;
                }
                Remedy::Wait(_) | Remedy::Retry | Remedy::Move(_) | Remedy::GiveUp => {
                    error!("a reply was lost: {fault}");
                    return None;
                }
            }
        }
    }
}

impl Fault {
    /// Tells whether Telegram does not know the token.
    pub(super) fn is_invalid_token(&self) -> bool {
        matches!(self, Self::Refused(RequestError::Api(ApiError::InvalidToken)))
    }

    /// Tells whether somebody else polls with the same token, or a webhook was set meanwhile.
    pub(super) fn is_conflict(&self) -> bool {
        match self {
            Self::Refused(RequestError::Api(ApiError::TerminatedByOtherGetUpdates)) => true,
            Self::Refused(RequestError::Api(ApiError::Unknown(text))) => text.starts_with("Conflict"),
            _ => false,
        }
    }

    /// Returns how long Telegram asks to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(RequestError::RetryAfter(seconds)) => Some(seconds.duration()),
            _ => None,
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::TimedOut => Remedy::Retry,
            Self::Refused(error) => match error {
                RequestError::RetryAfter(seconds) => Remedy::Wait(seconds.duration()),
                RequestError::MigrateToChatId(chat) => Remedy::Move(*chat),
                // What is no JSON is the page of a gateway on the way.
                RequestError::Network(_) | RequestError::Io(_) | RequestError::InvalidJson { .. } => Remedy::Retry,
                RequestError::Api(error) => {
                    // Many refusals come under several names (`BotKicked…`) or under none; the words are stable.
                    let text = error.to_string().to_lowercase();
                    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
                    if says(&["internal server error", "bad gateway", "gateway timeout", "service unavailable"]) {
                        Remedy::Retry
                    } else if says(&[
                        "forbidden",
                        "blocked",
                        "kicked",
                        "deactivated",
                        "not a member",
                        "not found",
                        "not enough rights",
                        "have no rights",
                        "topic",
                        "chat_write_forbidden",
                        "chat_restricted",
                        "peer_id_invalid",
                        "no write access",
                    ]) {
                        Remedy::Drop
                    } else {
                        Remedy::GiveUp
                    }
                }
            },
        }
    }
}

/// Describes the fault without anything a person wrote: an unreadable reply is not quoted.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Refused(RequestError::Api(error)) => write!(f, "{error}"),
            Self::Refused(RequestError::RetryAfter(seconds)) => write!(f, "retry after {seconds}"),
            Self::Refused(RequestError::MigrateToChatId(_)) => f.write_str("the group has moved"),
            Self::Refused(RequestError::InvalidJson { .. }) => f.write_str("unreadable answer"),
            Self::Refused(RequestError::Network(error)) => write!(f, "network error: {}", root_cause(error.as_ref())),
            Self::Refused(RequestError::Io(error)) => write!(f, "{error}"),
        }
    }
}

/// Returns what is at the bottom of an error. What is on top of a network error is the address, with the token in it;
/// teloxide blackens it only where the Bot API stands at the root of its server.
fn root_cause(error: &dyn Error) -> String {
    let Some(mut cause) = error.source() else { return "of an unknown kind".to_owned() };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// A message whose echo is not read: an echo that teloxide cannot read would look like a message that was not sent.
#[derive(Serialize)]
#[serde(transparent)]
struct Sending(SendMessage);

impl Payload for Sending {
    type Output = Value;
    const NAME: &'static str = SendMessage::NAME;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again_and_only_our_own_faults_are_errors() {
        let remedy = |description: &str| {
            let error: ApiError = serde_json::from_value(description.into()).unwrap();
            Fault::Refused(RequestError::Api(error)).remedy()
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
        ] {
            assert!(matches!(remedy(description), Remedy::Drop), "{description}");
        }
        for description in ["Internal Server Error", "Bad Gateway"] {
            assert!(matches!(remedy(description), Remedy::Retry), "{description}");
        }
        for description in ["Bad Request: message is too long", "Bad Request: message text is empty"] {
            assert!(matches!(remedy(description), Remedy::GiveUp), "{description}");
        }
    }
}
