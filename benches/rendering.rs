//! Layout of every text that the bot can produce from a corpus: by Telegram's rules none may be refused or changed.
//!
//! Checks what the tests of `tests/it/telegram/rendering.rs` check, over a corpus of any size:
//! `PRESSDESK_BENCH_CORPUS=FOLDER cargo bench --bench rendering`; without the variable over the releases of the project. With
//! `-- disfigured` at the end the texts of the corpus are disfigured, which takes many times as long. Fails if a text is refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::path::PathBuf;
use std::time::Instant;

use pressdesk::config::Config;
use pressdesk::corpus::Corpus;
use pressdesk::setup;

#[path = "../tests/it/telegram/rules.rs"]
#[allow(dead_code)]
mod rules;
#[path = "../tests/it/telegram/texts.rs"]
#[allow(dead_code)]
mod texts;

/// Maximum number of refused texts that are printed.
const MAX_PRINTED: usize = 5;

fn main() -> anyhow::Result<()> {
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let folder = std::env::var_os("PRESSDESK_BENCH_CORPUS").map_or_else(|| PathBuf::from("corpus"), PathBuf::from);
    let (corpus, _) = Corpus::load(&folder, None)?;
    let n_refused = match std::env::args().any(|argument| argument == "disfigured") {
        true => check("disfigured", texts::disfigured_corpus(corpus, 0))?,
        false => check("as it is", corpus)?,
    };
    anyhow::ensure!(n_refused == 0, "{n_refused} texts are refused");
    Ok(())
}

/// Lays the texts of a corpus out and checks them; returns the number of those that are refused.
fn check(name: &str, corpus: Corpus) -> anyhow::Result<usize> {
    let n_paragraphs: usize = corpus.releases.iter().map(|release| release.paragraphs.len()).sum();
    let n_releases = corpus.releases.len();
    let conversation = setup::open_keyword_only(&Config::load(None, [])?, corpus)?;
    let start = Instant::now();
    let (n_texts, refused) = texts::check(&conversation);
    println!(
        "corpus of {n_releases} releases with {n_paragraphs} paragraphs, {name}: {n_texts} texts laid out, {} refused; aim: 0; {:.0} s",
        refused.len(),
        start.elapsed().as_secs_f64()
    );
    for refused in refused.iter().take(MAX_PRINTED) {
        println!("  {}", refused.chars().take(400).collect::<String>());
    }
    Ok(refused.len())
}
