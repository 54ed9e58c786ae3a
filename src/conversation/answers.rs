//! Replies that quote: the passage that answers, with its source and one contact, and everything else behind a tap.

use std::ops::Range;
use std::sync::Arc;

use fluent_bundle::FluentValue;

use super::compose::{Composer, MAX_COMMAND_LEN, open, title};
use super::reply::{Block, Choice, Reply, Span, Style};
use super::request::Request;
use crate::corpus::{Contact, Release};
use crate::desk::Outcome;
use crate::search::{Excerpt, Hit, Shown};

/// Maximum number of runs of a quotation that are in bold: with more, nothing stands out.
const MAX_EMPHASISED: usize = 3;
/// Maximum number of bytes between two emphasised runs that become one.
const MAX_GAP: usize = 4;
/// Maximum number of other releases that an answer offers passages of.
const MAX_OTHERS: usize = 2;

/// Maximum number of characters of a question that is said back.
const MAX_SAID_BACK: usize = 100;

/// Maximum number of characters of a list that is quoted as a whole where several of its items answer.
const MAX_LIST: usize = 600;

/// Maximum number of words that are told as missing.
const MAX_MISSING: usize = 4;

impl Composer<'_> {
    /// Quotes the passages that answer, each release with its source, says what was asked besides and is not answered, and offers the
    /// other passages.
    pub(super) fn found(&self, quoted: &[Hit], more: &[Hit], unanswered: &[String]) -> Reply {
        let Some(best) = quoted.first() else { return self.sentence("not-found").outcome(Outcome::NotFound) };
        let release = &best.release;
        let mut blocks = Vec::new();
        for of in releases_of(quoted) {
            let hits: Vec<&Hit> = quoted.iter().filter(|hit| Arc::ptr_eq(&hit.release, &of)).collect();
            match list(&of, &hits) {
                Some(list) => blocks.push(Block::Quote(list)),
                None => blocks.extend(passages(&hits)),
            }
            let mut source = self.source_spans(&of);
            source.extend(self.remark_on_language(&of).filter(|_| Arc::ptr_eq(&of, release)));
            blocks.push(Block::Text(source));
        }
        let not_found = |asked: &String| Block::Text(vec![Span::plain(self.not_found_also(asked))]);
        blocks.extend(unanswered.iter().map(not_found));
        let requests = self.requests_for(more);
        let is_one = quoted.iter().all(|hit| Arc::ptr_eq(&hit.release, release));
        let mut choices = if is_one { vec![self.whole(release)] } else { Vec::new() };
        choices.extend(releases_of(quoted).iter().filter(|_| !is_one).map(|release| self.open_version(release)));
        let request_for = |release: &Release| {
            let name = self.name_of(release);
            requests.iter().find(|request| matches!(request, Request::Passages { id, .. } if *id == name))
        };
        choices.extend(request_for(release).map(|request| self.labelled("more-passages", request)));
        choices.extend(self.contacts_of_release(release));
        choices.extend(self.other_languages(release));
        let is_quoted = |other: &Arc<Release>| quoted.iter().any(|hit| Arc::ptr_eq(&hit.release, other));
        for other in releases_of(more).iter().filter(|other| !is_quoted(other)) {
            choices.extend(request_for(other).map(|request| Choice { request: request.clone(), ..open(other) }));
        }
        let releases: Vec<Arc<Release>> = releases_of(&[quoted, more].concat());
        let reply = self.reply(blocks).telling_language(release).choices(choices);
        let mut reply = reply.remembering(&releases).outcome(Outcome::Found);
        reply.context.shown = quoted.iter().chain(more).map(Shown::of).collect();
        reply.context.more = requests;
        reply
    }

    /// Says that a question of a message has no answer.
    fn not_found_also(&self, asked: &str) -> String {
        let cut = asked.char_indices().nth(MAX_SAID_BACK).map(|(end, _)| format!("{}…", &asked[..end]));
        let question = self.quoted(&[cut.unwrap_or_else(|| asked.to_owned())]);
        self.wording.say_with(self.language, "not-found-also", &[("question", FluentValue::from(question))])
    }

    /// Quotes paragraphs of a release, of those there are.
    pub(super) fn passages(&self, release: &Arc<Release>, paragraphs: &[usize]) -> Reply {
        let mut blocks: Vec<Block> = Vec::new();
        for text in paragraphs.iter().filter_map(|number| release.paragraphs.get(*number)) {
            blocks.push(Block::Quote(vec![Span::plain(text.text.clone())]));
        }
        let mut source = self.source_spans(release);
        source.extend(self.remark_on_language(release));
        blocks.push(Block::Text(source));
        let mut choices = vec![self.whole(release)];
        choices.extend(self.contacts_of_release(release));
        choices.extend(self.other_languages(release));
        let reply = self.reply(blocks).telling_language(release).choices(choices);
        let mut reply = reply.remembering([release]).outcome(Outcome::Found);
        let shown = paragraphs.iter().map(|paragraph| Shown { release: release.id.clone(), paragraph: *paragraph });
        reply.context.shown = shown.collect();
        reply
    }

    /// Says when a release is from, as far as its page states it.
    pub(super) fn dated(&self, release: &Arc<Release>) -> Reply {
        let sentence = match release.date {
            Some(_) => {
                let date = self.wording.date(self.language, release.date);
                self.wording.say_with(self.language, "release-dated", &[("date", FluentValue::from(date))])
            }
            None => self.wording.say(self.language, "release-undated"),
        };
        let mut spans = self.heading(release).spans().to_vec();
        spans.extend(release.contacts.first().into_iter().flat_map(|contact| self.contact_line(contact)));
        let blocks = vec![Block::Text(vec![Span::plain(sentence)]), Block::Text(spans)];
        let mut choices = vec![self.whole(release)];
        choices.extend(self.contacts_of_release(release));
        self.reply(blocks).choices(choices).remembering([release]).outcome(Outcome::Found)
    }

    pub(super) fn not_found(
        &self,
        nearest: &[Hit],
        missing: &[String],
        unmet: &[String],
        contacts: &[Contact],
        asked: &str,
    ) -> Reply {
        let about = |key: &str, words: &[String]| {
            let words = self.quoted(&joined(&words[..words.len().min(MAX_MISSING)], asked));
            self.wording.say_with(self.language, key, &[("words", FluentValue::from(words))])
        };
        let sentence = match (missing.is_empty(), unmet.is_empty()) {
            (true, true) => self.wording.say(self.language, "not-found"),
            (false, true) => about("not-found-missing", missing),
            (_, false) => about("not-found-unmet", &[unmet, missing].concat()),
        };
        let mut blocks = vec![Block::Text(vec![Span::plain(sentence)])];
        let releases = releases_of(nearest);
        if !releases.is_empty() {
            let mut spans = vec![Span::plain(self.wording.say(self.language, "nearest"))];
            for release in &releases {
                spans.push(Span::plain("\n• "));
                spans.extend(title(release));
            }
            blocks.push(Block::Text(spans));
        }
        if let Some(contact) = contacts.first() {
            let mut spans = vec![Span::plain(format!("{}\n", self.wording.say(self.language, "ask-the-desk")))];
            spans.extend(name_and_ways(contact));
            blocks.push(Block::Text(spans));
        }
        let mut choices: Vec<Choice> = releases.iter().map(|release| self.open_version(release)).collect();
        choices.push(self.all_releases());
        if contacts.len() > 1 {
            choices.push(match releases.first() {
                Some(release) => self.contacts_choice(release),
                None => self.all_contacts(),
            });
        }
        let reply = self.reply(blocks).choices(choices).outcome(Outcome::NotFound);
        // Who is shown something near may go on from there; where nothing is, the talk stays where it was.
        if releases.is_empty() { reply } else { reply.remembering(&releases) }
    }

    /// Returns a line that says which language quotations of a release are in, when it is not that of the reply and the person was
    /// not told before.
    pub(super) fn remark_on_language(&self, release: &Release) -> Option<Span> {
        if [Some(self.language), self.context.told_language].contains(&Some(release.language)) {
            return None;
        }
        let language = [("language", FluentValue::from(release.language.code()))];
        let remark = self.wording.say_with(self.language, "quoted-from", &language);
        Some(Span::styled(format!("\n{remark}"), Style::Faint))
    }

    /// Returns the heading of a release as it stands below a quotation, with the first contact.
    pub(super) fn source(&self, release: &Release) -> Block {
        Block::Text(self.source_spans(release))
    }

    fn source_spans(&self, release: &Release) -> Vec<Span> {
        let mut spans = vec![Span::plain("— ")];
        spans.extend(self.heading(release).spans().to_vec());
        spans.extend(release.contacts.first().into_iter().flat_map(|contact| self.contact_line(contact)));
        spans
    }

    /// Returns a line that names a contact, with the ways to reach them.
    fn contact_line(&self, contact: &Contact) -> Vec<Span> {
        let mut spans = vec![Span::plain(format!("\n{}: ", self.wording.say(self.language, "label-contact")))];
        spans.extend(name_and_ways(contact));
        spans
    }

    /// Returns the requests for some passages, one for each release, best first.
    fn requests_for(&self, hits: &[Hit]) -> Vec<Request> {
        let paragraphs = |release: &Arc<Release>| {
            let of_release = hits.iter().filter(|hit| Arc::ptr_eq(&hit.release, release));
            of_release.map(|hit| hit.paragraph).collect()
        };
        let requests = releases_of(hits)
            .into_iter()
            .take(MAX_OTHERS + 1)
            .map(|release| Request::Passages { id: self.name_of(&release), paragraphs: paragraphs(&release) });
        requests.filter(|request| request.to_command().len() <= MAX_COMMAND_LEN).collect()
    }

    /// A choice that shows a release whole, in the language in hand.
    pub(super) fn whole(&self, release: &Release) -> Choice {
        self.labelled("whole-release", &Request::Release { id: self.name_of(release), page: 1 })
    }

    /// A choice of the contacts of a release, where there are more than the first.
    fn contacts_of_release(&self, release: &Release) -> Option<Choice> {
        (release.contacts.len() > 1).then(|| self.contacts_choice(release))
    }

    /// A choice of the contacts of a release.
    fn contacts_choice(&self, release: &Release) -> Choice {
        self.labelled("contacts", &Request::Contacts { words: self.name_of(release), page: 1 })
    }

    /// Choices of the versions of a release in other languages.
    pub(super) fn other_languages(&self, release: &Release) -> Vec<Choice> {
        let versions = self.corpus.releases.iter().filter(|other| other.id == release.id);
        let others = versions.filter(|other| other.language != release.language).map(|other| {
            let is_spoken = self.wording.languages().contains(&other.language);
            let (language, key) =
                if is_spoken { (other.language, "in-this-language") } else { (self.language, "in-another-language") };
            let request = Request::Release { id: other.version_name(), page: 1 };
            Choice { label: self.wording.say(language, key), request }
        });
        others.collect()
    }

    pub(super) fn labelled(&self, key: &str, request: &Request) -> Choice {
        Choice { label: self.wording.say(self.language, key), request: request.clone() }
    }

    /// A choice that shows a release whole, in the language it is in.
    pub(super) fn open_version(&self, release: &Release) -> Choice {
        Choice { request: Request::Release { id: self.name_of(release), page: 1 }, ..open(release) }
    }

    /// Returns the id of a release, with its language where there are versions in several.
    pub(super) fn name_of(&self, release: &Release) -> String {
        let mut others = self.corpus.releases.iter().filter(|other| other.id == release.id);
        if others.any(|other| other.language != release.language) { release.version_name() } else { release.id.clone() }
    }
}

/// Returns the name of a contact, else their office or role, and the ways to reach them.
fn name_and_ways(contact: &Contact) -> Vec<Span> {
    let name = contact.name.iter().chain(&contact.office).chain(&contact.role).next();
    let parts = name.map(|name| Span::styled(name.as_str(), Style::Strong)).into_iter();
    let ways = contact.phone.iter().chain(&contact.email).map(|way| Span::plain(way.as_str()));
    let mut spans = Vec::new();
    for (at, part) in parts.chain(ways).enumerate() {
        spans.extend((at > 0).then(|| Span::plain(" · ")));
        spans.push(part);
    }
    spans
}

/// Returns an excerpt as spans, with the words that answer in bold.
fn quotation(excerpt: &Excerpt) -> Vec<Span> {
    let mut spans = Vec::new();
    if excerpt.begins_within {
        spans.push(Span::plain("… "));
    }
    let mut at = 0;
    for range in emphasised(excerpt) {
        if at < range.start {
            spans.push(Span::plain(&excerpt.text[at..range.start]));
        }
        spans.push(Span::styled(&excerpt.text[range.clone()], Style::Strong));
        at = range.end;
    }
    if at < excerpt.text.len() {
        spans.push(Span::plain(&excerpt.text[at..]));
    }
    if excerpt.is_cut {
        spans.push(Span::plain(" …"));
    }
    spans
}

/// Returns the runs of an excerpt that are most telling, in order: those of the kind asked for before others, long ones before
/// short ones. Runs side by side are one.
fn emphasised(excerpt: &Excerpt) -> Vec<Range<usize>> {
    let is_near = |gap: &str| gap.len() <= MAX_GAP && !gap.contains(['.', '!', '?', ';', ':']);
    let mut runs: Vec<Range<usize>> = Vec::new();
    for range in &excerpt.highlights {
        match runs.last_mut() {
            Some(last) if is_near(&excerpt.text[last.end..range.start]) => last.end = range.end,
            _ => runs.push(range.clone()),
        }
    }
    let answers = |run: &Range<usize>| excerpt.answers.iter().any(|it| it.start < run.end && run.start < it.end);
    runs.sort_by_key(|run| (!answers(run), std::cmp::Reverse(run.len())));
    runs.truncate(MAX_EMPHASISED);
    runs.sort_by_key(|run| run.start);
    runs
}

/// Returns the releases of some hits, each once, in the order of their best hit.
fn releases_of(hits: &[Hit]) -> Vec<Arc<Release>> {
    let mut releases: Vec<Arc<Release>> = Vec::new();
    for hit in hits {
        if !releases.iter().any(|release| Arc::ptr_eq(release, &hit.release)) {
            releases.push(Arc::clone(&hit.release));
        }
    }
    releases
}

/// Quotes passages, the items of a list below the line that introduces it.
fn passages(hits: &[&Hit]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut introduced = None;
    for hit in hits {
        // Items of one list that follow each other are introduced once.
        if let Some(line) = hit.introduction.as_ref().filter(|line| introduced != Some(*line)) {
            blocks.push(Block::Quote(vec![Span::plain(line.as_str())]));
        }
        introduced = hit.introduction.as_ref();
        blocks.push(Block::Quote(quotation(&hit.excerpt)));
    }
    blocks
}

/// Quotes a list of which several items answer: as a whole if it is short, otherwise these with “…” for what is left out; `None`
/// where the passages are of no list.
fn list(release: &Release, hits: &[&Hit]) -> Option<Vec<Span>> {
    let [first, _, ..] = hits else { return None };
    let introduction = first.introduction.as_deref()?;
    let is_of_list = |paragraph: &usize| release.introduction(*paragraph) == Some(introduction);
    let start = (0..first.paragraph).rev().take_while(is_of_list).last().unwrap_or(first.paragraph);
    let end = (start..release.paragraphs.len()).take_while(is_of_list).last()?;
    if !hits.iter().all(|hit| (start..=end).contains(&hit.paragraph)) {
        return None;
    }
    let items = || release.paragraphs.iter().enumerate().take(end + 1).skip(start);
    let is_short = items().map(|(_, paragraph)| paragraph.text.chars().count()).sum::<usize>() <= MAX_LIST;
    let mut spans = vec![Span::plain(introduction)];
    let mut is_left_out = false;
    for (number, paragraph) in items() {
        let hit = hits.iter().find(|hit| hit.paragraph == number);
        if hit.is_none() && !is_short {
            spans.extend((!is_left_out).then(|| Span::plain("\n…")));
            is_left_out = true;
            continue;
        }
        is_left_out = false;
        spans.push(Span::plain("\n"));
        spans.extend(hit.map_or_else(|| vec![Span::plain(paragraph.text.as_str())], |hit| quotation(&hit.excerpt)));
    }
    Some(spans)
}

/// Joins words of a question that stand beside or within each other there, as “San” and “Miguel” do, and brings them into its order.
fn joined(words: &[String], question: &str) -> Vec<String> {
    let is_apart = |at: usize, word: &str| {
        let of_word = |letter: char| letter.is_alphanumeric();
        !question[..at].ends_with(of_word) && !question[at + word.len()..].starts_with(of_word)
    };
    let place = |word: &String| {
        let mut places = question.match_indices(word.as_str());
        places.find(|(at, word)| is_apart(*at, word)).map(|(at, word)| at..at + word.len())
    };
    let Some(mut places) = words.iter().map(place).collect::<Option<Vec<Range<usize>>>>() else {
        return words.to_vec();
    };
    places.sort_by_key(|place| (place.start, place.end));
    let mut runs: Vec<Range<usize>> = Vec::new();
    for place in places {
        match runs.last_mut() {
            Some(run) if place.start <= run.end || question[run.end..place.start].trim().is_empty() => {
                run.end = run.end.max(place.end);
            }
            _ => runs.push(place),
        }
    }
    runs.into_iter().map(|run| question[run].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, highlights: &[&str], answers: &[&str]) -> Excerpt {
        let ranges = |parts: &[&str]| {
            let range = |part: &&str| text.find(part).map(|at| at..at + part.len()).unwrap();
            parts.iter().map(range).collect()
        };
        Excerpt {
            text: text.to_owned(),
            start: 0,
            highlights: ranges(highlights),
            answers: ranges(answers),
            begins_within: false,
            is_cut: false,
        }
    }

    #[test]
    fn quotation_shows_where_it_is_cut() {
        let excerpt = Excerpt { begins_within: true, is_cut: true, ..excerpt("sixty nurses", &[], &[]) };
        assert_eq!(Block::Quote(quotation(&excerpt)).text(), "… sixty nurses …");
    }

    #[test]
    fn at_most_three_runs_are_bold() {
        let text = "In May 14 nurses of the city clinic came to the large hall by bus";
        let excerpt = excerpt(text, &["May", "14", "nurses", "city", "clinic", "large", "bus"], &["14"]);
        let bold: Vec<&str> = emphasised(&excerpt).into_iter().map(|range| &text[range]).collect();
        assert_eq!(bold, ["May 14 nurses", "city clinic", "large"]);
    }

    #[test]
    fn answer_is_bold_before_longer_words() {
        let text = "14, said the Ministry of Health about hospitals and then about universities";
        let excerpt = excerpt(text, &["14", "Ministry of Health", "hospitals", "universities"], &["14"]);
        let bold: Vec<&str> = emphasised(&excerpt).into_iter().map(|range| &text[range]).collect();
        assert_eq!(bold, ["14", "Ministry of Health", "universities"]);
    }
}
