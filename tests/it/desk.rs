//! The desk over the real releases, as the program sets it up.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use pressdesk::config::Config;
use pressdesk::conversation::Conversation;
use pressdesk::corpus::Corpus;
use pressdesk::search::Side;
use pressdesk::setup;

/// Returns a file or folder of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the conversation over the real releases by words alone, as where there is no model; opened once for all tests.
pub(crate) fn conversation() -> Arc<Conversation> {
    static CONVERSATION: LazyLock<Arc<Conversation>> = LazyLock::new(|| {
        let (corpus, _) = Corpus::load(&project("corpus")).unwrap();
        Arc::new(conversation_over(corpus))
    });
    Arc::clone(&CONVERSATION)
}

/// Returns the conversation over the real releases, by words and meaning.
pub(crate) fn conversation_by_meaning() -> Conversation {
    let conversation = setup::open(&Config::load(None, []).unwrap(), &|_, _| {}).unwrap();
    assert_eq!(conversation.desk().index().side(), Side::Both, "the model is missing: `make model` makes it");
    conversation
}

/// Returns a conversation over a corpus by words alone, with the settings that are shipped.
pub(crate) fn conversation_over(corpus: Corpus) -> Conversation {
    setup::open_by_words(&Config::load(None, []).unwrap(), corpus).unwrap()
}
