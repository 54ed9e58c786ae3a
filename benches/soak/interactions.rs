//! Interactions beside new questions: taps on buttons of answers, edits of questions and inline queries, with their outcomes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};

use pressdesk::config::Config;
use pressdesk::conversation::{Context, Request};
use pressdesk::corpus::Corpus;
use pressdesk::setup;
use pressdesk::telegram::delivery::layout;
use serde_json::Value;

use super::figures::Figures;
use super::server::Inner;

/// Text of every edited question: the reply to it is known and differs from that to a question.
pub(super) const EDITED_TEXT: &str = "/privacy";

/// Kind of an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Tap for more passages.
    More,
    /// Tap for a whole release.
    Release,
    /// Tap for contacts.
    Contacts,
    /// Tap that turns the page, so that its message is edited.
    Page,
    /// Edit of a question.
    Edit,
    /// Inline query.
    Inline,
}

impl Kind {
    pub(super) const TAPS: [Self; 4] = [Self::More, Self::Release, Self::Contacts, Self::Page];

    /// Returns the kind of a tap on a button with this data; `None` for other buttons.
    fn of_button(data: &str) -> Option<Self> {
        if Request::turns_page(data) {
            return Some(Self::Page);
        }
        match Request::parse(data) {
            Request::Passages { .. } => Some(Self::More),
            Request::Release { .. } => Some(Self::Release),
            Request::Contacts { .. } => Some(Self::Contacts),
            _ => None,
        }
    }
}

/// Habits of users: which answers they react to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Habits {
    /// First chat that reacts.
    pub(super) first_chat: i64,
    /// One question in so many is followed by a tap on a button of its answer; 0 for none.
    pub(super) tap_every: i64,
    /// One question in so many is edited after its answer, and some before it; 0 for none.
    pub(super) edit_every: i64,
}

/// Interaction, with the times until its outcomes.
pub(super) struct Interaction {
    pub(super) kind: Kind,
    start: Instant,
    /// Time until the tap was acknowledged, or the inline query answered.
    pub(super) acknowledged: Option<Duration>,
    /// Time until the message or the edit of its answer arrived.
    pub(super) answered: Option<Duration>,
    /// Set when the bot was killed before it had acknowledged it.
    is_interrupted: bool,
}

/// Interactions of all users.
#[derive(Default)]
pub(super) struct Interactions {
    habits: Habits,
    /// Replies to [`EDITED_TEXT`] in every language.
    edited_texts: HashSet<String>,
    /// By update.
    all: BTreeMap<i64, Interaction>,
    /// Update of the tap on each tapped message.
    taps: HashMap<i64, i64>,
    /// Update of the edit of each edited question.
    edits: HashMap<i64, i64>,
    /// Messages of the bot, each with the message that it replies to and its content.
    messages: HashMap<i64, (i64, String)>,
}

impl Interactions {
    /// Creates the interactions of users with these habits.
    pub(super) fn new(habits: Habits) -> Self {
        let (corpus, _) = Corpus::load(Path::new("corpus"), None).unwrap();
        let conversation = setup::open_keyword_only(&Config::load(None, []).unwrap(), corpus).unwrap();
        let text = |language| {
            let context = Context { client_language: Some(language), ..Context::default() };
            let reply = conversation.turn(&Request::parse(EDITED_TEXT), &context).reply;
            layout::messages(&reply).remove(0).text
        };
        let edited_texts = conversation.languages().into_iter().map(text).collect();
        Self { habits, edited_texts, ..Self::default() }
    }

    pub(super) fn is_edited_at_once(&self, chat: i64, question: i64) -> bool {
        self.habits.edit_every > 0 && chat >= self.habits.first_chat && question % 31 == 0
    }

    pub(super) fn begin(&mut self, update: i64, kind: Kind) {
        let start = Instant::now();
        self.all.insert(update, Interaction { kind, start, acknowledged: None, answered: None, is_interrupted: false });
    }

    pub(super) fn begin_tap(&mut self, update: i64, message: i64, kind: Kind) {
        self.taps.insert(message, update);
        self.begin(update, kind);
    }

    pub(super) fn begin_edit(&mut self, update: i64, question: i64) {
        self.edits.insert(question, update);
        self.begin(update, Kind::Edit);
    }

    /// Tells whether a message of the bot was tapped.
    pub(super) fn is_tapped(&self, message: i64) -> bool {
        self.taps.contains_key(&message)
    }

    /// Notes that the acknowledgement of a tap or the answer to an inline query has arrived.
    pub(super) fn acknowledge(&mut self, update: &Value) {
        let update = update.as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
        if let Some(interaction) = self.all.get_mut(&update) {
            interaction.acknowledged.get_or_insert(interaction.start.elapsed());
        }
    }

    /// Marks what the bot has received and not acknowledged when it is killed: the updates up to one.
    pub(super) fn interrupt(&mut self, last_update: i64) {
        let received = self.all.range_mut(..=last_update).map(|(_, interaction)| interaction);
        received.filter(|interaction| interaction.acknowledged.is_none()).for_each(|interaction| {
            interaction.is_interrupted = true;
        });
    }

    /// Returns the interactions of some kinds.
    pub(super) fn of(&self, kinds: &[Kind]) -> impl Iterator<Item = &Interaction> {
        self.all.values().filter(move |interaction| kinds.contains(&interaction.kind))
    }

    /// Returns the number of outcomes that are still missing.
    pub(super) fn n_open(&self) -> usize {
        let is_open = |interaction: &&Interaction| match interaction.kind {
            Kind::Inline => interaction.acknowledged.is_none(),
            Kind::Edit => interaction.answered.is_none(),
            _ => interaction.acknowledged.is_none() || interaction.answered.is_none(),
        };
        self.all.values().filter(|interaction| !interaction.is_interrupted).filter(is_open).count()
    }

    /// Returns the longest time until an outcome of some kinds.
    pub(super) fn longest_of(&self, kinds: &[Kind]) -> Duration {
        self.of(kinds).flat_map(|one| [one.acknowledged, one.answered]).flatten().max().unwrap_or_default()
    }

    /// Prints the numbers of outcomes, which must be complete but for what a kill interrupted.
    pub(super) fn print(&self, figures: &mut Figures) {
        let count = |kinds: &[Kind], has: fn(&Interaction) -> bool| self.of(kinds).filter(|one| has(one)).count();
        let n = |kinds: &[Kind]| self.of(kinds).count();
        let is_acknowledged: fn(&Interaction) -> bool = |one| one.acknowledged.is_some();
        let is_answered: fn(&Interaction) -> bool = |one| one.answered.is_some();
        let is_lost: fn(&Interaction) -> bool = |one| {
            !one.is_interrupted && (one.acknowledged.is_none() || one.kind != Kind::Inline && one.answered.is_none())
        };
        let n_taps = n(&Kind::TAPS);
        if n_taps > 0 {
            let [more, release, contacts, page] = Kind::TAPS.map(|kind| n(&[kind]));
            let (n_acknowledged, n_answered) = (count(&Kind::TAPS, is_acknowledged), count(&Kind::TAPS, is_answered));
            let n_lost = count(&Kind::TAPS, is_lost);
            let figure = format!(
                "{n_taps} taps ({more} for more passages, {release} for a release, {contacts} for contacts, {page} on \
                 pages): {n_acknowledged} acknowledged, {n_answered} answered, lost {n_lost}"
            );
            figures.print(&figure, "all but what a kill interrupted", n_lost == 0);
        }
        let (n_edits, n_answered) = (n(&[Kind::Edit]), count(&[Kind::Edit], is_answered));
        if n_edits > 0 {
            let figure = format!("{n_edits} edited questions, answers edited or replaced {n_answered}");
            figures.print(&figure, "all", n_answered == n_edits);
        }
        let n_inline = n(&[Kind::Inline]);
        if n_inline > 0 {
            let (n_answered, n_lost) = (count(&[Kind::Inline], is_acknowledged), count(&[Kind::Inline], is_lost));
            let figure = format!("{n_inline} inline queries, answered {n_answered}, lost {n_lost}");
            figures.print(&figure, "all but what a kill interrupted", n_lost == 0);
        }
    }
}

impl Inner {
    /// Lets users react to a message of the bot that replies to a question or to a tap; `is_first` for that to a question.
    pub(super) fn react(&mut self, chat: i64, id: i64, replied_to: i64, is_first: bool, body: &Value) {
        let Habits { first_chat, tap_every, edit_every } = self.interactions.habits;
        if tap_every + edit_every == 0 || chat < first_chat {
            return;
        }
        self.interactions.messages.insert(id, (replied_to, content(body)));
        let shows_edited = self.interactions.edited_texts.contains(body["text"].as_str().unwrap_or_default());
        let tapped = self.interactions.taps.get(&replied_to);
        let edited = self.interactions.edits.get(&replied_to).filter(|_| shows_edited);
        if let Some(update) = tapped.or(edited).copied() {
            self.complete(chat, update);
        }
        let is_turn = |every: i64| every > 0 && replied_to % every == 0;
        let is_edited = self.interactions.edits.contains_key(&replied_to);
        if is_first && is_turn(edit_every) && !is_edited && !shows_edited {
            self.edit_question(chat, replied_to);
        } else if !is_edited {
            let buttons = buttons(body);
            let button = match self.interactions.is_tapped(replied_to) {
                true => buttons.into_iter().find(|(kind, _)| *kind == Kind::Page),
                false if is_first && is_turn(tap_every) => {
                    let n = usize::try_from(replied_to / tap_every).unwrap_or_default();
                    buttons.get(n % buttons.len().max(1)).cloned()
                }
                false => None,
            };
            if let Some((kind, data)) = button {
                self.tap_button(chat, id, body, kind, &data);
            }
        }
    }

    /// Edits a message of the bot; the error is Telegram's description.
    pub(super) fn edit(&mut self, body: &Value) -> Result<i64, &'static str> {
        let id = body["message_id"].as_i64().unwrap_or_default();
        let chat = body["chat_id"].as_i64().unwrap_or_default();
        let content = content(body);
        let Some((replied_to, before)) = self.interactions.messages.get_mut(&id) else {
            self.violations.push("an edit of a message that is not there".to_owned());
            return Err("message to edit not found");
        };
        let is_same = *before == content;
        *before = content;
        let tapped = self.interactions.taps.get(&id);
        let shows_edited = self.interactions.edited_texts.contains(body["text"].as_str().unwrap_or_default());
        let edited = self.interactions.edits.get(replied_to).filter(|_| shows_edited);
        match tapped.or(edited).copied() {
            Some(update) => self.complete(chat, update),
            None => self.violations.push("an edit that nobody has asked for".to_owned()),
        }
        if is_same { Err("message is not modified") } else { Ok(id) }
    }

    /// Notes the first answer to an interaction in a chat.
    fn complete(&mut self, chat: i64, update: i64) {
        let Some(interaction) = self.interactions.all.get_mut(&update) else { return };
        if interaction.answered.is_none() {
            interaction.answered = Some(interaction.start.elapsed());
            self.answered.entry(chat).or_default().push(update);
        }
    }
}

/// Returns the buttons of a message that lead to more of its answer.
fn buttons(message: &Value) -> Vec<(Kind, String)> {
    let rows = message["reply_markup"]["inline_keyboard"].as_array().into_iter().flatten();
    let buttons = rows.filter_map(Value::as_array).flatten();
    let data = buttons.filter_map(|button| button["callback_data"].as_str());
    data.filter_map(|data| Some((Kind::of_button(data)?, data.to_owned()))).collect()
}

fn content(message: &Value) -> String {
    format!("{}{}", message["text"], message["reply_markup"])
}
