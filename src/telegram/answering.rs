//! Answering: computes and sends the reply to each update. A failure affects its own update only.
//!
//! `lanes` queue `job`s and keep the order within a chat; `rate_limit` limits each user; `contexts` cache the subject of each
//! conversation; `computing` works out a reply, which `workers` do on threads watched by a `thread_clock`; `sending` sends the messages
//! of an answer, and `mark` marks those in flight in the journal; `edited` finds the answer to an edited question; `ephemeral` shows
//! answers to one person alone; `inline` answers while somebody types, and `guest` where the bot is no member, beside the lanes;
//! `gathering` joins what was sent as one; `feedback` counts what readers say about answers and keeps questions; `backlog` estimates
//! the time of the queue.

pub(crate) mod backlog;

mod computing;
mod contexts;
mod edited;
mod ephemeral;
mod feedback;
mod gathering;
mod guest;
mod inline;
mod job;
mod lanes;
mod mark;
mod rate_limit;
mod sending;
mod thread_clock;
mod ticket;
mod workers;

use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use tracing::{debug, error, info};

use self::computing::Computed;
use self::contexts::{Contexts, StoredContext};
use self::edited::{EarlierAnswer, TextHash};
use self::ephemeral::EphemeralAnswers;
use self::feedback::Feedback;
use self::gathering::{Gathered, Gathering};
use self::guest::GuestQueries;
use self::inline::InlineQueries;
pub(crate) use self::job::Job;
use self::job::{AnswerMessages, Prepared, Stage};
pub(crate) use self::lanes::{Held, LaneHandle, Lanes};
use self::rate_limit::RateLimiter;
use self::sending::{Form, SendOutcome};
pub use self::workers::SPARE_THREADS;
use self::workers::Workers;
use super::Settings;
use super::backoff::Backoff;
use super::delivery::layout;
use super::delivery::{Effect, Sender};
use super::journal::Journal;
use super::shutdown::Shutdown;
use super::update::{Asker, Incoming, Surface, Tap};
use crate::conversation::{Context, Conversation, Notice};
use crate::desk::Outcome;
use crate::feedback::{AnsweredQuestion, Reason};
use crate::metrics::{FailureKind, LimitKind, Metrics, QuestionLabels, SendResult};

/// Maximum delay of an answer on which Telegram has failed repeatedly.
const MAX_POSTPONE_DELAY: Duration = Duration::from_secs(3600);

/// Time between two evictions of expired contexts.
const EVICTION_INTERVAL: Duration = Duration::from_secs(60);

/// Maximum number of cached contexts: some megabytes, as few questions are long.
const MAX_CONTEXTS: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// Answers updates; shared by all lanes.
pub(crate) struct Answering {
    conversation: Arc<Conversation>,
    contexts: Contexts,
    memory: Duration,
    postpone_delay: Duration,
    journal: Arc<Journal>,
    sender: Arc<Sender>,
    workers: Workers,
    rate_limiter: RateLimiter<Asker>,
    gathering: Gathering,
    inline_queries: InlineQueries,
    guest_queries: GuestQueries,
    feedback: Feedback,
    ephemeral: EphemeralAnswers,
    text_hash: TextHash,
    metrics: Arc<Metrics>,
    /// Ends the wait for a rate token on shutdown.
    shutdown: Arc<Shutdown>,
}

impl Answering {
    /// Computes at most `settings.workers` answers concurrently; sending takes no worker.
    pub(crate) fn new(
        conversation: Arc<Conversation>,
        journal: Arc<Journal>,
        sender: Arc<Sender>,
        settings: &Settings,
        metrics: Arc<Metrics>,
        shutdown: Arc<Shutdown>,
    ) -> Self {
        Self {
            conversation,
            contexts: Contexts::new(MAX_CONTEXTS, settings.memory),
            memory: settings.memory,
            postpone_delay: settings.postpone_delay,
            journal,
            sender,
            workers: Workers::new(settings.workers, settings.run_limits),
            rate_limiter: RateLimiter::new(settings.person.at_once, settings.person.interval),
            gathering: Gathering::new(settings.gathering_time),
            inline_queries: InlineQueries::default(),
            guest_queries: GuestQueries::new(settings.guest_mode),
            feedback: Feedback::new(settings, &metrics),
            ephemeral: EphemeralAnswers::new(settings.ephemeral_search),
            text_hash: TextHash::new(settings.token.as_ref()),
            metrics,
            shutdown,
        }
    }

    /// Answers an update; a postponed one is returned with the time at which it runs again. After a panic the user gets an error
    /// message, and the update is not retried.
    pub(crate) async fn answer(
        self: Arc<Self>,
        lane: LaneHandle<Job>,
        mut job: Job,
    ) -> Option<(tokio::time::Instant, Job)> {
        job.incoming.migrate_to(lane.chat());
        if let Ok(until) = AssertUnwindSafe(self.answer_or_panic(&lane, &mut job)).catch_unwind().await {
            return until.map(|until| (until, job));
        }
        error!("an update was abandoned after a panic");
        self.metrics.record_failure(FailureKind::panic);
        let context = Context { client_language: job.incoming.client_language, ..Context::default() };
        let messages = layout::messages(&self.conversation.notice(Notice::Failed, &context));
        let answer = AnswerMessages { messages, ..AnswerMessages::default() };
        // Sending may be what panicked.
        let _ = AssertUnwindSafe(self.send(&lane, &job, &answer)).catch_unwind().await;
        self.finish(&job);
        None
    }

    /// Answers an update, sends the reply and removes the update from the journal; returns when to run again if the user exceeds
    /// the rate limit or Telegram fails on the reply.
    async fn answer_or_panic(&self, lane: &LaneHandle<Job>, job: &mut Job) -> Option<tokio::time::Instant> {
        if Instant::now() > job.deadline() {
            if matches!(job.stage, Stage::Prepared(_)) {
                error!("a reply was abandoned: Telegram has failed on it for too long");
                self.count(SendResult::given_up);
            } else {
                info!("an update was too old to be answered");
                self.metrics.expired.inc();
            }
            self.finish(job);
            return None;
        }
        // On shutdown, postponed jobs run early; they are left in the journal.
        if !matches!(job.stage, Stage::Received) && self.shutdown.is_started() && job.is_journaled() {
            return None;
        }
        job.acknowledged().await;
        match self.gather(job) {
            Gathered::Answer => {}
            Gathered::Wait(until, ticket) => {
                job.stage = Stage::Gathering(ticket);
                return Some(until);
            }
            Gathered::Superseded => {
                debug!("an item of an album, or a part of a text, needs no answer of its own");
                self.finish(job);
                return None;
            }
            Gathered::Ended => return None,
        }
        if !matches!(job.stage, Stage::Prepared(_)) {
            match self.earlier_answer(job).await {
                EarlierAnswer::Stands => {
                    info!(kind = job.incoming.kind.name(), "the answer to a message stands");
                    self.finish(job);
                    return None;
                }
                EarlierAnswer::Edited(messages) => job.edited = messages,
            }
        }
        let mut prepared = match std::mem::replace(&mut job.stage, Stage::Admitted) {
            Stage::Prepared(prepared) => prepared,
            stage => match self.prepare(lane, job, matches!(stage, Stage::Admitted)).await {
                Ok(prepared) => prepared,
                Err(turn) => return Some(turn),
            },
        };
        let sent = self.send(lane, job, &prepared.answer).await;
        match sent {
            SendOutcome::NotOwned | SendOutcome::ShutDown => return None,
            // An update that crashed the bot is not kept just for its error message.
            SendOutcome::Postponed(n_sent) if !job.is_poison => {
                let until = tokio::time::Instant::now() + prepared.backoff.next_wait();
                (job.n_sent, job.stage) = (n_sent, Stage::Prepared(prepared));
                return Some(until);
            }
            SendOutcome::Complete | SendOutcome::Failed | SendOutcome::Postponed(_) => {}
        }
        self.finish(job);
        let Prepared { language, outcome, refused, .. } = *prepared;
        if let Some(refused) = refused {
            self.keep(refused, Reason::Refused).await;
        }
        let (elapsed, surface) = (job.since.elapsed(), job.incoming.surface.name());
        let labels = QuestionLabels { surface, language: language.to_string(), outcome };
        self.metrics.questions.get_or_create(&labels).inc();
        self.metrics.answer.observe(elapsed.as_secs_f64());
        let (elapsed_ms, is_sent) = (elapsed.as_millis(), sent == SendOutcome::Complete);
        info!(kind = job.incoming.kind.name(), surface, outcome, is_sent, elapsed_ms, "answered");
        None
    }

    /// Decides whether the rest of what a user sent is waited for.
    fn gather(&self, job: &mut Job) -> Gathered {
        let now = tokio::time::Instant::now();
        match &job.stage {
            Stage::Received => self.gathering.receive(job, now),
            Stage::Gathering(ticket) => self.gathering.resume(Arc::clone(ticket), now),
            Stage::Admitted | Stage::Prepared(_) => Gathered::Answer,
        }
    }

    /// Removes an answered update from the journal, with those of the parts that were joined to it.
    fn finish(&self, job: &Job) {
        for update in job.joined.updates.iter().chain([&job.update]) {
            self.journal.finish(*update);
        }
    }

    /// Computes the reply to an update and stores the new context; the error is the time at which the rate limit admits it.
    async fn prepare(
        &self,
        lane: &LaneHandle<Job>,
        job: &Job,
        is_admitted: bool,
    ) -> Result<Box<Prepared>, tokio::time::Instant> {
        let incoming = &job.incoming;
        let StoredContext { context, is_complete, last_question } = self.context(incoming).await;
        if !is_admitted && let Some(turn) = self.acquire_rate_token(lane, job, &context).await {
            return Err(turn);
        }
        let answer = if job.is_poison {
            error!("an update was abandoned: the bot crashed each time it was processed");
            Err(FailureKind::poison)
        } else {
            self.compute_reply(job, &context).await
        };
        let outcome = match &answer {
            Ok(Computed { reply, .. }) => reply.outcome.map_or("told", outcome_name),
            Err(_) => "failed",
        };
        let is_computed = answer.is_ok();
        let Computed { reply, mut messages, answered, forgets } = answer.unwrap_or_else(|kind| {
            self.metrics.record_failure(kind);
            let reply = self.conversation.notice(Notice::Failed, &context);
            let messages = layout::messages(&reply);
            Computed { reply, messages, answered: None, forgets: false }
        });
        // A rating takes the buttons away, by the number that an ephemeral answer lacks.
        let rated = answered.as_ref().filter(|_| self.ephemeral.receiver(incoming).is_none());
        let rating = rated.and_then(|answered| self.feedback.ask_for_rating(incoming, answered, &mut messages));
        let answered = answered.filter(|_| self.feedback.keeps_questions());
        let refused = answered.clone().filter(AnsweredQuestion::is_refused);
        let last_question = answered.or(last_question.filter(|_| !forgets));
        if reply.context.chosen_language != context.chosen_language {
            self.journal.keep_language(incoming.asker, reply.context.chosen_language);
        }
        let edited = match incoming.turned {
            _ if !is_computed => Vec::new(),
            // A page of several messages would leave those of the page before.
            Some(page) if messages.len() == 1 => vec![page],
            Some(_) => Vec::new(),
            None => job.edited.clone(),
        };
        let (language, releases) = (reply.language, reply.context.releases.clone());
        let stored = StoredContext { context: reply.context, is_complete, last_question };
        self.contexts.put(incoming.asker, stored, Instant::now());
        Ok(Box::new(Prepared {
            answer: AnswerMessages { messages, releases, edited, rating },
            language,
            outcome,
            refused,
            backoff: Backoff::new(self.postpone_delay, MAX_POSTPONE_DELAY),
        }))
    }

    /// Takes a rate token; returns when it is available, unless that is now. A user who has to wait is notified once.
    async fn acquire_rate_token(
        &self,
        lane: &LaneHandle<Job>,
        job: &Job,
        context: &Context,
    ) -> Option<tokio::time::Instant> {
        let now = tokio::time::Instant::now();
        let token = self.rate_limiter.acquire(job.incoming.asker, now);
        if token.at <= now {
            return None;
        }
        if token.is_first_wait {
            info!(surface = job.incoming.surface.name(), "a user exceeds the rate limit and waits");
            let notice = self.conversation.notice(Notice::Busy, context);
            let mut target = job.incoming.target;
            for message in layout::messages(&notice) {
                self.deliver(lane, &mut target, &message, Form::New, job.deadline(), &()).await;
            }
        }
        self.metrics.record_wait(LimitKind::person, token.at - now);
        Some(token.at)
    }

    /// Acknowledges a tap, which is told when its button is out of date.
    pub(crate) async fn acknowledge(&self, chat: i64, tap: Tap, is_out_of_date: bool) {
        let context = Context { client_language: tap.client_language, ..Context::default() };
        let text = || self.conversation.notice(Notice::OldButton, &context).text();
        let toast = is_out_of_date.then(|| layout::toast(&text()));
        self.sender.deliver(Effect::Acknowledge { chat, tap: tap.id, toast }, &()).await;
    }

    /// Evicts expired contexts, forever.
    pub(crate) async fn maintain(&self) {
        loop {
            tokio::time::sleep(EVICTION_INTERVAL).await;
            drop(self.contexts.evict_expired(Instant::now()));
        }
    }

    /// Waits until too many threads are stuck for the bot to go on.
    pub(crate) async fn exhausted(&self) {
        self.workers.exhausted().await;
    }

    /// Returns the number of requests that wait for a worker, and of calls that wait for a slot of the overall limit.
    pub(crate) fn n_waiting(&self) -> usize {
        self.workers.n_waiting() + self.sender.n_waiting()
    }

    /// Returns the context of a user. The chosen language survives a restart, and in private chats the subject too.
    ///
    /// A reply to an answer of the bot continues from that answer, whoever asked for it.
    async fn context(&self, incoming: &Incoming) -> StoredContext {
        let StoredContext { mut context, mut is_complete, last_question } =
            self.contexts.get(incoming.asker, Instant::now());
        // Another replica may have continued the conversation.
        if (!is_complete || self.journal.is_shared())
            && let Ok(known) = self.journal.asker_state(incoming.asker, self.memory).await
        {
            (context.chosen_language, is_complete) = (known.language, true);
            // For an answer of this process the cache has more: its passages.
            if let Some(releases) = known.releases.filter(|releases| *releases != context.releases) {
                context.turn_to(releases);
            }
        }
        if let Some(answer) = incoming.replied_to
            && let Ok(releases) = self.journal.releases_of(incoming.asker.chat, answer.0.into()).await
            && !releases.is_empty()
            && releases != context.releases
        {
            context.turn_to(releases);
        }
        // In a group, whoever replies to a message means that one, which may be somebody else's list.
        if incoming.replied_to.is_some() && incoming.surface == Surface::Group {
            (context.listed, context.asked, context.page) = (Vec::new(), None, None);
        }
        context.client_language = incoming.client_language.or(context.client_language);
        StoredContext { context, is_complete, last_question }
    }
}

/// Returns the name of an outcome in logs and metrics.
fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Found => "found",
        Outcome::NotFound => "not_found",
        Outcome::Unclear => "unclear",
    }
}
