//! Meaning of each word of a question for the releases that are asked for.

use super::Order;
use crate::language::{DatePattern, Language, Lexicon, List, Period, PhraseList, date_at, period_at};
use crate::text::Words;

/// Meaning of a word for the releases that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Date(DatePattern),
    /// Bounds a range of dates.
    Bound,
    /// Counted from today.
    Time(Period),
    Order(Order),
    OneRelease,
    Releases,
    Publishing,
    Period,
    Language(Language),
    Number(usize),
    /// Asks and says nothing else.
    Small,
    Topic,
}

/// Numbers that may say how many releases are wanted; others are years or amounts.
pub(super) const LISTED: std::ops::Range<usize> = 1..1_000;

/// Returns what begins at a word, with the number of its words.
pub(super) fn tag_at(words: &Words<'_>, at: usize, lexicon: &Lexicon, own: &Lexicon) -> (Tag, usize) {
    if let Some((period, length)) = period_at(words, at, lexicon) {
        return (Tag::Time(period), length);
    }
    if let Some((date, length)) = date_at(words, at, lexicon, own.is_month_first()) {
        return (Tag::Date(date), length);
    }
    let longest = |list| lexicon.phrases(list).lengths_at(words, at).max();
    let orders = [(PhraseList::Newest, Order::Newest), (PhraseList::Oldest, Order::Oldest)];
    let is_period = |at: usize| {
        let is_in = |list| words.get(at).is_some_and(|word| lexicon.has(list, &word.folded));
        is_in(List::Periods) || is_in(List::Days)
    };
    for (list, order) in orders {
        if let Some(length) = longest(list) {
            // “Last year” is no order.
            return if is_period(at + length) { (Tag::Small, length) } else { (Tag::Order(order), length) };
        }
    }
    let (several, one) = (longest(PhraseList::Releases), longest(PhraseList::OneRelease));
    match (several, one) {
        (Some(length), one) if one.is_none_or(|one| one < length) => return (Tag::Releases, length),
        (_, Some(length)) => return (Tag::OneRelease, length),
        _ => {}
    }
    let folded = words[at].folded.as_str();
    let number = || folded.parse().ok().filter(|number| LISTED.contains(number));
    let is_behind_period = at.checked_sub(1).is_some_and(is_period) && lexicon.has(List::BehindPeriods, folded);
    let tag = if let Some(language) = lexicon.language_named(folded) {
        Tag::Language(language)
    } else if is_period(at) || is_behind_period {
        Tag::Period
    } else if lexicon.has(List::Publishing, folded) {
        Tag::Publishing
    } else if lexicon.has(List::Numbers, folded)
        || own.has(List::ReleaseFillers, folded)
        || own.is_function_word(own.without_elision(folded))
    {
        Tag::Small
    } else {
        number().map_or(Tag::Topic, Tag::Number)
    };
    (tag, 1)
}
