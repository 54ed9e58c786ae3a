//! Answers what came in: context, conversation, reply. A fault costs its own update only.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tracing::{error, info};

use super::api::{Api, Arrival};
use super::contexts::Contexts;
use super::from_telegram::Incoming;
use super::journal::Journal;
use super::reception::Job;
use super::to_telegram;
use crate::conversation::{Context, Conversation, Notice, Reply};

/// How many contexts are remembered: some megabytes at most.
const N_CONTEXTS: usize = 10_000;

/// Answers updates one by one; shared by all lanes.
pub(super) struct Answering {
    conversation: Arc<Conversation>,
    contexts: Contexts,
    journal: Journal,
    api: Api,
    workers: Semaphore,
}

impl Answering {
    /// Works out at most `workers` answers at the same time; sending them takes no worker.
    pub(super) fn new(conversation: Arc<Conversation>, journal: Journal, api: Api, workers: usize) -> Self {
        let workers = Semaphore::new(workers.max(1));
        Self { conversation, contexts: Contexts::new(N_CONTEXTS), journal, api, workers }
    }

    /// Answers an update, sends the reply and takes it out of the journal.
    pub(super) async fn answer(self: Arc<Self>, job: Job) {
        let Job { update, incoming, .. } = &job;
        if job.is_loaded {
            self.journal.try_again(*update).await;
        }
        let context = self.context(incoming).await;
        let reply = if job.is_poison {
            error!("an update was given up: each time it was worked on, the bot ended");
            Err(Panicked)
        } else {
            let _worker = self.workers.acquire().await.expect("the semaphore is never closed");
            let conversation = Arc::clone(&self.conversation);
            let (request, context) = (incoming.request.clone(), context.clone());
            worked_out(move || conversation.respond(&request, &context)).await
        };
        let outcome = match &reply {
            Ok(reply) => reply.outcome.map_or("told".to_owned(), |outcome| format!("{outcome:?}").to_lowercase()),
            Err(Panicked) => "failed".to_owned(),
        };
        let reply = reply.unwrap_or_else(|Panicked| self.conversation.notice(Notice::Failed, &context));
        if reply.context.chosen_language != context.chosen_language {
            self.journal.keep_language(incoming.asker, reply.context.chosen_language);
        }
        self.contexts.put(incoming.asker, reply.context.clone());
        let sent = self.send(&job, &reply).await;
        if sent == Sent::ByAnother {
            return;
        }
        self.journal.finish(*update);
        let elapsed_ms = job.since.elapsed().as_millis();
        let is_sent = sent == Sent::All;
        info!(kind = incoming.kind, surface = %incoming.surface, outcome, is_sent, elapsed_ms, "answered");
    }

    /// Returns what a person's conversation is about; the language they chose outlives a restart.
    async fn context(&self, incoming: &Incoming) -> Context {
        let remembered = self.contexts.get(incoming.asker);
        let is_new = remembered.is_none();
        let mut context = remembered.unwrap_or_default();
        // Another replica may have been told another language meanwhile.
        if (is_new || self.journal.is_shared())
            && let Ok(chosen) = self.journal.language(incoming.asker).await
        {
            context.chosen_language = chosen;
        }
        context.client_language = incoming.client_language.or(context.client_language);
        context
    }

    /// Sends the messages of a reply in order; what comes after one that failed would make no sense.
    async fn send(&self, job: &Job, reply: &Reply) -> Sent {
        let mut place = job.incoming.place;
        let question = i64::from(place.message.0);
        for message in to_telegram::messages(reply).into_iter().skip(job.n_sent) {
            if job.unjournaled.is_none() && self.journal.begin_sending(job.update).await == Ok(false) {
                info!("another replica has taken an answer over");
                return Sent::ByAnother;
            }
            let Some(Arrival { chat, message }) = self.api.send(place.chat, message.into_place(&place)).await else {
                return Sent::NotAll;
            };
            if chat != place.chat {
                self.journal.move_chat(place.chat.0, chat.0);
                place.chat = chat;
            }
            self.journal.sent(job.update, chat.0, question, message);
        }
        Sent::All
    }
}

/// What went out of a reply.
#[derive(Debug, PartialEq, Eq)]
enum Sent {
    All,
    NotAll,
    /// The update is no longer ours.
    ByAnother,
}

/// A reply could not be worked out because of a fault of ours.
#[derive(Debug, PartialEq, Eq)]
struct Panicked;

/// Works out a reply on a thread of its own, where it holds up nothing and where a panic ends.
async fn worked_out(respond: impl FnOnce() -> Reply + Send + 'static) -> Result<Reply, Panicked> {
    tokio::task::spawn_blocking(respond).await.map_err(|_| {
        // What the panic says may quote the question.
        error!("a request could not be answered because of a panic");
        Panicked
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_while_answering_does_not_spread() {
        let poisoned = || -> Reply { panic!("poison") };
        assert_eq!(worked_out(poisoned).await, Err(Panicked));
    }
}
