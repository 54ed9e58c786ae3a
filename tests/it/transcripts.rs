//! Conversations as golden files: a "> " line is input, followed by its reply; "---" starts a new conversation, and "# " lines are
//! comments.
//!
//! `UPDATE_EXPECT=1 cargo test` rewrites the replies; review the diff before you commit it.

use anstream::adapter::strip_str;
use expect_test::expect_file;
use pressdesk::console::render;
use pressdesk::conversation::{Context, Request};
use pressdesk::language::Language;

use crate::desk::{conversation, project};

/// Checks the transcripts in a language, with clients in that language.
fn check(language: Language) {
    let folder = project("tests/transcripts").join(language.code());
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "there are no transcripts");
    for file in files {
        let transcript = std::fs::read_to_string(&file).unwrap();
        expect_file![file].assert_eq(&replay(&transcript, language));
    }
}

/// Replays a transcript; returns it with the current replies.
fn replay(transcript: &str, language: Language) -> String {
    let anew = || Context { client_language: Some(language), ..Context::default() };
    let mut context = anew();
    let mut parts = Vec::new();
    for line in transcript.lines() {
        if let Some(typed) = line.strip_prefix("> ") {
            let reply = conversation().turn(&Request::parse(typed), &context).reply;
            parts.push(format!("{line}\n\n{}\n", strip_str(&render(&reply))));
            context = reply.context;
        } else if line.starts_with("# ") {
            parts.push(format!("{line}\n"));
        } else if line == "---" {
            parts.push(format!("{line}\n"));
            context = anew();
        }
    }
    parts.join("\n")
}

#[test]
fn english_conversations_match_their_transcripts() {
    check(Language::ENGLISH);
}

#[test]
fn spanish_conversations_match_their_transcripts() {
    check(Language::SPANISH);
}
