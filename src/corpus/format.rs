//! Format of a corpus file: a TOML head between `+++` lines, then paragraphs separated by blank lines.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;
use url::Url;

use super::Severity;
use super::release::{Contact, Paragraph, Release, ReleaseDate, Status};
use crate::language::{self, Language};
use crate::text::{is_mail_address, is_phone_number, line_number, normalise_space};

/// Fault of one file.
#[derive(Debug)]
pub(super) struct FormatFault {
    pub(super) line: Option<usize>,
    pub(super) severity: Severity,
    pub(super) message: String,
}

/// Number of characters above which a paragraph has probably lost its breaks; the longest of the six releases has 900.
const MAX_USUAL_PARAGRAPH_LEN: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    title: Spanned<String>,
    lang: Spanned<String>,
    subtitle: Option<String>,
    place: Option<String>,
    #[serde(default)]
    country: Vec<Spanned<String>>,
    date: Option<Spanned<toml::Value>>,
    #[serde(rename = "date_source")]
    _date_source: Option<DateSource>,
    updated: Option<Spanned<toml::Value>>,
    url: Option<Spanned<String>>,
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default, rename = "programmes")]
    _programmes: Vec<String>,
    #[serde(rename = "translation")]
    _translation: Option<Translation>,
    #[serde(default)]
    status: HeadStatus,
    #[serde(default)]
    aliases: Vec<Spanned<String>>,
    #[serde(default)]
    unknown: Vec<Recommended>,
    #[serde(default, rename = "notes")]
    _notes: Vec<IgnoredAny>,
    #[serde(default, rename = "media")]
    _media: Vec<IgnoredAny>,
    #[serde(rename = "import")]
    _import: Option<IgnoredAny>,
    #[serde(default)]
    contacts: Vec<Spanned<HeadContact>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadContact {
    name: Option<String>,
    role: Option<String>,
    office: Option<String>,
    phone: Option<Spanned<String>>,
    ext: Option<String>,
    email: Option<Spanned<String>>,
    #[serde(default)]
    incomplete: bool,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum HeadStatus {
    Draft,
    #[default]
    Live,
    Retired,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum DateSource {
    Page,
    Officer,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Translation {
    Official,
    Machine,
}

/// Recommended fields, unless the head lists them as unknown.
#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Recommended {
    Date,
    Place,
    Url,
    Contacts,
}

/// Parsed release, with the lines of fields that are compared across files.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) release: Release,
    /// Line of the date, if any.
    pub(super) date_line: Option<usize>,
    /// Countries in alphabetical order, and the line of the first.
    pub(super) countries: Vec<String>,
    pub(super) country_line: Option<usize>,
    /// Line of each alias.
    pub(super) alias_lines: Vec<usize>,
}

/// Parses a corpus file; returns the release, unless there is an error, and all faults.
pub(super) fn parse(file: &Path, text: &str) -> (Option<Parsed>, Vec<FormatFault>) {
    let mut faults = FaultCollector { text, head_start: 0, list: Vec::new() };
    let parsed = parse_release(file, text, &mut faults);
    let has_error = faults.list.iter().any(|fault| fault.severity == Severity::Error);
    (parsed.filter(|_| !has_error), faults.list)
}

fn parse_release(file: &Path, text: &str, faults: &mut FaultCollector<'_>) -> Option<Parsed> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((id, suffix)) = name.strip_suffix(".md").and_then(|stem| stem.rsplit_once('.')) else {
        faults.error(None, "the file must be called ID.LANGUAGE.md, such as migrant-window.en.md".to_owned());
        return None;
    };
    if !is_slug(id) {
        faults.error(
            None,
            format!("the id {id:?} must be 1 to 48 characters of a-z, 0-9 and hyphens, because buttons carry it"),
        );
    }
    let Some((head_range, body_start)) = split_head(text) else {
        faults.error(Some(1), "the file must begin with a head between two lines of +++".to_owned());
        return None;
    };
    faults.head_start = head_range.start;
    let head: Head = match toml::from_str(&text[head_range.clone()]) {
        Ok(head) => head,
        Err(error) => {
            let line = error.span().map(|span| faults.line_in_head(&span));
            faults.error(line, error.message().trim().replace('\n', " "));
            return None;
        }
    };

    let paragraphs = paragraphs(text, body_start);
    if paragraphs.is_empty() {
        faults.error(None, "the body has no paragraph".to_owned());
    }
    let language = parse_language(&head.lang, suffix, faults);
    let title = normalise_space(head.title.get_ref());
    if title.is_empty() {
        faults.error(Some(faults.line_in_head(&head.title.span())), "the title is empty".to_owned());
    }
    let date = head.date.as_ref().and_then(|date| parse_date("date", date, faults));
    if let Some(updated) = &head.updated {
        parse_date("updated", updated, faults);
    }
    let url = head.url.as_ref().and_then(|url| parse_url(url, faults));
    check_head(&head, id, faults);
    let contacts: Vec<Contact> = head.contacts.iter().filter_map(|contact| parse_contact(contact, faults)).collect();
    let language = language?;
    check_body(&paragraphs, language, !head.contacts.is_empty(), faults);
    let date_line = head.date.as_ref().map(|date| faults.line_in_head(&date.span()));
    let country_line = head.country.first().map(|country| faults.line_in_head(&country.span()));
    let alias_lines = head.aliases.iter().map(|alias| faults.line_in_head(&alias.span())).collect();
    let mut countries: Vec<String> = head.country.into_iter().map(Spanned::into_inner).collect();
    countries.sort();
    let release = Release {
        id: id.to_owned(),
        aliases: head.aliases.into_iter().map(Spanned::into_inner).collect(),
        language,
        title,
        subtitle: head.subtitle.map(|subtitle| normalise_space(&subtitle)),
        place: head.place.map(|place| normalise_space(&place)).filter(|place| !place.is_empty()),
        date,
        url,
        topics: head.topics,
        paragraphs,
        contacts,
        status: match head.status {
            HeadStatus::Draft => Status::Draft,
            HeadStatus::Live => Status::Live,
            HeadStatus::Retired => Status::Retired,
        },
    };
    Some(Parsed { release, date_line, countries, country_line, alias_lines })
}

/// Checks the fields of a head that are not converted.
fn check_head(head: &Head, id: &str, faults: &mut FaultCollector<'_>) {
    for country in &head.country {
        let code = country.get_ref();
        if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let line = faults.line_in_head(&country.span());
            faults.error(Some(line), format!("country {code:?} must be two capital letters (ISO 3166), such as SV"));
        }
    }
    for alias in &head.aliases {
        if !is_slug(alias.get_ref()) || alias.get_ref() == id {
            let line = faults.line_in_head(&alias.span());
            let message = format!("the alias {:?} must be an earlier id of this release", alias.get_ref());
            faults.warning(Some(line), message);
        }
    }
    let absent = [
        (Recommended::Date, "date", head.date.is_none()),
        (Recommended::Place, "place", head.place.is_none()),
        (Recommended::Url, "url", head.url.is_none()),
        (Recommended::Contacts, "contacts", head.contacts.is_empty()),
    ];
    for (field, name, is_absent) in absent {
        if is_absent && !head.unknown.contains(&field) {
            faults.warning(
                None,
                format!("there is no {name}; if the page states none, add {name:?} to `unknown = […]` in the head"),
            );
        }
    }
}

/// Returns the byte range of the head and where the body starts.
fn split_head(text: &str) -> Option<(Range<usize>, usize)> {
    let mut at = 0;
    let mut head_start = None;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        match (line.trim_end() == "+++", head_start) {
            (true, None) => head_start = Some(end),
            (true, Some(start)) => return Some((start..at, end)),
            (false, None) => return None,
            (false, Some(_)) => {}
        }
        at = end;
    }
    None
}

/// Splits the body at blank lines; lines of a paragraph are joined by a space.
fn paragraphs(text: &str, body_start: usize) -> Vec<Paragraph> {
    let first_line = 1 + text[..body_start].matches('\n').count();
    let mut paragraphs = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    let mut started = first_line;
    for (number, line) in text[body_start..].lines().chain([""]).enumerate() {
        if !line.trim().is_empty() {
            if lines.is_empty() {
                started = first_line + number;
            }
            lines.push(line);
        } else if !lines.is_empty() {
            paragraphs.push(Paragraph { text: normalise_space(&lines.join(" ")), line: started });
            lines.clear();
        }
    }
    paragraphs
}

fn parse_language(lang: &Spanned<String>, suffix: &str, faults: &mut FaultCollector<'_>) -> Option<Language> {
    let line = faults.line_in_head(&lang.span());
    let code = lang.get_ref();
    let language = Language::from_code(code).filter(|language| language.code() == code);
    if language.is_none() {
        faults.error(Some(line), format!("lang {code:?} must be two small letters (ISO 639-1), such as en"));
    } else if code != suffix {
        faults.error(Some(line), format!("lang {code:?} does not match the file name, which says {suffix:?}"));
    }
    language
}

fn parse_date(field: &str, date: &Spanned<toml::Value>, faults: &mut FaultCollector<'_>) -> Option<ReleaseDate> {
    let written = match date.get_ref() {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(datetime) => datetime.to_string(),
        other => other.to_string(),
    };
    let parsed = ReleaseDate::parse(&written);
    if parsed.is_none() {
        let line = faults.line_in_head(&date.span());
        faults.error(Some(line), format!("{field} {written:?} must be YYYY, YYYY-MM or YYYY-MM-DD"));
    }
    parsed
}

fn parse_url(url: &Spanned<String>, faults: &mut FaultCollector<'_>) -> Option<Url> {
    let parsed =
        Url::parse(url.get_ref()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if parsed.is_none() {
        let line = faults.line_in_head(&url.span());
        faults.error(Some(line), format!("url {:?} must be a whole http or https address", url.get_ref()));
    }
    parsed
}

fn parse_contact(contact: &Spanned<HeadContact>, faults: &mut FaultCollector<'_>) -> Option<Contact> {
    let line = faults.line_in_head(&contact.span());
    let printed = |text: &Option<String>| text.as_deref().map(normalise_space).filter(|text| !text.is_empty());
    let head = contact.get_ref();
    let number = head.phone.as_ref().map(|phone| phone.get_ref().clone());
    let phone = match (printed(&number), printed(&head.ext)) {
        (Some(phone), Some(ext)) => Some(format!("{phone} Ext. {ext}")),
        (phone, _) => phone,
    };
    let contact = Contact {
        name: printed(&head.name),
        role: printed(&head.role),
        office: printed(&head.office),
        phone,
        email: printed(&head.email.as_ref().map(|email| email.get_ref().clone())),
    };
    if contact.name.is_none() && contact.office.is_none() {
        faults.error(Some(line), "a contact must have at least a name or an office".to_owned());
        return None;
    }
    if contact.phone.is_none() && contact.email.is_none() && !head.incomplete {
        faults.error(
            Some(line),
            "a contact must have a phone or an email; if the page gives neither, add `incomplete = true`".to_owned(),
        );
        return None;
    }
    if let (Some(phone), Some(number)) = (&head.phone, &contact.phone)
        && !is_phone_number(number)
    {
        let line = faults.line_in_head(&phone.span());
        faults.warning(
            Some(line),
            format!("phone {number:?} is not a phone number; if it is printed like this, keep it"),
        );
    }
    if let (Some(email), Some(address)) = (&head.email, &contact.email)
        && !is_mail_address(address)
    {
        faults.error(Some(faults.line_in_head(&email.span())), format!("email {address:?} is not a mail address"));
        return None;
    }
    Some(contact)
}

/// Warns of remains of a copied page.
fn check_body(paragraphs: &[Paragraph], language: Language, has_contacts: bool, faults: &mut FaultCollector<'_>) {
    for paragraph in paragraphs {
        let line = Some(paragraph.line);
        let n_characters = paragraph.text.chars().count();
        if n_characters > MAX_USUAL_PARAGRAPH_LEN {
            faults.warning(line, format!("the paragraph has {n_characters} characters; were its breaks lost?"));
        }
        let has_address = paragraph.text.split_whitespace().any(|word| word.contains('@') && word.contains('.'));
        if has_address && !has_contacts {
            faults.warning(line, "the paragraph holds a mail address but the head has no contact".to_owned());
        }
    }
    let body = paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect::<Vec<_>>().join("\n");
    if let Some(detected) = language::detect_other(&body, language) {
        faults.warning(None, format!("the text looks like {detected}, the head says {language}"));
    }
}

fn is_slug(id: &str) -> bool {
    (1..=48).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Collector of faults, which converts byte ranges of the head to line numbers.
struct FaultCollector<'a> {
    text: &'a str,
    head_start: usize,
    list: Vec<FormatFault>,
}

impl FaultCollector<'_> {
    fn error(&mut self, line: Option<usize>, message: String) {
        self.list.push(FormatFault { line, severity: Severity::Error, message });
    }

    fn warning(&mut self, line: Option<usize>, message: String) {
        self.list.push(FormatFault { line, severity: Severity::Warning, message });
    }

    fn line_in_head(&self, span: &Range<usize>) -> usize {
        line_number(self.text, self.head_start + span.start)
    }
}
