//! One door for every surface: a request and a context go in, a [`Turn`] comes out.

mod answers;
mod compose;
mod contacts;
pub mod deep_link;
mod help_lines;
mod links;
mod named;
mod phrases;
mod previews;
mod rating;
mod recognition;
mod releases;
mod reply;
mod request;
mod several;
mod talk;
mod turn;
mod wording;

use std::sync::Arc;

use time::Date;

use self::compose::Composer;
pub use self::help_lines::HelpLines;
use self::phrases::{Phrases, Typed};
pub use self::previews::{Preview, Previews};
pub use self::rating::{Rating, Verdict};
pub use self::reply::{Block, Choice, Context, Copyable, PageShown, Reply, Span, Style};
pub use self::request::{COMMANDS, Request};
pub use self::turn::{ReplyKind, Turn};
pub use self::wording::Wording;
use crate::desk::{Answer, AskedBy, Contacts, Desk, Outcome, ReleaseList};
use crate::intent::{Intent, IntentClassifier};
use crate::language::Language;
use crate::search::{Question, Side};

/// The press desk in conversation: everything that a surface needs, built once and never changed.
#[derive(Debug)]
pub struct Conversation {
    desk: Desk,
    wording: Wording,
    phrases: Phrases,
    classifier: IntentClassifier,
    help_lines: HelpLines,
    releases_per_page: usize,
    keeps_questions: bool,
}

/// A sentence that the bot says by itself, without a request to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A request could not be answered because of a fault of ours.
    Failed,
    /// The person sends faster than answers go out.
    Busy,
    /// A button was tapped that the bot no longer knows.
    OldButton,
    /// The person said whether an answer helped.
    ThanksForFeedback,
    /// Somebody sat down at a terminal.
    ConsoleWelcome,
    /// The bot has joined a group.
    JoinedGroup,
}

/// Introduction of the bot on a platform, in one language.
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
    pub fn new(
        desk: Desk,
        wording: Wording,
        classifier: IntentClassifier,
        help_lines: HelpLines,
        releases_per_page: usize,
    ) -> Self {
        let phrases = Phrases::of(&wording, Arc::clone(desk.languages()));
        let releases_per_page = releases_per_page.max(1);
        Self { desk, wording, phrases, classifier, help_lines, releases_per_page, keeps_questions: false }
    }

    /// Sets whether questions are kept, which the statement on privacy says then.
    #[must_use]
    pub fn keeping_questions(self, keeps_questions: bool) -> Self {
        Self { keeps_questions, ..self }
    }

    /// Returns the desk.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Returns the classifier of intents.
    #[must_use]
    pub fn classifier(&self) -> &IntentClassifier {
        &self.classifier
    }

    /// Compares passages by one side alone, where there is one, to evaluate it.
    #[must_use]
    pub fn by(self, side: Side) -> Self {
        Self { desk: self.desk.by(side), ..self }
    }

    /// Lets another clock say which day it is.
    #[must_use]
    pub fn with_clock(self, today: fn() -> Date) -> Self {
        Self { desk: self.desk.with_clock(today), ..self }
    }

    /// Answers a request.
    #[must_use]
    pub fn turn(&self, request: &Request, context: &Context) -> Turn {
        self.turn_ranked(request, context, 0)
    }

    /// Answers a request as [`turn`](Self::turn) does, and adds the best `limit` passages in rank order whatever the answer.
    #[must_use]
    pub fn turn_ranked(&self, request: &Request, context: &Context, limit: usize) -> Turn {
        let mut turn = self.turn_of(request, context, limit);
        if let Request::Ask(text) | Request::Search(text) = request {
            let written = &mut turn.reply.context.written_language;
            *written = self.desk.languages().detect(text).or(*written);
            if let Some(question) = &turn.question {
                let is_whole = !self.desk.index().is_half(question);
                turn.reply.context.asked = is_whole.then(|| question.text().to_owned());
            }
        }
        turn
    }

    fn turn_of(&self, request: &Request, context: &Context, limit: usize) -> Turn {
        match request {
            Request::Search(words) if words.is_empty() => {
                let reply = self.composer(context, None).search_empty().outcome(Outcome::Unclear);
                Turn::told(ReplyKind::Unclear, reply)
            }
            Request::Ask(text) | Request::Search(text) => match self.read(text, context) {
                Typed::Command(command, language) => self.obey(&command, context, language),
                Typed::Text { text: mut words, about } => {
                    let is_about_release = about.is_none() && matches!(request, Request::Ask(_));
                    if is_about_release && let Some(turn) = self.about_release_in_hand(text, context) {
                        return turn;
                    }
                    let mut question = self.question(&words, about.as_deref(), context);
                    let mut recognised = self.recognise(text, question.as_mut(), context);
                    if about.is_none()
                        && let Some((whole, of_whole)) =
                            question.as_ref().and_then(|half| self.whole(half, &recognised, context))
                    {
                        (words, recognised) = (whole.text().to_owned(), of_whole);
                        question = Some(whole);
                    }
                    if is_about_release
                        && recognised.intent != Intent::Danger
                        && let Some(asked) = &question
                        && let Some(turn) =
                            self.turn_page(asked, context).or_else(|| self.about_list_in_hand(asked, context))
                    {
                        return turn;
                    }
                    if let Some(question) = &mut question {
                        question.may_ask_contact = recognised.intent == Intent::Contact;
                    }
                    // Words behind `/search`, of a hashtag or beside a link are to be looked for, and those that list releases are
                    // no talk, unless somebody cries for help.
                    let is_tag = text.split_whitespace().all(|word| word.starts_with('#'));
                    let is_search = about.is_some() || is_tag || matches!(request, Request::Search(_));
                    let is_of_releases =
                        || question.as_ref().is_some_and(|asked| self.is_of_releases(&recognised, asked, context));
                    if recognised.intent != Intent::Danger
                        && (is_search || self.lists_releases(question.as_ref(), context) || is_of_releases())
                    {
                        recognised.intent = Intent::Question;
                    }
                    if let Some(turn) = self.talk(&recognised, text, context) {
                        return turn;
                    }
                    match question {
                        Some(question) if recognised.intent == Intent::Releases => {
                            self.answer_about_releases(question, about.as_deref(), context, limit)
                        }
                        Some(question) if recognised.intent == Intent::More => {
                            self.going_on(self.answer(question, about.as_deref(), context, limit), context)
                        }
                        Some(question) if about.is_some() => self.answer(question, about.as_deref(), context, limit),
                        Some(question) => self.answer_message(question, &words, context, limit),
                        None => self.unclear(&self.composer(context, self.desk.languages().detect(text))),
                    }
                }
            },
            Request::UnknownCommand { name, rest } => {
                match self.phrases.command_named(name, rest, || self.preferred(rest, context)) {
                    Some((command @ Request::Search(_), _)) => self.turn_of(&command, context, limit),
                    Some((command, language)) => self.obey(&command, context, language),
                    None => self.obey(request, context, None),
                }
            }
            command => self.obey(command, context, None),
        }
    }

    /// Answers a text about the releases themselves, such as the newest one: as any other question, and where nothing answers it by
    /// a list of releases.
    fn answer_about_releases(&self, question: Question, about: Option<&str>, context: &Context, limit: usize) -> Turn {
        let turn = self.answer(question.clone(), about, context, limit);
        if about.is_some() || !matches!(turn.kind, ReplyKind::NotFound | ReplyKind::Unclear) {
            return turn;
        }
        let say = self.composer(context, question.language);
        let list = self.releases(&question, AskedBy::Intent, &say).filter(|list| !list.releases.is_empty());
        list.map_or(turn, |list| self.say_releases(&say, &list, question))
    }

    /// Makes a question of a text in a conversation, perhaps about a release whose link stood in it.
    fn question(&self, text: &str, about: Option<&str>, context: &Context) -> Option<Question> {
        let mut question = self.desk.question(text)?;
        (question.context, question.shown) = match about {
            Some(id) => (vec![id.to_owned()], Vec::new()),
            None => (context.releases.clone(), context.shown.clone()),
        };
        question.asks_contact_in_hand =
            !question.context.is_empty() && self.phrases.only_asks_contact(question.words());
        let ways = self.phrases.ways_asked(question.text());
        question.names_way = ways.phone || ways.email;
        question.names_topic = self.phrases.names_topic(question.words());
        Some(question)
    }

    /// Carries out a command, in the language it was given in where that is known.
    fn obey(&self, command: &Request, context: &Context, asked_in: Option<Language>) -> Turn {
        let say = self.composer(context, asked_in);
        let (kind, reply) = match command {
            Request::Ask(_) | Request::Search(_) => return self.unclear(&say),
            Request::Contacts { words, page } => return self.contacts(words, *page, context, asked_in),
            Request::Release { id, page } if !id.is_empty() => match self.release_named(id, say.language) {
                Some(release) => {
                    let turn = Turn::told(ReplyKind::Release, say.release(release, *page));
                    return Turn { contacts: release.contacts.clone(), ..turn };
                }
                None => {
                    let named = self.whole_of(id, context, asked_in);
                    return named.unwrap_or_else(|| Turn::told(ReplyKind::UnknownRelease, say.unknown_release(id)));
                }
            },
            Request::Release { .. } => (ReplyKind::Releases, say.releases(1, self.releases_per_page)),
            Request::Passages { id, paragraphs } => return self.passages(id, paragraphs, context, &say),
            Request::Releases { words, page } => {
                let list = self.desk.question(words).and_then(|asked| self.releases(&asked, AskedBy::Intent, &say));
                let reply = match list {
                    Some(list) => say.listed(&self.desk, &list, *page, self.releases_per_page),
                    None => say.releases(*page, self.releases_per_page),
                };
                (ReplyKind::Releases, reply)
            }
            Request::Start => (ReplyKind::Start, say.start().forgetting()),
            Request::Help => (ReplyKind::Help, say.help()),
            Request::Language(code) => (ReplyKind::Language, self.set_language(code, &say)),
            Request::Reset => (ReplyKind::Reset, say.sentence("reset").forgetting()),
            Request::Privacy => (ReplyKind::Privacy, say.privacy(self.keeps_questions)),
            Request::UnknownCommand { name, .. } => (ReplyKind::UnknownCommand, say.unknown_command(name)),
            Request::NotText => (ReplyKind::NotText, say.sentence("not-text").outcome(Outcome::Unclear)),
        };
        Turn::told(kind, reply)
    }

    fn unclear(&self, say: &Composer<'_>) -> Turn {
        Turn::told(ReplyKind::Unclear, say.unclear())
    }

    /// Says one of the bot's own sentences.
    #[must_use]
    pub fn notice(&self, notice: Notice, context: &Context) -> Reply {
        let key = match notice {
            Notice::Failed => "failed",
            Notice::Busy => "busy",
            Notice::OldButton => "old-button",
            Notice::ThanksForFeedback => "feedback-thanks",
            Notice::ConsoleWelcome => "console-welcome",
            Notice::JoinedGroup => "joined-group",
        };
        self.composer(context, None).sentence(key)
    }

    /// Tells whether a link leads to a release: one in a question makes it a question about that release.
    #[must_use]
    pub fn links_to_release(&self, link: &str) -> bool {
        links::release_of_link(link, self.desk.corpus()).is_some()
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

    /// Answers a question, perhaps about a release whose link stood in it, with the best `limit` passages in rank order.
    fn answer(&self, question: Question, about: Option<&str>, context: &Context, limit: usize) -> Turn {
        let say = self.composer(context, question.language);
        let topic = self.phrases.release_to_date(question.words());
        if let Some(dated) = topic.and_then(|topic| self.dated(&topic, &question, about, &say, limit)) {
            return Turn { question: Some(question), ..dated };
        }
        let list = self.releases(&question, AskedBy::Words, &say).filter(|_| about.is_none());
        // A date alone may be one on which something happened, a topic that no release has may be half of a question, and of the
        // only release with news the passage that tells them says more than its title; behind an answer, “for 2023?” goes on from it.
        let goes_on = |list: &ReleaseList| !context.shown.is_empty() && list.is_led_date;
        let may_be_content = |list: &ReleaseList| {
            let is_of_content = list.is_date_alone || !list.filter.topic.is_empty();
            is_of_content && list.releases.is_empty()
                || list.is_date_alone && goes_on(list)
                || list.is_of_news && list.releases.len() == 1
        };
        if let Some(list) = list.as_ref().filter(|list| !may_be_content(list)) {
            return self.say_releases(&say, list, question);
        }
        let (mut answer, mut ranked) = self.desk.answer_ranked(&question, limit);
        if matches!(answer, Answer::NotFound { .. }) && about.is_none() {
            let names_nothing = || self.desk.names_releases_only(&question);
            let list = list.or_else(|| self.releases(&question, AskedBy::Intent, &say).filter(|_| names_nothing()));
            if let Some(list) = list {
                return self.say_releases(&say, &list, question);
            }
        }
        // A pasted link asks about its release and no other.
        if let (Answer::Found { quoted, more, .. }, Some(about)) = (&mut answer, about)
            && quoted.iter().chain(more.iter()).any(|hit| hit.release.id == about)
        {
            quoted.retain(|hit| hit.release.id == about);
            more.retain(|hit| hit.release.id == about);
            if quoted.is_empty() {
                quoted.push(more.remove(0));
            }
            ranked.retain(|hit| hit.release.id == about);
        }
        let turn = self.say_answer(&say, question.text(), answer, 1);
        Turn { question: Some(question), ranked, ..turn }
    }

    /// Tells whether the words of a question ask for a list of releases.
    fn lists_releases(&self, question: Option<&Question>, context: &Context) -> bool {
        let list = question
            .and_then(|question| self.releases(question, AskedBy::Words, &self.composer(context, question.language)));
        list.is_some_and(|list| !list.is_date_alone && !list.is_of_time)
    }

    /// Returns the releases that a question about the releases themselves asks for; of versions in several languages the one in the
    /// language of the reply.
    fn releases(&self, question: &Question, by: AskedBy, say: &Composer<'_>) -> Option<ReleaseList> {
        self.desk.releases_asked(question, by, say.language)
    }

    fn say_releases(&self, say: &Composer<'_>, list: &ReleaseList, question: Question) -> Turn {
        let reply = say.listed(&self.desk, list, 1, self.releases_per_page);
        Turn { question: Some(question), ..Turn::told(ReplyKind::Releases, reply) }
    }

    /// Puts what the releases answer to a text into a reply; `page` is that of a long list of people.
    fn say_answer(&self, say: &Composer<'_>, text: &str, answer: Answer, page: usize) -> Turn {
        let (kind, reply) = match &answer {
            Answer::Found { quoted, more, unanswered } => (ReplyKind::Passages, say.found(quoted, more, unanswered)),
            Answer::Contacts(_) if self.desk.corpus().releases.is_empty() => {
                (ReplyKind::NotFound, say.sentence("no-releases").outcome(Outcome::NotFound))
            }
            Answer::Contacts(Contacts::Desk(contact)) => (ReplyKind::Contacts, say.desk(contact)),
            Answer::Contacts(Contacts::Of(of)) => {
                (ReplyKind::Contacts, say.contacts_of(of, self.phrases.ways_asked(text)))
            }
            Answer::Contacts(contacts @ Contacts::People(people)) => {
                let ways = self.phrases.ways_asked(text);
                let reply = say.people(people, ways, page, self.releases_per_page);
                (ReplyKind::Contacts, reply.about(&contacts.releases(say.language)))
            }
            Answer::NotFound { no_contact_of: Some(name), nearest, contacts, .. } => {
                let ways = self.phrases.ways_asked(text);
                (ReplyKind::NotFound, say.no_contact(name, ways, nearest.first().map(|hit| &hit.release), contacts))
            }
            Answer::NotFound { nearest, missing, unmet, contacts, .. } => {
                (ReplyKind::NotFound, say.not_found(nearest, missing, unmet, contacts, text))
            }
            Answer::Unclear => (ReplyKind::Unclear, say.unclear()),
        };
        let contacts = turn::contacts_shown(&answer, page, self.releases_per_page);
        Turn { answer: Some(answer), contacts, ..Turn::told(kind, reply) }
    }

    /// Answers whom to contact about a name or topic, or about everything.
    fn contacts(&self, words: &str, page: usize, context: &Context, asked_in: Option<Language>) -> Turn {
        let say = self.composer(context, asked_in);
        if let Some(release) = self.release_with_id(words, say.language) {
            let answer = Answer::Contacts(Contacts::Of(self.desk.contacts_of(release)));
            return self.say_answer(&say, "", answer, page);
        }
        let question = self.question(words, None, context);
        let language = question.as_ref().and_then(|question| question.language);
        let answer = match &question {
            Some(question) => self.desk.contacts_for(question),
            None => Answer::Contacts(self.desk.all_contacts()),
        };
        self.say_answer(&self.composer(context, language.or(asked_in)), words, answer, page)
    }

    fn set_language(&self, code: &str, say: &Composer<'_>) -> Reply {
        let named = Language::from_code(code).or_else(|| self.wording.language_named(code));
        let chosen = named.filter(|language| self.languages().contains(language));
        let Some(language) = chosen else { return say.choose_language(code) };
        let context = Context { chosen_language: Some(language), ..say.context.clone() };
        Composer { language, context: &context, ..*say }.sentence("language-now")
    }

    /// Returns the language of a reply: that of the question, else the person's choice, else the one they wrote in before, else
    /// their client's.
    fn language_of_reply(&self, asked_in: Option<Language>, context: &Context) -> Language {
        let Context { chosen_language, written_language, client_language, .. } = *context;
        self.wording.choose([asked_in, chosen_language, written_language, client_language])
    }

    fn composer<'a>(&'a self, context: &'a Context, asked_in: Option<Language>) -> Composer<'a> {
        let language = self.language_of_reply(asked_in, context);
        Composer { wording: &self.wording, language, context, corpus: self.desk.corpus() }
    }
}
