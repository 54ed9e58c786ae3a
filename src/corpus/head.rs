//! Head of a release file: its values by key, with all faults at once.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::body::visible;
use super::faults::Faults;
use super::fields::{CONTACT_KEYS, Field, KEYS};
use super::release::Status;
use super::syntax::{explain, quoted};
use crate::text::line_number;

/// Minimum similarity, from 0 to 1, of an unknown key to the one that is likely meant.
const MIN_SIMILARITY: f64 = 0.8;
/// Similarity of a key that a longer one holds: `phone` in `telephone`, less than that of `updated` and `update`.
const SIMILARITY_OF_PART: f64 = 0.9;

/// Maximum number of faults of TOML that are told; a head with more is none.
const MAX_SYNTAX_FAULTS: usize = 50;

/// Values of a head; those of another kind than they must be are faults, and absent here.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) title: Option<Field<String>>,
    pub(super) lang: Option<Field<String>>,
    pub(super) subtitle: Option<Field<String>>,
    pub(super) place: Option<Field<String>>,
    pub(super) country: Vec<Field<String>>,
    pub(super) date: Option<Field<String>>,
    pub(super) updated: Option<Field<String>>,
    pub(super) url: Option<Field<String>>,
    pub(super) topics: Vec<Field<String>>,
    pub(super) status: Status,
    pub(super) aliases: Vec<Field<String>>,
    pub(super) unknown: Vec<Field<String>>,
    pub(super) contacts: Vec<HeadContact>,
    /// Keys that are stated, whether their values can be read or not, or likely meant by others.
    pub(super) stated: BTreeSet<String>,
}

impl Head {
    /// Tells whether a recommended field has a value.
    pub(super) fn has(&self, name: &str) -> bool {
        match name {
            "date" => self.date.is_some(),
            "place" => self.place.is_some(),
            "url" => self.url.is_some(),
            _ => !self.contacts.is_empty(),
        }
    }
}

/// Contact of a head as written.
#[derive(Debug, Default)]
pub(super) struct HeadContact {
    pub(super) line: usize,
    pub(super) name: Option<Field<String>>,
    pub(super) role: Option<Field<String>>,
    pub(super) office: Option<Field<String>>,
    pub(super) phone: Option<Field<String>>,
    pub(super) ext: Option<Field<String>>,
    pub(super) email: Option<Field<String>>,
    pub(super) incomplete: bool,
    /// Set where a value of it is a fault, so that nothing is known of what it lacks.
    pub(super) has_fault: bool,
}

/// Reads the head, a range of the bytes of `text`.
pub(super) fn read(text: &str, range: Range<usize>, faults: &mut Faults) -> Head {
    let first_line = line_number(text, range.start);
    let source = &text[range];
    let (table, mut errors) = DeTable::parse_recoverable(source);
    let line_ends = source.match_indices('\n').map(|(at, _)| at).collect();
    let mut reader = Reader { source, line_ends, first_line, broken: BTreeSet::new(), stated: BTreeSet::new(), faults };
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    let mut has_prose = false;
    for error in errors.into_iter().take(MAX_SYNTAX_FAULTS) {
        let span = error.span().unwrap_or_default();
        let line = reader.line(span.start);
        // Below a header that stands twice all keys do.
        let is_below_fault = is_duplicate(&error)
            && reader.header_line(span.start).is_some_and(|header| reader.broken.contains(&header));
        if !is_below_fault && reader.broken.insert(line) {
            let written = source.lines().nth(line - first_line).unwrap_or_default();
            // Where the head has no end, the text follows: its first line tells it.
            let is_prose = !written.contains(['=', ':', '[']);
            if is_prose && std::mem::replace(&mut has_prose, true) {
                continue;
            }
            reader.stated.extend(written.split(['=', ':']).next().map(|key| key.trim().to_owned()));
            reader.faults.error(line, explain(source, &span, error.message()));
        }
    }
    let mut values = reader.values(table.into_inner());
    let contacts = reader.contacts(&mut values);
    let mut head = Head {
        title: reader.text(&mut values, "title"),
        lang: reader.text(&mut values, "lang"),
        subtitle: reader.text(&mut values, "subtitle"),
        place: reader.text(&mut values, "place"),
        country: reader.texts(&mut values, "country"),
        date: reader.date(&mut values, "date"),
        updated: reader.date(&mut values, "updated"),
        url: reader.text(&mut values, "url"),
        topics: reader.texts(&mut values, "topics"),
        status: reader.status(&mut values),
        aliases: reader.texts(&mut values, "aliases"),
        unknown: reader.texts(&mut values, "unknown"),
        contacts,
        stated: BTreeSet::new(),
    };
    reader.text(&mut values, "source");
    reader.texts(&mut values, "programmes");
    reader.choice(&mut values, "date_source", &["page", "officer"]);
    reader.choice(&mut values, "translation", &["official", "machine"]);
    for key in ["notes", "media"] {
        if let Some(value) = take(&mut values, key).filter(|value| !matches!(value.value, DeValue::Array(_))) {
            reader.fault(value.line, format!("`{key}` must be a line [[{key}]] with the keys of one below it"));
        }
    }
    take(&mut values, "import");
    reader.report_unknown(values, KEYS, "the head");
    reader.report_missing();
    head.stated = reader.stated;
    head
}

/// Key with its value while a head is read.
struct Entry<'a> {
    key: String,
    line: usize,
    value: DeValue<'a>,
    span: Range<usize>,
}

fn take<'a>(values: &mut Vec<Entry<'a>>, key: &str) -> Option<Entry<'a>> {
    let at = values.iter().position(|entry| entry.key == key)?;
    Some(values.remove(at))
}

struct Reader<'a> {
    source: &'a str,
    /// Positions of the line ends, by which lines are counted.
    line_ends: Vec<usize>,
    first_line: usize,
    /// Lines that are no TOML; what else is wrong with them follows from that.
    broken: BTreeSet<usize>,
    stated: BTreeSet<String>,
    faults: &'a mut Faults,
}

impl<'a> Reader<'a> {
    fn line(&self, at: usize) -> usize {
        self.first_line + self.line_ends.partition_point(|end| *end < at)
    }

    fn written(&self, span: Range<usize>) -> &'a str {
        self.source.get(span).unwrap_or_default()
    }

    /// Returns the line of the header in brackets that a byte stands below.
    fn header_line(&self, at: usize) -> Option<usize> {
        let start = self.source.get(..at).and_then(|before| before.rfind('\n')).unwrap_or_default();
        let above = self.source[..start].lines().enumerate();
        above.filter(|(_, line)| line.trim_start().starts_with('[')).last().map(|(number, _)| self.first_line + number)
    }

    fn fault(&mut self, line: usize, message: String) {
        if !self.broken.contains(&line) {
            self.faults.error(line, message);
        }
    }

    /// Returns the keys of a table in the order of their lines.
    fn values<'v>(&self, table: DeTable<'v>) -> Vec<Entry<'v>> {
        let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'v>>)| {
            let (line, span) = (self.line(key.span().start), value.span());
            let key: std::borrow::Cow<'v, str> = key.into_inner();
            Entry { key: key.into_owned(), line, value: value.into_inner(), span }
        };
        let mut values: Vec<Entry<'v>> = table.into_iter().map(entry).collect();
        values.sort_by_key(|entry| entry.line);
        values
    }

    /// Takes a key, and notes that it is stated.
    fn take<'v>(&mut self, values: &mut Vec<Entry<'v>>, key: &str) -> Option<Entry<'v>> {
        let entry = take(values, key)?;
        self.stated.insert(key.to_owned());
        Some(entry)
    }

    fn text(&mut self, values: &mut Vec<Entry<'_>>, key: &str) -> Option<Field<String>> {
        let Entry { line, value, span, .. } = self.take(values, key)?;
        if self.broken.contains(&line) {
            return None;
        }
        if let DeValue::String(text) = value {
            return Some(Field { value: visible(&text).into_owned(), line });
        }
        let example = if matches!(value, DeValue::Array(_) | DeValue::Table(_)) { "…" } else { self.written(span) };
        self.fault(line, format!("`{key}` must be one text between quotation marks (\"): {key} = {}", quoted(example)));
        None
    }

    /// Takes a date, which may stand without quotation marks.
    fn date(&mut self, values: &mut Vec<Entry<'_>>, key: &str) -> Option<Field<String>> {
        let at = values.iter().position(|entry| entry.key == key)?;
        let Entry { line, value, span, .. } = &values[at];
        if matches!(value, DeValue::Datetime(_) | DeValue::Integer(_)) && !self.broken.contains(line) {
            let field = Field { value: self.written(span.clone()).to_owned(), line: *line };
            self.take(values, key);
            return Some(field);
        }
        self.text(values, key)
    }

    fn texts(&mut self, values: &mut Vec<Entry<'_>>, key: &str) -> Vec<Field<String>> {
        let Some(Entry { line, value, .. }) = self.take(values, key) else { return Vec::new() };
        let parts = match value {
            DeValue::Array(parts) => parts,
            DeValue::String(text) => {
                self.fault(line, format!("`{key}` must be a list in brackets: {key} = [{}]", list_example(key, &text)));
                return Vec::new();
            }
            _ => {
                self.fault(line, format!("`{key}` must be a list in brackets: {key} = [{}]", list_example(key, "…")));
                return Vec::new();
            }
        };
        let mut texts = Vec::new();
        for part in parts {
            let span = part.span();
            let line = self.line(span.start);
            match part.into_inner() {
                _ if self.broken.contains(&line) => {}
                DeValue::String(text) => texts.push(Field { value: text.into_owned(), line }),
                _ => {
                    let example = list_example(key, self.written(span));
                    self.fault(
                        line,
                        format!("each part of `{key}` must stand between quotation marks (\"): {key} = [{example}]"),
                    );
                }
            }
        }
        texts
    }

    /// Takes one of some words.
    fn choice(&mut self, values: &mut Vec<Entry<'_>>, key: &str, words: &[&str]) -> Option<String> {
        let Field { value, line } = self.text(values, key)?;
        if words.contains(&value.as_str()) {
            return Some(value);
        }
        let words = words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" or ");
        self.fault(line, format!("{key} {value:?} must be {words}"));
        None
    }

    fn status(&mut self, values: &mut Vec<Entry<'_>>) -> Status {
        match self.choice(values, "status", &["draft", "live", "retired"]).as_deref() {
            Some("draft") => Status::Draft,
            Some("retired") => Status::Retired,
            _ => Status::Live,
        }
    }

    /// Takes the contacts; keys of the head that landed in one are reported and put back.
    fn contacts(&mut self, values: &mut Vec<Entry<'_>>) -> Vec<HeadContact> {
        let Some(Entry { line, value, .. }) = self.take(values, "contacts") else { return Vec::new() };
        let parts = match value {
            DeValue::Array(parts) if parts.iter().all(|part| part.get_ref().is_table()) => parts,
            _ => {
                let advice =
                    "a contact must be a line [[contacts]] with lines such as name = \"…\" and phone = \"…\" below it";
                self.fault(line, advice.to_owned());
                return Vec::new();
            }
        };
        let mut contacts = Vec::new();
        let mut misplaced = Vec::new();
        for part in parts {
            let line = self.line(part.span().start);
            if let DeValue::Table(table) = part.into_inner() {
                let mut entries = self.values(table);
                // “title” below a contact is none of the head's where the head has one.
                let is_of_head = |entry: &Entry<'_>| {
                    KEYS.contains(&entry.key.as_str()) && values.iter().all(|stated| stated.key != entry.key)
                };
                misplaced.extend(entries.extract_if(.., |entry| is_of_head(entry)));
                contacts.push(self.contact(entries, line));
            }
        }
        if let Some(first) = misplaced.first() {
            let keys = misplaced.iter().map(|entry| format!("`{}`", entry.key)).collect::<Vec<_>>().join(", ");
            self.fault(
                first.line,
                format!("below [[contacts]] all belongs to the contact; move what does not ({keys}) above the first [[contacts]]"),
            );
        }
        values.extend(misplaced);
        contacts
    }

    fn contact(&mut self, mut values: Vec<Entry<'_>>, line: usize) -> HeadContact {
        let n_faults = self.faults.len();
        let is_broken = self.broken.iter().any(|broken| *broken > line);
        // Its keys are not those of the head.
        let stated = std::mem::take(&mut self.stated);
        let mut contact = HeadContact {
            line,
            name: self.text(&mut values, "name"),
            role: self.text(&mut values, "role"),
            office: self.text(&mut values, "office"),
            phone: self.text(&mut values, "phone"),
            ext: self.text(&mut values, "ext"),
            email: self.text(&mut values, "email"),
            ..HeadContact::default()
        };
        if let Some(Entry { line, value, .. }) = self.take(&mut values, "incomplete") {
            match value.as_bool() {
                Some(incomplete) => contact.incomplete = incomplete,
                None => self.fault(line, "`incomplete` must be true or false, without quotation marks".to_owned()),
            }
        }
        self.report_unknown(values, CONTACT_KEYS, "a contact");
        self.stated = stated;
        contact.has_fault = is_broken || self.faults.len() > n_faults;
        contact
    }

    /// Reports the keys that are left over, with those that are likely meant.
    fn report_unknown(&mut self, values: Vec<Entry<'_>>, keys: &[&str], of: &str) {
        for Entry { key, line, .. } in values {
            let similarity = |known: &&&str| {
                let letters = strsim::jaro_winkler(&key.to_lowercase(), known);
                if key.contains(**known) { letters.max(SIMILARITY_OF_PART) } else { letters }
            };
            let nearest = keys.iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
            let advice = match nearest.filter(|known| similarity(known) >= MIN_SIMILARITY) {
                Some(known) => {
                    self.stated.insert((*known).to_owned());
                    format!("did you mean `{known}`?")
                }
                None => format!("its keys are {}", keys.join(", ")),
            };
            self.fault(line, format!("`{key}` is no key of {of}; {advice}"));
        }
    }

    fn report_missing(&mut self) {
        for key in ["title", "lang"] {
            if !self.stated.contains(key) {
                let example = if key == "lang" { "en" } else { "…" };
                self.faults
                    .error(self.first_line - 1, format!("the head has no {key}; add a line {key} = \"{example}\""));
            }
        }
    }
}

fn is_duplicate(error: &toml::de::Error) -> bool {
    error.message().starts_with("duplicate key")
}

/// Returns what a part of a list is written like.
fn list_example(key: &str, written: &str) -> String {
    match key {
        "country" if written.len() == 2 && written.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            quoted(&written.to_uppercase())
        }
        "country" => "\"SV\"".to_owned(),
        _ => quoted(written),
    }
}
