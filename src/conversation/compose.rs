//! Replies put together: which sentence stands where, what is quoted, what can be tapped.

use std::sync::Arc;

use fluent_bundle::FluentValue;

use super::help_lines::HelpLine;
use super::reply::{Block, Choice, Context, Reply, Span, Style};
use super::request::{COMMANDS, Request};
use super::wording::Wording;
use crate::corpus::{Contact, Corpus, Release};
use crate::desk::Outcome;
use crate::language::Language;
use crate::search::{Excerpt, Hit, Shown};

/// About how many characters of a release stand on one page of `/release`: a message on a phone that is still read.
const PAGE_LENGTH: usize = 2_500;
/// The longest label of a choice, in characters: what fits a phone's width.
const LABEL_LENGTH: usize = 40;

/// Maximum number of bytes that a choice carries.
pub(super) const MAX_COMMAND_LEN: usize = 64;

/// Puts a reply together in one language.
pub(super) struct Composer<'a> {
    pub(super) wording: &'a Wording,
    pub(super) language: Language,
    pub(super) context: &'a Context,
}

impl Reply {
    /// Notes how the question ended.
    pub(super) fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// Forgets which releases were shown.
    pub(super) fn forgetting(mut self) -> Self {
        self.context.releases.clear();
        self.context.shown.clear();
        self
    }

    pub(super) fn choices(mut self, choices: Vec<Choice>) -> Self {
        self.choices = choices;
        self
    }

    pub(super) fn remembering<'r>(mut self, releases: impl IntoIterator<Item = &'r Arc<Release>>) -> Self {
        self.context.releases.clear();
        self.context.shown.clear();
        for release in releases {
            if !self.context.releases.contains(&release.id) {
                self.context.releases.push(release.id.clone());
            }
        }
        self
    }
}

impl Composer<'_> {
    pub(super) fn sentence(&self, key: &str) -> Reply {
        self.reply(vec![self.text(key)])
    }

    pub(super) fn start(&self) -> Reply {
        let choices = vec![self.all_releases(), self.all_contacts()];
        self.reply(vec![self.text("start"), self.text("start-how"), self.text("what-it-is")]).choices(choices)
    }

    pub(super) fn help(&self) -> Reply {
        let mut commands = vec![Span::plain(self.wording.say(self.language, "help-commands"))];
        for command in COMMANDS {
            let description = self.wording.say(self.language, &format!("menu-{command}"));
            commands.push(Span::plain(format!("\n/{command} – {description}")));
        }
        let blocks = vec![self.text("help"), Block::Text(commands), self.text("help-groups"), self.text("what-it-is")];
        self.reply(blocks).choices(vec![self.all_releases(), self.all_contacts()])
    }

    pub(super) fn privacy(&self) -> Reply {
        let heading = Span::styled(self.wording.say(self.language, "privacy-heading"), Style::Strong);
        self.reply(vec![
            Block::Text(vec![heading]),
            self.text("privacy"),
            self.text("privacy-telegram"),
            self.text("what-it-is"),
        ])
    }

    /// Says where to find help, and nothing else.
    pub(super) fn danger<'l>(&self, lines: impl Iterator<Item = &'l HelpLine>) -> Reply {
        let mut spans = Vec::new();
        for HelpLine { name, number, country, .. } in lines {
            let country = country.as_ref().map(|country| format!(" ({country})")).unwrap_or_default();
            spans.extend([Span::plain(format!("\n• {name}{country}: ")), Span::styled(number.clone(), Style::Code)]);
        }
        let mut blocks = vec![self.text("no-emergency-service")];
        if !spans.is_empty() {
            spans.insert(0, Span::plain(self.wording.say(self.language, "help-lines")));
            blocks.push(Block::Text(spans));
        }
        self.reply(blocks)
    }

    /// Says what the bot is.
    pub(super) fn identity(&self) -> Reply {
        self.reply(vec![self.text("talk-identity"), self.text("what-it-is")]).choices(vec![self.all_releases()])
    }

    pub(super) fn unknown_command(&self, name: &str) -> Reply {
        let mut reply = self.help();
        reply.blocks.insert(0, Block::Text(self.say_back("unknown-command", "command", &format!("/{name}"), 33)));
        reply
    }

    pub(super) fn unclear(&self, corpus: &Corpus) -> Reply {
        let mut choices: Vec<Choice> = corpus.releases.iter().take(2).map(|release| open(release)).collect();
        choices.push(self.all_releases());
        self.reply(vec![self.text("unclear")]).choices(choices).outcome(Outcome::Unclear)
    }

    pub(super) fn found(&self, hits: &[Hit]) -> Reply {
        let releases = releases_of(hits);
        let mut blocks = Vec::new();
        let mut named: Vec<&Contact> = Vec::new();
        for release in &releases {
            let mut introduced = None;
            for hit in hits.iter().filter(|hit| Arc::ptr_eq(&hit.release, release)) {
                // Items of one list that follow each other are introduced once.
                if let Some(line) = hit.introduction.as_ref().filter(|line| introduced != Some(*line)) {
                    blocks.push(Block::Quote(vec![Span::plain(line.as_str())]));
                }
                introduced = hit.introduction.as_ref();
                blocks.push(Block::Quote(quotation(&hit.excerpt)));
            }
            blocks.push(self.source(release));
            // Who was named above need not be named again.
            let is_named = |contact: &Contact| named.iter().any(|other| other.says_the_same_as(contact));
            let new: Vec<&Contact> = release.contacts.iter().filter(|contact| !is_named(contact)).collect();
            blocks.extend(self.contact_lines(&new));
            named.extend(new);
        }
        blocks.extend(self.remark_on_language(&releases));
        let choices = releases.iter().map(|release| open(release)).collect();
        let mut reply = self.reply(blocks).choices(choices).remembering(&releases).outcome(Outcome::Found);
        reply.context.shown = hits.iter().map(Shown::of).collect();
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
        let mut blocks = vec![Block::Text(vec![Span::plain(sentence)]), self.heading(release)];
        blocks.extend(self.contact_lines(&release.contacts.iter().collect::<Vec<_>>()));
        self.reply(blocks).choices(vec![open(release)]).remembering([release]).outcome(Outcome::Found)
    }

    pub(super) fn not_found(&self, nearest: &[Hit], missing: &[String], contacts: &[Contact]) -> Reply {
        let sentence = if missing.is_empty() {
            self.wording.say(self.language, "not-found")
        } else {
            let words = self.quoted(&missing[..missing.len().min(4)]);
            self.wording.say_with(self.language, "not-found-missing", &[("words", FluentValue::from(words))])
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
        if !contacts.is_empty() {
            blocks.push(self.text("ask-the-desk"));
            blocks.extend(contacts.iter().map(|contact| Block::Text(contact_spans(contact))));
        }
        let mut choices: Vec<Choice> = releases.iter().map(|release| open(release)).collect();
        choices.push(self.all_releases());
        let reply = self.reply(blocks).choices(choices).outcome(Outcome::NotFound);
        // Who is shown something near may go on from there; where nothing is, the talk stays where it was.
        if releases.is_empty() { reply } else { reply.remembering(&releases) }
    }

    /// Writes words in quotation marks, with commas between them.
    pub(super) fn quoted(&self, words: &[String]) -> String {
        let quoted = |word: &String| {
            self.wording.say_with(self.language, "quoted-word", &[("word", FluentValue::from(word.as_str()))])
        };
        words.iter().map(quoted).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn release(&self, release: &Arc<Release>, page: usize) -> Reply {
        let pages = pages(release);
        let page = page.clamp(1, pages.len().max(1));
        let mut blocks = vec![self.heading(release)];
        for paragraph in pages.get(page - 1).into_iter().flat_map(|range| &release.paragraphs[range.clone()]) {
            blocks.push(Block::Quote(vec![Span::plain(paragraph.text.clone())]));
        }
        blocks.extend(self.contact_lines(&release.contacts.iter().collect::<Vec<_>>()));
        blocks.extend(self.page_line(page, pages.len()));
        blocks.extend(self.remark_on_language(std::slice::from_ref(release)));
        let mut choices = self.turn(page, pages.len(), |page| Request::Release { id: release.id.clone(), page });
        choices.push(self.all_releases());
        self.reply(blocks).choices(choices).remembering([release])
    }

    pub(super) fn unknown_release(&self, id: &str) -> Reply {
        self.reply(vec![Block::Text(self.say_back("release-unknown", "id", id, 48))]).choices(vec![self.all_releases()])
    }

    pub(super) fn choose_language(&self, code: &str) -> Reply {
        let mut spans = match code {
            "" => vec![Span::plain(self.wording.say(self.language, "language-choose"))],
            _ => self.say_back("language-unknown", "code", code, 16),
        };
        let languages = self.wording.languages();
        for language in &languages {
            spans.push(Span::plain(format!("\n• {}: ", self.wording.say(*language, "language-name"))));
            spans.push(Span::styled(format!("/language {language}"), Style::Code));
        }
        let choices = languages.iter().map(|language| Choice {
            label: self.wording.say(*language, "language-name"),
            request: Request::Language(language.code().to_owned()),
        });
        self.reply(vec![Block::Text(spans)]).choices(choices.collect())
    }

    pub(super) fn reply(&self, blocks: Vec<Block>) -> Reply {
        Reply { language: self.language, blocks, choices: Vec::new(), context: self.context.clone(), outcome: None }
    }

    /// A sentence that says back the beginning of what a person wrote, set apart so that no surface makes a link of it.
    fn say_back(&self, key: &str, name: &str, written: &str, most: usize) -> Vec<Span> {
        let sentence = self.wording.say_with(self.language, key, &[(name, FluentValue::from("\u{fffc}"))]);
        let (before, after) = sentence.split_once('\u{fffc}').unwrap_or((&sentence, ""));
        let written = Span::styled(written.chars().take(most).collect::<String>(), Style::Code);
        vec![Span::plain(before), written, Span::plain(after)]
    }

    pub(super) fn text(&self, key: &str) -> Block {
        Block::Text(vec![Span::plain(self.wording.say(self.language, key))])
    }

    /// The release's title with its link, and below it the place and date.
    pub(super) fn heading(&self, release: &Release) -> Block {
        let mut spans = title(release);
        let date = self.wording.date(self.language, release.date);
        let line = release.place.iter().cloned().chain([date]).collect::<Vec<_>>().join(" · ");
        spans.push(Span::styled(format!("\n{line}"), Style::Faint));
        Block::Text(spans)
    }

    /// Returns the heading of a release as it stands below a quotation.
    pub(super) fn source(&self, release: &Release) -> Block {
        let mut spans = vec![Span::plain("— ")];
        spans.extend(self.heading(release).spans().to_vec());
        Block::Text(spans)
    }

    /// A block for each contact, introduced as such.
    pub(super) fn contact_lines(&self, contacts: &[&Contact]) -> Vec<Block> {
        let label = format!("{}: ", self.wording.say(self.language, "label-contact"));
        let labelled = |contact: &&Contact| {
            let mut spans = vec![Span::plain(label.as_str())];
            spans.extend(contact_spans(contact));
            Block::Text(spans)
        };
        contacts.iter().map(labelled).collect()
    }

    /// Says which language the quotations are in, when it is not that of the reply.
    fn remark_on_language(&self, releases: &[Arc<Release>]) -> Option<Block> {
        let foreign = releases.iter().map(|release| release.language).find(|language| *language != self.language)?;
        let key = match foreign {
            Language::ENGLISH => "quoted-from-english",
            Language::SPANISH => "quoted-from-spanish",
            _ => "quoted-from-other",
        };
        Some(Block::Text(vec![Span::styled(self.wording.say(self.language, key), Style::Faint)]))
    }

    pub(super) fn page_line(&self, page: usize, n_pages: usize) -> Option<Block> {
        let arguments = [("page", FluentValue::from(page)), ("pages", FluentValue::from(n_pages))];
        (n_pages > 1).then(|| {
            Block::Text(vec![Span::styled(self.wording.say_with(self.language, "page", &arguments), Style::Faint)])
        })
    }

    pub(super) fn turn(&self, page: usize, n_pages: usize, request: impl Fn(usize) -> Request) -> Vec<Choice> {
        let mut choices = Vec::new();
        if page > 1 {
            choices
                .push(Choice { label: self.wording.say(self.language, "previous-page"), request: request(page - 1) });
        }
        if page < n_pages {
            choices.push(Choice { label: self.wording.say(self.language, "next-page"), request: request(page + 1) });
        }
        choices
    }

    pub(super) fn all_releases(&self) -> Choice {
        let request = Request::Releases { words: String::new(), page: 1 };
        Choice { label: self.wording.say(self.language, "all-releases"), request }
    }

    fn all_contacts(&self) -> Choice {
        Choice {
            label: self.wording.say(self.language, "all-contacts"),
            request: Request::Contacts { words: String::new(), page: 1 },
        }
    }
}

/// The release's title, which leads to its page.
pub(super) fn title(release: &Release) -> Vec<Span> {
    let style = release.url.clone().map_or(Style::Strong, Style::Link);
    vec![Span::styled(release.title.clone(), style)]
}

/// Returns the lines of a contact: name and office, then the ways to reach them.
fn contact_spans(contact: &Contact) -> Vec<Span> {
    let mut spans = who_spans(contact);
    spans.extend(way_spans(contact.phone.as_slice(), contact.email.as_slice()));
    spans
}

/// Returns the name, role and office of a contact.
pub(super) fn who_spans(contact: &Contact) -> Vec<Span> {
    let mut spans = Vec::new();
    let parts = [&contact.name, &contact.role, &contact.office].into_iter().flatten();
    for (at, part) in parts.enumerate() {
        let style = if at == 0 { Style::Strong } else { Style::Plain };
        let separator = if at == 0 { "" } else { ", " };
        spans.push(Span::plain(separator));
        spans.push(Span::styled(part.as_str(), style));
    }
    spans
}

/// Returns the line of telephone numbers and e-mail addresses; nothing where there are none.
pub(super) fn way_spans(phones: &[String], emails: &[String]) -> Vec<Span> {
    let phones = phones.iter().map(|phone| (phone, Style::Code));
    let ways = phones.chain(emails.iter().map(|email| (email, Style::Plain)));
    let separated = ways.enumerate().flat_map(|(at, (text, style))| {
        [Span::plain(if at == 0 { "\n" } else { " · " }), Span::styled(text.as_str(), style)]
    });
    separated.collect()
}

/// A choice that shows a release whole.
pub(super) fn open(release: &Release) -> Choice {
    let mut label: String = release.title.chars().take(LABEL_LENGTH).collect();
    if label.len() < release.title.len() {
        let end = label.rfind(' ').unwrap_or(label.len());
        label.truncate(end);
        label.push('…');
    }
    Choice { label, request: Request::Release { id: release.id.clone(), page: 1 } }
}

fn quotation(excerpt: &Excerpt) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    for highlight in &excerpt.highlights {
        if at < highlight.start {
            spans.push(Span::plain(&excerpt.text[at..highlight.start]));
        }
        spans.push(Span::styled(&excerpt.text[highlight.clone()], Style::Strong));
        at = highlight.end;
    }
    if at < excerpt.text.len() {
        spans.push(Span::plain(&excerpt.text[at..]));
    }
    if excerpt.is_cut {
        spans.push(Span::plain(" …"));
    }
    spans
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

/// Cuts a release into pages of whole paragraphs, as ranges of them.
fn pages(release: &Release) -> Vec<std::ops::Range<usize>> {
    let mut pages = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (number, paragraph) in release.paragraphs.iter().enumerate() {
        let n_characters = paragraph.text.chars().count();
        if number > start && length + n_characters > PAGE_LENGTH {
            pages.push(start..number);
            (start, length) = (number, 0);
        }
        length += n_characters;
    }
    pages.push(start..release.paragraphs.len());
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_shows_where_it_is_cut() {
        let excerpt = Excerpt { text: "Sixty nurses".to_owned(), start: 0, highlights: Vec::new(), is_cut: true };
        assert_eq!(Block::Quote(quotation(&excerpt)).text(), "Sixty nurses …");
    }
}
