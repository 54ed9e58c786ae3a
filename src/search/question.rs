//! Questions: the words, what was talked about before, and how they are understood.

pub(crate) mod answer_type;
pub(crate) mod ellipsis;
pub(crate) mod query;
pub(crate) mod several;
mod spelling;
pub(crate) mod understanding;

use std::sync::Arc;

use super::{EmbeddedText, Hit};
use crate::language::{Language, Languages, List};
use crate::text::{Words, normalise_space};

/// A person's question; never blank.
#[derive(Debug, Clone)]
pub struct Question {
    words: Words<'static>,
    /// Language of the question; `None` where it does not show.
    pub language: Option<Language>,
    /// Ids of the releases that the conversation is about, best first.
    pub context: Vec<String>,
    /// The passages of these that were just shown, best first: a follow-up often asks for more of what was just read.
    pub shown: Vec<Shown>,
    /// Set when it asks for a contact of the release talked about, though its words alone need not say so: “and the number?”
    pub asks_contact_in_hand: bool,
    /// Set when examples of questions for a contact are like it: then it asks for one where it names whose.
    pub may_ask_contact: bool,
    /// Set when a word for a phone number or a mail address stands in it.
    pub names_way: bool,
    /// Set when a word leads over to a topic, as “about” does: then words that the releases lack name another topic, and not the
    /// way in which somebody is to be reached (“who can I interview?”).
    pub names_topic: bool,
    /// Set where slips in small words were corrected, which may have been none.
    pub is_corrected: bool,
    /// Embedding of the text, where it is known; a search computes it otherwise.
    pub embedded: Option<Arc<EmbeddedText>>,
}

/// A passage that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Id of its release.
    pub release: String,
    /// Number of its paragraph, counted from 0.
    pub paragraph: usize,
}

impl Shown {
    /// Takes a passage that is being shown.
    #[must_use]
    pub fn of(hit: &Hit) -> Self {
        Self { release: hit.release.id.clone(), paragraph: hit.paragraph }
    }
}

/// Maximum number of characters; no one asks in more words, and a page pasted by mistake must not cost seconds.
const MAX_LEN: usize = 1_000;

/// Returns the beginning of a text that is read as a question.
pub(super) fn beginning(text: &str) -> &str {
    text.char_indices().nth(MAX_LEN).map_or(text, |(end, _)| &text[..end])
}

impl Question {
    /// Takes a person's text; `None` when there is no letter or digit in it. `corrected` returns a text without its slips.
    pub(super) fn new(text: &str, languages: &Languages, corrected: impl Fn(&str) -> String) -> Option<Self> {
        let text: String = normalise_space(text).chars().take(MAX_LEN).collect();
        let spelt = languages.spelt_out(&languages.written_out(&text));
        let text = corrected(&spelt);
        // An apostrophe makes no other word.
        let is_corrected = text.replace('\'', "") != spelt.replace('\'', "");
        if !text.chars().any(char::is_alphanumeric) {
            return None;
        }
        let language = languages.detect(&text);
        let words = Words::of(languages.with_months_named(&text, language));
        Some(Self {
            words,
            language,
            context: Vec::new(),
            shown: Vec::new(),
            asks_contact_in_hand: false,
            may_ask_contact: false,
            names_way: false,
            names_topic: true,
            is_corrected,
            embedded: None,
        })
    }

    /// Returns the text, white space normalised and shorthand spelt out.
    #[must_use]
    pub fn text(&self) -> &str {
        self.words.text()
    }

    /// Returns the words of the text.
    #[must_use]
    pub fn words(&self) -> &Words<'static> {
        &self.words
    }

    /// Tells whether a word of the text is in a list of its language.
    pub(crate) fn has(&self, languages: &Languages, list: List) -> bool {
        let lexicon = languages.lexicon(self.language);
        self.words.folded().any(|word| lexicon.has(list, word))
    }

    /// Tells whether the text asks anything: small numbers alone, as in “2+2”, are met somewhere by chance; long ones, as in
    /// “3,700”, and shares, as in “90%”, are not.
    pub(crate) fn asks_something(&self) -> bool {
        let is_of_number = |letter: char| letter.is_ascii_digit() || matches!(letter, ',' | '.' | ' ');
        self.text().contains(char::is_alphabetic)
            || self.text().split(|letter| !is_of_number(letter)).any(is_long_number)
            || self.text().contains('%')
    }
}

/// Tells whether a number has four digits, the signs between its thousands aside.
fn is_long_number(text: &str) -> bool {
    let mut groups = text.trim_matches([',', '.', ' ']).split([',', '.', ' ']);
    let first = groups.next().map_or(0, str::len);
    let mut others = groups.peekable();
    first >= 4 || first > 0 && others.peek().is_some() && others.all(|group| group.len() == 3)
}
