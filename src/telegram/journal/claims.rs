//! Claims of replicas on chats, in the table `lanes`: one replica at a time works on a chat.

use sqlx::{AnyConnection, Row};

use super::now;
use super::orders::ReplicaContext;

/// Claims a chat unless a living replica has it; tells whether it is ours now.
pub(super) async fn claim_chat(
    connection: &mut AnyConnection,
    chat: i64,
    context: ReplicaContext,
) -> anyhow::Result<bool> {
    let row = sqlx::query(
        "INSERT INTO lanes (chat, replica) VALUES ($1, $2) ON CONFLICT (chat) DO UPDATE SET replica =
         CASE WHEN lanes.replica IN (SELECT replica FROM replicas WHERE alive_until >= $3)
         THEN lanes.replica ELSE excluded.replica END RETURNING replica",
    )
    .bind(chat)
    .bind(context.replica)
    .bind(context.alive_from)
    .fetch_one(connection)
    .await?;
    Ok(row.try_get::<i64, _>(0)? == context.replica)
}

/// Releases a chat unless more of its updates wait; `false` when they do.
pub(super) async fn release(
    connection: &mut AnyConnection,
    chat: i64,
    context: ReplicaContext,
) -> anyhow::Result<bool> {
    if context.is_shared {
        // Holds the row, so that the next statement sees all that others have taken in for this chat.
        let held = sqlx::query("UPDATE lanes SET replica = replica WHERE chat = $1 AND replica = $2")
            .bind(chat)
            .bind(context.replica)
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
    if context.is_shared && !waits {
        leave(connection, chat, context).await?;
    }
    Ok(!waits)
}

/// Releases a chat with all that waits there.
pub(super) async fn leave(connection: &mut AnyConnection, chat: i64, context: ReplicaContext) -> anyhow::Result<()> {
    let statement = "DELETE FROM lanes WHERE chat = $1 AND replica = $2";
    sqlx::query(statement).bind(chat).bind(context.replica).execute(connection).await?;
    Ok(())
}

/// Claims the chats with updates from before a time that no living replica works on.
pub(super) async fn claim(
    connection: &mut AnyConnection,
    before: i64,
    context: ReplicaContext,
) -> anyhow::Result<Vec<i64>> {
    // What is from the future was taken in before somebody set the clock right.
    let rows = sqlx::query("SELECT DISTINCT chat FROM waiting WHERE taken_at <= $1 OR taken_at > $2 ORDER BY chat")
        .bind(before)
        .bind(now())
        .fetch_all(&mut *connection)
        .await?;
    let mut chats = Vec::new();
    for row in rows {
        let chat: i64 = row.try_get(0)?;
        if !context.is_shared || claim_chat(connection, chat, context).await? {
            chats.push(chat);
        }
    }
    Ok(chats)
}
