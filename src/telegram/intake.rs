//! Takes updates in by long polling. An update is confirmed by the offset of the next poll, after it was taken.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use teloxide::requests::Payload;
use teloxide::types::Update;
use tracing::{debug, error, info, warn};

use super::InvalidToken;
use super::api::{Api, Fault};
use super::cleaning::{self, Unreadable};

/// The kinds of updates we have an answer to; sent with every poll, so that a change takes effect at once.
const ALLOWED_UPDATES: [&str; 2] = ["message", "callback_query"];

/// How many updates one poll takes: the most that Telegram gives.
const LIMIT: u8 = 100;

/// How many update ids are remembered to drop those that come twice.
const N_REMEMBERED: usize = 10_000;

/// Polls for updates.
pub(super) struct Intake {
    api: Api,
    poll_timeout: Duration,
    /// The id after that of the last update taken.
    offset: Option<u64>,
    is_confirmed: bool,
    seen: Seen,
    /// How many updates of each kind could not be read.
    unreadable: BTreeMap<String, u64>,
}

impl Intake {
    pub(super) fn new(api: Api, poll_timeout: Duration) -> Self {
        let seen = Seen::default();
        Self { api, poll_timeout, offset: None, is_confirmed: true, seen, unreadable: BTreeMap::new() }
    }

    /// Waits for updates; errors when Telegram no longer knows the token.
    ///
    /// May be given up half-way: what was not returned was not confirmed either, and comes again.
    pub(super) async fn next(&mut self) -> Result<Vec<Update>, InvalidToken> {
        let mut pauses = Pauses::default();
        loop {
            match self.poll().await {
                Ok(updates) => {
                    self.is_confirmed = updates.is_empty();
                    return Ok(updates.iter().filter_map(|raw| self.read(raw)).collect());
                }
                Err(fault) => tokio::time::sleep(pauses.after(GetRawUpdates::NAME, &fault)?).await,
            }
        }
    }

    /// Confirms the last updates taken, so that they do not come again after a restart.
    pub(super) async fn confirm(&self) {
        if self.is_confirmed {
            return;
        }
        let payload = GetRawUpdates { limit: 1, timeout: 0, ..self.payload() };
        if let Err(fault) = self.api.call(payload).await {
            warn!("the last updates were not confirmed: {fault}");
        }
    }

    async fn poll(&self) -> Result<Vec<Value>, Fault> {
        self.api.call_within(self.poll_timeout, self.payload()).await
    }

    fn payload(&self) -> GetRawUpdates {
        let timeout = self.poll_timeout.as_secs();
        GetRawUpdates { offset: self.offset, limit: LIMIT, timeout, allowed_updates: ALLOWED_UPDATES }
    }

    /// Reads an update, unless it has been here before or cannot be read.
    fn read(&mut self, raw: &Value) -> Option<Update> {
        let Some(id) = raw.get("update_id").and_then(Value::as_u64) else {
            warn!("something without an id is no update");
            return None;
        };
        // Not the highest: after a quiet week Telegram begins anew with any number.
        self.offset = Some(id + 1);
        if !self.seen.is_new(id) {
            info!("an update came twice");
            return None;
        }
        match cleaning::read_update(raw) {
            Ok(update) => Some(update),
            Err(Unreadable { kind }) => {
                let count = self.unreadable.entry(kind.clone()).or_default();
                *count += 1;
                // Kinds come from outside: neither the log nor the table may grow with them without end.
                if count.is_power_of_two() {
                    info!(kind, count = *count, "an update of an unknown kind was left out");
                }
                if self.unreadable.len() > 100 {
                    self.unreadable.clear();
                }
                None
            }
        }
    }
}

/// Calls a method until it works; errors only when Telegram does not know the token.
pub(super) async fn insist<P>(api: &Api, payload: P) -> Result<P::Output, InvalidToken>
where
    P: Payload + Serialize + Clone + Send + 'static,
    P::Output: DeserializeOwned + 'static,
{
    let mut pauses = Pauses::default();
    loop {
        match api.call(payload.clone()).await {
            Ok(output) => return Ok(output),
            Err(fault) => tokio::time::sleep(pauses.after(P::NAME, &fault)?).await,
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

/// The update ids of late, as many as a few batches hold.
#[derive(Default)]
struct Seen {
    ids: HashSet<u64>,
    in_order: VecDeque<u64>,
}

impl Seen {
    fn is_new(&mut self, id: u64) -> bool {
        if !self.ids.insert(id) {
            return false;
        }
        self.in_order.push_back(id);
        if self.in_order.len() > N_REMEMBERED
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        debug!(n_seen = self.ids.len(), "an update came in");
        true
    }
}

/// getUpdates with updates as raw JSON, so that one that teloxide cannot read costs nothing else.
#[derive(Serialize)]
struct GetRawUpdates {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    limit: u8,
    timeout: u64,
    allowed_updates: [&'static str; 2],
}

impl Payload for GetRawUpdates {
    type Output = Vec<Value>;
    const NAME: &'static str = "GetUpdates";
}
