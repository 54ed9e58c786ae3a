//! Replies to messages that ask the releases nothing: a cry for help, small talk, what the bot is.

use super::compose::Composer;
use super::reply::Context;
use super::turn::{ReplyKind, Turn};
use super::{Conversation, Request};
use crate::desk::Outcome;
use crate::intent::{Intent, Recognised};
use crate::language::Language;

impl Conversation {
    /// Replies to a message that asks the releases nothing; `None` where it may ask them.
    pub(super) fn talk(&self, recognised: &Recognised, text: &str, context: &Context) -> Option<Turn> {
        let language = self.language_of_talk(recognised, text, context);
        let say = self.composer(context, language);
        let (kind, reply) = match recognised.intent {
            Intent::Danger => (ReplyKind::Danger, say.danger(self.help_lines.in_language(say.language))),
            Intent::Greeting => (ReplyKind::Greeting, offering_releases(&say, "talk-greeting")),
            Intent::Thanks => (ReplyKind::Thanks, say.sentence("thanks")),
            Intent::Goodbye => (ReplyKind::Goodbye, say.sentence("talk-goodbye")),
            Intent::SmallTalk => (ReplyKind::SmallTalk, offering_releases(&say, "talk-small-talk")),
            Intent::Identity => (ReplyKind::Identity, say.identity()),
            Intent::Complaint => (ReplyKind::Complaint, offering_releases(&say, "talk-complaint")),
            Intent::Abuse => (ReplyKind::Abuse, say.sentence("talk-abuse")),
            Intent::Instruction => (ReplyKind::Instruction, offering_releases(&say, "talk-instruction")),
            Intent::Language => return Some(self.obey(&Request::Language(String::new()), context, language)),
            Intent::Help => return Some(self.obey(&Request::Help, context, language)),
            Intent::Privacy => return Some(self.obey(&Request::Privacy, context, language)),
            Intent::Question | Intent::Contact | Intent::Releases | Intent::More => return None,
        };
        Some(Turn::told(kind, reply.outcome(Outcome::Unclear)))
    }

    /// Returns the language of a message: the one it shows, else one of the examples it is like, those of the person first.
    fn language_of_talk(&self, recognised: &Recognised, text: &str, context: &Context) -> Option<Language> {
        let languages = &recognised.languages;
        let of_person = [context.chosen_language, context.client_language].into_iter().flatten();
        let mut known = of_person.filter(|language| languages.contains(language));
        self.desk.languages().detect(text).or_else(|| known.next()).or_else(|| languages.first().copied())
    }
}

fn offering_releases(say: &Composer<'_>, key: &str) -> super::Reply {
    say.sentence(key).choices(vec![say.all_releases()])
}
