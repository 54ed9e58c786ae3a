//! Opens the database of a journal: connects, and keeps other processes and other people away from its file.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tracing::warn;

use super::errors::Unfit;

/// Timeout of connecting to a database.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeout of a statement in PostgreSQL: it gives up before nobody waits for it any more, and holds nothing locked then.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(4);

/// Connects to a database.
pub(super) async fn connect(address: &str, is_file: bool) -> anyhow::Result<AnyConnection> {
    let connecting = AnyConnection::connect(address);
    let mut connection = match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(connection) => connection?,
        Err(_) => bail!("the database does not answer"),
    };
    if is_file {
        for pragma in [
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            // Who waits for longer goes on without it.
            "PRAGMA busy_timeout = 1000",
            // What is deleted is overwritten, so that no question can be read from the file afterwards.
            "PRAGMA secure_delete = ON",
            "PRAGMA journal_size_limit = 4194304",
            // Else pages that a statement changes, with questions on them, may go through a file in the folder for such.
            "PRAGMA temp_store = MEMORY",
            // Half a megabyte: what is read is what was written just before.
            "PRAGMA cache_size = -512",
        ] {
            sqlx::query(pragma).execute(&mut connection).await?;
        }
    } else {
        let statement = format!("SET statement_timeout = {}", STATEMENT_TIMEOUT.as_millis());
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// Keeps other processes away from a journal; the lock goes with this process, however it ends. A named pipe is refused, because
/// opening it waits for whoever reads it.
pub(super) fn lock(path: &Path) -> anyhow::Result<File> {
    if std::fs::metadata(path).is_ok_and(|file| !file.is_file()) {
        bail!(Unfit::NotRegular);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("could not make the folder {}", folder.display()))?;
    }
    let lock = File::create(beside(path, ".lock")).context("could not write in its folder")?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!(Unfit::InUse),
        Err(TryLockError::Error(error)) => Err(error).context("could not lock it"),
    }
}

/// Lets nobody but its owner read a journal's file, which is made if it is missing, and those beside it.
///
/// SQLite gives the files that it makes beside it the same permissions.
pub(super) fn keep_private(path: &Path) {
    // Where it can't be made or written, SQLite says why.
    _ = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    for ending in ["", "-wal", "-shm", ".lock"] {
        let path = beside(path, ending);
        let Ok(file) = std::fs::metadata(&path) else { continue };
        // One from before may be readable by all.
        if file.permissions().mode() & 0o077 != 0
            && let Err(error) = std::fs::set_permissions(&path, Permissions::from_mode(0o600))
        {
            warn!("others may read the journal's file {}: {error}", path.display());
        }
    }
}

/// Returns the path of a file beside the journal's.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
