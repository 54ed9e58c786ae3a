//! Orders of the journal: each with its queries, which both databases understand.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::claims::{claim, claim_chat, leave, release};
use super::statements::{binding, pieces, rows};
use super::{Answered, AskerState, Entry, Insertion, JournalUnavailable, Responder, Waiting, now};
use crate::language::Language;
use crate::telegram::update::Asker;

/// Operation of the journal, with the channel for its answer.
pub(super) enum Order {
    Insert { entries: Arc<[Entry]>, reply: Responder<Vec<Insertion>> },
    RecordAttempt { update: i64, reply: Responder<bool> },
    BeginSending { update: i64, reply: Responder<bool> },
    ClearSending { update: i64 },
    ResetAttempts { update: i64 },
    Sent(Answered),
    Finish { update: i64 },
    ReleasesOf { chat: i64, answer: i64, reply: Responder<Vec<String>> },
    Next { chat: i64, limit: i64, without: Vec<i64>, reply: Responder<Vec<Waiting>> },
    Release { chat: i64, reply: Responder<bool> },
    Leave { chat: i64 },
    Claim { before: i64, reply: Responder<Vec<i64>> },
    AskerState { asker: Asker, since: i64, reply: Responder<AskerState> },
    KeepLanguage { asker: Asker, language: Option<Language> },
    MoveChat { old: i64, new: i64 },
    Close { reply: Responder<()> },
}

impl Order {
    /// Tells who waits for it that it failed; returns it when nobody does, so that it can be tried again.
    pub(super) fn refuse(self) -> Option<Self> {
        // Who has stopped waiting needs no answer.
        match self {
            Self::Insert { reply, .. } => _ = reply.send(Err(JournalUnavailable)),
            Self::RecordAttempt { reply, .. } | Self::BeginSending { reply, .. } | Self::Release { reply, .. } => {
                _ = reply.send(Err(JournalUnavailable));
            }
            Self::Next { reply, .. } => _ = reply.send(Err(JournalUnavailable)),
            Self::Claim { reply, .. } => _ = reply.send(Err(JournalUnavailable)),
            Self::AskerState { reply, .. } => _ = reply.send(Err(JournalUnavailable)),
            Self::ReleasesOf { reply, .. } => _ = reply.send(Err(JournalUnavailable)),
            Self::Close { reply } => _ = reply.send(Err(JournalUnavailable)),
            Self::ClearSending { .. }
            | Self::ResetAttempts { .. }
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
            Self::RecordAttempt { .. }
                | Self::BeginSending { .. }
                | Self::ClearSending { .. }
                | Self::ResetAttempts { .. }
                | Self::Sent(_)
                | Self::Finish { .. }
        )
    }

    /// Tells whether it must outlive a loss of power; the others need only outlive the process.
    pub(super) fn is_durable(&self) -> bool {
        matches!(self, Self::Insert { .. } | Self::KeepLanguage { .. } | Self::MoveChat { .. } | Self::Close { .. })
    }
}

/// Replica that carries out an order.
#[derive(Clone, Copy)]
pub(super) struct ReplicaContext {
    pub(super) replica: i64,
    /// Set when there may be other replicas.
    pub(super) is_shared: bool,
    /// Time that the lease of a living replica reaches.
    pub(super) alive_from: i64,
}

/// Answer to an order, before it is given.
pub(super) enum OrderOutcome {
    Nothing,
    Inserted(Vec<Insertion>),
    Flag(bool),
    Waiting(Vec<Waiting>),
    Chats(Vec<i64>),
    AskerState(AskerState),
    Releases(Vec<String>),
}

/// Tells who gave an order what became of it.
pub(super) fn answer(order: Order, outcome: OrderOutcome) {
    match (order, outcome) {
        (Order::Insert { reply, .. }, OrderOutcome::Inserted(taken)) => _ = reply.send(Ok(taken)),
        (
            Order::RecordAttempt { reply, .. } | Order::BeginSending { reply, .. } | Order::Release { reply, .. },
            OrderOutcome::Flag(flag),
        ) => _ = reply.send(Ok(flag)),
        (Order::Next { reply, .. }, OrderOutcome::Waiting(waiting)) => _ = reply.send(Ok(waiting)),
        (Order::Claim { reply, .. }, OrderOutcome::Chats(chats)) => _ = reply.send(Ok(chats)),
        (Order::AskerState { reply, .. }, OrderOutcome::AskerState(known)) => _ = reply.send(Ok(known)),
        (Order::ReleasesOf { reply, .. }, OrderOutcome::Releases(releases)) => _ = reply.send(Ok(releases)),
        (Order::Close { reply }, _) => _ = reply.send(Ok(())),
        _ => {}
    }
}

/// Carries out orders, one after the other; returns what became of each.
pub(super) async fn carry_out(
    connection: &mut AnyConnection,
    mut rest: &[Order],
    context: ReplicaContext,
) -> anyhow::Result<Vec<OrderOutcome>> {
    let mut outcomes = Vec::with_capacity(rest.len());
    while let Some(order) = rest.first() {
        let n_notes = rest.iter().take_while(|order| order.is_note()).count();
        if n_notes > 0 {
            let (notes, after) = rest.split_at(n_notes);
            outcomes.extend(write_notes(connection, notes, context).await?);
            rest = after;
        } else {
            outcomes.push(carry_out_one(connection, order, context).await?);
            rest = &rest[1..];
        }
    }
    Ok(outcomes)
}

async fn carry_out_one(
    connection: &mut AnyConnection,
    order: &Order,
    context: ReplicaContext,
) -> anyhow::Result<OrderOutcome> {
    Ok(match order {
        Order::Insert { entries, .. } => OrderOutcome::Inserted(insert(connection, entries, context).await?),
        Order::Next { chat, limit, without, .. } => {
            OrderOutcome::Waiting(next(connection, *chat, *limit, without, context).await?)
        }
        Order::Release { chat, .. } => OrderOutcome::Flag(release(connection, *chat, context).await?),
        Order::Leave { chat } => {
            leave(connection, *chat, context).await?;
            OrderOutcome::Nothing
        }
        Order::Claim { before, .. } => OrderOutcome::Chats(claim(connection, *before, context).await?),
        Order::AskerState { asker, since, .. } => {
            OrderOutcome::AskerState(asker_state(connection, *asker, *since).await?)
        }
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
            OrderOutcome::Nothing
        }
        Order::KeepLanguage { asker, language: None } => {
            sqlx::query("DELETE FROM languages WHERE chat = $1 AND person = $2")
                .bind(asker.chat)
                .bind(asker.person)
                .execute(connection)
                .await?;
            OrderOutcome::Nothing
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
            OrderOutcome::Nothing
        }
        Order::ReleasesOf { chat, answer, .. } => {
            let row = sqlx::query("SELECT releases FROM answers WHERE chat = $1 AND answer = $2")
                .bind(*chat)
                .bind(*answer)
                .fetch_optional(connection)
                .await?;
            OrderOutcome::Releases(row.as_ref().map(releases).transpose()?.unwrap_or_default())
        }
        Order::RecordAttempt { .. }
        | Order::BeginSending { .. }
        | Order::ClearSending { .. }
        | Order::ResetAttempts { .. }
        | Order::Sent(_)
        | Order::Finish { .. }
        | Order::Close { .. } => OrderOutcome::Nothing,
    })
}

async fn asker_state(connection: &mut AnyConnection, asker: Asker, since: i64) -> anyhow::Result<AskerState> {
    let row = sqlx::query("SELECT language FROM languages WHERE chat = $1 AND person = $2")
        .bind(asker.chat)
        .bind(asker.person)
        .fetch_optional(&mut *connection)
        .await?;
    let code: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
    let language = code.and_then(|code| Language::from_code(&code));
    // Whom an answer in a group was for is not kept; groups have negative numbers.
    if asker.chat < 0 {
        return Ok(AskerState { language, releases: None });
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
    Ok(AskerState { language, releases: Some(releases) })
}

/// Reads the releases of an answer.
fn releases(row: &AnyRow) -> Result<Vec<String>, sqlx::Error> {
    let ids: String = row.try_get(0)?;
    Ok(ids.split_whitespace().map(str::to_owned).collect())
}

/// Writes notes, with one statement for all of a kind: a busy bot has dozens in each transaction.
///
/// Of one update they come in the order in which the kinds are written here, and those of different updates are independent.
async fn write_notes(
    connection: &mut AnyConnection,
    notes: &[Order],
    context: ReplicaContext,
) -> anyhow::Result<Vec<OrderOutcome>> {
    let (mut tried, mut answers, mut cleared, mut reset, mut begun, mut finished) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for note in notes {
        match note {
            Order::Sent(answered) => {
                answers.push(answered);
                cleared.push(answered.update);
            }
            Order::RecordAttempt { update, .. } => tried.push(*update),
            Order::ClearSending { update } => cleared.push(*update),
            Order::ResetAttempts { update } => reset.push(*update),
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
    cleared.retain(|update| !finished.contains(update));
    for cleared in pieces(&cleared) {
        let statement = format!("UPDATE waiting SET is_sending = 0 WHERE update_id IN {}", rows(1, cleared.len()));
        binding(statement, cleared).execute(&mut *connection).await?;
    }
    for reset in pieces(&reset) {
        let statement = "UPDATE waiting SET is_sending = 0, n_tries = 0";
        let (statement, numbers) = where_ours(statement, reset, context);
        binding(statement, &numbers).execute(&mut *connection).await?;
    }
    let mut marked = HashSet::new();
    for begun in pieces(&begun) {
        let statement = "UPDATE waiting SET is_sending = 1, n_tries = 0";
        let (mut statement, numbers) = where_ours(statement, begun, context);
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
        Order::RecordAttempt { .. } => OrderOutcome::Flag(true),
        Order::BeginSending { update, .. } => OrderOutcome::Flag(marked.contains(update)),
        _ => OrderOutcome::Nothing,
    };
    Ok(notes.iter().map(outcome).collect())
}

/// Limits a statement to those of some updates whose chat this replica has claimed; returns its numbers too.
fn where_ours(statement: &str, updates: &[i64], context: ReplicaContext) -> (String, Vec<i64>) {
    let mut statement = format!("{statement} WHERE update_id IN {}", rows(1, updates.len()));
    let mut numbers = updates.to_vec();
    if context.is_shared {
        numbers.push(context.replica);
        statement.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM lanes WHERE lanes.chat = waiting.chat AND lanes.replica = ${})",
            numbers.len()
        ));
    }
    (statement, numbers)
}

async fn insert(
    connection: &mut AnyConnection,
    entries: &[Entry],
    context: ReplicaContext,
) -> anyhow::Result<Vec<Insertion>> {
    let now = now();
    let mut others = BTreeSet::new();
    if context.is_shared {
        // In order of their ids, so that replicas never wait for each other in a circle.
        for chat in entries.iter().map(|entry| entry.asker.chat).collect::<BTreeSet<_>>() {
            if !claim_chat(connection, chat, context).await? {
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
            taken.push(Insertion::Duplicate);
            continue;
        }
        to_write.push(entry);
        taken.push(if others.contains(&entry.asker.chat) { Insertion::OtherReplica } else { Insertion::Ours });
    }
    for entries in pieces(&to_write) {
        let columns = "update_id, chat, person, taken_at, n_tries, is_sending, raw";
        let rows = rows(entries.len(), 7);
        let statement = format!("INSERT INTO waiting ({columns}) VALUES {rows} ON CONFLICT DO NOTHING");
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for entry in entries {
            let Entry { update, asker: Asker { chat, person }, raw } = entry;
            query = query.bind(*update).bind(*chat).bind(*person);
            query = query.bind(now).bind(0_i64).bind(0_i64).bind(raw.as_str());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(taken)
}

async fn next(
    connection: &mut AnyConnection,
    chat: i64,
    limit: i64,
    without: &[i64],
    context: ReplicaContext,
) -> anyhow::Result<Vec<Waiting>> {
    let now = now();
    let mut numbers = vec![chat, limit];
    let mut only = String::new();
    if context.is_shared {
        // Another replica may have taken it over from us.
        only.push_str(" AND EXISTS (SELECT 1 FROM lanes WHERE lanes.chat = waiting.chat AND lanes.replica = $3)");
        numbers.push(context.replica);
    }
    for person in without {
        numbers.push(*person);
        _ = write!(only, " AND person <> ${}", numbers.len());
    }
    let statement = format!(
        "SELECT update_id, raw, taken_at, n_tries, is_sending,
         (SELECT COUNT(*) FROM answers WHERE answers.update_id = waiting.update_id) AS n_sent
         FROM waiting WHERE chat = $1{only} ORDER BY update_id LIMIT $2"
    );
    binding(statement, &numbers).fetch_all(connection).await?.iter().map(|row| waiting(row, now)).collect()
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
