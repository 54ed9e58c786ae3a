//! Settings: defaults, overridden by the file, overridden by the environment. All faults are reported at once.

mod telegram;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::{DeTable, DeValue};
use url::Url;

pub use self::telegram::{
    FeedbackChats, JournalLocation, KeptQuestions, Operators, PersonLimit, RateLimit, Reactions, RunLimits, SendLimits,
    Webhook, n_cores,
};
use crate::embedding::{ModelSettings, Pooling, Prefixes};
use crate::files;
use crate::language::Language;
use crate::text::{is_mail_address, is_phone_number, line_number};

/// Settings file of the repository: it holds every setting, and its values are the defaults.
const DEFAULTS: &str = include_str!("../config/pressdesk.toml");
/// Prefix of environment variables that are settings.
const PREFIX: &str = "PRESSDESK_";

/// Values of a setting that lists reactions.
const REACTIONS: &str = "emoji with spaces between them, or empty";

/// Minimum time between two reports to the operators' chat.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// Settings, checked and ready to use.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of the releases.
    pub corpus: PathBuf,
    /// Folder of the bot's sentences.
    pub locales: PathBuf,
    /// Folder of the languages, one file each.
    pub languages: PathBuf,
    /// Files of synonyms, and folders of these.
    pub glossary: Vec<PathBuf>,
    /// File of words that are spelt correctly although no release uses them.
    pub common_words: PathBuf,
    /// File of places.
    pub places: PathBuf,
    /// File of the ranking weights.
    pub ranking: PathBuf,
    /// Folder of the examples of each intent.
    pub intents: PathBuf,
    /// File of help lines.
    pub help_lines: PathBuf,
    /// Embedding model.
    pub model: ModelSettings,
    /// File of the passages' embeddings.
    pub embeddings: PathBuf,
    /// File of typical questions.
    pub questions: PathBuf,
    /// Publisher of the releases.
    pub organisation: Organisation,
    /// Maximum number of passages in an answer.
    pub passages: usize,
    /// Approximate number of characters of each passage.
    pub excerpt_length: usize,
    /// Fallback language; `None` for that of most releases.
    pub language: Option<Language>,
    /// Number of releases on a page.
    pub releases_per_page: usize,
    /// Settings of the bot on Telegram.
    pub telegram: Telegram,
    /// Log filter, in the syntax of `EnvFilter`.
    pub log_filter: String,
    /// Format of log lines.
    pub log_format: LogFormat,
}

/// Publisher of the releases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Organisation {
    /// Full name.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// Full name by language.
    pub names: BTreeMap<Language, String>,
    /// Short name by language.
    pub short_names: BTreeMap<Language, String>,
    /// Its own press desk, if it is set.
    pub contact: Option<OwnContact>,
    /// Set where the name is the default one.
    pub is_default: bool,
}

/// Press desk of the publisher; a number or an address is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnContact {
    /// Name of the person or desk.
    pub name: Option<String>,
    /// Job title.
    pub role: Option<String>,
    /// Phone number with its extension.
    pub phone: Option<String>,
    /// Mail address.
    pub email: Option<String>,
}

impl Organisation {
    /// Returns the full and the short name in a language.
    #[must_use]
    pub fn named_in(&self, language: Language) -> (&str, &str) {
        let name = self.names.get(&language).unwrap_or(&self.name);
        let short_name = self.short_names.get(&language).unwrap_or(&self.short_name);
        (name, short_name)
    }
}

/// Settings of the bot on Telegram.
#[derive(Debug, Clone)]
pub struct Telegram {
    /// Token of the bot, if set.
    pub token: Option<BotToken>,
    /// Server of the Bot API, if it isn't Telegram's own.
    pub api_url: Option<Url>,
    /// Long-poll timeout of getUpdates; whole seconds, at most 50.
    pub poll_timeout: Duration,
    /// Timeout of any other call to Telegram. Fixed; only tests set it.
    pub call_timeout: Duration,
    /// Maximum number of questions that are answered concurrently.
    pub workers: usize,
    /// Location of the journal.
    pub journal: JournalLocation,
    /// Rate limit of a person.
    pub person: PersonLimit,
    /// Rate limits of outgoing messages.
    pub send_limits: SendLimits,
    /// Limits beyond which a thread that computes an answer counts as stuck. Fixed; only tests set them.
    pub run_limits: RunLimits,
    /// Initial delay of an answer on which Telegram has failed repeatedly. It doubles each time, because an error that does not
    /// pass within minutes is caused by the message. Fixed; only tests set it.
    pub postpone_delay: Duration,
    /// Time that an item of an album or a part of a long text waits for the rest. Fixed; only tests set it.
    pub gathering_time: Duration,
    /// Chat that failures are reported to, if any.
    pub operators: Option<Operators>,
    /// Set when questions are answered in chats that the bot is no member of.
    pub guest_mode: bool,
    /// Set when the answer to a search in a group is seen by the person who asked alone.
    pub ephemeral_search: bool,
    /// Chats in which buttons below an answer ask whether it helped.
    pub feedback: FeedbackChats,
    /// Reactions to an answer that say whether it helped, in the same chats.
    pub reactions: Reactions,
    /// File of the questions that are kept.
    pub kept_questions: KeptQuestions,
    /// Webhook that Telegram sends updates to; `None` for polling.
    pub webhook: Option<Webhook>,
    /// Address of the health and metrics endpoint, if enabled.
    pub health: Option<SocketAddr>,
    /// Maximum number of messages of one chat that wait in memory; others wait in the journal.
    pub lane_capacity: usize,
    /// Time for which the subject of a conversation is remembered after its last answer.
    pub memory: Duration,
    /// Time that questions in progress may take after the signal to stop.
    pub drain: Duration,
}

impl Telegram {
    /// Tells whether reactions to answers count.
    #[must_use]
    pub fn counts_reactions(&self) -> bool {
        let Reactions { helped, not_helped } = &self.reactions;
        self.feedback != FeedbackChats::Off && !(helped.is_empty() && not_helped.is_empty())
    }
}

/// Token of a bot; no output shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct BotToken(String);

impl BotToken {
    /// Parses a token as BotFather writes it: digits, a colon, letters.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let (id, secret) = text.trim().split_once(':')?;
        let is_right = !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_digit())
            && !secret.is_empty()
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        is_right.then(|| Self(text.trim().to_owned()))
    }

    /// Returns the bot's id, which is not secret.
    #[must_use]
    pub fn bot(&self) -> &str {
        self.0.split_once(':').map_or("", |(id, _)| id)
    }

    /// Returns the whole token.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BotToken(hidden)")
    }
}

/// Format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Plain text for a terminal.
    Human,
    /// One JSON object a line.
    Json,
}

/// Faults of the settings, each a sentence that says where and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingFaults(pub Vec<String>);

impl fmt::Display for SettingFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for SettingFaults {}

impl Config {
    /// Reads the settings file and the environment, which overrides it.
    ///
    /// `file` is `None` for the defaults alone; `environment` holds names and values, such as `std::env::vars()`.
    ///
    /// # Errors
    ///
    /// Returns all faults at once: unknown names, values of a wrong kind or out of range, an unreadable file.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingFaults> {
        let environment: BTreeMap<String, String> = environment.into_iter().collect();
        let mut settings = RawSettings { values: BTreeMap::new(), faults: Vec::new() };
        settings.apply_file(DEFAULTS, "the defaults", true);
        if let Some(path) = file {
            match files::read_text(path) {
                Ok(text) => settings.apply_file(&text, &path.display().to_string(), false),
                Err(error) => {
                    settings.faults.push(format!("the settings file {} could not be read: {error}", path.display()));
                }
            }
        }
        settings.apply_environment(&environment);

        let config = Self {
            corpus: settings.path("paths.corpus"),
            locales: settings.path("paths.locales"),
            languages: settings.path("paths.languages"),
            glossary: vec![settings.path("paths.glossary")],
            common_words: settings.path("paths.common_words"),
            places: settings.path("paths.places"),
            ranking: settings.path("paths.ranking"),
            intents: settings.path("paths.intents"),
            help_lines: settings.path("paths.help_lines"),
            model: settings.model(),
            embeddings: settings.path("meaning.embeddings"),
            questions: settings.path("meaning.questions"),
            organisation: settings.organisation(),
            passages: settings.number("answers.passages", 1, 10),
            excerpt_length: settings.number("answers.excerpt_length", 100, 1500),
            language: settings.read("conversation.language", "a language code such as en", |code| match code {
                "" => Some(None),
                code => Language::from_code(code).map(Some),
            }),
            releases_per_page: settings.number("conversation.releases_per_page", 1, 20),
            telegram: settings.telegram(&environment),
            log_filter: settings.read("log.filter", "a log filter such as info", |text| {
                tracing_subscriber::EnvFilter::try_new(text).is_ok().then(|| text.to_owned())
            }),
            log_format: settings.read("log.format", "human or json", |text| match text {
                "human" => Some(LogFormat::Human),
                "json" => Some(LogFormat::Json),
                _ => None,
            }),
        };
        if settings.faults.is_empty() { Ok(config) } else { Err(SettingFaults(settings.faults)) }
    }
}

/// Value with its origin.
struct RawSetting {
    text: String,
    is_text: bool,
    set_in: String,
    default: String,
}

/// Settings by `section.key` while they are collected.
struct RawSettings {
    values: BTreeMap<String, RawSetting>,
    faults: Vec<String>,
}

impl RawSettings {
    /// Overrides values by those of a settings file; only the defaults may add names.
    fn apply_file(&mut self, text: &str, name: &str, is_default: bool) {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let line = error.span().map(|span| line_number(text, span.start)).unwrap_or(1);
            self.faults.push(format!("{name}:{line}: {}", error.message().trim()));
        }
        for (section, content) in table.get_ref() {
            let line = line_number(text, section.span().start);
            let DeValue::Table(content) = content.get_ref() else {
                self.faults
                    .push(format!("{name}:{line}: `{}` must be in a section such as [answers]", section.get_ref()));
                continue;
            };
            for (key, value) in content {
                let line = line_number(text, key.span().start);
                let path = format!("{}.{}", section.get_ref(), key.get_ref());
                let (text, is_text) = match value.get_ref() {
                    DeValue::String(text) => (text.to_string(), true),
                    DeValue::Integer(number) => (number.to_string(), false),
                    other => (format!("a {}", other.type_str()), false),
                };
                let set_in = format!("{name}:{line}");
                match self.values.get_mut(&path) {
                    Some(setting) => self.faults.extend(setting.replace(&path, text, is_text, set_in)),
                    None if is_default || translated_setting(&path).is_some() => {
                        let default = if is_default { text.clone() } else { String::new() };
                        self.values.insert(path, RawSetting { text, is_text, set_in, default });
                    }
                    None => {
                        let nearest = self.nearest(&path);
                        self.faults.push(format!("{set_in}: there is no setting `{path}`; did you mean `{nearest}`?"));
                    }
                }
            }
        }
    }

    fn apply_environment(&mut self, environment: &BTreeMap<String, String>) {
        let paths: BTreeMap<String, String> = self
            .values
            .keys()
            .map(|path| (format!("{PREFIX}{}", path.replace('.', "_").to_uppercase()), path.clone()))
            .collect();
        for (name, value) in environment.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
            let (text, set_in) = (value.clone(), format!("the environment variable {name}"));
            let path = name[PREFIX.len()..].to_lowercase().replacen('_', ".", 1);
            if !self.values.contains_key(&path) && translated_setting(&path).is_some() {
                self.values.insert(path, RawSetting { text, is_text: true, set_in, default: String::new() });
                continue;
            }
            match paths.get(name).and_then(|path| self.values.get_mut(path)) {
                Some(setting) => (setting.text, setting.set_in) = (text, set_in),
                None => {
                    let nearest = nearest(name, paths.keys());
                    self.faults
                        .push(format!("the environment variable {name} is not a setting; did you mean {nearest}?"));
                }
            }
        }
    }

    fn nearest(&self, path: &str) -> String {
        nearest(path, self.values.keys())
    }

    /// Parses a setting. A value that `read` rejects is a fault; the default replaces it so that the rest is checked too.
    fn read<T>(&mut self, path: &str, expected: &str, read: impl Fn(&str) -> Option<T>) -> T {
        let setting = self.values.get(path).expect("every setting is in the defaults");
        if let Some(value) = read(&setting.text) {
            return value;
        }
        self.faults.push(format!("{}: `{path}` is {:?}; it must be {expected}", setting.set_in, setting.text));
        read(&setting.default).expect("the defaults are valid, as a test shows")
    }

    fn number(&mut self, path: &str, min: usize, max: usize) -> usize {
        let expected = format!("a whole number from {min} to {max}");
        self.read(path, &expected, |text| text.parse().ok().filter(|number| (min..=max).contains(number)))
    }

    fn switch(&mut self, path: &str) -> bool {
        self.read(path, "on or off", |text| match text {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        })
    }

    fn seconds(&mut self, path: &str, min: usize, max: usize) -> Duration {
        Duration::from_secs(self.number(path, min, max) as u64)
    }

    fn minutes(&mut self, path: &str, min: usize, max: usize) -> Duration {
        Duration::from_secs(60 * self.number(path, min, max) as u64)
    }

    fn text(&mut self, path: &str) -> String {
        self.read(path, "some text", |text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    /// Returns the translations of a text: `name_es` is `name` in Spanish.
    ///
    /// When the text was changed, a default translation belongs to the former text and is left out.
    fn translations(&mut self, path: &str) -> BTreeMap<Language, String> {
        let is_changed = self.is_changed(path);
        let mut translations = BTreeMap::new();
        for (name, setting) in &self.values {
            let Some((_, language)) = translated_setting(name).filter(|(of, _)| *of == path) else { continue };
            let text = setting.text.trim();
            if !setting.is_text {
                self.faults.push(format!("{}: `{name}` is {text:?}; it must be some text", setting.set_in));
            } else if !text.is_empty() && (!is_changed || setting.text != setting.default) {
                translations.insert(language, text.to_owned());
            }
        }
        translations
    }

    fn organisation(&mut self) -> Organisation {
        Organisation {
            is_default: !self.is_changed("organisation.name"),
            name: self.text("organisation.name"),
            short_name: self.text("organisation.short_name"),
            names: self.translations("organisation.name"),
            short_names: self.translations("organisation.short_name"),
            contact: self.contact(),
        }
    }

    /// Returns the organisation's own press desk.
    fn contact(&mut self) -> Option<OwnContact> {
        let trimmed = |text: &str| Some(text.trim().to_owned());
        let mut part = |key: &str, expected: &str, is_right: fn(&str) -> bool| {
            let path = format!("organisation.contact_{key}");
            let text =
                self.read(&path, expected, |text| trimmed(text).filter(|text| text.is_empty() || is_right(text)));
            Some(text).filter(|text| !text.is_empty())
        };
        let contact = OwnContact {
            name: part("name", "some text, or empty", |_| true),
            role: part("role", "some text, or empty", |_| true),
            phone: part("phone", "a phone number such as +503 2521 0500 Ext. 12, or empty", is_phone_number),
            email: part("email", "a mail address such as press@example.org, or empty", is_mail_address),
        };
        if contact == OwnContact::default() {
            return None;
        }
        if contact.phone.is_none() && contact.email.is_none() && self.faults.is_empty() {
            let named = ["organisation.contact_name", "organisation.contact_role"].iter();
            let set_in =
                named.filter(|path| self.is_changed(path)).map(|path| self.values[*path].set_in.clone()).next();
            self.faults.push(format!(
                "{}: the press desk has no number or address; set `organisation.contact_phone` or `organisation.contact_email`",
                set_in.unwrap_or_default()
            ));
        }
        Some(contact)
    }

    fn is_changed(&self, path: &str) -> bool {
        self.values.get(path).is_some_and(|setting| setting.text != setting.default)
    }

    fn verbatim(&mut self, path: &str) -> String {
        self.read(path, "some text", |text| Some(text.to_owned()))
    }

    fn path(&mut self, path: &str) -> PathBuf {
        PathBuf::from(self.text(path))
    }

    fn telegram(&mut self, environment: &BTreeMap<String, String>) -> Telegram {
        Telegram {
            token: self.token(environment),
            api_url: self.api_url(environment),
            poll_timeout: self.seconds("telegram.poll_timeout", 1, 50),
            call_timeout: Duration::from_secs(15),
            run_limits: RunLimits::FIXED,
            postpone_delay: Duration::from_secs(60),
            gathering_time: Duration::from_secs(1),
            workers: match self.number("telegram.workers", 0, 256) {
                0 => n_cores(),
                n => n,
            },
            person: PersonLimit {
                at_once: self.number("limits.person_at_once", 0, 1000) as u32,
                interval: self.seconds("limits.person_interval", 1, 3600),
            },
            send_limits: SendLimits {
                chat: RateLimit { n: self.number("limits.chat_in_3_seconds", 0, 1000), within: Duration::from_secs(3) },
                group: RateLimit { n: self.number("limits.group_a_minute", 0, 1000), within: Duration::from_secs(60) },
                overall: RateLimit {
                    n: self.number("limits.overall_a_second", 0, 1000),
                    within: Duration::from_secs(1),
                },
            },
            operators: self.read("telegram.operators_chat", "the number of a chat, or empty", |text| match text {
                "" => Some(None),
                text => text.parse().ok().map(|chat| Some(Operators { chat, interval: REPORT_INTERVAL })),
            }),
            guest_mode: self.switch("telegram.guest_mode"),
            ephemeral_search: self.switch("telegram.ephemeral_search"),
            feedback: self.read("telegram.feedback", "private, everywhere or off", FeedbackChats::new),
            reactions: self.reactions(),
            kept_questions: KeptQuestions {
                is_on: self.switch("feedback.keep_questions"),
                file: self.path("feedback.file"),
                max_len: 1024 * self.number("feedback.max_size", 16, 1 << 20) as u64,
            },
            webhook: self.webhook(),
            health: self.read("health.listen", "an address such as 127.0.0.1:9464, or empty", |text| {
                if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
            }),
            journal: self.journal(),
            lane_capacity: self.number("telegram.lane_capacity", 1, 1000),
            memory: self.minutes("conversation.memory", 1, 1440),
            drain: self.seconds("telegram.drain", 0, 60),
        }
    }

    fn model(&mut self) -> ModelSettings {
        let expected =
            "the folder of model.onnx and tokenizer.json; GGUF files are no longer read, `make model` makes the folder";
        ModelSettings {
            folder: self.read("meaning.model", expected, |text| {
                Some(PathBuf::from(text.trim()))
                    .filter(|path| !text.trim().is_empty() && path.extension().is_none_or(|end| end != "gguf"))
            }),
            pooling: self.read("meaning.pooling", "mean or first", |text| match text {
                "mean" => Some(Pooling::Mean),
                "first" => Some(Pooling::First),
                _ => None,
            }),
            prefixes: Prefixes {
                query: self.verbatim("meaning.query_prefix"),
                passage: self.verbatim("meaning.passage_prefix"),
            },
            max_tokens: self.number("meaning.max_tokens", 32, 8192),
        }
    }

    fn journal(&mut self) -> JournalLocation {
        let setting = &self.values["journal.database"];
        JournalLocation::new(setting.text.trim()).unwrap_or_else(|| {
            // An address may contain a password, so it isn't repeated.
            self.faults.push(format!(
                "{}: `journal.database` must be the path of a file, or an address such as postgres://user:password@host/database",
                setting.set_in
            ));
            JournalLocation::new(&setting.default).expect("the defaults are valid, as a test shows")
        })
    }

    fn reactions(&mut self) -> Reactions {
        let helped = self.read("feedback.helped_reactions", REACTIONS, Reactions::parse);
        let not_helped: Vec<String> = self.read("feedback.not_helped_reactions", REACTIONS, Reactions::parse);
        if let Some(emoji) = not_helped.iter().find(|emoji| helped.contains(emoji)) {
            self.faults
                .push(format!("{emoji} stands in both feedback.helped_reactions and feedback.not_helped_reactions"));
        }
        Reactions { helped, not_helped }
    }

    fn webhook(&mut self) -> Option<Webhook> {
        let url = self.read("webhook.url", "an address that begins with https, or empty", |text| match text {
            "" => Some(None),
            // Telegram requires https; a self-hosted Bot API server accepts both.
            text => Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http")).map(Some),
        });
        let expected = "an address and port such as 0.0.0.0:8080";
        let listen = self.read("webhook.listen", expected, |text| text.parse().ok());
        url.map(|url| Webhook { url, listen })
    }

    fn token(&mut self, environment: &BTreeMap<String, String>) -> Option<BotToken> {
        let set = |name: &str| environment.get(name).filter(|value| !value.trim().is_empty());
        let (text, set_in) = match (set("TELOXIDE_TOKEN"), set("TELOXIDE_TOKEN_FILE")) {
            (Some(_), Some(_)) => {
                self.faults.push("TELOXIDE_TOKEN and TELOXIDE_TOKEN_FILE are both set; keep one of them".to_owned());
                return None;
            }
            (Some(text), None) => (text.clone(), "TELOXIDE_TOKEN".to_owned()),
            (None, Some(file)) => match files::read_text(Path::new(file)) {
                Ok(text) => (text, format!("the file {file} that TELOXIDE_TOKEN_FILE names")),
                Err(error) => {
                    self.faults
                        .push(format!("the file {file} that TELOXIDE_TOKEN_FILE names could not be read: {error}"));
                    return None;
                }
            },
            (None, None) => return None,
        };
        let token = BotToken::new(&text);
        if token.is_none() {
            self.faults.push(format!("{set_in} holds no token of the form 123456:letters; copy it from @BotFather"));
        }
        token
    }

    fn api_url(&mut self, environment: &BTreeMap<String, String>) -> Option<Url> {
        let text = environment.get("TELOXIDE_API_URL").filter(|value| !value.trim().is_empty())?;
        let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            // An address may contain a password, so it isn't repeated.
            self.faults.push("TELOXIDE_API_URL must be a whole http or https address".to_owned());
        }
        url
    }
}

impl RawSetting {
    /// Sets a new value; returns a fault if its kind differs from the default's.
    fn replace(&mut self, path: &str, text: String, is_text: bool, set_in: String) -> Option<String> {
        if is_text != self.is_text {
            let expected = if self.is_text { "text in quotation marks" } else { "a whole number" };
            return Some(format!("{set_in}: `{path}` is {text:?}; it must be {expected}"));
        }
        self.text = text;
        self.set_in = set_in;
        None
    }
}

/// Returns the known name that is closest to an unknown one.
fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a String>) -> String {
    let similarity = |name: &str| strsim::jaro_winkler(wrong, name);
    names.max_by(|a, b| similarity(a).total_cmp(&similarity(b))).cloned().unwrap_or_default()
}

/// Splits the name of a translated setting into the setting and its language.
fn translated_setting(path: &str) -> Option<(&str, Language)> {
    let (of, code) = path.rsplit_once('_')?;
    let language = Language::from_code(code).filter(|language| language.code() == code)?;
    matches!(of, "organisation.name" | "organisation.short_name").then_some((of, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, SettingFaults> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("pressdesk.toml");
        std::fs::write(&file, text).expect("the file can be written");
        let owned = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(&file), owned)
    }

    #[test]
    fn defaults_are_valid() {
        let config = Config::load(None, []).expect("the defaults have no fault");
        assert_eq!(config.passages, 3);
        assert!(config.telegram.token.is_none());
    }

    #[test]
    fn environment_overrides_the_file() {
        let config = load("[answers]\npassages = 5\nexcerpt_length = 300", &[("PRESSDESK_ANSWERS_PASSAGES", "7")])
            .expect("right");
        assert_eq!((config.passages, config.excerpt_length), (7, 300));
    }

    #[test]
    fn former_model_format_names_its_replacement() {
        let faults = load("[meaning]\nmodel = \"models/e5.gguf\"\npooling = \"max\"", &[]).expect_err("two faults");
        assert_eq!(faults.0.len(), 2, "{faults}");
        assert!(
            faults.0[0].contains("`make model` makes the folder") && faults.0[1].contains("mean or first"),
            "{faults}"
        );
    }

    #[test]
    fn zero_workers_means_one_per_core() {
        assert_eq!(load("", &[]).expect("right").telegram.workers, n_cores());
        assert_eq!(load("[telegram]\nworkers = 5", &[]).expect("right").telegram.workers, 5);
    }

    #[test]
    fn all_faults_are_reported_at_once_with_their_lines() {
        let faults = load(
            "[answers]\npasages = 5\nexcerpt_length = \"long\"\n[log]\nformat = \"xml\"\n",
            &[
                ("PRESSDESK_TELEGRAM_WORKERS", "257"),
                ("PRESSDESK_COLOUR", "red"),
                ("TELOXIDE_TOKEN", "secret"),
                ("TELOXIDE_API_URL", "x"),
            ],
        )
        .expect_err("seven faults");
        let text = faults.to_string();
        assert_eq!(faults.0.len(), 7, "{text}");
        for part in [
            ":2:",
            "answers.passages",
            ":3:",
            ":5:",
            "PRESSDESK_TELEGRAM_WORKERS",
            "PRESSDESK_COLOUR",
            "TELOXIDE_TOKEN",
            "TELOXIDE_API_URL",
        ] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        assert!(!text.contains("secret"), "the token must not be shown:\n{text}");
    }

    #[test]
    fn invalid_journal_address_is_reported_without_its_password() {
        for wrong in
            ["mysql://bob:hidden@host/x", "postgress://bob:hidden@host/x", "postgres://bob:hid/den@host:x/y", " "]
        {
            let faults = load("", &[("PRESSDESK_JOURNAL_DATABASE", wrong)]).expect_err("one fault");
            assert_eq!(faults.0.len(), 1, "{faults}");
            assert!(faults.0[0].contains("journal.database") && !faults.0[0].contains("hid"), "{faults}");
        }
        for right in ["data/journal.db", "postgres://bob:hidden@host/x", "postgresql:///x?host=/run/postgresql"] {
            load("", &[("PRESSDESK_JOURNAL_DATABASE", right)]).expect("right");
        }
    }

    #[test]
    fn reactions_are_emoji_of_one_kind_each() {
        for (wrong, part) in [
            (r#"helped_reactions = "👍, ❤""#, "helped_reactions"),
            (r#"helped_reactions = "👍 ok""#, "helped_reactions"),
            ("helped_reactions = \"👍 👎\"\nnot_helped_reactions = \"👎\"", "👎 stands in both"),
        ] {
            let faults = load(&format!("[feedback]\n{wrong}"), &[]).expect_err("one fault");
            assert!(faults.0.len() == 1 && faults.0[0].contains(part), "{faults}");
        }
        load("[feedback]\nhelped_reactions = \"\"\nnot_helped_reactions = \"👎 💔\"", &[]).expect("right");
    }

    #[test]
    fn organisation_name_is_translated_or_falls_back() {
        let french = Language::FRENCH;
        let shipped = Config::load(None, []).expect("right").organisation;
        assert_eq!(shipped.named_in(Language::SPANISH).1, "OIM");
        assert_eq!(shipped.named_in(french), shipped.named_in(Language::ENGLISH));
        let other = "[organisation]\nname = \"Press Club\"\nname_fr = \"Club de la presse\"\nshort_name = \"PC\"";
        let other = load(other, &[("PRESSDESK_ORGANISATION_SHORT_NAME_FR", "CP")]).expect("right").organisation;
        assert_eq!(other.named_in(french), ("Club de la presse", "CP"));
        // The default Spanish name belongs to the default organisation.
        assert_eq!(other.named_in(Language::SPANISH), ("Press Club", "PC"));
        let faults = load("[organisation]\nname_fr = 1\nname_french = \"x\"", &[]).expect_err("two faults");
        assert_eq!(faults.0.len(), 2, "{faults}");
    }

    #[test]
    fn press_desk_needs_a_right_number_or_address() {
        assert_eq!(load("", &[]).expect("right").organisation.contact, None);
        let set = "[organisation]\ncontact_name = \"Ana\"\ncontact_phone = \"+503 2521 0500 Ext. 12\"";
        let contact = load(set, &[]).expect("right").organisation.contact.expect("a contact");
        assert_eq!((contact.name.as_deref(), contact.email), (Some("Ana"), None));
        for (wrong, part) in [
            ("[organisation]\ncontact_phone = \"call us\"", ":2: `organisation.contact_phone`"),
            ("[organisation]\ncontact_email = \"press at iom\"", ":2: `organisation.contact_email`"),
            ("[organisation]\ncontact_role = \"Head\"", ":2: the press desk has no number or address"),
        ] {
            let faults = load(wrong, &[]).expect_err("one fault");
            assert!(faults.0.len() == 1 && faults.0[0].contains(part), "{faults}");
        }
    }

    #[test]
    fn token_file_may_end_in_a_line_break() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("token");
        std::fs::write(&file, "123:abc\n").expect("the file can be written");
        let config = load("", &[("TELOXIDE_TOKEN_FILE", file.to_str().expect("UTF-8"))]).expect("right");
        let token = config.telegram.token.expect("a token");
        assert_eq!(token.secret(), "123:abc");
        assert_eq!(format!("{token:?}"), "BotToken(hidden)");
    }
}
