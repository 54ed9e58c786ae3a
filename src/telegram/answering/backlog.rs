//! Estimate of the time that the backlog takes, for the log and `/readyz`.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::info;

use crate::config::RateLimit;
use crate::health::{Health, HealthCheck};
use crate::metrics::{Fill, Metrics, SendLabels, SendResult};

/// Time between two estimates.
const INTERVAL: Duration = Duration::from_secs(1);

/// Time between two log lines.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

/// Minimum duration of a reported backlog.
const MIN_REPORTED: Duration = Duration::from_secs(10);

/// Weight of the last interval in the moving average.
const SMOOTHING: f64 = 0.2;

/// Returns the number of pending messages, given the number of those queued for a worker or a slot.
///
/// The journal also counts those that wait behind others of their chat. It is ignored if replicas share it, since some belong to
/// others, and if nothing is queued, since then its entries wait for something else.
pub(crate) fn n_waiting(n_queued: usize, journal: Fill, is_shared: bool) -> usize {
    match usize::try_from(journal.n_waiting) {
        Ok(n_waiting) if n_queued > 0 && !is_shared => n_queued.max(n_waiting),
        _ => n_queued,
    }
}

/// Reports the backlog to health and log, forever. `limit` is the pace until one is measured.
pub(crate) async fn report(n_waiting: impl Fn() -> usize, metrics: Arc<Metrics>, limit: RateLimit, health: Health) {
    let n_sent = || metrics.sends.get_or_create(&SendLabels { result: SendResult::sent }).get();
    let (mut pace, mut n_before, mut n_sent_before) = (Pace::new(limit), 0, n_sent());
    let mut logged_at: Option<Instant> = None;
    loop {
        tokio::time::sleep(INTERVAL).await;
        let (n, n_sent) = (n_waiting(), n_sent());
        pace.note((n_before > 0 && n > 0).then(|| n_sent - n_sent_before));
        (n_before, n_sent_before) = (n, n_sent);
        let estimate = pace.estimate(n);
        match &estimate {
            Some(estimate) if logged_at.is_none_or(|at| at.elapsed() >= LOG_INTERVAL) => {
                logged_at = Some(Instant::now());
                info!(n_waiting = n, "{estimate}");
            }
            None if logged_at.take().is_some() => info!("the backlog is gone"),
            _ => {}
        }
        health.set(HealthCheck::Backlog, estimate);
    }
}

/// Messages per second that are sent while others wait.
struct Pace {
    /// Pace that the limit allows; `None` if there is no limit.
    limit: Option<f64>,
    measured: Option<f64>,
}

impl Pace {
    fn new(limit: RateLimit) -> Self {
        Self { limit: (limit.n > 0).then(|| limit.n as f64 / limit.within.as_secs_f64()), measured: None }
    }

    /// Records the number of messages sent in an interval; `None` if the queue was empty for a part of it.
    fn note(&mut self, n_sent: Option<u64>) {
        self.measured = n_sent.map(|n_sent| {
            let last = n_sent as f64 / INTERVAL.as_secs_f64();
            let mean = self.measured.or(self.limit).unwrap_or(last);
            mean + SMOOTHING * (last - mean)
        });
    }

    /// Describes the time that the pending messages take, if it is long enough to report.
    fn estimate(&self, n_waiting: usize) -> Option<String> {
        let pace = self.measured.or(self.limit)?;
        // At a pace of 0, as in an outage, the time is infinite.
        let seconds = n_waiting as f64 / pace;
        if n_waiting == 0 || seconds < MIN_REPORTED.as_secs_f64() {
            return None;
        }
        let time = match Duration::try_from_secs_f64(seconds.round()).map(|time| time.as_secs()) {
            Ok(seconds @ 0..60) => format!("about {seconds} s"),
            Ok(seconds @ 60..3600) => format!("about {} min {} s", seconds / 60, seconds % 60),
            Ok(seconds @ 3600..360_000) => format!("about {} h {} min", seconds / 3600, seconds / 60 % 60),
            _ => "more than 100 h".to_owned(),
        };
        Some(format!("{n_waiting} messages wait, {time} at the present pace"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace {
        Pace::new(RateLimit { n: 30, within: Duration::from_secs(1) })
    }

    #[test]
    fn estimate_uses_the_limit_until_a_pace_is_measured() {
        let mut pace = pace();
        let estimate = pace.estimate(5000).unwrap();
        assert_eq!(estimate, "5000 messages wait, about 2 min 47 s at the present pace");
        (0..60).for_each(|_| pace.note(Some(10)));
        assert_eq!(pace.estimate(5000).unwrap(), "5000 messages wait, about 8 min 20 s at the present pace");
        assert_eq!(pace.estimate(100_000).unwrap(), "100000 messages wait, about 2 h 46 min at the present pace");
        pace.note(None);
        assert_eq!(pace.estimate(450).unwrap(), "450 messages wait, about 15 s at the present pace");
    }

    #[test]
    fn small_backlog_is_not_reported() {
        let mut pace = pace();
        assert_eq!((pace.estimate(0), pace.estimate(299)), (None, None));
        pace.note(Some(0));
        assert_eq!(pace.estimate(0), None);
        let unlimited = Pace::new(RateLimit { n: 0, within: Duration::from_secs(1) });
        assert_eq!(unlimited.estimate(5000), None);
    }

    #[test]
    fn journal_counts_only_with_a_queue() {
        let journal = Fill { n_waiting: 900, ..Fill::default() };
        assert_eq!([(0, false), (5, false), (5, true)].map(|(n, shared)| n_waiting(n, journal, shared)), [0, 900, 5]);
    }
}
