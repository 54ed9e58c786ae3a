//! Reactions: emoji that a user puts on a message.

use serde_json::Value;
use teloxide::types::MessageId;

use super::Asker;

/// Reaction of a user to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reacted {
    pub(crate) asker: Asker,
    /// Message, which need not be one of the bot.
    pub(crate) message: MessageId,
    /// Emoji that the change adds.
    pub(crate) added: Vec<String>,
}

impl Reacted {
    /// Converts a change of reactions; `None` where it adds no emoji. It is read as it came in, because kinds of reactions come.
    pub(super) fn of(change: &Value) -> Option<Self> {
        let emoji = |reactions: &Value| -> Vec<String> {
            let reactions = reactions.as_array().into_iter().flatten();
            reactions.filter_map(|reaction| reaction["emoji"].as_str()).map(str::to_owned).collect()
        };
        let old = emoji(&change["old_reaction"]);
        let added: Vec<String> =
            emoji(&change["new_reaction"]).into_iter().filter(|emoji| !old.contains(emoji)).collect();
        let (chat, actor) = (change["chat"]["id"].as_i64()?, &change["actor_chat"]["id"]);
        // Anonymous administrators react as their group.
        let person = change["user"]["id"].as_i64().or(actor.as_i64())?;
        let message = MessageId(i32::try_from(change["message_id"].as_i64()?).ok()?);
        (!added.is_empty()).then_some(Self { asker: Asker { chat, person }, message, added })
    }
}
