//! Guest queries: a question in a chat that the bot is no member of. It has one answer, in one message, and nothing else.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tracing::{debug, info};

use super::Answering;
use super::computing::with_messages;
use super::workers::Cost;
use crate::conversation::Context;
use crate::telegram::delivery::{Effect, layout};
use crate::telegram::update::GuestQuery;

/// Maximum number of queries in work; others are dropped.
const MAX_QUERIES: usize = 64;

/// Queries in work.
pub(super) struct GuestQueries {
    is_allowed: bool,
    permits: Semaphore,
}

impl GuestQueries {
    pub(super) fn new(is_allowed: bool) -> Self {
        Self { is_allowed, permits: Semaphore::new(MAX_QUERIES) }
    }
}

impl Answering {
    /// Answers a guest query, once, unless guest mode is off.
    pub(crate) async fn answer_guest(&self, query: GuestQuery) {
        // Telegram keeps the kinds of updates that were asked for before.
        let permit = self.guest_queries.is_allowed.then(|| self.guest_queries.permits.try_acquire().ok()).flatten();
        let Some(_permit) = permit else {
            debug!("a guest query was dropped: guest mode is off, or there are too many");
            return;
        };
        let GuestQuery { id, incoming } = query;
        let Some(request) = incoming.request else { return };
        let request = self.with_link(request, &incoming.links);
        let conversation = Arc::clone(&self.conversation);
        let context = Context { client_language: incoming.client_language, ..Context::default() };
        let permit = self.workers.acquire(Cost::of(&request), incoming.asker.person).await;
        let worked_out = self.workers.run(permit, move || {
            let (reply, messages) = with_messages(&request, conversation.turn(&request, &context).reply);
            layout::guest_answer(id, &reply, messages)
        });
        match worked_out.await {
            Ok(Some(answer)) => {
                let chat = incoming.asker.chat;
                self.sender.deliver(Effect::AnswerGuest { chat, answer: Box::new(answer) }, &()).await;
                info!("a guest query was answered");
            }
            Ok(None) => {}
            Err(kind) => self.metrics.record_failure(kind),
        }
    }
}
