//! Draws `docs/conversation.svg`: three questions to the real releases with the program's answers, as on a phone.
//!
//! `make picture` runs it. The picture is a golden file: the test below compares it with current replies.

use std::fmt::Write as _;
use std::fs;

use anyhow::Context as _;
use pressdesk::config::Config;
use pressdesk::conversation::{Block, Context, Conversation, Reply, Request, Span, Style};
use pressdesk::language::Language;
use pressdesk::setup;
use pressdesk::telegram::delivery::layout::messages;
use unicode_normalization::UnicodeNormalization;

/// Path of the picture.
const PICTURE: &str = "docs/conversation.svg";

/// A mistyped question, one in Spanish, and one that the releases do not answer.
const QUESTIONS: [&str; 3] = [
    "who gave teh furnitur and computrs?",
    "¿Cuántas adopciones fraudulentas se reportaron?",
    "How do I renew my passport?",
];

/// Width of the picture; all lengths are in CSS pixels.
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
    fs::write(PICTURE, draw(&conversation()?)).with_context(|| format!("could not write {PICTURE}"))
}

/// Opens the conversation over the releases of this repository, with the default settings.
fn conversation() -> anyhow::Result<Conversation> {
    let config = Config::load(None, [])?;
    setup::open_keyword_only(&config, setup::read_corpus(&config)?.0)
}

/// Asks the questions and draws the conversation as SVG.
fn draw(conversation: &Conversation) -> String {
    let mut canvas = Canvas { svg: String::new(), bottom: HEADER + MARGIN };
    let mut context = Context::default();
    for question in QUESTIONS {
        canvas.draw_question(question);
        let reply = conversation.turn(&Request::parse(question), &context).reply;
        canvas.draw_reply(&reply);
        context = reply.context;
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
}

impl Canvas {
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
    fn draw_reply(&mut self, reply: &Reply) {
        let inner = BUBBLE - 2.0 * PADDING;
        let blocks: Vec<(bool, Vec<Line>)> = reply
            .blocks
            .iter()
            .map(|block| match block {
                Block::Quote(spans) | Block::Paragraph(spans) => (true, wrap(spans, inner - 2.0 * INDENT)),
                Block::Text(spans) => (false, wrap(spans, inner)),
            })
            .collect();
        let heights = blocks.iter().map(|(is_quote, lines)| block_height(*is_quote, lines));
        let height = heights.sum::<f32>() + GAP * (blocks.len() + 1) as f32;
        self.draw_box(MARGIN, BUBBLE, height, 14.0, "#fff");
        for (is_quote, lines) in &blocks {
            self.bottom += GAP;
            if *is_quote {
                self.draw_quote(lines);
            } else {
                self.draw_lines(MARGIN + PADDING, lines);
            }
        }
        self.bottom += GAP;
        let messages = messages(reply);
        let rows = messages.last().and_then(|message| message.reply_markup.as_ref()).map(|rows| &rows.inline_keyboard);
        for row in rows.into_iter().flatten() {
            const BETWEEN: f32 = 4.0;
            self.bottom += BETWEEN;
            let width = (BUBBLE - BETWEEN * (row.len() - 1) as f32) / row.len() as f32;
            for (at, button) in row.iter().enumerate() {
                let left = MARGIN + at as f32 * (width + BETWEEN);
                self.draw_box(left, width, BUTTON, 10.0, "#eff6fa");
                let (middle, baseline) = (left + width / 2.0, self.bottom + BUTTON / 2.0 + 5.0);
                let label = escape(&button.text);
                self.write(&format!("<text x=\"{middle}\" y=\"{baseline}\" class=\"button\">{label}</text>"));
            }
            self.bottom += BUTTON;
        }
        self.bottom += 2.0 * MARGIN;
    }

    fn draw_quote(&mut self, lines: &[Line]) {
        let x = MARGIN + PADDING;
        let height = block_height(true, lines);
        self.draw_box(x, BUBBLE - 2.0 * PADDING, height, 5.0, "#e8f2fa");
        self.draw_box(x, 3.0, height, 1.5, "#3390ec");
        self.bottom += GAP / 2.0;
        self.draw_lines(x + INDENT, lines);
        self.bottom += GAP / 2.0;
    }

    fn draw_lines(&mut self, x: f32, lines: &[Line]) {
        for line in lines {
            let baseline = self.bottom + 15.0;
            let mut text = format!("<text x=\"{x}\" y=\"{baseline}\">");
            for run in &line.runs {
                let words = escape(&run.text);
                match class(&run.style) {
                    "" => text.push_str(&words),
                    class => _ = write!(text, "<tspan class=\"{class}\">{words}</tspan>"),
                }
            }
            self.write(&format!("{text}</text>"));
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

/// Breaks styled text into lines, at spaces and line breaks.
fn wrap(spans: &[Span], width: f32) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    let mut word = Line::default();
    for span in spans {
        for piece in span.text.split_inclusive([' ', '\n']) {
            let visible = piece.trim_end_matches('\n');
            word.width += text_width(visible, &span.style);
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
    lines
}

/// Appends a word, whose parts may differ in style, to the last line, or to a new one if it doesn't fit.
fn put(lines: &mut Vec<Line>, word: Line, width: f32) {
    let is_full = lines.last().is_none_or(|line| line.width > 0.0 && line.width + word.width > width);
    if is_full {
        lines.push(Line::default());
    }
    let line = lines.last_mut().expect("there is a line after the push");
    line.width += word.width;
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
}
