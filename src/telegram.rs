//! The bot on Telegram: updates come in by long polling, replies go out as text with entities.
//!
//! An update passes these modules in this order; only they name teloxide:
//!
//! 1. `intake` polls, or `webhook` listens; `receiver` takes updates in: read, written to the `journal`, put into their lane. Only then are they
//!    confirmed to Telegram; where the journal can't be written, `overflow` keeps what is to be written later.
//! 2. `reading` reads them: `cleaning` keeps what is newer than teloxide from costing a person their text, `schema` decides
//!    whether an update is for us, `from_telegram` turns it into a [`Request`](crate::conversation::Request).
//! 3. `lanes` keeps order within a chat while chats run side by side; what a lane has no room for waits in the journal.
//! 4. `answering` asks the conversation, with the context that `contexts` remembers and on the threads of `workers`, short
//!    requests first; [`to_telegram`] lays the reply out within Telegram's limits.
//! 5. `sending` sends it at the pace of `pacing`, which has a limit for each chat and `slots` for all of them; the journal
//!    forgets the update.
//!
//! Both `workers` and `slots` serve those who wait from a `fair_queue`; `backlog` says how long that takes when it takes long.
//!
//! When the bot stops, `stopping` tells who waits for something whether it comes in time.
//!
//! `profile` keeps the bot's name, texts and command menu up to date, in the background.

pub mod delivery;

mod answering;
mod fair_queue;
mod intake;
mod journal;
mod operators;
mod profile;
mod shutdown;
mod update;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::anyhow;
use futures::FutureExt as _;
use teloxide::payloads::{DeleteWebhook, GetMe};
use teloxide::types::ChatId;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tracing::{error, info, warn};
use url::Url;

use self::answering::{Answering, Lanes, backlog};
pub use self::answering::{RunLimits, SPARE_THREADS};
use self::delivery::{Api, Sender};
use self::intake::{Intake, Receiver, SetWebhook, StartError};
use self::journal::Journal;
use self::shutdown::Shutdown;
use self::update::Decoder;
use crate::config::{self, BotToken, JournalLocation, Limit, Paces, PersonLimit, Webhook};
use crate::conversation::Conversation;
use crate::health::{self, Fault, Health, Part};
use crate::metrics::Metrics;

/// What the bot needs to know to run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The bot's token, from @BotFather.
    pub token: BotToken,
    /// Where the Bot API is; `None` is Telegram's own server.
    pub api_url: Option<Url>,
    /// How long Telegram may hold a poll open; whole seconds, at most 50.
    pub poll_timeout: Duration,
    /// How long any other call to Telegram may take.
    pub call_timeout: Duration,
    /// Number of answers that are worked out at the same time.
    pub workers: usize,
    /// Where what was taken in is kept until it is answered.
    pub journal: JournalLocation,
    /// How fast a person may ask.
    pub person: PersonLimit,
    /// How fast messages go out.
    pub paces: Paces,
    /// Limits from which on a thread that works an answer out counts as stuck.
    pub run_limits: RunLimits,
    /// How long an answer is put off on which Telegram has failed again and again; each time twice as long, because what does
    /// not pass within minutes is a fault of the message.
    pub postpone_delay: Duration,
    /// The chat that is told what went wrong, and how often at most.
    pub operators: Option<(i64, Duration)>,
    /// Where Telegram sends updates; without, they are polled for.
    pub webhook: Option<Webhook>,
    /// Where health and metrics are to be had, if anywhere.
    pub health: Option<SocketAddr>,
    /// How many messages of one chat wait in memory at most; the others wait in the journal.
    pub lane_capacity: usize,
    /// How long what a conversation was about is remembered after its last answer.
    pub memory: Duration,
    /// How long to finish answers after the signal to stop.
    pub drain: Duration,
}

impl Settings {
    /// Returns the settings that suit a bot of any size on Telegram's own server.
    #[must_use]
    pub fn new(token: BotToken, journal: JournalLocation) -> Self {
        Self {
            token,
            journal,
            person: PersonLimit { at_once: 10, interval: Duration::from_secs(3) },
            paces: Paces {
                chat: Limit { n: 3, within: Duration::from_secs(3) },
                group: Limit { n: 20, within: Duration::from_secs(60) },
                overall: Limit { n: 30, within: Duration::from_secs(1) },
            },
            run_limits: RunLimits::default(),
            postpone_delay: Duration::from_secs(60),
            operators: None,
            webhook: None,
            health: None,
            api_url: None,
            poll_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(15),
            workers: config::n_cores(),
            lane_capacity: 16,
            memory: Duration::from_secs(30 * 60),
            drain: Duration::from_secs(7),
        }
    }
}

/// Telegram does not know the bot token: a fault in the settings that no retry mends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Telegram does not know the bot token: copy it again from @BotFather")]
pub struct InvalidToken;

/// A setting that does not fit the world around, in a sentence that says how to mend it; no retry does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrongSetting(String);

/// How long updates that nobody sees to wait in the journal, and how often it is searched for them.
///
/// In a journal of one's own that happens only after a fault; in a shared one, when a replica has ended.
const ORPHAN_SCAN_INTERVAL: Duration = Duration::from_secs(10);
const SHARED_ORPHAN_SCAN_INTERVAL: Duration = Duration::from_millis(500);

/// Why the bot ends by itself; whatever runs it starts it anew.
const EXHAUSTED: &str = "too many answers never came to an end and keep their threads, so the bot ends to be started anew; what it has not answered \
                         waits in the journal";

/// Number of calls at start: who the bot is, and where its updates go.
const N_START_CALLS: usize = 2;

/// How long the journal may take to close.
const CLOSING: Duration = Duration::from_millis(500);

/// How long the answers to updates that the journal does not hold are waited for before updates are asked for again, and how
/// long where no others can come: Telegram gives no more than those until one of them is confirmed.
const POLL_HELD_BACK: Duration = Duration::from_secs(1);
const POLL_HELD_BACK_IF_FULL: Duration = Duration::from_secs(10);

/// Runs the bot until `stop` is ready, then finishes the answers under way.
///
/// A Telegram that cannot be reached and a journal that cannot be written yet are waited for. Errors are an [`InvalidToken`], a
/// [`WrongSetting`], a client that cannot be built, or more stuck threads than a machine can bear, after which only a new start
/// helps.
pub async fn serve(
    conversation: Arc<Conversation>,
    settings: Settings,
    metrics: Arc<Metrics>,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let stop = stop.shared();
    let api = Api::new(&settings)?;
    let health = Health::default();
    health.set(Part::Start, Some("the journal is not open yet".to_owned()));
    let opened = Arc::new(OnceLock::new());
    let _listening = match settings.health {
        Some(address) => Some(listen(address, &health, &metrics, &opened).await?),
        None => None,
    };
    let (journal, writing) = tokio::select! {
        biased;
        () = stop.clone() => return Ok(()),
        open = Journal::open(&settings.journal, settings.token.bot(), &health) => open?,
    };
    let journal = opened.get_or_init(|| journal).clone();
    health.set(Part::Start, Some("Telegram has not been reached yet".to_owned()));

    let set = settings.webhook.as_ref().map(|webhook| SetWebhook {
        url: webhook.url.clone(),
        secret_token: intake::secret(&settings.token),
        allowed_updates: &update::ALLOWED_UPDATES,
        max_connections: 40,
    });
    // Before Telegram is told, so that it finds somebody there.
    let door = match &settings.webhook {
        Some(webhook) => Some(intake::bind(webhook.listen).await?),
        None => None,
    };
    let ready = async {
        let me = intake::call_with_retry(&api, &health, GetMe::new()).await?;
        match set.clone() {
            // It stays when the bot stops: what comes in meanwhile, Telegram keeps or another replica takes.
            Some(set) => _ = intake::call_with_retry(&api, &health, set).await?,
            None => _ = intake::call_with_retry(&api, &health, DeleteWebhook::new()).await?,
        }
        Ok::<_, StartError>(me)
    };
    let me = tokio::select! {
        () = stop.clone() => {
            close(&journal, writing).await;
            return Ok(());
        }
        me = ready => me.map_err(intake::advise)?,
    };
    let way = if settings.webhook.is_some() { "listening" } else { "polling" };
    let name = me.user.username.as_deref().unwrap_or_default();
    info!(bot.username = name, "{way} as @{name}");
    health.set(Part::Start, None);

    let tasks = TaskTracker::new();
    let closing = CancellationToken::new();
    let stopping = Arc::new(Shutdown::new(closing.clone(), settings.drain));
    let decoder = Arc::new(Decoder::new(me, Arc::clone(&metrics)));
    let sender = Arc::new(Sender::new(api.clone(), settings.paces, Arc::clone(&metrics), Arc::clone(&stopping)));
    for _ in 0..N_START_CALLS {
        sender.take_slot(0).await;
    }
    let publishing = tokio::spawn(profile::publish(Arc::clone(&sender), Arc::clone(&conversation)));
    let _reporting = settings.operators.map(|(chat, interval)| {
        let faults = faults(&health, &opened);
        // A backlog is no fault, and how long it takes changes all the time.
        let faults = move || faults().into_iter().filter(|fault| fault.part != Part::Backlog).collect();
        let (sender, metrics) = (Arc::clone(&sender), Arc::clone(&metrics));
        AbortOnDropHandle::new(tokio::spawn(operators::report(ChatId(chat), interval, sender, metrics, faults)))
    });
    let answering = Arc::new(Answering::new(
        conversation,
        journal.clone(),
        Arc::clone(&sender),
        &settings,
        Arc::clone(&metrics),
        Arc::clone(&stopping),
    ));
    let _upkeep = AbortOnDropHandle::new(tokio::spawn({
        let answering = Arc::clone(&answering);
        async move { answering.upkeep().await }
    }));
    let _estimating = AbortOnDropHandle::new(tokio::spawn({
        let n_waiting = {
            let (answering, journal) = (Arc::clone(&answering), journal.clone());
            move || backlog::n_waiting(answering.n_waiting(), journal.fill(), journal.is_shared())
        };
        backlog::report(n_waiting, Arc::clone(&metrics), settings.paces.overall, health.clone())
    }));
    let leave = {
        let journal = journal.clone();
        move |chat| journal.leave(chat)
    };
    let lanes = Arc::new(Lanes::new(
        settings.lane_capacity,
        journal.is_shared().then(|| Box::new(leave) as _),
        tasks.clone(),
        metrics.lane_depth.clone(),
        closing.clone(),
        {
            let answering = Arc::clone(&answering);
            move |lane, job| Arc::clone(&answering).answer(lane, job)
        },
        {
            let (journal, decoder, metrics) = (journal.clone(), Arc::clone(&decoder), Arc::clone(&metrics));
            move |chat, limit, held| {
                intake::load(journal.clone(), Arc::clone(&decoder), Arc::clone(&metrics), chat, limit, held)
            }
        },
    ));
    let receiver = Arc::new(Receiver::new(
        decoder,
        journal.clone(),
        Arc::clone(&lanes),
        sender,
        tasks.clone(),
        Arc::clone(&metrics),
    ));
    let n_waiting = journal.fill().n_waiting;
    if n_waiting > 0 {
        info!(n_waiting, "{n_waiting} updates wait in the journal from before");
    }
    // Before anything newer comes in.
    tokio::select! {
        biased;
        () = stop.clone() => {}
        () = receiver.adopt_orphans(Duration::ZERO) => {}
    }
    let adopting = tokio::spawn(adopt_orphans(Arc::clone(&receiver), journal.is_shared()));

    let _webhook = door.map(|door| {
        let secret = intake::secret(&settings.token);
        let listening = intake::listen(door, secret, Arc::clone(&receiver), metrics, closing.clone());
        AbortOnDropHandle::new(tasks.spawn(listening))
    });
    let mut intake = Intake::new(api.clone(), settings.poll_timeout, health.clone());
    let updates = async {
        match set {
            Some(set) => intake::watch(api, set, health.clone()).await,
            None => poll(&mut intake, &receiver).await,
        }
    };
    let served = tokio::select! {
        biased;
        () = stop.clone() => Ok("the bot was told to stop"),
        () = answering.exhausted() => Err(anyhow!(EXHAUSTED)),
        invalid = updates => Err(invalid.into()),
    };

    publishing.abort();
    adopting.abort();
    let reason = match &served {
        Ok(reason) => (*reason).to_owned(),
        Err(error) => {
            error!("{error}");
            error.to_string()
        }
    };
    health.set(Part::Stopping, Some(reason));
    stopping.begin();
    tasks.close();
    info!(n_tasks = tasks.len(), "stopping");
    let (_, drained) = tokio::join!(
        tokio::time::timeout(settings.drain, intake.confirm()),
        tokio::time::timeout(settings.drain, tasks.wait()),
    );
    _ = tokio::time::timeout(CLOSING, receiver.persist_overflow()).await;
    let n_overflowing = receiver.n_overflowing();
    if n_overflowing > 0 {
        let fault = journal.fault().unwrap_or_default();
        warn!(
            n_overflowing,
            "updates are neither answered nor in the journal; those not confirmed to Telegram come again: {fault}"
        );
    } else if drained.is_err() {
        warn!(n_tasks = tasks.len(), "what is not answered yet waits in the journal");
    }
    lanes.halt();
    close(&journal, writing).await;
    served.map(drop)
}

/// Polls for ever; ends only when Telegram no longer knows the token.
///
/// While the journal can't be written an update is confirmed when it is answered, and those after it come again until then.
async fn poll(intake: &mut Intake, receiver: &Arc<Receiver>) -> InvalidToken {
    loop {
        let updates = match intake.next().await {
            Ok(updates) => updates,
            Err(invalid) => return invalid,
        };
        // A task of its own, so that a stop between writing and handing over to the lanes does not cut it in two.
        let taking = tokio::spawn({
            let receiver = Arc::clone(receiver);
            async move {
                receiver.take_in(&updates).await;
                updates
            }
        });
        let Ok(updates) = taking.await else { continue };
        let is_full = updates.len() >= usize::from(intake::LIMIT);
        let until = Instant::now() + if is_full { POLL_HELD_BACK_IF_FULL } else { POLL_HELD_BACK };
        for (n, update) in updates.iter().enumerate() {
            if !receiver.is_safe(update, until).await {
                if n > 0 || !is_full {
                    break;
                }
                warn!("an update is confirmed that is neither answered nor in the journal, so that others can come");
            }
            intake.have_taken(update);
        }
    }
}

/// Looks again and again for updates in the journal that nobody sees to.
async fn adopt_orphans(receiver: Arc<Receiver>, is_shared: bool) {
    let neglect = if is_shared { SHARED_ORPHAN_SCAN_INTERVAL } else { ORPHAN_SCAN_INTERVAL };
    loop {
        tokio::time::sleep(neglect).await;
        receiver.adopt_orphans(neglect).await;
    }
}

async fn close(journal: &Journal, writing: JoinHandle<()>) {
    let closing = async {
        journal.close().await;
        writing.await
    };
    if tokio::time::timeout(CLOSING, closing).await.is_err() {
        warn!("the journal did not close in time; nothing is lost");
    }
}

/// Opens health and metrics to those who watch the bot, until what is returned is dropped.
async fn listen(
    address: SocketAddr,
    health: &Health,
    metrics: &Arc<Metrics>,
    journal: &Arc<OnceLock<Journal>>,
) -> anyhow::Result<AbortOnDropHandle<()>> {
    let faults = faults(health, journal);
    let text = {
        let (metrics, journal) = (Arc::clone(metrics), Arc::clone(journal));
        move || metrics.to_text(journal.get().map(Journal::fill).unwrap_or_default())
    };
    Ok(AbortOnDropHandle::new(tokio::spawn(health::listen(address, faults, text).await?)))
}

/// Returns what tells what is not well.
fn faults(
    health: &Health,
    journal: &Arc<OnceLock<Journal>>,
) -> impl Fn() -> Vec<Fault> + Clone + Send + Sync + 'static {
    let (health, journal) = (health.clone(), Arc::clone(journal));
    move || {
        let fault = journal.get().and_then(Journal::fault);
        health.set(Part::Journal, fault.map(|fault| format!("the journal can't be written: {fault}")));
        health.faults()
    }
}
