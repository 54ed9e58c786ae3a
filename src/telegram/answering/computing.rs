//! Computing of replies, with "typing…" while one takes long.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::Answering;
use super::job::Job;
use super::workers::Cost;
use crate::conversation::{Context, Notice, Reply, ReplyKind, Request};
use crate::feedback::AnsweredQuestion;
use crate::metrics::FailureKind;
use crate::telegram::delivery::layout::{self, Outgoing};
use crate::telegram::update::IncomingKind;

/// Delay before "typing…" is shown.
const TYPING_DELAY: Duration = Duration::from_millis(500);

/// Computed reply.
pub(super) struct Computed {
    pub(super) reply: Reply,
    pub(super) messages: Vec<Outgoing>,
    /// Question that it answers, if it answers one.
    pub(super) answered: Option<AnsweredQuestion>,
    /// Set when what was talked about is forgotten.
    pub(super) forgets: bool,
}

pub(super) fn with_messages(request: &Request, reply: Reply) -> (Reply, Vec<Outgoing>) {
    let messages = layout::messages_for(request, &reply);
    (reply, messages)
}

/// Waits for `working`, and polls `typing` meanwhile after a delay; `None` when `typing` ends first.
async fn with_typing<T>(working: impl Future<Output = T>, typing: impl Future<Output = ()>) -> Option<T> {
    tokio::pin!(working);
    tokio::select! {
        biased;
        done = &mut working => return Some(done),
        () = tokio::time::sleep(TYPING_DELAY) => {}
    }
    tokio::select! {
        biased;
        done = working => Some(done),
        () = typing => None,
    }
}

impl Answering {
    /// Computes and lays out a reply; shows "typing…" after a while, not counting the wait for a worker.
    pub(super) async fn compute_reply(&self, job: &Job, context: &Context) -> Result<Computed, FailureKind> {
        let incoming = &job.incoming;
        if incoming.kind == IncomingKind::Joined {
            let notice = self.conversation.notice(Notice::JoinedGroup, context);
            let messages = layout::messages(&notice);
            return Ok(Computed { reply: notice, messages, answered: None, forgets: false });
        }
        let Some(request) = incoming.request.clone() else { return Err(FailureKind::panic) };
        let request = self.with_link(request, &incoming.links);
        let permit = self.workers.acquire(Cost::of(&request), incoming.asker.person).await;
        // Only now: an update that is still waiting cannot have crashed the bot.
        if job.is_from_before {
            self.journal.record_attempt(job.update).await;
        }
        let (conversation, context) = (Arc::clone(&self.conversation), context.clone());
        let number = incoming.target.message.map_or(0, |message| message.0);
        let working = self.workers.run(permit, move || {
            let turn = conversation.turn(&request, &context);
            let answered = AnsweredQuestion::of(&request, &turn, number);
            let forgets = matches!(turn.kind, ReplyKind::Reset | ReplyKind::Start);
            let (reply, messages) = with_messages(&request, turn.reply);
            Computed { reply, messages, answered, forgets }
        });
        let worked_out = with_typing(working, self.sender.keep_typing(&incoming.target)).await;
        if job.is_from_before {
            self.journal.reset_attempts(job.update);
        }
        worked_out.unwrap_or(Err(FailureKind::stuck))
    }

    /// Adds to a question the first link behind its words that leads to a release, as if it was pasted.
    pub(super) fn with_link(&self, request: Request, links: &[Url]) -> Request {
        let link = links.iter().find(|link| self.conversation.links_to_release(link.as_str()));
        match (request, link) {
            (Request::Ask(text), Some(link)) => Request::Ask(format!("{text} {link}")),
            (Request::Search(text), Some(link)) => Request::Search(format!("{text} {link}")),
            (request, _) => request,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Works for some milliseconds; returns whether "typing…" was shown.
    async fn is_shown_after(millis: u64) -> bool {
        let mut is_shown = false;
        let typing = async {
            is_shown = true;
            std::future::pending().await
        };
        with_typing(tokio::time::sleep(Duration::from_millis(millis)), typing).await;
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
