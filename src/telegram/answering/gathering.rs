//! Gathering: messages that a user sent as one are answered as one.
//!
//! Telegram delivers an album as one message for each item, of which one bears the caption, and its apps split a long text. A
//! message after which more may come is postponed for a second. Parts of a text are joined to the last one, which is
//! answered; items of an album give way to the one with the caption. A joined part stays in its lane and in the journal until the
//! answer was sent, so that a restart gathers them again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use teloxide::types::MessageId;
use tokio::time::Instant;
use url::Url;

use super::job::Job;
use super::ticket::{Fate, Ticket};
use crate::conversation::Request;
use crate::telegram::update::{Asker, IncomingKind, Part};

/// Maximum number of parts of one text, as the cost of a question grows with its length.
const MAX_PARTS: usize = 8;

/// Time that an album is remembered: the longest between its items on a slow connection.
const ALBUM_MEMORY: Duration = Duration::from_secs(60);

/// Messages that are gathered.
pub(super) struct Gathering {
    /// Time that a message waits for the rest of what its user sent.
    time: Duration,
    state: Mutex<Pending>,
}

/// Messages that wait for the rest, and albums seen.
#[derive(Default)]
struct Pending {
    texts: HashMap<Asker, Text>,
    albums: HashMap<(i64, String), Album>,
}

/// Text so far, after whose last part another may come.
struct Text {
    request: Request,
    links: Vec<Url>,
    /// Message of the bot that its first part replies to.
    replied_to: Option<MessageId>,
    /// Updates of its parts.
    updates: Vec<i64>,
    last_message: i32,
    last_sent_at: i64,
    /// Ticket of the last part.
    ticket: Arc<Ticket>,
}

/// Album with the time at which an item was last seen.
struct Album {
    seen_at: Instant,
    /// Item without a caption that waits for one with it, and its update.
    waiting: Option<(i64, Arc<Ticket>)>,
}

/// Decision on a message.
pub(super) enum Gathered {
    /// It waits until this time.
    Wait(Instant, Arc<Ticket>),
    /// It is answered.
    Answer,
    /// It is finished unanswered.
    Superseded,
    /// It was joined to another, whose job has ended.
    Ended,
}

impl Gathering {
    pub(super) fn new(time: Duration) -> Self {
        Self { time, state: Mutex::default() }
    }

    /// Receives a message; the earlier parts of its text are joined to its request.
    pub(super) fn receive(&self, job: &mut Job, now: Instant) -> Gathered {
        if job.incoming.kind != IncomingKind::Message {
            return Gathered::Answer;
        }
        let mut state = self.lock();
        let until = now + self.time;
        match &job.incoming.part {
            Some(Part::Album(id)) => {
                let key = (job.incoming.asker.chat, id.clone());
                state.receive_item(job, key, now, until)
            }
            Some(Part::Text | Part::Rest { .. }) | None => state.receive_text(job, until),
        }
    }

    /// Decides on a message that has waited.
    pub(super) fn resume(&self, ticket: Arc<Ticket>, now: Instant) -> Gathered {
        let mut state = self.lock();
        match ticket.0.get() {
            None => {
                state.texts.retain(|_, text| !Arc::ptr_eq(&text.ticket, &ticket));
                Gathered::Answer
            }
            Some(Fate::Superseded) => Gathered::Superseded,
            Some(Fate::Joined(guard)) if guard.strong_count() > 0 => Gathered::Wait(now + self.time, ticket),
            Some(Fate::Joined(_)) => Gathered::Ended,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    fn receive_item(&mut self, job: &mut Job, key: (i64, String), now: Instant, until: Instant) -> Gathered {
        self.albums.retain(|_, album| now.saturating_duration_since(album.seen_at) < ALBUM_MEMORY);
        let known = self.albums.get_mut(&key);
        if job.incoming.request != Some(Request::NotText) {
            if let Some((update, ticket)) = known.and_then(|album| album.waiting.take()) {
                // Its fate is set once, here.
                _ = ticket.0.set(Fate::Superseded);
                job.joined.updates.push(update);
            }
            self.albums.insert(key, Album { seen_at: now, waiting: None });
            return Gathered::Answer;
        }
        if let Some(album) = known {
            album.seen_at = now;
            return Gathered::Superseded;
        }
        let ticket = Arc::<Ticket>::default();
        self.albums.insert(key, Album { seen_at: now, waiting: Some((job.update, Arc::clone(&ticket))) });
        Gathered::Wait(until, ticket)
    }

    fn receive_text(&mut self, job: &mut Job, until: Instant) -> Gathered {
        let incoming = &mut job.incoming;
        // Telegram counts the private chats of a bot together, so the next number may be in another chat.
        let last_message = incoming.target.message.map_or(0, |message| message.0);
        let is_next = |text: &Text| {
            text.last_message < last_message && incoming.sent_at - text.last_sent_at <= Part::MAX_INTERVAL
        };
        let earlier = self.texts.remove(&incoming.asker).filter(is_next);
        let is_rest = matches!(incoming.part, Some(Part::Rest { .. }));
        if is_rest && earlier.is_none() {
            // It does not address the bot by itself.
            return Gathered::Superseded;
        }
        let Some(request) = incoming.request.as_ref().filter(|request| words(request).is_some()) else {
            return Gathered::Answer;
        };
        let mut request = request.clone();
        if let Some(earlier) = earlier {
            request = joined(earlier.request, &request);
            // Its fate is set once, here.
            _ = earlier.ticket.0.set(Fate::Joined(Arc::downgrade(&job.joined.guard)));
            job.joined.updates = earlier.updates;
            incoming.request = Some(request.clone());
            incoming.links.splice(..0, earlier.links);
            incoming.replied_to = earlier.replied_to.or(incoming.replied_to);
        }
        let may_go_on = matches!(incoming.part, Some(Part::Text | Part::Rest { may_go_on: true }));
        if !may_go_on || job.joined.updates.len() + 1 >= MAX_PARTS {
            return Gathered::Answer;
        }
        let ticket = Arc::<Ticket>::default();
        let updates = job.joined.updates.iter().copied().chain([job.update]).collect();
        let (links, replied_to) = (incoming.links.clone(), incoming.replied_to);
        let (last_sent_at, waiting) = (incoming.sent_at, Arc::clone(&ticket));
        let text = Text { request, links, replied_to, updates, last_message, last_sent_at, ticket };
        self.texts.insert(incoming.asker, text);
        Gathered::Wait(until, waiting)
    }
}

/// Returns the words of a question or search.
fn words(request: &Request) -> Option<&str> {
    match request {
        Request::Ask(words) | Request::Search(words) => Some(words.as_str()).filter(|words| !words.is_empty()),
        _ => None,
    }
}

/// Joins two parts of a text, which was cut at white space.
fn joined(first: Request, next: &Request) -> Request {
    let next = words(next).unwrap_or_default();
    match first {
        Request::Ask(text) => Request::Ask(format!("{text}\n{next}")),
        Request::Search(text) => Request::Search(format!("{text}\n{next}")),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use teloxide::types::ChatId;

    use super::*;
    use crate::telegram::update::{Incoming, ReplyTarget, Surface};

    const TIME: Duration = Duration::from_secs(1);

    fn job(message: i32, request: Request, part: Option<Part>) -> Job {
        let incoming = Incoming {
            kind: IncomingKind::Message,
            surface: Surface::Private,
            asker: Asker { chat: 1, person: 1 },
            client_language: None,
            request: Some(request),
            links: Vec::new(),
            part,
            sent_at: 1_000,
            target: ReplyTarget { chat: ChatId(1), topic: None, message: Some(MessageId(message)) },
            replied_to: None,
            turned: None,
        };
        Job::new(message.into(), incoming, std::time::Instant::now())
    }

    fn part(message: i32, text: &str) -> Job {
        job(message, Request::Ask(text.to_owned()), Some(Part::Text))
    }

    fn item(message: i32, request: Request) -> Job {
        job(message, request, Some(Part::Album("7".to_owned())))
    }

    fn ticket(gathered: Gathered) -> Arc<Ticket> {
        let Gathered::Wait(_, ticket) = gathered else { panic!("it does not wait") };
        ticket
    }

    #[test]
    fn parts_are_joined_to_the_last_one() {
        let (gathering, now) = (Gathering::new(TIME), Instant::now());
        let mut parts = [part(1, "one"), part(2, "two"), job(4, Request::Ask("three".to_owned()), None)];
        let [first, second, third] = &mut parts;
        first.incoming.replied_to = Some(MessageId(9));
        second.incoming.links = vec!["https://example.org/".parse().unwrap()];
        let first = ticket(gathering.receive(first, now));
        let second = ticket(gathering.receive(second, now));
        assert!(matches!(gathering.resume(Arc::clone(&first), now), Gathered::Wait(..)));
        assert!(matches!(gathering.receive(third, now), Gathered::Answer));
        assert_eq!(third.incoming.request, Some(Request::Ask("one\ntwo\nthree".to_owned())));
        assert_eq!(third.joined.updates, [1, 2]);
        assert_eq!((third.incoming.links.len(), third.incoming.replied_to), (1, Some(MessageId(9))));
        assert!(matches!(gathering.resume(Arc::clone(&second), now), Gathered::Wait(..)));
        drop(parts);
        assert!(matches!(gathering.resume(second, now), Gathered::Ended));
        assert!(matches!(gathering.resume(first, now), Gathered::Ended));
        assert!(gathering.lock().texts.is_empty());
    }

    #[test]
    fn long_text_alone_is_answered_after_its_time() {
        let (gathering, now) = (Gathering::new(TIME), Instant::now());
        let first = ticket(gathering.receive(&mut part(1, "one"), now));
        assert!(matches!(gathering.resume(first, now + TIME), Gathered::Answer));
        let mut later = job(2, Request::Ask("two".to_owned()), None);
        assert!(matches!(gathering.receive(&mut later, now + TIME), Gathered::Answer));
        assert_eq!(later.incoming.request, Some(Request::Ask("two".to_owned())));
    }

    #[test]
    fn text_is_not_joined_to_a_command_or_much_later() {
        let (gathering, now) = (Gathering::new(TIME), Instant::now());
        for (request, sent_at) in [(Request::Help, 1_000), (Request::Ask("two".to_owned()), 1_003)] {
            let first = ticket(gathering.receive(&mut part(1, "one"), now));
            let mut next = job(2, request.clone(), None);
            next.incoming.sent_at = sent_at;
            assert!(matches!(gathering.receive(&mut next, now), Gathered::Answer));
            assert_eq!((next.incoming.request, next.joined.updates.len()), (Some(request), 0));
            assert!(matches!(gathering.resume(first, now), Gathered::Answer));
        }
    }

    #[test]
    fn album_is_answered_once_wherever_its_caption_is() {
        let (gathering, now) = (Gathering::new(TIME), Instant::now());
        let caption = || item(2, Request::Ask("who paid?".to_owned()));
        let first = ticket(gathering.receive(&mut item(1, Request::NotText), now));
        assert!(matches!(gathering.receive(&mut caption(), now), Gathered::Answer));
        assert!(matches!(gathering.receive(&mut item(3, Request::NotText), now), Gathered::Superseded));
        assert!(matches!(gathering.resume(first, now), Gathered::Superseded));

        let later = now + ALBUM_MEMORY;
        let first = ticket(gathering.receive(&mut item(4, Request::NotText), later));
        assert!(matches!(gathering.receive(&mut item(5, Request::NotText), later), Gathered::Superseded));
        assert!(matches!(gathering.resume(first, later), Gathered::Answer));
        assert!(matches!(gathering.receive(&mut item(6, Request::NotText), later), Gathered::Superseded));
    }
}
