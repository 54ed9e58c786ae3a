//! Sending of an answer: its messages in order, each as a new one or in the place of one that stands there.

use std::time::{Duration, Instant};

use teloxide::types::MessageId;
use tracing::info;

use super::job::AnswerMessages;
use super::lanes::LaneHandle;
use super::mark::JournalMark;
use super::{Answering, Job};
use crate::metrics::{SendLabels, SendResult};
use crate::telegram::delivery::layout::Outgoing;
use crate::telegram::delivery::{Delivery, DeliveryHook, Effect, SendEphemeral};
use crate::telegram::journal::Answered;
use crate::telegram::update::ReplyTarget;

/// Outcome of sending the messages of a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SendOutcome {
    Complete,
    Failed,
    /// Postponed after this number of messages.
    Postponed(usize),
    /// The rest waits in the journal for the next start.
    ShutDown,
    /// Another replica owns the update.
    NotOwned,
}

/// Form in which a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// New message.
    New,
    /// In the place of this message.
    Edit(MessageId),
    /// New message that this person alone sees.
    Ephemeral(i64),
}

impl Answering {
    /// Sends the messages of an answer in order, and stops at the first failure.
    pub(super) async fn send(&self, lane: &LaneHandle<Job>, job: &Job, answer: &AnswerMessages) -> SendOutcome {
        let mut target = job.incoming.target;
        let question = target.message.map_or(0, |message| message.0.into());
        for (n_sent, message) in answer.messages.iter().enumerate().skip(job.n_sent) {
            let mark = JournalMark { journal: &self.journal, job };
            let form = match (answer.edited.get(n_sent), self.ephemeral.receiver(&job.incoming)) {
                (Some(id), _) => Form::Edit(*id),
                (None, Some(receiver)) => Form::Ephemeral(receiver),
                (None, None) => Form::New,
            };
            let answered = match self.deliver(lane, &mut target, message, form, job.deadline(), &mark).await {
                Delivery::Sent(answered) => answered,
                Delivery::Failed(_) | Delivery::Migrated(_) | Delivery::Unsupported => return SendOutcome::Failed,
                Delivery::Postponed => return SendOutcome::Postponed(n_sent),
                Delivery::ShutDown => return SendOutcome::ShutDown,
                Delivery::NotOwned => {
                    info!("another replica has taken over an answer");
                    return SendOutcome::NotOwned;
                }
            };
            let (update, chat, releases) = (job.update, target.chat.0, answer.releases.clone());
            let text_hash = self.text_hash.of(job);
            if let Ok(id @ 1..) = i32::try_from(answered) {
                let rating = answer.rating.filter(|_| n_sent + 1 == answer.messages.len());
                self.feedback.remember_answer(target.chat, MessageId(id), rating);
            }
            self.journal.sent(&Answered { update, chat, question, answer: answered, releases, text_hash });
        }
        // What an earlier answer had more would contradict this one.
        for id in answer.edited.iter().skip(answer.messages.len()) {
            self.sender.deliver(Effect::Delete { chat: target.chat, id: *id }, &()).await;
        }
        SendOutcome::Complete
    }

    /// Sends a message in a form, or as a new one for all where Telegram refuses the form. If its group has migrated, the message and
    /// the pending jobs of the group follow it.
    pub(super) async fn deliver(
        &self,
        lane: &LaneHandle<Job>,
        target: &mut ReplyTarget,
        message: &Outgoing,
        mut form: Form,
        deadline: Instant,
        hook: &impl DeliveryHook,
    ) -> Delivery {
        loop {
            let (chat, message) = (target.chat, message.clone());
            let effect = match form {
                Form::Edit(id) => Effect::Edit { chat, id, message: Box::new(message.into_edit(chat, id)), deadline },
                Form::Ephemeral(receiver) => {
                    let message = Box::new(SendEphemeral::new(message.into_reply(target), receiver));
                    Effect::SendEphemeral { chat, message, deadline }
                }
                Form::New => Effect::Send { chat, message: Box::new(message.into_reply(target)), deadline },
            };
            let delivery = self.sender.deliver(effect, hook).await;
            match delivery {
                Delivery::Sent(_) => self.count(SendResult::sent),
                Delivery::Failed(result) => self.count(result),
                Delivery::Unsupported
                | Delivery::Migrated(_)
                | Delivery::Postponed
                | Delivery::ShutDown
                | Delivery::NotOwned => {}
            }
            if delivery == Delivery::Unsupported && form != Form::New {
                if matches!(form, Form::Ephemeral(_)) {
                    self.ephemeral.refuse(chat);
                }
                form = Form::New;
                continue;
            }
            let Delivery::Migrated(new) = delivery else { return delivery };
            let old = std::mem::replace(&mut target.chat, new);
            lane.migrate(old.0, new.0, || self.journal.move_chat(old.0, new.0));
            if self.journal.is_shared() {
                // No replica owns the new chat yet. If this fails, one claims it soon.
                let _ = self.journal.claim(Duration::ZERO).await;
            }
        }
    }

    pub(super) fn count(&self, result: SendResult) {
        self.metrics.sends.get_or_create(&SendLabels { result }).inc();
    }
}
