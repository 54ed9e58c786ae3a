//! Long polling. An update is confirmed by the offset of a later poll.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use teloxide::payloads::DeleteWebhook;
use teloxide::requests::Payload;
use tracing::{error, warn};

use crate::health::{Health, HealthCheck};
use crate::telegram::InvalidToken;
use crate::telegram::backoff::Backoff;
use crate::telegram::delivery::{Api, ApiError, Refusal};
use crate::telegram::update;

/// Maximum number of updates in one poll: Telegram's maximum.
pub(crate) const MAX_BATCH: u8 = 100;

/// Backoff of calls that are retried until they succeed.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));

/// Poller of updates.
pub(crate) struct Poller {
    api: Api,
    poll_timeout: Duration,
    allowed_updates: Vec<&'static str>,
    health: Health,
    /// Offset: the id after the last update marked as received.
    offset: Option<i64>,
    is_confirmed: bool,
}

impl Poller {
    pub(crate) fn new(api: Api, poll_timeout: Duration, allowed_updates: Vec<&'static str>, health: Health) -> Self {
        Self { api, poll_timeout, allowed_updates, health, offset: None, is_confirmed: true }
    }

    /// Waits for updates; errors when Telegram no longer knows the token.
    ///
    /// Those passed to [`Poller::mark_received`] are confirmed by the next call, or by [`Poller::confirm`].
    pub(crate) async fn next(&mut self) -> Result<Vec<Value>, InvalidToken> {
        let (mut backoff, mut held_open) = (BACKOFF, self.poll_timeout);
        loop {
            match self.poll(held_open).await {
                Ok(updates) => {
                    self.is_confirmed = true;
                    self.health.set(HealthCheck::Intake, None);
                    return Ok(updates);
                }
                Err(error) => {
                    if self.api.is_token_revoked(&error).await {
                        return Err(InvalidToken);
                    }
                    let wait = wait_after(&mut backoff, GetRawUpdates::NAME, &error);
                    // Readiness must not wait for the next update.
                    held_open = Duration::ZERO;
                    let reason = match conflict(&error) {
                        Some(sentence) => sentence.to_owned(),
                        None => format!("updates can't be fetched: {error}"),
                    };
                    self.health.set(HealthCheck::Intake, Some(reason));
                    tokio::time::sleep(wait).await;
                    if conflict(&error) == Some(WEBHOOK_IS_SET)
                        && let Err(error) = self.api.call(&DeleteWebhook::new()).await
                    {
                        warn!("the webhook was not deleted: {error}");
                    }
                }
            }
        }
    }

    /// Marks an update and those before it as received, to be confirmed.
    pub(crate) fn mark_received(&mut self, update: &Value) {
        // Not the maximum: after a week without updates Telegram restarts at a random id.
        if let Some(id) = update::id(update) {
            self.offset = Some(id + 1);
            self.is_confirmed = false;
        }
    }

    /// Confirms the updates marked as received, so that Telegram does not send them again after a restart.
    pub(crate) async fn confirm(&self) {
        if self.is_confirmed {
            return;
        }
        let payload = GetRawUpdates { limit: 1, ..self.payload() };
        if let Err(error) = self.api.call(&payload).await {
            warn!("the last updates were not confirmed: {error}");
        }
    }

    async fn poll(&self, held_open: Duration) -> Result<Vec<Value>, ApiError> {
        let payload = GetRawUpdates { timeout: held_open.as_secs(), ..self.payload() };
        Ok(self.api.call_within(held_open, &payload).await?.iter().map(|raw| parse(raw)).collect())
    }

    fn payload(&self) -> GetRawUpdates {
        GetRawUpdates {
            offset: self.offset,
            limit: MAX_BATCH,
            timeout: 0,
            allowed_updates: self.allowed_updates.clone(),
        }
    }
}

/// Parses an update; an invalid one is reduced to its id, so that it is confirmed with the rest of its batch.
pub(crate) fn parse(raw: &RawValue) -> Value {
    #[derive(Deserialize)]
    struct Numbered {
        update_id: i64,
    }
    serde_json::from_str(raw.get()).unwrap_or_else(|_| match serde_json::from_str(raw.get()) {
        Ok(Numbered { update_id }) => json!({"update_id": update_id}),
        Err(_) => Value::Null,
    })
}

const WEBHOOK_IS_SET: &str = "a webhook was set with this bot's token: deleting it";
const OTHER_POLLER: &str = "another program polls this bot's updates: stop it, since only one can";

/// Returns a sentence about another receiver of this bot's updates, if that is the error.
fn conflict(error: &ApiError) -> Option<&'static str> {
    match error {
        ApiError::Refused(Refusal { code: 409, description, .. }) if description.contains("webhook is active") => {
            Some(WEBHOOK_IS_SET)
        }
        error => error.is_conflict().then_some(OTHER_POLLER),
    }
}

/// Permanent error of a startup call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Token(#[from] InvalidToken),
    /// Telegram refuses the parameters, with this description.
    #[error("{0}")]
    Call(String),
}

/// Calls a method with retries; errors only when Telegram does not know the token or refuses the parameters.
pub(crate) async fn call_with_retry<P>(api: &Api, health: &Health, payload: P) -> Result<P::Output, StartError>
where
    P: Payload + Serialize,
    P::Output: DeserializeOwned,
{
    let mut backoff = BACKOFF;
    loop {
        match api.call(&payload).await {
            Ok(output) => return Ok(output),
            Err(ApiError::Refused(Refusal { code: 400, description, .. })) => {
                return Err(StartError::Call(description));
            }
            Err(error) => {
                if api.is_token_revoked(&error).await {
                    return Err(InvalidToken.into());
                }
                let wait = wait_after(&mut backoff, P::NAME, &error);
                health.set(HealthCheck::Start, Some(format!("Telegram could not be reached yet: {error}")));
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// Returns the wait before the next attempt, at least as long as Telegram requests, and logs the error.
fn wait_after(backoff: &mut Backoff, method: &str, error: &ApiError) -> Duration {
    let wait = error.retry_after().unwrap_or_default().max(backoff.next_wait());
    let wait_ms = wait.as_millis();
    match conflict(error) {
        Some(sentence) => error!(wait_ms, "{sentence}: {error}"),
        None => warn!(wait_ms, "{method} failed: {error}"),
    }
    wait
}

/// Payload of getUpdates with updates as raw JSON, so that an invalid one does not affect the others.
#[derive(Serialize)]
struct GetRawUpdates {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    limit: u8,
    timeout: u64,
    allowed_updates: Vec<&'static str>,
}

impl Payload for GetRawUpdates {
    type Output = Vec<Box<RawValue>>;
    const NAME: &'static str = "GetUpdates";
}
