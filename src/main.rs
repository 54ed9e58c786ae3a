//! Command line: reads the settings, opens the conversation, runs one mode.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use pressdesk::config::{Config, LogFormat, SettingFaults};
use pressdesk::console::{self, OutputClosed, labelled, print};
use pressdesk::conversation::{Context, Conversation};
use pressdesk::corpus::{Problem, Severity};
use pressdesk::embedding::{EmbeddingModel, ModelError};
use pressdesk::evaluation::LabelledCorpus;
use pressdesk::language::Language;
use pressdesk::setup::{self, Resources};
use pressdesk::telegram;
use tracing::{Level, enabled, error, warn};
use tracing_subscriber::EnvFilter;

/// Settings file that is read by default, if it exists.
const CONFIG_FILE: &str = "config/pressdesk.toml";
/// Exit code for wrong settings: EX_CONFIG of sysexits.h.
const EXIT_SETTINGS: u8 = 78;
/// Exit code after a second signal, as in shells: 128 plus the number of SIGINT.
const EXIT_INTERRUPTED: i32 = 130;

/// Answers questions with the passages of press releases that answer them, word for word.
#[derive(Parser)]
#[command(version)]
struct CommandLine {
    #[command(flatten)]
    paths: PathOptions,
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Args)]
struct PathOptions {
    /// Settings file [default: config/pressdesk.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the releases; overrides the settings
    #[arg(long, global = true, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Mode {
    /// Run the Telegram bot; the token comes from TELOXIDE_TOKEN or the file TELOXIDE_TOKEN_FILE
    Serve,
    /// Talk with the press desk in the terminal; no token needed
    Chat(ReplyLanguage),
    /// Ask one question
    Ask(Ask),
    /// Ask labelled questions and print the quality of the answers
    Eval {
        /// Files of labelled questions, a JSON object a line
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// List the wrong answers, with the passage that was preferred
        #[arg(long)]
        misses: bool,
        /// Print also how many replies are right without each file of the glossary, and without any
        #[arg(long)]
        glossary: bool,
    },
    /// Fit the weights of the ranking on labelled questions, print their figures in cross-validation, and write them
    Tune {
        /// Files of labelled questions, a JSON object a line
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Print the figures and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Fit only the weights of the intents, after examples were added
        #[arg(long)]
        intents: bool,
    },
    /// Group the questions that the bot kept by meaning, the most frequent first; see the setting feedback.keep_questions
    Gaps {
        /// File of kept questions [default: the setting feedback.file]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Print the central question of each group as a labelled question, a JSON object a line
        #[arg(long)]
        jsonl: bool,
    },
    /// Ask the running bot whether it is ready; if not, print why and exit with code 1
    Health,
    /// Compute missing embeddings of the releases and drop unused ones; resumes after an interruption
    Index,
    /// Report all faults of settings and releases, with file and line
    Check,
}

#[derive(Args)]
struct ReplyLanguage {
    /// Language of replies when the question does not show its own
    #[arg(long, value_name = "LANGUAGE", value_parser = parse_language)]
    lang: Option<Language>,
}

#[derive(Args)]
struct Ask {
    #[command(flatten)]
    reply_language: ReplyLanguage,
    /// Print the answer as a JSON object
    #[arg(long, conflicts_with = "jsonl")]
    json: bool,
    /// Read questions from standard input and print answers, a JSON object a line
    #[arg(long, conflicts_with = "question")]
    jsonl: bool,
    /// Print how the question was understood and how each passage got its score
    #[arg(long, conflicts_with_all = ["json", "jsonl"])]
    explain: bool,
    /// Maximum number of passages in a JSON answer
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=50))]
    limit: u8,
    /// Question
    #[arg(required_unless_present = "jsonl", value_name = "QUESTION", allow_negative_numbers = true)]
    question: Vec<String>,
}

fn parse_language(code: &str) -> Result<Language, String> {
    Language::from_code(code).ok_or_else(|| "this is no language code such as en".to_owned())
}

fn main() -> ExitCode {
    run(CommandLine::parse()).unwrap_or_else(|error| {
        if error.is::<OutputClosed>() {
            return ExitCode::SUCCESS;
        }
        // The macro would panic if stderr can't be written, and change the exit code.
        _ = writeln!(anstream::stderr(), "{error:#}");
        exit_code(&error)
    })
}

fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.is::<SettingFaults>() { ExitCode::from(EXIT_SETTINGS) } else { ExitCode::FAILURE }
}

fn run(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    read_env_file()?;
    let paths = command_line.paths;
    match command_line.mode {
        Mode::Serve => {
            let config = load_config(&paths)?;
            start_log(&config.log_filter, config.log_format);
            let served = serve(&config);
            if let (Err(error), LogFormat::Json, true) = (&served, config.log_format, enabled!(Level::ERROR)) {
                // A JSON log must not contain a plain line.
                error!("{error:#}");
                return Ok(exit_code(error));
            }
            served?;
        }
        Mode::Chat(reply_language) => {
            let (conversation, _) = open_conversation(&paths)?;
            console::chat(&conversation, reply_language.context())?;
        }
        Mode::Ask(ask) => {
            let (conversation, _) = open_conversation(&paths)?;
            let limit = usize::from(ask.limit);
            let (context, text) = (ask.reply_language.context(), ask.question.join(" "));
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
        Mode::Eval { files, misses, glossary } => {
            let (corpora, config) = open_labelled(&paths, &files)?;
            labelled::evaluate(corpora, misses)?;
            if glossary {
                labelled::compare_glossaries(&config, paths.corpus.as_deref(), &files)?;
            }
        }
        Mode::Tune { files, dry_run, intents } => {
            let (corpora, config) = open_labelled(&paths, &files)?;
            if intents {
                labelled::tune_intents(&corpora, &config, dry_run)?;
            } else {
                labelled::tune(&corpora, &config, dry_run)?;
            }
        }
        Mode::Gaps { file, jsonl } => {
            let (conversation, config) = open_conversation(&paths)?;
            console::gaps::gaps(conversation.desk(), &file.unwrap_or(config.telegram.kept_questions.file), jsonl)?;
        }
        Mode::Health => return health(&load_config(&paths)?),
        Mode::Index => {
            start_log("warn", LogFormat::Human);
            let (n_passages, problems) = setup::index(&load_config(&paths)?, &print_progress)?;
            warn_about(&problems);
            print(&format!("{n_passages} passages are indexed"))?;
        }
        Mode::Check => return check(&paths),
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds the variables of the file .env, if it exists, to the environment.
fn read_env_file() -> Result<(), SettingFaults> {
    // Only this folder is searched: a file in a parent folder belongs to another project.
    match dotenvy::from_path(".env") {
        Err(dotenvy::Error::LineParse(_, at)) => {
            // The line may contain the token, so it isn't repeated.
            Err(SettingFaults(vec![format!(
                "the file .env has a line that can't be read, at its character {at}; write NAME=value"
            )]))
        }
        Err(error) if !error.not_found() => {
            Err(SettingFaults(vec![format!("the file .env could not be read: {error}")]))
        }
        _ => Ok(()),
    }
}

/// Runs the bot until SIGTERM or SIGINT.
fn serve(config: &Config) -> anyhow::Result<()> {
    if config.telegram.token.is_none() {
        let fault = "there is no bot token; set TELOXIDE_TOKEN, in the environment or in the file .env, to the one from @BotFather";
        return Err(SettingFaults(vec![fault.to_owned()]).into());
    }
    redact_panics();
    let settings = config.telegram.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Few, because each has its own memory; the spare ones run blocking work and replace stuck threads.
        .max_blocking_threads(config.telegram.workers + telegram::SPARE_THREADS)
        .build()
        .context("could not start the threads")?;
    let opened_by = config.clone();
    let served = runtime.block_on(async {
        let mut stop = Box::pin(stop_signal()?);
        // On another thread, because it takes seconds when embeddings are missing, and a signal must still end the process.
        let setting_up = tokio::task::spawn_blocking(move || setup::open(&opened_by, &ignore_progress));
        let (conversation, problems) = tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            opened = setting_up => opened.context("could not set the desk up")??,
        };
        for problem in &problems {
            warn!("{problem}");
        }
        if let Some(warning) = setup::organisation_warning(config, conversation.desk().corpus()) {
            warn!("{warning}");
        }
        let conversation = conversation.keeping_questions(settings.kept_questions.is_on);
        telegram::serve(Arc::new(conversation), settings, Arc::default(), stop).await
    });
    // Aborts tasks that have not finished within the drain time.
    runtime.shutdown_background();
    match served {
        Err(error) if error.is::<telegram::InvalidToken>() || error.is::<telegram::WrongSetting>() => {
            Err(SettingFaults(vec![error.to_string()]).into())
        }
        result => result,
    }
}

/// Asks the running bot whether it is ready, for container health checks.
fn health(config: &Config) -> anyhow::Result<ExitCode> {
    let Some(mut address) = config.telegram.health else {
        anyhow::bail!("the health endpoint is disabled: the setting health.listen is empty");
    };
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    print(&pressdesk::health::probe(address)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Waits for SIGTERM or SIGINT. A second signal ends the process at once.
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
            warn!("second signal: stopping now; unanswered questions wait in the journal");
            std::process::exit(EXIT_INTERRUPTED);
        });
    })
}

/// Logs only the location of panics: their message may quote a question.
fn redact_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "panic: this is a bug in pressdesk");
    }));
}

impl ReplyLanguage {
    fn context(&self) -> Context {
        Context { chosen_language: self.lang, ..Context::default() }
    }
}

fn load_config(paths: &PathOptions) -> Result<Config, SettingFaults> {
    let default = PathBuf::from(CONFIG_FILE);
    let file = paths.config.clone().or_else(|| default.exists().then_some(default));
    let mut config = Config::load(file.as_deref(), environment())?;
    if let Some(corpus) = &paths.corpus {
        config.corpus.clone_from(corpus);
    }
    Ok(config)
}

/// Returns the environment; bytes that are not UTF-8 become replacement characters.
fn environment() -> impl Iterator<Item = (String, String)> {
    let text = |part: OsString| part.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}

/// Opens the conversation for a terminal mode: only warnings are logged.
fn open_conversation(paths: &PathOptions) -> anyhow::Result<(Conversation, Config)> {
    start_log("warn", LogFormat::Human);
    let config = load_config(paths)?;
    let (conversation, problems) = setup::open(&config, &ignore_progress)?;
    warn_about(&problems);
    Ok((conversation, config))
}

/// Opens files of labelled questions, each with the releases that it is about.
fn open_labelled(paths: &PathOptions, files: &[PathBuf]) -> anyhow::Result<(Vec<LabelledCorpus>, Config)> {
    start_log("warn", LogFormat::Human);
    let config = load_config(paths)?;
    let (corpora, problems) = setup::open_labelled(&config, paths.corpus.as_deref(), files)?;
    warn_about(&problems);
    Ok((corpora, config))
}

/// Logs one line that summarises the problems of the releases.
fn warn_about(problems: &[Problem]) {
    if problems.is_empty() {
        return;
    }
    let n_errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let n_files = problems.iter().map(|problem| &problem.file).collect::<BTreeSet<_>>().len();
    let counts = [(n_errors, "error"), (problems.len() - n_errors, "warning")];
    let counts: Vec<String> = counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| count_of(n, what)).collect();
    warn!("{} in {}; `pressdesk check` lists them", counts.join(" and "), count_of(n_files, "file"));
}

/// Prints a progress bar; without a terminal, as in a build log, only its end.
fn print_progress(done: usize, all: usize) {
    const WIDTH: usize = 40;
    if done < all && !io::stderr().is_terminal() {
        return;
    }
    let filled = WIDTH * done / all.max(1);
    let end = if done == all { "\n" } else { "" };
    anstream::eprint!("\r[{}{}] {done} of {all} embeddings{end}", "=".repeat(filled), " ".repeat(WIDTH - filled));
}

fn ignore_progress(_done: usize, _all: usize) {}

/// Reports all faults of the settings, of the files they name, and of the releases.
fn check(paths: &PathOptions) -> anyhow::Result<ExitCode> {
    let mut faults = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    match load_config(paths) {
        Ok(config) => {
            let resources = Resources::read(&config).map_err(|SettingFaults(list)| faults.extend(list)).ok();
            match EmbeddingModel::load(&config.model) {
                Ok(_) => {}
                Err(error @ ModelError::Missing(_)) => {
                    print(&format!(
                        "{error}, so questions are answered by keywords only; run `make model` to create it"
                    ))?;
                }
                Err(error) => faults.push(error.to_string()),
            }
            match setup::read_corpus(&config, resources.as_ref()) {
                Ok((corpus, found)) => {
                    problems = found;
                    let releases = count_of(corpus.releases.len(), "release");
                    print(&format!("{releases} can be served from {}", config.corpus.display()))?;
                }
                Err(SettingFaults(list)) => faults.extend(list),
            }
        }
        Err(SettingFaults(list)) => faults.extend(list),
    }
    for fault in &faults {
        print(fault)?;
    }
    for problem in &problems {
        print(&problem.to_string())?;
    }
    let n_errors = faults.len() + problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let n_warnings = faults.len() + problems.len() - n_errors;
    print(&format!("{}, {}", count_of(n_errors, "error"), count_of(n_warnings, "warning")))?;
    Ok(if n_errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn count_of(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn start_log(filter: &str, format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(io::stderr)
        // Otherwise it panics when a line can't be written: the disk is full, or the pipe is closed.
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
    fn command_line_is_valid_and_readme_names_every_mode() {
        let command = CommandLine::command();
        command.clone().debug_assert();
        let readme = include_str!("../README.md");
        let line = readme.lines().find(|line| line.starts_with("The program itself is `pressdesk`")).unwrap();
        for mode in command.get_subcommands() {
            assert!(line.contains(&format!("`{}`", mode.get_name())), "{} is missing", mode.get_name());
        }
    }
}
