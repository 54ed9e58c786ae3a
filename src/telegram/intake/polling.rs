//! Takes updates in by long polling. An update is confirmed by the offset of the next poll, after it was taken.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use teloxide::payloads::DeleteWebhook;
use teloxide::requests::Payload;
use tracing::{error, warn};

use crate::health::{Health, Part};
use crate::telegram::InvalidToken;
use crate::telegram::delivery::{Api, ApiError, Refusal};
use crate::telegram::update::{self, ALLOWED_UPDATES};

/// How many updates one poll takes: the most that Telegram gives.
pub(crate) const LIMIT: u8 = 100;

/// Polls for updates.
pub(crate) struct Intake {
    api: Api,
    poll_timeout: Duration,
    health: Health,
    /// The id after that of the last update that is safe.
    offset: Option<i64>,
    is_confirmed: bool,
}

impl Intake {
    pub(crate) fn new(api: Api, poll_timeout: Duration, health: Health) -> Self {
        Self { api, poll_timeout, health, offset: None, is_confirmed: true }
    }

    /// Waits for updates; errors when Telegram no longer knows the token.
    ///
    /// They are confirmed by the next call, or by [`Intake::confirm`], as far as [`Intake::have_taken`] was called for them.
    pub(crate) async fn next(&mut self) -> Result<Vec<Value>, InvalidToken> {
        let mut pauses = Pauses::default();
        loop {
            // After an error not held open, because readiness should not wait for somebody to write.
            let held_open = if pauses.n_failures == 0 { self.poll_timeout } else { Duration::ZERO };
            match self.poll(held_open).await {
                Ok(updates) => {
                    self.is_confirmed = true;
                    self.health.set(Part::Intake, None);
                    return Ok(updates);
                }
                Err(error) => {
                    if self.api.has_lost_token(&error).await {
                        return Err(InvalidToken);
                    }
                    let pause = pauses.after(GetRawUpdates::NAME, &error);
                    let reason = match conflict(&error) {
                        Some(sentence) => sentence.to_owned(),
                        None => format!("updates can't be fetched: {error}"),
                    };
                    self.health.set(Part::Intake, Some(reason));
                    tokio::time::sleep(pause).await;
                    if conflict(&error) == Some(WEBHOOK_IS_SET)
                        && let Err(error) = self.api.call(&DeleteWebhook::new()).await
                    {
                        warn!("the webhook was not deleted: {error}");
                    }
                }
            }
        }
    }

    /// Notes that an update, and those before it, are safe and need not come again.
    pub(crate) fn have_taken(&mut self, update: &Value) {
        // Not the highest: after a quiet week Telegram begins anew with any number.
        if let Some(id) = update::id(update) {
            self.offset = Some(id + 1);
            self.is_confirmed = false;
        }
    }

    /// Confirms the last updates taken, so that they do not come again after a restart.
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
        Ok(self.api.call_within(held_open, &payload).await?.iter().map(|raw| read(raw)).collect())
    }

    fn payload(&self) -> GetRawUpdates {
        GetRawUpdates { offset: self.offset, limit: LIMIT, timeout: 0, allowed_updates: &ALLOWED_UPDATES }
    }
}

/// Reads an update; of one that can't be read its number is left, so that the others of its batch are answered and it is
/// confirmed with them.
pub(crate) fn read(raw: &RawValue) -> Value {
    #[derive(Deserialize)]
    struct Numbered {
        update_id: i64,
    }
    serde_json::from_str(raw.get()).unwrap_or_else(|_| match serde_json::from_str(raw.get()) {
        Ok(Numbered { update_id }) => json!({"update_id": update_id}),
        Err(_) => Value::Null,
    })
}

const WEBHOOK_IS_SET: &str = "somebody has set a webhook with this bot's token, so it is deleted again";
const OTHER_POLLS: &str = "another program takes this bot's updates; only one can, so stop the other";

/// Says who else takes this bot's updates, if that is the error.
fn conflict(error: &ApiError) -> Option<&'static str> {
    match error {
        ApiError::Refused(Refusal { code: 409, description, .. }) if description.contains("webhook is active") => {
            Some(WEBHOOK_IS_SET)
        }
        error => error.is_conflict().then_some(OTHER_POLLS),
    }
}

/// Why a call that is made until it works is given up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Token(#[from] InvalidToken),
    /// Telegram does not accept what it is told, and says why.
    #[error("{0}")]
    Call(String),
}

/// Calls a method until it works; errors only when Telegram does not know the token, or refuses what it is told.
pub(crate) async fn call_with_retry<P>(api: &Api, health: &Health, payload: P) -> Result<P::Output, StartError>
where
    P: Payload + Serialize,
    P::Output: DeserializeOwned,
{
    let mut pauses = Pauses::default();
    loop {
        match api.call(&payload).await {
            Ok(output) => return Ok(output),
            Err(ApiError::Refused(Refusal { code: 400, description, .. })) => {
                return Err(StartError::Call(description));
            }
            Err(error) => {
                if api.has_lost_token(&error).await {
                    return Err(InvalidToken.into());
                }
                let pause = pauses.after(P::NAME, &error);
                health.set(Part::Start, Some(format!("Telegram could not be reached yet: {error}")));
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// The waits between attempts: half a second, doubled each time up to half a minute, and never less than Telegram asks.
#[derive(Default)]
struct Pauses {
    n_failures: u32,
}

impl Pauses {
    fn after(&mut self, method: &str, error: &ApiError) -> Duration {
        let backoff = Duration::from_millis(500 << self.n_failures.min(6)).min(Duration::from_secs(30));
        self.n_failures += 1;
        let pause = error.retry_after().unwrap_or_default().max(backoff);
        let pause_ms = pause.as_millis();
        match conflict(error) {
            Some(sentence) => error!(pause_ms, "{sentence}: {error}"),
            None => warn!(pause_ms, "{method} failed: {error}"),
        }
        pause
    }
}

/// getUpdates with updates as raw JSON, so that one that nobody can read costs nothing else.
#[derive(Serialize)]
struct GetRawUpdates {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    limit: u8,
    timeout: u64,
    allowed_updates: &'static [&'static str],
}

impl Payload for GetRawUpdates {
    type Output = Vec<Box<RawValue>>;
    const NAME: &'static str = "GetUpdates";
}
