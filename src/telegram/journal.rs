//! Journal: updates that were received and are not answered yet, so that nothing is lost when the bot is killed.
//!
//! An update is written here before it is confirmed to Telegram and deleted once it is answered. Beside that the journal
//! keeps small state: the languages people chose and, for 24 hours, which updates came in and which message answers which
//! question, about which releases (numbers and ids only). It is an SQLite file, or a PostgreSQL that several replicas share.
//!
//! One task writes, everything that waits in one transaction: a busy bot pays for one sync to disk per batch. A journal
//! that can't be written is reported by `Journal::fault`; what was to be deleted is tried again until it works.

mod claims;
mod database;
mod errors;
mod opening;
mod orders;
mod overflow;
mod schema;
mod statements;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use self::database::Database;
use self::orders::Order;
pub(crate) use self::overflow::{Overflow, OverflowGuard};
use super::WrongSetting;
use super::backoff::Backoff;
use super::update::Asker;
use crate::config::JournalLocation;
use crate::health::{Health, HealthCheck};
use crate::language::Language;
use crate::metrics::Fill;

/// Update on its way into the journal.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) update: i64,
    pub(crate) asker: Asker,
    /// Update as it came in, as JSON.
    pub(crate) raw: String,
}

/// Outcome of inserting an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Insertion {
    /// New, and ours to answer.
    Ours,
    /// New, and answered by the replica that has claimed the chat.
    OtherReplica,
    /// Inserted before, within the last 24 hours.
    Duplicate,
}

/// Update that waits in the journal.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) update: i64,
    pub(crate) raw: Value,
    /// Time since it was received.
    pub(crate) age: Duration,
    /// Number of attempts by bots that were started after it was received.
    pub(crate) n_tries: i64,
    /// Number of messages of its answer that went out.
    pub(crate) n_sent: usize,
    /// Set when a message was being sent as work on it ended; nobody knows whether it arrived.
    pub(crate) was_sending: bool,
}

/// Message of an answer that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) update: i64,
    pub(crate) chat: i64,
    /// Message that asked.
    pub(crate) question: i64,
    /// Message that answers; 0 where Telegram did not tell.
    pub(crate) answer: i64,
    /// Releases that the conversation is about with this answer.
    pub(crate) releases: Vec<String>,
}

/// WriterState of a person in a chat.
#[derive(Debug)]
pub(crate) struct AskerState {
    /// Language that they chose.
    pub(crate) language: Option<Language>,
    /// Releases that their conversation is about; `None` in a group, of which that is not kept.
    pub(crate) releases: Option<Vec<String>>,
}

/// Error of a journal that can't be read or written at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal can't be written")]
pub(crate) struct JournalUnavailable;

/// Handle to the journal; clones share it.
#[derive(Clone)]
pub(crate) struct Journal {
    orders: mpsc::UnboundedSender<Order>,
    state: Arc<WriterState>,
    is_shared: bool,
    opened: Instant,
}

/// WriterState of the writing task that others see.
#[derive(Default)]
struct WriterState {
    fault: Mutex<Option<String>>,
    fill: Mutex<Fill>,
}

/// Waits between attempts to reach the database at start.
const INITIAL_BACKOFF: Duration = Duration::from_millis(500);
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Lease of a replica: the time for which it counts as alive after its last heartbeat.
pub(crate) const LEASE: Duration = Duration::from_secs(10);

impl Journal {
    /// Opens the journal of a bot, or makes it; brings its schema up to date. The task that is returned ends after
    /// [`Journal::close`].
    ///
    /// What can pass is waited for: a PostgreSQL that can't be reached, a full disk, another process that has it open.
    ///
    /// # Errors
    ///
    /// A [`WrongSetting`] that says what to do: the place can't be written, holds no journal, one of a newer program, or that of
    /// another bot.
    pub(crate) async fn open(
        location: &JournalLocation,
        bot: &str,
        health: &Health,
    ) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let (mut backoff, mut was_out_of_reach) = (Backoff::new(INITIAL_BACKOFF, MAX_BACKOFF), false);
        let (database, fill) = loop {
            let error = match Database::open(location, bot, was_out_of_reach).await {
                Ok(opened) => break opened,
                Err(error) => error,
            };
            let error = errors::at_start(&error, location);
            if error.is::<WrongSetting>() {
                return Err(error);
            }
            let wait = backoff.next_wait();
            warn!(wait_ms = wait.as_millis(), "{error}");
            health.set(HealthCheck::Start, Some(error.to_string()));
            was_out_of_reach = true;
            tokio::time::sleep(wait).await;
        };
        let (orders, incoming) = mpsc::unbounded_channel();
        let state = Arc::new(WriterState { fill: Mutex::new(fill), ..WriterState::default() });
        info!("opened the journal {location}");
        let writing = tokio::spawn(write(database, incoming, Arc::clone(&state)));
        let is_shared = matches!(location, JournalLocation::Postgres(_));
        Ok((Self { orders, state, is_shared, opened: Instant::now() }, writing))
    }

    /// Tells whether other replicas may write it too.
    pub(crate) fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Tells whether an update of this age was received before the bot was started.
    pub(crate) fn is_from_before(&self, age: Duration) -> bool {
        age > self.opened.elapsed()
    }

    /// Writes updates and waits until they are on disk; tells for each what became of it.
    pub(crate) async fn insert(&self, entries: Arc<[Entry]>) -> Result<Vec<Insertion>, JournalUnavailable> {
        self.ask(|reply| Order::Insert { entries, reply }).await
    }

    /// Notes that work on an update is begun once more, before it is.
    pub(crate) async fn record_attempt(&self, update: i64) {
        // Should this fail, the count of tries is too low, which harms nothing.
        let _ = self.ask(|reply| Order::RecordAttempt { update, reply }).await;
    }

    /// Notes that a message of an answer is about to be sent; `false` when the update is no longer ours.
    ///
    /// Whatever ends the process from here on was not the work on it, so its tries are forgotten.
    pub(crate) async fn begin_sending(&self, update: i64) -> Result<bool, JournalUnavailable> {
        self.ask(|reply| Order::BeginSending { update, reply }).await
    }

    /// Notes that the message did not go out after all, and is not on its way.
    pub(crate) fn clear_sending(&self, update: i64) {
        self.tell(Order::ClearSending { update });
    }

    /// Resets the count of attempts on an update that is still ours, and removes its mark.
    ///
    /// One order that nobody waits for, so that a bot that is halted leaves no mark.
    pub(crate) fn reset_attempts(&self, update: i64) {
        self.tell(Order::ResetAttempts { update });
    }

    /// Notes that a message was sent.
    pub(crate) fn sent(&self, answered: Answered) {
        self.tell(Order::Sent(answered));
    }

    /// Returns the releases that one of our messages of the last 24 hours was about.
    pub(crate) async fn releases_of(&self, chat: i64, answer: i64) -> Result<Vec<String>, JournalUnavailable> {
        self.ask(|reply| Order::ReleasesOf { chat, answer, reply }).await
    }

    /// Deletes an update that is answered or needs no answer.
    pub(crate) fn finish(&self, update: i64) {
        self.tell(Order::Finish { update });
    }

    /// Returns the next updates of a chat that wait, oldest first, without those of some people.
    pub(crate) async fn next(
        &self,
        chat: i64,
        limit: usize,
        without: BTreeSet<i64>,
    ) -> Result<Vec<Waiting>, JournalUnavailable> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let without = without.into_iter().collect();
        self.ask(|reply| Order::Next { chat, limit, without, reply }).await
    }

    /// Releases a chat unless more of its updates wait; `false` when they do.
    pub(crate) async fn release(&self, chat: i64) -> Result<bool, JournalUnavailable> {
        self.ask(|reply| Order::Release { chat, reply }).await
    }

    /// Releases a chat with all that waits there, for another replica to go on with.
    pub(crate) fn leave(&self, chat: i64) {
        self.tell(Order::Leave { chat });
    }

    /// Claims the chats with updates that have waited for so long and that no living replica works on.
    pub(crate) async fn claim(&self, waiting_for: Duration) -> Result<Vec<i64>, JournalUnavailable> {
        let before = now() - millis(waiting_for);
        self.ask(|reply| Order::Claim { before, reply }).await
    }

    /// Returns what is known of a person in a chat: of their last answer, if it is not older than `memory`.
    pub(crate) async fn asker_state(&self, asker: Asker, memory: Duration) -> Result<AskerState, JournalUnavailable> {
        let since = now() - millis(memory);
        self.ask(|reply| Order::AskerState { asker, since, reply }).await
    }

    /// Keeps the language a person chose in a chat, or forgets it.
    pub(crate) fn keep_language(&self, asker: Asker, language: Option<Language>) {
        self.tell(Order::KeepLanguage { asker, language });
    }

    /// Gives everything that belongs to a chat to the chat it has become.
    pub(crate) fn move_chat(&self, old: i64, new: i64) {
        self.tell(Order::MoveChat { old, new });
    }

    /// Says in words why the journal can't be written at present.
    pub(crate) fn fault(&self) -> Option<String> {
        self.state.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how full the journal was some seconds ago.
    pub(crate) fn fill(&self) -> Fill {
        *self.state.fill.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is left to write and closes the journal.
    pub(crate) async fn close(&self) {
        let _ = self.ask(|reply| Order::Close { reply }).await;
    }

    fn tell(&self, order: Order) {
        // The task is gone only when the process is about to be.
        let _ = self.orders.send(order);
    }

    async fn ask<T>(&self, order: impl FnOnce(Responder<T>) -> Order) -> Result<T, JournalUnavailable> {
        let (reply, answer) = oneshot::channel();
        self.tell(order(reply));
        answer.await.unwrap_or(Err(JournalUnavailable))
    }
}

/// Channel for the answer to an order.
type Responder<T> = oneshot::Sender<Result<T, JournalUnavailable>>;

/// Maximum number of orders in one transaction.
const BATCH: usize = 512;

/// Maximum number of deletions and notes that are kept for later while the journal can't be written: some megabytes.
const MAX_DEFERRED: usize = 100_000;

/// Time between two rounds of maintenance: heartbeat, expiry, fill level.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(3);

/// Timeout of a batch, after which answers go on without the journal: a slow one, and nobody waits for long.
///
/// Timed one by one under the load of `cargo bench --bench soak -- throughput`, on a busy machine with two cores, 99.9% of 12,000
/// transactions on an SQLite file took up to 41 ms and the longest 88 ms: a disk fifty times as slow is no fault yet.
const BATCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Carries out orders until one closes the journal.
async fn write(mut database: Database, mut incoming: mpsc::UnboundedReceiver<Order>, state: Arc<WriterState>) {
    let mut maintenance = tokio::time::interval(MAINTENANCE_INTERVAL);
    // What could not be written and nobody waits for; it goes first when the journal can be written again.
    let mut deferred: Vec<Order> = Vec::new();
    let mut orders = Vec::new();
    // A database that took too long or is locked holds nobody up any more; with each maintenance it is tried anew.
    let mut is_silent = false;
    loop {
        let is_maintenance = tokio::select! {
            // First, or orders that never end would leave no time for a sign of life.
            biased;
            _ = maintenance.tick() => true,
            n = incoming.recv_many(&mut orders, BATCH) => {
                if n == 0 {
                    return;
                }
                false
            }
        };
        let is_last = orders.iter().any(|order| matches!(order, Order::Close { .. }));
        let mut batch = std::mem::take(&mut deferred);
        batch.append(&mut orders);
        // Reading proves nothing about writing.
        let is_proof = is_maintenance || batch.iter().any(Order::is_durable);
        let mut fault = state.fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !is_silent || is_maintenance {
            let limit = if is_silent { MAINTENANCE_INTERVAL } else { BATCH_TIMEOUT };
            let working = async {
                if is_maintenance {
                    maintain(&mut database, fault.is_some(), &state).await?;
                }
                carry_out(&mut database, &mut batch).await
            };
            let done = tokio::time::timeout(limit, working).await;
            is_silent = match &done {
                Ok(Ok(())) => false,
                Ok(Err(error)) => errors::is_locked(error),
                Err(_) => true,
            };
            match done {
                Ok(Ok(())) if is_proof => fault = None,
                Ok(Ok(())) => {}
                Ok(Err(error)) => fault = Some(errors::cause(&error)),
                Err(_) => fault = Some("the database does not answer".to_owned()),
            }
            if is_maintenance || is_silent {
                // However long it took: orders come in between, and after a fault none of them waits for one more attempt.
                maintenance.reset();
            }
        }
        // What was carried out is no longer there.
        for order in batch {
            deferred.extend(order.refuse());
        }
        deferred.truncate(MAX_DEFERRED);
        let mut known = state.fault.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*known, &fault) {
            (None, Some(fault)) => error!("the journal can't be written, so answers go on without it: {fault}"),
            (Some(_), None) => info!("the journal can be written again"),
            _ => {}
        }
        *known = fault;
        if is_last {
            break;
        }
    }
    database.close().await;
}

/// Gives the sign of life and clears up, on a new connection after a fault.
async fn maintain(database: &mut Database, is_after_fault: bool, state: &WriterState) -> anyhow::Result<()> {
    if is_after_fault {
        database.reopen().await?;
    }
    *state.fill.lock().unwrap_or_else(PoisonError::into_inner) = database.maintenance().await?;
    Ok(())
}

/// Carries out what waits, in as many transactions as it takes; what is done is taken off.
async fn carry_out(database: &mut Database, batch: &mut Vec<Order>) -> anyhow::Result<()> {
    while !batch.is_empty() {
        match database.carry_out(batch).await {
            Ok(()) => continue,
            // It has been waited for already.
            Err(error) if errors::is_locked(&error) => return Err(error),
            Err(_) => {}
        }
        // Once more, because replicas may get into each other's way and connections break.
        tokio::time::sleep(Duration::from_millis(100)).await;
        database.reopen().await?;
        database.carry_out(batch).await?;
    }
    Ok(())
}

/// Returns the time in milliseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(millis).unwrap_or_default()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Row, SqliteConnection};

    use super::*;

    #[tokio::test]
    async fn deferred_orders_are_written_in_batches() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let (mut database, _) = Database::open(&JournalLocation::File(path.clone()), "4242", false).await.unwrap();
        let note = |update| Order::Sent(Answered { update, chat: 1, question: 1, answer: 1, releases: Vec::new() });
        let mut deferred: Vec<Order> = (0..2 * BATCH + 1).map(|n| note(i64::try_from(n).unwrap())).collect();
        database.carry_out(&mut deferred).await.unwrap();
        assert_eq!(deferred.len(), BATCH + 1);
        // As where the time for the others is up.
        database.reopen().await.unwrap();
        carry_out(&mut database, &mut deferred).await.unwrap();
        assert!(deferred.is_empty());
        let mut journal = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        let n_answers = sqlx::query("SELECT COUNT(*) FROM answers").fetch_one(&mut journal).await.unwrap();
        assert_eq!(n_answers.get::<i64, _>(0), 2 * 512 + 1);
    }
}
