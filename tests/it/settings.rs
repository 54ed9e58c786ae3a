//! `docs/SETTINGS.md`, generated from `config/pressdesk.toml`: `UPDATE_EXPECT=1` rewrites it.

use std::fmt::Write as _;

use expect_test::expect_file;

const SETTINGS: &str = include_str!("../../config/pressdesk.toml");

/// Text before the tables.
const HEAD: &str = "\
# Settings

`config/pressdesk.toml` holds every setting with its default; this page is generated from it.
The environment takes precedence: `passages` of `[answers]` is `PRESSDESK_ANSWERS_PASSAGES`; a file called `.env` counts as environment.
Unknown names and wrong values are reported all at once at start; `make check` reports them too, together with all faults of the releases.

Three more come only from the environment or `.env`, because they are secret or specific to a machine:

| Variable | Meaning |
|---|---|
| `TELOXIDE_TOKEN` | the bot's token |
| `TELOXIDE_TOKEN_FILE` | a file that holds the token instead |
| `TELOXIDE_API_URL` | your own server of the Bot API instead of Telegram's |
";

/// Renders the settings as Markdown: a heading per section, its settings in groups that share a comment.
fn markdown() -> String {
    let mut page = HEAD.to_owned();
    let (mut comment, mut is_new_group) = (Vec::new(), true);
    let sections = SETTINGS.lines().skip_while(|line| !line.starts_with('['));
    for line in sections {
        if let Some(section) = line.strip_prefix('[') {
            write!(page, "\n## `{}`\n", section.trim_end_matches(']')).unwrap();
            is_new_group = true;
        } else if let Some(text) = line.strip_prefix('#') {
            if !is_new_group {
                comment.clear();
            }
            comment.push(text.trim());
            is_new_group = true;
        } else if let Some((key, default)) = line.split_once(" = ") {
            if is_new_group {
                write!(page, "\n{}\n\n", comment.join(" ")).unwrap();
                comment.clear();
                is_new_group = false;
            }
            writeln!(page, "- `{key}`: default `{default}`").unwrap();
        }
    }
    page
}

#[test]
fn settings_page_matches_defaults() {
    expect_file!["../../docs/SETTINGS.md"].assert_eq(&markdown());
}
