//! Reports to the operators' chat: counts of failures and failing health checks, without users' text.

use std::sync::Arc;
use std::time::{Duration, Instant};

use teloxide::payloads::SendMessage;
use teloxide::types::ChatId;
use tracing::warn;

use super::delivery::{Delivery, Effect, Sender};
use crate::health::HealthFault;
use crate::metrics::Metrics;

/// Timeout of sending a report.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);

/// Number of health checks for each report, so that short failures are reported too.
const CHECKS_PER_REPORT: u32 = 6;

/// Reports new failures forever, at most once per `interval`.
///
/// `faults` returns the failing health checks.
pub(crate) async fn report(
    mut chat: ChatId,
    interval: Duration,
    sender: Arc<Sender>,
    metrics: Arc<Metrics>,
    faults: impl Fn() -> Vec<HealthFault>,
) {
    let faults = || faults().iter().map(HealthFault::to_string).collect::<Vec<_>>();
    let mut known = (metrics.failure_counts(), Vec::new());
    let mut seen = Vec::new();
    loop {
        for _ in 0..CHECKS_PER_REPORT {
            tokio::time::sleep(interval / CHECKS_PER_REPORT).await;
            for fault in faults() {
                if !seen.contains(&fault) {
                    seen.push(fault);
                }
            }
        }
        let now = (metrics.failure_counts(), faults());
        if let Some(text) = changes(&known, &seen, &now) {
            let deadline = Instant::now() + SEND_TIMEOUT;
            let delivery = loop {
                let message = Box::new(SendMessage::new(chat, &text));
                match sender.deliver(Effect::Send { chat, message, deadline }, &()).await {
                    Delivery::Migrated(new) => chat = new,
                    delivery => break delivery,
                }
            };
            if !matches!(delivery, Delivery::Sent(_)) {
                warn!("the report to the operators' chat failed; check telegram.operators_chat");
                // The next report includes these failures.
                continue;
            }
        }
        known = now;
        seen.clear();
    }
}

/// Counts of failures by name, and the failing health checks.
type Snapshot = (Vec<(&'static str, u64)>, Vec<String>);

/// Returns the changes since the last report, one per line; `None` if there are none. `seen` holds the checks that failed at
/// any time since then.
fn changes(known: &Snapshot, seen: &[String], now: &Snapshot) -> Option<String> {
    let mut lines = Vec::new();
    for ((name, n_known), (_, n_now)) in known.0.iter().zip(&now.0) {
        if n_now > n_known {
            lines.push(format!("{name}: {}", n_now - n_known));
        }
    }
    lines.extend(seen.iter().filter(|fault| !known.1.contains(fault)).cloned());
    if now.1.is_empty() && !(known.1.is_empty() && seen.is_empty()) {
        lines.push("ready again".to_owned());
    }
    (!lines.is_empty()).then(|| format!("pressdesk\n{}", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_and_recovery_are_reported() {
        let (calm, bad) =
            ((vec![("panic", 1)], vec![]), (vec![("panic", 3)], vec!["not ready: no journal".to_owned()]));
        let seen = bad.1.clone();
        assert_eq!(changes(&calm, &[], &calm), None);
        assert_eq!(changes(&calm, &seen, &bad).as_deref(), Some("pressdesk\npanic: 2\nnot ready: no journal"));
        assert_eq!(changes(&bad, &seen, &bad), None);
        assert_eq!(changes(&bad, &[], &(vec![("panic", 3)], vec![])).as_deref(), Some("pressdesk\nready again"));
        assert_eq!(changes(&calm, &seen, &calm).as_deref(), Some("pressdesk\nnot ready: no journal\nready again"));
    }
}
