//! Operations of the journal, in statements that SQLite and PostgreSQL both understand.
//!
//! An operation whose outcome is needed is waited for; the others leave a [`Note`]. Where replicas share the journal an update is
//! ours while this replica has claimed its chat in the table `lanes`; replica 0 shares it with nobody and owns all.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Connection, Row};

use super::database::Database;
use super::note::Note;
use super::{Answered, AskerState, Earlier, Entry, Insertion, Journal, JournalUnavailable, Waiting, millis, now};
use crate::language::Language;
use crate::telegram::update::Asker;

impl Journal {
    /// Writes updates in one transaction and waits until they are on disk; tells for each what became of it.
    pub(crate) async fn insert(&self, entries: Arc<[Entry]>) -> Result<Vec<Insertion>, JournalUnavailable> {
        let inserted = self.run(move |database| insert(database, Arc::clone(&entries)).boxed()).await?;
        self.set_fault(None);
        Ok(inserted)
    }

    /// Counts an attempt on an update, before work on it begins.
    pub(crate) async fn record_attempt(&self, update: i64) {
        let statement = "UPDATE waiting SET n_tries = n_tries + 1 WHERE update_id = $1";
        self.note([Note::new(statement, &[update])]);
        // Should this fail, the count of tries is too low, which harms nothing.
        _ = self.written().await;
    }

    /// Marks an update before a message of its answer is sent; `false` when the update is no longer ours.
    ///
    /// Whatever ends the process from here on was not the work on it, so its tries are forgotten.
    pub(crate) async fn begin_sending(&self, update: i64) -> Result<bool, JournalUnavailable> {
        let mut guard = MarkGuard { journal: self, update, is_armed: true };
        let marked = self.run(move |database| mark(database, update).boxed()).await;
        guard.is_armed = false;
        marked
    }

    /// Removes the mark of an update whose message did not go out, and is not on its way.
    pub(crate) fn clear_sending(&self, update: i64) {
        self.note([Note::new("UPDATE waiting SET is_sending = 0 WHERE update_id = $1", &[update])]);
    }

    /// Resets the count of attempts on an update that is still ours, and removes its mark.
    pub(crate) fn reset_attempts(&self, update: i64) {
        let statement = "UPDATE waiting SET is_sending = 0, n_tries = 0 WHERE update_id = $1 AND ($2 = 0 OR
                         EXISTS (SELECT 1 FROM lanes WHERE lanes.chat = waiting.chat AND lanes.replica = $2))";
        self.note([Note::new(statement, &[update, self.replica])]);
    }

    /// Records that a message was sent. Its number at Telegram tells a note that is written again.
    pub(crate) fn sent(&self, answered: &Answered) {
        let Answered { update, chat, question, answer, ref releases, text_hash } = *answered;
        let statement = "INSERT INTO answers (update_id, chat, question, answer, sent_at, text_hash, releases)
                         SELECT $1, $2, $3, $4, $5, $6, $7 WHERE $4 = 0 OR NOT EXISTS
                         (SELECT 1 FROM answers WHERE update_id = $1 AND answer = $4)";
        let numbers = [update, chat, question, answer, now(), text_hash];
        self.note([Note::new(statement, &numbers).with_text(releases.join(" "))]);
        self.clear_sending(update);
    }

    /// Deletes an update that is answered or needs no answer.
    pub(crate) fn finish(&self, update: i64) {
        self.note([Note::new("DELETE FROM waiting WHERE update_id = $1", &[update])]);
    }

    /// Returns the messages that answered a question last, in order, but for those that answer this update.
    pub(crate) async fn answers_to(
        &self,
        chat: i64,
        question: i64,
        update: i64,
    ) -> Result<Vec<Earlier>, JournalUnavailable> {
        self.run(move |database| answers_to(&mut database.connection, chat, question, update).boxed()).await
    }

    /// Returns the releases that one of our messages of the last 24 hours was about.
    pub(crate) async fn releases_of(&self, chat: i64, answer: i64) -> Result<Vec<String>, JournalUnavailable> {
        self.run(move |database| releases_of(&mut database.connection, chat, answer).boxed()).await
    }

    /// Returns what is known of a person in a chat: of their last answer, if it is not older than `memory`.
    pub(crate) async fn asker_state(&self, asker: Asker, memory: Duration) -> Result<AskerState, JournalUnavailable> {
        self.run(move |database| asker_state(&mut database.connection, asker, memory).boxed()).await
    }

    /// Keeps the language a person chose in a chat, or forgets it.
    pub(crate) fn keep_language(&self, asker: Asker, language: Option<Language>) {
        let Asker { chat, person } = asker;
        let note = match language {
            Some(language) => {
                let statement = "INSERT INTO languages (chat, person, language) VALUES ($1, $2, $3)
                                 ON CONFLICT (chat, person) DO UPDATE SET language = excluded.language";
                Note::new(statement, &[chat, person]).with_text(language.code().to_owned())
            }
            None => Note::new("DELETE FROM languages WHERE chat = $1 AND person = $2", &[chat, person]),
        };
        self.note([note]);
    }

    /// Gives everything that belongs to a chat to the chat it has become.
    pub(crate) fn move_chat(&self, old: i64, new: i64) {
        let statements = [
            "UPDATE waiting SET chat = $2 WHERE chat = $1",
            "DELETE FROM languages WHERE chat = $2 AND person IN (SELECT person FROM languages WHERE chat = $1)",
            "UPDATE languages SET chat = $2 WHERE chat = $1",
            "UPDATE answers SET chat = $2 WHERE chat = $1",
        ];
        self.note(statements.map(|statement| Note::new(statement, &[old, new])));
    }

    /// Returns the next updates of a chat that wait, oldest first, without those of some people.
    pub(crate) async fn next(
        &self,
        chat: i64,
        limit: usize,
        without: &BTreeSet<i64>,
    ) -> Result<Vec<Waiting>, JournalUnavailable> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let without: String = without.iter().map(|person| format!(",{person},")).collect();
        self.run(move |database| next(database, chat, limit, without.clone()).boxed()).await
    }

    /// Returns the newest updates that wait in groups, oldest first.
    pub(crate) async fn newest_in_groups(&self, limit: usize) -> Result<Vec<Value>, JournalUnavailable> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.run(move |database| newest_in_groups(&mut database.connection, limit).boxed()).await
    }

    /// Claims the chats with updates that have waited for so long and that no living replica works on.
    pub(crate) async fn claim(&self, waiting_for: Duration) -> Result<Vec<i64>, JournalUnavailable> {
        self.run(move |database| claim(database, now() - millis(waiting_for)).boxed()).await
    }

    /// Releases a chat unless more of its updates wait; `false` when they do.
    pub(crate) async fn release(&self, chat: i64) -> Result<bool, JournalUnavailable> {
        self.run(move |database| release(database, chat).boxed()).await
    }

    /// Releases a chat with all that waits there, for another replica to go on with.
    pub(crate) fn leave(&self, chat: i64) {
        self.note([Note::new("DELETE FROM lanes WHERE chat = $1 AND replica = $2", &[chat, self.replica])]);
    }
}

/// Guard of a mark, which is removed where the sending is aborted before its call to Telegram.
struct MarkGuard<'a> {
    journal: &'a Journal,
    update: i64,
    is_armed: bool,
}

impl Drop for MarkGuard<'_> {
    fn drop(&mut self) {
        if self.is_armed {
            self.journal.reset_attempts(self.update);
        }
    }
}

async fn mark(database: &mut Database, update: i64) -> anyhow::Result<bool> {
    let statement = "UPDATE waiting SET is_sending = 1, n_tries = 0 WHERE update_id = $1 AND ($2 = 0 OR
                     EXISTS (SELECT 1 FROM lanes WHERE lanes.chat = waiting.chat AND lanes.replica = $2))";
    let query = sqlx::query(statement).bind(update).bind(database.replica);
    Ok(query.execute(&mut database.connection).await?.rows_affected() > 0)
}

async fn insert(database: &mut Database, entries: Arc<[Entry]>) -> anyhow::Result<Vec<Insertion>> {
    database.synchronise(true).await?;
    let (replica, alive_from, now) = (database.replica, database.alive_from(), now());
    let mut transaction = database.connection.begin().await?;
    let mut is_ours = HashMap::new();
    if replica != 0 {
        // In order of their ids, so that replicas never wait for each other in a circle.
        for chat in entries.iter().map(|entry| entry.asker.chat).collect::<BTreeSet<_>>() {
            is_ours.insert(chat, claim_chat(&mut transaction, chat, replica, alive_from).await?);
        }
    }
    let mut insertions = Vec::with_capacity(entries.len());
    for Entry { update, asker: Asker { chat, person }, raw } in entries.iter() {
        let seen = sqlx::query("INSERT INTO seen (update_id, taken_at) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        if seen.bind(*update).bind(now).execute(&mut *transaction).await?.rows_affected() == 0 {
            insertions.push(Insertion::Duplicate);
            continue;
        }
        sqlx::query(
            "INSERT INTO waiting (update_id, chat, person, taken_at, n_tries, is_sending, raw)
             VALUES ($1, $2, $3, $4, 0, 0, $5) ON CONFLICT DO NOTHING",
        )
        .bind(*update)
        .bind(*chat)
        .bind(*person)
        .bind(now)
        .bind(raw.as_str())
        .execute(&mut *transaction)
        .await?;
        let is_ours = is_ours.get(chat).copied().unwrap_or(true);
        insertions.push(if is_ours { Insertion::Ours } else { Insertion::OtherReplica });
    }
    transaction.commit().await?;
    Ok(insertions)
}

/// Claims a chat unless a living replica has it; tells whether it is ours now.
async fn claim_chat(
    connection: &mut AnyConnection,
    chat: i64,
    replica: i64,
    alive_from: i64,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(
        "INSERT INTO lanes (chat, replica) VALUES ($1, $2) ON CONFLICT (chat) DO UPDATE SET replica =
         CASE WHEN lanes.replica IN (SELECT replica FROM replicas WHERE alive_until >= $3)
         THEN lanes.replica ELSE excluded.replica END RETURNING replica",
    )
    .bind(chat)
    .bind(replica)
    .bind(alive_from)
    .fetch_one(connection)
    .await?;
    Ok(row.try_get::<i64, _>(0)? == replica)
}

async fn claim(database: &mut Database, before: i64) -> anyhow::Result<Vec<i64>> {
    let (replica, alive_from) = (database.replica, database.alive_from());
    let mut transaction = database.connection.begin().await?;
    // What is from the future was taken in before somebody set the clock right.
    let rows = sqlx::query("SELECT DISTINCT chat FROM waiting WHERE taken_at <= $1 OR taken_at > $2 ORDER BY chat")
        .bind(before)
        .bind(now())
        .fetch_all(&mut *transaction)
        .await?;
    let mut chats = Vec::new();
    for row in rows {
        let chat: i64 = row.try_get(0)?;
        if replica == 0 || claim_chat(&mut transaction, chat, replica, alive_from).await? {
            chats.push(chat);
        }
    }
    transaction.commit().await?;
    Ok(chats)
}

async fn release(database: &mut Database, chat: i64) -> anyhow::Result<bool> {
    let replica = database.replica;
    let mut transaction = database.connection.begin().await?;
    if replica != 0 {
        // Holds the row, so that the next statement sees all that others have taken in for this chat.
        let hold = sqlx::query("UPDATE lanes SET replica = replica WHERE chat = $1 AND replica = $2");
        if hold.bind(chat).bind(replica).execute(&mut *transaction).await?.rows_affected() == 0 {
            // What waits there is another's to answer.
            return Ok(true);
        }
    }
    let waits = sqlx::query("SELECT update_id FROM waiting WHERE chat = $1 LIMIT 1");
    let is_over = waits.bind(chat).fetch_optional(&mut *transaction).await?.is_none();
    if replica != 0 && is_over {
        let leave = sqlx::query("DELETE FROM lanes WHERE chat = $1 AND replica = $2");
        leave.bind(chat).bind(replica).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(is_over)
}

async fn asker_state(connection: &mut AnyConnection, asker: Asker, memory: Duration) -> anyhow::Result<AskerState> {
    let row = sqlx::query(
        "SELECT (SELECT language FROM languages WHERE chat = $1 AND person = $2),
         (SELECT releases FROM answers WHERE chat = $1 AND sent_at > $3 ORDER BY sent_at DESC, answer DESC LIMIT 1)",
    )
    .bind(asker.chat)
    .bind(asker.person)
    .bind(now() - millis(memory))
    .fetch_one(connection)
    .await?;
    let (code, ids): (Option<String>, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    let language = code.and_then(|code| Language::from_code(&code));
    // Whom an answer in a group was for is not kept; groups have negative numbers.
    let releases = (asker.chat >= 0).then(|| split(&ids.unwrap_or_default()));
    Ok(AskerState { language, releases })
}

/// Splits the ids of the releases of an answer.
fn split(ids: &str) -> Vec<String> {
    ids.split_whitespace().map(str::to_owned).collect()
}

async fn next(database: &mut Database, chat: i64, limit: i64, without: String) -> anyhow::Result<Vec<Waiting>> {
    let rows = sqlx::query(
        "SELECT update_id, raw, taken_at, n_tries, is_sending,
         (SELECT COUNT(*) FROM answers WHERE answers.update_id = waiting.update_id) AS n_sent
         FROM waiting WHERE chat = $1 AND $2 NOT LIKE '%,' || person || ',%' AND ($3 = 0 OR
         EXISTS (SELECT 1 FROM lanes WHERE lanes.chat = waiting.chat AND lanes.replica = $3))
         ORDER BY update_id LIMIT $4",
    )
    .bind(chat)
    .bind(without)
    .bind(database.replica)
    .bind(limit)
    .fetch_all(&mut database.connection)
    .await?;
    let now = now();
    rows.iter().map(|row| waiting(row, now)).collect()
}

async fn newest_in_groups(connection: &mut AnyConnection, limit: i64) -> anyhow::Result<Vec<Value>> {
    // Groups have negative numbers.
    let rows = sqlx::query("SELECT raw FROM waiting WHERE chat < 0 ORDER BY update_id DESC LIMIT $1")
        .bind(limit)
        .fetch_all(connection)
        .await?;
    rows.iter().rev().map(raw).collect()
}

async fn releases_of(connection: &mut AnyConnection, chat: i64, answer: i64) -> anyhow::Result<Vec<String>> {
    // A message that was edited is about what it says now.
    let query =
        sqlx::query("SELECT releases FROM answers WHERE chat = $1 AND answer = $2 ORDER BY sent_at DESC LIMIT 1");
    let row = query.bind(chat).bind(answer).fetch_optional(connection).await?;
    let ids: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
    Ok(split(&ids.unwrap_or_default()))
}

async fn answers_to(
    connection: &mut AnyConnection,
    chat: i64,
    question: i64,
    update: i64,
) -> anyhow::Result<Vec<Earlier>> {
    let rows = sqlx::query(
        "SELECT answer, text_hash FROM answers WHERE chat = $1 AND question = $2 AND update_id =
         (SELECT update_id FROM answers WHERE chat = $1 AND question = $2 AND update_id <> $3
         ORDER BY sent_at DESC LIMIT 1) ORDER BY answer",
    )
    .bind(chat)
    .bind(question)
    .bind(update)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok(Earlier { answer: row.try_get(0)?, text_hash: row.try_get(1)? })).collect()
}

/// Returns an update. What cannot be read is nothing to anybody, and goes; it must not hold up the others.
fn raw(row: &AnyRow) -> anyhow::Result<Value> {
    let raw: String = row.try_get("raw")?;
    Ok(serde_json::from_str(&raw).unwrap_or_default())
}

fn waiting(row: &AnyRow, now: i64) -> anyhow::Result<Waiting> {
    let taken_at: i64 = row.try_get("taken_at")?;
    Ok(Waiting {
        update: row.try_get("update_id")?,
        raw: raw(row)?,
        age: Duration::from_millis(u64::try_from(now - taken_at).unwrap_or_default()),
        n_tries: row.try_get("n_tries")?,
        n_sent: usize::try_from(row.try_get::<i64, _>("n_sent")?).unwrap_or_default(),
        was_sending: row.try_get::<i64, _>("is_sending")? != 0,
    })
}
