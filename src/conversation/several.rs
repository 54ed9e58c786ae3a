//! What a message asks: one question or several, perhaps behind words about the person who asks.

use super::reply::Context;
use super::turn::{ReplyKind, Turn};
use super::{Composer, Conversation};
use crate::desk::Answer;
use crate::intent::Intent;
use crate::search::{Hit, Question};

impl Conversation {
    /// Answers a message of which `question` is made as a whole, with the best `limit` passages in rank order.
    pub(super) fn answer_message(&self, question: Question, text: &str, context: &Context, limit: usize) -> Turn {
        let say = self.composer(context, question.language);
        if let Some(turn) = self.answer_each(text, &say, limit) {
            return Turn { question: Some(question), ..turn };
        }
        let turn = self.answer(question, None, context, limit);
        self.answer_behind_introduction(text, turn, context, limit)
    }

    /// Answers each question of a message, as if one came after the other, in a single reply; `None` where it holds but one, where
    /// passages answer none of them, or where one asks for what is no answer of the releases, as a list of them. A cry for help among them
    /// is all that is answered.
    fn answer_each(&self, text: &str, say: &Composer<'_>, limit: usize) -> Option<Turn> {
        let questions = self.desk.index().questions_in(text);
        if questions.is_empty() {
            return None;
        }
        let mut context = say.context.clone();
        let mut turns: Vec<(usize, Turn)> = Vec::new();
        // A first one that names nothing is about what the next one names: “when and where is the fair?”
        let mut behind = Vec::new();
        // What may be a cry for help is none where the releases answer it: “how many were rescued?”
        let mut cries = Vec::new();
        let index = self.desk.index();
        let names_nothing =
            |text: &String| self.question(text, None, &context).is_none_or(|asked| index.names_nothing(&asked));
        let are_bare: Vec<bool> = questions.iter().map(names_nothing).collect();
        let first_with_topic = are_bare.iter().position(|is_bare| !is_bare).unwrap_or_default();
        for (at, text) in questions.iter().enumerate() {
            if at < first_with_topic {
                behind.push(at);
                continue;
            }
            // What goes on from a question without an answer has none.
            if let Some((_, before)) = turns.last().filter(|(_, turn)| are_bare[at] && turn.kind == ReplyKind::NotFound)
            {
                turns.push((at, before.clone()));
                continue;
            }
            let mut question = self.question(text, None, &context)?;
            let recognised = self.recognise_whole(text, Some(&mut question), &context);
            let asks_releases = recognised.intent.asks_releases();
            match recognised.intent {
                Intent::Danger if recognised.is_cry => return self.talk(&recognised, text, say.context),
                Intent::Danger | Intent::Question | Intent::Contact => {}
                _ if !asks_releases && self.is_of_releases(&recognised, &question, &context) => {}
                Intent::Greeting | Intent::Thanks | Intent::Goodbye | Intent::SmallTalk | Intent::Help => continue,
                _ => return None,
            }
            question.may_ask_contact = recognised.intent == Intent::Contact;
            let turn = self.answer(question, None, &context, limit);
            let turn = self.answer_behind_introduction(text, turn, &context, limit);
            match turn.kind {
                ReplyKind::Passages => context = turn.reply.context.clone(),
                ReplyKind::NotFound if recognised.intent == Intent::Danger => cries.push(recognised),
                ReplyKind::NotFound | ReplyKind::Contacts => {}
                ReplyKind::Unclear => {
                    behind.push(at);
                    continue;
                }
                _ => return None,
            }
            turns.push((at, turn));
        }
        let is_found = |(_, turn): &(usize, Turn)| turn.kind == ReplyKind::Passages;
        if !turns.iter().any(is_found) {
            return None;
        }
        if let Some(cry) = cries.first() {
            return self.talk(cry, text, say.context);
        }
        for at in behind {
            let question = self.question(&questions[at], None, &context)?;
            turns.push((at, self.answer(question, None, &context, limit)));
        }
        turns.retain(|(_, turn)| turn.kind != ReplyKind::Unclear);
        turns.sort_by_key(|(at, _)| *at);
        (turns.len() > 1).then(|| self.say_answers(&questions, turns, say, limit))
    }

    /// Returns an answer, or where the person told of themselves first, that to what they asked behind it: where it is a contact, or where
    /// nothing was found otherwise: “I'm from the Herald. When is the fair?”
    fn answer_behind_introduction(&self, text: &str, turn: Turn, context: &Context, limit: usize) -> Turn {
        let index = self.desk.index();
        let asked = index.behind_introduction(text).and_then(|asked| self.question(&asked, None, context));
        let is_for_rest = |rest: &Question| turn.kind == ReplyKind::NotFound || index.asks_contact(rest);
        let again = asked.filter(is_for_rest).map(|rest| self.answer(rest, None, context, limit));
        let is_better = |again: &Turn| match again.kind {
            ReplyKind::Contacts => true,
            kind => kind == ReplyKind::Passages && turn.kind == ReplyKind::NotFound,
        };
        match again.filter(is_better) {
            Some(again) => Turn { question: turn.question, ..again },
            None => turn,
        }
    }

    /// Puts the answers to the questions of a message into one reply, with the best `limit` passages in rank order.
    fn say_answers(&self, questions: &[String], turns: Vec<(usize, Turn)>, say: &Composer<'_>, limit: usize) -> Turn {
        let (mut quoted, mut more, mut ranked, mut unanswered) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut of_contacts, mut contacts) = (Vec::new(), Vec::new());
        for (at, turn) in turns {
            match turn.answer {
                Some(Answer::Found { quoted: of_one, more: others, .. }) => {
                    quoted.extend(of_one);
                    more.extend(others);
                }
                Some(Answer::Contacts(_)) => {
                    of_contacts.extend(turn.reply.blocks);
                    contacts.extend(turn.contacts);
                }
                Some(Answer::NotFound { nearest, .. }) => unanswered.push((at, nearest.into_iter().next())),
                _ => unanswered.push((at, None)),
            }
            ranked.extend(turn.ranked);
        }
        let quoted = each_once(quoted);
        // What is nearest to one may stand above, as where it asks the same in other words.
        let is_quoted = |hit: &Hit| quoted.iter().any(|other| hit.is_same(other));
        unanswered.retain(|(_, nearest): &(usize, Option<Hit>)| !nearest.as_ref().is_some_and(is_quoted));
        let asked =
            |at: usize| self.desk.index().behind_introduction(&questions[at]).unwrap_or_else(|| questions[at].clone());
        let unanswered = unanswered.into_iter().map(|(at, _)| asked(at)).collect();
        let mut more = each_once(more);
        more.retain(|hit| !is_quoted(hit));
        let mut ranked = each_once([quoted.clone(), ranked].concat());
        ranked.truncate(limit);
        let mut turn = self.say_answer(say, "", Answer::Found { quoted, more, unanswered }, 1);
        turn.reply.blocks.extend(of_contacts);
        contacts.retain(|contact| !turn.contacts.contains(contact));
        turn.contacts.extend(contacts);
        Turn { ranked, ..turn }
    }
}

/// Returns hits in their order, each passage once.
fn each_once(hits: Vec<Hit>) -> Vec<Hit> {
    let mut distinct: Vec<Hit> = Vec::new();
    for hit in hits {
        if !distinct.iter().any(|other| hit.is_same(other)) {
            distinct.push(hit);
        }
    }
    distinct
}
