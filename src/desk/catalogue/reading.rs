//! Questions about the releases themselves, read word by word.

use super::range::{DateRange, range};
use super::tag::{LISTED, Tag, tag_at};
use super::{Order, PageWanted, ReleaseFilter};
use crate::language::{Lexicon, List, PhraseList};
use crate::search::Question;
use crate::text::Words;

/// A question read word by word.
pub(super) struct Reading<'a> {
    words: &'a Words<'static>,
    tags: Vec<Tag>,
    range: Option<DateRange>,
    /// The words of all languages.
    lexicon: &'a Lexicon,
}

impl<'a> Reading<'a> {
    pub(super) fn of(question: &'a Question, lexicon: &'a Lexicon, own: &Lexicon) -> Self {
        let words = question.words();
        let mut tags = Vec::with_capacity(words.len());
        while tags.len() < words.len() {
            let (tag, length) = tag_at(words, tags.len(), lexicon, own);
            tags.extend(std::iter::repeat_n(tag, length));
        }
        let mut reading = Self { words, tags, range: None, lexicon };
        reading.read_numbers(own);
        reading.read_range();
        reading.resolve_languages();
        reading.drop_beginning();
        reading.drop_behind_periods();
        reading
    }

    /// Reads numbers in words beside an order or a name of releases, but no ordinals, names, or numbers of something else: “the last
    /// three”, “los últimos tres meses”.
    fn read_numbers(&mut self, own: &Lexicon) {
        let is_counted = |tag: Option<&Tag>| matches!(tag, Some(Tag::Order(_) | Tag::Releases));
        for at in 0..self.tags.len() {
            let before = at.checked_sub(1).and_then(|before| self.tags.get(before));
            let is_beside = is_counted(before) || is_counted(self.tags.get(at + 1));
            let counts_periods = self.words.get(at + 1).is_some_and(|next| own.has(List::Periods, &next.folded));
            let number = own.numbers().lone(&self.words[at].folded).and_then(|number| usize::try_from(number).ok());
            if self.tags[at] == Tag::Topic
                && is_beside
                && !counts_periods
                && !self.words.is_capitalised(at)
                && let Some(number) = number.filter(|number| LISTED.contains(number))
            {
                self.tags[at] = Tag::Number(number);
            }
        }
    }

    /// Reads the range that dates state, whose words are no topic.
    fn read_range(&mut self) {
        if let Some((range, bounds)) = range(self.words, &self.tags, self.lexicon) {
            self.range = Some(range);
            for at in bounds {
                self.tags[at] = Tag::Bound;
                // “A partir de”
                if let Some(before) = self.tags[..at].last_mut().filter(|before| **before == Tag::Small) {
                    *before = Tag::Bound;
                }
            }
        }
    }

    /// Leaves no topic in a word that says which of a period is meant, where the period is left out: “this month and the last”.
    fn drop_behind_periods(&mut self) {
        if self.has(|tag| matches!(tag, Tag::Time(_))) {
            let words = self.words.iter().zip(&mut self.tags);
            let behind = words.filter(|(word, _)| self.lexicon.has(List::BehindPeriods, &word.folded));
            behind.filter(|(_, tag)| **tag == Tag::Topic).for_each(|(_, tag)| *tag = Tag::Small);
        }
    }

    /// Leaves no topic in the words by which releases are asked for.
    fn drop_beginning(&mut self) {
        let phrases = self.lexicon.phrases(PhraseList::AskReleases);
        for at in (0..self.tags.len()).filter(|at| matches!(self.tags[*at], Tag::OneRelease | Tag::Releases)) {
            let end = self.group_start(at);
            let begins = |start: &usize| phrases.lengths_at(self.words, *start).any(|length| start + length == end);
            if let Some(start) = (0..end).find(begins) {
                self.tags[start..end].iter_mut().filter(|tag| **tag == Tag::Topic).for_each(|tag| *tag = Tag::Small);
                return;
            }
        }
    }

    /// Leaves the name of a language a topic where it does not say which language the releases are in.
    fn resolve_languages(&mut self) {
        let n_topics = self.tags.iter().filter(|tag| matches!(tag, Tag::Topic | Tag::Language(_))).count();
        for at in 0..self.tags.len() {
            let is_noun = |at: Option<usize>| {
                at.and_then(|at| self.tags.get(at)).is_some_and(|tag| matches!(tag, Tag::OneRelease | Tag::Releases))
            };
            let before = at.checked_sub(1);
            let is_behind_in = before.is_some_and(|before| self.lexicon.has(List::In, &self.words[before].folded));
            let tells = n_topics == 1 || is_behind_in || is_noun(before) || is_noun(Some(at + 1));
            if matches!(self.tags[at], Tag::Language(_)) && !tells {
                self.tags[at] = Tag::Topic;
            }
        }
    }

    /// Tells whether the question goes on from the one before, as with “and”, and leaves the word out.
    pub(super) fn goes_on(&mut self) -> bool {
        let goes_on = self.words.folded().next().is_some_and(|first| self.lexicon.has(List::GoingOn, first));
        if goes_on && let Some(first) = self.tags.first_mut() {
            *first = Tag::Small;
        }
        goes_on
    }

    pub(super) fn has(&self, is_it: impl Fn(&Tag) -> bool) -> bool {
        self.tags.iter().any(is_it)
    }

    pub(super) fn has_topic(&self) -> bool {
        self.has(|tag| *tag == Tag::Topic)
    }

    /// Returns the page that is all that the question says: “page 2”, “next”, “last page”.
    pub(super) fn page_alone(&self, own: &Lexicon) -> Option<PageWanted> {
        let has = |list: List, at: usize| self.lexicon.has(list, &self.words[at].folded);
        let is_page = |at: usize| has(List::Pages, at);
        let is_any = |list: List| (0..self.tags.len()).any(|at| has(list, at));
        if is_any(List::Pages)
            && let Some(number) = self.number_beside(is_page)
        {
            return Some(PageWanted::Number(number));
        }
        let end = |at: usize| match self.tags[at] {
            Tag::Order(Order::Newest) => Some(PageWanted::Last),
            Tag::Order(Order::Oldest) => Some(PageWanted::Number(1)),
            _ => None,
        };
        let is_end = |at: usize| is_page(at) || end(at).is_some() || self.tags[at] == Tag::Small;
        if is_any(List::Pages)
            && (0..self.tags.len()).all(is_end)
            && let Some(end) = (0..self.tags.len()).find_map(end)
        {
            return Some(end);
        }
        let only = |list: List| {
            let is_of_it = |at: usize| has(list, at) || is_page(at) || self.tags[at] == Tag::Small;
            is_any(list) && (0..self.tags.len()).all(|at| is_of_it(at) || own.is_function_word(&self.words[at].folded))
        };
        match () {
            () if only(List::PreviousPage) => Some(PageWanted::Previous),
            () if only(List::NextPage) => Some(PageWanted::Next),
            () => None,
        }
    }

    /// Returns the number that is all that the question says: “the second one”, “3”.
    pub(super) fn number_alone(&self) -> Option<usize> {
        self.number_beside(|at| self.tags[at] == Tag::OneRelease)
    }

    /// Returns the number of a question that has nothing else but small words and those that may be beside it.
    fn number_beside(&self, may_be: impl Fn(usize) -> bool) -> Option<usize> {
        let number = |at: usize| {
            if matches!(self.tags[at], Tag::Date(_)) {
                return None;
            }
            let number = self.lexicon.number(&self.words[at].folded);
            number.and_then(|number| usize::try_from(number).ok())
        };
        let mut stated = (0..self.tags.len()).filter_map(|at| Some((at, number(at)?)));
        let (stated_at, stated) = stated.next().filter(|_| stated.next().is_none())?;
        let is_small = |at: usize| at == stated_at || self.tags[at] == Tag::Small || may_be(at);
        (0..self.tags.len()).all(is_small).then_some(stated)
    }

    /// Tells whether a small word stands first.
    pub(super) fn is_led(&self) -> bool {
        matches!(self.tags.first(), Some(Tag::Small | Tag::Bound))
    }

    pub(super) fn is_date_alone(&self) -> bool {
        self.has(|tag| matches!(tag, Tag::Date(_)))
            && self.tags.iter().all(|tag| matches!(tag, Tag::Date(_) | Tag::Bound | Tag::Small))
            && self.words.iter().zip(&self.tags).all(|(word, tag)| {
                *tag != Tag::Small
                    || self.lexicon.has(List::DateBefore, &word.folded)
                    || self.lexicon.has(List::Articles, &word.folded)
            })
    }

    /// Tells whether a time counted from today is all that the question says.
    pub(super) fn is_period_alone(&self) -> bool {
        let leads = |at: usize| {
            let folded = &self.words[at].folded;
            self.lexicon.has(List::DateBefore, folded)
                || self.lexicon.has(List::Articles, folded)
                || at == 0 && self.lexicon.has(List::GoingOn, folded)
        };
        let is_of_it = |at: usize| matches!(self.tags[at], Tag::Time(_)) || self.tags[at] == Tag::Small && leads(at);
        self.has(|tag| matches!(tag, Tag::Time(_))) && (0..self.tags.len()).all(is_of_it)
    }

    /// Tells whether the question says a time counted from today and otherwise names nothing: “is there anything new today”.
    pub(super) fn is_of_time(&self) -> bool {
        let asks_detail = [
            PhraseList::AskWho,
            PhraseList::AskHowMany,
            PhraseList::HowMuch,
            PhraseList::AskAmount,
            PhraseList::AskWhen,
            PhraseList::AskPlace,
            PhraseList::AskWhy,
            PhraseList::AskHour,
        ];
        self.has(|tag| matches!(tag, Tag::Time(_)))
            && self.tags.iter().all(|tag| matches!(tag, Tag::Time(_) | Tag::Small | Tag::Order(_)))
            && !asks_detail.into_iter().any(|list| self.lexicon.phrases(list).stands_in(self.words))
    }

    /// Tells whether it asks for news of a topic, and not how many there are, or of which time.
    pub(super) fn is_of_news(&self) -> bool {
        let phrases = |list| self.lexicon.phrases(list);
        let mut named = (0..self.tags.len()).filter(|at| self.tags[*at] == Tag::Releases).peekable();
        self.has_topic()
            && named.peek().is_some()
            && named.all(|at| phrases(PhraseList::News).begins_at(self.words, at))
            && self.tags.iter().all(|tag| matches!(tag, Tag::Releases | Tag::Small | Tag::Topic))
            && !phrases(PhraseList::HowMany).stands_in(self.words)
    }

    /// Tells whether the words ask for releases, rather than for something that stands in them.
    pub(super) fn asks_for_releases(&self) -> bool {
        let phrases = |list| self.lexicon.phrases(list).stands_in(self.words);
        if phrases(PhraseList::AskContact) {
            return false;
        }
        let has_date = self.has(|tag| matches!(tag, Tag::Date(_) | Tag::Time(_)));
        let has_language = self.has(|tag| matches!(tag, Tag::Language(_)));
        let has_order = self.has(|tag| matches!(tag, Tag::Order(_)));
        let is_published = self.has(|tag| *tag == Tag::Publishing) && !phrases(PhraseList::AskHowMany);
        let is_dated = has_date || has_order || self.has(|tag| *tag == Tag::Period);
        let asks_of_other = [PhraseList::AskWhen, PhraseList::AskPlace, PhraseList::AskWhy].into_iter().any(phrases);
        self.is_date_alone()
            || self.is_of_time()
            || phrases(PhraseList::AskAnything) && (has_date || has_language || self.has_topic())
            || is_published && is_dated && !self.has_topic() && !asks_of_other
            || (0..self.tags.len()).any(|at| self.is_name_asked_for(at))
            || has_order && !self.has_topic() && !has_date && self.is_order_asked_for()
    }

    /// Tells whether a name of releases at a word is what is asked for.
    fn is_name_asked_for(&self, at: usize) -> bool {
        let tag = self.tags[at];
        if !matches!(tag, Tag::OneRelease | Tag::Releases) || at > 0 && self.tags[at - 1] == tag {
            return false;
        }
        let start = self.group_start(at);
        let behind = (at..self.tags.len()).find(|next| self.tags[*next] != tag);
        let is_order = |at: usize| matches!(self.tags[at], Tag::Order(_));
        let has_order = (start..at).any(is_order) || behind.is_some_and(is_order);
        let has_date = self.has(|tag| matches!(tag, Tag::Date(_) | Tag::Time(_)));
        let is_asked = start > 0 && self.lexicon.phrases(PhraseList::AskReleases).ends_with(self.words, start - 1);
        let is_at_start = start == 0 || start == 1 && self.lexicon.has(List::Articles, &self.words[0].folded);
        let goes_on = behind.is_none_or(|behind| {
            self.lexicon.has(List::BehindReleases, &self.words[behind].folded)
                || matches!(
                    self.tags[behind],
                    Tag::Date(_) | Tag::Bound | Tag::Time(_) | Tag::Order(_) | Tag::Language(_) | Tag::Publishing
                )
        });
        match tag {
            Tag::Releases => is_asked || is_at_start && goes_on,
            _ if has_order => is_asked || is_at_start && goes_on,
            _ if has_date => !self.has_topic() && (is_asked || is_at_start && goes_on),
            _ => {
                let phrases = self.lexicon.phrases(PhraseList::AskOneRelease);
                self.has_topic() && start > 0 && phrases.ends_with(self.words, start - 1)
            }
        }
    }

    /// Tells whether the newest or oldest is asked for without a name of releases: “what is the latest one about?”
    pub(super) fn is_order_asked_for(&self) -> bool {
        let Some(at) = self.tags.iter().position(|tag| matches!(tag, Tag::Order(_))) else { return false };
        let start = self.group_start(at);
        start == 0
            || start == 1 && self.lexicon.has(List::Articles, &self.words[0].folded)
            || self.lexicon.phrases(PhraseList::AskReleases).ends_with(self.words, start - 1)
    }

    /// Returns the first of the words that stand before a name of releases and belong to it: “last three”.
    fn group_start(&self, at: usize) -> usize {
        let belongs = |before: &usize| {
            matches!(self.tags[*before], Tag::Order(_) | Tag::Number(_) | Tag::Language(_))
                || self.lexicon.has(List::Numbers, &self.words[*before].folded)
        };
        (0..at).rev().take_while(belongs).last().unwrap_or(at)
    }

    pub(super) fn filter(&self) -> ReleaseFilter {
        let mut filter = ReleaseFilter::default();
        let mut number = None;
        for tag in &self.tags {
            match *tag {
                Tag::Date(date) => filter.date = filter.date.or(Some(date)),
                Tag::Time(period) => filter.period = filter.period.or(Some(period)),
                Tag::Order(order) => filter.order = filter.order.or(Some((order, None))),
                Tag::Language(language) => filter.language = Some(language),
                Tag::Number(of_them) => number = Some(of_them),
                _ => {}
            }
        }
        let is_one = !self.has(|tag| *tag == Tag::Releases);
        filter.order = filter.order.map(|(order, _)| (order, number.or(is_one.then_some(1))));
        if filter.order.is_none() && self.has(|tag| *tag == Tag::Period) {
            filter.order = Some((Order::Newest, None));
        }
        filter.topic = self.topic();
        filter.range = self.range;
        if filter.range.is_some() {
            // “Since 2020 until today”
            (filter.date, filter.period) = (None, None);
        }
        filter
    }

    /// Returns the topic in runs of words, with the small ones within a run.
    fn topic(&self) -> Vec<String> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        // “El Salvador”
        let is_article_of_name = |at: usize| {
            let is_article = |before: usize| self.lexicon.has(List::LeadingArticles, &self.words[before].folded);
            at > 0 && self.tags[at - 1] == Tag::Small && is_article(at - 1) && self.words.is_capitalised(at - 1)
        };
        for at in (0..self.tags.len()).filter(|at| self.tags[*at] == Tag::Topic) {
            match runs.last_mut() {
                Some((_, end)) if (*end..at).all(|between| self.tags[between] == Tag::Small) && at - *end <= 2 => {
                    *end = at + 1
                }
                _ => runs.push((at - usize::from(is_article_of_name(at)), at + 1)),
            }
        }
        let text = self.words.text();
        runs.iter()
            .map(|(start, end)| text[self.words[*start].range.start..self.words[*end - 1].range.end].to_owned())
            .collect()
    }

    /// Returns the words that list the same releases when they stand behind the command.
    pub(super) fn words_again(&self) -> String {
        let says = |at: usize| !matches!(self.tags[at], Tag::Small | Tag::Publishing);
        let leads = |at: usize| {
            let next = self.tags.get(at + 1);
            self.tags[at] == Tag::Small
                && at > 0
                && next.is_some_and(|tag| matches!(tag, Tag::Date(_) | Tag::Time(_) | Tag::Language(_)))
        };
        let joins = |at: usize| {
            let is_topic = |at: usize| self.tags.get(at) == Some(&Tag::Topic);
            at > 0 && self.tags[at] == Tag::Small && is_topic(at - 1) && (is_topic(at + 1) || is_topic(at + 2))
        };
        let mut again = String::new();
        for at in (0..self.tags.len()).filter(|at| says(*at) || leads(*at) || joins(*at)) {
            if !again.is_empty() {
                let is_of_date = at > 0 && matches!(self.tags[at], Tag::Date(_)) && self.tags[at - 1] == self.tags[at];
                again.push_str(if is_of_date { self.words.gap_before(at) } else { " " });
            }
            again.push_str(self.words.written(at));
        }
        again
    }
}
