//! Migrations of the schema, which are the files in `migrations`: one is never changed once it was released.
//!
//! SQLite and PostgreSQL both understand them. A journal from before `_sqlx_migrations` tells its version in `schema_version`;
//! what it has had so far is marked as applied there. Each migration keeps that number up to date, for older programs to read.

use anyhow::bail;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection, Row, SqlSafeStr};

use super::errors::Unfit;

/// Migrations in order; the number of each is its place here.
const MIGRATIONS: [(&str, &str); 7] = [
    ("first", include_str!("migrations/0001_first.sql")),
    ("releases of answers", include_str!("migrations/0002_releases_of_answers.sql")),
    ("answers by message", include_str!("migrations/0003_answers_by_message.sql")),
    ("bot", include_str!("migrations/0004_bot.sql")),
    ("answers by chat", include_str!("migrations/0005_answers_by_chat.sql")),
    ("person of waiting", include_str!("migrations/0006_person_of_waiting.sql")),
    ("edited questions", include_str!("migrations/0007_edited_questions.sql")),
];

/// Number of the newest migration.
const NEWEST: i64 = MIGRATIONS.len() as i64;

/// Brings the schema up to date and makes a fresh journal that of this bot, in one transaction.
///
/// Nothing is written to what is up to date, because it may be locked or its disk full.
pub(super) async fn migrate(connection: &mut AnyConnection, is_file: bool, bot: &str) -> anyhow::Result<()> {
    let mut transaction = connection.begin().await?;
    if !is_file {
        // Replicas start at the same time, and "if not exists" alone is no protection against that.
        sqlx::query("SELECT pg_advisory_xact_lock(7307)").execute(&mut *transaction).await?;
    }
    sqlx::query("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        .execute(&mut *transaction)
        .await?;
    let row = sqlx::query("SELECT version FROM schema_version").fetch_optional(&mut *transaction).await?;
    let migrator = migrator();
    if let Some(row) = row {
        match row.try_get(0)? {
            applied @ 1..=NEWEST => migrator.run_direct(Some(applied), &mut *transaction, true).await.map_err(unfit)?,
            schema if schema > NEWEST => bail!(Unfit::Newer { schema, known: NEWEST }),
            schema => bail!(Unfit::Foreign { schema }),
        }
    }
    // Not `run`, whose future the compiler does not see to be `Send`.
    migrator.run_direct(None, &mut *transaction, false).await.map_err(unfit)?;
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

fn migrator() -> Migrator {
    let migrations = (1..).zip(MIGRATIONS).map(|(number, (name, sql))| {
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // The transaction holds a lock of its own, which programs from before `_sqlx_migrations` take too.
    migrator.set_locking(false);
    migrator
}

/// Returns the error of the database behind one of the migrator, or in our words that the journal is not for us.
fn unfit(error: MigrateError) -> anyhow::Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        MigrateError::VersionMissing(schema) => Unfit::Newer { schema, known: NEWEST }.into(),
        MigrateError::VersionMismatch(schema) => Unfit::Foreign { schema }.into(),
        error => error.into(),
    }
}
