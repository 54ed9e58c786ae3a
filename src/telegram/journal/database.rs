//! Open database of the journal: its connection, the leases of replicas, and a file that is made anew where it is gone.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use sqlx::{AnyConnection, Connection, Row};
use tracing::warn;
use url::Url;

use super::migrations::migrate;
use super::note::Note;
use super::opening::{beside, connect, keep_private, lock};
use super::{LEASE, millis, now};
use crate::config::JournalLocation;
use crate::metrics::Fill;

/// Time for which the numbers of updates and answers are kept.
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Open database of a journal.
pub(super) struct Database {
    pub(super) connection: AnyConnection,
    address: String,
    file: Option<PathBuf>,
    /// The bot whose journal it is.
    bot: String,
    /// Held as long as the journal is open, so that no second process answers the same updates.
    lock: Option<File>,
    /// Number of this replica; 0 where no other shares the journal.
    pub(super) replica: i64,
    is_synchronous: Option<bool>,
    /// Set when the content of a file that is gone stands in the file beside it, and in no other.
    is_copied: bool,
    last_clearing: i64,
    /// Offset of the clock of a shared database from ours: replicas must agree on who is alive until when.
    clock_offset: i64,
    /// Time of our last heartbeat, by that clock.
    last_heartbeat: i64,
    /// Time until which those count as alive who were at this other time: when none could give a heartbeat.
    grace: (i64, i64),
}

impl Database {
    /// Opens the journal of a bot; `was_out_of_reach` until now, perhaps for others too.
    pub(super) async fn open(
        location: &JournalLocation,
        bot: &str,
        was_out_of_reach: bool,
    ) -> anyhow::Result<(Self, Fill)> {
        sqlx::any::install_default_drivers();
        let (address, file, lock) = match location {
            JournalLocation::Postgres(address) => (address.clone(), None, None),
            JournalLocation::File(path) => {
                let path = std::path::absolute(path)?;
                let lock = lock(&path)?;
                keep_private(&path);
                let url = Url::from_file_path(&path).map_err(|()| anyhow::anyhow!("no path of a file"))?;
                (format!("sqlite://{}?mode=rwc", url.path()), Some(path), Some(lock))
            }
        };
        let mut connection = connect(&address, file.is_some()).await?;
        migrate(&mut connection, file.is_some(), bot).await?;
        let replica = if file.is_some() { 0 } else { replica() };
        let bot = bot.to_owned();
        let clock_offset = if file.is_some() { 0 } else { clock_offset(&mut connection).await? };
        let now = now() + clock_offset;
        let mut database = Self {
            connection,
            address,
            file,
            bot,
            lock,
            replica,
            is_synchronous: Some(true),
            is_copied: false,
            last_clearing: 0,
            clock_offset,
            last_heartbeat: now,
            // Since when is not known, so whoever ever was alive may be.
            grace: if was_out_of_reach { (0, now + millis(LEASE)) } else { (0, 0) },
        };
        let fill = database.maintenance().await?;
        Ok((database, fill))
    }

    pub(super) fn is_shared(&self) -> bool {
        self.file.is_none()
    }

    /// Gives an overdue heartbeat: others may hold us dead, and we them.
    pub(super) async fn renew_lease(&mut self) -> anyhow::Result<()> {
        if self.is_shared() && self.is_overdue(self.now()) {
            self.maintenance().await?;
        }
        Ok(())
    }

    /// Writes notes in one transaction.
    pub(super) async fn write(&mut self, notes: &[Note]) -> anyhow::Result<()> {
        let mut transaction = self.connection.begin().await?;
        for note in notes {
            note.write(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    fn now(&self) -> i64 {
        now() + self.clock_offset
    }

    /// Returns the time that the lease of a living replica reaches.
    pub(super) fn alive_from(&self) -> i64 {
        let now = self.now();
        let (at, until) = self.grace;
        if now < until { at } else { now }
    }

    /// Tells whether our last heartbeat is so long ago that the next is missing, and others may be held dead who are not.
    fn is_overdue(&self, now: i64) -> bool {
        now - self.last_heartbeat > millis(LEASE) / 2
    }

    /// Lets the next transactions wait for the disk, or not: those reach it with the next that do, which maintenance does too.
    pub(super) async fn synchronise(&mut self, is_durable: bool) -> anyhow::Result<()> {
        if self.is_synchronous == Some(is_durable) {
            return Ok(());
        }
        // Nobody knows where this is aborted.
        self.is_synchronous = None;
        let statement = match (self.is_shared(), is_durable) {
            (true, true) => "SET synchronous_commit = on",
            (true, false) => "SET synchronous_commit = off",
            (false, true) => "PRAGMA synchronous = FULL",
            (false, false) => "PRAGMA synchronous = NORMAL",
        };
        sqlx::query(statement).execute(&mut self.connection).await?;
        self.is_synchronous = Some(is_durable);
        Ok(())
    }

    /// Gives a heartbeat, deletes what is past its time, and returns the fill level.
    pub(super) async fn maintenance(&mut self) -> anyhow::Result<Fill> {
        if self.is_file_gone() {
            self.reopen().await?;
            bail!("its file was deleted, and is made anew with what was in it");
        }
        self.synchronise(true).await?;
        if self.is_shared() {
            self.clock_offset = clock_offset(&mut self.connection).await?;
        }
        let now = self.now();
        if self.is_overdue(now) {
            // The database was out of reach, for the others too as far as we know: each has the time to say that it is alive
            // and what it has answered meanwhile before its chats are taken over.
            self.grace = (self.last_heartbeat, now + millis(LEASE));
        }
        let mut transaction = self.connection.begin().await?;
        sqlx::query(
            "INSERT INTO replicas (replica, alive_until) VALUES ($1, $2)
             ON CONFLICT (replica) DO UPDATE SET alive_until = excluded.alive_until",
        )
        .bind(self.replica)
        .bind(now + millis(LEASE))
        .execute(&mut *transaction)
        .await?;
        let before = now - millis(RETENTION);
        for statement in [
            "DELETE FROM seen WHERE taken_at < $1",
            "DELETE FROM answers WHERE sent_at < $1",
            "DELETE FROM lanes WHERE replica NOT IN (SELECT replica FROM replicas WHERE alive_until >= $1)",
            "DELETE FROM replicas WHERE alive_until < $1",
        ] {
            sqlx::query(statement).bind(before).execute(&mut *transaction).await?;
        }
        let row = sqlx::query("SELECT COUNT(*), COALESCE(MIN(taken_at), $1) FROM waiting")
            .bind(now)
            .fetch_one(&mut *transaction)
            .await?;
        let (n_waiting, oldest): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        transaction.commit().await?;
        self.last_heartbeat = now;
        if now - self.last_clearing > 60_000 || (n_waiting == 0 && now - self.last_clearing > 10_000) {
            self.clear_traces().await?;
            self.last_clearing = now;
        }
        Ok(Fill {
            n_waiting: u64::try_from(n_waiting).unwrap_or_default(),
            oldest: Duration::from_millis(u64::try_from(now - oldest).unwrap_or_default()),
            n_bytes: self.n_bytes().await?,
        })
    }

    /// Removes what deleted questions leave behind: SQLite's log of pages, PostgreSQL's dead rows.
    async fn clear_traces(&mut self) -> anyhow::Result<()> {
        let statement = if self.is_shared() { "VACUUM waiting" } else { "PRAGMA wal_checkpoint(TRUNCATE)" };
        sqlx::query(statement).execute(&mut self.connection).await?;
        Ok(())
    }

    async fn n_bytes(&mut self) -> anyhow::Result<u64> {
        let Some(path) = &self.file else {
            let row = sqlx::query("SELECT pg_total_relation_size('waiting')").fetch_one(&mut self.connection).await?;
            return Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default());
        };
        let size = |path: &Path| std::fs::metadata(path).map(|file| file.len()).unwrap_or_default();
        Ok(size(path) + size(&beside(path, "-wal")))
    }

    /// Makes a file anew that was deleted: what was in it can be read for as long as it is open.
    async fn restore(&mut self, path: &Path) -> anyhow::Result<()> {
        if !beside(path, ".lock").exists() {
            self.lock = Some(lock(path)?);
        }
        let copy = beside(path, ".new");
        // Once the connection is closed the copy is all that is left, should the rest have to be tried again.
        if !self.is_copied {
            let name = copy.to_str().context("its name is no text")?.to_owned();
            remove(&copy)?;
            keep_private(&copy);
            sqlx::query("VACUUM INTO $1").bind(name).execute(&mut self.connection).await?;
            // Closed first, because SQLite then deletes by their names the files beside it, which must not be those of the new
            // one.
            let nothing = AnyConnection::connect("sqlite::memory:").await?;
            let old = std::mem::replace(&mut self.connection, nothing);
            self.is_copied = true;
            old.close().await?;
        }
        for ending in ["-wal", "-shm"] {
            remove(&beside(path, ending))?;
        }
        std::fs::rename(&copy, path)?;
        self.is_copied = false;
        Ok(())
    }

    /// Tells whether its file was deleted or moved away, so that only the open connection still has what was in it.
    fn is_file_gone(&self) -> bool {
        self.file.as_ref().is_some_and(|path| !path.exists())
    }

    /// Connects anew after a fault, to what may be another database by now.
    pub(super) async fn reopen(&mut self) -> anyhow::Result<()> {
        if let Some(path) = self.file.clone().filter(|_| self.is_file_gone()) {
            self.restore(&path).await.context("its file was deleted, and could not be made anew")?;
            keep_private(&path);
        }
        let mut connection = connect(&self.address, self.file.is_some()).await?;
        migrate(&mut connection, self.file.is_some(), &self.bot).await?;
        self.connection = connection;
        self.is_synchronous = Some(true);
        Ok(())
    }

    /// Ends our lease, so that other replicas need not wait for it, and leaves no traces behind.
    pub(super) async fn close(mut self) {
        let replica = self.replica;
        let bye = async {
            self.synchronise(true).await?;
            for statement in ["DELETE FROM lanes WHERE replica = $1", "DELETE FROM replicas WHERE replica = $1"] {
                sqlx::query(statement).bind(replica).execute(&mut self.connection).await?;
            }
            self.clear_traces().await?;
            self.connection.close().await?;
            anyhow::Ok(())
        };
        if let Err(error) = bye.await {
            warn!("the journal was not closed as it should be: {error:#}");
        }
    }
}

/// Returns the milliseconds by which the clock of a PostgreSQL is ahead of ours.
async fn clock_offset(connection: &mut AnyConnection) -> anyhow::Result<i64> {
    let query = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
    let theirs: i64 = sqlx::query(query).fetch_one(connection).await?.try_get(0)?;
    Ok(theirs - now())
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Returns a random number other than 0, which no other replica has.
fn replica() -> i64 {
    use std::hash::{BuildHasher, RandomState};
    i64::from_ne_bytes(RandomState::new().hash_one((std::process::id(), now())).to_ne_bytes()) | 1
}
