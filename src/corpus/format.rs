//! Format of a release file: its name, a TOML head between `+++` lines, then paragraphs separated by blank lines.

use std::path::Path;

use time::Date;
use url::Url;

use super::faults::{Fault, Faults};
use super::fields::{Field, RECOMMENDED};
use super::head::{self, Head, HeadContact};
use super::listing::{MAX_ID_LEN, right_name};
use super::release::{Contact, Paragraph, Release};
use super::{body, dates, fences, markup, remarks};
use crate::language::{self, Language, Languages};
use crate::text::{is_mail_address, is_phone_number};

/// Number of characters above which a paragraph has probably lost its breaks; the longest of the six releases has 900.
const MAX_USUAL_PARAGRAPH_LEN: usize = 2_000;

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

/// Parses a release file; returns the release, unless there is an error, and all faults.
pub(super) fn parse(
    file: &Path,
    text: &str,
    languages: Option<&Languages>,
    today: Date,
) -> (Option<Parsed>, Vec<Fault>) {
    let mut faults = Faults::default();
    let parsed = parse_release(file, text, languages, today, &mut faults).filter(|_| !faults.has_error());
    (parsed, faults.into_sorted())
}

fn parse_release(
    file: &Path,
    text: &str,
    languages: Option<&Languages>,
    today: Date,
    faults: &mut Faults,
) -> Option<Parsed> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.strip_suffix(".md").unwrap_or(name);
    let parts = fences::split(text, faults);
    let head = parts.as_ref().map(|parts| head::read(text, parts.head.clone(), faults));
    let (id, suffix) = check_name(stem, head.as_ref().and_then(|head| head.lang.as_ref()), faults);
    let (parts, head) = (parts?, head?);

    let language = head.lang.as_ref().and_then(|lang| parse_language(lang, suffix, faults));
    let lines = body::lines(text, parts.body, faults);
    let lines = fences::before_second_head(&lines, faults);
    let paragraphs = body::paragraphs(lines);
    if paragraphs.is_empty() {
        faults.error(None, "the body has no paragraph");
    }
    markup::check(lines, faults);
    remarks::check(lines, languages, faults);
    check_body(&paragraphs, language, head.stated.contains("contacts"), faults);
    check_head(&head, id, faults);
    let release = Release {
        id: id.to_owned(),
        aliases: head.aliases.iter().map(|alias| alias.value.clone()).collect(),
        language: language.unwrap_or(Language::ENGLISH),
        title: parse_title(head.title.as_ref(), faults),
        subtitle: printed(head.subtitle.as_ref()),
        place: printed(head.place.as_ref()),
        date: head.date.as_ref().and_then(|date| dates::read("date", date, today, faults)),
        url: head.url.as_ref().and_then(|url| parse_url(url, faults)),
        topics: head.topics.iter().map(|topic| topic.value.clone()).collect(),
        paragraphs,
        contacts: head.contacts.iter().filter_map(|contact| parse_contact(contact, faults)).collect(),
        status: head.status,
    };
    if let Some(updated) = &head.updated {
        dates::read("updated", updated, today, faults);
    }
    let mut countries: Vec<String> = head.country.iter().map(|country| country.value.clone()).collect();
    countries.sort();
    Some(Parsed {
        release,
        date_line: head.date.as_ref().map(|date| date.line),
        countries,
        country_line: head.country.first().map(|country| country.line),
        alias_lines: head.aliases.iter().map(|alias| alias.line).collect(),
    })
}

/// Returns the id and the language of a file's name, which is given without `.md`.
fn check_name<'n>(stem: &'n str, lang: Option<&Field<String>>, faults: &mut Faults) -> (&'n str, Option<&'n str>) {
    let lang = lang.map(|lang| lang.value.as_str()).filter(|lang| language_of(lang).is_some());
    let (id, suffix) = match stem.rsplit_once('.') {
        Some((id, suffix)) => (id, Some(suffix)),
        None => (stem, None),
    };
    let suffix = suffix.filter(|suffix| language_of(suffix).is_some());
    if suffix.is_none() {
        let right = right_name(stem, lang);
        faults.error(
            None,
            format!("the file must be called ID.LANGUAGE.md, the language in two small letters, such as migrant-window.en.md; rename it to {right}"),
        );
    } else if !is_slug(id) {
        let right = right_name(stem, None);
        faults.error(
            None,
            format!(
                "the id {id:?} must be 1 to {MAX_ID_LEN} characters of a-z, 0-9 and hyphens, because buttons carry it; rename the file, such as {right}"
            ),
        );
    }
    (id, suffix)
}

/// Returns the language of a code in two small letters.
fn language_of(code: &str) -> Option<Language> {
    Language::from_code(code).filter(|language| language.code() == code)
}

fn parse_language(lang: &Field<String>, suffix: Option<&str>, faults: &mut Faults) -> Option<Language> {
    let Field { value: code, line } = lang;
    let language = language_of(code);
    match suffix {
        _ if language.is_none() => {
            faults.error(*line, format!("lang {code:?} must be two small letters (ISO 639-1), such as en"));
        }
        Some(suffix) if code != suffix => {
            faults.error(*line, format!("lang {code:?} does not match the file name, which says {suffix:?}"));
        }
        _ => {}
    }
    language
}

fn parse_title(title: Option<&Field<String>>, faults: &mut Faults) -> String {
    let printed = printed(title);
    if let (None, Some(title)) = (&printed, title) {
        faults.error(title.line, "the title is empty");
    }
    printed.unwrap_or_default()
}

fn parse_url(url: &Field<String>, faults: &mut Faults) -> Option<Url> {
    let written = url.value.trim();
    if written != url.value {
        faults.warning(url.line, "the url has white space around it, which is left out");
    }
    let parsed = Url::parse(written).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if parsed.is_none() {
        faults.error(url.line, format!("url {written:?} must be a whole http or https address"));
    }
    parsed
}

/// Checks the fields of a head that are not converted.
fn check_head(head: &Head, id: &str, faults: &mut Faults) {
    for Field { value: code, line } in &head.country {
        if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            faults.error(*line, format!("country {code:?} must be two capital letters (ISO 3166), such as SV"));
        }
    }
    for Field { value: alias, line } in &head.aliases {
        if !is_slug(alias) || alias == id {
            faults.warning(*line, format!("the alias {alias:?} must be an earlier id of this release"));
        }
    }
    for Field { value: name, line } in &head.unknown {
        if !RECOMMENDED.contains(&name.as_str()) {
            let names = RECOMMENDED.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
            faults.error(*line, format!("unknown {name:?} must be one or more of {names}"));
        } else if head.has(name) {
            faults.warning(*line, format!("the head states {name}, and lists it as unknown; take it out of `unknown`"));
        }
    }
    let is_unknown = |name: &str| head.unknown.iter().any(|field| field.value == name);
    for name in RECOMMENDED.iter().filter(|name| !head.stated.contains(**name) && !is_unknown(name)) {
        let is = if *name == "contacts" { "there are no" } else { "there is no" };
        let message = format!("{is} {name}; if the page states none, add {name:?} to `unknown = […]` in the head");
        faults.warning(None, message);
    }
}

/// Returns a text as printed, unless it is blank.
fn printed(text: Option<&Field<String>>) -> Option<String> {
    text.map(|text| body::cleaned(&text.value)).filter(|text| !text.is_empty())
}

fn parse_contact(head: &HeadContact, faults: &mut Faults) -> Option<Contact> {
    let phone = match (printed(head.phone.as_ref()), printed(head.ext.as_ref())) {
        (Some(phone), Some(ext)) => Some(format!("{phone} Ext. {ext}")),
        (phone, _) => phone,
    };
    let contact = Contact {
        name: printed(head.name.as_ref()),
        role: printed(head.role.as_ref()),
        office: printed(head.office.as_ref()),
        phone,
        email: printed(head.email.as_ref()),
    };
    if contact.name.is_none() && contact.office.is_none() && !head.has_fault {
        faults.error(head.line, "a contact must have at least a name or an office");
        return None;
    }
    if contact.phone.is_none() && contact.email.is_none() && !head.incomplete && !head.has_fault {
        let message = "a contact must have a phone or an email; if the page gives neither, add `incomplete = true`";
        faults.error(head.line, message);
        return None;
    }
    if let (Some(phone), Some(number)) = (&head.phone, &contact.phone)
        && !is_phone_number(number)
    {
        let message = format!("phone {number:?} is not a phone number; if it is printed like this, keep it");
        faults.warning(phone.line, message);
    }
    if let (Some(email), Some(address)) = (&head.email, &contact.email)
        && !is_mail_address(address)
    {
        faults.error(email.line, format!("email {address:?} is not a mail address"));
        return None;
    }
    Some(contact)
}

/// Warns of remains of a copied page.
fn check_body(paragraphs: &[Paragraph], language: Option<Language>, has_contacts: bool, faults: &mut Faults) {
    for paragraph in paragraphs {
        let n_characters = paragraph.text.chars().count();
        if n_characters > MAX_USUAL_PARAGRAPH_LEN {
            let message = format!("the paragraph has {n_characters} characters; were its breaks lost?");
            faults.warning(paragraph.line, message);
        }
        let has_address = paragraph.text.split_whitespace().any(|word| word.contains('@') && word.contains('.'));
        if has_address && !has_contacts {
            faults.warning(paragraph.line, "the paragraph holds a mail address but the head has no contact");
        }
    }
    let Some(language) = language else { return };
    let body = paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect::<Vec<_>>().join("\n");
    if let Some(detected) = language::detect_other(&body, language) {
        faults.warning(None, format!("the text looks like {detected}, the head says {language}"));
    }
}

fn is_slug(id: &str) -> bool {
    (1..=MAX_ID_LEN).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
