//! Layout of the code: allowed dependencies between modules, and rules for files.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use pressdesk::text::fold;

use crate::desk::project;

/// Modules of the library in layers: a module imports from earlier layers only.
const LAYERS: &[&[&str]] = &[
    &["text", "files", "vector"],
    &["language", "embedding"],
    &["metrics"],
    &["config"],
    &["corpus"],
    &["search", "intent"],
    &["desk"],
    &["conversation"],
    &["feedback"],
    &["evaluation"],
    &["tuning"],
    &["setup"],
    &["health"],
    &["console", "telegram", "import"],
];

/// Modules of `telegram`, each with the siblings that it may import besides `telegram` itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("backoff", &[]),
    ("fair_queue", &[]),
    ("listener", &[]),
    ("shutdown", &[]),
    ("update", &[]),
    ("journal", &["backoff", "update"]),
    ("delivery", &["backoff", "fair_queue", "shutdown", "update"]),
    ("profile", &["delivery"]),
    ("operators", &["delivery"]),
    ("answering", &["backoff", "delivery", "fair_queue", "journal", "shutdown", "update"]),
    ("intake", &["answering", "backoff", "delivery", "journal", "update"]),
];

/// Modules outside of `telegram` that some of its modules may import; the others may import all.
const ROOM_IMPORTS: &[(&str, &[&str])] =
    &[("update", &["conversation", "language", "metrics"]), ("delivery", &["config", "conversation", "metrics"])];

/// Libraries that only some modules may import.
const LIBRARIES: &[(&str, &[&str])] =
    &[("tantivy", &["search"]), ("teloxide", &["telegram"]), ("tokio", &["main", "telegram", "metrics", "health"])];

/// Maximum number of lines of a file; a longer one usually has two reasons to change.
const MAX_FILE_LINES: usize = 450;

/// Exceptions, each with its one reason to change.
const LONG_FILES: &[(&str, &str)] = &[("src/config.rs", "one list: every setting with its bounds")];

/// Source file of the program.
struct Source {
    /// Path from the project: `src/search/quoting.rs`.
    path: String,
    /// Module of the library: `search`.
    module: String,
    text: String,
}

impl Source {
    /// Returns the lines that are compiled into the program: no tests, no comments.
    fn code(&self) -> impl Iterator<Item = &str> {
        let program = self.text.split("#[cfg(test)]").next().unwrap_or_default();
        program.lines().map(str::trim_start).filter(|line| !line.starts_with("//"))
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { paths.extend(files(&path)) } else { paths.push(path) }
    }
    paths.sort();
    paths
}

fn sources() -> Vec<Source> {
    let source = |file: PathBuf| {
        let path = file.strip_prefix(project("")).unwrap().to_str().unwrap().to_owned();
        let module = path.trim_start_matches("src/").trim_end_matches(".rs").split('/').next().unwrap().to_owned();
        Source { path, module, text: fs::read_to_string(file).unwrap() }
    };
    let files = files(&project("src")).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    let sources: Vec<Source> = files.map(source).collect();
    assert!(sources.len() > 20);
    sources
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Returns the names after a path such as `crate::` in a line.
fn named<'a>(line: &'a str, path: &str) -> Vec<&'a str> {
    let name = |rest: &'a str| rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next();
    line.split(path).skip(1).filter_map(name).collect()
}

#[test]
fn modules_import_earlier_layers_only() {
    for source in sources().iter().filter(|source| !["main", "lib"].contains(&source.module.as_str())) {
        let own = layer(&source.module).unwrap_or_else(|| panic!("{} has no place in LAYERS", source.path));
        for line in source.code() {
            assert!(!line.contains("crate::{"), "{}: name modules one by one: {line}", source.path);
            for module in named(line, "crate::") {
                let other = layer(module).unwrap_or_else(|| panic!("{}: {line}", source.path));
                assert!(other < own || module == source.module, "{} imports to its right: {line}", source.path);
            }
        }
    }
}

/// Returns the modules of `telegram` that a file in one of them imports.
fn named_rooms(source: &Source) -> Vec<String> {
    let is_in_subfolder = source.path.matches('/').count() > 2;
    let mut rooms = Vec::new();
    for line in source.code() {
        rooms.extend(named(line, "crate::telegram::").into_iter().map(str::to_owned));
        // In the root of a room `super` is `telegram`.
        if !is_in_subfolder {
            rooms.extend(named(line, "super::").into_iter().map(str::to_owned));
        }
    }
    rooms.retain(|room| ROOMS.iter().any(|(name, _)| name == room));
    rooms
}

#[test]
fn telegram_modules_import_one_way() {
    let mut n_files = 0;
    for source in sources().iter().filter(|source| source.path.starts_with("src/telegram/")) {
        let room = source.path["src/telegram/".len()..].trim_end_matches(".rs").split('/').next().unwrap();
        let (_, may_name) = ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("{room} is no room"));
        for other in named_rooms(source) {
            assert!(other == room || may_name.contains(&other.as_str()), "{} names {other}", source.path);
        }
        for (_, modules) in ROOM_IMPORTS.iter().filter(|(name, _)| *name == room) {
            for module in source.code().flat_map(|line| named(line, "crate::").into_iter().collect::<Vec<_>>()) {
                assert!(module == "telegram" || modules.contains(&module), "{} names {module}", source.path);
            }
        }
        n_files += 1;
    }
    assert!(n_files > 20);
}

#[test]
fn libraries_are_named_where_they_belong() {
    for source in sources() {
        for (library, modules) in LIBRARIES {
            let names_it =
                |line: &&str| line.contains(&format!("{library}::")) || line.contains(&format!("use {library}"));
            let line = source.code().find(names_it).filter(|_| !modules.contains(&source.module.as_str()));
            assert_eq!(line, None, "{} names {library}", source.path);
        }
    }
}

#[test]
fn the_core_does_not_print() {
    for source in sources().iter().filter(|source| !["main", "console"].contains(&source.module.as_str())) {
        let line = source.code().find(|line| ["print!", "println!", "dbg!"].iter().any(|name| line.contains(name)));
        assert_eq!(line, None, "{} prints", source.path);
    }
}

#[test]
fn files_are_short_or_have_a_reason() {
    for source in sources() {
        let n_lines = source.text.lines().count();
        let is_listed = LONG_FILES.iter().any(|(path, _)| *path == source.path);
        assert!(n_lines <= MAX_FILE_LINES || is_listed, "{} has {n_lines} lines", source.path);
        assert!(n_lines > MAX_FILE_LINES || !is_listed, "{} is short again: take it off LONG_FILES", source.path);
    }
    for (path, reason) in LONG_FILES {
        assert!(project(path).exists() && !reason.is_empty(), "{path} is not there");
    }
}

#[test]
fn every_file_has_module_docs() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{} begins without a sentence", source.path);
        let name = source.path.rsplit('/').next().unwrap();
        let is_vague = ["mod.rs", "utils.rs", "util.rs", "helpers.rs", "common.rs", "misc.rs"].contains(&name);
        assert!(!is_vague, "{}: name it after what it is for", source.path);
    }
    for migration in files(&project("src/telegram/journal/migrations")) {
        assert!(fs::read_to_string(&migration).unwrap().starts_with("-- "), "{} says nothing", migration.display());
    }
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    for source in sources() {
        let line = source
            .code()
            .find(|line| [".unwrap()", ".unwrap_err()", "todo!", "unsafe "].iter().any(|name| line.contains(name)));
        assert_eq!(line, None, "{}", source.path);
    }
}

/// Folders and files of the code that reads texts and questions.
const READERS: &[&str] = &["src/language", "src/search/text", "src/search/question", "src/search/quoting.rs"];

/// Returns the words of the language files, folded: of their lists, phrases, tables and series.
fn words_of_languages() -> HashSet<String> {
    fn collect(value: &toml::Value, words: &mut HashSet<String>) {
        let mut add = |text: &str| {
            let parts = text.split(|letter: char| letter.is_whitespace() || "|^".contains(letter));
            words.extend(parts.filter(|part| part.chars().all(char::is_alphabetic) && !part.is_empty()).map(fold));
        };
        match value {
            toml::Value::String(text) => add(text),
            toml::Value::Array(values) => values.iter().for_each(|value| collect(value, words)),
            toml::Value::Table(table) => table.values().for_each(|value| collect(value, words)),
            _ => {}
        }
    }
    let mut words = HashSet::new();
    for file in files(&project("config/languages")) {
        let mut table: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        // Names of algorithms, and endings, are no words.
        table.remove("stemmer");
        table.remove("inflection");
        table.remove("spelling");
        for (name, value) in &table {
            if let (true, Some(pairs)) = (name == "shorthand", value.as_table()) {
                words.extend(pairs.keys().map(|short| fold(short)));
            }
            collect(value, &mut words);
        }
    }
    words
}

#[test]
fn no_word_of_a_language_stands_in_the_code() {
    let known = words_of_languages();
    assert!(known.len() > 1_000 && known.contains("quien") && known.contains("february"));
    let mut n_literals = 0;
    for source in sources().iter().filter(|source| READERS.iter().any(|start| source.path.starts_with(start))) {
        for line in source.code() {
            for literal in line.split('"').skip(1).step_by(2) {
                n_literals += 1;
                // A list of words in one literal counts, and a sentence for whoever runs the bot does not.
                let parts: Vec<&str> = literal.split([' ', ',', '|']).filter(|part| !part.is_empty()).collect();
                let is_word = |part: &&str| known.contains(&fold(part));
                let is_list = !parts.is_empty() && parts.iter().all(is_word);
                assert!(!is_list, "{}: {literal:?} belongs into config/languages: {line}", source.path);
            }
        }
    }
    assert!(n_literals > 50);
}

#[test]
fn code_has_no_todo_comments() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let folders = ["src", "tests/it", "benches", "config"].map(|folder| files(&project(folder)));
    let is_text = |file: &PathBuf| file.extension().is_none_or(|ending| ending != "npz");
    for file in folders.into_iter().flatten().filter(is_text) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!marks.iter().any(|mark| text.contains(mark)), "{} holds an open remark", file.display());
    }
}
