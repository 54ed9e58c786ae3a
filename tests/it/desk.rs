//! The desk over the real releases, as the program sets it up.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use pressdesk::config::Config;
use pressdesk::conversation::{Conversation, Wording};
use pressdesk::corpus::Corpus;
use pressdesk::desk::{Desk, Limits};
use pressdesk::search::{CommonWords, Glossary, Ranking, SearchIndex};

/// Returns a file or folder of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the conversation over the real releases; built once for all tests.
pub(crate) fn conversation() -> Arc<Conversation> {
    static CONVERSATION: LazyLock<Arc<Conversation>> = LazyLock::new(|| {
        let (corpus, _) = Corpus::load(&project("corpus")).unwrap();
        Arc::new(conversation_over(corpus))
    });
    Arc::clone(&CONVERSATION)
}

/// Builds the conversation over a corpus, with the settings that are shipped.
pub(crate) fn conversation_over(corpus: Corpus) -> Conversation {
    let config = Config::load(None, []).unwrap();
    let index = SearchIndex::build(
        Arc::new(corpus),
        &Glossary::load(&config.glossary).unwrap(),
        CommonWords::load(&config.common_words).unwrap(),
        Ranking::load(&config.ranking).unwrap(),
    );
    let limits = Limits { passages: config.passages, excerpt_length: config.excerpt_length };
    let wording = Wording::load(&config.locales, config.language, config.organisation).unwrap();
    Conversation::new(Desk::new(index.unwrap(), limits), wording, config.releases_per_page)
}
