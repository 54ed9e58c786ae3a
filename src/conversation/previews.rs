//! Previews: answers to choose from before one is sent, each with its own reply.

use std::collections::HashSet;
use std::sync::Arc;

use super::Conversation;
use super::compose::Composer;
use super::reply::{Block, Context, Reply, Span};
use super::request::Request;
use super::turn::{ReplyKind, Turn};
use crate::corpus::Release;
use crate::desk::Answer;
use crate::language::Language;
use crate::search::Hit;

/// Maximum number of previews of a text.
const MAX_PREVIEWS: usize = 50;

/// A further passage is worth choosing when it scores at least this share of the first one's score.
const WORTH_CHOOSING: f32 = 0.5;

/// Answers to choose from.
#[derive(Debug, Clone)]
pub struct Previews {
    /// The language of the sentences around the quotations.
    pub language: Language,
    /// The answers, best first.
    pub list: Vec<Preview>,
}

/// Answer to choose.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The title of its release, or the first line of the reply; not blank.
    pub title: String,
    /// One line: where and when, and the beginning of the text.
    pub description: String,
    /// The reply that is sent.
    pub reply: Reply,
}

impl Conversation {
    /// Returns answers to a text to choose from: passages, releases or one reply, none where nothing answers it. For a blank text
    /// these are the releases, newest first.
    #[must_use]
    pub fn previews(&self, text: &str, context: &Context) -> Previews {
        if text.trim().is_empty() {
            let say = self.composer(context, None);
            let newest = self.newest(say.language);
            let list = newest.iter().map(|release| preview_of_release(&say, release)).collect();
            return Previews { language: say.language, list };
        }
        let turn = self.turn_ranked(&Request::Ask(text.to_owned()), context, MAX_PREVIEWS);
        let say = Composer { language: turn.reply.language, ..self.composer(context, None) };
        let list = match turn.kind {
            ReplyKind::Passages => passages(&turn).map(|hit| preview_of_passage(&say, hit)).collect(),
            ReplyKind::Releases => {
                let listed = self.listed(&turn.reply, say.language);
                listed.iter().map(|release| preview_of_release(&say, release)).collect()
            }
            ReplyKind::Contacts | ReplyKind::ReleaseDate | ReplyKind::Danger => {
                preview_of_reply(turn.reply).into_iter().collect()
            }
            _ => Vec::new(),
        };
        Previews { language: say.language, list }
    }

    /// Returns the label of what leads from previews to a conversation.
    #[must_use]
    pub fn invitation(&self, language: Language) -> String {
        self.wording.say(language, "ask-in-private")
    }

    /// Returns the releases, newest first, of versions in several languages the one in the language of the reply.
    fn newest(&self, language: Language) -> Vec<Arc<Release>> {
        let mut ids = HashSet::new();
        let releases = self.desk.corpus().releases.iter().filter(|release| ids.insert(release.id.as_str()));
        releases.filter_map(|release| self.desk.release(&release.id, language)).cloned().collect()
    }

    /// Returns the releases on the first page of a list.
    fn listed(&self, list: &Reply, language: Language) -> Vec<Arc<Release>> {
        let ids = list.choices.iter().filter_map(|choice| match &choice.request {
            Request::Release { id, .. } => Some(id),
            _ => None,
        });
        ids.filter_map(|id| self.desk.release(id, language)).cloned().collect()
    }
}

/// Returns the passages of an answer, and after them others that are not much worse.
fn passages(turn: &Turn) -> impl Iterator<Item = &Hit> {
    let (quoted, more): (&[Hit], &[Hit]) = match &turn.answer {
        Some(Answer::Found { quoted, more, .. }) => (quoted, more),
        _ => (&[], &[]),
    };
    let least = quoted.first().map_or(0.0, |best| best.score) * WORTH_CHOOSING;
    let is_offered = move |hit: &Hit| more.iter().any(|other| hit.is_same(other));
    let is_new = move |hit: &&Hit| hit.score >= least && !turn.is_shown(hit) && !is_offered(hit);
    quoted.iter().chain(more).chain(turn.ranked.iter().filter(is_new)).take(MAX_PREVIEWS)
}

fn preview_of_passage(say: &Composer<'_>, hit: &Hit) -> Preview {
    Preview {
        title: hit.release.title.clone(),
        description: description(say, &hit.release, &hit.excerpt.text),
        reply: say.found(std::slice::from_ref(hit), &[], &[]),
    }
}

fn preview_of_release(say: &Composer<'_>, release: &Arc<Release>) -> Preview {
    let lead = release.paragraphs.first().map(|paragraph| paragraph.text.as_str()).unwrap_or_default();
    let quote = Some(Block::Quote(vec![Span::plain(lead)])).filter(|_| !lead.is_empty());
    Preview {
        title: release.title.clone(),
        description: description(say, release, lead),
        reply: say.reply(quote.into_iter().chain([say.source(release)]).collect()),
    }
}

/// Returns the preview of a reply that is one answer; `None` if there is nothing to see.
fn preview_of_reply(reply: Reply) -> Option<Preview> {
    let text = reply.text();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let title = lines.next()?.to_owned();
    Some(Preview { title, description: lines.collect::<Vec<_>>().join(" · "), reply })
}

/// Returns where and when a release is from, and the beginning of a text of it.
fn description(say: &Composer<'_>, release: &Release, text: &str) -> String {
    let date = release.date.map(|_| say.wording.date(say.language, release.date));
    let parts = release.place.iter().cloned().chain(date).chain([text.to_owned()]);
    parts.collect::<Vec<_>>().join(" · ")
}
