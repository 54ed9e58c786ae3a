//! The queries of the journal, one text of each for SQLite and PostgreSQL.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection, Row};
use tracing::warn;
use url::Url;

use super::opening::{beside, connect, lock, migrate};
use super::{Answered, BATCH, Entry, Known, LEASE, Reply, Taken, Unwritable, Waiting, millis, now};
use crate::config::Place;
use crate::language::Language;
use crate::metrics::Fill;
use crate::telegram::from_telegram::Asker;

/// How long the numbers of updates and answers are kept.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);

/// Something to do, and where its answer goes.
pub(super) enum Order {
    Take { entries: Arc<[Entry]>, reply: Reply<Vec<Taken>> },
    TryAgain { update: i64, reply: Reply<bool> },
    BeginSending { update: i64, reply: Reply<bool> },
    Landed { update: i64 },
    Sent(Answered),
    Finish { update: i64 },
    Shown { chat: i64, answer: i64, reply: Reply<Vec<String>> },
    Next { chat: i64, limit: i64, reply: Reply<Vec<Waiting>> },
    Release { chat: i64, reply: Reply<bool> },
    Leave { chat: i64 },
    Claim { before: i64, reply: Reply<Vec<i64>> },
    Known { asker: Asker, since: i64, reply: Reply<Known> },
    KeepLanguage { asker: Asker, language: Option<Language> },
    MoveChat { old: i64, new: i64 },
    Close { reply: Reply<()> },
}

impl Order {
    /// Tells who waits for it that it failed; returns it when nobody does, so that it can be tried again.
    pub(super) fn refuse(self) -> Option<Self> {
        // Who has stopped waiting needs no answer.
        match self {
            Self::Take { reply, .. } => _ = reply.send(Err(Unwritable)),
            Self::TryAgain { reply, .. } | Self::BeginSending { reply, .. } | Self::Release { reply, .. } => {
                _ = reply.send(Err(Unwritable));
            }
            Self::Next { reply, .. } => _ = reply.send(Err(Unwritable)),
            Self::Claim { reply, .. } => _ = reply.send(Err(Unwritable)),
            Self::Known { reply, .. } => _ = reply.send(Err(Unwritable)),
            Self::Shown { reply, .. } => _ = reply.send(Err(Unwritable)),
            Self::Close { reply } => _ = reply.send(Err(Unwritable)),
            Self::Landed { .. }
            | Self::Sent(_)
            | Self::Finish { .. }
            | Self::Leave { .. }
            | Self::KeepLanguage { .. }
            | Self::MoveChat { .. } => return Some(self),
        }
        None
    }

    /// Tells whether it notes how far one update is: those that stand together are written by one statement of each kind.
    fn is_note(&self) -> bool {
        matches!(
            self,
            Self::TryAgain { .. }
                | Self::BeginSending { .. }
                | Self::Landed { .. }
                | Self::Sent(_)
                | Self::Finish { .. }
        )
    }

    /// Tells whether it must outlive a loss of power; the others need only outlive the process.
    pub(super) fn is_durable(&self) -> bool {
        matches!(self, Self::Take { .. } | Self::KeepLanguage { .. } | Self::MoveChat { .. } | Self::Close { .. })
    }
}

/// An open journal.
pub(super) struct Database {
    connection: AnyConnection,
    address: String,
    file: Option<PathBuf>,
    /// The bot whose journal it is.
    bot: String,
    /// Held as long as the journal is open, so that no second process answers the same updates.
    lock: Option<File>,
    replica: i64,
    is_synchronous: bool,
    /// Whether what was in a file that is gone stands in the file beside it, and in no other.
    is_copied: bool,
    last_clearing: i64,
    /// When we gave our last sign of life.
    last_sign: i64,
    /// Until when those count as alive who were at this other time: when none could give a sign.
    grace: (i64, i64),
}

/// Who carries out an order.
#[derive(Clone, Copy)]
struct Us {
    replica: i64,
    /// Whether there may be other replicas.
    is_shared: bool,
    /// A replica whose last sign of life lasts until then is alive.
    alive_from: i64,
}

impl Database {
    /// Opens the journal of a bot; `was_out_of_reach` until now, perhaps for others too.
    pub(super) async fn open(place: &Place, bot: &str, was_out_of_reach: bool) -> anyhow::Result<(Self, Fill)> {
        sqlx::any::install_default_drivers();
        let (address, file, lock) = match place {
            Place::Postgres(address) => (address.clone(), None, None),
            Place::File(path) => {
                let path = std::path::absolute(path)?;
                let lock = lock(&path)?;
                let url = Url::from_file_path(&path).map_err(|()| anyhow::anyhow!("no path of a file"))?;
                (format!("sqlite://{}?mode=rwc", url.path()), Some(path), Some(lock))
            }
        };
        let mut connection = connect(&address, file.is_some()).await?;
        migrate(&mut connection, file.is_some(), bot).await?;
        let replica = replica();
        let bot = bot.to_owned();
        let mut database = Self {
            connection,
            address,
            file,
            bot,
            lock,
            replica,
            is_synchronous: true,
            is_copied: false,
            last_clearing: 0,
            last_sign: now(),
            // Since when is not known, so whoever ever was alive may be.
            grace: if was_out_of_reach { (0, now() + millis(LEASE)) } else { (0, 0) },
        };
        let fill = database.upkeep().await?;
        Ok((database, fill))
    }

    fn is_shared(&self) -> bool {
        self.file.is_none()
    }

    /// Carries out the first orders in one transaction, in order, and answers them when it is through. Takes them off then.
    pub(super) async fn carry_out(&mut self, orders: &mut Vec<Order>) -> anyhow::Result<()> {
        if self.is_shared() && self.is_overdue(now()) {
            // Others may hold us dead, and we them.
            self.upkeep().await?;
        }
        let mut rest = &orders[..orders.len().min(BATCH)];
        let is_durable = rest.iter().any(Order::is_durable);
        self.synchronise(is_durable).await?;
        let us = self.us();
        let mut transaction = self.connection.begin().await?;
        if us.is_shared && !is_durable {
            sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *transaction).await?;
        }
        let mut outcomes = Vec::with_capacity(rest.len());
        while let Some(order) = rest.first() {
            let n_notes = rest.iter().take_while(|order| order.is_note()).count();
            if n_notes > 0 {
                let (notes, after) = rest.split_at(n_notes);
                outcomes.extend(write_notes(&mut transaction, notes, us).await?);
                rest = after;
            } else {
                outcomes.push(carry_out(&mut transaction, order, us).await?);
                rest = &rest[1..];
            }
        }
        transaction.commit().await?;
        for (order, outcome) in orders.drain(..outcomes.len()).zip(outcomes) {
            answer(order, outcome);
        }
        Ok(())
    }

    fn us(&self) -> Us {
        let now = now();
        let (at, until) = self.grace;
        let alive_from = if now < until { at } else { now };
        Us { replica: self.replica, is_shared: self.is_shared(), alive_from }
    }

    /// Tells whether our last sign of life is so long ago that the next is missing, and others may be held dead who are not.
    fn is_overdue(&self, now: i64) -> bool {
        now - self.last_sign > millis(LEASE) / 2
    }

    /// Lets SQLite wait for the disk, or not; PostgreSQL is told so in each transaction.
    async fn synchronise(&mut self, is_durable: bool) -> anyhow::Result<()> {
        if self.is_shared() || self.is_synchronous == is_durable {
            return Ok(());
        }
        let pragma = if is_durable { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
        sqlx::query(pragma).execute(&mut self.connection).await?;
        self.is_synchronous = is_durable;
        Ok(())
    }

    /// Gives a sign of life, forgets what is past its time, and returns how full the journal is.
    pub(super) async fn upkeep(&mut self) -> anyhow::Result<Fill> {
        if self.is_file_gone() {
            self.reopen().await?;
            bail!("its file was deleted, and is made anew with what was in it");
        }
        self.synchronise(true).await?;
        let now = now();
        if self.is_overdue(now) {
            // The database was out of reach, for the others too as far as we know: each has the time to say that it is alive
            // and what it has answered meanwhile before its chats are taken over.
            self.grace = (self.last_sign, now + millis(LEASE));
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
        let before = now - millis(MEMORY);
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
        self.last_sign = now;
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
        }
        let mut connection = connect(&self.address, self.file.is_some()).await?;
        migrate(&mut connection, self.file.is_some(), &self.bot).await?;
        self.connection = connection;
        self.is_synchronous = true;
        Ok(())
    }

    /// Says good-bye, so that other replicas need not wait for us, and leaves no traces behind.
    pub(super) async fn close(mut self) {
        let replica = self.replica;
        let bye = async {
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

/// Removes a file, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The answer to an order, before it is given.
enum Outcome {
    Nothing,
    Taken(Vec<Taken>),
    Flag(bool),
    Waiting(Vec<Waiting>),
    Chats(Vec<i64>),
    Known(Known),
    Releases(Vec<String>),
}

fn answer(order: Order, outcome: Outcome) {
    match (order, outcome) {
        (Order::Take { reply, .. }, Outcome::Taken(taken)) => _ = reply.send(Ok(taken)),
        (
            Order::TryAgain { reply, .. } | Order::BeginSending { reply, .. } | Order::Release { reply, .. },
            Outcome::Flag(flag),
        ) => _ = reply.send(Ok(flag)),
        (Order::Next { reply, .. }, Outcome::Waiting(waiting)) => _ = reply.send(Ok(waiting)),
        (Order::Claim { reply, .. }, Outcome::Chats(chats)) => _ = reply.send(Ok(chats)),
        (Order::Known { reply, .. }, Outcome::Known(known)) => _ = reply.send(Ok(known)),
        (Order::Shown { reply, .. }, Outcome::Releases(releases)) => _ = reply.send(Ok(releases)),
        (Order::Close { reply }, _) => _ = reply.send(Ok(())),
        _ => {}
    }
}

async fn carry_out(connection: &mut AnyConnection, order: &Order, us: Us) -> anyhow::Result<Outcome> {
    Ok(match order {
        Order::Take { entries, .. } => Outcome::Taken(take(connection, entries, us).await?),
        Order::Next { chat, limit, .. } => Outcome::Waiting(next(connection, *chat, *limit, us).await?),
        Order::Release { chat, .. } => Outcome::Flag(release(connection, *chat, us).await?),
        Order::Leave { chat } => {
            leave(connection, *chat, us).await?;
            Outcome::Nothing
        }
        Order::Claim { before, .. } => Outcome::Chats(claim(connection, *before, us).await?),
        Order::Known { asker, since, .. } => Outcome::Known(known(connection, *asker, *since).await?),
        Order::KeepLanguage { asker, language: Some(language) } => {
            sqlx::query(
                "INSERT INTO languages (chat, person, language) VALUES ($1, $2, $3)
                 ON CONFLICT (chat, person) DO UPDATE SET language = excluded.language",
            )
            .bind(asker.chat)
            .bind(asker.person)
            .bind(language.code().to_owned())
            .execute(connection)
            .await?;
            Outcome::Nothing
        }
        Order::KeepLanguage { asker, language: None } => {
            sqlx::query("DELETE FROM languages WHERE chat = $1 AND person = $2")
                .bind(asker.chat)
                .bind(asker.person)
                .execute(connection)
                .await?;
            Outcome::Nothing
        }
        Order::MoveChat { old, new } => {
            for statement in [
                "UPDATE waiting SET chat = $2 WHERE chat = $1",
                "DELETE FROM languages WHERE chat = $2 AND person IN (SELECT person FROM languages WHERE chat = $1)",
                "UPDATE languages SET chat = $2 WHERE chat = $1",
                "UPDATE answers SET chat = $2 WHERE chat = $1",
            ] {
                sqlx::query(statement).bind(*old).bind(*new).execute(&mut *connection).await?;
            }
            Outcome::Nothing
        }
        Order::Shown { chat, answer, .. } => {
            let row = sqlx::query("SELECT releases FROM answers WHERE chat = $1 AND answer = $2")
                .bind(*chat)
                .bind(*answer)
                .fetch_optional(connection)
                .await?;
            Outcome::Releases(row.as_ref().map(releases).transpose()?.unwrap_or_default())
        }
        Order::TryAgain { .. }
        | Order::BeginSending { .. }
        | Order::Landed { .. }
        | Order::Sent(_)
        | Order::Finish { .. }
        | Order::Close { .. } => Outcome::Nothing,
    })
}

async fn known(connection: &mut AnyConnection, asker: Asker, since: i64) -> anyhow::Result<Known> {
    let row = sqlx::query("SELECT language FROM languages WHERE chat = $1 AND person = $2")
        .bind(asker.chat)
        .bind(asker.person)
        .fetch_optional(&mut *connection)
        .await?;
    let code: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
    let language = code.and_then(|code| Language::from_code(&code));
    // Whom an answer in a group was for is not kept; groups have negative numbers.
    if asker.chat < 0 {
        return Ok(Known { language, releases: None });
    }
    let row =
        sqlx::query("SELECT releases, sent_at FROM answers WHERE chat = $1 ORDER BY sent_at DESC, answer DESC LIMIT 1")
            .bind(asker.chat)
            .fetch_optional(connection)
            .await?;
    let is_in_time = |row: &AnyRow| Ok::<_, sqlx::Error>(row.try_get::<i64, _>(1)? > since);
    let releases = match row {
        Some(row) if is_in_time(&row)? => releases(&row)?,
        _ => Vec::new(),
    };
    Ok(Known { language, releases: Some(releases) })
}

/// Reads the releases of an answer.
fn releases(row: &AnyRow) -> Result<Vec<String>, sqlx::Error> {
    let ids: String = row.try_get(0)?;
    Ok(ids.split_whitespace().map(str::to_owned).collect())
}

/// Writes notes, with one statement for all of a kind: a busy bot has dozens in each transaction.
///
/// Of one update they come in the order in which the kinds are written here, and those of different updates are independent.
async fn write_notes(connection: &mut AnyConnection, notes: &[Order], us: Us) -> anyhow::Result<Vec<Outcome>> {
    let (mut tried, mut answers, mut landed, mut begun, mut finished) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for note in notes {
        match note {
            Order::Sent(answered) => {
                answers.push(answered);
                landed.push(answered.update);
            }
            Order::TryAgain { update, .. } => tried.push(*update),
            Order::Landed { update } => landed.push(*update),
            Order::BeginSending { update, .. } => begun.push(*update),
            Order::Finish { update } => finished.push(*update),
            _ => {}
        }
    }
    for tried in pieces(&tried) {
        let statement = format!("UPDATE waiting SET n_tries = n_tries + 1 WHERE update_id IN {}", rows(1, tried.len()));
        binding(statement, tried).execute(&mut *connection).await?;
    }
    for answers in pieces(&answers) {
        let rows = rows(answers.len(), 6);
        let statement =
            format!("INSERT INTO answers (update_id, chat, question, answer, sent_at, releases) VALUES {rows}");
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for Answered { update, chat, question, answer, releases } in answers {
            query = query.bind(*update).bind(*chat).bind(*question).bind(*answer).bind(now()).bind(releases.join(" "));
        }
        query.execute(&mut *connection).await?;
    }
    // What is finished is deleted below, and needs no mark taken off.
    landed.retain(|update| !finished.contains(update));
    for landed in pieces(&landed) {
        let statement = format!("UPDATE waiting SET is_sending = 0 WHERE update_id IN {}", rows(1, landed.len()));
        binding(statement, landed).execute(&mut *connection).await?;
    }
    let mut marked = HashSet::new();
    for begun in pieces(&begun) {
        let mut statement =
            format!("UPDATE waiting SET is_sending = 1, n_tries = 0 WHERE update_id IN {}", rows(1, begun.len()));
        let mut numbers = begun.to_vec();
        if us.is_shared {
            numbers.push(us.replica);
            statement.push_str(&format!(
                " AND EXISTS (SELECT 1 FROM lanes WHERE lanes.chat = waiting.chat AND lanes.replica = ${})",
                numbers.len()
            ));
        }
        statement.push_str(" RETURNING update_id");
        for row in binding(statement, &numbers).fetch_all(&mut *connection).await? {
            marked.insert(row.try_get::<i64, _>(0)?);
        }
    }
    for finished in pieces(&finished) {
        let statement = format!("DELETE FROM waiting WHERE update_id IN {}", rows(1, finished.len()));
        binding(statement, finished).execute(&mut *connection).await?;
    }
    let outcome = |note: &Order| match note {
        Order::TryAgain { .. } => Outcome::Flag(true),
        Order::BeginSending { update, .. } => Outcome::Flag(marked.contains(update)),
        _ => Outcome::Nothing,
    };
    Ok(notes.iter().map(outcome).collect())
}

/// Cuts into pieces with as many items as a power of two: a connection keeps what it prepared, so there must be few statements.
///
/// None is long, because SQLite looks each value of a statement up among all of them.
fn pieces<T>(mut items: &[T]) -> Vec<&[T]> {
    const LONGEST: usize = 64;
    let mut pieces = Vec::new();
    while let Some(log) = items.len().checked_ilog2() {
        let (piece, rest) = items.split_at(LONGEST.min(1 << log));
        pieces.push(piece);
        items = rest;
    }
    pieces
}

/// Writes so many rows of placeholders: `($1, $2), ($3, $4)`.
fn rows(n_rows: usize, n_columns: usize) -> String {
    let mut rows = String::new();
    for number in 0..n_rows * n_columns {
        let before = match number % n_columns {
            0 if number == 0 => "(",
            0 => "), (",
            _ => ", ",
        };
        _ = write!(rows, "{before}${}", number + 1);
    }
    rows + ")"
}

/// Makes a query of a statement with a number for each of its placeholders.
fn binding(statement: String, numbers: &[i64]) -> Query<'static, Any, AnyArguments> {
    numbers.iter().fold(sqlx::query(AssertSqlSafe(statement)), |query, number| query.bind(*number))
}

async fn take(connection: &mut AnyConnection, entries: &[Entry], us: Us) -> anyhow::Result<Vec<Taken>> {
    let now = now();
    let mut others = BTreeSet::new();
    if us.is_shared {
        // In order of their ids, so that replicas never wait for each other in a circle.
        for chat in entries.iter().map(|entry| entry.chat).collect::<BTreeSet<_>>() {
            if !take_in_hand(connection, chat, us).await? {
                others.insert(chat);
            }
        }
    }
    let mut new = HashSet::new();
    for entries in pieces(entries) {
        let statement = format!(
            "INSERT INTO seen (update_id, taken_at) VALUES {} ON CONFLICT DO NOTHING RETURNING update_id",
            rows(entries.len(), 2)
        );
        let numbers: Vec<i64> = entries.iter().flat_map(|entry| [entry.update, now]).collect();
        for row in binding(statement, &numbers).fetch_all(&mut *connection).await? {
            new.insert(row.try_get::<i64, _>(0)?);
        }
    }
    let mut taken = Vec::with_capacity(entries.len());
    let mut to_write = Vec::with_capacity(entries.len());
    for entry in entries {
        // An update may come twice in one answer of Telegram's.
        if !new.remove(&entry.update) {
            taken.push(Taken::Twice);
            continue;
        }
        to_write.push(entry);
        taken.push(if others.contains(&entry.chat) { Taken::Another } else { Taken::Ours });
    }
    for entries in pieces(&to_write) {
        let columns = "update_id, chat, taken_at, n_tries, is_sending, raw";
        let rows = rows(entries.len(), 6);
        let statement = format!("INSERT INTO waiting ({columns}) VALUES {rows} ON CONFLICT DO NOTHING");
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for entry in entries {
            let Entry { update, chat, raw } = entry;
            query = query.bind(*update).bind(*chat).bind(now).bind(0_i64).bind(0_i64).bind(raw.as_str());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(taken)
}

/// Takes a chat in hand unless a living replica has it; tells whether it is ours now.
async fn take_in_hand(connection: &mut AnyConnection, chat: i64, us: Us) -> anyhow::Result<bool> {
    let row = sqlx::query(
        "INSERT INTO lanes (chat, replica) VALUES ($1, $2) ON CONFLICT (chat) DO UPDATE SET replica =
         CASE WHEN lanes.replica IN (SELECT replica FROM replicas WHERE alive_until >= $3)
         THEN lanes.replica ELSE excluded.replica END RETURNING replica",
    )
    .bind(chat)
    .bind(us.replica)
    .bind(us.alive_from)
    .fetch_one(connection)
    .await?;
    Ok(row.try_get::<i64, _>(0)? == us.replica)
}

async fn next(connection: &mut AnyConnection, chat: i64, limit: i64, us: Us) -> anyhow::Result<Vec<Waiting>> {
    let now = now();
    // Another replica may have taken it over from us.
    let ours = "AND EXISTS (SELECT 1 FROM lanes WHERE lanes.chat = waiting.chat AND lanes.replica = $3)";
    let statement = format!(
        "SELECT update_id, raw, taken_at, n_tries, is_sending,
         (SELECT COUNT(*) FROM answers WHERE answers.update_id = waiting.update_id) AS n_sent
         FROM waiting WHERE chat = $1 {} ORDER BY update_id LIMIT $2",
        if us.is_shared { ours } else { "" }
    );
    let mut query = sqlx::query(AssertSqlSafe(statement)).bind(chat).bind(limit);
    if us.is_shared {
        query = query.bind(us.replica);
    }
    query.fetch_all(connection).await?.iter().map(|row| waiting(row, now)).collect()
}

fn waiting(row: &AnyRow, now: i64) -> anyhow::Result<Waiting> {
    let raw: String = row.try_get("raw")?;
    let taken_at: i64 = row.try_get("taken_at")?;
    Ok(Waiting {
        update: row.try_get("update_id")?,
        // What cannot be read is nothing to anybody, and goes; it must not hold up the others.
        raw: serde_json::from_str(&raw).unwrap_or_default(),
        age: Duration::from_millis(u64::try_from(now - taken_at).unwrap_or_default()),
        n_tries: row.try_get("n_tries")?,
        n_sent: usize::try_from(row.try_get::<i64, _>("n_sent")?).unwrap_or_default(),
        was_sending: row.try_get::<i64, _>("is_sending")? != 0,
    })
}

async fn release(connection: &mut AnyConnection, chat: i64, us: Us) -> anyhow::Result<bool> {
    if us.is_shared {
        // Holds the row, so that the next statement sees all that others have taken in for this chat.
        let held = sqlx::query("UPDATE lanes SET replica = replica WHERE chat = $1 AND replica = $2")
            .bind(chat)
            .bind(us.replica)
            .execute(&mut *connection)
            .await?;
        if held.rows_affected() == 0 {
            // What waits there is another's to answer.
            return Ok(true);
        }
    }
    let waits = sqlx::query("SELECT update_id FROM waiting WHERE chat = $1 LIMIT 1")
        .bind(chat)
        .fetch_optional(&mut *connection)
        .await?
        .is_some();
    if us.is_shared && !waits {
        leave(connection, chat, us).await?;
    }
    Ok(!waits)
}

async fn leave(connection: &mut AnyConnection, chat: i64, us: Us) -> anyhow::Result<()> {
    let statement = "DELETE FROM lanes WHERE chat = $1 AND replica = $2";
    sqlx::query(statement).bind(chat).bind(us.replica).execute(connection).await?;
    Ok(())
}

async fn claim(connection: &mut AnyConnection, before: i64, us: Us) -> anyhow::Result<Vec<i64>> {
    let rows = sqlx::query("SELECT DISTINCT chat FROM waiting WHERE taken_at <= $1 ORDER BY chat")
        .bind(before)
        .fetch_all(&mut *connection)
        .await?;
    let mut chats = Vec::new();
    for row in rows {
        let chat: i64 = row.try_get(0)?;
        if !us.is_shared || take_in_hand(connection, chat, us).await? {
            chats.push(chat);
        }
    }
    Ok(chats)
}

/// Makes up a number that no other replica has.
fn replica() -> i64 {
    use std::hash::{BuildHasher, RandomState};
    i64::from_ne_bytes(RandomState::new().hash_one((std::process::id(), now())).to_ne_bytes())
}
