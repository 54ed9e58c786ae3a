//! The bot on Telegram: updates come in by long polling, replies go out as text with entities.
//!
//! An update passes these modules in this order; only they name teloxide:
//!
//! 1. `intake` polls, drops duplicates and confirms what was taken; `cleaning` keeps what is newer than teloxide from
//!    costing a person their text.
//! 2. `schema` decides whether an update is for us; `from_telegram` turns it into a
//!    [`Request`](crate::conversation::Request).
//! 3. `lanes` keeps order within a chat while chats run side by side.
//! 4. `answering` asks the conversation, with the context that `contexts` remembers.
//! 5. [`to_telegram`] lays the reply out within Telegram's limits; `api` sends it.
//!
//! `profile` keeps the bot's name, texts and command menu up to date, in the background.

pub mod to_telegram;

mod answering;
mod api;
mod cleaning;
mod contexts;
mod from_telegram;
mod intake;
mod lanes;
mod profile;
mod schema;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use teloxide::Bot;
use teloxide::dptree;
use teloxide::payloads::{DeleteWebhook, GetMe};
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use url::Url;

use self::answering::Answering;
use self::api::Api;
use self::intake::Intake;
use self::lanes::Lanes;
use crate::config::Token;
use crate::conversation::Conversation;

/// What the bot needs to know to run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The bot's token, from @BotFather.
    pub token: Token,
    /// Where the Bot API is; `None` is Telegram's own server.
    pub api_url: Option<Url>,
    /// How long Telegram may hold a poll open; whole seconds, at most 50.
    pub poll_timeout: Duration,
    /// How long any other call to Telegram may take.
    ///
    /// Below ten seconds: that long teloxide itself waits after a server error, and trying again is better.
    pub call_timeout: Duration,
    /// How many answers are worked out at the same time.
    pub workers: usize,
    /// How many messages of one chat wait at most, beside the one being answered.
    pub lane_capacity: usize,
    /// How long to finish answers after the signal to stop.
    pub drain: Duration,
}

impl Settings {
    /// Returns the settings that suit a bot of any size on Telegram's own server.
    #[must_use]
    pub fn new(token: Token) -> Self {
        Self {
            token,
            api_url: None,
            poll_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(8),
            workers: 8,
            lane_capacity: 16,
            drain: Duration::from_secs(8),
        }
    }
}

/// Telegram does not know the bot token: a fault in the settings that no retry mends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Telegram does not know the bot token: copy it again from @BotFather")]
pub struct InvalidToken;

/// Runs the bot until `stop` is ready, then finishes the answers under way.
///
/// A Telegram that cannot be reached is waited for. Errors are an [`InvalidToken`] or a client that cannot be built.
pub async fn serve(
    conversation: Arc<Conversation>,
    settings: Settings,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    tokio::pin!(stop);
    let api = Api::new(bot(&settings)?, settings.call_timeout);

    let ready = async {
        let me = intake::insist(&api, GetMe::new()).await?;
        intake::insist(&api, DeleteWebhook::new()).await?;
        Ok::<_, InvalidToken>(me)
    };
    let me = tokio::select! {
        () = &mut stop => return Ok(()),
        me = ready => me?,
    };
    info!(bot.username = me.username(), "polling as @{}", me.username());
    let publishing = tokio::spawn(profile::publish(api.clone(), Arc::clone(&conversation)));

    let tasks = TaskTracker::new();
    let answering = Arc::new(Answering::new(conversation, api.clone(), settings.workers));
    let lanes = Arc::new(Lanes::new(settings.lane_capacity, tasks.clone(), {
        let answering = Arc::clone(&answering);
        move |incoming| Arc::clone(&answering).answer(incoming)
    }));
    let schema = schema::schema();
    let dependencies = dptree::deps![me, api.clone(), lanes, answering, tasks.clone()];
    let mut intake = Intake::new(api, settings.poll_timeout);
    let polled = loop {
        let updates = tokio::select! {
            biased;
            () = &mut stop => break Ok(()),
            updates = intake.next() => updates,
        };
        match updates {
            Ok(updates) => {
                for update in updates {
                    let mut dependencies = dependencies.clone();
                    dependencies.insert(update);
                    // Quick, because a handler only queues; the last one takes what no other wants.
                    let _ = schema.dispatch(dependencies).await;
                }
            }
            Err(invalid_token) => break Err(invalid_token),
        }
    };

    publishing.abort();
    tasks.close();
    info!(n_tasks = tasks.len(), "stopping");
    let (_, drained) = tokio::join!(
        tokio::time::timeout(settings.drain, intake.confirm()),
        tokio::time::timeout(settings.drain, tasks.wait()),
    );
    if drained.is_err() {
        warn!(n_tasks = tasks.len(), "stopped before every answer was out");
    }
    Ok(polled?)
}

fn bot(settings: &Settings) -> anyhow::Result<Bot> {
    // The client's own limit lies above every call's, so that each call is held by its own.
    let client = teloxide::net::default_reqwest_settings()
        .timeout(settings.poll_timeout + settings.call_timeout + Duration::from_secs(1))
        .build()
        .context("could not build the HTTP client")?;
    let bot = Bot::with_client(settings.token.secret(), client);
    let Some(url) = &settings.api_url else { return Ok(bot) };
    anyhow::ensure!(!url.cannot_be_a_base(), "`{url}` is no address of a Bot API");
    let mut url = url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        // teloxide appends to the path, behind a slash of its own.
        segments.pop_if_empty();
    }
    Ok(bot.set_api_url(url))
}
