//! The bot on Telegram. Updates come in, and replies go out as text with entities; only this module names teloxide.
//!
//! Its parts, in the order in which an update passes them:
//!
//! 1. `intake` receives updates by polling or by webhook, and confirms them to Telegram once they are in the journal.
//! 2. `update` decodes them: their kind, whether they address the bot, and their [`Request`](crate::conversation::Request).
//! 3. `journal` keeps them until they are answered, in a file or in a database that replicas share.
//! 4. `answering` keeps order within a chat while chats run concurrently, computes replies on its own threads, and applies the
//!    rate limit of each user.
//! 5. [`delivery`] lays replies out and sends them within Telegram's rate limits.
//!
//! Besides, `profile` keeps the bot's name, texts and command menu up to date, and `operators` reports failures to a chat;
//! `backoff`, `fair_queue` and `shutdown` are shared. Dependencies between the parts go one way, as `tests/it/tidy.rs` lists
//! them: `delivery` knows neither jobs nor the journal, and `update` knows no other part.
//!
//! [`serve`] starts, runs and stops the bot.

pub mod delivery;

mod answering;
mod backoff;
mod fair_queue;
mod intake;
mod journal;
mod listener;
mod operators;
mod profile;
mod shutdown;
mod update;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use futures::FutureExt as _;
use teloxide::payloads::{DeleteWebhook, GetMe};
use teloxide::types::{ChatId, Me};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tracing::{error, info, warn};

pub use self::answering::SPARE_THREADS;
use self::answering::{Answering, Job, LaneHandle, Lanes, backlog};
use self::delivery::{Api, Sender};
use self::intake::{Poller, Receiver, SetWebhook};
use self::journal::Journal;
use self::shutdown::Shutdown;
use self::update::Decoder;
pub use crate::config::Telegram as Settings;
use crate::config::Webhook;
use crate::conversation::Conversation;
use crate::health::{self, Health, HealthCheck, HealthFault};
use crate::metrics::Metrics;

/// Error of a bot token that Telegram does not know; a retry does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Telegram does not know the bot token: copy it again from @BotFather")]
pub struct InvalidToken;

/// Error of a setting that does not fit the environment, in a sentence with advice; a retry does not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrongSetting(String);

/// Reason why the bot ends by itself, for its supervisor to restart it.
const EXHAUSTED: &str =
    "too many threads are stuck, so the bot ends to be restarted; unanswered questions wait in the journal";

/// Number of calls at startup: getMe, and setWebhook or deleteWebhook.
const N_START_CALLS: usize = 2;

/// Maximum number of connections that Telegram opens to the webhook.
const MAX_WEBHOOK_CONNECTIONS: u8 = 40;

/// Timeout of the journal's last writes and of closing it.
const JOURNAL_CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// Runs the bot until `stop` is ready, then drains the answers in progress.
///
/// Retries while Telegram cannot be reached or the journal cannot be written. Errors are an [`InvalidToken`], a
/// [`WrongSetting`], a client that cannot be built, or too many stuck threads, which only a restart frees.
pub async fn serve(
    conversation: Arc<Conversation>,
    settings: Settings,
    metrics: Arc<Metrics>,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let stop = stop.shared();
    let Some((bot, listener)) = Bot::start(settings, metrics, stop.clone()).await? else { return Ok(()) };
    let mut parts = Parts::open(&bot, conversation).await;
    let mut poller = Poller::new(
        bot.api.clone(),
        bot.settings.poll_timeout,
        update::allowed_updates(bot.settings.guest_mode, bot.settings.counts_reactions()),
        bot.health.clone(),
    );
    let served = parts.run(&bot, listener, &mut poller, stop).await;
    parts.stop(bot, &poller, &served).await;
    served
}

/// Bot with its connections to Telegram and the journal, before it receives updates.
struct Bot {
    settings: Settings,
    metrics: Arc<Metrics>,
    health: Health,
    api: Api,
    me: Me,
    journal: Arc<Journal>,
    /// Call that sets the webhook; `None` where updates are polled for.
    set_webhook: Option<SetWebhook>,
    faults: HealthSource,
    _maintenance: AbortOnDropHandle<()>,
    _monitoring: Option<AbortOnDropHandle<()>>,
}

impl Bot {
    /// Opens the journal, binds the webhook's address and makes the startup calls; `None` when `stop` comes first.
    async fn start(
        settings: Settings,
        metrics: Arc<Metrics>,
        stop: impl Future<Output = ()> + Clone,
    ) -> anyhow::Result<Option<(Self, Option<TcpListener>)>> {
        let token = settings.token.clone().context("there is no bot token")?;
        let api = Api::new(&token, &settings)?;
        let faults = HealthSource::default();
        let health = faults.health.clone();
        health.set(HealthCheck::Start, Some("the journal is not open yet".to_owned()));
        let monitoring = match settings.health {
            Some(address) => {
                let (text, faults) = (faults.metrics_text(&metrics), faults.clone());
                let listener = listener::bind(address, "health.listen", "health and metrics").await?;
                let listening = health::listen(listener, move || faults.list(), text);
                Some(AbortOnDropHandle::new(tokio::spawn(listening)))
            }
            None => None,
        };
        let journal = tokio::select! {
            biased;
            () = stop.clone() => return Ok(None),
            open = Journal::open(&settings.journal, token.bot(), &health) => open?,
        };
        let journal = Arc::clone(faults.journal.get_or_init(|| Arc::new(journal)));
        let maintenance = spawn(Arc::clone(&journal).maintain());
        health.set(HealthCheck::Start, Some("Telegram has not been reached yet".to_owned()));

        let set_webhook = settings.webhook.as_ref().map(|webhook| SetWebhook {
            url: webhook.url.clone(),
            secret_token: intake::webhook_secret(&token),
            allowed_updates: update::allowed_updates(settings.guest_mode, settings.counts_reactions()),
            max_connections: MAX_WEBHOOK_CONNECTIONS,
        });
        let introduced = tokio::select! {
            () = stop => Ok(None),
            introduced = introduce(&api, &health, settings.webhook.as_ref(), set_webhook.clone()) => introduced.map(Some),
        };
        let (me, listener) = match introduced {
            Ok(Some(introduced)) => introduced,
            not_introduced => {
                close(&journal).await;
                return not_introduced.map(|_| None);
            }
        };
        let name = me.user.username.as_deref().unwrap_or_default();
        let mode = if listener.is_some() { "listening" } else { "polling" };
        info!(bot.username = name, "{mode} as @{name}");
        if !me.supports_inline_queries {
            info!("inline mode is off: /setinline at @BotFather turns it on");
        }
        health.set(HealthCheck::Start, None);
        let bot = Self {
            settings,
            metrics,
            health,
            api,
            me,
            journal,
            set_webhook,
            faults,
            _maintenance: maintenance,
            _monitoring: monitoring,
        };
        Ok(Some((bot, listener)))
    }
}

/// Binds the webhook's address, asks Telegram who the bot is, and sets or deletes its webhook, until that works.
async fn introduce(
    api: &Api,
    health: &Health,
    webhook: Option<&Webhook>,
    set_webhook: Option<SetWebhook>,
) -> anyhow::Result<(Me, Option<TcpListener>)> {
    // Before setWebhook, so that Telegram can connect at once.
    let listener = match webhook {
        Some(webhook) => Some(listener::bind(webhook.listen, "webhook.listen", "the webhook").await?),
        None => None,
    };
    let me = intake::call_with_retry(api, health, GetMe::new()).await.map_err(intake::start_error)?;
    let setting = match set_webhook {
        // The webhook stays when the bot stops: Telegram keeps updates meanwhile, or another replica receives them.
        Some(set_webhook) => intake::call_with_retry(api, health, set_webhook).await,
        None => intake::call_with_retry(api, health, DeleteWebhook::new()).await,
    };
    setting.map_err(intake::start_error)?;
    Ok((me, listener))
}

/// Parts of the running bot, and its background tasks.
struct Parts {
    answering: Arc<Answering>,
    lanes: Arc<Lanes<Job>>,
    receiver: Arc<Receiver>,
    /// Tasks that shutdown waits for.
    tasks: TaskTracker,
    shutdown: Arc<Shutdown>,
    closing: CancellationToken,
    publishing: AbortOnDropHandle<()>,
    background: Vec<AbortOnDropHandle<()>>,
}

impl Parts {
    /// Builds the parts and starts the background tasks.
    async fn open(bot: &Bot, conversation: Arc<Conversation>) -> Self {
        let (settings, metrics, journal) = (&bot.settings, &bot.metrics, &bot.journal);
        let (tasks, closing) = (TaskTracker::new(), CancellationToken::new());
        let shutdown = Arc::new(Shutdown::new(closing.clone(), settings.drain));
        let decoder = Arc::new(Decoder::new(bot.me.clone(), Arc::clone(metrics)));
        let sender =
            Arc::new(Sender::new(bot.api.clone(), settings.send_limits, Arc::clone(metrics), Arc::clone(&shutdown)));
        for _ in 0..N_START_CALLS {
            sender.consume_slot(0).await;
        }
        let publishing = spawn(profile::publish(Arc::clone(&sender), Arc::clone(&conversation)));
        let answering = Arc::new(Answering::new(
            conversation,
            journal.clone(),
            Arc::clone(&sender),
            settings,
            Arc::clone(metrics),
            Arc::clone(&shutdown),
        ));
        let background = start_background(bot, &answering, &sender);
        let lanes = lanes(bot, &answering, &decoder, &tasks, &closing);
        let receiver = Arc::new(Receiver::new(
            decoder,
            journal.clone(),
            Arc::clone(&lanes),
            Arc::clone(&answering),
            tasks.clone(),
            Arc::clone(metrics),
        ));
        Self { answering, lanes, receiver, tasks, shutdown, closing, publishing, background }
    }

    /// Receives updates until `stop` is ready, Telegram no longer knows the token, or too many threads are stuck.
    async fn run(
        &mut self,
        bot: &Bot,
        listener: Option<TcpListener>,
        poller: &mut Poller,
        stop: impl Future<Output = ()> + Clone,
    ) -> anyhow::Result<()> {
        let n_waiting = bot.journal.fill().n_waiting;
        if n_waiting > 0 {
            info!(n_waiting, "{n_waiting} updates from before the start wait in the journal");
        }
        tokio::select! {
            biased;
            () = stop.clone() => {}
            () = self.receiver.resume() => {}
        }
        let _adopting = spawn(intake::keep_adopting_orphans(Arc::clone(&self.receiver), bot.journal.is_shared()));
        if let Some((set_webhook, listener)) = bot.set_webhook.as_ref().zip(listener) {
            let secret = set_webhook.secret_token.clone();
            let (receiver, metrics) = (Arc::clone(&self.receiver), Arc::clone(&bot.metrics));
            let listening = intake::listen(listener, secret, receiver, metrics, self.closing.clone());
            self.background.push(AbortOnDropHandle::new(self.tasks.spawn(listening)));
        }
        let updates = async {
            match bot.set_webhook.clone() {
                Some(set_webhook) => intake::watch(bot.api.clone(), set_webhook, bot.health.clone()).await,
                None => intake::poll(poller, &self.receiver).await,
            }
        };
        tokio::select! {
            biased;
            () = stop => Ok(()),
            () = self.answering.exhausted() => Err(anyhow!(EXHAUSTED)),
            invalid = updates => Err(invalid.into()),
        }
    }

    /// Drains answers in progress within the drain time, and closes the journal.
    async fn stop(self, bot: Bot, poller: &Poller, served: &anyhow::Result<()>) {
        let drain = bot.settings.drain;
        self.publishing.abort();
        let reason = match served {
            Ok(()) => "the bot is shutting down".to_owned(),
            Err(error) => {
                error!("{error}");
                error.to_string()
            }
        };
        bot.health.set(HealthCheck::Stopping, Some(reason));
        self.shutdown.begin();
        self.tasks.close();
        info!(n_tasks = self.tasks.len(), "stopping");
        let (_, drained) = tokio::join!(
            tokio::time::timeout(drain, poller.confirm()),
            tokio::time::timeout(drain, self.tasks.wait()),
        );
        _ = tokio::time::timeout(JOURNAL_CLOSE_TIMEOUT, self.receiver.persist_overflow()).await;
        let n_overflowing = self.receiver.n_overflowing();
        if n_overflowing > 0 {
            let fault = bot.journal.fault().unwrap_or_default();
            warn!(
                n_overflowing,
                "updates are neither answered nor in the journal; Telegram sends unconfirmed ones again: {fault}"
            );
        } else if drained.is_err() {
            warn!(n_tasks = self.tasks.len(), "unanswered questions wait in the journal");
        }
        self.lanes.halt();
        // Until the halted jobs are gone, or one of them could leave a mark for a message that it never sends.
        _ = tokio::time::timeout(JOURNAL_CLOSE_TIMEOUT, self.tasks.wait()).await;
        close(&bot.journal).await;
    }
}

/// Starts background tasks: reports to the operators, eviction of contexts, and the estimate of the backlog.
fn start_background(bot: &Bot, answering: &Arc<Answering>, sender: &Arc<Sender>) -> Vec<AbortOnDropHandle<()>> {
    let mut background = Vec::new();
    if let Some(operators) = bot.settings.operators {
        let faults = bot.faults.clone();
        // A backlog is not a failure, and its text changes all the time.
        let faults = move || faults.list().into_iter().filter(|fault| fault.check != HealthCheck::Backlog).collect();
        let (sender, metrics) = (Arc::clone(sender), Arc::clone(&bot.metrics));
        background.push(spawn(operators::report(ChatId(operators.chat), operators.interval, sender, metrics, faults)));
    }
    background.push(spawn({
        let answering = Arc::clone(answering);
        async move { answering.maintain().await }
    }));
    let n_waiting = {
        let (answering, journal) = (Arc::clone(answering), bot.journal.clone());
        move || backlog::n_waiting(answering.n_waiting(), journal.fill(), journal.is_shared())
    };
    let overall = bot.settings.send_limits.overall;
    background.push(spawn(backlog::report(n_waiting, Arc::clone(&bot.metrics), overall, bot.health.clone())));
    background
}

/// Builds the lanes, whose jobs `answering` runs and the journal provides.
fn lanes(
    bot: &Bot,
    answering: &Arc<Answering>,
    decoder: &Arc<Decoder>,
    tasks: &TaskTracker,
    closing: &CancellationToken,
) -> Arc<Lanes<Job>> {
    let hand_over = {
        let journal = bot.journal.clone();
        move |chat| journal.leave(chat)
    };
    let run = {
        let answering = Arc::clone(answering);
        move |lane: LaneHandle<Job>, job| Arc::clone(&answering).answer(lane, job)
    };
    let load = {
        let (journal, decoder, metrics) = (bot.journal.clone(), Arc::clone(decoder), Arc::clone(&bot.metrics));
        move |chat, limit, held| {
            intake::load(journal.clone(), Arc::clone(&decoder), Arc::clone(&metrics), chat, limit, held)
        }
    };
    Arc::new(Lanes::new(
        bot.settings.lane_capacity,
        bot.journal.is_shared().then(|| Box::new(hand_over) as _),
        tasks.clone(),
        bot.metrics.lane_depth.clone(),
        closing.clone(),
        run,
        load,
    ))
}

fn spawn(task: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(task))
}

async fn close(journal: &Journal) {
    if tokio::time::timeout(JOURNAL_CLOSE_TIMEOUT, journal.close()).await.is_err() {
        warn!("the journal did not close in time; nothing is lost");
    }
}

/// Health of the bot, and of its journal once that is open.
#[derive(Clone, Default)]
struct HealthSource {
    health: Health,
    journal: Arc<OnceLock<Arc<Journal>>>,
}

impl HealthSource {
    /// Returns the health checks that fail.
    fn list(&self) -> Vec<HealthFault> {
        let fault = self.journal.get().and_then(|journal| journal.fault());
        self.health.set(HealthCheck::Journal, fault.map(|fault| format!("the journal can't be written: {fault}")));
        self.health.faults()
    }

    /// Returns a function that renders the metrics page.
    fn metrics_text(&self, metrics: &Arc<Metrics>) -> impl Fn() -> String + Clone + Send + Sync + 'static + use<> {
        let (metrics, journal) = (Arc::clone(metrics), Arc::clone(&self.journal));
        move || metrics.to_text(journal.get().map(|journal| journal.fill()).unwrap_or_default())
    }
}
