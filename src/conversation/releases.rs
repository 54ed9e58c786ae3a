//! Lists of releases to page through: all, or those that a question about the releases themselves asks for.

use std::sync::Arc;

use fluent_bundle::FluentValue;

use super::compose::{Composer, MAX_COMMAND_LEN, open};
use super::reply::{Block, Choice, Reply, Span, Style};
use super::request::Request;
use super::{Context, Conversation, Turn};
use crate::corpus::{Corpus, Release, ReleaseDate};
use crate::desk::{AskedBy, Desk, GoingOn, Order, Outcome, ReleaseFilter, ReleaseList};
use crate::intent::Intent;
use crate::language::DatePattern;
use crate::search::Question;

/// Maximum number of words by which a release meets a topic that stand below it.
const MAX_WORDS: usize = 3;

/// Maximum number of releases that a conversation goes on about.
const MAX_IN_HAND: usize = 3;

/// Maximum number of releases of a list that a conversation goes on about as a list, by their numbers or dates.
const MAX_LISTED: usize = 100;

impl Conversation {
    /// Answers a question that goes on from the list shown last: the number of a release in it (“the second one”), another page
    /// (“page 2”, “next”), or which of them is wanted (“and the oldest?”, “y de 2023”); `None` where it may ask something else.
    pub(super) fn about_list_in_hand(&self, question: &Question, intent: Intent, context: &Context) -> Option<Turn> {
        if context.listed.is_empty() {
            return None;
        }
        let say = self.composer(context, question.language);
        let release = |name: &String| self.release_with_id(name, say.language).cloned();
        let listed: Vec<Arc<Release>> = context.listed.iter().filter_map(release).collect();
        let n_pages = listed.len().div_ceil(self.releases_per_page);
        let is_next_wanted = intent == Intent::More && n_pages > 1;
        let going_on = self.desk.going_on_from(question, &listed, say.language);
        match going_on.or_else(|| is_next_wanted.then_some(GoingOn::Page(context.listed_page + 1)))? {
            GoingOn::Release(release) => {
                let request = Request::Release { id: say.name_of(&release), page: 1 };
                let mut turn = self.obey(&request, context, question.language);
                // “And the third?”
                turn.reply.context.listed.clone_from(&context.listed);
                turn.reply.context.listed_page = context.listed_page;
                Some(turn)
            }
            GoingOn::Page(page) => Some(self.say_releases(&say, &Desk::list_of(listed), page, question.clone())),
            // Further pages are listed by words, which know nothing of the list in hand.
            GoingOn::List(list) if list.is_of_listed && list.releases.len() > self.releases_per_page => {
                let list = self.releases(question, AskedBy::Intent, &say)?;
                Some(self.say_releases(&say, &list, 1, question.clone()))
            }
            GoingOn::List(list) => Some(self.say_releases(&say, &list, 1, question.clone())),
        }
    }
}

impl Composer<'_> {
    /// Notes the releases of a list in its reply.
    fn listing(&self, mut reply: Reply, releases: &[Arc<Release>], page: usize) -> Reply {
        (reply.context.listed, reply.context.listed_page) = (Vec::new(), page);
        if releases.len() <= MAX_LISTED {
            reply.context.listed.extend(releases.iter().map(|release| self.name_of(release)));
        }
        reply
    }

    /// Lists all releases, a page at a time.
    pub(super) fn releases(&self, corpus: &Corpus, page: usize, per_page: usize) -> Reply {
        if corpus.releases.is_empty() {
            return self.sentence("no-releases");
        }
        let count = [("count", FluentValue::from(corpus.releases.len()))];
        let heading = self.wording.say_with(self.language, "releases-heading", &count);
        let reply = self.page_of(&corpus.releases, heading, Some(""), page, per_page, |_| Vec::new());
        self.listing(reply, &corpus.releases, page)
    }

    /// Lists the releases that a question asks for, with the reason; where there are none, the newest ones.
    pub(super) fn listed(&self, desk: &Desk, list: &ReleaseList, page: usize, per_page: usize) -> Reply {
        let all = &desk.corpus().releases;
        if all.is_empty() {
            return self.sentence("no-releases").outcome(Outcome::NotFound);
        }
        let is_all = list.filter == ReleaseFilter::default()
            && (!list.is_of_listed || list.releases.len() == all.len())
            || list.releases.len() == all.len()
                && list.filter == ReleaseFilter { order: Some((Order::Newest, None)), ..ReleaseFilter::default() };
        if is_all {
            return self.releases(desk.corpus(), page, per_page).outcome(Outcome::Found);
        }
        let heading = self.list_heading(list);
        if list.releases.is_empty() {
            let newest: Vec<Arc<Release>> = all.iter().take(per_page).cloned().collect();
            let mut reply = self.page_of(&newest, heading, None, 1, per_page, |_| Vec::new());
            reply.blocks.extend(self.undated(list));
            reply.choices.push(self.all_releases());
            return self.listing(reply.outcome(Outcome::NotFound), &newest, 1);
        }
        let words = |release: &Release| desk.words_of_topic(list, release, MAX_WORDS);
        // Of a list in hand no words tell the pages apart from those of all releases.
        let list_again = (!list.words.is_empty()).then_some(list.words.as_str());
        let mut reply = self.page_of(&list.releases, heading, list_again, page, per_page, words);
        reply.blocks.extend(self.undated(list));
        if list.releases.len() < all.len() {
            reply.choices.push(self.all_releases());
        }
        let reply = reply.outcome(Outcome::Found);
        // A list of more is about none in particular.
        let mut reply = if list.releases.len() <= MAX_IN_HAND { reply.remembering(&list.releases) } else { reply };
        if list.is_of_listed && list.releases.len() == 1 {
            // “And the newest?” goes on from the same list.
            reply.context.listed.clone_from(&self.context.listed);
            reply.context.listed_page = self.context.listed_page;
            return reply;
        }
        self.listing(reply, &list.releases, page)
    }

    /// Lists a page of releases; `words` list them again, where they are known, and below each stand those of `words_of`.
    fn page_of(
        &self,
        releases: &[Arc<Release>],
        heading: String,
        words: Option<&str>,
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
            choices.push(Choice { label: number.to_string(), ..open(release) });
        }
        blocks.extend(self.page_line(page, n_pages));
        if let Some(words) = words {
            choices.extend(self.turn(page, n_pages, |page| Request::Releases { words: words.to_owned(), page }));
        }
        choices.retain(|choice| choice.request.to_command().len() <= MAX_COMMAND_LEN);
        self.reply(blocks).choices(choices)
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
        let reasons = self.reasons(list);
        let arguments = [("count", FluentValue::from(n_listed)), ("reasons", FluentValue::from(reasons))];
        self.wording.say_with(self.language, key, &arguments)
    }

    /// Says what the releases of a list have in common, each property with a space before it.
    fn reasons(&self, list: &ReleaseList) -> String {
        let (filter, n_listed) = (&list.filter, list.releases.len());
        let mut reasons = String::new();
        let is_part = *filter != ReleaseFilter::default();
        if list.is_of_listed && is_part && self.context.listed.len() < self.corpus.releases.len() {
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
        if let Some(language) = filter.language {
            let language = [("language", FluentValue::from(language.code()))];
            reasons += &self.wording.say_with(self.language, "releases-in-language", &language);
        }
        if !filter.topic.is_empty() {
            let words =
                [("words", FluentValue::from(self.quoted(&filter.topic))), ("count", FluentValue::from(n_listed))];
            let key = if list.is_by_meaning && n_listed > 0 { "releases-near-topic" } else { "releases-with-topic" };
            reasons += &self.wording.say_with(self.language, key, &words);
        }
        reasons
    }

    /// Says how many releases are not listed because they state no date.
    fn undated(&self, list: &ReleaseList) -> Option<Block> {
        let n_left_out =
            list.n_undated.saturating_sub(list.releases.iter().filter(|release| release.date.is_none()).count());
        let order = match list.filter {
            ReleaseFilter { order: Some((Order::Newest, _)), date: None, .. } => "newest",
            ReleaseFilter { order: Some((Order::Oldest, _)), date: None, .. } => "oldest",
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
