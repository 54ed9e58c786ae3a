//! Whose number or address a question asks for: a contact's, by a name half remembered, an office, an extension or an address
//! with a slip in it, or somebody's whose contact no release gives.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::contacts::{ContactBook, People, Person, extension};
use super::{Answer, Contacts, Desk};
use crate::corpus::Release;
use crate::language::{Lexicon, List};
use crate::search::{Bearer, Findings, Hit, NameEvidence, Question, SearchIndex, is_year};
use crate::text::{Words, fold};

/// Minimum length of a word that is compared with a slip in it.
const MIN_LEN: usize = 4;
/// Minimum length of a word in which two letters may be wrong.
const LONG_LEN: usize = 8;
/// Maximum number of letters that may be wrong in each part of a mail address.
const MAX_MAIL_SLIPS: usize = 2;
/// Least similarity of a slip in the part of a mail address before its sign, 0 to 1.
const MIN_MAIL_SIMILARITY: f64 = 0.6;
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

/// Words that a person is found by.
#[derive(Debug)]
pub(super) struct PersonWords {
    /// The words of the name, with their sounds.
    name: Vec<(String, String)>,
    /// The last words of the name in one, at least two.
    joined: Vec<String>,
    /// The words of role, office and places of their releases, and their terms.
    others: HashSet<String>,
}

impl PersonWords {
    pub(super) fn of(person: &Person, index: &SearchIndex) -> Self {
        let languages = index.languages();
        let name = person.name_words(languages);
        let whole = person.contact.name.as_deref().map(fold).unwrap_or_default();
        let parts: Vec<&str> = whole.split(' ').collect();
        let joined = (0..parts.len().saturating_sub(1)).map(|from| parts[from..].concat()).collect();
        let mut others = HashSet::new();
        for (text, language) in person.surroundings() {
            others.extend(crate::search::folded_topic_words(text, languages));
            others.extend(index.terms_of(text, language));
        }
        let name = name.into_iter().map(|word| (word.clone(), languages.sound(&word))).collect();
        Self { name, joined, others }
    }

    /// Returns how many words of a bearer are met by the name, and how many of them exactly; `None` where a word that tells whose
    /// it is, is not met. `slips` are the words that may be nearly those of a name, with their sounds.
    fn share_met(&self, bearer: &Bearer, slips: &HashMap<&str, String>) -> Option<(usize, usize)> {
        let (mut by_name, mut exactly, mut n_like, mut n_unmet) = (0, 0, 0, 0);
        for word in &bearer.words {
            let folded = word.folded.as_str();
            let is_other = || self.others.contains(folded) || word.terms.iter().any(|term| self.others.contains(term));
            let is_like = || slips.get(folded).is_some_and(|sound| self.is_like_name(folded, sound));
            if self.name.iter().any(|(known, _)| known == folded || folded.len() == 1 && known.starts_with(folded)) {
                (by_name, exactly) = (by_name + 1, exactly + 1);
            } else if is_other() {
                continue;
            } else if is_like() {
                by_name += 1;
                n_like += usize::from(word.evidence == NameEvidence::None);
            } else if word.evidence == NameEvidence::None {
                n_unmet += 1;
            } else {
                return None;
            }
        }
        // A common word that is nearly a name is one only beside another; a role or an office is met as a whole.
        let is_met = if by_name > 0 { by_name > n_like } else { n_unmet == 0 };
        is_met.then_some((by_name, exactly))
    }

    fn is_like_name(&self, folded: &str, sound: &str) -> bool {
        let length = folded.chars().count();
        let max_distance = if length >= LONG_LEN { 2 } else { 1 };
        let is_near = |known: &str| {
            known.chars().count().abs_diff(length) <= max_distance
                && strsim::osa_distance(folded, known) <= max_distance
        };
        let is_like = |(known, known_sound): &(String, String)| {
            known.chars().count() >= MIN_LEN && (sound == known_sound || is_near(known))
        };
        self.name.iter().any(is_like) || length > MIN_LEN && self.joined.iter().any(|joined| is_near(joined))
    }
}

impl ContactBook {
    /// Returns the people whom a part of a question names, by name, role or office, those of whose name it has most first.
    fn borne(&self, bearer: &Bearer, question: &Question, index: &SearchIndex) -> Option<People> {
        if bearer.words.is_empty() {
            return None;
        }
        let met_with = |slips: &HashMap<&str, String>| -> Vec<(usize, (usize, usize))> {
            let met = self.words.iter().map(|words| words.share_met(bearer, slips)).enumerate();
            met.filter_map(|(number, met)| Some((number, met?))).collect()
        };
        let mut met = met_with(&HashMap::new());
        if met.iter().all(|(_, (_, exactly))| *exactly == 0) {
            let slips = bearer.words.iter().map(|word| word.folded.as_str()).filter(|word| may_be_slip(word, index));
            met = met_with(&slips.map(|word| (word, index.languages().sound(word))).collect());
        }
        let most = met.iter().map(|(_, met)| *met).max()?;
        let mut numbers: Vec<usize> = met.iter().filter(|(_, met)| *met == most).map(|(number, _)| *number).collect();
        if bearer.has_role() {
            // Of several heads, that of the field asked for, though its word goes with any question for a contact: “press”.
            let n_met = |number: &usize| {
                let others = &self.words[*number].others;
                question.words().folded().filter(|word| others.contains(*word)).count()
            };
            let most = numbers.iter().map(n_met).max().unwrap_or_default();
            numbers.retain(|number| n_met(number) == most);
        }
        numbers.sort_by_key(|number| (self.words[*number].name.len(), *number));
        let list: Vec<Arc<Person>> = numbers.iter().map(|number| Arc::clone(&self.people[*number])).collect();
        let words = bearer.words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
        Some(People { list, words })
    }

    /// Returns the people whose mail address is nearest to one, if it is near.
    fn mailed_nearly(&self, typed: &str) -> Option<People> {
        let (typed_name, typed_host) = typed.split_once('@')?;
        let distance = |mail: &String| -> Option<usize> {
            let mail = mail.to_lowercase();
            let (name, host) = mail.split_once('@')?;
            let slips = strsim::osa_distance(name, typed_name);
            let host_slips = if !typed_host.is_empty() && host.starts_with(typed_host) {
                0
            } else {
                strsim::osa_distance(host, typed_host)
            };
            let is_near = slips <= MAX_MAIL_SLIPS
                && host_slips <= MAX_MAIL_SLIPS
                && strsim::normalized_levenshtein(name, typed_name) >= MIN_MAIL_SIMILARITY;
            is_near.then_some(slips + host_slips)
        };
        let nearest = |person: &Arc<Person>| person.emails.iter().filter_map(distance).min();
        let least = self.people.iter().filter_map(nearest).min()?;
        let list = self.people.iter().filter(|person| nearest(person) == Some(least)).cloned().collect();
        Some(People { list, words: typed.to_owned() })
    }

    /// Returns the people with an extension.
    fn at_extension(&self, digits: &str) -> Option<People> {
        let has_it =
            |person: &&Arc<Person>| person.phones.iter().any(|phone| extension(phone).as_deref() == Some(digits));
        let list: Vec<Arc<Person>> = self.people.iter().filter(has_it).cloned().collect();
        (!list.is_empty()).then(|| People { list, words: digits.to_owned() })
    }
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

/// Tells whether a folded word may be a name with a slip in it: a word of the releases is none.
fn may_be_slip(folded: &str, index: &SearchIndex) -> bool {
    folded.chars().count() + 1 >= MIN_LEN && !index.is_in_releases(folded)
}

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
