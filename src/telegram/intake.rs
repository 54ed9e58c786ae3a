//! Takes updates in by long polling. An update is confirmed by the offset of the next poll, after it was taken.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use teloxide::requests::Payload;
use tracing::{error, warn};

use super::InvalidToken;
use super::api::{Api, Fault};
use crate::health::{Health, Part};

/// The kinds of updates we have an answer to; sent with every poll and with the webhook, so that a change takes effect at once.
pub(super) const ALLOWED_UPDATES: [&str; 2] = ["message", "callback_query"];

/// How many updates one poll takes: the most that Telegram gives.
const LIMIT: u8 = 100;

/// Polls for updates.
pub(super) struct Intake {
    api: Api,
    poll_timeout: Duration,
    health: Health,
    /// The id after that of the last update that is safe.
    offset: Option<i64>,
    is_confirmed: bool,
}

impl Intake {
    pub(super) fn new(api: Api, poll_timeout: Duration, health: Health) -> Self {
        Self { api, poll_timeout, health, offset: None, is_confirmed: true }
    }

    /// Waits for updates; errors when Telegram no longer knows the token.
    ///
    /// They are confirmed by the next call, or by [`Intake::confirm`], if [`Intake::have_taken`] was called for them.
    pub(super) async fn next(&mut self) -> Result<Vec<Value>, InvalidToken> {
        let mut pauses = Pauses::default();
        loop {
            match self.poll().await {
                Ok(updates) => {
                    self.is_confirmed = true;
                    self.health.set(Part::Intake, None);
                    return Ok(updates);
                }
                Err(fault) => {
                    let pause = pauses.after(GetRawUpdates::NAME, &fault)?;
                    let reason = match fault.is_conflict() {
                        true => "another program takes this bot's updates; stop one of them".to_owned(),
                        false => format!("updates can't be fetched: {fault}"),
                    };
                    self.health.set(Part::Intake, Some(reason));
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// Notes that updates are safe and need not come again.
    pub(super) fn have_taken(&mut self, updates: &[Value]) {
        // Not the highest: after a quiet week Telegram begins anew with any number.
        let last = updates.iter().rev().find_map(|update| update.get("update_id")?.as_i64());
        if let Some(last) = last {
            self.offset = Some(last + 1);
            self.is_confirmed = false;
        }
    }

    /// Confirms the last updates taken, so that they do not come again after a restart.
    pub(super) async fn confirm(&self) {
        if self.is_confirmed {
            return;
        }
        let payload = GetRawUpdates { limit: 1, timeout: 0, ..self.payload() };
        if let Err(fault) = self.api.call(&payload).await {
            warn!("the last updates were not confirmed: {fault}");
        }
    }

    async fn poll(&self) -> Result<Vec<Value>, Fault> {
        self.api.call_within(self.poll_timeout, &self.payload()).await
    }

    fn payload(&self) -> GetRawUpdates {
        let timeout = self.poll_timeout.as_secs();
        GetRawUpdates { offset: self.offset, limit: LIMIT, timeout, allowed_updates: ALLOWED_UPDATES }
    }
}

/// Calls a method until it works; errors only when Telegram does not know the token.
pub(super) async fn insist<P>(api: &Api, health: &Health, payload: P) -> Result<P::Output, InvalidToken>
where
    P: Payload + Serialize,
    P::Output: DeserializeOwned,
{
    let mut pauses = Pauses::default();
    loop {
        match api.call(&payload).await {
            Ok(output) => return Ok(output),
            Err(fault) => {
                let pause = pauses.after(P::NAME, &fault)?;
                health.set(Part::Start, Some(format!("Telegram could not be reached yet: {fault}")));
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// The waits between attempts: half a second, doubled each time up to half a minute, and never less than Telegram asks.
#[derive(Default)]
struct Pauses {
    n_faults: u32,
}

impl Pauses {
    fn after(&mut self, method: &str, fault: &Fault) -> Result<Duration, InvalidToken> {
        if fault.is_invalid_token() {
            return Err(InvalidToken);
        }
        let backoff = Duration::from_millis(500 << self.n_faults.min(6)).min(Duration::from_secs(30));
        self.n_faults += 1;
        let pause = fault.retry_after().unwrap_or_default().max(backoff);
        let pause_ms = pause.as_millis();
        if fault.is_conflict() {
            error!(pause_ms, "another program takes this bot's updates; only one can, so stop the other: {fault}");
        } else {
            warn!(pause_ms, "{method} failed: {fault}");
        }
        Ok(pause)
    }
}

/// getUpdates with updates as raw JSON, so that one that teloxide cannot read costs nothing else.
#[derive(Serialize)]
struct GetRawUpdates {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    limit: u8,
    timeout: u64,
    allowed_updates: [&'static str; 2],
}

impl Payload for GetRawUpdates {
    type Output = Vec<Value>;
    const NAME: &'static str = "GetUpdates";
}
