//! Statements of the README match the program.

use std::collections::BTreeMap;
use std::path::Path;

use pressdesk::conversation::COMMANDS;

const README: &str = include_str!("../../README.md");

/// Returns the first cells of the table rows that begin with a name in code, with the second cell.
fn rows() -> BTreeMap<&'static str, &'static str> {
    let mut rows = BTreeMap::new();
    for line in README.lines().filter_map(|line| line.strip_prefix("| `")) {
        let (name, rest) = line.split_once('`').unwrap();
        rows.insert(name, rest.split('|').nth(1).unwrap().trim().trim_matches('`'));
    }
    rows
}

#[test]
fn readme_lists_every_command() {
    let rows = rows();
    for command in COMMANDS {
        assert!(rows.contains_key(format!("/{command}").as_str()), "/{command} is missing");
    }
}

#[test]
fn make_targets_in_readme_exist() {
    let makefile = include_str!("../../Makefile");
    let targets = README.split("make ").skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    for rest in targets {
        let target = rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap();
        let names_it = makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
        assert!(names_it, "make {target} is no target");
    }
}

#[test]
fn files_linked_in_readme_exist() {
    for rest in README.split("](").skip(1) {
        let target = rest.split(')').next().unwrap();
        assert!(target.contains("://") || Path::new(target).exists(), "{target} does not exist");
    }
}
