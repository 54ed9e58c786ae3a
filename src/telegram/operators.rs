//! Reports to the operators' chat: failures as the log would name them, grouped, without a word of what people wrote.

use std::sync::Arc;
use std::time::{Duration, Instant};

use teloxide::payloads::SendMessage;
use teloxide::types::ChatId;
use tracing::warn;

use super::delivery::{Delivery, Effect, Sender};
use crate::health::HealthFault;
use crate::metrics::Metrics;

/// Maximum time for which a report is tried.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);

/// Number of health checks for each report, so that a fault is seen that is over by then.
const CHECKS_PER_REPORT: u32 = 6;

/// Reports what went wrong since the last time, at most once in every `interval`, for ever.
///
/// `faults` returns the health checks that fail.
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
        if let Some(text) = news(&known, &seen, &now) {
            let deadline = Instant::now() + SEND_TIMEOUT;
            let delivery = loop {
                let message = Box::new(SendMessage::new(chat, &text));
                match sender.deliver(Effect::Send { chat, message, deadline }, &()).await {
                    Delivery::Migrated(new) => chat = new,
                    delivery => break delivery,
                }
            };
            if !matches!(delivery, Delivery::Sent(_)) {
                warn!("the operators' chat was not told what went wrong; see that telegram.operators_chat is right");
                // It is told the next time, with what comes until then.
                continue;
            }
        }
        known = now;
        seen.clear();
    }
}

/// Counts of failures by name, and the health checks that fail.
type Snapshot = (Vec<(&'static str, u64)>, Vec<String>);

/// Returns the news, a line each; `None` when there are none. `seen` holds the checks that failed at any time since the last
/// report.
fn news(known: &Snapshot, seen: &[String], now: &Snapshot) -> Option<String> {
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
        assert_eq!(news(&calm, &[], &calm), None);
        assert_eq!(news(&calm, &seen, &bad).as_deref(), Some("pressdesk\npanic: 2\nnot ready: no journal"));
        assert_eq!(news(&bad, &seen, &bad), None);
        assert_eq!(news(&bad, &[], &(vec![("panic", 3)], vec![])).as_deref(), Some("pressdesk\nready again"));
        assert_eq!(news(&calm, &seen, &calm).as_deref(), Some("pressdesk\nnot ready: no journal\nready again"));
    }
}
