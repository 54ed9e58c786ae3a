//! How the code is laid out: who may name whom, and what no file may hold.

use std::fs;
use std::path::{Path, PathBuf};

use crate::desk::project;

/// The modules of the library in layers: a module names those of earlier layers, never one beside it or after it.
const LAYERS: &[&[&str]] = &[
    &["text", "files", "vector"],
    &["language", "embedding"],
    &["metrics"],
    &["config"],
    &["corpus"],
    &["search", "intent"],
    &["desk"],
    &["conversation"],
    &["evaluation"],
    &["tuning"],
    &["setup"],
    &["health"],
    &["console", "telegram", "import"],
];

/// The rooms of `telegram`, each with the rooms and shared pieces that it may name beside `telegram` itself.
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

/// Modules outside of `telegram` that a room may name, for the rooms that do not need all.
const ROOM_IMPORTS: &[(&str, &[&str])] =
    &[("update", &["conversation", "language", "metrics"]), ("delivery", &["config", "conversation", "metrics"])];

/// Libraries that only some modules may name.
const LIBRARIES: &[(&str, &[&str])] =
    &[("tantivy", &["search"]), ("teloxide", &["telegram"]), ("tokio", &["main", "telegram", "metrics", "health"])];

/// A longer file usually has two reasons to change.
const LONGEST_FILE: usize = 450;

/// Longer files, each with its one reason to change.
const LONGER_FILES: &[(&str, &str)] = &[("src/config.rs", "one list: every setting with its bounds")];

/// A source file of the program.
struct Source {
    /// Seen from the project: `src/search/quoting.rs`.
    path: String,
    /// The module of the library it belongs to: `search`.
    module: String,
    text: String,
}

impl Source {
    /// Returns what is compiled into the program: no tests, no comments.
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
    let sources: Vec<Source> = files(&project("src")).into_iter().map(source).collect();
    assert!(sources.len() > 20);
    sources
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Returns what a line names behind a path such as `crate::`.
fn named<'a>(line: &'a str, path: &str) -> Vec<&'a str> {
    let name = |rest: &'a str| rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next();
    line.split(path).skip(1).filter_map(name).collect()
}

#[test]
fn modules_import_to_their_left() {
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

/// Returns the rooms of `telegram` that a file in one of them names.
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
fn rooms_of_telegram_import_one_way() {
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
        let is_listed = LONGER_FILES.iter().any(|(path, _)| *path == source.path);
        assert!(n_lines <= LONGEST_FILE || is_listed, "{} has {n_lines} lines", source.path);
        assert!(n_lines > LONGEST_FILE || !is_listed, "{} is short again: take it off LONGER_FILES", source.path);
    }
    for (path, reason) in LONGER_FILES {
        assert!(project(path).exists() && !reason.is_empty(), "{path} is not there");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{} begins without a sentence", source.path);
        let name = source.path.rsplit('/').next().unwrap();
        let is_vague = ["mod.rs", "utils.rs", "util.rs", "helpers.rs", "common.rs", "misc.rs"].contains(&name);
        assert!(!is_vague, "{}: name it after what it is for", source.path);
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

#[test]
fn no_work_is_left_in_remarks() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let folders = ["src", "tests/it", "benches", "config"].map(|folder| files(&project(folder)));
    for file in folders.into_iter().flatten() {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!marks.iter().any(|mark| text.contains(mark)), "{} holds an open remark", file.display());
    }
}
