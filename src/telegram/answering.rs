//! Answers what came in: context, conversation, reply. A fault costs its own update only.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tracing::{error, info};

use super::api::Api;
use super::contexts::Contexts;
use super::from_telegram::Incoming;
use super::to_telegram;
use crate::conversation::{Context, Conversation, Notice, Reply};

/// How many contexts are remembered: some megabytes at most.
const N_CONTEXTS: usize = 10_000;

/// Answers updates one by one; shared by all lanes.
pub(super) struct Answering {
    conversation: Arc<Conversation>,
    contexts: Contexts,
    api: Api,
    workers: Semaphore,
}

impl Answering {
    /// Works out at most `workers` answers at the same time; sending them takes no worker.
    pub(super) fn new(conversation: Arc<Conversation>, api: Api, workers: usize) -> Self {
        let workers = Semaphore::new(workers.max(1));
        Self { conversation, contexts: Contexts::new(N_CONTEXTS), api, workers }
    }

    /// Answers an update and sends the reply.
    pub(super) async fn answer(self: Arc<Self>, incoming: Incoming) {
        let started = Instant::now();
        let context = self.context(&incoming);
        let reply = {
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
        self.contexts.put(incoming.asker, reply.context.clone());
        let is_sent = self.send(&incoming, &reply).await;
        let elapsed_ms = started.elapsed().as_millis();
        info!(kind = incoming.kind, surface = %incoming.surface, outcome, is_sent, elapsed_ms, "answered");
    }

    /// Tells a person that they are too quick, ahead of the answers under way.
    pub(super) async fn say_busy(self: Arc<Self>, incoming: Incoming) {
        let reply = self.conversation.notice(Notice::Busy, &self.context(&incoming));
        let is_sent = self.send(&incoming, &reply).await;
        info!(kind = incoming.kind, surface = %incoming.surface, outcome = "busy", is_sent, "a lane is full");
    }

    fn context(&self, incoming: &Incoming) -> Context {
        let remembered = self.contexts.get(incoming.asker);
        Context { client_language: incoming.client_language.or(remembered.client_language), ..remembered }
    }

    /// Sends the messages of a reply in order; what comes after one that failed would make no sense.
    async fn send(&self, incoming: &Incoming, reply: &Reply) -> bool {
        for message in to_telegram::messages(reply) {
            if !self.api.send(message.into_place(&incoming.place)).await {
                return false;
            }
        }
        true
    }
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
