//! Replies put together: which sentence stands where, what is quoted, what can be tapped.

use std::sync::Arc;

use fluent_bundle::FluentValue;

use super::help_lines::HelpLine;
use super::reply::{Block, Choice, Context, PageShown, Reply, Span, Style};
use super::request::{COMMANDS, Request};
use super::wording::Wording;
use crate::corpus::{Contact, Corpus, Release};
use crate::desk::Outcome;
use crate::language::Language;

/// About how many characters of a release stand on one page of `/release`: a message on a phone that is still read.
const PAGE_LENGTH: usize = 2_500;
/// The longest label of a choice, in characters: what fits a phone's width.
const LABEL_LENGTH: usize = 40;

/// Maximum number of bytes that a choice carries.
pub(super) const MAX_COMMAND_LEN: usize = 64;

/// Stands in a sentence for what a person wrote.
pub(super) const WRITTEN: char = '\u{fffc}';

/// Puts a reply together in one language.
pub(super) struct Composer<'a> {
    pub(super) wording: &'a Wording,
    pub(super) language: Language,
    pub(super) context: &'a Context,
    pub(super) corpus: &'a Corpus,
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
        self.context.more.clear();
        self.context.listed.clear();
        self.context.page = None;
        self.context.asked = None;
        self.context.told_language = None;
        self.context.written_language = None;
        self
    }

    /// Notes the page that is shown, where there are several.
    pub(super) fn at_page(mut self, request: Request, n_pages: usize) -> Self {
        self.context.page = (n_pages > 1).then_some(PageShown { request, n_pages });
        self
    }

    /// Notes the language of quotations, when it is not that of the reply.
    pub(super) fn telling_language(mut self, release: &Release) -> Self {
        if release.language != self.language {
            self.context.told_language = Some(release.language);
        }
        self
    }

    pub(super) fn choices(mut self, choices: Vec<Choice>) -> Self {
        self.choices = choices;
        self
    }

    pub(super) fn remembering<'r>(mut self, releases: impl IntoIterator<Item = &'r Arc<Release>>) -> Self {
        let before = std::mem::take(&mut self.context.releases);
        self.context.shown.clear();
        self.context.more.clear();
        self.context.listed.clear();
        self.context.page = None;
        for release in releases {
            if !self.context.releases.contains(&release.id) {
                self.context.releases.push(release.id.clone());
            }
        }
        // A question about other releases than these is left.
        self.context.asked = self.context.asked.filter(|_| self.context.releases.iter().any(|id| before.contains(id)));
        self
    }
}

impl Composer<'_> {
    pub(super) fn sentence(&self, key: &str) -> Reply {
        self.reply(vec![self.text(key)])
    }

    pub(super) fn start(&self) -> Reply {
        self.reply(vec![self.text("start"), self.text("start-what")]).choices(self.first_choices())
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

    pub(super) fn privacy(&self, keeps_questions: bool) -> Reply {
        let heading = Span::styled(self.wording.say(self.language, "privacy-heading"), Style::Strong);
        let mut blocks = vec![Block::Text(vec![heading]), self.text("privacy")];
        if keeps_questions {
            blocks.push(self.text("privacy-kept"));
        }
        blocks.extend([self.text("privacy-telegram"), self.text("what-it-is")]);
        self.reply(blocks)
    }

    /// Says where to find help, and nothing else.
    pub(super) fn danger<'l>(&self, lines: impl Iterator<Item = &'l HelpLine>) -> Reply {
        let mut spans = Vec::new();
        for HelpLine { name, number, country, .. } in lines {
            let country = country.as_ref().map(|country| format!(" ({country})")).unwrap_or_default();
            spans.extend([Span::plain(format!("\n• {name}{country}: ")), Span::plain(number.clone())]);
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

    /// Says how to search, with the title of the newest release as an example.
    pub(super) fn search_empty(&self) -> Reply {
        let mut blocks = vec![self.text("search-empty")];
        if let Some(newest) = self.corpus.releases.first() {
            let newest = self.corpus.release(&newest.id, self.language).unwrap_or(newest);
            let words = open(newest).label.trim_end_matches('…').to_owned();
            let example = Span::styled(Request::Search(words).to_command(), Style::Code);
            let lead = format!("{} ", self.wording.say(self.language, "search-example"));
            blocks.push(Block::Text(vec![Span::plain(lead), example]));
        }
        self.reply(blocks)
    }

    pub(super) fn unclear(&self) -> Reply {
        self.reply(vec![self.text("unclear")]).choices(self.first_choices()).outcome(Outcome::Unclear)
    }

    /// Returns the choices of somebody who has asked nothing yet: the list, the newest release, whom to contact.
    pub(super) fn first_choices(&self) -> Vec<Choice> {
        let Some(newest) = self.corpus.releases.first() else { return Vec::new() };
        let newest = self.corpus.release(&newest.id, self.language).unwrap_or(newest);
        let whats_new = Choice { label: self.wording.say(self.language, "whats-new"), ..self.all_releases() };
        vec![whats_new, open(newest), self.all_contacts()]
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
        let mut heading = self.heading(release).spans().to_vec();
        heading.extend(self.remark_on_language(release));
        let mut blocks = vec![Block::Text(heading)];
        for paragraph in pages.get(page - 1).into_iter().flat_map(|range| &release.paragraphs[range.clone()]) {
            blocks.push(Block::Paragraph(vec![Span::plain(paragraph.text.clone())]));
        }
        blocks.extend(self.contact_lines(&release.contacts.iter().collect::<Vec<_>>()));
        blocks.extend(self.page_line(page, pages.len()));
        let request = Request::Release { id: self.name_of(release), page };
        let mut choices = self.turn(page, pages.len(), |page| request.at_page(page));
        choices.extend(self.other_languages(release));
        choices.push(self.all_releases());
        let reply = self.reply(blocks).telling_language(release).choices(choices).remembering([release]);
        reply.at_page(request, pages.len())
    }

    pub(super) fn unknown_release(&self, id: &str) -> Reply {
        self.reply(vec![Block::Text(self.say_back("release-unknown", "id", id, 48))]).choices(vec![self.all_releases()])
    }

    pub(super) fn choose_language(&self, code: &str) -> Reply {
        let spans = match code {
            "" => vec![Span::plain(self.wording.say(self.language, "language-choose"))],
            _ => self.say_back("language-unknown", "code", code, 16),
        };
        self.reply(vec![Block::Text(spans)]).choices(self.languages())
    }

    /// Returns a choice of each language that replies can be in, named in itself.
    pub(super) fn languages(&self) -> Vec<Choice> {
        let choices = self.wording.languages().into_iter().map(|language| Choice {
            label: self.wording.say(language, "language-name"),
            request: Request::Language(language.code().to_owned()),
        });
        choices.collect()
    }

    pub(super) fn reply(&self, blocks: Vec<Block>) -> Reply {
        Reply {
            language: self.language,
            blocks,
            choices: Vec::new(),
            copies: Vec::new(),
            context: self.context.clone(),
            outcome: None,
        }
    }

    /// A sentence that says back the beginning of what a person wrote, set apart so that no surface makes a link of it.
    fn say_back(&self, key: &str, name: &str, written: &str, most: usize) -> Vec<Span> {
        let written: String = written.chars().take(most).collect();
        self.with_written(key, &[(name, FluentValue::from(WRITTEN.to_string()))], &written)
    }

    /// A sentence with words that a person wrote in the place of [`WRITTEN`] in an argument, set apart.
    pub(super) fn with_written(&self, key: &str, arguments: &[(&str, FluentValue<'_>)], written: &str) -> Vec<Span> {
        let sentence = self.wording.say_with(self.language, key, arguments);
        let (before, after) = sentence.split_once(WRITTEN).unwrap_or((&sentence, ""));
        vec![Span::plain(before), Span::styled(written, Style::Code), Span::plain(after)]
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

    pub(super) fn all_contacts(&self) -> Choice {
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
    let ways = phones.iter().chain(emails).enumerate();
    // A number in monospace would be copied by a tap, not called.
    let separated =
        ways.flat_map(|(at, way)| [Span::plain(if at == 0 { "\n" } else { " · " }), Span::plain(way.as_str())]);
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
