//! Settings of the bot on Telegram: plain values.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// Location of the journal.
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

/// Rate limit of a person in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonLimit {
    /// Number of questions at once; 0 means any number, at any pace.
    pub at_once: u32,
    /// Time until one more may be asked.
    pub interval: Duration,
}

/// Rate limit: a number in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// At most this many; 0 means any number.
    pub n: usize,
    /// Within this much time.
    pub within: Duration,
}

/// Rate limits of messages that go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendLimits {
    /// In a chat.
    pub chat: Limit,
    /// In a group, beside the limit of a chat.
    pub group: Limit,
    /// To everybody together.
    pub overall: Limit,
}

/// Webhook that Telegram sends updates to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The address that Telegram sends updates to: https, as the world sees it.
    pub url: Url,
    /// The address that is listened on, behind whatever ends TLS.
    pub listen: SocketAddr,
}

/// Chat of the operators, who are told what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operators {
    /// Number of the chat.
    pub chat: i64,
    /// Minimum time between two reports. Fixed; only tests set it.
    pub interval: Duration,
}

/// Limits from which on a thread counts as stuck.
///
/// Processor time tells an endless loop from a request that waits for its share of a busy machine; the time on the clock is for
/// a thread that waits forever, and far beyond what any machine is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunLimits {
    /// Processor time that one request may take; the most costly takes seconds. Its embedding runs on a thread of its own and does
    /// not count: it is bounded to 128 tokens, some 20 ms.
    pub processor_time: Duration,
    /// Time on the clock that one request may take.
    pub elapsed: Duration,
}

impl RunLimits {
    /// Limits that the bot runs with.
    pub(crate) const FIXED: Self =
        Self { processor_time: Duration::from_secs(60), elapsed: Duration::from_secs(15 * 60) };
}

/// Returns the number of cores that this process may use, as far as the system tells; at least 1.
#[must_use]
pub fn n_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
