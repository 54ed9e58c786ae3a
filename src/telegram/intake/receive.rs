//! Receiver of updates from polling and webhook: decodes them, writes them to the journal and puts them into their lane.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::metrics::{Metrics, UpdateLabels};
use crate::telegram::answering::{Answering, Held, Job, Lanes};
use crate::telegram::journal::{Entry, Insertion, Journal, JournalUnavailable, Overflow, Waiting};
use crate::telegram::update::{self, Asker, Decoder, Event, IncomingKind};

/// Maximum number of times that processing an update is started: one that crashed the process so often would do so again.
const MAX_TRIES: i64 = 3;

/// Maximum number of updates that are written at once after the journal couldn't be: as many as Telegram hands out in one poll,
/// so that a distant database has the time.
const MAX_OVERFLOW_BATCH: usize = 100;

/// Receiver of updates.
pub(crate) struct Receiver {
    decoder: Arc<Decoder>,
    journal: Arc<Journal>,
    lanes: Arc<Lanes<Job>>,
    answering: Arc<Answering>,
    tasks: TaskTracker,
    metrics: Arc<Metrics>,
    overflow: Overflow,
}

impl Receiver {
    pub(crate) fn new(
        decoder: Arc<Decoder>,
        journal: Arc<Journal>,
        lanes: Arc<Lanes<Job>>,
        answering: Arc<Answering>,
        tasks: TaskTracker,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { decoder, journal, lanes, answering, tasks, metrics, overflow: Overflow::default() }
    }

    /// Receives updates; those not addressed to the bot are dropped. [`Receiver::may_confirm`] tells when to confirm them.
    pub(crate) async fn receive(&self, raws: &[Value]) {
        let since = Instant::now();
        let mut entries = Vec::new();
        let mut events = Vec::new();
        for raw in raws {
            let Some(update) = update::id(raw) else {
                warn!("an update without an id was skipped");
                continue;
            };
            if self.overflow.knows(update) {
                // Telegram sends it again because it is not confirmed.
                continue;
            }
            self.migrate(raw);
            self.metrics.updates.get_or_create(&UpdateLabels { kind: update::metrics_kind(raw) }).inc();
            let event = match self.decoder.decode(raw) {
                Some(Event::Inline(query)) => {
                    let answering = Arc::clone(&self.answering);
                    self.tasks.spawn(async move { answering.answer_inline(*query).await });
                    continue;
                }
                Some(Event::Guest(query)) => {
                    let answering = Arc::clone(&self.answering);
                    self.tasks.spawn(async move { answering.answer_guest(*query).await });
                    continue;
                }
                Some(Event::Reacted(reacted)) => {
                    let answering = Arc::clone(&self.answering);
                    self.tasks.spawn(async move { answering.react(*reacted).await });
                    continue;
                }
                // The supergroup that a group has become; there the bot has said how to ask.
                Some(Event::Message(incoming))
                    if incoming.kind == IncomingKind::Joined && self.lanes.is_migrated(incoming.asker.chat) =>
                {
                    continue;
                }
                Some(event) => event,
                None => continue,
            };
            entries.push(match event.incoming() {
                Some(incoming) => Entry { update, asker: incoming.asker, raw: raw.to_string() },
                // Written too, so that it is acknowledged once; it has no text to keep.
                None => Entry { update, asker: Asker::default(), raw: "{}".to_owned() },
            });
            events.push(event);
        }
        if !entries.is_empty() {
            let entries: Arc<[Entry]> = entries.into();
            let inserted = self.journal.insert(Arc::clone(&entries)).await;
            for (n, event) in events.into_iter().enumerate() {
                let inserted = inserted.as_ref().map(|inserted| inserted[n]).map_err(|fault| *fault);
                self.receive_one(&entries[n], event, inserted, since);
            }
            if inserted.is_err() {
                return;
            }
        }
        self.persist_overflow().await;
    }

    /// Puts an update into its lane, unless it is answered elsewhere.
    fn receive_one(
        &self,
        entry: &Entry,
        event: Event,
        inserted: Result<Insertion, JournalUnavailable>,
        since: Instant,
    ) {
        let overflow_guard = match inserted {
            Ok(Insertion::Duplicate) => {
                info!("a duplicate update was skipped");
                self.metrics.duplicates.inc();
                return;
            }
            Ok(Insertion::Ours | Insertion::OtherReplica) => None,
            Err(JournalUnavailable) => match self.overflow.add(entry) {
                Some(work) => {
                    self.metrics.unjournaled.inc();
                    Some(work)
                }
                None => return,
            },
        };
        if let Event::Rated(tap, rated) = event {
            let answering = Arc::clone(&self.answering);
            self.tasks.spawn(async move { answering.rate(tap, *rated).await });
            self.journal.finish(entry.update);
            return;
        }
        let (tap, incoming) = event.into_parts();
        let acknowledgement = tap.map(|tap| {
            let (answering, chat, is_out_of_date) = (Arc::clone(&self.answering), entry.asker.chat, incoming.is_none());
            let (done, acknowledgement) = oneshot::channel();
            self.tasks.spawn(async move {
                answering.acknowledge(chat, tap, is_out_of_date).await;
                // Nobody may wait for it.
                _ = done.send(());
            });
            acknowledgement
        });
        let update = entry.update;
        let Some(incoming) = incoming else {
            self.journal.finish(update);
            return;
        };
        if inserted == Ok(Insertion::OtherReplica) {
            return;
        }
        let (chat, must_keep) = (incoming.asker.chat, overflow_guard.is_some());
        let now_chat = self.lanes.chat(chat);
        if now_chat != chat {
            self.journal.move_chat(chat, now_chat);
        }
        let job = Job { overflow_guard, acknowledgement, ..Job::new(update, incoming, since) };
        self.lanes.push(chat, job, must_keep);
    }

    /// Tells whether an update may be confirmed: it is in the journal or needs no entry. If the journal can't be written, waits for
    /// the answer, at most `until` then.
    pub(crate) async fn may_confirm(&self, raw: &Value, until: tokio::time::Instant) -> bool {
        let work_on = || update::id(raw).and_then(|update| self.overflow.work_on(update));
        match work_on() {
            Some(work) => tokio::time::timeout_at(until, work.wait()).await.is_ok() || work_on().is_none(),
            None => true,
        }
    }

    /// Writes updates to the journal that were received while it couldn't be written.
    pub(crate) async fn persist_overflow(&self) {
        for entries in self.overflow.entries().chunks(MAX_OVERFLOW_BATCH) {
            if self.journal.insert(entries.into()).await.is_err() {
                return;
            }
            info!(n_updates = entries.len(), "updates received without the journal are written to it now");
            for entry in entries {
                if self.overflow.forget(entry.update) {
                    self.journal.finish(entry.update);
                }
            }
        }
    }

    /// Returns the number of updates that are neither answered nor in the journal.
    pub(crate) fn n_overflowing(&self) -> usize {
        self.overflow.n_under_way()
    }

    /// Applies the migration of a group to a supergroup, if the update announces one.
    fn migrate(&self, raw: &Value) {
        if let Some((old, new)) = update::migration(raw) {
            info!("a group has become a supergroup");
            self.lanes.migrate(old, new, || self.journal.move_chat(old, new));
        }
    }

    /// Takes up what waits from before the start, before newer updates are received.
    ///
    /// Long texts in groups are decoded first: the rest of one may be among the newer updates, and is read as such only after it.
    pub(crate) async fn resume(&self) {
        for raw in self.journal.newest_in_groups(update::MAX_LONG_TEXTS).await.unwrap_or_default() {
            // Its lane decodes it once more when it answers it.
            _ = self.decoder.decode(&raw);
        }
        self.adopt_orphans(Duration::ZERO).await;
    }

    /// Claims orphans that have waited in the journal for some time, and wakes their lanes.
    pub(crate) async fn adopt_orphans(&self, waiting_for: Duration) {
        self.persist_overflow().await;
        for chat in self.journal.claim(waiting_for).await.unwrap_or_default() {
            self.lanes.wake(chat);
        }
    }
}

/// Loads pending jobs of a chat from the journal, without those `held` and those of users who wait for their rate limit; expired
/// ones are finished unanswered.
///
/// Returns `None` when there are none. If nothing is held either, the claim on the chat is released.
pub(crate) async fn load(
    journal: Arc<Journal>,
    decoder: Arc<Decoder>,
    metrics: Arc<Metrics>,
    chat: i64,
    limit: usize,
    held: Held,
) -> Result<Option<Vec<Job>>, JournalUnavailable> {
    let Held { numbers, people } = held;
    let mut waiting = journal.next(chat, limit + numbers.len(), &people).await?;
    waiting.retain(|waiting| !numbers.contains(&waiting.update));
    if waiting.is_empty() {
        let is_over = !numbers.is_empty() || journal.release(chat).await?;
        return Ok((!is_over).then(Vec::new));
    }
    let mut jobs = Vec::new();
    for Waiting { update, raw, age, n_tries, n_sent, was_sending } in waiting {
        // Expired only by Telegram's clock too: the local clock may have been wrong at the receipt.
        let time_lived = time_since(&raw).map_or(age, |since| since.min(age));
        match decoder.decode(&raw).and_then(|event| event.into_parts().1) {
            Some(mut incoming) if time_lived <= incoming.time_to_live() => {
                // The chat differs from the update's if the group has migrated meanwhile.
                incoming.migrate_to(chat);
                if was_sending {
                    warn!("a message may be sent twice: it was in flight when the bot stopped");
                    metrics.uncertain.inc();
                }
                let is_from_before = journal.is_from_before(age);
                if is_from_before {
                    metrics.replayed.inc();
                }
                let since = Instant::now().checked_sub(time_lived).unwrap_or_else(Instant::now);
                let is_poison = n_tries >= MAX_TRIES;
                jobs.push(Job { n_sent, is_from_before, is_poison, ..Job::new(update, incoming, since) });
            }
            Some(_) => {
                info!("an update was too old to be answered");
                metrics.expired.inc();
                journal.finish(update);
            }
            None => journal.finish(update),
        }
    }
    Ok(Some(jobs))
}

/// Returns the age of the message of an update, if it has one.
fn time_since(raw: &Value) -> Option<Duration> {
    let written = UNIX_EPOCH.checked_add(Duration::from_secs(update::written_at(raw)?))?;
    Some(SystemTime::now().duration_since(written).unwrap_or_default())
}
