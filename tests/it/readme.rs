//! What the README says about the program is so.

use std::collections::BTreeMap;
use std::path::Path;

use pressdesk::conversation::COMMANDS;
use toml::Table;

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
fn every_setting_stands_in_it_with_its_default_and_no_other_does() {
    let settings: Table = include_str!("../../config/pressdesk.toml").parse().unwrap();
    let mut expected = BTreeMap::new();
    for (section, content) in &settings {
        for (key, default) in content.as_table().unwrap() {
            // A blank at the end can only be seen between quotation marks.
            let default = match default.as_str() {
                Some(text) if text.trim() == text => text.to_owned(),
                _ => default.to_string(),
            };
            expected.insert(format!("{section}.{key}"), default);
        }
    }
    let rows = rows();
    let listed = rows.iter().filter(|(name, _)| name.contains('.'));
    let listed: BTreeMap<String, String> =
        listed.map(|(name, default)| ((*name).to_owned(), (*default).to_owned())).collect();
    assert_eq!(listed, expected);
}

#[test]
fn every_command_stands_in_it() {
    let rows = rows();
    for command in COMMANDS {
        assert!(rows.contains_key(format!("/{command}").as_str()), "/{command} is missing");
    }
}

#[test]
fn every_make_target_that_it_names_exists() {
    let makefile = include_str!("../../Makefile");
    let targets = README.split("make ").skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    for rest in targets {
        let target = rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap();
        let names_it = makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
        assert!(names_it, "make {target} is no target");
    }
}

#[test]
fn every_file_that_it_links_to_exists() {
    for rest in README.split("](").skip(1) {
        let target = rest.split(')').next().unwrap();
        assert!(target.contains("://") || Path::new(target).exists(), "{target} does not exist");
    }
}
