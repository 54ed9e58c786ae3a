//! Draws questions to the real releases with the program's answers, as on a phone: `docs/conversation.svg`, three in one
//! conversation, and `docs/answers.svg`, ten on their own.
//!
//! `make picture` runs it. The pictures are golden files: the tests below compare them with current replies. Lines are broken here
//! and bear their length, so that they look alike in any font.

use std::fmt::Write as _;
use std::fs;

use anyhow::Context as _;
use pressdesk::config::Config;
use pressdesk::conversation::{Block, Context, Conversation, Reply, Request, Span, Style};
use pressdesk::feedback::AnsweredQuestion;
use pressdesk::language::Language;
use pressdesk::setup;
use pressdesk::telegram::delivery::layout::{Outgoing, ask_for_rating, messages};
use teloxide::types::MessageEntityKind;
use unicode_normalization::UnicodeNormalization;

/// Paths of the pictures.
const CONVERSATION: &str = "docs/conversation.svg";
const ANSWERS: &str = "docs/answers.svg";

/// A mistyped question, one in Spanish, and one that the releases do not answer.
const QUESTIONS: [&str; 3] = [
    "who gave teh furnitur and computrs?",
    "¿Cuántas adopciones fraudulentas se reportaron?",
    "How do I renew my passport?",
];

/// Questions of `tests/questions/everyday.jsonl`, and two for a contact.
const EVERYDAY: [&str; 10] = [
    "how many adoptions turned out to be fraud?",
    "¿quién puso los muebles y las compus?",
    "which ambassador sat at the table?",
    "¿cuántos niños regresaron a La Unión en 2015?",
    "phone number about the women's guidelines",
    "¿dónde abren la segunda ventanilla?",
    "which offices helped to set up the window?",
    "¿cómo confirman que alguien tiene TB?",
    "how do I learn to play the guitar at home",
    "correo de prensa",
];

/// Number of columns of answers on their own.
const N_COLUMNS: usize = 2;

/// Maximum number of letters on a line of a phone, as in the evaluation.
const LINE_LETTERS: usize = 38;

/// Number of lines of a folded quotation.
const N_FOLDED_LINES: usize = 3;

/// Width of a conversation; all lengths are in CSS pixels.
const WIDTH: f32 = 420.0;
const MARGIN: f32 = 10.0;
const HEADER: f32 = 56.0;
/// Maximum width of a bubble.
const BUBBLE: f32 = 368.0;
const PADDING: f32 = 12.0;
/// Indent of a quotation.
const INDENT: f32 = 11.0;
const LINE: f32 = 20.0;
/// Space between blocks of a reply.
const GAP: f32 = 9.0;
const BUTTON: f32 = 36.0;
const FONT_SIZE: f32 = 15.0;

/// Widths of the characters from space to tilde, in thousandths of the font size, from Adobe's metrics of Helvetica, which equal
/// those of Arial and Liberation Sans.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

const STYLES: &str = "\
text { font: 15px Helvetica, Arial, 'Liberation Sans', sans-serif; fill: #0f1419; }
.strong { font-weight: bold; }
.faint { fill: #5f6b76; }
.code { font: 14px Menlo, Consolas, 'Liberation Mono', monospace; fill: #1a5f9e; }
.link { font-weight: bold; fill: #1a5f9e; }
.button { fill: #14507f; text-anchor: middle; }
";

fn main() -> anyhow::Result<()> {
    let conversation = conversation()?;
    for (path, picture) in [(CONVERSATION, draw(&conversation)), (ANSWERS, draw_answers(&conversation))] {
        fs::write(path, picture).with_context(|| format!("could not write {path}"))?;
    }
    Ok(())
}

/// Opens the conversation over the releases of this repository, with the default settings.
fn conversation() -> anyhow::Result<Conversation> {
    let config = Config::load(None, [])?;
    setup::open_keyword_only(&config, setup::read_corpus(&config, None)?.0)
}

/// Asks the questions and draws the conversation as SVG.
fn draw(conversation: &Conversation) -> String {
    let mut canvas = Canvas { svg: String::new(), bottom: HEADER + MARGIN };
    let mut context = Context::default();
    for question in QUESTIONS {
        context = canvas.draw_turn(conversation, question, &context);
    }
    let name = escape(&conversation.profile(Language::ENGLISH).name);
    let height = canvas.bottom;
    let middle = WIDTH / 2.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
         <title>A conversation with pressdesk</title>\n\
         <style>\n{STYLES}</style>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"12\" fill=\"#c9dde8\"/>\n\
         <path d=\"M0 {HEADER}V12a12 12 0 0 1 12-12H{right}a12 12 0 0 1 12 12V{HEADER}z\" fill=\"#fff\"/>\n\
         <text x=\"{middle}\" y=\"25\" text-anchor=\"middle\" class=\"strong\">{name}</text>\n\
         <text x=\"{middle}\" y=\"44\" text-anchor=\"middle\" class=\"faint\" style=\"font-size: 13px\">bot</text>\n\
         {svg}</svg>\n",
        right = WIDTH - 12.0,
        svg = canvas.svg,
    )
}

/// Asks questions that have nothing to do with each other, and draws them in columns as SVG.
fn draw_answers(conversation: &Conversation) -> String {
    let mut columns = [MARGIN; N_COLUMNS];
    let mut svg = String::new();
    for question in EVERYDAY {
        let mut canvas = Canvas { svg: String::new(), bottom: MARGIN };
        canvas.draw_turn(conversation, question, &Context::default());
        let shortest = (0..N_COLUMNS).reduce(|a, b| if columns[b] < columns[a] { b } else { a }).unwrap_or(0);
        let (x, y) = (MARGIN + shortest as f32 * (WIDTH + MARGIN), columns[shortest]);
        let height = canvas.bottom;
        let _ = write!(
            svg,
            "<g transform=\"translate({x} {y})\">\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"12\" fill=\"#c9dde8\"/>\n{}</g>\n",
            canvas.svg
        );
        columns[shortest] += height + MARGIN;
    }
    let (width, height) = (MARGIN + N_COLUMNS as f32 * (WIDTH + MARGIN), columns.into_iter().fold(0.0, f32::max));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>Ten questions with their answers</title>\n\
         <style>\n{STYLES}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"12\" fill=\"#fff\"/>\n\
         {svg}</svg>\n"
    )
}

/// Picture that grows downwards.
struct Canvas {
    svg: String,
    bottom: f32,
}

/// Line of text that fits a width.
#[derive(Default)]
struct Line {
    runs: Vec<Span>,
    width: f32,
    n_letters: usize,
}

/// Block of a reply, broken into lines.
struct DrawnBlock {
    is_quote: bool,
    is_folded: bool,
    lines: Vec<Line>,
}

impl Canvas {
    /// Draws a question and the reply to it; returns the context after it.
    fn draw_turn(&mut self, conversation: &Conversation, question: &str, context: &Context) -> Context {
        self.draw_question(question);
        let request = Request::parse(question);
        let turn = conversation.turn(&request, context);
        let mut messages = messages(&turn.reply);
        if let Some(answered) = AnsweredQuestion::of(&request, &turn, 0) {
            ask_for_rating(&mut messages, answered.rating);
        }
        self.draw_reply(&turn.reply, &messages);
        turn.reply.context
    }

    /// Draws the message of a user, on the right.
    fn draw_question(&mut self, text: &str) {
        let lines = wrap(&[Span::plain(text)], BUBBLE - 2.0 * PADDING);
        let width = widest(&lines) + 2.0 * PADDING;
        let height = lines.len() as f32 * LINE + 2.0 * GAP;
        let x = WIDTH - MARGIN - width;
        self.draw_box(x, width, height, 14.0, "#dcf5c8");
        self.bottom += GAP;
        self.draw_lines(x + PADDING, &lines);
        self.bottom += GAP + MARGIN;
    }

    /// Draws a reply of the bot, on the left: a bubble with its buttons below.
    fn draw_reply(&mut self, reply: &Reply, messages: &[Outgoing]) {
        let blocks = drawn_blocks(reply, messages);
        let heights = blocks.iter().map(|block| block_height(block.is_quote, &block.lines));
        let height = heights.sum::<f32>() + GAP * (blocks.len() + 1) as f32;
        self.draw_box(MARGIN, BUBBLE, height, 14.0, "#fff");
        for block in &blocks {
            self.bottom += GAP;
            if block.is_quote {
                self.draw_quote(&block.lines, block.is_folded);
            } else {
                self.draw_lines(MARGIN + PADDING, &block.lines);
            }
        }
        self.bottom += GAP;
        let rows = messages.last().and_then(|message| message.reply_markup.as_ref()).map(|rows| &rows.inline_keyboard);
        for row in rows.into_iter().flatten() {
            const BETWEEN: f32 = 4.0;
            self.bottom += BETWEEN;
            let width = (BUBBLE - BETWEEN * (row.len() - 1) as f32) / row.len() as f32;
            for (at, button) in row.iter().enumerate() {
                let left = MARGIN + at as f32 * (width + BETWEEN);
                self.draw_box(left, width, BUTTON, 10.0, "#eff6fa");
                let (middle, baseline) = (left + width / 2.0, self.bottom + BUTTON / 2.0 + 5.0);
                let length = text_width(&button.text, &Style::Plain).min(width - PADDING);
                // The width of an emoji is that of its font.
                let has_letters = button.text.chars().any(char::is_alphanumeric);
                let length = if has_letters { length_of(length) } else { String::new() };
                let label = escape(&button.text);
                self.write(&format!("<text x=\"{middle}\" y=\"{baseline}\"{length} class=\"button\">{label}</text>"));
            }
            self.bottom += BUTTON;
        }
        self.bottom += 2.0 * MARGIN;
    }

    fn draw_quote(&mut self, lines: &[Line], is_folded: bool) {
        let x = MARGIN + PADDING;
        let height = block_height(true, lines);
        self.draw_box(x, BUBBLE - 2.0 * PADDING, height, 5.0, "#e8f2fa");
        self.draw_box(x, 3.0, height, 1.5, "#3390ec");
        if is_folded {
            let (right, below) = (x + BUBBLE - 2.0 * PADDING - 16.0, self.bottom + height - 10.0);
            self.write(&format!(
                "<path d=\"M{right} {below}l5 5 5-5\" fill=\"none\" stroke=\"#3390ec\" stroke-width=\"2\"/>"
            ));
        }
        self.bottom += GAP / 2.0;
        self.draw_lines(x + INDENT, lines);
        self.bottom += GAP / 2.0;
    }

    /// Draws each run of a line at a place of its own: a length over runs of several styles is drawn differently by each viewer.
    fn draw_lines(&mut self, x: f32, lines: &[Line]) {
        for line in lines {
            let baseline = self.bottom + 15.0;
            let mut left = x;
            for run in &line.runs {
                let words = run.text.trim_start();
                let indent = text_width(&run.text[..run.text.len() - words.len()], &run.style);
                let length = length_of(text_width(words.trim_end(), &run.style));
                let (at, words) = (left + indent, escape(words.trim_end()));
                let class = match class(&run.style) {
                    "" => String::new(),
                    class => format!(" class=\"{class}\""),
                };
                if !words.is_empty() {
                    self.write(&format!("<text x=\"{at:.1}\" y=\"{baseline}\"{length}{class}>{words}</text>"));
                }
                left += text_width(&run.text, &run.style);
            }
            self.bottom += LINE;
        }
    }

    /// Draws a rounded box at the current position without advancing.
    fn draw_box(&mut self, x: f32, width: f32, height: f32, radius: f32, fill: &str) {
        let y = self.bottom;
        self.write(&format!(
            "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" rx=\"{radius}\" fill=\"{fill}\"/>"
        ));
    }

    fn write(&mut self, element: &str) {
        self.svg.push_str(element);
        self.svg.push('\n');
    }
}

/// Returns the blocks of a reply, with lines; messages tell which quotations are folded.
fn drawn_blocks(reply: &Reply, messages: &[Outgoing]) -> Vec<DrawnBlock> {
    let entities = messages.iter().flat_map(|message| &message.entities);
    let mut quotes = entities.filter_map(|entity| match entity.kind {
        MessageEntityKind::ExpandableBlockquote => Some(true),
        MessageEntityKind::Blockquote => Some(false),
        _ => None,
    });
    let inner = BUBBLE - 2.0 * PADDING;
    let blocks = reply.blocks.iter().map(|block| match block {
        Block::Quote(spans) | Block::Paragraph(spans) => {
            let is_folded = quotes.next().unwrap_or(false);
            let mut lines = wrap(spans, inner - 2.0 * INDENT);
            if is_folded {
                lines.truncate(N_FOLDED_LINES);
            }
            DrawnBlock { is_quote: true, is_folded, lines }
        }
        Block::Text(spans) => DrawnBlock { is_quote: false, is_folded: false, lines: wrap(spans, inner) },
    });
    blocks.collect()
}

/// Returns the attributes that make a text this long in any font.
fn length_of(width: f32) -> String {
    if width > 0.0 { format!(" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\"") } else { String::new() }
}

fn block_height(is_quote: bool, lines: &[Line]) -> f32 {
    lines.len() as f32 * LINE + if is_quote { GAP } else { 0.0 }
}

fn widest(lines: &[Line]) -> f32 {
    lines.iter().map(|line| line.width).fold(0.0, f32::max)
}

fn class(style: &Style) -> &'static str {
    match style {
        Style::Plain => "",
        Style::Strong => "strong",
        Style::Faint => "faint",
        Style::Code => "code",
        Style::Link(_) => "link",
    }
}

/// Breaks styled text into lines, at spaces and line breaks, by their letters and their width.
fn wrap(spans: &[Span], width: f32) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    let mut word = Line::default();
    for span in spans {
        for piece in span.text.split_inclusive([' ', '\n']) {
            let visible = piece.trim_end_matches('\n');
            word.width += text_width(visible, &span.style);
            word.n_letters += visible.chars().count();
            word.runs.push(Span::styled(visible, span.style.clone()));
            if piece.ends_with([' ', '\n']) {
                put(&mut lines, std::mem::take(&mut word), width);
            }
            if piece.ends_with('\n') {
                lines.push(Line::default());
            }
        }
    }
    put(&mut lines, word, width);
    lines.iter_mut().for_each(Line::trim_end);
    lines
}

impl Line {
    /// Removes the space at the end, which SVG does not draw.
    fn trim_end(&mut self) {
        while let Some(last) = self.runs.last_mut() {
            let n_kept = last.text.trim_end().len();
            self.width -= text_width(&last.text[n_kept..], &last.style);
            last.text.truncate(n_kept);
            if n_kept > 0 {
                return;
            }
            self.runs.pop();
        }
    }
}

/// Appends a word, whose parts may differ in style, to the last line, or to a new one if it doesn't fit.
fn put(lines: &mut Vec<Line>, word: Line, width: f32) {
    let n_letters: usize = word.runs.iter().map(|run| run.text.trim_end().chars().count()).sum();
    let is_full = lines.last().is_none_or(|line| {
        line.width > 0.0 && (line.width + word.width > width || line.n_letters + n_letters > LINE_LETTERS)
    });
    if is_full {
        lines.push(Line::default());
    }
    let line = lines.last_mut().expect("there is a line after the push");
    line.width += word.width;
    line.n_letters += word.n_letters;
    for run in word.runs {
        match line.runs.last_mut() {
            Some(last) if last.style == run.style => last.text.push_str(&run.text),
            _ => line.runs.push(run),
        }
    }
}

/// Returns the approximate width of a text; bold letters are a tenth wider.
fn text_width(text: &str, style: &Style) -> f32 {
    let thousandths: f32 = text.nfd().map(|character| f32::from(character_width(character))).sum();
    match style {
        Style::Code => text.chars().count() as f32 * 0.6 * (FONT_SIZE - 1.0),
        Style::Strong | Style::Link(_) => thousandths * 1.1 * FONT_SIZE / 1000.0,
        Style::Plain | Style::Faint => thousandths * 1.02 * FONT_SIZE / 1000.0,
    }
}

fn character_width(character: char) -> u16 {
    match character {
        ' '..='~' => WIDTHS[character as usize - ' ' as usize],
        // Combining accents have no width.
        '\u{300}'..='\u{36f}' => 0,
        '—' | '…' => 1000,
        '·' => 278,
        '•' => 350,
        '“' | '”' => 333,
        '‘' | '’' => 222,
        _ => 556,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_matches_current_replies() {
        let picture = draw(&conversation().expect("the files of this repository are right"));
        expect_test::expect_file!["../docs/conversation.svg"].assert_eq(&picture);
    }

    #[test]
    fn answers_match_current_replies() {
        let picture = draw_answers(&conversation().expect("the files of this repository are right"));
        expect_test::expect_file!["../docs/answers.svg"].assert_eq(&picture);
    }
}
