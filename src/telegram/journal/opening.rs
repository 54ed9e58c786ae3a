//! Opens the database of a journal: a file for this process alone, a schema up to date, of this bot.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use tracing::warn;

use super::errors::Unfit;
use super::schema::VERSIONS;

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

/// Brings the schema up to date, one version after the other, and makes a fresh journal that of this bot.
pub(super) async fn migrate(connection: &mut AnyConnection, is_file: bool, bot: &str) -> anyhow::Result<()> {
    let mut transaction = connection.begin().await?;
    if !is_file {
        // Replicas start at the same time, and "if not exists" alone is no protection against that.
        sqlx::query("SELECT pg_advisory_xact_lock(7307)").execute(&mut *transaction).await?;
    }
    sqlx::query("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        .execute(&mut *transaction)
        .await?;
    let version: Option<i64> = sqlx::query("SELECT version FROM schema_version")
        .fetch_optional(&mut *transaction)
        .await?
        .map(|row| row.try_get(0))
        .transpose()?;
    let (schema, known) = (version.unwrap_or_default(), i64::try_from(VERSIONS.len())?);
    let Some(missing) = usize::try_from(schema).ok().and_then(|n_done| VERSIONS.get(n_done..)) else {
        bail!(if schema > known { Unfit::Newer { schema, known } } else { Unfit::Foreign { schema } });
    };
    for version in missing {
        for statement in *version {
            sqlx::query(*statement).execute(&mut *transaction).await?;
        }
    }
    // Nothing is written to what is up to date, because it may be locked or its disk full.
    if !missing.is_empty() {
        let statement = match version {
            Some(_) => "UPDATE schema_version SET version = $1",
            None => "INSERT INTO schema_version (version) VALUES ($1)",
        };
        sqlx::query(statement).bind(known).execute(&mut *transaction).await?;
    }
    match sqlx::query("SELECT id FROM bot").fetch_optional(&mut *transaction).await? {
        None => _ = sqlx::query("INSERT INTO bot (id) VALUES ($1)").bind(bot).execute(&mut *transaction).await?,
        Some(owner) => {
            let theirs: String = owner.try_get(0)?;
            if theirs != bot {
                bail!(Unfit::OfAnotherBot { theirs, ours: bot.to_owned() });
            }
        }
    }
    transaction.commit().await?;
    Ok(())
}
