//! Console: the conversation in a terminal and as JSON lines.

pub mod gaps;
mod json;
pub mod labelled;

use std::io::{self, BufRead, Write};

use anstyle::{AnsiColor, Style as AnsiStyle};
use anyhow::Context as _;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use self::json::AnswerLine;
use crate::conversation::{Block, Context, Conversation, Notice, Reply, Request, Style};
use crate::language::Language;
use crate::search::{ExplainedPassage, Thresholds};

/// Prompt of the input line.
const PROMPT: &str = "> ";
/// Start of each line of a quotation.
const QUOTE_BAR: &str = "│ ";
/// Byte-order mark that some editors write at the start of a UTF-8 file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Runs a conversation in the terminal, until an empty line or the end of the input.
///
/// # Errors
///
/// When the terminal can't be read or written.
pub fn chat(conversation: &Conversation, mut context: Context) -> anyhow::Result<()> {
    let mut editor = DefaultEditor::new().context("could not open the terminal")?;
    show(&conversation.notice(Notice::ConsoleWelcome, &context))?;
    loop {
        let line = match editor.readline(PROMPT) {
            Ok(line) => line,
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                // Not UTF-8: the input is a pipe.
                show(&conversation.turn(&Request::NotText, &context).reply)?;
                continue;
            }
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(()),
            Err(error) => return Err(error).context("could not read from the terminal"),
        };
        if line.trim().is_empty() {
            return Ok(());
        }
        // The history is a convenience; an error is ignored.
        let _ = editor.add_history_entry(line.as_str());
        let reply = conversation.turn(&Request::parse(&line), &context).reply;
        show(&reply)?;
        context = reply.context;
    }
}

/// Answers one text.
///
/// # Errors
///
/// When the terminal can't be written.
pub fn ask(conversation: &Conversation, text: &str, context: &Context) -> anyhow::Result<()> {
    show(&conversation.turn(&Request::parse(text), context).reply)
}

/// Prints how a text was understood, and how the best passages got their scores.
///
/// # Errors
///
/// When the terminal can't be written.
pub fn explain(conversation: &Conversation, text: &str, context: &Context, limit: usize) -> anyhow::Result<()> {
    let turn = conversation.turn_ranked(&Request::parse(text), context, limit);
    let (Some(question), Some(_)) = (&turn.question, &turn.answer) else {
        // Answered without passages: there is no score to explain.
        return print(&format!("{}\n\n{}\n", turn.kind, render(&turn.reply)));
    };
    let index = conversation.desk().index();
    let explanation = index.explain(question);
    let language = question.language.as_ref().map_or("unknown", Language::code);
    let asked = if explanation.asked.is_empty() { "anything".to_owned() } else { explanation.asked.join(", ") };
    let Thresholds { answer, near } = index.thresholds();
    let mut lines = vec![
        format!("{}; found requires a confidence of {answer}, near a nearness of {near}", turn.kind),
        format!("language {language}, follows {:.1}, asks for {asked}", explanation.follows),
    ];
    for (typed, terms, weight) in explanation.words {
        lines.push(format!("{typed:<20} weight {weight:.2}  terms {}", terms.join(" ")));
    }
    for hit in &turn.ranked {
        let is_it =
            |passage: &&ExplainedPassage| passage.release == hit.release.id && passage.paragraph == hit.paragraph;
        let Some(passage) = explanation.passages.iter().find(is_it) else { continue };
        let shown = if turn.is_shown(hit) { ", shown" } else { "" };
        lines.push(format!(
            "\n{} {}: score {:.2}, confidence {:.3}, nearness {:.3}{shown}",
            passage.release, passage.paragraph, passage.score, passage.confidence, passage.nearness
        ));
        for (name, value, score, odds) in &passage.parts {
            lines.push(format!("  {name:<18} {value:>6.3}  score {score:>+6.2}  log-odds {odds:>+6.2}"));
        }
    }
    print(&lines.join("\n"))
}

/// Answers JSON lines in order, each as soon as it is read. `context` applies to lines without their own.
///
/// # Errors
///
/// When the input can't be read or the output can't be written; an invalid line is answered with its error.
pub fn ask_lines(
    conversation: &Conversation,
    context: &Context,
    mut input: impl BufRead,
    mut output: impl Write,
    limit: usize,
) -> anyhow::Result<()> {
    let (mut line, mut is_first) = (Vec::new(), true);
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line).context("could not read the questions")? == 0 {
            return Ok(());
        }
        let line = if is_first { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line) } else { &line };
        is_first = false;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = json::answer_line(conversation, line, context, limit);
        write_line(&mut output, &answer)?;
    }
}

/// Answers one question as a JSON object.
///
/// # Errors
///
/// When the output can't be written.
pub fn ask_json(
    conversation: &Conversation,
    text: &str,
    context: &Context,
    limit: usize,
    mut output: impl Write,
) -> anyhow::Result<()> {
    write_line(&mut output, &AnswerLine::of(conversation, text, None, context, limit))
}

fn write_line(output: &mut impl Write, answer: &AnswerLine) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(answer).context("could not write the answer")?;
    line.push(b'\n');
    check_written(output.write_all(&line).and_then(|()| output.flush()))
}

/// Prints a reply, in colour if the output is a terminal.
fn show(reply: &Reply) -> anyhow::Result<()> {
    print(&(render(reply) + "\n"))
}

/// Prints a text and a line break to standard output.
///
/// # Errors
///
/// [`OutputClosed`] when the reader has closed the output; other errors when it can't be written.
pub fn print(text: &str) -> anyhow::Result<()> {
    check_written(writeln!(anstream::stdout().lock(), "{text}"))
}

fn check_written(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        result => result.context("could not write to standard output"),
    }
}

/// Error of a closed standard output, as by `head -1`; it ends the command without a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("standard output was closed")]
pub struct OutputClosed;

/// Renders a reply as text with ANSI escapes.
#[must_use]
pub fn render(reply: &Reply) -> String {
    let mut text = String::new();
    for (at, block) in reply.blocks.iter().enumerate() {
        let above = at.checked_sub(1).and_then(|above| reply.blocks.get(above));
        text.push_str(above.map_or("", |above| above.separator(block)));
        text.push_str(&render_block(block));
    }
    if !reply.choices.is_empty() {
        let faint = AnsiStyle::new().dimmed();
        let lines: Vec<String> = reply
            .choices
            .iter()
            .map(|choice| format!("{faint}→ {}: {}{faint:#}", choice.label, choice.request.to_command()))
            .collect();
        text.push_str(&format!("\n\n{}", lines.join("\n")));
    }
    text
}

fn render_block(block: &Block) -> String {
    let mut text = String::new();
    for span in block.spans() {
        let style = match &span.style {
            Style::Plain => AnsiStyle::new(),
            Style::Strong if block.is_quotation() => AnsiStyle::new().bold().fg_color(Some(AnsiColor::Yellow.into())),
            Style::Strong | Style::Link(_) => AnsiStyle::new().bold(),
            Style::Faint => AnsiStyle::new().dimmed(),
            Style::Code => AnsiStyle::new().fg_color(Some(AnsiColor::Cyan.into())),
        };
        text.push_str(&format!("{style}{}{style:#}", without_control(&span.text)));
        if let Style::Link(url) = &span.style {
            text.push_str(&format!(" <{url}>"));
        }
    }
    match block {
        Block::Text(_) => text,
        Block::Quote(_) | Block::Paragraph(_) => {
            text.lines().map(|line| format!("{QUOTE_BAR}{line}")).collect::<Vec<_>>().join("\n")
        }
    }
}

/// Removes control characters, which could move the cursor.
fn without_control(text: &str) -> String {
    text.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect()
}
