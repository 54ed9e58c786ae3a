//! Answering: context, conversation, reply. A fault costs its own update only.
//!
//! `lanes` keep the order within a chat and hold `job`s; `rate_limit` holds people to their pace; `contexts` remember what a
//! conversation is about; `workers` compute the reply on threads watched by a `thread_clock`; `mark` notes in the journal that it
//! is on its way; `backlog` estimates how long the queue takes.

pub(crate) mod backlog;

mod contexts;
mod job;
mod lanes;
mod mark;
mod rate_limit;
mod thread_clock;
mod workers;

use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use tracing::{error, info};

use self::contexts::{Contexts, Remembered};
pub(crate) use self::job::Job;
use self::job::{Prepared, Stage};
pub(crate) use self::lanes::{Held, LaneHandle, Lanes};
use self::mark::JournalMark;
use self::rate_limit::RateLimiter;
pub use self::workers::SPARE_THREADS;
use self::workers::{Cost, Workers};
use super::Settings;
use super::backoff::Backoff;
use super::delivery::layout::{self, Outgoing};
use super::delivery::{Delivery, DeliveryHook, Effect, Sender};
use super::journal::{Answered, Journal};
use super::shutdown::Shutdown;
use super::update::{Asker, Incoming, ReplyTarget};
use crate::conversation::{Context, Conversation, Notice, Reply};
use crate::desk::Outcome;
use crate::metrics::{FailureKind, LimitKind, Metrics, QuestionLabels, SendLabels, SendResult};

/// Time after which "typing…" is shown.
const TYPING_DELAY: Duration = Duration::from_millis(500);

/// Maximum time for which an answer is postponed on which Telegram has failed again and again.
const MAX_POSTPONE_DELAY: Duration = Duration::from_secs(3600);

/// Time between two evictions of expired contexts.
const EVICTION_INTERVAL: Duration = Duration::from_secs(60);

/// Maximum number of contexts: some megabytes.
const MAX_CONTEXTS: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// Answers updates one by one. Shared by all lanes.
pub(crate) struct Answering {
    conversation: Arc<Conversation>,
    contexts: Contexts,
    memory: Duration,
    postpone_delay: Duration,
    journal: Arc<Journal>,
    sender: Arc<Sender>,
    workers: Workers,
    people: RateLimiter<Asker>,
    metrics: Arc<Metrics>,
    /// Ends the wait for a token when the bot is about to stop.
    shutdown: Arc<Shutdown>,
}

impl Answering {
    /// Works out at most `settings.workers` answers at the same time; sending them takes no worker.
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
            people: RateLimiter::new(settings.person.at_once, settings.person.interval),
            metrics,
            shutdown,
        }
    }

    /// Answers an update; one that must wait comes back with the time until which it does. After a panic the person is told,
    /// and the update is not tried again.
    pub(crate) async fn answer(
        self: Arc<Self>,
        lane: LaneHandle<Job>,
        mut job: Job,
    ) -> Option<(tokio::time::Instant, Job)> {
        job.incoming.migrate_to(lane.chat());
        if let Ok(until) = AssertUnwindSafe(self.answer_or_panic(&lane, &mut job)).catch_unwind().await {
            return until.map(|until| (until, job));
        }
        error!("an update was given up after a panic");
        self.metrics.failed(FailureKind::panic);
        let context = Context { client_language: job.incoming.client_language, ..Context::default() };
        let (_, messages) = laid_out(self.conversation.notice(Notice::Failed, &context));
        // It may have been the sending that panicked.
        let _ = AssertUnwindSafe(self.send(&lane, &job, &messages, &[])).catch_unwind().await;
        self.journal.finish(job.update);
        None
    }

    /// Answers an update, sends the reply and takes it out of the journal, unless that must wait: where the person asks too
    /// fast, or Telegram fails on the reply.
    async fn answer_or_panic(&self, lane: &LaneHandle<Job>, job: &mut Job) -> Option<tokio::time::Instant> {
        if Instant::now() > job.deadline() {
            if matches!(job.stage, Stage::Prepared(_)) {
                error!("a reply was given up, because Telegram has failed on it for too long");
                self.count(SendResult::given_up);
            } else {
                info!("an update was too old to be answered");
                self.metrics.expired.inc();
            }
            self.journal.finish(job.update);
            return None;
        }
        // It waited, and is here before its time when the bot is about to stop; then it waits in the journal.
        if !matches!(job.stage, Stage::Received) && self.shutdown.is_started() && job.is_journaled() {
            return None;
        }
        let mut prepared = match std::mem::replace(&mut job.stage, Stage::Admitted) {
            Stage::Prepared(prepared) => prepared,
            stage => match self.prepare(lane, job, matches!(stage, Stage::Admitted)).await {
                Ok(prepared) => prepared,
                Err(turn) => return Some(turn),
            },
        };
        let sent = self.send(lane, job, &prepared.messages, &prepared.releases).await;
        match sent {
            Sent::ByAnother | Sent::Left => return None,
            // What ended the bot so often is not kept for a sentence that says so.
            Sent::NotYet(n_sent) if !job.is_poison => {
                let until = tokio::time::Instant::now() + prepared.backoff.next_wait();
                (job.n_sent, job.stage) = (n_sent, Stage::Prepared(prepared));
                return Some(until);
            }
            Sent::All | Sent::NotAll | Sent::NotYet(_) => {}
        }
        self.journal.finish(job.update);
        let Prepared { language, outcome, .. } = *prepared;
        let (elapsed, surface) = (job.since.elapsed(), job.incoming.surface.name());
        let labels = QuestionLabels { surface, language: language.to_string(), outcome };
        self.metrics.questions.get_or_create(&labels).inc();
        self.metrics.answer.observe(elapsed.as_secs_f64());
        let (elapsed_ms, is_sent) = (elapsed.as_millis(), sent == Sent::All);
        info!(kind = job.incoming.kind.name(), surface, outcome, is_sent, elapsed_ms, "answered");
        None
    }

    /// Works out the reply to an update, and remembers what the conversation is about with it; returns the person's turn where
    /// that is later.
    async fn prepare(
        &self,
        lane: &LaneHandle<Job>,
        job: &Job,
        is_admitted: bool,
    ) -> Result<Box<Prepared>, tokio::time::Instant> {
        let incoming = &job.incoming;
        let Remembered { context, is_complete } = self.context(incoming).await;
        if !is_admitted && let Some(turn) = self.turn(lane, job, &context).await {
            return Err(turn);
        }
        let answer = if job.is_poison {
            error!("an update was given up: each time it was worked on, the bot ended");
            Err(FailureKind::poison)
        } else {
            self.compute_reply(job, &context).await
        };
        let outcome = match &answer {
            Ok((reply, _)) => reply.outcome.map_or("told", name),
            Err(_) => "failed",
        };
        let (reply, messages) = answer.unwrap_or_else(|kind| {
            self.metrics.failed(kind);
            laid_out(self.conversation.notice(Notice::Failed, &context))
        });
        if reply.context.chosen_language != context.chosen_language {
            self.journal.keep_language(incoming.asker, reply.context.chosen_language);
        }
        let (language, releases) = (reply.language, reply.context.releases.clone());
        self.contexts.put(incoming.asker, Remembered { context: reply.context, is_complete }, Instant::now());
        Ok(Box::new(Prepared {
            messages,
            releases,
            language,
            outcome,
            backoff: Backoff::new(self.postpone_delay, MAX_POSTPONE_DELAY),
        }))
    }

    /// Returns when a person may ask again, unless that is now; who has to wait is told so once.
    async fn turn(&self, lane: &LaneHandle<Job>, job: &Job, context: &Context) -> Option<tokio::time::Instant> {
        let now = tokio::time::Instant::now();
        let token = self.people.acquire(job.incoming.asker, now);
        if token.at <= now {
            return None;
        }
        if token.is_first_wait {
            info!(surface = job.incoming.surface.name(), "a person asks too fast and waits");
            let notice = self.conversation.notice(Notice::Busy, context);
            let mut target = job.incoming.target;
            for message in layout::messages(&notice) {
                self.deliver(lane, &mut target, &message, job.deadline(), &()).await;
            }
        }
        self.metrics.waited(LimitKind::person, token.at - now);
        Some(token.at)
    }

    /// Forgets conversations when their time is over, for ever.
    pub(crate) async fn maintain(&self) {
        loop {
            tokio::time::sleep(EVICTION_INTERVAL).await;
            drop(self.contexts.evict_expired(Instant::now()));
        }
    }

    /// Waits until so many threads are stuck that the bot must begin anew.
    pub(crate) async fn exhausted(&self) {
        self.workers.exhausted().await;
    }

    /// Returns the number of requests that wait for a worker, and of calls that wait for a slot of the overall limit.
    pub(crate) fn n_waiting(&self) -> usize {
        self.workers.n_waiting() + self.sender.n_waiting()
    }

    /// Works out a reply and lays it out, and shows "typing…" when that takes a while, not counting the wait for a worker.
    async fn compute_reply(&self, job: &Job, context: &Context) -> Result<(Reply, Vec<Outgoing>), FailureKind> {
        let incoming = &job.incoming;
        let Some(request) = incoming.request.clone() else { return Err(FailureKind::panic) };
        let permit = self.workers.acquire(Cost::of(&request), incoming.asker.person).await;
        // Not before: what only waits when the bot ends has not ended it.
        if job.is_from_before {
            self.journal.record_attempt(job.update).await;
        }
        let (conversation, context) = (Arc::clone(&self.conversation), context.clone());
        let working = self.workers.run(permit, move || laid_out(conversation.respond(&request, &context)));
        let worked_out = with_typing(working, self.sender.keep_typing(&incoming.target)).await;
        if job.is_from_before {
            self.journal.reset_attempts(job.update);
        }
        worked_out.unwrap_or(Err(FailureKind::stuck))
    }

    /// Returns what a person's conversation is about; in a private chat, and the language anywhere, that outlives a restart.
    ///
    /// Who replies to one of our answers goes on from that one, whoever asked for it and whatever came after.
    async fn context(&self, incoming: &Incoming) -> Remembered {
        let Remembered { mut context, mut is_complete } = self.contexts.get(incoming.asker, Instant::now());
        // Another replica may have gone on with the conversation meanwhile.
        if (!is_complete || self.journal.is_shared())
            && let Ok(known) = self.journal.asker_state(incoming.asker, self.memory).await
        {
            (context.chosen_language, is_complete) = (known.language, true);
            // Of an answer that was given here more is remembered: its passages too.
            if let Some(releases) = known.releases.filter(|releases| *releases != context.releases) {
                (context.releases, context.shown) = (releases, Vec::new());
            }
        }
        if let Some(answer) = incoming.replied_to
            && let Ok(releases) = self.journal.releases_of(incoming.asker.chat, answer.0.into()).await
            && !releases.is_empty()
            && releases != context.releases
        {
            (context.releases, context.shown) = (releases, Vec::new());
        }
        context.client_language = incoming.client_language.or(context.client_language);
        Remembered { context, is_complete }
    }

    /// Sends the messages of a reply in order; what comes after one that failed would make no sense.
    async fn send(&self, lane: &LaneHandle<Job>, job: &Job, messages: &[Outgoing], releases: &[String]) -> Sent {
        let mut target = job.incoming.target;
        let question = i64::from(target.message.0);
        for (n_sent, message) in messages.iter().enumerate().skip(job.n_sent) {
            let mark = JournalMark { journal: &self.journal, job };
            let answer = match self.deliver(lane, &mut target, message, job.deadline(), &mark).await {
                Delivery::Sent(answer) => answer,
                Delivery::Failed(_) | Delivery::Migrated(_) => return Sent::NotAll,
                Delivery::Postponed => return Sent::NotYet(n_sent),
                Delivery::ShutDown => return Sent::Left,
                Delivery::NotOwned => {
                    info!("another replica has taken an answer over");
                    return Sent::ByAnother;
                }
            };
            let (update, chat, releases) = (job.update, target.chat.0, releases.to_vec());
            self.journal.sent(&Answered { update, chat, question, answer, releases });
        }
        Sent::All
    }

    /// Sends a message, after its group where that has migrated; what else waits for the group goes on there too.
    async fn deliver(
        &self,
        lane: &LaneHandle<Job>,
        target: &mut ReplyTarget,
        message: &Outgoing,
        deadline: Instant,
        hook: &impl DeliveryHook,
    ) -> Delivery {
        loop {
            let message = Box::new(message.clone().into_reply(target));
            let delivery = self.sender.deliver(Effect::Send { chat: target.chat, message, deadline }, hook).await;
            match delivery {
                Delivery::Sent(_) => self.count(SendResult::sent),
                Delivery::Failed(result) => self.count(result),
                Delivery::Migrated(_) | Delivery::Postponed | Delivery::ShutDown | Delivery::NotOwned => {}
            }
            let Delivery::Migrated(new) = delivery else { return delivery };
            let old = std::mem::replace(&mut target.chat, new);
            lane.migrate(old.0, new.0, || self.journal.move_chat(old.0, new.0));
            if self.journal.is_shared() {
                // The new chat is no replica's yet. Should this fail, one claims it soon.
                let _ = self.journal.claim(Duration::ZERO).await;
            }
        }
    }

    fn count(&self, result: SendResult) {
        self.metrics.sends.get_or_create(&SendLabels { result }).inc();
    }
}

fn laid_out(reply: Reply) -> (Reply, Vec<Outgoing>) {
    let messages = layout::messages(&reply);
    (reply, messages)
}

/// Progress of the messages of a reply.
#[derive(Debug, PartialEq, Eq)]
enum Sent {
    All,
    NotAll,
    /// Number of messages that went out, and no more for now.
    NotYet(usize),
    /// The rest waits in the journal for the next start.
    Left,
    /// The update is no longer ours.
    ByAnother,
}

/// Waits for something and shows, once that takes a while, that it is being worked on; `None` when the show ends first.
async fn with_typing<T>(working: impl Future<Output = T>, show: impl Future<Output = ()>) -> Option<T> {
    tokio::pin!(working);
    tokio::select! {
        biased;
        done = &mut working => return Some(done),
        () = tokio::time::sleep(TYPING_DELAY) => {}
    }
    tokio::select! {
        biased;
        done = working => Some(done),
        () = show => None,
    }
}

/// Returns the name of an outcome in logs and metrics.
fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Found => "found",
        Outcome::NotFound => "not_found",
        Outcome::Unclear => "unclear",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Works for so many milliseconds; returns whether that was shown.
    async fn is_shown_after(millis: u64) -> bool {
        let mut is_shown = false;
        let show = async {
            is_shown = true;
            std::future::pending().await
        };
        with_typing(tokio::time::sleep(Duration::from_millis(millis)), show).await;
        is_shown
    }

    #[tokio::test(start_paused = true)]
    async fn typing_is_shown_after_half_a_second() {
        assert!(!is_shown_after(0).await);
        assert!(!is_shown_after(499).await);
        assert!(is_shown_after(501).await);
        assert!(is_shown_after(60_000).await);
    }
}
