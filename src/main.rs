//! The command line: reads the settings, sets the desk up, runs one mode.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::{Args, Parser, Subcommand};
use pressdesk::config::{Config, Faults, LogFormat};
use pressdesk::console::{self, OutputClosed, print};
use pressdesk::conversation::{Context, Conversation};
use pressdesk::corpus::{Problem, Severity};
use pressdesk::embedding::{EmbeddingModel, ModelError};
use pressdesk::intent::Examples;
use pressdesk::language::Language;
use pressdesk::search::Side;
use pressdesk::setup::{self, Parts};
use pressdesk::{evaluation, telegram, tuning};
use tracing::{Level, enabled, error, warn};
use tracing_subscriber::EnvFilter;

/// Where settings are looked for when none are named.
const CONFIG_FILE: &str = "config/pressdesk.toml";
/// Wrong settings, as sysexits.h has it (EX_CONFIG).
const EXIT_SETTINGS: u8 = 78;
/// Ended by a second signal, in the way of shells: 128 and the number of SIGINT.
const EXIT_HURRIED: i32 = 130;

/// Answers questions with the passages of press releases that answer them, word for word.
#[derive(Parser)]
#[command(version)]
struct CommandLine {
    #[command(flatten)]
    places: Places,
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Args)]
struct Places {
    /// The settings file [default: config/pressdesk.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the releases, in place of the one in the settings
    #[arg(long, global = true, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Mode {
    /// Run the Telegram bot; the token comes from TELOXIDE_TOKEN or the file TELOXIDE_TOKEN_FILE
    Serve,
    /// Talk with the press desk in the terminal; no token needed
    Chat(Person),
    /// Ask one question
    Ask(Ask),
    /// Ask labelled questions and print how well they are answered
    Eval {
        /// Files of labelled questions, a JSON object a line
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// List what went wrong, with the passage preferred
        #[arg(long)]
        misses: bool,
    },
    /// Fit the weights of the ranking on labelled questions, print their figures in cross-validation, and write them
    Tune {
        /// Files of labelled questions, a JSON object a line
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Print the figures and write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Ask the running bot whether it is ready; exit 1 and why when it is not
    Health,
    /// Compute the embeddings of the releases ahead of a start, and drop those of texts that are gone; may be interrupted, and
    /// goes on from there
    Index,
    /// Report every fault of settings and releases, with file and line
    Check,
}

#[derive(Args)]
struct Person {
    /// The language of replies to questions that don't show theirs
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    lang: Option<Language>,
}

#[derive(Args)]
struct Ask {
    #[command(flatten)]
    person: Person,
    /// Print the answer as a JSON object
    #[arg(long, conflicts_with = "jsonl")]
    json: bool,
    /// Read questions from standard input and print answers, a JSON object a line
    #[arg(long, conflicts_with = "question")]
    jsonl: bool,
    /// Print how each passage got its score, and what was understood of the question
    #[arg(long, conflicts_with_all = ["json", "jsonl"])]
    explain: bool,
    /// How many passages a JSON answer lists at most
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=50))]
    limit: u8,
    /// The question
    #[arg(required_unless_present = "jsonl", value_name = "QUESTION", allow_negative_numbers = true)]
    question: Vec<String>,
}

fn language(code: &str) -> Result<Language, String> {
    Language::from_code(code).ok_or_else(|| "this is no language code such as en".to_owned())
}

fn main() -> ExitCode {
    run(CommandLine::parse()).unwrap_or_else(|error| {
        if error.is::<OutputClosed>() {
            return ExitCode::SUCCESS;
        }
        // Not by the macro, which panics where it can't be written, with an exit code of its own.
        _ = writeln!(anstream::stderr(), "{error:#}");
        exit_code(&error)
    })
}

fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.is::<Faults>() { ExitCode::from(EXIT_SETTINGS) } else { ExitCode::FAILURE }
}

fn run(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    read_env_file()?;
    let places = command_line.places;
    match command_line.mode {
        Mode::Serve => {
            let config = load_config(&places)?;
            start_log(&config.log_filter, config.log_format);
            let served = serve(&config);
            if let (Err(error), LogFormat::Json, true) = (&served, config.log_format, enabled!(Level::ERROR)) {
                // Who reads a log of JSON reads no bare line.
                error!("{error:#}");
                return Ok(exit_code(error));
            }
            served?;
        }
        Mode::Chat(person) => {
            let (conversation, _) = open_quietly(&places)?;
            console::chat(&conversation, person.context())?;
        }
        Mode::Ask(ask) => {
            let (conversation, _) = open_quietly(&places)?;
            let limit = usize::from(ask.limit);
            let (context, text) = (ask.person.context(), ask.question.join(" "));
            if ask.jsonl {
                console::ask_lines(&conversation, &context, io::stdin().lock(), io::stdout().lock(), limit)?;
            } else if ask.json {
                console::ask_json(&conversation, &text, &context, limit, io::stdout().lock())?;
            } else if ask.explain {
                console::explain(&conversation, &text, &context, limit)?;
            } else {
                console::ask(&conversation, &text, &context)?;
            }
        }
        Mode::Eval { files, misses } => {
            let (conversation, _) = open_quietly(&places)?;
            evaluate(conversation, &files, misses)?;
        }
        Mode::Tune { files, dry_run } => {
            let (conversation, config) = open_quietly(&places)?;
            tune(&conversation, &files, &config, dry_run)?;
        }
        Mode::Health => return health(&load_config(&places)?),
        Mode::Index => {
            start_log("warn", LogFormat::Human);
            let (n_passages, problems) = setup::index(&load_config(&places)?, &print_progress)?;
            warn_of(&problems);
            print(&format!("{n_passages} passages are indexed"))?;
        }
        Mode::Check => return check(&places),
    }
    Ok(ExitCode::SUCCESS)
}

/// Lays the file .env over the environment, where there is one.
fn read_env_file() -> Result<(), Faults> {
    // Of this folder alone: one further up belongs to something else.
    match dotenvy::from_path(".env") {
        Err(dotenvy::Error::LineParse(_, at)) => {
            // The line may hold the token, so it isn't repeated.
            Err(Faults(vec![format!(
                "the file .env has a line that can't be read, at its character {at}; write NAME=value"
            )]))
        }
        Err(error) if !error.not_found() => Err(Faults(vec![format!("the file .env could not be read: {error}")])),
        _ => Ok(()),
    }
}

/// Runs the bot until the process is told to stop.
fn serve(config: &Config) -> anyhow::Result<()> {
    if config.telegram.token.is_none() {
        let fault = "there is no bot token; set TELOXIDE_TOKEN, in the environment or in the file .env, to the one from @BotFather";
        return Err(Faults(vec![fault.to_owned()]).into());
    }
    quiet_panics();
    let settings = config.telegram.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Few, because each has memory of its own; those beside the workers are for what blocks, and in place of stuck ones.
        .max_blocking_threads(config.telegram.workers + telegram::SPARE_THREADS)
        .build()
        .context("could not start the threads")?;
    let config = config.clone();
    let served = runtime.block_on(async {
        let mut stop = Box::pin(stop_signal()?);
        // Off this thread, because it takes seconds where embeddings are missing, and the bot may be told to stop meanwhile.
        let setting_up = tokio::task::spawn_blocking(move || setup::open(&config, &silent));
        let (conversation, problems) = tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            opened = setting_up => opened.context("could not set the desk up")??,
        };
        for problem in &problems {
            warn!("{problem}");
        }
        telegram::serve(Arc::new(conversation), settings, Arc::default(), stop).await
    });
    // What was still under way when the time to finish was over is given up.
    runtime.shutdown_background();
    match served {
        Err(error) if error.is::<telegram::InvalidToken>() || error.is::<telegram::WrongSetting>() => {
            Err(Faults(vec![error.to_string()]).into())
        }
        result => result,
    }
}

/// Asks the running bot whether it is ready; for the health checks of containers.
fn health(config: &Config) -> anyhow::Result<ExitCode> {
    let Some(mut address) = config.telegram.health else {
        anyhow::bail!("the health endpoint is disabled: the setting health.listen is empty");
    };
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    print(&pressdesk::health::ask(address)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Waits for SIGTERM, which containers send, or SIGINT. After that, another of them ends the process at once.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            warn!("told to stop a second time; what is not answered waits in the journal");
            std::process::exit(EXIT_HURRIED);
        });
    })
}

/// Reports panics by their place alone: the message of one may quote a question.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic; this is a fault of pressdesk");
    }));
}

fn tune(conversation: &Conversation, files: &[PathBuf], config: &Config, dry_run: bool) -> anyhow::Result<()> {
    let questions = files.iter().map(|file| evaluation::load(file)).collect::<anyhow::Result<Vec<_>>>()?.concat();
    ensure!(
        dry_run || conversation.desk().index().side() == Side::Both,
        "without the embedding model only part of the weights can be fitted; `make model` makes it, --dry-run writes nothing"
    );
    let (weights, of_intents) = tuning::fit_intents(conversation, &Examples::load(&config.intents)?, &questions);
    let (ranking, figures) = tuning::fit(conversation, &questions);
    let mut remark =
        format!("Fitted by `pressdesk tune` on {} labelled questions; 5-fold cross-validation:", questions.len());
    for (side, figures) in figures {
        remark.push_str(&format!("\n  {side:?}: {figures}"));
    }
    remark.push_str("\nsrc/search/ranking/features.rs says what each feature is.");
    print(&format!("{remark}\n\nIntents, each example compared with all others:\n{of_intents}"))?;
    if dry_run {
        return Ok(());
    }
    ranking.save(&config.ranking, &remark)?;
    weights.save(&config.intents, &of_intents.remark())
}

impl Person {
    fn context(&self) -> Context {
        Context { chosen_language: self.lang, ..Context::default() }
    }
}

/// Prints how well labelled questions are answered by each side there is; the misses are those of the one in use.
fn evaluate(mut conversation: Conversation, files: &[PathBuf], misses: bool) -> anyhow::Result<()> {
    let in_use = conversation.desk().index().side();
    for file in files {
        let questions = evaluation::load(file)?;
        let mut sides = Vec::new();
        for side in Side::ALL.into_iter().filter(|side| in_use == Side::Both || *side == Side::Words) {
            conversation = conversation.by(side);
            sides.push((side, evaluation::judge(&conversation, &questions)));
        }
        print(&format!("{}\n{}", file.display(), evaluation::table(&sides)))?;
        if misses && let Some((_, judged)) = sides.last() {
            print(&evaluation::misses(judged))?;
        }
    }
    Ok(())
}

fn load_config(places: &Places) -> Result<Config, Faults> {
    let default = PathBuf::from(CONFIG_FILE);
    let file = places.config.clone().or_else(|| default.exists().then_some(default));
    let mut config = Config::load(file.as_deref(), environment())?;
    if let Some(corpus) = &places.corpus {
        config.corpus.clone_from(corpus);
    }
    Ok(config)
}

/// Returns the environment; what in it is not UTF-8 is of no concern of ours, and shows as such where it is.
fn environment() -> impl Iterator<Item = (String, String)> {
    let text = |part: OsString| part.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}

/// Sets everything up for a mode whose output is an answer: only warnings are logged.
fn open_quietly(places: &Places) -> anyhow::Result<(Conversation, Config)> {
    start_log("warn", LogFormat::Human);
    let config = load_config(places)?;
    let (conversation, problems) = setup::open(&config, &silent)?;
    warn_of(&problems);
    Ok((conversation, config))
}

/// Logs one line about the problems of the releases, however many there are.
fn warn_of(problems: &[Problem]) {
    if problems.is_empty() {
        return;
    }
    let n_errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let n_files = problems.iter().map(|problem| &problem.file).collect::<BTreeSet<_>>().len();
    let counts = [(n_errors, "error"), (problems.len() - n_errors, "warning")];
    let counts: Vec<String> = counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| counted(n, what)).collect();
    warn!("{} in {}; `pressdesk check` lists them", counts.join(" and "), counted(n_files, "file"));
}

/// Shows how far it is; where no terminal can draw over the line, as in the log of a build, only the end.
fn print_progress(done: usize, all: usize) {
    const WIDTH: usize = 40;
    if done < all && !io::stderr().is_terminal() {
        return;
    }
    let filled = WIDTH * done / all.max(1);
    let end = if done == all { "\n" } else { "" };
    anstream::eprint!("\r[{}{}] {done} of {all} embeddings{end}", "=".repeat(filled), " ".repeat(WIDTH - filled));
}

fn silent(_done: usize, _all: usize) {}

/// Reports every fault of the settings, of the files they name, and of the releases.
fn check(places: &Places) -> anyhow::Result<ExitCode> {
    let mut faults = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    match load_config(places) {
        Ok(config) => {
            faults.extend(Parts::read(&config).err().into_iter().flat_map(|Faults(list)| list));
            match EmbeddingModel::load(&config.model) {
                Ok(_) => {}
                Err(error @ ModelError::Missing(_)) => {
                    print(&format!("{error}, so questions are answered by keywords only; `make model` makes one"))?;
                }
                Err(error) => faults.push(error.to_string()),
            }
            match setup::read_corpus(&config) {
                Ok((corpus, found)) => {
                    problems = found;
                    let releases = counted(corpus.releases.len(), "release");
                    print(&format!("{releases} can be served from {}", config.corpus.display()))?;
                }
                Err(Faults(list)) => faults.extend(list),
            }
        }
        Err(Faults(list)) => faults.extend(list),
    }
    for fault in &faults {
        print(fault)?;
    }
    for problem in &problems {
        print(&problem.to_string())?;
    }
    let n_errors = faults.len() + problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let n_warnings = faults.len() + problems.len() - n_errors;
    print(&format!("{}, {}", counted(n_errors, "error"), counted(n_warnings, "warning")))?;
    Ok(if n_errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn start_log(filter: &str, format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(io::stderr)
        // Else it panics where a line can't be written: the disk that the log is on is full, or nobody reads it any more.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal());
    match format {
        LogFormat::Human => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_the_readme_names_every_mode() {
        let command = CommandLine::command();
        command.clone().debug_assert();
        let readme = include_str!("../README.md");
        let line = readme.lines().find(|line| line.starts_with("The program itself is `pressdesk`")).unwrap();
        for mode in command.get_subcommands() {
            assert!(line.contains(&format!("`{}`", mode.get_name())), "{} is missing", mode.get_name());
        }
    }
}
