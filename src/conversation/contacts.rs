//! Replies that name people: those of one release, or a list to page through.

use std::sync::Arc;

use fluent_bundle::FluentValue;

use super::compose::{Composer, MAX_COMMAND_LEN, WRITTEN, open, title, way_spans, who_spans};
use super::phrases::Ways;
use super::reply::{Block, Choice, Copyable, Reply, Span};
use super::request::Request;
use crate::corpus::{Contact, Release};
use crate::desk::{Outcome, People, Person, ReleaseContacts};

/// Maximum number of releases that stand below each of several people.
const MAX_TITLES: usize = 3;

/// Maximum number of releases that stand below a person who is listed alone.
const MAX_TITLES_OF_ONE: usize = 8;

/// Maximum number of telephone numbers and e-mail addresses to copy, and of characters of their labels.
const MAX_COPIES: usize = 6;
const MAX_COPY_LABEL: usize = 64;

/// Returns the people on a page, counted from 1; a page beyond the last is the last.
pub(super) fn on_page(people: &[Arc<Person>], page: usize, per_page: usize) -> &[Arc<Person>] {
    let page = page.clamp(1, people.len().div_ceil(per_page).max(1));
    people.chunks(per_page).nth(page - 1).unwrap_or_default()
}

impl Reply {
    /// Lets the conversation go on about some releases, or where there are none about what it was about.
    pub(super) fn about(mut self, releases: &[Arc<Release>]) -> Self {
        if releases.is_empty() {
            return self;
        }
        self.choices.splice(..0, releases.iter().map(|release| open(release)));
        self.remembering(releases)
    }
}

impl Composer<'_> {
    /// Names the contacts of one release, and says which ways to reach them that were asked for it does not give.
    pub(super) fn contacts_of(&self, of: &ReleaseContacts, asked: Ways) -> Reply {
        let mut blocks = self.ways_missing(of.contacts.iter(), asked, 1);
        let mut contacts: Vec<&Contact> = of.contacts.iter().collect();
        if asked.phone || !asked.email {
            contacts.sort_by_key(|contact| contact.phone.is_none());
        }
        blocks.extend(contacts.iter().map(|contact| contact_to_reach(contact)));
        if of.contacts.is_empty() {
            blocks.push(self.text("contacts-none"));
        }
        let mut spans = vec![Span::plain("— ")];
        spans.extend(self.heading(&of.release).spans().to_vec());
        blocks.push(Block::Text(spans));
        if !of.desk.is_empty() {
            blocks.push(self.text("ask-the-desk"));
            blocks.extend(self.contact_lines(&of.desk.iter().collect::<Vec<_>>()));
        }
        let reply = self.reply(blocks).choices(vec![self.whole(&of.release)]).outcome(Outcome::Found);
        let mut reply = reply.remembering([&of.release]);
        reply.copies = self.copies(contacts.into_iter().chain(&of.desk));
        reply
    }

    /// Names the organisation's own desk.
    pub(super) fn desk(&self, contact: &Contact) -> Reply {
        let blocks = [vec![self.text("ask-the-desk")], self.contact_lines(&[contact])].concat();
        self.reply(blocks).choices(vec![self.all_releases()]).outcome(Outcome::Found)
    }

    /// Says that the releases give no number or address of somebody, and names the desk of the release that names them.
    pub(super) fn no_contact(
        &self,
        name: &str,
        asked: Ways,
        naming: Option<&Arc<Release>>,
        contacts: &[Contact],
    ) -> Reply {
        let is_of_release = |release: &&Arc<Release>| release.contacts == contacts;
        let key = match asked {
            Ways { phone: true, email: false } => "contact-no-phone",
            Ways { phone: false, email: true } => "contact-no-email",
            _ => "contact-no-way",
        };
        let arguments = [("name", self.quoted(&[WRITTEN.to_string()]).into()), ("releases", FluentValue::from(2))];
        let mut blocks = vec![Block::Text(self.with_written(key, &arguments, name))];
        if !contacts.is_empty() {
            let of_release = naming.filter(is_of_release);
            blocks.push(self.text(if of_release.is_some() { "ask-desk-of-release" } else { "ask-the-desk" }));
            blocks.extend(of_release.map(|release| self.heading(release)));
            blocks.extend(self.contact_lines(&contacts.iter().collect::<Vec<_>>()));
        }
        let mut choices: Vec<Choice> = naming.into_iter().map(|release| self.open_version(release)).collect();
        choices.push(self.all_releases());
        let reply = self.reply(blocks).choices(choices).outcome(Outcome::NotFound);
        // Where nothing names them, the talk stays where it was.
        match naming {
            Some(release) => reply.remembering([release]),
            None => reply,
        }
    }

    /// Lists people a page at a time, each with the newest releases that name them.
    pub(super) fn people(&self, people: &People, asked: Ways, page: usize, per_page: usize) -> Reply {
        let n_pages = people.list.len().div_ceil(per_page);
        if n_pages == 0 {
            return self.sentence("contacts-nobody").outcome(Outcome::NotFound);
        }
        let page = page.clamp(1, n_pages);
        let on_page = on_page(&people.list, page, per_page);
        let mut blocks = vec![self.text("contacts-all")];
        if !people.words.is_empty() {
            let contacts = || on_page.iter().map(|person| &person.contact);
            // Where one of those who bear the name has it, that is what was asked for.
            let asked = Ways {
                phone: asked.phone && contacts().all(|contact| contact.phone.is_none()),
                email: asked.email && contacts().all(|contact| contact.email.is_none()),
            };
            blocks.extend(self.ways_missing(contacts(), asked, 2));
        }
        let max_titles = if people.list.len() == 1 { MAX_TITLES_OF_ONE } else { MAX_TITLES };
        blocks.extend(on_page.iter().map(|person| self.person(person, max_titles)));
        if n_pages > 1 {
            blocks.push(self.text("contacts-narrow"));
        }
        blocks.extend(self.page_line(page, n_pages));
        let request = |page| Request::Contacts { words: people.words.clone(), page };
        let mut choices = self.turn(page, n_pages, request);
        choices.retain(|choice| choice.request.to_command().len() <= MAX_COMMAND_LEN);
        choices.push(self.all_releases());
        self.reply(blocks).choices(choices).outcome(Outcome::Found)
    }

    /// Returns the ways to reach some contacts to copy, each once.
    fn copies<'c>(&self, contacts: impl Iterator<Item = &'c Contact>) -> Vec<Copyable> {
        let mut copies: Vec<Copyable> = Vec::new();
        for way in contacts.flat_map(|contact| contact.phone.iter().chain(&contact.email)) {
            let label = self.wording.say_with(self.language, "copy", &[("text", FluentValue::from(way.as_str()))]);
            let is_new = copies.iter().all(|other| other.text != *way);
            if is_new && copies.len() < MAX_COPIES && label.chars().count() <= MAX_COPY_LABEL {
                copies.push(Copyable { label, text: way.clone() });
            }
        }
        copies
    }

    fn person(&self, person: &Person, max_titles: usize) -> Block {
        let mut spans = who_spans(&person.contact);
        spans.extend(way_spans(&person.phones, &person.emails));
        let releases = person.releases(self.language);
        // A line that says that there is one more is as long as the one more.
        let n_titles = if releases.len() == max_titles + 1 { releases.len() } else { max_titles };
        for release in releases.iter().take(n_titles) {
            spans.push(Span::plain("\n• "));
            spans.extend(title(release));
        }
        let n_more = releases.len().saturating_sub(n_titles);
        if n_more > 0 {
            let count = [("count", FluentValue::from(n_more))];
            spans.push(Span::plain(format!("\n• {}", self.wording.say_with(self.language, "contacts-more", &count))));
        }
        Block::Text(spans)
    }

    /// Says for each contact which way of reaching them that was asked for is not given, by as many releases.
    fn ways_missing<'c>(
        &self,
        contacts: impl Iterator<Item = &'c Contact>,
        asked: Ways,
        n_releases: usize,
    ) -> Vec<Block> {
        let mut lines = Vec::new();
        for contact in contacts {
            let Some(name) = contact.name.as_deref().or(contact.office.as_deref()) else { continue };
            let missing = [
                ("contact-no-phone", asked.phone && contact.phone.is_none()),
                ("contact-no-email", asked.email && contact.email.is_none()),
            ];
            for (key, _) in missing.into_iter().filter(|(_, is_missing)| *is_missing) {
                let arguments = [("name", FluentValue::from(name)), ("releases", FluentValue::from(n_releases))];
                lines.push(self.wording.say_with(self.language, key, &arguments));
            }
        }
        lines.into_iter().map(|line| Block::Text(vec![Span::plain(line)])).collect()
    }
}

/// Returns the lines of a contact who is asked for: the ways to reach them come first.
fn contact_to_reach(contact: &Contact) -> Block {
    let mut spans = way_spans(contact.phone.as_slice(), contact.email.as_slice());
    if !spans.is_empty() {
        spans.remove(0);
        spans.push(Span::plain("\n"));
    }
    spans.extend(who_spans(contact));
    Block::Text(spans)
}
