//! What came in, free of where it came from.

use super::deep_link::{self, DeepLink};

/// Request of a person, parsed from a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A question in free text, possibly blank.
    Ask(String),
    /// `/start`: who are you? What was talked about is forgotten.
    Start,
    /// `/help`: what can I do here?
    Help,
    /// `/search words`: the same as free text, for groups.
    Search(String),
    /// `/releases [words] [#page]`: all releases, or those of a date, topic or language, a page at a time.
    Releases {
        /// The date, topic or language; empty for all.
        words: String,
        /// The page, counted from 1.
        page: usize,
    },
    /// `/release id [page]`: one release word for word.
    Release {
        /// The release's id, file name, link, or number in the list of all.
        id: String,
        /// The page, counted from 1.
        page: usize,
    },
    /// `/more [id] [paragraphs]`: passages of a release, word for word; without an id, others than those last shown.
    Passages {
        /// The release's id, file name, link, or number in the list of all; empty for the one last shown.
        id: String,
        /// The paragraphs, counted from 0.
        paragraphs: Vec<usize>,
    },
    /// `/contacts [words] [#page]`: whom to ask, by name, about a topic or about all.
    Contacts {
        /// The name, the topic or the id of a release; empty for all.
        words: String,
        /// The page, counted from 1.
        page: usize,
    },
    /// `/language [code or name]`: the language of replies.
    Language(String),
    /// `/reset`: let us talk about something else.
    Reset,
    /// `/privacy`: what is kept.
    Privacy,
    /// A command that isn't one of ours.
    UnknownCommand {
        /// Its name, without the slash.
        name: String,
        /// What stands behind it.
        rest: String,
    },
    /// Something that holds no text: a sticker, a voice message.
    NotText,
}

/// Maximum length of what stands for “number” before one, in characters.
const MAX_SIGN_LEN: usize = 4;

/// The commands in the order of the menu; each has its description in `config/locales/` as `menu-<command>`.
pub const COMMANDS: [&str; 9] =
    ["search", "releases", "release", "contacts", "language", "reset", "help", "privacy", "start"];

impl Request {
    /// Returns the page that is asked for, counted from 1.
    #[must_use]
    pub fn page(&self) -> usize {
        match self {
            Self::Releases { page, .. } | Self::Release { page, .. } | Self::Contacts { page, .. } => *page,
            _ => 1,
        }
    }

    /// Returns the request for another page of the same.
    #[must_use]
    pub fn at_page(&self, number: usize) -> Self {
        let mut request = self.clone();
        if let Self::Releases { page, .. } | Self::Release { page, .. } | Self::Contacts { page, .. } = &mut request {
            *page = number;
        }
        request
    }

    /// Reads a line of text: a command when it begins with a slash and a letter, else a question.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let trimmed = text.trim();
        match trimmed.strip_prefix('/') {
            Some(command) if command.starts_with(|letter: char| letter.is_ascii_alphabetic()) => {
                let end = command.find(|letter: char| !is_command_letter(letter)).unwrap_or(command.len());
                let (name, rest) = command.split_at(end);
                // `/path/to` and `/x@bot` are no commands of ours; the second is Telegram's to take apart.
                if rest.chars().next().is_none_or(char::is_whitespace) {
                    Self::command(name, rest)
                } else {
                    Self::Ask(trimmed.to_owned())
                }
            }
            _ => Self::Ask(trimmed.to_owned()),
        }
    }

    /// Reads a command by its name (without slash, any case) and what stands behind it.
    #[must_use]
    pub fn command(name: &str, rest: &str) -> Self {
        let rest = rest.trim();
        match name.to_ascii_lowercase().as_str() {
            // What is none of our parameters, or damaged, changes nothing.
            "start" => match deep_link::read(rest) {
                Some(DeepLink::Release(id)) => Self::Release { id, page: 1 },
                Some(DeepLink::Question(text)) => Self::Ask(text),
                None => Self::Start,
            },
            "help" => Self::Help,
            "search" => Self::Search(rest.to_owned()),
            "releases" => {
                let (words, page) = if is_year(rest) { (rest, 1) } else { words_and_page(rest) };
                Self::Releases { words: words.to_owned(), page }
            }
            "release" => match rest.rsplit_once(char::is_whitespace) {
                Some((id, number))
                    if page_number(number).is_some() && !is_year(number) && number_in_list(rest).is_none() =>
                {
                    Self::Release { id: id.trim_end().to_owned(), page: page(number) }
                }
                _ => Self::Release { id: rest.to_owned(), page: 1 },
            },
            "more" => {
                let mut words = rest.split_whitespace();
                let id = words.next().unwrap_or_default().to_owned();
                let numbers = words.flat_map(|word| word.split(','));
                Self::Passages { id, paragraphs: numbers.filter_map(|number| number.parse().ok()).collect() }
            }
            "contacts" | "contact" => {
                let (words, page) = words_and_page(rest);
                Self::Contacts { words: words.to_owned(), page }
            }
            "language" => Self::Language(rest.to_lowercase()),
            "reset" => Self::Reset,
            "privacy" => Self::Privacy,
            _ => Self::UnknownCommand { name: name.to_owned(), rest: rest.to_owned() },
        }
    }

    /// Writes the request as a command line that [`Request::parse`] reads back: what a button carries.
    ///
    /// At most 64 bytes for every request that a [`Choice`](super::Choice) offers, because ids have at most 48.
    #[must_use]
    pub fn to_command(&self) -> String {
        match self {
            Self::Ask(text) => text.clone(),
            Self::Start => "/start".to_owned(),
            Self::Help => "/help".to_owned(),
            Self::Search(words) => with("search", words),
            Self::Releases { words, page } => with_page("releases", words, *page),
            Self::Release { id, page: 1 } => with("release", id),
            Self::Release { id, page } => format!("/release {id} {page}"),
            Self::Passages { id, paragraphs } => {
                let numbers = paragraphs.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
                with("more", format!("{id} {numbers}").trim())
            }
            Self::Contacts { words, page } => with_page("contacts", words, *page),
            Self::Language(code) => with("language", code),
            Self::Reset => "/reset".to_owned(),
            Self::Privacy => "/privacy".to_owned(),
            Self::UnknownCommand { name, rest } => with(name, rest),
            Self::NotText => String::new(),
        }
    }
}

/// Returns the number of a release in the list of all that a text names: “2”, “#2”, “no. 2”, “n.º 2”.
pub(super) fn number_in_list(text: &str) -> Option<usize> {
    let number = |digits: &str| digits.parse::<usize>().ok();
    let is_sign = |before: &str| before.ends_with(['.', 'º', '°']) && before.chars().count() <= MAX_SIGN_LEN;
    match text.rsplit_once(char::is_whitespace) {
        None => number(text.strip_prefix('#').unwrap_or(text)),
        Some((before, digits)) => number(digits).filter(|_| before == "#" || is_sign(before)),
    }
}

/// Paging: a page of a list or of a release, and the pages beside it.
impl Request {
    /// Tells whether two requests are for pages of one list or release.
    #[must_use]
    pub fn is_page_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Releases { words, .. }, Self::Releases { words: others, .. })
            | (Self::Contacts { words, .. }, Self::Contacts { words: others, .. })
            | (Self::Release { id: words, .. }, Self::Release { id: others, .. }) => words == others,
            _ => false,
        }
    }

    /// Writes a request for a page as a command line that names the page, also the first: what a button carries that turns the
    /// page, to be told from one that opens a list or a release. `None` for a request without pages.
    #[must_use]
    pub fn to_page_command(&self) -> Option<String> {
        let first = |name: &str, words: &str| Some(format!("{} #1", with(name, words)));
        match self {
            Self::Releases { words, page: 1 } => first("releases", words),
            Self::Contacts { words, page: 1 } => first("contacts", words),
            Self::Release { id, page: 1 } => Some(format!("/release {id} 1")),
            Self::Releases { .. } | Self::Contacts { .. } | Self::Release { .. } => Some(self.to_command()),
            _ => None,
        }
    }

    /// Tells whether a command line is one that turns the page.
    #[must_use]
    pub fn turns_page(command: &str) -> bool {
        Self::parse(command).to_page_command().is_some_and(|page| page == command)
    }
}

/// Writes a command with what stands behind it.
fn with(name: &str, rest: &str) -> String {
    if rest.is_empty() { format!("/{name}") } else { format!("/{name} {rest}") }
}

/// Writes a command with words and a page, as [`words_and_page`] reads them.
fn with_page(name: &str, words: &str, page: usize) -> String {
    match (words, page) {
        ("", 1) => with(name, ""),
        // A four-digit number alone would be read as a year.
        ("", page) if is_year(&page.to_string()) => format!("/{name} #{page}"),
        ("", page) => format!("/{name} {page}"),
        // A number alone would be read as a page.
        (words, 1) if page_number(words).is_none() || name == "releases" && is_year(words) => with(name, words),
        (words, page) => format!("/{name} {words} #{page}"),
    }
}

/// Reads what stands behind a command: words with `#2` behind them, or `2` alone, are their second page.
fn words_and_page(rest: &str) -> (&str, usize) {
    let (words, number) = rest.rsplit_once('#').unwrap_or(("", rest));
    match page_number(number) {
        Some(page) if words.is_empty() || words.ends_with(char::is_whitespace) => (words.trim(), page),
        _ => (rest, 1),
    }
}

/// Tells whether a number is a year rather than a page.
fn is_year(text: &str) -> bool {
    text.len() == 4 && text.parse().is_ok_and(|year: u16| (1900..2100).contains(&year))
}

fn is_command_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Reads a page number of at most five digits; a longer one is a telephone number.
fn page_number(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| page(text))
}

/// Reads a page number; what is none is the first page.
fn page(text: &str) -> usize {
    text.trim().parse().ok().filter(|page| *page > 0).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_in_any_case_and_before_any_white_space() {
        let search = Request::Search("tb in Kenya".to_owned());
        for text in ["/search tb in Kenya", "/Search\ntb in Kenya", "  /SEARCH\u{a0}tb in Kenya  "] {
            assert_eq!(Request::parse(text), search, "{text:?}");
        }
        let releases = |words: &str, page| Request::Releases { words: words.to_owned(), page };
        assert_eq!(Request::parse("/releases 2"), releases("", 2));
        assert_eq!(Request::parse("/releases -1"), releases("", 1));
        assert_eq!(Request::parse("/releases 2019"), releases("2019", 1));
        assert_eq!(Request::parse("/releases march 2019"), releases("march 2019", 1));
        assert_eq!(Request::parse("/releases health #2"), releases("health", 2));
        for page in ["0", "-1", "1"] {
            let contacts = Request::Contacts { words: String::new(), page: 1 };
            assert_eq!(Request::parse(&format!("/contacts {page}")), contacts, "{page}");
        }
        assert_eq!(Request::parse("/ what"), Request::Ask("/ what".to_owned()));
        for words in ["+503 2521-0500 Ext. 540", "25210500", "children #tb", "c#2"] {
            assert_eq!(
                Request::parse(&format!("/contacts {words}")),
                Request::Contacts { words: words.to_owned(), page: 1 },
                "{words}"
            );
        }
        assert_eq!(Request::parse("/etc/passwd"), Request::Ask("/etc/passwd".to_owned()));
        let unknown = Request::UnknownCommand { name: "weather".to_owned(), rest: "in Kenya".to_owned() };
        assert_eq!(Request::parse("/weather in Kenya"), unknown);
        for (line, id, page) in [
            ("window 2", "window", 2),
            ("window opens", "window opens", 1),
            ("2", "2", 1),
            ("migrants 2019", "migrants 2019", 1),
        ] {
            assert_eq!(
                Request::parse(&format!("/release {line}")),
                Request::Release { id: id.to_owned(), page },
                "{line}"
            );
        }
    }

    #[test]
    fn what_a_button_carries_is_read_back() {
        for request in [
            Request::Releases { words: String::new(), page: 1 },
            Request::Releases { words: String::new(), page: 3 },
            Request::Releases { words: String::new(), page: 2019 },
            Request::Releases { words: "2019".to_owned(), page: 1 },
            Request::Releases { words: "2019".to_owned(), page: 2 },
            Request::Releases { words: "3".to_owned(), page: 1 },
            Request::Releases { words: "22/03/2019".to_owned(), page: 2 },
            Request::Releases { words: "latest health".to_owned(), page: 1 },
            Request::Release { id: "migrant-window".to_owned(), page: 1 },
            Request::Release { id: "migrant-window".to_owned(), page: 2 },
            Request::Passages { id: String::new(), paragraphs: Vec::new() },
            Request::Passages { id: "migrant-window.en".to_owned(), paragraphs: vec![0, 12] },
            Request::Language("es".to_owned()),
            Request::Contacts { words: String::new(), page: 1 },
            Request::Contacts { words: String::new(), page: 2 },
            Request::Contacts { words: "maria".to_owned(), page: 1 },
            Request::Contacts { words: "maria lopez".to_owned(), page: 12 },
            Request::Contacts { words: "112".to_owned(), page: 1 },
            Request::Contacts { words: "press@example.org".to_owned(), page: 2 },
        ] {
            assert_eq!(Request::parse(&request.to_command()), request);
            if let Some(command) = request.to_page_command() {
                assert_eq!(Request::parse(&command), request, "{command}");
                assert!(Request::turns_page(&command), "{command}");
            }
        }
    }

    #[test]
    fn release_is_named_by_its_number() {
        for (text, number) in [("2", 2), ("#2", 2), ("# 2", 2), ("no. 2", 2), ("n.º 12", 12), ("nº 3", 3)] {
            assert_eq!(number_in_list(text), Some(number), "{text}");
            let expected = Request::Release { id: text.to_owned(), page: 1 };
            assert_eq!(Request::parse(&format!("/release {text}")), expected, "{text}");
        }
        for text in ["foo.3", "v1.2", "22.03.2", "window 2", "right-to-health. 2", "no.", "#", "", "２"] {
            assert_eq!(number_in_list(text), None, "{text}");
        }
        let page = Request::Release { id: "migrant-window".to_owned(), page: 2 };
        assert_eq!(Request::parse("/release migrant-window 2"), page);
    }

    #[test]
    fn button_that_turns_the_page_names_it() {
        for turns in ["/releases 2", "/releases #1", "/releases health #1", "/release migrant-window 1", "/contacts #1"]
        {
            assert!(Request::turns_page(turns), "{turns}");
        }
        for opens in
            ["/releases", "/releases health", "/release migrant-window", "/contacts", "/contacts maria", "/help"]
        {
            assert!(!Request::turns_page(opens), "{opens}");
        }
    }
}
