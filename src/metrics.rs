//! Metrics for operators, in the text format of Prometheus. Labels come from enums only, never from users' text.

use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// All metrics; clones share the counts.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Updates received, by kind.
    pub updates: Family<UpdateLabels, Counter>,
    /// Updates received again.
    pub duplicates: Counter,
    /// Updates received while the journal could not be written.
    pub unjournaled: Counter,
    /// Calls of the webhook without its secret.
    pub webhook_unauthorized: Counter,
    /// Updates too old to be answered.
    pub expired: Counter,
    /// Updates loaded from the journal that were received before the start.
    pub replayed: Counter,
    /// Messages that may have been sent twice, because the result of an attempt is unknown.
    pub uncertain: Counter,
    /// Questions and commands answered, by surface, language and outcome.
    pub questions: Family<QuestionLabels, Counter>,
    /// Ratings of answers by their readers, by verdict, and by outcome and kind of the answer.
    pub ratings: Family<RatingLabels, Counter>,
    /// Time from the receipt of a question until its answer was sent.
    pub answer: Histogram,
    /// Jobs waiting in lanes.
    pub lane_depth: Gauge,
    /// Messages by outcome.
    pub sends: Family<SendLabels, Counter>,
    /// Retries of messages.
    pub retries: Counter,
    /// Waits for a limit, by its owner.
    pub waits: Family<WaitLabels, Counter>,
    /// Seconds waited for a limit, by its owner.
    pub waited: Family<WaitLabels, Counter<f64, std::sync::atomic::AtomicU64>>,
    /// Failures that cost an update its answer, by kind.
    pub failures: Family<FailureLabels, Counter>,
}

/// Fill level of the journal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fill {
    /// Number of pending updates.
    pub n_waiting: u64,
    /// Age of the oldest pending update.
    pub oldest: Duration,
    /// Size on disk in bytes.
    pub n_bytes: u64,
}

/// Labels of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct UpdateLabels {
    /// Its kind.
    pub kind: UpdateKind,
}

/// Kind of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the names of variants are the values of labels")]
pub enum UpdateKind {
    /// A message.
    message,
    /// An edit of a message.
    edited_message,
    /// A tap on a button.
    callback_query,
    /// Words typed behind the bot's name in any chat.
    inline_query,
    /// A message in a chat that the bot is no member of.
    guest_message,
    /// A reaction to a message.
    message_reaction,
    /// Anything else.
    other,
}

/// Labels of a question.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct QuestionLabels {
    /// Surface on which it was asked.
    pub surface: &'static str,
    /// Language of the reply: one of the locales.
    pub language: String,
    /// Outcome of the answer.
    pub outcome: &'static str,
}

/// Labels of a rating of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RatingLabels {
    /// Verdict of the reader.
    pub verdict: String,
    /// Outcome of the answer.
    pub outcome: String,
    /// Kind of the answer.
    pub kind: String,
}

/// Labels of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct SendLabels {
    /// Outcome of the delivery.
    pub result: SendResult,
}

/// Outcome of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the names of variants are the values of labels")]
pub enum SendResult {
    /// Delivered.
    sent,
    /// The bot cannot write to the chat: blocked, kicked, deactivated.
    closed,
    /// Telegram refused the message because of a bug in pressdesk.
    refused,
    /// Not delivered by its deadline or within the maximum number of attempts.
    given_up,
}

/// Labels of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct WaitLabels {
    /// Owner of the limit.
    pub limit: LimitKind,
}

/// Owner of a limit that was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the names of variants are the values of labels")]
pub enum LimitKind {
    /// Rate limit of a person.
    person,
    /// Telegram's published rate limits.
    pace,
    /// Wait requested by Telegram (retry after).
    telegram,
}

/// Labels of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FailureLabels {
    /// Kind of the failure.
    pub kind: FailureKind,
}

/// Kind of a failure that costs an update its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the names of variants are the values of labels")]
pub enum FailureKind {
    /// A panic.
    panic,
    /// A request that did not end.
    stuck,
    /// An update that crashed the process too often.
    poison,
    /// An update that could not be decoded.
    unreadable,
}

impl Default for Metrics {
    fn default() -> Self {
        // From a fast answer by keywords to one that waited for Telegram's limits.
        let buckets = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0];
        let metrics = Self {
            updates: Family::default(),
            duplicates: Counter::default(),
            unjournaled: Counter::default(),
            webhook_unauthorized: Counter::default(),
            expired: Counter::default(),
            replayed: Counter::default(),
            uncertain: Counter::default(),
            questions: Family::default(),
            ratings: Family::default(),
            answer: Histogram::new(buckets),
            lane_depth: Gauge::default(),
            sends: Family::default(),
            retries: Counter::default(),
            waits: Family::default(),
            waited: Family::default(),
            failures: Family::default(),
        };
        // All series start at 0: Prometheus sees no increase in a series that appears with 1, and alerts would miss it.
        for kind in [UpdateKind::message, UpdateKind::callback_query, UpdateKind::other] {
            drop(metrics.updates.get_or_create(&UpdateLabels { kind }));
        }
        for result in [SendResult::sent, SendResult::closed, SendResult::refused, SendResult::given_up] {
            drop(metrics.sends.get_or_create(&SendLabels { result }));
        }
        for limit in [LimitKind::person, LimitKind::pace, LimitKind::telegram] {
            drop(metrics.waits.get_or_create(&WaitLabels { limit }));
            drop(metrics.waited.get_or_create(&WaitLabels { limit }));
        }
        for kind in [FailureKind::panic, FailureKind::stuck, FailureKind::poison, FailureKind::unreadable] {
            drop(metrics.failures.get_or_create(&FailureLabels { kind }));
        }
        metrics
    }
}

impl Metrics {
    /// Counts a wait for a limit, unless it is zero.
    pub fn record_wait(&self, limit: LimitKind, time: Duration) {
        if !time.is_zero() {
            let labels = WaitLabels { limit };
            self.waits.get_or_create(&labels).inc();
            self.waited.get_or_create(&labels).inc_by(time.as_secs_f64());
        }
    }

    /// Counts a failure that costs an update its answer.
    pub fn record_failure(&self, kind: FailureKind) {
        self.failures.get_or_create(&FailureLabels { kind }).inc();
    }

    /// Returns the failures that are reported to operators, with their counts.
    #[must_use]
    pub fn failure_counts(&self) -> Vec<(&'static str, u64)> {
        let failed = |kind: FailureKind| self.failures.get_or_create(&FailureLabels { kind }).get();
        let sends = |result: SendResult| self.sends.get_or_create(&SendLabels { result }).get();
        vec![
            ("questions that ended in a panic", failed(FailureKind::panic)),
            ("questions that did not end", failed(FailureKind::stuck)),
            ("questions that crashed the bot", failed(FailureKind::poison)),
            ("answers that Telegram refused", sends(SendResult::refused)),
            ("answers that were abandoned", sends(SendResult::given_up)),
        ]
    }

    /// Encodes all metrics in the text format of Prometheus.
    #[must_use]
    pub fn to_text(&self, journal: Fill) -> String {
        let mut registry = Registry::with_prefix("pressdesk");
        registry.register("updates", "Updates received, by kind", self.updates.clone());
        registry.register("duplicate_updates", "Updates received again", self.duplicates.clone());
        let help = "Updates received while the journal could not be written";
        registry.register("unjournaled_updates", help, self.unjournaled.clone());
        let help = "Calls of the webhook without its secret";
        registry.register("webhook_unauthorized", help, self.webhook_unauthorized.clone());
        // Name until 0.1, exported for dashboards and alerts until the next release.
        let help = "Deprecated name of pressdesk_webhook_unauthorized_total";
        registry.register("webhook_strangers", help, self.webhook_unauthorized.clone());
        registry.register("expired_updates", "Updates too old to be answered", self.expired.clone());
        registry.register(
            "replayed_updates",
            "Updates loaded from the journal that were received before the start",
            self.replayed.clone(),
        );
        registry.register(
            "uncertain_sends",
            "Messages that may have been sent twice, because the result of an attempt is unknown",
            self.uncertain.clone(),
        );
        let help = "Questions and commands answered, by surface, language and outcome";
        registry.register("questions", help, self.questions.clone());
        let help = "Ratings of answers by their readers, by verdict, and by outcome and kind of the answer";
        registry.register("ratings", help, self.ratings.clone());
        let help = "Time from the receipt of a question until its answer was sent";
        registry.register_with_unit("answer", help, Unit::Seconds, self.answer.clone());
        registry.register("lane_depth", "Jobs waiting in lanes", self.lane_depth.clone());
        registry.register("sends", "Messages by outcome", self.sends.clone());
        registry.register("send_retries", "Retries of messages", self.retries.clone());
        registry.register("limit_waits", "Waits for a limit, by its owner", self.waits.clone());
        let help = "Time waited for a limit, by its owner";
        registry.register_with_unit("limit_wait", help, Unit::Seconds, self.waited.clone());
        registry.register("failures", "Failures that cost an update its answer, by kind", self.failures.clone());
        let gauge = |value: u64| {
            let gauge = Gauge::<i64>::default();
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
            gauge
        };
        registry.register("journal_entries", "Updates pending in the journal", gauge(journal.n_waiting));
        let help = "Age of the oldest update pending in the journal";
        registry.register_with_unit("journal_age", help, Unit::Seconds, gauge(journal.oldest.as_secs()));
        registry.register_with_unit("journal_size", "Size of the journal", Unit::Bytes, gauge(journal.n_bytes));
        let help = "Resident memory of the process";
        registry.register_with_unit("memory", help, Unit::Bytes, gauge(resident_memory()));
        let mut text = String::new();
        text::encode(&mut text, &registry).expect("a string takes any text");
        text
    }
}

/// Returns the resident memory of the process in bytes; 0 if the system does not report it.
fn resident_memory() -> u64 {
    // Linux only; pages have 4 KiB on every platform of the container.
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * 4096
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_in_the_text_format_of_prometheus() {
        let metrics = Metrics::default();
        metrics.updates.get_or_create(&UpdateLabels { kind: UpdateKind::callback_query }).inc();
        metrics.record_wait(LimitKind::person, Duration::from_millis(1500));
        metrics.webhook_unauthorized.inc();
        metrics.answer.observe(0.004);
        let text = metrics.to_text(Fill { n_waiting: 3, ..Fill::default() });
        for line in [
            "# TYPE pressdesk_updates counter",
            "pressdesk_updates_total{kind=\"callback_query\"} 1",
            "pressdesk_limit_wait_seconds_total{limit=\"person\"} 1.5",
            "pressdesk_answer_seconds_bucket{le=\"0.005\"} 1",
            "pressdesk_webhook_unauthorized_total 1",
            "pressdesk_webhook_strangers_total 1",
            "pressdesk_journal_entries 3",
            "pressdesk_failures_total{kind=\"panic\"} 0",
        ] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
    }
}
