//! Journal: updates that were received and are not answered yet, so that nothing is lost when the bot is killed.
//!
//! An update is written here before it is confirmed to Telegram and deleted once it is answered. Beside that the journal
//! keeps small state: the languages people chose and, for 24 hours, which updates came in and which message answers which
//! question, about which releases (numbers and ids only). It is an SQLite file, or a PostgreSQL that several replicas share.
//!
//! `operations` run one after the other on one connection: SQLite has one writer, and what was noted before is seen after. A
//! journal that can't be written is reported by [`Journal::fault`]; a [`Note`] is written again until that works.

mod database;
mod errors;
mod migrations;
mod note;
mod opening;
mod operations;
mod overflow;

use std::collections::VecDeque;
use std::future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::Notify;
use tracing::{error, info, warn};

use self::database::Database;
use self::note::Note;
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
    /// Hash of the question; 0 where it cannot be edited.
    pub(crate) text_hash: i64,
}

/// Message of an earlier answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// Message that answers; 0 where Telegram did not tell.
    pub(crate) answer: i64,
    /// Hash of the question as it was answered.
    pub(crate) text_hash: i64,
}

/// State of a person in a chat.
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

/// Journal of a bot.
pub(crate) struct Journal {
    /// `None` once the journal is closed.
    database: tokio::sync::Mutex<Option<Database>>,
    /// Notes that are not written yet, oldest first.
    notes: Mutex<VecDeque<Note>>,
    /// Notified when there are some.
    noted: Notify,
    status: Mutex<Status>,
    /// Number of this replica; 0 where no other shares the journal.
    replica: i64,
    opened: Instant,
}

/// Status of the database.
struct Status {
    fault: Option<String>,
    /// Set when it took too long or is locked: it holds nobody up any more, and each maintenance tries it anew.
    is_silent: bool,
    fill: Fill,
}

/// Waits between attempts to reach the database at start.
const INITIAL_BACKOFF: Duration = Duration::from_millis(500);
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Lease of a replica: the time for which it counts as alive after its last heartbeat.
pub(crate) const LEASE: Duration = Duration::from_secs(10);

/// Maximum number of notes in one transaction.
const BATCH: usize = 512;

/// Maximum number of notes that are kept while the journal can't be written: some megabytes.
const MAX_NOTES: usize = 100_000;

/// Time between two rounds of maintenance: heartbeat, expiry, fill level.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(3);

/// Timeout of an operation, after which answers go on without the journal: a slow one, and nobody waits for long.
///
/// Timed one by one under the load of `cargo bench --bench soak -- throughput`, on a busy machine with two cores, 99.9% of 12,000
/// transactions on an SQLite file took up to 41 ms and the longest 88 ms: a disk fifty times as slow is no fault yet.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);

/// Wait before the second attempt at an operation.
const RETRY_DELAY: Duration = Duration::from_millis(100);

impl Journal {
    /// Opens the journal of a bot, or makes it; brings its schema up to date.
    ///
    /// What can pass is waited for: a PostgreSQL that can't be reached, a full disk, another process that has it open.
    ///
    /// # Errors
    ///
    /// A [`WrongSetting`] that says what to do: the place can't be written, holds no journal, one of a newer program, or that of
    /// another bot.
    pub(crate) async fn open(location: &JournalLocation, bot: &str, health: &Health) -> anyhow::Result<Self> {
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
        info!("opened the journal {location}");
        Ok(Self {
            replica: database.replica,
            database: tokio::sync::Mutex::new(Some(database)),
            notes: Mutex::default(),
            noted: Notify::new(),
            status: Mutex::new(Status { fault: None, is_silent: false, fill }),
            opened: Instant::now(),
        })
    }

    /// Tells whether other replicas may write it too.
    pub(crate) fn is_shared(&self) -> bool {
        self.replica != 0
    }

    /// Tells whether an update of this age was received before the bot was started.
    pub(crate) fn is_from_before(&self, age: Duration) -> bool {
        age > self.opened.elapsed()
    }

    /// Says in words why the journal can't be written at present.
    pub(crate) fn fault(&self) -> Option<String> {
        self.status().fault.clone()
    }

    /// Returns how full the journal was some seconds ago.
    pub(crate) fn fill(&self) -> Fill {
        self.status().fill
    }

    /// Writes what is left to write and closes the journal.
    pub(crate) async fn close(&self) {
        _ = self.written().await;
        let Some(mut database) = self.database.lock().await.take() else { return };
        // Those that have failed so far, also where the database was silent.
        _ = self.write_notes(&mut database).await;
        database.close().await;
    }

    fn note<const N: usize>(&self, notes: [Note; N]) {
        let mut queue = self.notes();
        if queue.len() < MAX_NOTES {
            queue.extend(notes);
        }
        self.noted.notify_one();
    }

    /// Runs an operation after what was noted before it. A database that doesn't answer holds nobody up for long.
    async fn run<T>(
        &self,
        operation: impl for<'d> Fn(&'d mut Database) -> BoxFuture<'d, anyhow::Result<T>> + Send + Sync,
    ) -> Result<T, JournalUnavailable> {
        if self.status().is_silent {
            return Err(JournalUnavailable);
        }
        let mut database = self.database.lock().await;
        // It may have fallen silent meanwhile.
        let is_silent = self.status().is_silent;
        let Some(database) = database.as_mut().filter(|_| !is_silent) else { return Err(JournalUnavailable) };
        let working = async {
            match self.attempt(database, &operation).await {
                // Once more, because replicas may get into each other's way and connections break. A lock has been waited for.
                Err(error) if !errors::is_locked(&error) && self.status().fault.is_none() => {
                    tokio::time::sleep(RETRY_DELAY).await;
                    database.reopen().await?;
                    self.attempt(database, &operation).await
                }
                result => result,
            }
        };
        self.judge(OPERATION_TIMEOUT, working).await
    }

    /// Waits until the notes are written.
    async fn written(&self) -> Result<(), JournalUnavailable> {
        self.run(|_| future::ready(Ok(())).boxed()).await
    }

    async fn attempt<T>(
        &self,
        database: &mut Database,
        operation: &(impl for<'d> Fn(&'d mut Database) -> BoxFuture<'d, anyhow::Result<T>> + Send + Sync),
    ) -> anyhow::Result<T> {
        database.renew_lease().await?;
        database.synchronise(false).await?;
        self.write_notes(database).await?;
        operation(database).await
    }

    /// Writes the notes; those that are written are taken off, also where there is no time for the others.
    async fn write_notes(&self, database: &mut Database) -> anyhow::Result<()> {
        loop {
            let notes: Vec<Note> = self.notes().iter().take(BATCH).cloned().collect();
            if notes.is_empty() {
                return Ok(());
            }
            database.write(&notes).await?;
            self.notes().drain(..notes.len());
        }
    }

    /// Gives heartbeats, clears up and writes notes, forever.
    pub(crate) async fn maintain(self: Arc<Self>) {
        let mut interval = tokio::time::interval(MAINTENANCE_INTERVAL);
        loop {
            tokio::select! {
                // First, or notes that never end would leave no time for a heartbeat.
                biased;
                _ = interval.tick() => {
                    self.maintain_once().await;
                    // However long it took: operations come in between, and after a fault none waits for one more attempt.
                    interval.reset();
                }
                () = self.noted.notified() => {
                    _ = self.written().await;
                }
            }
        }
    }

    /// Gives a heartbeat and clears up, on a new connection after a fault, and writes the notes.
    async fn maintain_once(&self) {
        let mut database = self.database.lock().await;
        let Some(database) = database.as_mut() else { return };
        let (is_after_fault, timeout) = match &*self.status() {
            Status { is_silent: true, .. } => (true, MAINTENANCE_INTERVAL),
            Status { fault, .. } => (fault.is_some(), OPERATION_TIMEOUT),
        };
        let working = async {
            if is_after_fault {
                database.reopen().await?;
            }
            let fill = database.maintenance().await?;
            self.write_notes(database).await?;
            anyhow::Ok(fill)
        };
        if let Ok(fill) = self.judge(timeout, working).await {
            let mut status = self.status();
            (status.fill, status.is_silent) = (fill, false);
            drop(status);
            self.set_fault(None);
        }
    }

    /// Waits for work on the database until a timeout, and keeps what its failure says about the database.
    async fn judge<T>(
        &self,
        timeout: Duration,
        working: impl Future<Output = anyhow::Result<T>>,
    ) -> Result<T, JournalUnavailable> {
        let result = tokio::time::timeout(timeout, working).await;
        let is_silent = result.is_err();
        result.unwrap_or_else(|_| Err(anyhow!("the database does not answer"))).map_err(|error| {
            self.status().is_silent = is_silent || errors::is_locked(&error);
            self.set_fault(Some(errors::cause(&error)));
            JournalUnavailable
        })
    }

    fn set_fault(&self, fault: Option<String>) {
        let mut status = self.status();
        match (&status.fault, &fault) {
            (None, Some(fault)) => error!("the journal can't be written, so answers go on without it: {fault}"),
            (Some(_), None) => info!("the journal can be written again"),
            _ => {}
        }
        status.fault = fault;
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notes(&self) -> MutexGuard<'_, VecDeque<Note>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    async fn open() -> (Journal, SqliteConnection, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let address = format!("sqlite://{}", path.display());
        let journal = Journal::open(&JournalLocation::File(path), "4242", &Health::default()).await.unwrap();
        (journal, SqliteConnection::connect(&address).await.unwrap(), folder)
    }

    async fn n_answers(connection: &mut SqliteConnection) -> i64 {
        sqlx::query("SELECT COUNT(*) FROM answers").fetch_one(connection).await.unwrap().get(0)
    }

    fn answered(answer: i64) -> Answered {
        Answered { update: 1, chat: 1, question: 1, answer, releases: Vec::new(), text_hash: 0 }
    }

    #[tokio::test]
    async fn notes_of_a_locked_journal_are_written_later_once_each() {
        let (journal, mut other, _folder) = open().await;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let n_notes = i64::try_from(BATCH).unwrap() + 1;
        for answer in 1..=n_notes {
            journal.sent(&answered(answer));
        }
        assert_eq!(journal.release(1).await, Err(JournalUnavailable));
        assert_eq!(journal.fault().as_deref(), Some("database is locked"));
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
        journal.maintain_once().await;
        assert_eq!((journal.fault(), n_answers(&mut other).await), (None, n_notes));
        // As where nobody knows whether a transaction went through.
        journal.sent(&answered(1));
        journal.close().await;
        assert_eq!(n_answers(&mut other).await, n_notes);
        assert_eq!(journal.release(1).await, Err(JournalUnavailable));
    }

    #[tokio::test]
    async fn mark_of_an_aborted_sending_is_removed() {
        let (journal, mut other, _folder) = open().await;
        let entry = Entry { update: 1, asker: Asker::default(), raw: "{}".to_owned() };
        assert_eq!(journal.insert([entry].into()).await, Ok(vec![Insertion::Ours]));
        assert_eq!(journal.begin_sending(1).await, Ok(true));
        // Aborted while it waits for another operation. One that SQLite's thread works on may end within a single poll.
        let operation = journal.database.lock().await;
        assert_eq!(journal.begin_sending(1).now_or_never(), None);
        drop(operation);
        journal.close().await;
        let row = sqlx::query("SELECT is_sending FROM waiting").fetch_one(&mut other).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), 0);
    }
}
