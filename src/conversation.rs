//! One path for every surface: a request comes in, a reply goes out.

mod compose;
mod contacts;
mod reply;
mod request;
mod typed;
mod wording;

use std::sync::Arc;

use self::compose::Composer;
pub use self::reply::{Block, Choice, Context, Reply, Span, Style};
pub use self::request::{COMMANDS, Request};
pub use self::typed::Meant;
use self::typed::Phrases;
pub use self::wording::Wording;
use crate::corpus::{Contact, Release};
use crate::desk::{Answer, Contacts, Desk, Outcome};
use crate::language::Language;
use crate::search::{Hit, Question};

/// The press desk in conversation: everything a surface needs, built once and never changed.
#[derive(Debug)]
pub struct Conversation {
    desk: Desk,
    wording: Wording,
    phrases: Phrases,
    releases_per_page: usize,
}

/// What is said to a question.
#[derive(Debug, Clone)]
pub enum Said {
    /// When this release is from, which was asked.
    Dated(Arc<Release>),
    /// What the desk says.
    Answer(Answer),
}

/// A sentence that the bot says by itself, without a request to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A request could not be answered because of a fault of ours.
    Failed,
    /// The person sends faster than answers go out.
    Busy,
    /// Somebody sat down at a terminal.
    ConsoleWelcome,
}

/// How the bot introduces itself on a platform, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// At most 64 characters.
    pub name: String,
    /// At most 512 characters.
    pub description: String,
    /// At most 120 characters.
    pub short_description: String,
    /// Commands (without slash) with what they do, at most 256 characters each, in the order of the menu.
    pub commands: Vec<(&'static str, String)>,
}

impl Conversation {
    /// Puts the desk into conversation; `releases_per_page` is at least 1.
    #[must_use]
    pub fn new(desk: Desk, wording: Wording, releases_per_page: usize) -> Self {
        let phrases = Phrases::of(&wording, Arc::clone(desk.languages()));
        Self { desk, wording, phrases, releases_per_page: releases_per_page.max(1) }
    }

    /// Returns the desk.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Returns the desk out of conversation, to evaluate it.
    #[must_use]
    pub fn into_desk(self) -> Desk {
        self.desk
    }

    /// Answers a request.
    #[must_use]
    pub fn respond(&self, request: &Request, context: &Context) -> Reply {
        match request {
            Request::Search(words) if words.is_empty() => {
                self.composer(context, None).sentence("search-empty").outcome(Outcome::Unclear)
            }
            Request::Ask(text) | Request::Search(text) => match self.meaning(text, context) {
                Meant::Command(command, language) => self.obey(&command, context, language),
                Meant::Question { text: question, about, in_danger } => {
                    let mut reply = match self.question(&question, about.clone(), context) {
                        Some(question) => self.ask(&question, about.as_deref(), context),
                        // A greeting shows its language though it asks nothing.
                        None => self.composer(context, self.desk.languages().detect(text)).unclear(self.desk.corpus()),
                    };
                    if in_danger {
                        reply.prepend(self.composer(context, Some(reply.language)).sentence("no-emergency-service"));
                    }
                    reply
                }
            },
            command => self.obey(command, context, None),
        }
    }

    /// Tells what a typed text means: a question, or a command in other words.
    #[must_use]
    pub fn meaning(&self, text: &str, context: &Context) -> Meant {
        let preferred = || {
            let languages = [self.desk.languages().detect(text), context.chosen_language, context.client_language];
            languages.into_iter().flatten().collect()
        };
        match self.phrases.meaning(text, preferred, self.desk.corpus()) {
            // Whoever wants to talk to a person wants to about the release in hand.
            Meant::Command(Request::Contacts { .. }, _) if !context.releases.is_empty() => {
                Meant::Question { text: text.to_owned(), about: None, in_danger: false }
            }
            meant => meant,
        }
    }

    /// Makes a question of a text in a conversation, perhaps about a release whose link stood in it.
    #[must_use]
    pub fn question(&self, text: &str, about: Option<String>, context: &Context) -> Option<Question> {
        let mut question = self.desk.question(text)?;
        (question.context, question.shown) = match about {
            Some(id) => (vec![id], Vec::new()),
            None => (context.releases.clone(), context.shown.clone()),
        };
        question.asks_contact_in_hand =
            !question.context.is_empty() && self.phrases.only_asks_contact(question.words());
        question.names_topic = self.phrases.names_topic(question.words());
        Some(question)
    }

    /// Does what a command wants, in the language it was given in where that is known.
    fn obey(&self, command: &Request, context: &Context, asked_in: Option<Language>) -> Reply {
        let say = self.composer(context, asked_in);
        match command {
            Request::Ask(_) | Request::Search(_) => say.unclear(self.desk.corpus()),
            Request::Start => say.start().forgetting(),
            Request::Help => say.help(),
            Request::Releases { page } => say.releases(self.desk.corpus(), *page, self.releases_per_page),
            Request::Release { id, page } => match self.desk.release(id, say.language) {
                Some(release) => say.release(release, *page),
                None if id.is_empty() => say.releases(self.desk.corpus(), 1, self.releases_per_page),
                None => say.unknown_release(id),
            },
            Request::Contacts { words, page } => {
                let language = self.desk.question(words).and_then(|question| question.language);
                let say = self.composer(context, language.or(asked_in));
                self.say_answer(&say, words, &self.contacts(words, context), *page)
            }
            Request::Language(code) => self.set_language(code, context),
            Request::Reset => say.sentence("reset").forgetting(),
            Request::Privacy => say.privacy(),
            Request::Thanks => say.sentence("thanks").outcome(Outcome::Unclear),
            Request::UnknownCommand(name) => say.unknown_command(name),
            Request::NotText => say.sentence("not-text").outcome(Outcome::Unclear),
        }
    }

    /// Says one of the bot's own sentences.
    #[must_use]
    pub fn notice(&self, notice: Notice, context: &Context) -> Reply {
        let key = match notice {
            Notice::Failed => "failed",
            Notice::Busy => "busy",
            Notice::ConsoleWelcome => "console-welcome",
        };
        self.composer(context, None).sentence(key)
    }

    /// Returns the languages the bot speaks, the language of last resort first.
    #[must_use]
    pub fn languages(&self) -> Vec<Language> {
        self.wording.languages()
    }

    /// Returns how the bot introduces itself in one of its languages.
    #[must_use]
    pub fn profile(&self, language: Language) -> Profile {
        let cut = |key: &str, most: usize| self.wording.say(language, key).chars().take(most).collect();
        Profile {
            name: cut("profile-name", 64),
            description: cut("profile-description", 512),
            short_description: cut("profile-short", 120),
            commands: COMMANDS.iter().map(|name| (*name, cut(&format!("menu-{name}"), 256))).collect(),
        }
    }

    fn ask(&self, question: &Question, about: Option<&str>, context: &Context) -> Reply {
        let say = self.composer(context, question.language);
        match self.answer(question, about, context, 0).0 {
            Said::Dated(release) => say.dated(&release),
            Said::Answer(answer) => self.say_answer(&say, question.text(), &answer, 1),
        }
    }

    /// Says what the desk answers to a text; `page` is that of a long list of people.
    fn say_answer(&self, say: &Composer<'_>, text: &str, answer: &Answer, page: usize) -> Reply {
        match answer {
            Answer::Found(hits) => say.found(hits),
            Answer::Contacts(_) if self.desk.corpus().releases.is_empty() => {
                say.sentence("no-releases").outcome(Outcome::NotFound)
            }
            Answer::Contacts(Contacts::Of(of)) => say.contacts_of(of, self.phrases.ways_asked(text)),
            Answer::Contacts(contacts @ Contacts::People(people)) => {
                let ways = self.phrases.ways_asked(text);
                say.people(people, ways, page, self.releases_per_page).about(&contacts.releases(say.language))
            }
            Answer::NotFound { nearest, missing, contacts } => say.not_found(nearest, missing, contacts),
            Answer::Unclear => say.unclear(self.desk.corpus()),
        }
    }

    /// Returns the contacts that a reply to an answer shows; `page` is that of a long list of people.
    #[must_use]
    pub fn contacts_shown(&self, answer: &Answer, page: usize) -> Vec<Contact> {
        match answer {
            Answer::Contacts(Contacts::People(people)) => {
                let on_page = contacts::on_page(&people.list, page, self.releases_per_page);
                on_page.iter().map(|person| person.contact.clone()).collect()
            }
            answer => answer.contacts(),
        }
    }

    /// Answers a question in a conversation, perhaps about a release whose link stood in it; the passages in rank order come
    /// along whatever the answer, at most `limit`.
    #[must_use]
    pub fn answer(
        &self,
        question: &Question,
        about: Option<&str>,
        context: &Context,
        limit: usize,
    ) -> (Said, Vec<Hit>) {
        let topic = self.phrases.release_to_date(question.words());
        let (mut answer, mut hits) = self.desk.answer_with(question, limit);
        if let Some(topic) = topic
            && let Some(said) = self.date(&topic, question, about, context)
        {
            if let Said::Dated(release) = &said {
                hits.retain(|hit| hit.release.id == release.id);
            }
            return (said, hits);
        }
        // Whoever pastes a link asks about its release and no other.
        if let (Answer::Found(found), Some(about)) = (&mut answer, about)
            && found.iter().any(|hit| hit.release.id == about)
        {
            found.retain(|hit| hit.release.id == about);
            hits.retain(|hit| hit.release.id == about);
        }
        (Said::Answer(answer), hits)
    }

    /// Answers when a release is from: the one that `topic` names, else the one shown last; `None` where there is neither.
    fn date(&self, topic: &str, question: &Question, about: Option<&str>, context: &Context) -> Option<Said> {
        let language = self.language_of_reply(question.language, context);
        let shown = question.context.first().and_then(|id| self.desk.release(id, language));
        let named = self.desk.question(topic).filter(|_| about.is_none());
        let Some(mut named) = named else {
            return shown.map(|release| Said::Dated(Arc::clone(release)));
        };
        named.language = question.language;
        named.context.clone_from(&question.context);
        match (self.desk.answer(&named), shown) {
            (Answer::Found(hits), Some(release)) if hits.iter().any(|hit| hit.release.id == release.id) => {
                Some(Said::Dated(Arc::clone(release)))
            }
            (Answer::Found(hits), _) => hits.first().map(|hit| Said::Dated(Arc::clone(&hit.release))),
            // What the releases do not mention names another one, that there is not.
            (Answer::NotFound { missing, .. }, Some(release)) if missing.is_empty() => {
                Some(Said::Dated(Arc::clone(release)))
            }
            (Answer::Unclear, Some(release)) => Some(Said::Dated(Arc::clone(release))),
            (answer, _) => Some(Said::Answer(answer)),
        }
    }

    /// Answers whom to contact about a name or topic, or about everything.
    #[must_use]
    pub fn contacts(&self, words: &str, context: &Context) -> Answer {
        match self.question(words, None, context) {
            Some(question) => self.desk.contacts_for(&question),
            None => Answer::Contacts(self.desk.all_contacts()),
        }
    }

    fn set_language(&self, code: &str, context: &Context) -> Reply {
        let chosen = Language::from_code(code).filter(|language| self.languages().contains(language));
        let Some(language) = chosen else {
            return self.composer(context, None).choose_language(code);
        };
        let context = Context { chosen_language: Some(language), ..context.clone() };
        Composer { wording: &self.wording, language, context: &context }.sentence("language-now")
    }

    /// Returns the language of a reply: that of the question, else the person's choice, else their client's.
    #[must_use]
    pub fn language_of_reply(&self, asked_in: Option<Language>, context: &Context) -> Language {
        self.wording.choose([asked_in, context.chosen_language, context.client_language])
    }

    fn composer<'a>(&'a self, context: &'a Context, asked_in: Option<Language>) -> Composer<'a> {
        Composer { wording: &self.wording, language: self.language_of_reply(asked_in, context), context }
    }
}
