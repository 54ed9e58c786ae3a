//! Everything that a conversation needs, opened as the settings say.

use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use tracing::{info, warn};

use crate::config::{Config, Faults};
use crate::conversation::{Conversation, Wording};
use crate::corpus::{Corpus, Problem};
use crate::desk::{Desk, Limits};
use crate::embedding::{EmbeddingModel, ModelError};
use crate::language::Languages;
use crate::search::{Glossary, Ranking, SearchIndex, Store, TypicalQuestions, WordList};

/// What the settings name besides the releases, read and found right.
#[derive(Debug)]
pub struct Parts {
    glossary: Glossary,
    common_words: WordList,
    places: WordList,
    languages: Languages,
    questions: TypicalQuestions,
    ranking: Ranking,
    wording: Wording,
}

impl Parts {
    /// Reads the files that the settings name.
    ///
    /// # Errors
    ///
    /// The faults of all files at once.
    pub fn read(config: &Config) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        let glossary = noting(Glossary::load(&config.glossary), &mut faults);
        let common_words = noting(WordList::load(&config.common_words), &mut faults);
        let places = noting(WordList::load(&config.places), &mut faults);
        let languages = noting(Languages::load(&config.languages), &mut faults);
        let questions = noting(TypicalQuestions::load(&config.questions), &mut faults);
        let ranking = noting(Ranking::load(&config.ranking), &mut faults);
        let wording = noting(Wording::load(&config.locales, config.language, config.organisation.clone()), &mut faults);
        match (glossary, common_words, places, languages, questions, ranking, wording) {
            (
                Some(glossary),
                Some(common_words),
                Some(places),
                Some(languages),
                Some(questions),
                Some(ranking),
                Some(wording),
            ) => Ok(Self { glossary, common_words, places, languages, questions, ranking, wording }),
            _ => Err(Faults(faults)),
        }
    }
}

impl Parts {
    fn index(self, corpus: Corpus) -> anyhow::Result<Indexed> {
        let Self { glossary, common_words, places, languages, questions, ranking, wording } = self;
        let index = SearchIndex::build(Arc::new(corpus), &glossary, common_words, places, ranking, Arc::new(languages));
        Ok((index.context("could not index the releases")?, wording, questions))
    }
}

/// Reads the releases; their problems are for the log or for `pressdesk check`.
///
/// # Errors
///
/// When the folder can't be read.
pub fn read_corpus(config: &Config) -> Result<(Corpus, Vec<Problem>), Faults> {
    Corpus::load(&config.corpus).map_err(|error| Faults(vec![format!("{error:#}")]))
}

/// Opens the desk and puts it into conversation; problems of the releases are logged.
///
/// `progress` hears how many of how many embeddings are made, where some are missing.
///
/// # Errors
///
/// [`Faults`] of the settings, all at once, or an index that can't be built.
pub fn open(config: &Config, progress: &(dyn Fn(usize, usize) + Sync)) -> anyhow::Result<Conversation> {
    let (indexed, model) = read_side_by_side(config);
    let (index, wording, questions) = indexed?;
    let index = match model {
        Ok(model) => {
            let mut store = Store::open(&config.embeddings, &model);
            let index = index.with_meaning(model, &mut store, &questions, progress);
            if let Err(error) = store.check() {
                warn!("{error:#}");
            }
            index
        }
        Err(error) => {
            warn!("semantic search is off, answering by keywords only: {error}");
            index
        }
    };
    Ok(converse(config, index, wording))
}

/// Computes the embeddings that the releases need and the store lacks, and drops from it what they don't need; returns how
/// many passages are indexed. `progress` is told as by [`open`].
///
/// # Errors
///
/// As [`open`]; also when there is no model, when it can't be used, or when the embeddings can't be stored.
pub fn index(config: &Config, progress: &(dyn Fn(usize, usize) + Sync)) -> anyhow::Result<usize> {
    let (indexed, model) = read_side_by_side(config);
    let (index, _, questions) = indexed?;
    let model = model.map_err(|error| match error {
        ModelError::Missing(_) => anyhow::anyhow!("{error}; `make model` makes the one of the default settings"),
        ModelError::Unusable { .. } => error.into(),
    })?;
    let mut store = Store::open(&config.embeddings, &model);
    // Before a long time is spent in vain.
    store.check()?;
    let index = index.with_meaning(model, &mut store, &questions, progress);
    store.tidy()?;
    Ok(index.n_passages())
}

type Indexed = (SearchIndex, Wording, TypicalQuestions);

/// Reads the releases and the model: each takes about as long as the other.
fn read_side_by_side(config: &Config) -> (anyhow::Result<Indexed>, Result<EmbeddingModel, ModelError>) {
    thread::scope(|scope| {
        let model = scope.spawn(|| EmbeddingModel::load(&config.model));
        (read_and_index(config), model.join().expect("reading a model does not panic"))
    })
}

fn read_and_index(config: &Config) -> anyhow::Result<Indexed> {
    let (parts, corpus) = match (Parts::read(config), read_corpus(config)) {
        (Ok(parts), Ok(corpus)) => (parts, corpus),
        (Err(Faults(mut faults)), Err(Faults(more))) => {
            faults.extend(more);
            return Err(Faults(faults).into());
        }
        (Err(faults), _) | (_, Err(faults)) => return Err(faults.into()),
    };
    let (corpus, problems) = corpus;
    for problem in &problems {
        warn!("{problem}");
    }
    info!(releases = corpus.releases.len(), "loaded {} releases", corpus.releases.len());
    parts.index(corpus)
}

/// Opens the desk over releases that are in memory already, by words alone.
///
/// # Errors
///
/// As [`open`].
pub fn open_by_words(config: &Config, corpus: Corpus) -> anyhow::Result<Conversation> {
    let (index, wording, _) = Parts::read(config)?.index(corpus)?;
    Ok(converse(config, index, wording))
}

fn converse(config: &Config, index: SearchIndex, wording: Wording) -> Conversation {
    let limits = Limits { passages: config.passages, excerpt_length: config.excerpt_length };
    Conversation::new(Desk::new(index, limits), wording, config.releases_per_page)
}

/// Puts an error among the faults.
fn noting<T>(result: anyhow::Result<T>, faults: &mut Vec<String>) -> Option<T> {
    result.map_err(|error| faults.push(format!("{error:#}"))).ok()
}
