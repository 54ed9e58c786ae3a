//! Kinds of answers that a question asks for.

use crate::language::{Lexicon, List, PhraseList, PhraseSet};
use crate::search::text::analyzer::TopicWord;
use crate::search::text::kinds::Kinds;
use crate::text::Words;

/// Kinds with the phrases that ask for them.
const ASKED_BY: [(Kinds, PhraseList); 10] = [
    (Kinds::WHO, PhraseList::AskWho),
    (Kinds::HOW_MANY, PhraseList::AskHowMany),
    (Kinds::WHEN, PhraseList::AskWhen),
    (Kinds::PLACE, PhraseList::AskPlace),
    (Kinds::WHY, PhraseList::AskWhy),
    (Kinds::ACRONYM, PhraseList::AskAcronym),
    (Kinds::CONTACT, PhraseList::AskContact),
    (Kinds::AMOUNT, PhraseList::AskAmount),
    (Kinds::HOUR, PhraseList::AskHour),
    (Kinds::AGE, PhraseList::AskAge),
];

/// Number of words behind a phrase before what it asks about: “how many of the families”.
const MAX_BEFORE_ASKED: usize = 2;
/// Number of words that what it asks about may have: “how many new TB cases”.
const MAX_ASKED: usize = 3;

/// Returns the kinds of answers that a question asks for.
pub(crate) fn kinds_asked(words: &Words<'_>, lexicon: &Lexicon) -> Kinds {
    let has_any_of = |list: List| words.folded().any(|word| lexicon.has(list, word));
    let asks = |list: PhraseList| lexicon.phrases(list).stands_in(words);
    let mut kinds = Kinds::empty();
    for (kind, phrases) in ASKED_BY {
        kinds.set(kind, asks(phrases));
    }
    if names_contact_only(words, lexicon) {
        kinds.remove(Kinds::CONTACT);
    }
    kinds.set(Kinds::MONEY, has_any_of(List::Money));
    if (0..words.len()).any(|at| asks_who(words, at, lexicon)) {
        kinds |= Kinds::WHO;
    }
    let is_of_money = kinds.contains(Kinds::MONEY) || has_any_of(List::Costing);
    if asks(PhraseList::HowMuch) && is_of_money || asks(PhraseList::HowMany) && has_any_of(List::Currencies) {
        kinds |= Kinds::AMOUNT;
    }
    kinds
}

/// Returns the numbers of the topic words that stand together behind a phrase: what is counted behind “how many”.
pub(crate) fn asked_behind<'t>(
    words: &Words<'_>,
    topics: &'t [TopicWord<'_>],
    phrases: &PhraseSet,
) -> impl Iterator<Item = usize> + 't {
    let end = (0..words.len()).find_map(|at| Some(at + phrases.lengths_at(words, at).max()?));
    let first = end.and_then(|end| {
        let is_near = |word: &TopicWord<'_>| (end..=end + MAX_BEFORE_ASKED).contains(&word.at);
        topics.iter().position(is_near)
    });
    let first = first.unwrap_or(topics.len());
    let is_next = move |at: &usize| topics[*at].at == topics[first].at + at - first;
    (first..topics.len()).take_while(is_next).take(MAX_ASKED)
}

/// Tells whether a word asks for a person or an organisation: it begins a clause or bears an accent.
fn asks_who(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> bool {
    let begins_clause = || {
        at == 0
            || lexicon.has(List::BeforeWho, &words[at - 1].folded)
            || words.gap_before(at).contains(|letter: char| !letter.is_whitespace())
    };
    lexicon.has(List::Who, &words[at].folded) && (begins_clause() || lexicon.asks_who_by_accent(words, at))
}

/// Tells whether a folded word of a question for these kinds names no topic.
pub(crate) fn is_filler(asked: Kinds, folded: &str, lexicon: &Lexicon) -> bool {
    let is_contact = || lexicon.has(List::ContactFillers, folded) || is_contact_word(folded, lexicon);
    asked.contains(Kinds::CONTACT) && is_contact()
        || asked.contains(Kinds::ACRONYM) && lexicon.has(List::AcronymFillers, folded)
}

/// Tells whether a word for a contact is what a question is about, behind words that ask for a reason or a number: “why is the mail
/// late?”, or the person’s own: “music on my phone”.
fn names_contact_only(words: &Words<'_>, lexicon: &Lexicon) -> bool {
    let begins = |list: PhraseList| (0..words.len()).find(|at| lexicon.phrases(list).begins_at(words, *at));
    let asks_for_other = [PhraseList::AskWhy, PhraseList::AskHowMany].into_iter().filter_map(begins).min();
    let contact = lexicon.phrases(PhraseList::AskContact);
    let asks_in_words = || (0..words.len()).any(|at| contact.lengths_at(words, at).any(|length| length > 1));
    asks_for_other.is_some_and(|asks| begins(PhraseList::AskContact).is_some_and(|named| asks < named))
        && !asks_in_words()
        || names_own_contact_only(words, lexicon)
}

/// Tells whether each word for a contact is one of the person’s own.
fn names_own_contact_only(words: &Words<'_>, lexicon: &Lexicon) -> bool {
    let [contact, own] = [PhraseList::AskContact, PhraseList::Own].map(|list| lexicon.phrases(list));
    let is_own = |at: usize| (0..at).any(|start| own.lengths_at(words, start).any(|length| start + length > at));
    let mut named = (0..words.len()).filter(|at| contact.begins_at(words, *at)).peekable();
    named.peek().is_some() && named.all(is_own)
}

/// Tells whether a folded word asks for a contact by itself.
pub(crate) fn is_contact_word(folded: &str, lexicon: &Lexicon) -> bool {
    lexicon.phrases(PhraseList::AskContact).has_word(folded)
}

/// Tells whether a word is one of a phrase that asks for a contact.
pub(crate) fn stands_in_contact_phrase(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> bool {
    let phrases = lexicon.phrases(PhraseList::AskContact);
    (0..=at).any(|start| phrases.lengths_at(words, start).any(|length| start + length > at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::shipped;
    use crate::search::text::spans;
    use crate::search::text::word_list::WordList;

    fn asks(text: &str, kinds: Kinds) -> bool {
        kinds_asked(&Words::of(text), shipped().lexicon(None)).intersects(kinds)
    }

    #[test]
    fn contact_questions_are_told_from_others() {
        for text in [
            "who do I call about the women's guidelines?",
            "correo de prensa",
            "¿a quién le pregunto por las reuniones?",
            "their email?",
            "phone number for the TB story",
            "press office",
            "¿hay un número al que pueda llamar?",
            "is there a number too?",
            "¿tienen algún número donde pregunte?",
        ] {
            assert!(asks(text, Kinds::CONTACT), "{text}");
        }
        for text in [
            "who chaired the event?",
            "how many victims",
            "number of victims",
            "¿cuál es el número de víctimas?",
            "and the number of children?",
            "¿Quién pagó el taller?",
            "press release on TB",
        ] {
            assert!(!asks(text, Kinds::CONTACT), "{text}");
        }
    }

    #[test]
    fn ones_own_phone_is_no_contact() {
        for text in ["como bajo musica a mi celular", "how do I get it on my mobile phone?", "my email does not work"] {
            assert!(!asks(text, Kinds::CONTACT), "{text}");
        }
        for text in [
            "who can a reporter call about the bridge?",
            "a quién puede llamar un periodista",
            "my phone is dead, what is your email?",
        ] {
            assert!(asks(text, Kinds::CONTACT), "{text}");
        }
    }

    #[test]
    fn acronyms_are_asked_for() {
        for text in ["What does DOT stand for?", "¿Qué significa CRM?", "¿qué quiere decir PNC?"] {
            assert!(asks(text, Kinds::ACRONYM), "{text}");
        }
    }

    #[test]
    fn who_asks_only_where_it_begins_a_clause() {
        for text in [
            "who chaired it?",
            "Hi, who paid?",
            "and with whom?",
            "¿y a quién?",
            "me dice quién fue",
            "quiero saber quien organizo el taller",
            "digame quien fue",
            "any idea who paid?",
            "which agencies sat in?",
            "¿cuáles ministerios mandaron gente?",
        ] {
            assert!(asks(text, Kinds::WHO), "{text}");
        }
        for text in ["is there help for somebody who was sent back?", "la gente quien emigra", "what happened?"] {
            assert!(!asks(text, Kinds::WHO), "{text}");
        }
    }

    #[test]
    fn details_are_asked_for_by_turns_of_phrase() {
        for (text, detail) in [
            ("How much did the furniture cost?", Kinds::AMOUNT),
            ("¿cuánto pisto dio el fondo?", Kinds::AMOUNT),
            ("how many dollars did they give", Kinds::AMOUNT),
            ("what are the opening hours", Kinds::HOUR),
            ("¿a qué hora abren?", Kinds::HOUR),
            ("horario de la ventanilla", Kinds::HOUR),
            ("How old is she?", Kinds::AGE),
            ("¿Qué edad tiene?", Kinds::AGE),
            ("¿cuántos años tiene Jorge?", Kinds::AGE),
        ] {
            assert!(asks(text, detail), "{text}");
        }
        for text in [
            "who paid?",
            "how much of the population is migrant?",
            "¿cuántos vinieron?",
            "how many hours did it last?",
            "¿hace cuántos años fue?",
        ] {
            assert!(!asks(text, Kinds::DETAILS), "{text}");
        }
    }

    #[test]
    fn kinds_meet_their_evidence() {
        let languages = shipped();
        let share = |question: &str, text: &str| {
            let spans = spans::read(&Words::of(text), languages.lexicon(None), &WordList::default());
            let given = spans.iter().fold(Kinds::empty(), |all, span| all | span.kinds);
            kinds_asked(&Words::of(question), languages.lexicon(None)).share_given(given)
        };
        assert_eq!(share("¿Cuántos y cuándo?", "On November 3rd 100 doctors met."), Some(1.0));
        assert_eq!(share("who paid?", "financed by the IOM Development Fund"), Some(1.0));
        assert_eq!(share("how many meetings?", "two meetings"), Some(1.0));
        assert_eq!(share("which town?", "two meetings"), Some(0.0));
        assert_eq!(share("the workshop", "two meetings"), None);
        for asked in ["why?", "¿Por qué viajan?", "porque viajan los niños", "how come?", "¿cuál fue el motivo?"] {
            assert_eq!(share(asked, "We welcome this, because migrants cross borders."), Some(1.0), "{asked}");
        }
        assert!(!asks("el taller por el que preguntan", Kinds::WHY));
    }
}
