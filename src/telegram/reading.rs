//! Reads raw updates: what a person wants from us, or nothing.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use serde_json::Value;
use teloxide::dptree;
use teloxide::types::{CallbackQueryId, Me};
use tracing::{debug, error, info};

use super::cleaning::{self, Unreadable};
use super::from_telegram::Incoming;
use super::schema::{Schema, schema};
use crate::metrics::{FailureKind, Metrics};

/// Reads updates for the bot that it was made for.
pub(super) struct Reader {
    schema: Schema,
    me: Me,
    metrics: Arc<Metrics>,
    /// How many updates of each kind could not be read.
    unreadable: Mutex<BTreeMap<String, u64>>,
}

/// What an update is to us.
#[derive(Debug)]
pub(super) enum Read {
    /// Somebody wants something.
    Wanted(Box<Incoming>),
    /// A button was tapped that asks nothing of ours, and spins.
    BareTap(CallbackQueryId),
    /// It is not for us, or nobody can read it.
    Nothing,
}

impl Reader {
    pub(super) fn new(me: Me, metrics: Arc<Metrics>) -> Self {
        Self { schema: schema(), me, metrics, unreadable: Mutex::default() }
    }

    /// Reads an update. A panic costs this update only.
    pub(super) async fn read(&self, raw: &Value) -> Read {
        match AssertUnwindSafe(self.read_or_panic(raw)).catch_unwind().await {
            Ok(read) => read,
            Err(_) => {
                error!("an update could not be read because of a panic");
                self.metrics.failed(FailureKind::panic);
                Read::Nothing
            }
        }
    }

    async fn read_or_panic(&self, raw: &Value) -> Read {
        let update = match cleaning::read_update(raw) {
            Ok(update) => update,
            Err(Unreadable { kind }) => {
                self.count(kind);
                return Read::Nothing;
            }
        };
        if let ControlFlow::Break(incoming) = self.schema.dispatch(dptree::deps![update, self.me.clone()]).await {
            return Read::Wanted(Box::new(incoming));
        }
        debug!("an update was not for us");
        match raw["callback_query"]["id"].as_str() {
            Some(tap) => Read::BareTap(CallbackQueryId(tap.to_owned())),
            None => Read::Nothing,
        }
    }

    fn count(&self, kind: String) {
        self.metrics.failed(FailureKind::unreadable);
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        let count = unreadable.entry(kind.clone()).or_default();
        *count += 1;
        // Kinds come from outside: neither the log nor the table may grow with them without end.
        if count.is_power_of_two() {
            info!(kind, count = *count, "an update of an unknown kind was left out");
        }
        if unreadable.len() > 100 {
            unreadable.clear();
        }
    }
}
