//! Messages with several questions in them.

use std::ops::Range;

use super::answer_type::kinds_asked;
use crate::language::{Lexicon, List, PhraseList};
use crate::search::text::analyzer::topic_words;
use crate::search::text::kinds::Kinds;
use crate::text::{Words, is_acronym};

/// Maximum number of questions of a message that are answered one by one; the last one has the rest of the text. Each is searched for.
const MAX_QUESTIONS: usize = 6;

/// Marks that a question ends with.
const QUESTION_MARKS: [char; 3] = ['?', '？', '؟'];

/// Returns the questions of a message, as typed; none where it is a single one.
///
/// A question ends at its question mark, or where behind a word such as “and”, a sign or a new line another one begins with a word that
/// asks, before which a small word may stand: “y a qué hora”. What asks nothing goes with the question behind it, or is none. A word that
/// joins is left out: here it makes no half question.
pub(crate) fn questions_in(words: &Words<'_>, lexicon: &Lexicon) -> Vec<String> {
    let mut questions: Vec<Range<usize>> = Vec::new();
    let mut first = 0;
    for at in 1..=words.len() {
        let is_end = at == words.len();
        if (is_end || begins_question(words, first, at, lexicon)) && asks(words, first..at, lexicon) {
            questions.push(first..at);
            first = at;
        }
    }
    if let Some(beyond) = questions.get(MAX_QUESTIONS - 1) {
        let last = beyond.start..words.len();
        questions.truncate(MAX_QUESTIONS - 1);
        questions.push(last);
    }
    // What stands behind the last one tells more of it: “I mean the one of 2018.”
    if let Some(last) = questions.last_mut() {
        last.end = words.len();
    }
    if questions.len() < 2 {
        return Vec::new();
    }
    let joins = |at: &usize| lexicon.has(List::GoingOn, &words[*at].folded);
    let without_joining =
        |range: Range<usize>| range.clone().find(|at| !joins(at)).map_or(range.clone(), |at| at..range.end);
    questions.into_iter().map(|range| written(words, &without_joining(range)).to_owned()).collect()
}

/// Returns what a message asks behind clauses in which people tell of themselves: the names in these are not of what they ask. `None` where
/// there are no such clauses before it.
pub(crate) fn behind_introduction(words: &Words<'_>, lexicon: &Lexicon) -> Option<String> {
    let starts = (0..words.len()).filter(|at| *at == 0 || is_set_apart(words.gap_before(*at)));
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([words.len()]);
    let asking = starts.iter().zip(ends).position(|(start, end)| asks(words, *start..end, lexicon))?;
    let introduces = |start: &usize| lexicon.phrases(PhraseList::Introductions).begins_at(words, *start);
    // Who tells what they ask about names it: “I'm writing about the fair of 2019.”
    let tells_topic = words[..starts[asking]].iter().any(|word| {
        lexicon.has(List::ContactTopics, &word.folded) || word.folded.contains(|letter: char| letter.is_ascii_digit())
    });
    (!tells_topic && starts[..asking].iter().any(introduces))
        .then(|| written(words, &(starts[asking]..words.len())).to_owned())
}

/// Returns words with the signs behind them.
fn written<'w>(words: &'w Words<'_>, range: &Range<usize>) -> &'w str {
    let end = words.get(range.end).map_or(words.text().len(), |next| next.range.start);
    let start = words[range.start].range.start;
    let start = if words.text()[..start].ends_with('¿') { start - '¿'.len_utf8() } else { start };
    let text = &words.text()[start..end];
    text.trim_end_matches(|letter: char| letter.is_whitespace() || matches!(letter, '¿' | ',' | ';' | ':' | '-'))
}

/// Tells whether another question than the one from `first` on begins at a word.
fn begins_question(words: &Words<'_>, first: usize, at: usize, lexicon: &Lexicon) -> bool {
    let gap = words.gap_before(at);
    if gap.contains(QUESTION_MARKS) {
        return true;
    }
    // What stands before the first mark of a question leads to it.
    if gap.contains('¿') {
        return false;
    }
    let joins = |at: usize| lexicon.has(List::GoingOn, &words[at].folded);
    // The word that joins goes with what it joins.
    let begins = if joins(at) { at + 1 } else { at };
    // A comma may stand before a clause that tells more of a noun: “the school, where”.
    let ends_clause = is_set_apart(gap) && gap.trim() != ",";
    let is_joined = begins > at || ends_clause && !(at > first && joins(at - 1));
    // A word that asks for a noun's kind may join a clause, but for one that begins a sentence: “que”.
    let begins_sentence = gap.contains(['.', '!', ':', '\n']);
    let asks = |at: usize| {
        let which = |folded: &str| begins_sentence && lexicon.has(List::Which, folded);
        words.get(at).is_some_and(|word| is_question_word(words, at, lexicon) || which(&word.folded))
            || asks_for_which(words, at, lexicon)
    };
    let is_behind_small_word = || {
        let is_small = words.get(begins).is_some_and(|word| lexicon.is_function_word(&word.folded));
        is_small && words.len() > begins + 1 && words.gap_before(begins + 1) == " " && asks(begins + 1)
    };
    is_joined && (asks(begins) || is_behind_small_word())
}

/// Tells whether a word begins a question; one that is an acronym in capitals is a name: “IOM and WHO”.
fn is_question_word(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> bool {
    let is_name = || {
        lexicon.has(List::Acronyms, &words[at].folded)
            && is_acronym(words.written(at))
            && words.text().contains(char::is_lowercase)
    };
    lexicon.begins_question(words.written(at)) && !is_name()
}

/// Tells whether a phrase such as “what time” begins at a word.
fn asks_for_which(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> bool {
    let phrases =
        [PhraseList::AskWhen, PhraseList::AskPlace, PhraseList::AskWho, PhraseList::AskHour, PhraseList::AskAge];
    let is_which = words.get(at).is_some_and(|word| lexicon.has(List::Which, &word.folded));
    is_which && phrases.iter().any(|list| lexicon.phrases(*list).begins_at(words, at))
}

/// Tells whether what stands between two words sets them apart.
fn is_set_apart(gap: &str) -> bool {
    gap.contains(|letter: char| letter == '\n' || !letter.is_whitespace() && !matches!(letter, '\'' | '’' | '"'))
}

/// Tells whether some words ask for something.
fn asks(words: &Words<'_>, range: Range<usize>, lexicon: &Lexicon) -> bool {
    let text = written(words, &range);
    let own = Words::of(text);
    let has_question_word = range.clone().any(|at| is_question_word(words, at, lexicon));
    // A word for a contact may be of a name: “Correo Diario”.
    let kinds = kinds_asked(&own, lexicon).difference(Kinds::CONTACT);
    let is_marked = text.contains(QUESTION_MARKS) && topic_words(&own, lexicon).next().is_some();
    let is_introduction =
        text.ends_with(['.', '!']) && lexicon.phrases(PhraseList::Introductions).begins_at(words, range.start);
    (has_question_word || !kinds.is_empty()) && !is_introduction || is_marked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::shipped;

    fn questions(text: &str) -> Vec<String> {
        let languages = shipped();
        questions_in(&Words::of(text), languages.lexicon_of_all())
    }

    #[test]
    fn questions_of_a_message_are_told_apart() {
        for (text, parts) in [
            ("when does the bridge open and how much is it", &["when does the bridge open", "how much is it"][..]),
            ("¿Cuánto cuesta la tarjeta? ¿Hay descuento?", &["¿Cuánto cuesta la tarjeta?", "¿Hay descuento?"]),
            ("cuanto cuesta la tarjeta y a qué hora abren", &["cuanto cuesta la tarjeta", "a qué hora abren"]),
            ("who built the school; when", &["who built the school", "when"]),
            ("who built the school\nwhere is it", &["who built the school", "where is it"]),
            ("I am Ana. When is the fair? Also, who pays?", &["I am Ana. When is the fair?", "who pays?"]),
            ("combien coûte la carte et où l'acheter", &["combien coûte la carte", "où l'acheter"]),
            ("who pays? when? I mean the one of 2018", &["who pays?", "when? I mean the one of 2018"]),
            ("who pays and what’s the price", &["who pays", "what’s the price"]),
            ("quando abre a ponte e quanto custa", &["quando abre a ponte", "quanto custa"]),
        ] {
            assert_eq!(questions(text), parts, "{text}");
        }
    }

    #[test]
    fn who_tells_of_themselves_first_asks_behind_it() {
        let languages = shipped();
        let behind = |text: &str| behind_introduction(&Words::of(text), languages.lexicon_of_all());
        for (text, asked) in [
            ("I'm Ana from the Herald. When is the fair?", "When is the fair?"),
            (
                "Buenos días, soy reportera de El Meridiano, de Tepic. ¿Cuánto cuesta la feria?",
                "¿Cuánto cuesta la feria?",
            ),
            ("Hello, this is Ana of Reuters, who pays for the school", "who pays for the school"),
        ] {
            assert_eq!(behind(text).as_deref(), Some(asked), "{text}");
        }
        for text in
            ["When is the fair?", "About the fair of Tepic. When is it?", "I'm Ana", "When is the fair? I'm Ana."]
        {
            assert_eq!(behind(text), None, "{text}");
        }
    }

    #[test]
    fn one_question_stays_one() {
        for text in [
            "who designed and built the bridge?",
            "I have a question: when does it open?",
            "how many in Usulután and La Unión?",
            "the bridge opens in May, right?",
            "¿cuánto cuesta la tarjeta?",
            "Hi. I am from the Herald. Where is the school?",
            "How many did IOM and WHO train?",
            "I'm one of those who went. Which school was it?",
            "¿qué es el lugar nuevo, donde anda la gente?",
            "Cuando abrió la feria, ¿vino el alcalde?",
            "",
            "?",
        ] {
            assert!(questions(text).is_empty(), "{text}: {:?}", questions(text));
        }
    }
}
