//! Everything that a conversation needs, opened as the settings say.

use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use tracing::{info, warn};

use crate::config::{Config, Faults};
use crate::conversation::{Conversation, HelpLines, Wording};
use crate::corpus::{Corpus, Problem};
use crate::desk::{Desk, Limits};
use crate::embedding::{EmbeddingModel, ModelError};
use crate::intent::{Examples, IntentClassifier, Weights};
use crate::search::{EmbeddingStore, Glossary, Ranking, SearchIndex, TypicalQuestions, WordList};

/// What the settings name besides the releases, read and found right.
#[derive(Debug)]
pub struct Parts {
    glossary: Glossary,
    common_words: WordList,
    places: WordList,
    questions: TypicalQuestions,
    ranking: Ranking,
    intents: Intents,
    wording: Wording,
    help_lines: HelpLines,
}

/// The examples of the intents, with the weights.
#[derive(Debug)]
struct Intents {
    examples: Examples,
    weights: Weights,
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
        let questions = noting(TypicalQuestions::load(&config.questions), &mut faults);
        let ranking = noting(Ranking::load(&config.ranking), &mut faults);
        let wording = noting(Wording::load(&config.locales, config.language, config.organisation.clone()), &mut faults);
        let intents = noting(Intents::load(config), &mut faults);
        let help_lines = noting(HelpLines::load(&config.help_lines), &mut faults);
        let files = (glossary, common_words, places, questions, ranking);
        match (files, intents, wording, help_lines) {
            (
                (Some(glossary), Some(common_words), Some(places), Some(questions), Some(ranking)),
                Some(intents),
                Some(wording),
                Some(help_lines),
            ) => Ok(Self { glossary, common_words, places, questions, ranking, intents, wording, help_lines }),
            _ => Err(Faults(faults)),
        }
    }

    fn index(self, corpus: Corpus, problems: Vec<Problem>) -> anyhow::Result<Indexed> {
        let Self { glossary, common_words, places, questions, ranking, intents, wording, help_lines } = self;
        let index = SearchIndex::build(Arc::new(corpus), &glossary, common_words, places, ranking);
        let index = index.context("could not index the releases")?;
        Ok(Indexed { index, intents, wording, help_lines, questions, problems })
    }
}

impl Intents {
    fn load(config: &Config) -> anyhow::Result<Self> {
        Ok(Self { examples: Examples::load(&config.intents)?, weights: Weights::load(&config.intents)? })
    }

    fn classifier(self, store: Option<&EmbeddingStore>) -> IntentClassifier {
        let vector_of = |text: &str| store?.question(text);
        IntentClassifier::new(&self.examples, self.weights, vector_of)
    }
}

/// Reads the releases, and the problems of their files.
///
/// # Errors
///
/// When the folder can't be read.
pub fn read_corpus(config: &Config) -> Result<(Corpus, Vec<Problem>), Faults> {
    Corpus::load(&config.corpus).map_err(|error| Faults(vec![format!("{error:#}")]))
}

/// Opens the desk and puts it into conversation; returns the problems of the releases too.
///
/// `progress` is called with the number of embeddings made and of all, where some are missing.
///
/// # Errors
///
/// [`Faults`] of the settings, all at once, or an index that can't be built.
pub fn open(config: &Config, progress: &(dyn Fn(usize, usize) + Sync)) -> anyhow::Result<(Conversation, Vec<Problem>)> {
    let (indexed, model) = read_side_by_side(config);
    let indexed = indexed?;
    match model {
        Ok(model) => {
            let mut store = EmbeddingStore::open(&config.embeddings, &model);
            let indexed = indexed.with_vectors(model, &mut store, progress);
            if let Err(error) = store.check() {
                warn!("{error:#}");
            }
            Ok(indexed.converse(config, Some(&store)))
        }
        Err(error) => {
            warn!("semantic search is off, answering by keywords only: {error}");
            Ok(indexed.converse(config, None))
        }
    }
}

/// Computes the embeddings that the releases need and the store lacks, and drops from it what they don't need; returns the
/// number of indexed passages and the problems of the releases. `progress` is called as by [`open`].
///
/// # Errors
///
/// As [`open`]; also when there is no model, when it can't be used, or when the embeddings can't be stored.
pub fn index(config: &Config, progress: &(dyn Fn(usize, usize) + Sync)) -> anyhow::Result<(usize, Vec<Problem>)> {
    let (indexed, model) = read_side_by_side(config);
    let indexed = indexed?;
    let model = model.map_err(|error| match error {
        ModelError::Missing(_) => anyhow::anyhow!("{error}; `make model` makes the one of the default settings"),
        ModelError::Unusable { .. } => error.into(),
    })?;
    let mut store = EmbeddingStore::open(&config.embeddings, &model);
    // Before a long time is spent in vain.
    store.check()?;
    let Indexed { index, problems, .. } = indexed.with_vectors(model, &mut store, progress);
    store.tidy()?;
    Ok((index.n_passages(), problems))
}

/// The releases indexed by words, and what else a conversation needs.
struct Indexed {
    index: SearchIndex,
    intents: Intents,
    wording: Wording,
    help_lines: HelpLines,
    questions: TypicalQuestions,
    problems: Vec<Problem>,
}

impl Indexed {
    fn with_vectors(
        self,
        model: EmbeddingModel,
        store: &mut EmbeddingStore,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Self {
        let texts = self.intents.examples.texts();
        Self { index: self.index.with_vectors(model, store, &self.questions, &texts, progress), ..self }
    }

    fn converse(self, config: &Config, store: Option<&EmbeddingStore>) -> (Conversation, Vec<Problem>) {
        let limits = Limits { passages: config.passages, excerpt_length: config.excerpt_length };
        let (desk, classifier) = (Desk::new(self.index, limits), self.intents.classifier(store));
        let conversation = Conversation::new(desk, self.wording, classifier, self.help_lines, config.releases_per_page);
        (conversation, self.problems)
    }
}

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
    info!(releases = corpus.releases.len(), "loaded {} releases", corpus.releases.len());
    parts.index(corpus, problems)
}

/// Opens the desk over releases that are in memory already, by words alone.
///
/// # Errors
///
/// As [`open`].
pub fn open_by_words(config: &Config, corpus: Corpus) -> anyhow::Result<Conversation> {
    Ok(Parts::read(config)?.index(corpus, Vec::new())?.converse(config, None).0)
}

/// Puts an error among the faults.
fn noting<T>(result: anyhow::Result<T>, faults: &mut Vec<String>) -> Option<T> {
    result.map_err(|error| faults.push(format!("{error:#}"))).ok()
}
