//! Profile of the bot: name, texts and command menu, in every language.
//!
//! Telegram limits the setters strictly (a "retry after" of a day is possible), so only changes are sent, and a failure is
//! left for the next start.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use teloxide::payloads::{
    GetMyCommands, GetMyCommandsSetters, GetMyDescription, GetMyDescriptionSetters, GetMyName, GetMyNameSetters,
    GetMyShortDescription, GetMyShortDescriptionSetters, SetMyCommands, SetMyCommandsSetters, SetMyDescription,
    SetMyDescriptionSetters, SetMyName, SetMyNameSetters, SetMyShortDescription, SetMyShortDescriptionSetters,
};
use teloxide::requests::Payload;
use teloxide::types::{BotCommand, BotCommandScope, True};
use tracing::{info, warn};

use super::delivery::{ApiError, Sender, layout};
use crate::conversation::{Conversation, Profile};

/// Updates the profile at Telegram, within the overall rate limit. There is no retry; an error is logged.
pub(crate) async fn publish(sender: Arc<Sender>, conversation: Arc<Conversation>) {
    let languages = conversation.languages();
    let default = languages.first().map(|language| ("", *language));
    let mut n_changes = 0;
    for (code, language) in default.into_iter().chain(languages.iter().map(|language| (language.code(), *language))) {
        match publish_in(&sender, code, &conversation.profile(language)).await {
            Ok(n) => n_changes += n,
            Err(error) => return warn!("the bot's profile and menu may be out of date: {error}"),
        }
    }
    info!(n_changes, "the bot's profile and menu are up to date");
}

/// Publishes the profile in one language, or as the default when `code` is empty; returns the number of changes.
async fn publish_in(sender: &Sender, code: &str, profile: &Profile) -> Result<usize, ApiError> {
    let commands: Vec<BotCommand> = layout::menu(profile);
    let mut n_changes = 0;
    for scope in [BotCommandScope::AllPrivateChats, BotCommandScope::AllGroupChats] {
        n_changes += set_unless(
            sender,
            GetMyCommands::new().scope(scope.clone()).language_code(code),
            |current| *current == commands,
            SetMyCommands::new(commands.clone()).scope(scope).language_code(code),
        )
        .await?;
    }
    n_changes += set_unless(
        sender,
        GetMyDescription::new().language_code(code),
        |current| current.description == profile.description,
        SetMyDescription::new().description(&profile.description).language_code(code),
    )
    .await?;
    n_changes += set_unless(
        sender,
        GetMyShortDescription::new().language_code(code),
        |current| current.short_description == profile.short_description,
        SetMyShortDescription::new().short_description(&profile.short_description).language_code(code),
    )
    .await?;
    n_changes += set_unless(
        sender,
        GetMyName::new().language_code(code),
        |current| current.name == profile.name,
        SetMyName::new().name(&profile.name).language_code(code),
    )
    .await?;
    Ok(n_changes)
}

async fn set_unless<Get, Set>(
    sender: &Sender,
    get: Get,
    is_right: impl FnOnce(&Get::Output) -> bool,
    set: Set,
) -> Result<usize, ApiError>
where
    Get: Payload + Serialize + Send + 'static,
    Get::Output: DeserializeOwned + 'static,
    Set: Payload<Output = True> + Serialize + Send + 'static,
{
    if is_right(&sender.call(&get).await?) {
        return Ok(0);
    }
    sender.call(&set).await?;
    Ok(1)
}
