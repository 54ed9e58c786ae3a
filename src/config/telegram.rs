//! How the bot meets Telegram, as the settings say: plain values.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// Where the journal is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum JournalLocation {
    /// An SQLite file; its folder is made when it is missing.
    File(PathBuf),
    /// The address of a PostgreSQL database, possibly with a password, which no output shows.
    Postgres(String),
}

impl JournalLocation {
    /// Reads a setting: an address of PostgreSQL, or the path of a file. `None` for any other address.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Url::parse(text).ok().map(|_| Self::Postgres(text.to_owned())),
            // One slip in the scheme must not turn an address, password and all, into the name of a file.
            Some(_) => None,
            None => Some(Self::File(PathBuf::from(text))).filter(|_| !text.is_empty()),
        }
    }
}

impl fmt::Debug for JournalLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for JournalLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(_) => f.write_str("on PostgreSQL"),
        }
    }
}

/// How fast a person may ask in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonLimit {
    /// How many questions at once; 0 means any number, at any pace.
    pub at_once: u32,
    /// How long until one more may be asked.
    pub interval: Duration,
}

/// So many in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// At most this many; 0 means any number.
    pub n: usize,
    /// Within this much time.
    pub within: Duration,
}

/// How fast messages go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paces {
    /// In a chat.
    pub chat: Limit,
    /// In a group, beside the limit of a chat.
    pub group: Limit,
    /// To everybody together.
    pub overall: Limit,
}

/// Where Telegram finds us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The address that Telegram sends updates to: https, as the world sees it.
    pub url: Url,
    /// The address that is listened on, behind whatever ends TLS.
    pub listen: SocketAddr,
}

/// Returns the number of cores that this process may use, as far as the system tells; at least 1.
#[must_use]
pub fn n_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
