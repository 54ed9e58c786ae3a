//! Whose number or address a question asks for: a contact's, by a name half remembered, an office, an extension or an address
//! with a slip in it, or somebody's whose contact no release gives.

use std::sync::Arc;

use super::contacts::People;
use super::{Answer, Contacts, Desk};
use crate::corpus::Release;
use crate::language::{Lexicon, List};
use crate::search::{Bearer, Findings, Hit, Question, is_year};
use crate::text::Words;

/// Lengths of an extension, in digits.
const EXTENSION_LEN: std::ops::RangeInclusive<usize> = 2..=6;
/// Minimum number of digits of a phone number in a paragraph; fewer are a year or a quantity.
const MIN_PHONE_DIGITS: usize = 7;
/// Number of digits of a short number that everybody may call, as 911 or 155; longer ones are soon an extension or a year.
const SHORT_NUMBER_LEN: usize = 3;
/// Maximum number of words between a short number and the word that says to call it: “dial, free of charge, 155”.
const MAX_BEFORE_SHORT_NUMBER: usize = 6;

/// Owner of the number or address that a question asks for.
#[derive(Debug)]
pub(super) enum Whose {
    /// Contacts of releases.
    Contacts(People),
    /// Somebody else, a place, or a number or address that nobody has.
    Other(Bearer),
}

impl Desk {
    /// Returns whose number or address a question asks for; `None` where it names nobody. Where nothing tells that it is one for a
    /// contact but a word for a number, it has to name somebody of the releases.
    pub(super) fn whose(&self, question: &Question, asks_contact: bool) -> Option<Whose> {
        let reach =
            |word: &&str| word.contains('@') && word.chars().filter(|letter| letter.is_alphanumeric()).count() > 2;
        let text = question.text().to_lowercase();
        if let Some(mail) = text.split_whitespace().find(reach) {
            let mail = mail.trim_matches(|letter: char| !letter.is_alphanumeric());
            return Some(
                self.contacts.mailed_nearly(mail).map_or_else(|| Whose::Other(Bearer::bare(mail)), Whose::Contacts),
            );
        }
        let is_likely = asks_contact || question.may_ask_contact;
        if !is_likely && !question.names_way {
            return None;
        }
        let bearers = self.index.bearers(question);
        let names_somebody = |bearer: &Bearer| bearer.is_named && bearer.is_always_name && !bearer.named_in.is_empty();
        if !is_likely && !matches!(bearers.as_slice(), [bearer] if names_somebody(bearer)) {
            return None;
        }
        let digits = |text: &str| EXTENSION_LEN.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = question.words().folded().find(|word| digits(word));
        if let Some(people) = number.and_then(|number| self.contacts.at_extension(number)) {
            return Some(Whose::Contacts(people));
        }
        if let (Some(number), [bearer]) = (number, bearers.as_slice())
            && bearer.words.len() == 1
            && bearer.written == number
        {
            return Some(Whose::Other(Bearer::bare(number)));
        }
        let borne = |bearer: &Bearer| self.contacts.borne(bearer, question, &self.index);
        // A place beside somebody whom nobody is says where they are: “UNHCR El Salvador”.
        let is_elsewhere = |bearer: &Bearer| bearer.is_named && !bearer.is_place && borne(bearer).is_none();
        let has_other = bearers.iter().any(is_elsewhere);
        if let Some(people) = bearers.iter().filter(|bearer| !(has_other && bearer.is_place)).find_map(borne) {
            return Some(Whose::Contacts(people));
        }
        bearers
            .into_iter()
            .find(|bearer| bearer.is_named && (!bearer.is_topic() || bearer.is_always_name || bearer.has_role()))
            .map(Whose::Other)
    }

    /// Answers a question for a contact of somebody whom no release has one of: with the paragraphs that name them with a number or
    /// address, else with one of a release that is about them, else that there is none, and with the desk of the release that names
    /// them.
    pub(super) fn answer_no_contact(&self, bearer: Bearer, question: &Question, findings: &Findings<'_>) -> Answer {
        let names = |hit: &&Hit| {
            let is_here = |(release, paragraph): &(Arc<Release>, usize)| {
                Arc::ptr_eq(release, &hit.release)
                    && (*paragraph == hit.paragraph || bearer.surname_stands_in(&hit.excerpt.text))
            };
            bearer.named_in.iter().any(is_here)
        };
        let hits = findings.hits(usize::MAX, self.limits.excerpt_length);
        let is_about_them = |hit: &&Hit| bearer.headlined_by.iter().any(|release| Arc::ptr_eq(release, &hit.release));
        let (of_theirs, elsewhere): (Vec<&Hit>, Vec<&Hit>) = hits.iter().filter(names).partition(is_about_them);
        let naming: Vec<&Hit> = of_theirs.into_iter().chain(elsewhere).collect();
        let tells = |hit: &Hit| gives_way(&hit.excerpt.text, self.languages().lexicon_of_all());
        let telling = naming.iter().filter(|hit| tells(hit)).map(|hit| (*hit).clone());
        let mut telling: Vec<Hit> = telling.take(self.limits.passages).collect();
        if telling.is_empty() && bearer.is_topic() {
            let mut about = question.clone();
            about.context = bearer.headlined_by.iter().map(|release| release.id.clone()).collect();
            let of_theirs = self.index.search(&about);
            let mut hits = of_theirs.hits(usize::MAX, self.limits.excerpt_length).into_iter();
            telling.extend(hits.find(|hit| is_about_them(&hit) && tells(hit)));
        }
        if !telling.is_empty() {
            return Answer::quoting(telling, Vec::new());
        }
        let with_desk = naming.iter().find(|hit| !hit.release.contacts.is_empty());
        let nearest: Vec<Hit> = with_desk.or(naming.first()).map(|hit| (*hit).clone()).into_iter().collect();
        // Where nothing names them, the desk of a release that is near may know.
        let near = hits.first().filter(|best| nearest.is_empty() && self.is_near(best)).cloned();
        let contacts = self.desk_to_ask(near.as_ref().map_or(nearest.as_slice(), std::slice::from_ref));
        let no_contact_of = Some(bearer.written);
        Answer::NotFound { nearest, missing: Vec::new(), unmet: Vec::new(), contacts, no_contact_of }
    }
}

/// Returns the best of all passages of a release that tells a number or address: what the public may call stands in the text, and
/// whom the press may call below it. The passage must be about what is asked; where the release names no contact, the probability
/// `answers_from` that it answers will do.
pub(super) fn told_in_text(
    contacts: &Contacts,
    answers_from: f32,
    lexicon: &Lexicon,
    hits: impl FnOnce() -> Vec<Hit>,
) -> Option<Vec<Hit>> {
    let Contacts::Of(of) = contacts else { return None };
    let is_met =
        |hit: &Hit| hit.features.met >= MIN_MET_BY_TELLING || of.contacts.is_empty() && hit.score >= answers_from;
    let is_telling =
        |hit: &Hit| Arc::ptr_eq(&hit.release, &of.release) && is_met(hit) && gives_way(&hit.excerpt.text, lexicon);
    hits().into_iter().find(is_telling).map(|hit| vec![hit])
}

/// Least share of a question for a contact that a passage with a number meets if it is shown before the contact of its release: half
/// of what is asked. Set by hand; too few labelled questions ask for such a number to fit it.
const MIN_MET_BY_TELLING: f32 = 0.5;

/// Tells whether a text has a phone number, a short one that it says to call, or a mail address.
fn gives_way(text: &str, lexicon: &Lexicon) -> bool {
    let is_of_number = |letter: char| letter.is_ascii_digit() || " +-()".contains(letter);
    let is_phone = |run: &str| {
        let mut groups = run.split(|letter: char| !letter.is_ascii_digit()).filter(|group| !group.is_empty());
        let n_digits = run.bytes().filter(u8::is_ascii_digit).count();
        n_digits >= MIN_PHONE_DIGITS && groups.any(|group| !is_year(group))
    };
    let words = Words::of(text);
    let is_called = |at: usize| {
        let number = words.written(at);
        let is_short = number.len() == SHORT_NUMBER_LEN && number.bytes().all(|byte| byte.is_ascii_digit());
        let mut before = at.saturating_sub(MAX_BEFORE_SHORT_NUMBER)..at;
        // “Llama a 300 familias” counts what stands behind it.
        let counts = words
            .get(at + 1)
            .is_some_and(|next| words.gap_before(at + 1).trim().is_empty() && !lexicon.is_function_word(&next.folded));
        is_short && !counts && before.any(|before| lexicon.has(List::BeforeShortNumber, &words[before].folded))
    };
    text.contains('@') || text.split(|letter| !is_of_number(letter)).any(is_phone) || (0..words.len()).any(is_called)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::shipped;

    #[test]
    fn numbers_to_call_are_told_from_other_numbers() {
        let languages = shipped();
        for (text, expected) in [
            ("Call 468-2160 or write to us.", true),
            ("Write to press@example.org.", true),
            ("Anyone with chest pain should still dial 999.", true),
            ("Podrá marcar gratis el 155, línea Te Escucho.", true),
            ("Las fugas se pueden reportar las 24 horas en el 073 o en la oficina.", true),
            ("The office is at 215 Harbour Road.", false),
            ("La oficina está en avenida Juárez número 215.", false),
            ("El alcalde llama a 300 familias.", false),
            ("She called for 100 volunteers in 2022.", false),
        ] {
            assert_eq!(gives_way(text, languages.lexicon_of_all()), expected, "{text}");
        }
    }
}
