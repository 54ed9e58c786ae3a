//! Replies to messages that ask the releases nothing: a cry for help, small talk, what the bot is.

use std::sync::Arc;

use super::compose::Composer;
use super::phrases::Wish;
use super::reply::{Context, Reply};
use super::turn::{ReplyKind, Turn};
use super::{Conversation, Request};
use crate::corpus::Release;
use crate::desk::{AskedBy, Outcome};
use crate::intent::{Intent, Recognised};
use crate::language::{Language, List, PhraseList};
use crate::text::Words;

impl Conversation {
    /// Replies to a message that asks the releases nothing; `None` where it may ask them.
    pub(super) fn talk(&self, recognised: &Recognised, text: &str, context: &Context) -> Option<Turn> {
        let language = self.language_of_talk(recognised, text, context);
        let say = self.composer(context, language);
        let (kind, reply) = match recognised.intent {
            Intent::Danger => (ReplyKind::Danger, say.danger(self.help_lines.in_language(say.language))),
            Intent::Greeting => (ReplyKind::Greeting, say.start()),
            Intent::Thanks => (ReplyKind::Thanks, say.sentence("thanks")),
            Intent::Goodbye => (ReplyKind::Goodbye, say.sentence("talk-goodbye")),
            Intent::SmallTalk => (ReplyKind::SmallTalk, offering_releases(&say, "talk-small-talk")),
            Intent::Identity => (ReplyKind::Identity, say.identity()),
            Intent::Complaint => (ReplyKind::Complaint, self.after_complaint(&say, context)),
            Intent::Abuse => (ReplyKind::Abuse, say.sentence("talk-abuse")),
            Intent::Instruction => (ReplyKind::Instruction, offering_releases(&say, "talk-instruction")),
            Intent::Language => {
                let wanted = self.language_wanted(text, say.language);
                let context = &Context { chosen_language: wanted.or(context.chosen_language), ..context.clone() };
                let wants_other = wanted.is_some_and(|wanted| wanted != say.language);
                (ReplyKind::Language, self.of_languages(&self.composer(context, wanted.or(language)), wants_other))
            }
            Intent::Help => return Some(self.obey(&Request::Help, context, language)),
            Intent::Privacy => return Some(self.obey(&Request::Privacy, context, language)),
            Intent::Question | Intent::Contact | Intent::Releases | Intent::More => return None,
        };
        Some(Turn::told(kind, reply.outcome(Outcome::Unclear)))
    }

    /// Replies to a text that wants the release in hand whole or doubts it; `None` where it may ask something else.
    pub(super) fn about_release_in_hand(&self, text: &str, context: &Context) -> Option<Turn> {
        let wish = self.phrases.wish(&Words::of(self.desk.languages().spelt_out(text)))?;
        let language = self.desk.languages().detect(text);
        let say = self.composer(context, language);
        let release = self.in_hand(context, say.language);
        let turn = match (wish, release) {
            (Wish::Whole, Some(release)) => {
                self.obey(&Request::Release { id: say.name_of(release), page: 1 }, context, language)
            }
            (Wish::WholeOf(words), _) => return self.whole_of(&words, context, language),
            (Wish::Whole, None) => self.obey(&Request::Releases { words: String::new(), page: 1 }, context, language),
            (Wish::Doubt, Some(release)) => {
                let reply = say.reply(vec![say.text("talk-doubt"), say.source(release)]);
                Turn::told(ReplyKind::Identity, reply.choices(vec![say.whole(release)]).outcome(Outcome::Unclear))
            }
            (Wish::Doubt, None) => {
                let reply = say.sentence("talk-doubt-none").choices(say.first_choices());
                Turn::told(ReplyKind::Identity, reply.outcome(Outcome::Unclear))
            }
        };
        Some(turn)
    }

    /// Shows the release that some words name whole, or lists those that they name; `None` where they name none.
    pub(super) fn whole_of(&self, words: &str, context: &Context, language: Option<Language>) -> Option<Turn> {
        let say = self.composer(context, language);
        let question = self.desk.question(words)?;
        let list = self.releases(&question, AskedBy::Intent, &say)?;
        match list.releases.as_slice() {
            [] => None,
            // Words that all releases have name none.
            all if all.len() > 1 && all.len() == self.desk.corpus().each_release(say.language).len() => None,
            [only] => Some(self.obey(&Request::Release { id: say.name_of(only), page: 1 }, context, language)),
            _ => Some(self.say_releases(&say, &list, question)),
        }
    }

    /// Returns the release that was talked about last, in a language where there is a version in it.
    fn in_hand(&self, context: &Context, language: Language) -> Option<&Arc<Release>> {
        context.releases.first().and_then(|id| self.desk.release(id, language))
    }

    /// Replies to a complaint with another passage than those before, else with whom to ask.
    fn after_complaint(&self, say: &Composer<'_>, context: &Context) -> Reply {
        if let Some(Request::Passages { id, paragraphs }) = self.more_of(context).next()
            && let Some(release) = self.release_named(id, say.language)
        {
            let mut reply = say.passages(release, paragraphs.get(..1).unwrap_or_default());
            reply.blocks.insert(0, say.text("talk-complaint-more"));
            let left = Request::Passages { id: id.clone(), paragraphs: paragraphs.iter().skip(1).copied().collect() };
            let others = self.more_of(context).skip(1).cloned();
            reply.context.more = (paragraphs.len() > 1).then_some(left).into_iter().chain(others).collect();
            return reply;
        }
        match self.in_hand(context, say.language) {
            Some(release) => {
                let reply = say.reply(vec![say.text("talk-complaint-desk"), say.source(release)]);
                reply.choices(vec![say.whole(release), say.all_releases()])
            }
            None => offering_releases(say, "talk-complaint"),
        }
    }

    /// Says which language replies and quotations are in, with the version of the release in hand in that of the reply, else with
    /// whom to ask; where none is in hand, with the languages there are. `is_switched` where that is not the language of the message.
    fn of_languages(&self, say: &Composer<'_>, is_switched: bool) -> Reply {
        let context = say.context;
        let mut reply = say.sentence("talk-language").choices(say.languages());
        if let Some(release) = self.in_hand(context, say.language) {
            let is_version = release.language == say.language;
            if is_version && context.told_language.is_none() && !is_switched {
                // It was quoted in this language; another one is wanted.
                reply.choices.splice(..0, say.other_languages(release));
                return reply;
            }
            let key = if is_version { "talk-language-version" } else { "talk-language-none" };
            reply.blocks.extend([say.text(key), say.source(release)]);
            if is_version {
                reply.choices.insert(0, say.whole(release));
            }
        }
        reply
    }

    /// Returns the language that a message asks for by its name: “can you answer in French”. Who does not speak a language, or asks why
    /// it is spoken, wants none.
    fn language_wanted(&self, text: &str, of_message: Language) -> Option<Language> {
        let words = Words::of(text);
        let lexicon = self.desk.languages().lexicon(Some(of_message));
        let is_turned_down = lexicon.phrases(PhraseList::AskWhy).stands_in(&words)
            || words.folded().any(|word| lexicon.has(List::Negations, word) && !lexicon.has(List::In, word));
        let named = self.wording.language_named(text).filter(|_| !is_turned_down);
        named.filter(|named| self.languages().contains(named))
    }

    /// Returns the language of a message: the one it shows, else one of the examples it is like, those of the person first.
    fn language_of_talk(&self, recognised: &Recognised, text: &str, context: &Context) -> Option<Language> {
        let languages = &recognised.languages;
        let Context { chosen_language, written_language, client_language, .. } = *context;
        let of_person = [chosen_language, written_language, client_language].into_iter().flatten();
        let mut known = of_person.filter(|language| languages.contains(language));
        self.desk.languages().detect(text).or_else(|| known.next()).or_else(|| languages.first().copied())
    }
}

fn offering_releases(say: &Composer<'_>, key: &str) -> Reply {
    say.sentence(key).choices(vec![say.all_releases()])
}
