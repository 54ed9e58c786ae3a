//! Feedback: counts the ratings of answers, and keeps questions that were not answered well, if the operator wants that.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;
use teloxide::types::{ChatId, MessageId};
use tokio::sync::Semaphore;
use tracing::{info, warn};

use super::Answering;
use crate::config::{FeedbackChats, Reactions, Telegram as Settings};
use crate::conversation::{Notice, Rating, Verdict};
use crate::feedback::{AnsweredQuestion, QuestionFile, Reason};
use crate::metrics::{Metrics, RatingLabels};
use crate::telegram::delivery::Effect;
use crate::telegram::delivery::layout::{self, Outgoing};
use crate::telegram::update::{Asker, Incoming, IncomingKind, Rated, Reacted, Surface, Tap};

/// Maximum number of rated messages that are remembered, so that each counts once, and of answers that a reaction can rate.
const MAX_RATED: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// Maximum time that an answer waits for the disk, after it was sent.
const DISK_TIMEOUT: Duration = Duration::from_secs(1);

/// Ratings that were counted, and the file of kept questions.
pub(super) struct Feedback {
    chats: FeedbackChats,
    /// Messages that were rated, and whether a tap was among their ratings.
    rated: Mutex<LruCache<(ChatId, MessageId), bool>>,
    reactions: Reactions,
    counts_reactions: bool,
    /// Answers by their last message, each with the rating of a reaction to it, but for the verdict.
    answers: Mutex<LruCache<(ChatId, MessageId), Rating>>,
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
            reactions: settings.reactions.clone(),
            counts_reactions: settings.counts_reactions(),
            answers: Mutex::new(LruCache::new(MAX_RATED)),
            file: kept.is_on.then(|| QuestionFile::new(kept.file.clone(), kept.max_len)),
            disk: Arc::new(Semaphore::new(1)),
        }
    }

    /// Tells whether questions are kept.
    pub(super) fn keeps_questions(&self) -> bool {
        self.file.is_some()
    }

    /// Adds buttons to the answer to a message, unless it is of a chat without them; returns what a reaction to it rates.
    pub(super) fn ask_for_rating(
        &self,
        incoming: &Incoming,
        answered: &AnsweredQuestion,
        messages: &mut [Outgoing],
    ) -> Option<Rating> {
        let is_asked = match self.chats {
            FeedbackChats::Private => incoming.surface == Surface::Private,
            FeedbackChats::Everywhere => true,
            FeedbackChats::Off => false,
        };
        // A tap leads to more of an answer that was asked about already.
        let is_rated = is_asked && incoming.kind != IncomingKind::Tap;
        is_rated.then(|| {
            layout::ask_for_rating(messages, answered.rating);
            answered.rating
        })
    }

    /// Remembers what the last message of an answer is, for reactions to it; a message edited into what cannot be rated is forgotten.
    pub(super) fn remember_answer(&self, chat: ChatId, message: MessageId, rating: Option<Rating>) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        match rating {
            Some(rating) if self.counts_reactions => drop(answers.put((chat, message), rating)),
            _ => drop(answers.pop(&(chat, message))),
        }
    }

    /// Returns the rating that a reaction is; `None` where it says nothing, or to no answer.
    fn rating_of(&self, reacted: &Reacted) -> Option<Rating> {
        let Reactions { helped, not_helped } = &self.reactions;
        let verdict = reacted.added.iter().map(|emoji| Reactions::plain(emoji)).find_map(|emoji| {
            let verdicts = [(helped, Verdict::Helped), (not_helped, Verdict::NotHelped)];
            verdicts.into_iter().find(|(list, _)| list.contains(&emoji)).map(|(_, verdict)| verdict)
        })?;
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.peek(&(ChatId(reacted.asker.chat), reacted.message))?;
        Some(Rating { verdict, ..*answer })
    }

    /// Remembers that a message was rated; tells whether it is its first rating, and whether it is its first by a tap.
    fn record(&self, chat: ChatId, message: MessageId, is_tap: bool) -> (bool, bool) {
        let mut rated = self.rated.lock().unwrap_or_else(PoisonError::into_inner);
        let before = rated.peek(&(chat, message)).copied();
        let was_tapped = before == Some(true);
        rated.put((chat, message), was_tapped || is_tap);
        (before.is_none(), is_tap && !was_tapped)
    }
}

impl Answering {
    /// Acknowledges a rating with thanks, counts the first one of a message, and removes the buttons.
    pub(crate) async fn rate(&self, tap: Tap, rated: Rated) {
        let Rated { asker, message, rating, keyboard } = rated;
        let chat = ChatId(asker.chat);
        let (is_first, is_first_tap) = self.feedback.record(chat, message, true);
        if is_first {
            self.count_rating(rating);
        }
        let context = self.languages_of(asker, tap.client_language).await;
        let toast = layout::toast(&self.conversation.notice(Notice::ThanksForFeedback, &context).text());
        let effect = Effect::Acknowledge { chat: asker.chat, tap: tap.id, toast: Some(toast) };
        self.sender.deliver(effect, &()).await;
        if is_first_tap && let Some(keyboard) = keyboard {
            self.sender.deliver(Effect::EditKeyboard { chat, id: message, keyboard }, &()).await;
        }
        if is_first {
            self.keep_if_not_helped(asker, rating).await;
        }
    }

    /// Counts a reaction to an answer that says whether it helped, if it is the first rating of the answer.
    pub(crate) async fn react(&self, reacted: Reacted) {
        let Some(rating) = self.feedback.rating_of(&reacted) else { return };
        if self.feedback.record(ChatId(reacted.asker.chat), reacted.message, false).0 {
            self.count_rating(rating);
            self.keep_if_not_helped(reacted.asker, rating).await;
        }
    }

    fn count_rating(&self, rating: Rating) {
        self.metrics.ratings.get_or_create(&labels(rating)).inc();
        let (verdict, kind) = (rating.verdict.to_string(), rating.kind.to_string());
        info!(verdict, kind, "an answer was rated");
    }

    /// Keeps the last question of a user if the rating says that its answer did not help.
    async fn keep_if_not_helped(&self, asker: Asker, rating: Rating) {
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
