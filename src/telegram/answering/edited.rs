//! Edited questions: an edit of a question edits its answer.

use sha2::{Digest as _, Sha256};
use teloxide::types::MessageId;

use super::Answering;
use super::job::{Job, Stage};
use crate::config::BotToken;
use crate::telegram::update::IncomingKind;

/// Hash of questions, keyed by the token of the bot: without it a short question can't be guessed from its hash.
pub(super) struct TextHash(Sha256);

impl TextHash {
    pub(super) fn new(token: Option<&BotToken>) -> Self {
        let key = token.map(BotToken::secret).unwrap_or_default();
        Self(Sha256::new().chain_update("pressdesk question ").chain_update(key))
    }

    /// Returns the hash of the request of a message; 0 for a tap, which cannot be edited.
    pub(super) fn of(&self, job: &Job) -> i64 {
        let Some(request) = job.incoming.request.as_ref().filter(|_| job.incoming.kind != IncomingKind::Tap) else {
            return 0;
        };
        let number = job.incoming.target.message.map_or(0, |message| message.0);
        let mut digest = self.0.clone().chain_update(number.to_be_bytes()).chain_update(request.to_command());
        for link in &job.incoming.links {
            digest.update(link.as_str());
        }
        let digest = digest.finalize();
        let (head, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
        i64::from_be_bytes(*head)
    }
}

/// What is to be done with a message that may have been answered before.
pub(super) enum EarlierAnswer {
    /// Nothing: its text is that of the answered one, or a later edit is answered.
    Stands,
    /// These messages of the earlier answer are edited; none where there is no such answer.
    Edited(Vec<MessageId>),
}

impl Answering {
    /// Looks up the answer to the message of a job that was answered before, by another update.
    pub(super) async fn earlier_answer(&self, job: &Job) -> EarlierAnswer {
        let is_edit = job.incoming.kind == IncomingKind::Edit;
        // A question that had to wait may have been edited, and its edit answered, meanwhile.
        let has_waited = job.is_from_before || !matches!(job.stage, Stage::Received);
        let none = EarlierAnswer::Edited(Vec::new());
        let question = job.incoming.target.message.filter(|_| job.incoming.kind != IncomingKind::Tap);
        let Some(question) = question.filter(|_| is_edit || has_waited) else { return none };
        let (chat, question) = (job.incoming.target.chat.0, i64::from(question.0));
        // Without the journal it is answered as new: better twice than not at all.
        let Ok(earlier) = self.journal.answers_to(chat, question, job.update).await else { return none };
        let Some(last) = earlier.last() else { return none };
        if !is_edit || last.text_hash == self.text_hash.of(job) {
            return EarlierAnswer::Stands;
        }
        let ids = earlier.iter().map(|earlier| i32::try_from(earlier.answer).ok().filter(|id| *id > 0).map(MessageId));
        // Where Telegram has not told the number of one, none can be edited in its place.
        EarlierAnswer::Edited(ids.collect::<Option<Vec<_>>>().unwrap_or_default())
    }
}
