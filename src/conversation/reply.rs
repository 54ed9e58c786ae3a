//! What goes out, free of how a surface marks it up.

use url::Url;

use super::Request;
use crate::desk::Outcome;
use crate::language::Language;
use crate::search::Shown;

/// A whole reply: blocks of styled text, choices to tap, and what to remember.
///
/// Every reply has at least one block with a visible character.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The language of the sentences around the quotations.
    pub language: Language,
    /// The text from top to bottom, a blank line between blocks.
    pub blocks: Vec<Block>,
    /// Choices to tap below it, in reading order.
    pub choices: Vec<Choice>,
    /// Telephone numbers and e-mail addresses in the text that a tap copies, where a surface can do so; 1 to 256 characters each.
    pub copies: Vec<Copyable>,
    /// The context of the next request in this conversation.
    pub context: Context,
    /// Outcome of a question; `None` for a command that asks nothing.
    pub outcome: Option<Outcome>,
}

impl Reply {
    /// Returns the text without styles, with the separators between blocks.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (at, block) in self.blocks.iter().enumerate() {
            if let Some(above) = at.checked_sub(1).and_then(|above| self.blocks.get(above)) {
                text.push_str(above.separator(block));
            }
            text.push_str(&block.text());
        }
        text
    }
}

/// Page of something longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageShown {
    /// Request that shows it.
    pub request: Request,
    /// Number of pages.
    pub n_pages: usize,
}

/// State of a conversation: what it is about, and of what the person wrote no more than the question asked last and the words by which
/// releases were listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The language the person chose with `/language` or asked for by its name.
    pub chosen_language: Option<Language>,
    /// The language of the person's client, where the surface knows it.
    pub client_language: Option<Language>,
    /// Ids of the releases last shown, best first.
    pub releases: Vec<String>,
    /// The passages of these that were quoted or offered, best first.
    pub shown: Vec<Shown>,
    /// Requests for those that were only offered, one for each release, best first.
    pub more: Vec<Request>,
    /// The language of quotations that the person was last told of, because it is not theirs.
    pub told_language: Option<Language>,
    /// The language that the person last wrote in, as far as it showed.
    pub written_language: Option<Language>,
    /// Names of the releases of the list shown last, in its order; none where passages, a release or contacts were shown since.
    pub listed: Vec<String>,
    /// The question asked last, with what the one before it added; none where it was half of one all the same.
    pub asked: Option<String>,
    /// Page of a list or of a release that was shown last; none where anything else was shown since.
    pub page: Option<PageShown>,
}

impl Context {
    /// Turns to releases that were shown elsewhere, or before a restart.
    pub fn turn_to(&mut self, releases: Vec<String>) {
        (self.releases, self.shown, self.listed) = (releases, Vec::new(), Vec::new());
        (self.asked, self.page) = (None, None);
    }
}

/// A block of a reply; a surface sets blocks apart by their [separator](Block::separator).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Lines of the bot's own sentences; spans may hold line breaks.
    Text(Vec<Span>),
    /// Words of a release, quoted; a surface may fold a long one.
    Quote(Vec<Span>),
    /// A paragraph of a release that is read whole, quoted and never folded.
    Paragraph(Vec<Span>),
}

/// A run of text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Style of the text.
    pub style: Style,
}

/// Style of a run of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// Emphasised: titles, and the words of a quotation that match.
    Strong,
    /// Less prominent: remarks.
    Faint,
    /// To be copied as it stands: an id.
    Code,
    /// Emphasised, and leads to an address.
    Link(Url),
}

/// Something to tap instead of typing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Label, 1 to 64 characters.
    pub label: String,
    /// Request that a tap makes; its command form has at most 64 bytes.
    pub request: Request,
}

/// A text to copy by a tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copyable {
    /// Label, 1 to 64 characters.
    pub label: String,
    /// The text that is copied.
    pub text: String,
}

impl Span {
    /// Makes a run of plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::Plain }
    }

    /// Makes a run in a style.
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

impl Block {
    /// Returns the runs of the block.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        match self {
            Self::Text(spans) | Self::Quote(spans) | Self::Paragraph(spans) => spans,
        }
    }

    /// Tells whether the block holds words of a release.
    #[must_use]
    pub fn is_quotation(&self) -> bool {
        matches!(self, Self::Quote(_) | Self::Paragraph(_))
    }

    /// Returns what stands between this block and the one below it: a blank line, except between a quotation, which is set apart
    /// by itself, and a text.
    #[must_use]
    pub fn separator(&self, below: &Self) -> &'static str {
        if self.is_quotation() && !below.is_quotation() { "\n" } else { "\n\n" }
    }

    /// Returns the text of the block without styles.
    #[must_use]
    pub fn text(&self) -> String {
        self.spans().iter().map(|span| span.text.as_str()).collect()
    }
}
