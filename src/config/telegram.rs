//! Settings of the bot on Telegram: plain values.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// Location of the journal.
#[derive(Clone, PartialEq, Eq)]
pub enum JournalLocation {
    /// SQLite file; a missing folder is created.
    File(PathBuf),
    /// Address of a PostgreSQL database. It may contain a password, so no output shows it.
    Postgres(String),
}

impl JournalLocation {
    /// Parses a setting: an address of PostgreSQL, or the path of a file. `None` for any other address.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Url::parse(text).ok().map(|_| Self::Postgres(text.to_owned())),
            // A typo in the scheme must not turn an address with its password into a file name.
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
    /// Burst: number of questions at once; 0 means no limit.
    pub at_once: u32,
    /// Time after which one more may be asked.
    pub interval: Duration,
}

/// Rate limit: a number of events within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Maximum number; 0 means no limit.
    pub n: usize,
    /// Period.
    pub within: Duration,
}

/// Rate limits of outgoing messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendLimits {
    /// Limit of a chat.
    pub chat: RateLimit,
    /// Limit of a group, in addition to that of a chat.
    pub group: RateLimit,
    /// Limit over all chats.
    pub overall: RateLimit,
}

/// Chats in which buttons below an answer ask whether it helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackChats {
    /// Private chats.
    Private,
    /// Private chats and groups.
    Everywhere,
    /// None.
    Off,
}

impl FeedbackChats {
    /// Parses a setting.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        match text {
            "private" => Some(Self::Private),
            "everywhere" => Some(Self::Everywhere),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// Reactions to an answer that say whether it helped: emoji, without variation selectors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reactions {
    /// Reactions that say that it helped.
    pub helped: Vec<String>,
    /// Reactions that say that it did not.
    pub not_helped: Vec<String>,
}

impl Reactions {
    /// Parses a setting: emoji with spaces between them, or nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Vec<String>> {
        let is_emoji = |word: &str| !word.is_empty() && !word.chars().any(|c| c.is_ascii() || c.is_alphanumeric());
        let words: Vec<String> = text.split_whitespace().map(Self::plain).collect();
        words.iter().all(|word| is_emoji(word)).then_some(words)
    }

    /// Returns an emoji without variation selectors, which Telegram leaves out and keyboards add.
    #[must_use]
    pub fn plain(emoji: &str) -> String {
        emoji.replace('\u{fe0f}', "")
    }
}

/// File of the questions that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptQuestions {
    /// Set when questions are kept.
    pub is_on: bool,
    /// Path of the file; a missing folder is created.
    pub file: PathBuf,
    /// Maximum size in bytes.
    pub max_len: u64,
}

/// Webhook that Telegram sends updates to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Public address that Telegram sends updates to: https.
    pub url: Url,
    /// Local address to listen on, behind the proxy that terminates TLS.
    pub listen: SocketAddr,
}

/// Chat of the operators, for reports of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operators {
    /// Id of the chat.
    pub chat: i64,
    /// Minimum time between two reports. Fixed; only tests set it.
    pub interval: Duration,
}

/// Limits beyond which a thread counts as stuck.
///
/// Processor time distinguishes an endless loop from a request that waits on a busy machine. Elapsed time catches a thread that
/// waits forever; it is far beyond any scheduling delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunLimits {
    /// Maximum processor time of one request; the most costly takes seconds. Its embedding runs on another thread and does not
    /// count: it is bounded to 128 tokens, some 20 ms.
    pub processor_time: Duration,
    /// Maximum elapsed time of one request.
    pub elapsed: Duration,
}

impl RunLimits {
    /// Limits of the running bot.
    pub(crate) const FIXED: Self =
        Self { processor_time: Duration::from_secs(60), elapsed: Duration::from_secs(15 * 60) };
}

/// Returns the number of cores available to this process; at least 1.
#[must_use]
pub fn n_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
