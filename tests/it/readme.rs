//! Statements of the README and of the other pages match the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use pressdesk::conversation::COMMANDS;
use pressdesk::metrics::{Fill, Metrics, QuestionLabels, RatingLabels};

use crate::desk::project;

const README: &str = include_str!("../../README.md");
const OPERATIONS: &str = include_str!("../../docs/OPERATIONS.md");

/// Maximum number of lines of the README; what is more belongs into `docs/`.
const MAX_README_LINES: usize = 150;

/// Folders of the project that pages name files of.
const FOLDERS: [&str; 7] = ["src/", "tests/", "benches/", "examples/", "config/", "corpus/", "docs/"];

/// A page for people.
struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    /// Returns what the page shows as code: the lines of its blocks without remarks, and its inline code.
    fn code(&self) -> Vec<&str> {
        let mut code = Vec::new();
        let mut is_in_block = false;
        for line in self.text.lines() {
            if line.starts_with("```") {
                is_in_block = !is_in_block;
            } else if is_in_block {
                code.extend(line.split(" #").next());
            } else {
                code.extend(line.split('`').skip(1).step_by(2));
            }
        }
        code
    }

    /// Returns the arguments of each call of a command in the code.
    fn calls(&self, command: &[&str]) -> Vec<Vec<&str>> {
        let is_variable = |word: &&str| word.contains('=');
        let words = self.code().into_iter().map(|code| code.split_whitespace().skip_while(is_variable).collect());
        let calls = words.filter(|words: &Vec<&str>| words.starts_with(command));
        calls.map(|words| words[command.len()..].to_vec()).collect()
    }

    fn name(&self) -> String {
        self.path.strip_prefix(project("")).unwrap().display().to_string()
    }
}

/// Returns the pages at the top of the project and in `docs/`, but for the log of changes, which names what is gone.
fn pages() -> Vec<Page> {
    let folders = ["", "docs"].into_iter().flat_map(|folder| fs::read_dir(project(folder)).unwrap());
    let paths = folders.map(|entry| entry.unwrap().path());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|end| end == "md") && !path.ends_with("CHANGELOG.md");
    let pages: Vec<Page> =
        paths.filter(is_page).map(|path| Page { text: fs::read_to_string(&path).unwrap(), path }).collect();
    assert!(pages.len() > 6);
    pages
}

/// Returns the names in code that begin the rows of a page's tables.
fn rows(page: &str) -> BTreeSet<&str> {
    page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

/// Returns the help of the program, or of one of its modes.
fn help(mode: Option<&str>) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pressdesk")).args(mode).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Checks that a mode of the program and the options behind it exist.
fn check_call(page: &Page, mode: &str, arguments: &[&str]) {
    let is_mode = help(None).lines().any(|line| line.trim_start().starts_with(&format!("{mode} ")));
    assert!(is_mode, "{}: pressdesk {mode} is no mode", page.name());
    let help = help(Some(mode));
    for option in arguments.iter().filter(|argument| argument.starts_with("--")) {
        let is_option = help.split_whitespace().any(|word| word.trim_end_matches(',') == *option);
        assert!(is_option, "{}: pressdesk {mode} has no option {option}", page.name());
    }
}

#[test]
fn readme_is_short() {
    let n_lines = README.lines().count();
    assert!(n_lines <= MAX_README_LINES, "the README has {n_lines} lines");
}

#[test]
fn readme_lists_every_command() {
    let rows = rows(README);
    for command in COMMANDS {
        assert!(rows.contains(format!("/{command}").as_str()), "/{command} is missing");
    }
}

#[test]
fn links_to_files_lead_somewhere() {
    for page in pages() {
        for rest in page.text.split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap();
            let is_there = target.contains("://") || page.path.parent().unwrap().join(target).exists();
            assert!(is_there, "{}: {target} does not exist", page.name());
        }
    }
}

#[test]
fn files_in_code_exist() {
    for page in pages() {
        for word in page.code().into_iter().flat_map(str::split_whitespace) {
            let is_path = word.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter));
            if is_path && FOLDERS.iter().any(|folder| word.starts_with(folder)) {
                assert!(project(word).exists(), "{}: {word} does not exist", page.name());
            }
        }
    }
}

#[test]
fn make_targets_exist() {
    let makefile = include_str!("../../Makefile");
    for page in pages() {
        for target in page.calls(&["make"]).concat().iter().filter(|word| !word.contains('=')) {
            let names_it = makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
            assert!(names_it, "{}: make {target} is no target", page.name());
        }
    }
}

#[test]
fn modes_and_options_exist() {
    let mut n_calls = 0;
    for page in pages() {
        for call in page.calls(&["pressdesk"]) {
            if let Some((mode, arguments)) = call.split_first() {
                check_call(&page, mode, arguments);
                n_calls += 1;
            }
        }
        for arguments in page.calls(&["cargo", "ask"]) {
            check_call(&page, "ask", &arguments);
        }
    }
    assert!(n_calls > 5);
}

#[test]
fn settings_in_code_exist() {
    let settings: toml::Table = include_str!("../../config/pressdesk.toml").parse().unwrap();
    for page in pages() {
        for code in page.code() {
            let Some((section, key)) = code.split_once('.') else { continue };
            let Some(section) = settings.get(section).and_then(toml::Value::as_table) else { continue };
            assert!(section.contains_key(key), "{}: there is no setting {code}", page.name());
        }
    }
}

#[test]
fn operations_list_every_metric() {
    let metrics = Metrics::default();
    // A family without a member is left out.
    let labels = QuestionLabels { surface: "private", language: "en".to_owned(), outcome: "found" };
    drop(metrics.questions.get_or_create(&labels));
    let [verdict, outcome, kind] = ["helped", "found", "passages"].map(str::to_owned);
    drop(metrics.ratings.get_or_create(&RatingLabels { verdict, outcome, kind }));
    let text = metrics.to_text(Fill::default());
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let exported: BTreeSet<String> =
        types.map(|(name, kind)| if kind == "counter" { format!("{name}_total") } else { name.to_owned() }).collect();
    let listed = rows(OPERATIONS).into_iter().filter(|name| name.starts_with("pressdesk_"));
    assert_eq!(listed.map(str::to_owned).collect::<BTreeSet<_>>(), exported);
}
