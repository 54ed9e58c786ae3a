//! The same conversation in a terminal.

mod json;

use std::io::{self, BufRead, Write};

use anstyle::{AnsiColor, Style as AnsiStyle};
use anyhow::Context as _;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use self::json::AnswerLine;
use crate::conversation::{Block, Context, Conversation, Notice, Reply, Request, Style};
use crate::desk::{Answer, LEAST_CONFIDENCE, least_nearness};
use crate::language::Language;

/// What stands before the line that is typed.
const PROMPT: &str = "> ";
/// What stands before each line of a quotation.
const QUOTE_BAR: &str = "│ ";

/// Talks with whoever sits at the terminal, until an empty line or the end of the input.
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
                // Not UTF-8, which only a pipe can bring.
                show(&conversation.respond(&Request::NotText, &context))?;
                continue;
            }
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(()),
            Err(error) => return Err(error).context("could not read from the terminal"),
        };
        if line.trim().is_empty() {
            return Ok(());
        }
        // A line that can't be kept is only missing when the arrow keys look for it.
        let _ = editor.add_history_entry(line.as_str());
        let reply = conversation.respond(&Request::parse(&line), &context);
        show(&reply)?;
        context = reply.context;
    }
}

/// Answers one line.
///
/// # Errors
///
/// When the terminal can't be written.
pub fn ask(conversation: &Conversation, text: &str, context: &Context) -> anyhow::Result<()> {
    show(&conversation.respond(&Request::parse(text), context))
}

/// Prints what was understood of a question and how its best passages got their scores.
///
/// # Errors
///
/// When the terminal can't be written.
pub fn explain(conversation: &Conversation, text: &str, limit: usize) -> anyhow::Result<()> {
    let Some(question) = conversation.desk().question(text) else {
        return show(&conversation.respond(&Request::parse(text), &Context::default()));
    };
    let desk = conversation.desk();
    let explanation = desk.index().explain(&question);
    let outcome = match desk.answer(&question) {
        Answer::Found(_) => "found",
        Answer::Contacts(_) => "found, as contacts",
        Answer::NotFound { .. } => "not found",
        Answer::Unclear => "unclear",
    };
    let language = question.language.as_ref().map_or("unknown", Language::code);
    let asked = if explanation.asked.is_empty() { "anything".to_owned() } else { explanation.asked.join(", ") };
    let near = least_nearness(desk.index().side());
    let mut lines = vec![
        format!("{outcome}; found takes a confidence of {LEAST_CONFIDENCE}, near a nearness of {near}"),
        format!("language {language}, follows {:.1}, asks for {asked}", explanation.follows),
    ];
    for (typed, terms, weight) in explanation.words {
        lines.push(format!("{typed:<20} weight {weight:.2}  terms {}", terms.join(" ")));
    }
    for passage in explanation.passages.iter().take(limit) {
        lines.push(format!(
            "\n{} {}: score {:.2}, confidence {:.3}, nearness {:.3}",
            passage.release, passage.paragraph, passage.score, passage.confidence, passage.nearness
        ));
        for (name, value, score, odds) in &passage.parts {
            lines.push(format!("  {name:<18} {value:>6.3}  score {score:>+6.2}  log-odds {odds:>+6.2}"));
        }
    }
    print(&lines.join("\n"))
}

/// Answers questions as JSON lines, in order, each as soon as it is read and in the same context where it brings none.
///
/// # Errors
///
/// When the input can't be read or the output can't be written; a line that makes no sense is answered with its error.
pub fn ask_lines(
    conversation: &Conversation,
    context: &Context,
    mut input: impl BufRead,
    mut output: impl Write,
    limit: usize,
) -> anyhow::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line).context("could not read the questions")? == 0 {
            return Ok(());
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = json::answer_line(conversation, &line, context, limit);
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
    serde_json::to_writer(&mut *output, answer).context("could not write the answer")?;
    output.write_all(b"\n").and_then(|()| output.flush()).context("could not write the answer")
}

/// Prints a reply; colours are left out where the output is no terminal.
fn show(reply: &Reply) -> anyhow::Result<()> {
    print(&(render(reply) + "\n"))
}

fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(anstream::stdout().lock(), "{text}") {
        // Whoever reads may stop reading: `pressdesk ask … | head -1`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("could not write to the terminal"),
    }
}

/// Writes a reply as text with the escapes of a colour terminal.
#[must_use]
pub fn render(reply: &Reply) -> String {
    let mut blocks: Vec<String> = reply.blocks.iter().map(render_block).collect();
    if !reply.choices.is_empty() {
        let faint = AnsiStyle::new().dimmed();
        let lines: Vec<String> = reply
            .choices
            .iter()
            .map(|choice| format!("{faint}→ {}: {}{faint:#}", choice.label, choice.request.to_command()))
            .collect();
        blocks.push(lines.join("\n"));
    }
    blocks.join("\n\n")
}

fn render_block(block: &Block) -> String {
    let mut text = String::new();
    for span in block.spans() {
        let style = match &span.style {
            Style::Plain => AnsiStyle::new(),
            Style::Strong if matches!(block, Block::Quote(_)) => {
                AnsiStyle::new().bold().fg_color(Some(AnsiColor::Yellow.into()))
            }
            Style::Strong | Style::Link(_) => AnsiStyle::new().bold(),
            Style::Faint => AnsiStyle::new().dimmed(),
            Style::Code => AnsiStyle::new().fg_color(Some(AnsiColor::Cyan.into())),
        };
        text.push_str(&format!("{style}{}{style:#}", visible(&span.text)));
        if let Style::Link(url) = &span.style {
            text.push_str(&format!(" <{url}>"));
        }
    }
    match block {
        Block::Text(_) => text,
        Block::Quote(_) => text.lines().map(|line| format!("{QUOTE_BAR}{line}")).collect::<Vec<_>>().join("\n"),
    }
}

/// Drops control characters, which could move a terminal's cursor.
fn visible(text: &str) -> String {
    text.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect()
}
