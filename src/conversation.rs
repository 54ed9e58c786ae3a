//! One path for every surface: a request comes in, a reply goes out.

mod compose;
mod reply;
mod request;
mod wording;

use self::compose::Composer;
pub use self::reply::{Block, Choice, Context, Reply, Span, Style};
pub use self::request::{COMMANDS, Request};
pub use self::wording::Wording;
use crate::desk::{Answer, Desk, Outcome};
use crate::language::Language;
use crate::search::Question;

/// The press desk in conversation: everything a surface needs, built once and never changed.
#[derive(Debug)]
pub struct Conversation {
    desk: Desk,
    wording: Wording,
    releases_per_page: usize,
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
        Self { desk, wording, releases_per_page: releases_per_page.max(1) }
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
        let say = self.composer(context, None);
        match request {
            Request::Ask(text) => self.ask(text, context),
            Request::Search(words) if words.is_empty() => say.sentence("search-empty").outcome(Outcome::Unclear),
            Request::Search(words) => self.ask(words, context),
            Request::Start => say.start().forgetting(),
            Request::Help => say.help(),
            Request::Releases { page } => say.releases(self.desk.corpus(), *page, self.releases_per_page),
            Request::Release { id, page } => match self.desk.release(id, say.language) {
                Some(release) => say.release(release, *page),
                None if id.is_empty() => say.releases(self.desk.corpus(), 1, self.releases_per_page),
                None => say.unknown_release(id),
            },
            Request::Contacts(words) => self.contacts(words, context),
            Request::Language(code) => self.set_language(code, context),
            Request::Reset => say.sentence("reset").forgetting(),
            Request::Privacy => say.privacy(),
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

    fn ask(&self, text: &str, context: &Context) -> Reply {
        let Some(mut question) = Question::new(text) else {
            return self.composer(context, None).unclear(self.desk.corpus());
        };
        question.context.clone_from(&context.releases);
        let say = self.composer(context, question.language);
        match self.desk.answer(&question) {
            Answer::Found(hits) => say.found(&hits),
            Answer::Contacts(releases) => say.contacts(&releases),
            Answer::NotFound { nearest, missing, contacts } => say.not_found(&nearest, &missing, &contacts),
            Answer::Unclear => say.unclear(self.desk.corpus()),
        }
    }

    /// Answers `/contacts`: of the release that the words mean, of the one talked about, else of all.
    fn contacts(&self, words: &str, context: &Context) -> Reply {
        let question = Question::new(words);
        let say = self.composer(context, question.as_ref().and_then(|question| question.language));
        let releases = match question {
            Some(mut question) => {
                question.context.clone_from(&context.releases);
                self.desk.contacts_for(&question)
            }
            None => self.desk.corpus().releases.clone(),
        };
        say.contacts(&releases)
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
