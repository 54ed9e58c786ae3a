//! Requests about one release: passages of it, its date, and the names by which it is asked for.

use std::sync::Arc;

use super::Conversation;
use super::compose::Composer;
use super::links;
use super::reply::Context;
use super::request::{Request, number_in_list};
use super::turn::{ReplyKind, Turn};
use crate::corpus::Release;
use crate::desk::Answer;
use crate::language::Language;
use crate::search::{Hit, Question, Shown};

impl Conversation {
    /// Shows passages of a release; those of the last answer that were not quoted where none is named.
    pub(super) fn passages(&self, id: &str, paragraphs: &[usize], context: &Context, say: &Composer<'_>) -> Turn {
        if id.is_empty() {
            return match (self.more_of(context).next(), context.releases.first()) {
                (Some(request), _) => self.obey(request, context, Some(say.language)),
                (None, Some(id)) => {
                    self.obey(&Request::Release { id: id.clone(), page: 1 }, context, Some(say.language))
                }
                (None, None) => self.obey(&Request::Releases { words: String::new(), page: 1 }, context, None),
            };
        }
        let Some(release) = self.release_named(id, say.language) else {
            return Turn::told(ReplyKind::UnknownRelease, say.unknown_release(id));
        };
        let mut reply = say.passages(release, paragraphs);
        // What is left of the others.
        let is_other = |request: &&Request| !matches!(request, Request::Passages { id: shown, .. } if shown == id);
        reply.context.more = context.more.iter().filter(is_other).cloned().collect();
        let turn = Turn::told(ReplyKind::Passages, reply);
        Turn { contacts: release.contacts.clone(), ..turn }
    }

    /// Returns the release that somebody names by its id, its file, its link, or its number in the list of all, perhaps in quotation marks
    /// or with a full stop behind it.
    pub(super) fn release_named(&self, name: &str, preferred: Language) -> Option<&Arc<Release>> {
        let bare = name.trim_matches(|letter: char| !letter.is_alphanumeric());
        self.release_named_exactly(name, preferred).or_else(|| self.release_named_exactly(bare, preferred))
    }

    /// Returns the release of a name without signs around it.
    fn release_named_exactly(&self, name: &str, preferred: Language) -> Option<&Arc<Release>> {
        let corpus = self.desk.corpus();
        let id = name.to_lowercase();
        let by_id = || self.desk.release(id.strip_suffix(".md").unwrap_or(&id), preferred);
        let by_file =
            || corpus.releases.iter().find(|release| release.file_name() == id || release.version_name() == id);
        let by_number = || {
            let number = number_in_list(name)?;
            let listed = corpus.each_release(preferred);
            let release = listed.get(number.checked_sub(1)?)?;
            corpus.releases.iter().find(|other| Arc::ptr_eq(other, release))
        };
        by_id().or_else(by_file).or_else(by_number).or_else(|| links::release_of_link(name, corpus))
    }

    /// Returns the release of an id, with or without the language of a version.
    pub(super) fn release_with_id(&self, id: &str, preferred: Language) -> Option<&Arc<Release>> {
        let by_version = || self.desk.corpus().releases.iter().find(|release| release.version_name() == id);
        self.desk.release(id, preferred).or_else(by_version)
    }

    /// Answers when a release is from: the one that `topic` names, else the one shown last; `None` where there is neither.
    pub(super) fn dated(
        &self,
        topic: &str,
        question: &Question,
        about: Option<&str>,
        say: &Composer<'_>,
        limit: usize,
    ) -> Option<Turn> {
        let in_hand = question.context.first().and_then(|id| self.desk.release(id, say.language));
        let mut named = self.desk.question(topic).filter(|_| about.is_none());
        if let Some(named) = &mut named {
            named.language = question.language;
            named.context.clone_from(&question.context);
        }
        let release = match named {
            None => Arc::clone(in_hand?),
            Some(named) => match (self.desk.answer_ranked(&named, limit), in_hand) {
                ((answer @ Answer::Found { .. }, _), in_hand) => {
                    let releases = answer.releases();
                    let is_found = |release: &&Arc<Release>| releases.iter().any(|other| other.id == release.id);
                    Arc::clone(in_hand.filter(is_found).or(releases.first())?)
                }
                // Words that the releases do not mention name another release, that there is not.
                ((Answer::NotFound { missing, .. }, _), Some(release)) if missing.is_empty() => Arc::clone(release),
                ((Answer::Unclear, _), Some(release)) => Arc::clone(release),
                ((answer, ranked), _) => {
                    return Some(Turn { ranked, ..self.say_answer(say, question.text(), answer, 1) });
                }
            },
        };
        let mut ranked = if limit > 0 { self.desk.answer_ranked(question, limit).1 } else { Vec::new() };
        ranked.retain(|hit| hit.release.id == release.id);
        let turn = Turn::told(ReplyKind::ReleaseDate, say.dated(&release));
        Some(Turn { ranked, contacts: release.contacts.clone(), ..turn })
    }

    /// Quotes passages that were not quoted before, where the answer to a wish for more has any.
    pub(super) fn going_on(&self, turn: Turn, context: &Context) -> Turn {
        let Some(Answer::Found { quoted, more, .. }) = &turn.answer else { return turn };
        let say = self.composer(context, Some(turn.reply.language));
        let was_quoted = |hit: &Hit| {
            let name = say.name_of(&hit.release);
            let is_offered = |request: &Request| matches!(request, Request::Passages { id, paragraphs } if *id == name && paragraphs.contains(&hit.paragraph));
            context.shown.contains(&Shown::of(hit)) && !context.more.iter().any(is_offered)
        };
        let (old, mut new): (Vec<Hit>, Vec<Hit>) = quoted.iter().chain(more).cloned().partition(was_quoted);
        if old.is_empty() || new.is_empty() {
            return turn;
        }
        let more = new.split_off(1);
        let mut said = self.say_answer(&say, "", Answer::quoting(new, more), 1);
        said.reply.context.shown.extend(old.iter().map(Shown::of));
        Turn { question: turn.question, ranked: turn.ranked, ..said }
    }

    /// Returns the requests for other passages of the releases that the conversation is about.
    pub(super) fn more_of<'c>(&self, context: &'c Context) -> impl Iterator<Item = &'c Request> {
        context.more.iter().filter(|request| {
            let Request::Passages { id, .. } = request else { return false };
            let release = self.release_named(id, Language::ENGLISH);
            release.is_some_and(|release| context.releases.contains(&release.id))
        })
    }
}
