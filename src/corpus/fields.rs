//! Fields of a head: their keys, and a value with its line.

/// Keys of a head.
pub(super) const KEYS: &[&str] = &[
    "title",
    "lang",
    "subtitle",
    "place",
    "country",
    "date",
    "date_source",
    "updated",
    "url",
    "source",
    "topics",
    "programmes",
    "translation",
    "status",
    "aliases",
    "unknown",
    "notes",
    "media",
    "import",
    "contacts",
];

/// Keys of a contact.
pub(super) const CONTACT_KEYS: &[&str] = &["name", "role", "office", "phone", "ext", "email", "incomplete"];

/// Fields that a head should have, or list as unknown.
pub(super) const RECOMMENDED: &[&str] = &["date", "place", "url", "contacts"];

/// Value of a head with its line in the file.
#[derive(Debug, Clone)]
pub(super) struct Field<T> {
    pub(super) value: T,
    pub(super) line: usize,
}
