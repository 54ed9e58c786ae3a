//! Client of the Bot API, with a timeout for each call.
//!
//! Requests are teloxide's types, but not sent by its client: that sleeps ten seconds after each server error, and does not
//! distinguish a truncated response from a message that never arrived.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use teloxide::Bot;
use teloxide::payloads::{AnswerCallbackQuery, GetMe, SendMessage};
use teloxide::requests::Payload;
use teloxide::types::{CallbackQueryId, ChatId, InlineQueryResult};
use tracing::debug;
use url::Url;

use crate::config::BotToken;
use crate::telegram::Settings;

/// Client of the Bot API. It has no `Debug`, because the address contains the token.
#[derive(Clone)]
pub(crate) struct Api {
    /// Owner of the HTTP client.
    bot: Bot,
    /// Address of the methods.
    address: Url,
    timeout: Duration,
}

/// Error of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// No response within the timeout; the result is unknown.
    TimedOut,
    /// Network error; `is_unsent` when Telegram can't have received the call.
    Network { cause: String, is_unsent: bool },
    /// The call succeeded, but its response is truncated or unreadable.
    Truncated,
    /// Response with status 200 and without a result; the result of the call is unknown.
    Empty,
    /// Server error, or a response that is not from the Bot API, with its status.
    Server(u16),
    /// Refusal by Telegram.
    Refused(Refusal),
}

/// Maximum accepted retry_after in seconds; by then, pending messages have expired.
const MAX_RETRY_AFTER: u64 = 24 * 60 * 60;

/// Refusal of a call by Telegram.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    pub(crate) description: String,
    /// Wait that Telegram requests.
    pub(crate) retry_after: Option<Duration>,
    /// New chat of a migrated group.
    pub(crate) migrated_to: Option<ChatId>,
}

/// Envelope of every response.
#[derive(Deserialize)]
struct Envelope<T> {
    ok: bool,
    result: Option<T>,
    #[serde(default)]
    error_code: u16,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Deserialize, Default)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

impl Api {
    /// Builds the client.
    pub(crate) fn new(token: &BotToken, settings: &Settings) -> anyhow::Result<Self> {
        let token = token.secret();
        // Each call has its own timeout; the default of the client would abort long polls.
        let max_timeout = settings.poll_timeout + settings.call_timeout;
        let client = teloxide::net::default_reqwest_settings()
            .timeout(max_timeout)
            .build()
            .context("could not build the HTTP client")?;
        let bot = Bot::with_client(token, client);
        let mut address = settings.api_url.clone().unwrap_or_else(|| bot.api_url());
        address
            .path_segments_mut()
            .map_err(|()| anyhow::anyhow!("this is not an address of a Bot API"))?
            .pop_if_empty()
            .push(&format!("bot{token}"));
        Ok(Self { bot, address, timeout: settings.call_timeout })
    }

    /// Calls a method with the default timeout.
    pub(crate) async fn call<P>(&self, payload: &P) -> Result<P::Output, ApiError>
    where
        P: Payload + Serialize,
        P::Output: DeserializeOwned,
    {
        self.call_within(Duration::ZERO, payload).await
    }

    /// Calls a method that Telegram may hold open for some time (long poll).
    pub(crate) async fn call_within<P>(&self, held_open: Duration, payload: &P) -> Result<P::Output, ApiError>
    where
        P: Payload + Serialize,
        P::Output: DeserializeOwned,
    {
        let mut address = self.address.clone();
        address.path_segments_mut().expect("it has path segments, as in `new`").push(P::NAME);
        let body = serde_json::to_vec(payload).expect("payloads are serializable");
        let request = self.bot.client().post(address).header("content-type", "application/json").body(body);
        let calling = async {
            let mut response = request
                .send()
                .await
                .map_err(|error| ApiError::Network { is_unsent: error.is_connect(), cause: root_cause(&error) })?;
            let status = response.status().as_u16();
            // A proxy may append a character set.
            let kind = response.headers().get("content-type").map(|kind| kind.as_bytes()).unwrap_or_default();
            let is_json = kind.starts_with(b"application/json");
            let mut body = Vec::new();
            let is_whole = loop {
                match response.chunk().await {
                    Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                    end => break end.is_ok(),
                }
            };
            if is_whole {
                parse_response::<P::Output>(status, is_json, &body)
            } else {
                Err(truncated(status, is_json, &body))
            }
        };
        let answer = tokio::time::timeout(held_open + self.timeout, calling).await.unwrap_or(Err(ApiError::TimedOut));
        if let Err(ApiError::Refused(Refusal { code, description, .. })) = &answer {
            debug!(method = P::NAME, code, "Telegram refused a call: {description}");
        }
        answer
    }

    /// Tells, after an error, whether Telegram no longer knows the token. It is asked twice, because a proxy may return the same
    /// error once.
    pub(crate) async fn is_token_revoked(&self, error: &ApiError) -> bool {
        error.is_invalid_token() && self.call(&GetMe::new()).await.is_err_and(|error| error.is_invalid_token())
    }

    /// Acknowledges a tap. An error is normal: the tap may have expired.
    pub(crate) async fn acknowledge(&self, query: CallbackQueryId, toast: Option<String>) {
        let mut answer = AnswerCallbackQuery::new(query);
        answer.text = toast;
        if let Err(error) = self.call(&answer).await {
            debug!("a tap was not acknowledged: {error}");
        }
    }
}

/// Payload of answerGuestQuery, which teloxide does not know.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AnswerGuestQuery {
    pub(crate) guest_query_id: String,
    pub(crate) result: InlineQueryResult,
}

impl Payload for AnswerGuestQuery {
    type Output = IgnoredAny;
    const NAME: &'static str = "AnswerGuestQuery";
}

/// Payload of sendMessage for one person in a group, with a parameter that teloxide does not know.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SendEphemeral {
    #[serde(flatten)]
    pub(crate) message: SendMessage,
    pub(crate) ephemeral_message_parameters: EphemeralMessageParameters,
}

/// Person who sees a message.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct EphemeralMessageParameters {
    receiver_user_id: i64,
}

impl SendEphemeral {
    /// Shows a message to one person.
    pub(crate) fn new(message: SendMessage, receiver: i64) -> Self {
        Self { message, ephemeral_message_parameters: EphemeralMessageParameters { receiver_user_id: receiver } }
    }
}

impl Payload for SendEphemeral {
    type Output = IgnoredAny;
    const NAME: &'static str = "SendMessage";
}

/// Returns the error of a truncated response. One with status 200 that begins with `"ok":true` in JSON is from Telegram, so the
/// call succeeded; one that ends before that leaves the result unknown.
fn truncated(status: u16, is_json: bool, body: &[u8]) -> ApiError {
    const SUCCESS: &[u8] = br#"{"ok":true"#;
    if status != 200 || !is_json {
        return ApiError::Server(status);
    }
    let letters = body.iter().filter(|byte| !byte.is_ascii_whitespace());
    if letters.take(SUCCESS.len()).eq(SUCCESS) { ApiError::Truncated } else { ApiError::Empty }
}

/// Parses a response by its status and body.
fn parse_response<T: DeserializeOwned>(status: u16, is_json: bool, body: &[u8]) -> Result<T, ApiError> {
    if status >= 500 {
        return Err(ApiError::Server(status));
    }
    // Invalid UTF-8 must not make a whole batch of updates unreadable.
    let text = String::from_utf8_lossy(body);
    let is_from_telegram = status == 200 && is_json;
    let envelope: Envelope<T> =
        serde_json::from_str(&text).map_err(|_| match serde_json::from_str::<Envelope<IgnoredAny>>(&text) {
            Err(error) if error.is_eof() => truncated(status, is_json, body),
            Ok(Envelope { ok: true, result: Some(_), .. }) if is_from_telegram => ApiError::Truncated,
            _ => ApiError::Server(status),
        })?;
    match envelope.result {
        Some(result) if envelope.ok => Ok(result),
        _ if envelope.ok && is_from_telegram => Err(ApiError::Empty),
        _ if envelope.ok => Err(ApiError::Server(status)),
        _ if envelope.error_code >= 500 => Err(ApiError::Server(envelope.error_code)),
        _ => Err(ApiError::Refused(Refusal {
            code: envelope.error_code,
            description: envelope.description,
            retry_after: envelope
                .parameters
                .retry_after
                .map(|seconds| Duration::from_secs(seconds.min(MAX_RETRY_AFTER))),
            migrated_to: envelope.parameters.migrate_to_chat_id.map(ChatId),
        })),
    }
}

impl ApiError {
    /// Tells whether Telegram does not know the token: 401, or 404 for a malformed one.
    pub(crate) fn is_invalid_token(&self) -> bool {
        matches!(self, Self::Refused(Refusal { code: 401, .. }))
            || matches!(self, Self::Refused(Refusal { code: 404, description, .. }) if description == "Not Found")
    }

    /// Tells whether another program polls with the same token, or a webhook was set.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused(Refusal { code: 409, .. }))
    }

    /// Returns the wait that Telegram requests.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }
}

/// Describes the error without user text and without the address, which contains the token.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timeout"),
            Self::Network { cause, .. } => write!(f, "network error: {cause}"),
            Self::Truncated => f.write_str("truncated response"),
            Self::Empty => f.write_str("response without a result"),
            Self::Server(status) => write!(f, "server error: status {status}"),
            Self::Refused(Refusal { retry_after: Some(pause), .. }) => write!(f, "retry after {} s", pause.as_secs()),
            Self::Refused(Refusal { migrated_to: Some(_), .. }) => f.write_str("the group has migrated"),
            // Telegram's description may quote user text.
            Self::Refused(Refusal { code, .. }) => {
                let class = match code {
                    400 => "bad request",
                    401 => "unauthorized",
                    403 => "forbidden",
                    404 => "not found",
                    409 => "conflict",
                    429 => "too many requests",
                    _ => "refused",
                };
                write!(f, "{code} {class}")
            }
        }
    }
}

/// Returns the root cause of an error, without the outer errors, which contain the address.
fn root_cause(error: &dyn Error) -> String {
    let Some(mut cause) = error.source() else { return "unknown".to_owned() };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_differ_from_broken_answers() {
        let read = |status: u16, body: &str| parse_response::<i64>(status, !body.starts_with('<'), body.as_bytes());
        assert_eq!(read(200, r#"{"ok":true,"result":7}"#), Ok(7));
        for cut in [r#"{"ok":true,"res"#, r#" { "ok" : true"#, r#"{"ok":true,"result":{"message_id":"#] {
            assert_eq!(read(200, cut), Err(ApiError::Truncated), "{cut}");
        }
        for empty in [
            "",
            " \n",
            "{",
            r#"{"ok":"#,
            r#"{"ok":fal"#,
            r#"{"ok":true}"#,
            r#"{"ok":true,"result":null}"#,
            r#"{"ok":tr"#,
        ] {
            assert_eq!(read(200, empty), Err(ApiError::Empty), "{empty}");
        }
        assert_eq!(read(200, r#"{"ok":true,"result":"of another type"}"#), Err(ApiError::Truncated));
        assert_eq!(read(200, r#"{"result":"of another type","ok":true}"#), Err(ApiError::Truncated));
        assert_eq!(read(200, r#"{"error":"upstream busy"}"#), Err(ApiError::Server(200)));
        assert_eq!(read(200, "<html>"), Err(ApiError::Server(200)));
        let damaged =
            super::parse_response::<[String; 2]>(200, true, b"{\"ok\":true,\"result\":[\"who\xff?\",\"who?\"]}");
        assert_eq!(damaged, Ok(["who\u{fffd}?".to_owned(), "who?".to_owned()]));
        assert_eq!(read(502, "<html>"), Err(ApiError::Server(502)));
        assert_eq!(read(404, "<html>"), Err(ApiError::Server(404)));
        let refused = read(
            429,
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":3}}"#,
        );
        assert_eq!(refused.unwrap_err().retry_after(), Some(Duration::from_secs(3)));
        let refused = read(429, r#"{"ok":false,"error_code":429,"parameters":{"retry_after":18446744073709551615}}"#);
        assert_eq!(refused.unwrap_err().retry_after(), Some(Duration::from_secs(MAX_RETRY_AFTER)));
        let refused = read(409, r#"{"ok":false,"error_code":409,"description":"Conflict: x"}"#).unwrap_err();
        assert!(refused.is_conflict() && !refused.is_invalid_token());
        assert_eq!(refused.to_string(), "409 conflict");
    }
}
