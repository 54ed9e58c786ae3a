//! Feedback: counts the ratings of answers, and keeps questions that were not answered well, if the operator wants that.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;
use teloxide::types::{ChatId, MessageId};
use tokio::sync::Semaphore;
use tracing::{info, warn};

use super::Answering;
use crate::config::{FeedbackChats, Telegram as Settings};
use crate::conversation::{Notice, Rating, Verdict};
use crate::feedback::{AnsweredQuestion, QuestionFile, Reason};
use crate::metrics::{Metrics, RatingLabels};
use crate::telegram::delivery::Effect;
use crate::telegram::delivery::layout::{self, Outgoing};
use crate::telegram::update::{Incoming, IncomingKind, Rated, Surface, Tap};

/// Maximum number of rated messages that are remembered, so that each counts once.
const MAX_RATED: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// Maximum time that an answer waits for the disk, after it was sent.
const DISK_TIMEOUT: Duration = Duration::from_secs(1);

/// Ratings that were counted, and the file of kept questions.
pub(super) struct Feedback {
    chats: FeedbackChats,
    rated: Mutex<LruCache<(ChatId, MessageId), ()>>,
    /// File of kept questions; `None` where none are kept.
    file: Option<QuestionFile>,
    /// Permit of the thread that writes the file; a stuck disk keeps it, and no other thread.
    disk: Arc<Semaphore>,
}

impl Feedback {
    /// Sets all series of the ratings to 0.
    pub(super) fn new(settings: &Settings, metrics: &Metrics) -> Self {
        for verdict in Verdict::ALL {
            for outcome in Rating::OUTCOMES {
                for kind in Rating::KINDS {
                    drop(metrics.ratings.get_or_create(&labels(Rating { verdict, outcome, kind, question: 0 })));
                }
            }
        }
        let kept = &settings.kept_questions;
        Self {
            chats: settings.feedback,
            rated: Mutex::new(LruCache::new(MAX_RATED)),
            file: kept.is_on.then(|| QuestionFile::new(kept.file.clone(), kept.max_len)),
            disk: Arc::new(Semaphore::new(1)),
        }
    }

    /// Tells whether questions are kept.
    pub(super) fn keeps_questions(&self) -> bool {
        self.file.is_some()
    }

    /// Adds buttons to the answer to a message, unless it is of a chat without them.
    pub(super) fn ask_for_rating(&self, incoming: &Incoming, answered: &AnsweredQuestion, messages: &mut [Outgoing]) {
        let is_asked = match self.chats {
            FeedbackChats::Private => incoming.surface == Surface::Private,
            FeedbackChats::Everywhere => true,
            FeedbackChats::Off => false,
        };
        // A tap leads to more of an answer that was asked about already.
        if is_asked && incoming.kind != IncomingKind::Tap {
            layout::ask_for_rating(messages, answered.rating);
        }
    }

    /// Remembers that a message was rated; `false` if it was before.
    fn is_first(&self, chat: ChatId, message: MessageId) -> bool {
        let mut rated = self.rated.lock().unwrap_or_else(PoisonError::into_inner);
        rated.put((chat, message), ()).is_none()
    }
}

impl Answering {
    /// Acknowledges a rating with thanks, counts the first one of a message, and removes the buttons.
    pub(crate) async fn rate(&self, tap: Tap, rated: Rated) {
        let Rated { asker, message, rating, keyboard } = rated;
        let chat = ChatId(asker.chat);
        let is_first = self.feedback.is_first(chat, message);
        if is_first {
            self.metrics.ratings.get_or_create(&labels(rating)).inc();
            let (verdict, kind) = (rating.verdict.to_string(), rating.kind.to_string());
            info!(verdict, kind, "an answer was rated");
        }
        let context = self.languages_of(asker, tap.client_language).await;
        let toast = layout::toast(&self.conversation.notice(Notice::ThanksForFeedback, &context).text());
        let effect = Effect::Acknowledge { chat: asker.chat, tap: tap.id, toast: Some(toast) };
        self.sender.deliver(effect, &()).await;
        if !is_first {
            return;
        }
        if let Some(keyboard) = keyboard {
            self.sender.deliver(Effect::EditKeyboard { chat, id: message, keyboard }, &()).await;
        }
        // A refused question is kept already.
        let last = self.contexts.get(asker, Instant::now()).last_question;
        let is_meant = |last: &AnsweredQuestion| last.rating.question == rating.question && !last.is_refused();
        if rating.verdict == Verdict::NotHelped
            && let Some(last) = last.filter(is_meant)
        {
            self.keep(last, Reason::NotHelped).await;
        }
    }

    /// Keeps a question, if that is on. A fault of the disk costs nothing but the question.
    pub(super) async fn keep(&self, question: AnsweredQuestion, reason: Reason) {
        let Some(file) = self.feedback.file.clone() else { return };
        let kept = question.keep(reason);
        let writing = async {
            let permit = Arc::clone(&self.feedback.disk).acquire_owned().await;
            tokio::task::spawn_blocking(move || {
                let _permit = permit;
                file.append(&kept)
            })
            .await
        };
        match tokio::time::timeout(DISK_TIMEOUT, writing).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => warn!("a question was not kept: {error}"),
            Ok(Err(_)) => warn!("a question was not kept: its thread ended"),
            Err(_) => warn!("a question is perhaps not kept: the disk is slow"),
        }
    }
}

fn labels(rating: Rating) -> RatingLabels {
    let Rating { verdict, outcome, kind, .. } = rating;
    RatingLabels { verdict: verdict.to_string(), outcome: outcome.to_string(), kind: kind.to_string() }
}
