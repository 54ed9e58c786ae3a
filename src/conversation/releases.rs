//! Lists of releases to page through: all, or those that a question about the releases themselves asks for.

use std::sync::Arc;

use fluent_bundle::FluentValue;
use time::Date;

use super::compose::{Composer, MAX_COMMAND_LEN};
use super::reply::{Block, Choice, PageShown, Reply, Span, Style};
use super::request::Request;
use super::{Context, Conversation, Turn};
use crate::corpus::{Release, ReleaseDate};
use crate::desk::{AskedBy, DateRange, Desk, GoingOn, Order, Outcome, PageWanted, ReleaseFilter, ReleaseList};
use crate::language::DatePattern;
use crate::search::Question;

/// Maximum number of words by which a release meets a topic that stand below it.
const MAX_WORDS: usize = 3;

/// Maximum number of releases that a conversation goes on about.
const MAX_IN_HAND: usize = 3;

/// Maximum number of releases of a list that a conversation goes on about as a list, by their numbers or dates.
const MAX_LISTED: usize = 100;

impl Conversation {
    /// Shows another page of the list or the release shown last, where a text wants that and nothing else: “page 2”, “next”; behind an
    /// answer more of it. Where nothing was shown, it asks nothing.
    pub(super) fn turn_page(&self, question: &Question, context: &Context) -> Option<Turn> {
        let wanted = self.desk.page_wanted(question)?;
        let Some(PageShown { request, n_pages }) = context.page.as_ref() else {
            // Beside other words these may mean anything: “when will it be back?”, “who else?”, “nada más, gracias”.
            if matches!(wanted, PageWanted::Next | PageWanted::Previous) && question.words().len() > 1 {
                return None;
            }
            if context.shown.is_empty() || wanted == PageWanted::Previous {
                return Some(self.unclear(&self.composer(context, question.language)));
            }
            let more = Request::Passages { id: String::new(), paragraphs: Vec::new() };
            return Some(self.obey(&more, context, question.language));
        };
        let page = match wanted {
            PageWanted::Number(number) => number,
            PageWanted::Last => *n_pages,
            PageWanted::Next => request.page().saturating_add(1),
            PageWanted::Previous => request.page().saturating_sub(1),
        };
        Some(self.obey(&request.at_page(page.clamp(1, *n_pages)), context, question.language))
    }

    /// Answers a question that goes on from the list shown last: the number of a release in it (“the second one”), or which of them is
    /// wanted (“and the oldest?”, “y de 2023”); `None` where it may ask something else.
    pub(super) fn about_list_in_hand(&self, question: &Question, context: &Context) -> Option<Turn> {
        if context.listed.is_empty() {
            return None;
        }
        let say = self.composer(context, question.language);
        let release = |name: &String| self.release_with_id(name, say.language).cloned();
        let listed: Vec<Arc<Release>> = context.listed.iter().filter_map(release).collect();
        match self.desk.going_on_from(question, &listed, say.language)? {
            GoingOn::Release(release) => {
                let request = Request::Release { id: say.name_of(&release), page: 1 };
                let mut turn = self.obey(&request, context, question.language);
                // “And the third?”
                turn.reply.context.listed.clone_from(&context.listed);
                Some(turn)
            }
            // Further pages are listed by words, which know nothing of the list in hand.
            GoingOn::List(list) if list.is_of_listed && list.releases.len() > self.releases_per_page => {
                let list = self.releases(question, AskedBy::Intent, &say)?;
                Some(self.say_releases(&say, &list, question.clone()))
            }
            GoingOn::List(list) => Some(self.say_releases(&say, &list, question.clone())),
        }
    }
}

impl Composer<'_> {
    /// Notes the releases of a list in its reply.
    fn listing(&self, mut reply: Reply, releases: &[Arc<Release>]) -> Reply {
        reply.context.listed.clear();
        if releases.len() <= MAX_LISTED {
            reply.context.listed.extend(releases.iter().map(|release| self.name_of(release)));
        }
        reply
    }

    /// Lists all releases, a page at a time; of versions in several languages the one in the language of the reply.
    pub(super) fn releases(&self, page: usize, per_page: usize) -> Reply {
        let releases = self.corpus.each_release(self.language);
        if releases.is_empty() {
            return self.sentence("no-releases");
        }
        let n_undated = releases.iter().filter(|release| release.date.is_none()).count();
        let counts = [("count", FluentValue::from(releases.len())), ("undated", FluentValue::from(n_undated))];
        let heading = self.wording.say_with(self.language, "releases-heading", &counts);
        let reply = self.page_of(&releases, heading, "", page, per_page, |_| Vec::new());
        self.listing(reply, &releases)
    }

    /// Lists the releases that a question asks for, with the reason; where there are none, the newest ones.
    pub(super) fn listed(&self, desk: &Desk, list: &ReleaseList, page: usize, per_page: usize) -> Reply {
        let all = self.corpus.each_release(self.language);
        if all.is_empty() {
            return self.sentence("no-releases").outcome(Outcome::NotFound);
        }
        let is_all = list.filter == ReleaseFilter::default()
            || list.releases.len() == all.len()
                && list.filter == ReleaseFilter { order: Some((Order::Newest, None)), ..ReleaseFilter::default() };
        if is_all {
            return self.releases(page, per_page).outcome(Outcome::Found);
        }
        let heading = self.list_heading(list);
        if list.releases.is_empty() {
            let newest: Vec<Arc<Release>> = all.iter().take(per_page).cloned().collect();
            let mut reply = self.page_of(&newest, heading, "", 1, per_page, |_| Vec::new());
            reply.blocks.extend(self.undated(list));
            reply.choices.push(self.all_releases());
            return self.listing(reply.outcome(Outcome::NotFound), &newest);
        }
        let words = |release: &Release| desk.words_of_topic(list, release, MAX_WORDS);
        let mut reply = self.page_of(&list.releases, heading, &list.words, page, per_page, words);
        reply.blocks.extend(self.undated(list));
        if list.releases.len() < all.len() {
            reply.choices.push(self.all_releases());
        }
        let reply = reply.outcome(Outcome::Found);
        // A list of more is about none in particular.
        let page = reply.context.page.clone();
        let mut reply = if list.releases.len() <= MAX_IN_HAND { reply.remembering(&list.releases) } else { reply };
        reply.context.page = page;
        if list.is_of_listed && list.releases.len() == 1 {
            // “And the newest?” goes on from the same list.
            reply.context.listed.clone_from(&self.context.listed);
            return reply;
        }
        self.listing(reply, &list.releases)
    }

    /// Lists a page of releases; `words` list them again, and below each stand those of `words_of`.
    fn page_of(
        &self,
        releases: &[Arc<Release>],
        heading: String,
        words: &str,
        page: usize,
        per_page: usize,
        words_of: impl Fn(&Release) -> Vec<String>,
    ) -> Reply {
        let n_pages = releases.len().div_ceil(per_page);
        let page = page.clamp(1, n_pages.max(1));
        let mut blocks = vec![Block::Text(vec![Span::plain(heading)])];
        // The numbers stand on the buttons, where titles would be cut.
        let mut choices = Vec::new();
        let first = (page - 1) * per_page;
        for (number, release) in (first + 1..).zip(releases.iter().skip(first).take(per_page)) {
            let mut spans = vec![Span::plain(format!("{number}. "))];
            spans.extend(self.heading(release).spans().to_vec());
            let words = words_of(release);
            if !words.is_empty() {
                let words = [("words", FluentValue::from(self.quoted(&words)))];
                let line = self.wording.say_with(self.language, "releases-with-words", &words);
                spans.push(Span::styled(format!(" · {line}"), Style::Faint));
            }
            blocks.push(Block::Text(spans));
            choices.push(Choice { label: number.to_string(), ..self.open_version(release) });
        }
        blocks.extend(self.page_line(page, n_pages));
        let request = Request::Releases { words: words.to_owned(), page };
        choices.extend(self.turn(page, n_pages, |page| request.at_page(page)));
        choices.retain(|choice| choice.request.to_command().len() <= MAX_COMMAND_LEN);
        self.reply(blocks).choices(choices).at_page(request, n_pages)
    }

    /// Says which releases are listed, and how many.
    fn list_heading(&self, list: &ReleaseList) -> String {
        let n_listed = list.releases.len();
        let states_no_date = list.n_undated > 0 && list.releases.iter().all(|release| release.date.is_none());
        let key = match list.filter.order {
            _ if n_listed == 0 => "releases-none",
            Some((_, Some(_))) if states_no_date => "releases-none-undated",
            Some((Order::Newest, Some(_))) => "releases-newest",
            Some((Order::Oldest, Some(_))) => "releases-oldest",
            _ => "releases-found",
        };
        // “No release that mentions”
        let n_meant = if key == "releases-none-undated" { 0 } else { n_listed };
        let reasons = self.reasons(list, n_meant);
        let arguments = [("count", FluentValue::from(n_listed)), ("reasons", FluentValue::from(reasons))];
        self.wording.say_with(self.language, key, &arguments)
    }

    /// Says what the releases of a list have in common, each property with a space before it; `n_meant` is the number of those that
    /// the sentence is about.
    fn reasons(&self, list: &ReleaseList, n_meant: usize) -> String {
        let filter = &list.filter;
        let mut reasons = String::new();
        if list.is_of_listed && self.context.listed.len() < self.corpus.each_release(self.language).len() {
            reasons += &self.wording.say(self.language, "releases-of-list");
        }
        if let Some(date) = filter.date {
            let key = match date {
                DatePattern { day: Some(_), .. } => "releases-of-day",
                DatePattern { month: Some(_), .. } => "releases-of-month",
                _ => "releases-of-year",
            };
            let date = self.date_pattern(date);
            reasons += &self.wording.say_with(self.language, key, &[("date", FluentValue::from(date))]);
        }
        if let Some(DateRange { from, until }) = filter.range {
            let day = |day: Option<Date>| {
                let date = day.map(|day| ReleaseDate {
                    year: day.year(),
                    month: Some(day.month().into()),
                    day: Some(day.day()),
                });
                FluentValue::from(self.wording.date(self.language, date))
            };
            let key = match (from, until) {
                (Some(_), Some(_)) => "releases-between",
                (None, Some(_)) => "releases-until",
                _ => "releases-since",
            };
            reasons += &self.wording.say_with(self.language, key, &[("from", day(from)), ("until", day(until))]);
        }
        if let Some(period) = filter.period {
            let period = [("period", FluentValue::from(period.name()))];
            reasons += &self.wording.say_with(self.language, "releases-of-period", &period);
        }
        if let Some(language) = filter.language {
            let language = [("language", FluentValue::from(language.code()))];
            reasons += &self.wording.say_with(self.language, "releases-in-language", &language);
        }
        if !filter.topic.is_empty() {
            let words =
                [("words", FluentValue::from(self.quoted(&filter.topic))), ("count", FluentValue::from(n_meant))];
            let key = if list.is_by_meaning && !list.releases.is_empty() {
                "releases-near-topic"
            } else {
                "releases-with-topic"
            };
            reasons += &self.wording.say_with(self.language, key, &words);
        }
        reasons
    }

    /// Says how many releases are not listed because they state no date.
    fn undated(&self, list: &ReleaseList) -> Option<Block> {
        let n_left_out =
            list.n_undated.saturating_sub(list.releases.iter().filter(|release| release.date.is_none()).count());
        let order = match list.filter {
            ReleaseFilter { order: Some((Order::Newest, _)), date: None, range: None, .. } => "newest",
            ReleaseFilter { order: Some((Order::Oldest, _)), date: None, range: None, .. } => "oldest",
            _ => "none",
        };
        let arguments = [("count", FluentValue::from(n_left_out)), ("order", FluentValue::from(order))];
        let sentence = || self.wording.say_with(self.language, "releases-undated", &arguments);
        (n_left_out > 0).then(|| Block::Text(vec![Span::styled(sentence(), Style::Faint)]))
    }

    /// Writes a date or a part of one.
    fn date_pattern(&self, pattern: DatePattern) -> String {
        if let Some(year) = pattern.year {
            return self
                .wording
                .date(self.language, Some(ReleaseDate { year, month: pattern.month, day: pattern.day }));
        }
        let month = ("month", FluentValue::from(format!("m{}", pattern.month.unwrap_or_default())));
        match pattern.day {
            Some(day) => {
                let day = ("day", FluentValue::from(day.to_string()));
                self.wording.say_with(self.language, "date-day-of-month", &[day, month])
            }
            None => self.wording.say_with(self.language, "month-name", &[month]),
        }
    }
}
