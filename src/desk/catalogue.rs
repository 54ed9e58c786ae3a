//! Catalogue: questions about the releases themselves, answered by a list of them.
//!
//! Every word of a question is read by what it may say of releases: a date, newest or oldest, a language, a word that only asks.
//! What is left is the topic. The words for all of these are those of `config/languages/`, of all languages together.

mod range;
mod reading;
mod tag;

use std::collections::HashMap;
use std::sync::Arc;

use time::Date;

pub use self::range::DateRange;
use self::reading::Reading;
use self::tag::Tag;
use super::Desk;
use crate::corpus::{Release, ReleaseDate};
use crate::language::{DatePattern, Language, Period, PhraseList};
use crate::search::Question;
use crate::text::fold;

/// Releases that answer a question about the releases themselves.
#[derive(Debug, Clone)]
pub struct ReleaseList {
    /// The releases: by how much they are about the topic where there is one, else by their date; possibly none.
    pub releases: Vec<Arc<Release>>,
    /// The properties that they have.
    pub filter: ReleaseFilter,
    /// Number of releases that state no date where one is asked for, or which is the newest.
    pub n_undated: usize,
    /// The words of `/releases` that list them again.
    pub words: String,
    /// Set where the question is a date and nothing else, which may be about what happened then.
    pub is_date_alone: bool,
    /// Set where that is a year, a month or a range with a word before it: “for 2023?”, “since March 2023?”
    pub is_led_date: bool,
    /// Set where small words and a time counted from today are all that it says: “what did you do today”.
    pub is_of_time: bool,
    /// Set where news of a topic are asked for, which are what happened as well as releases: “any news on the bridge?”
    pub is_of_news: bool,
    /// Set where they are near the topic by their meaning and have none of its words.
    pub is_by_meaning: bool,
    /// Set where they are some of those listed before.
    pub is_of_listed: bool,
    topic: Option<Question>,
}

/// Properties by which releases are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReleaseFilter {
    /// Date, or a part of it.
    pub date: Option<DatePattern>,
    /// Range of dates.
    pub range: Option<DateRange>,
    /// Time counted from today.
    pub period: Option<Period>,
    /// First by date, with the number of releases that are asked for, where not all are.
    pub order: Option<(Order, Option<usize>)>,
    /// Language of the releases.
    pub language: Option<Language>,
    /// Topic as typed, in runs of words.
    pub topic: Vec<String>,
}

/// Order of a list by date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
}

/// Sign by which a question is known to be about the releases themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy {
    /// Its own words, which must say so.
    Words,
    /// The command, or the intent of the text.
    Intent,
}

/// What is wanted of a list of releases that was shown.
#[derive(Debug, Clone)]
pub enum GoingOn {
    /// One of them, by its number.
    Release(Arc<Release>),
    /// Those of a date, a language or an order; of all releases where none of the list is.
    List(Box<ReleaseList>),
}

/// Page that is wanted of what was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageWanted {
    /// The one with this number, counted from 1.
    Number(usize),
    /// The last one.
    Last,
    /// The next one.
    Next,
    /// The one before.
    Previous,
}

impl Desk {
    /// Returns the releases that a question about the releases themselves asks for; `None` where it is none, or asks for something
    /// else of them. `preferred` is the language of which one is listed where there are several.
    #[must_use]
    pub fn releases_asked(&self, question: &Question, by: AskedBy, preferred: Language) -> Option<ReleaseList> {
        let languages = self.languages();
        let reading = Reading::of(question, languages.lexicon_of_all(), languages.lexicon(question.language));
        // Behind an answer, “this year?” goes on from it.
        let goes_on = || !question.shown.is_empty() && reading.is_period_alone();
        if by == AskedBy::Words && (!reading.asks_for_releases() || goes_on()) {
            return None;
        }
        let filter = reading.filter();
        let mut topic = self.question(&filter.topic.join(" "));
        if let Some(topic) = &mut topic {
            topic.language = topic.language.or(question.language);
        }
        let mut releases =
            topic.as_ref().map_or_else(|| self.corpus().releases.clone(), |topic| self.index.releases_about(topic));
        let is_by_meaning = releases.is_empty() && topic.is_some();
        if let Some(topic) = topic.as_ref().filter(|_| is_by_meaning) {
            releases = self.index.releases_near(topic);
        }
        let releases = one_of_each(releases, filter.language, preferred);
        let (releases, n_undated) = by_date(releases, &filter, (self.today)());
        let is_date_alone = by == AskedBy::Words && reading.is_date_alone();
        let is_of_no_day = filter.date.is_some_and(|date| date.day.is_none());
        Some(ReleaseList {
            releases,
            n_undated,
            words: reading.words_again(),
            is_date_alone,
            is_of_time: reading.is_of_time() && !reading.is_period_alone(),
            is_led_date: is_date_alone && reading.is_led() && (filter.range.is_some() || is_of_no_day),
            is_of_news: by == AskedBy::Words && reading.is_of_news(),
            is_by_meaning,
            is_of_listed: false,
            topic,
            filter,
        })
    }

    /// Returns what a question wants of the list that was shown, `listed`; `None` where it names anything else.
    #[must_use]
    pub fn going_on_from(&self, question: &Question, listed: &[Arc<Release>], preferred: Language) -> Option<GoingOn> {
        let languages = self.languages();
        let mut reading = Reading::of(question, languages.lexicon_of_all(), languages.lexicon(question.language));
        let goes_on = reading.goes_on();
        if let Some(number) = reading.number_alone() {
            return listed.get(number.checked_sub(1)?).cloned().map(GoingOn::Release);
        }
        let is_of_them =
            |tag: &Tag| matches!(tag, Tag::Date(_) | Tag::Bound | Tag::Time(_) | Tag::Order(_) | Tag::Language(_));
        let names_releases = reading.has(|tag| matches!(tag, Tag::OneRelease | Tag::Releases));
        let says_more =
            reading.has(|tag| !is_of_them(tag) && !matches!(tag, Tag::Small | Tag::OneRelease | Tag::Releases));
        let asks_order = reading.is_order_asked_for() && !names_releases;
        if says_more || !reading.has(is_of_them) || !goes_on && !asks_order {
            return None;
        }
        let filter = reading.filter();
        let version = |release: &Arc<Release>| {
            let language = filter.language.unwrap_or(release.language);
            self.release(&release.id, language).filter(|version| version.language == language).cloned()
        };
        let (releases, n_undated) = by_date(listed.iter().filter_map(version).collect(), &filter, (self.today)());
        if releases.is_empty() {
            return self.releases_asked(question, AskedBy::Intent, preferred).map(Box::new).map(GoingOn::List);
        }
        Some(GoingOn::List(Box::new(ReleaseList {
            releases,
            n_undated,
            words: reading.words_again(),
            is_date_alone: false,
            is_led_date: false,
            is_of_time: false,
            is_of_news: false,
            is_by_meaning: false,
            is_of_listed: true,
            topic: None,
            filter,
        })))
    }

    /// Returns the page of what was shown that a question wants, and nothing else.
    #[must_use]
    pub fn page_wanted(&self, question: &Question) -> Option<PageWanted> {
        let languages = self.languages();
        let own = languages.lexicon(question.language);
        Reading::of(question, languages.lexicon_of_all(), own).page_alone(own)
    }

    /// Tells whether a question is a date with its day or its year, and nothing else.
    #[must_use]
    pub fn is_date(&self, question: &Question) -> bool {
        let languages = self.languages();
        let reading = Reading::of(question, languages.lexicon_of_all(), languages.lexicon(question.language));
        let is_full = |tag: &Tag| matches!(tag, Tag::Date(date) if date.day.is_some() || date.year.is_some());
        reading.is_date_alone() && reading.has(is_full)
    }

    /// Tells whether a question names releases and nothing that they may be about.
    #[must_use]
    pub fn names_releases_only(&self, question: &Question) -> bool {
        let languages = self.languages();
        let reading = Reading::of(question, languages.lexicon_of_all(), languages.lexicon(question.language));
        reading.has(|tag| matches!(tag, Tag::OneRelease | Tag::Releases)) && !reading.has_topic()
    }

    /// Tells whether a word is a name of releases.
    pub(super) fn is_name_of_releases(&self, word: &str) -> bool {
        let lexicon = self.languages().lexicon_of_all();
        let word = fold(word);
        [PhraseList::OneRelease, PhraseList::Releases].iter().any(|list| lexicon.phrases(*list).has_word(&word))
    }

    /// Returns the words by which a release meets the topic of a list, as they stand in it, at most `limit`.
    #[must_use]
    pub fn words_of_topic(&self, list: &ReleaseList, release: &Release, limit: usize) -> Vec<String> {
        list.topic.as_ref().map_or_else(Vec::new, |topic| self.index.words_of_topic(topic, release, limit))
    }
}

/// Returns the releases in a language, or each once, in the preferred one where there are several.
fn one_of_each(releases: Vec<Arc<Release>>, only: Option<Language>, preferred: Language) -> Vec<Arc<Release>> {
    let mut chosen: Vec<Arc<Release>> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for release in releases.into_iter().filter(|release| only.is_none_or(|only| release.language == only)) {
        match positions.get(&release.id) {
            Some(position) if release.language == preferred => chosen[*position] = release,
            Some(_) => {}
            None => {
                positions.insert(release.id.clone(), chosen.len());
                chosen.push(release);
            }
        }
    }
    chosen
}

/// Returns the releases with the date of a filter, in its order, and the number of those that state no date where that matters.
fn by_date(mut releases: Vec<Arc<Release>>, filter: &ReleaseFilter, today: Date) -> (Vec<Arc<Release>>, usize) {
    let n_undated = releases.iter().filter(|release| release.date.is_none()).count();
    let is_dated = filter.date.is_some() || filter.range.is_some() || filter.period.is_some();
    for days in
        [filter.period.map(|period| period.days(today)), filter.range.map(DateRange::days)].into_iter().flatten()
    {
        releases.retain(|release| release.date.is_some_and(|date| date.is_within(&days)));
    }
    if let Some(pattern) = filter.date {
        releases.retain(|release| release.date.is_some_and(|date| pattern_matches(pattern, date)));
    }
    let Some((order, limit)) = filter.order else {
        return (releases, if is_dated { n_undated } else { 0 });
    };
    // Those of one date stay in their order, and those without come last.
    releases.sort_by(|a, b| match (a.date, b.date) {
        (Some(a), Some(b)) if order == Order::Newest => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    let Some(limit) = limit else { return (releases, if is_dated { n_undated } else { 0 }) };
    if releases.iter().any(|release| release.date.is_some()) {
        releases.retain(|release| release.date.is_some());
        releases.truncate(limit);
    }
    (releases, n_undated)
}

fn pattern_matches(pattern: DatePattern, date: ReleaseDate) -> bool {
    pattern.year.is_none_or(|year| date.year == year)
        && pattern.month.is_none_or(|month| date.month == Some(month))
        && pattern.day.is_none_or(|day| date.day == Some(day))
}
