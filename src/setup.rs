//! Setup: opens everything that a conversation needs, by the settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use tracing::{info, warn};

use crate::config::{Config, OwnContact, SettingFaults};
use crate::conversation::{Conversation, HelpLines, Wording};
use crate::corpus::{Contact, Corpus, Problem, Release};
use crate::desk::{Desk, Limits};
use crate::embedding::{EmbeddingModel, ModelError};
use crate::evaluation::{self, LabelledCorpus};
use crate::intent::{Examples, IntentClassifier, IntentWeights};
use crate::language::Languages;
use crate::search::{EmbeddingStore, Glossary, Ranking, SearchIndex, TypicalQuestions, WordList};
use crate::text::{Words, fold};

/// Files that the settings name besides the releases, loaded and validated.
#[derive(Debug)]
pub struct Resources {
    glossary: Glossary,
    common_words: WordList,
    places: WordList,
    languages: Languages,
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
    weights: IntentWeights,
}

impl Resources {
    /// Reads the files that the settings name.
    ///
    /// # Errors
    ///
    /// Returns the faults of all files at once.
    pub fn read(config: &Config) -> Result<Self, SettingFaults> {
        let mut faults = Vec::new();
        let glossary = collect_fault(Glossary::load(&config.glossary), &mut faults);
        let common_words = collect_fault(WordList::load(&config.common_words), &mut faults);
        let places = collect_fault(WordList::load(&config.places), &mut faults);
        let languages = collect_fault(Languages::load(&config.languages), &mut faults);
        let questions = collect_fault(TypicalQuestions::load(&config.questions), &mut faults);
        let ranking = collect_fault(Ranking::load(&config.ranking), &mut faults);
        let wording =
            collect_fault(Wording::load(&config.locales, config.language, config.organisation.clone()), &mut faults);
        let intents = collect_fault(Intents::load(config), &mut faults);
        let help_lines = collect_fault(HelpLines::load(&config.help_lines), &mut faults);
        let files = (glossary, common_words, places, languages, questions, ranking);
        match (files, intents, wording, help_lines) {
            (
                (Some(glossary), Some(common_words), Some(places), Some(languages), Some(questions), Some(ranking)),
                Some(intents),
                Some(wording),
                Some(help_lines),
            ) => {
                Ok(Self { glossary, common_words, places, languages, questions, ranking, intents, wording, help_lines })
            }
            _ => Err(SettingFaults(faults)),
        }
    }

    fn index(self, corpus: Corpus, problems: Vec<Problem>) -> anyhow::Result<Indexed> {
        let Self { glossary, common_words, places, languages, questions, ranking, intents, wording, help_lines } = self;
        let index = SearchIndex::build(Arc::new(corpus), &glossary, common_words, places, ranking, Arc::new(languages));
        let index = index.context("could not index the releases")?;
        Ok(Indexed { index, intents, wording, help_lines, questions, problems })
    }
}

impl Intents {
    fn load(config: &Config) -> anyhow::Result<Self> {
        Ok(Self { examples: Examples::load(&config.intents)?, weights: IntentWeights::load(&config.intents)? })
    }

    fn classifier(self, store: Option<&EmbeddingStore>) -> IntentClassifier {
        let vector_of = |text: &str| store?.question(text);
        IntentClassifier::new(&self.examples, self.weights, vector_of)
    }
}

/// Reads the releases; returns the problems of their files too. Where the resources have faults, some problems are not told.
///
/// # Errors
///
/// When the folder can't be read.
pub fn read_corpus(config: &Config, resources: Option<&Resources>) -> Result<(Corpus, Vec<Problem>), SettingFaults> {
    Corpus::load(&config.corpus, resources.map(|resources| &resources.languages))
        .map_err(|error| SettingFaults(vec![format!("{error:#}")]))
}

/// Opens the conversation; returns the problems of the releases too.
///
/// `progress` is called with the number of computed embeddings and the total, if some are missing.
///
/// # Errors
///
/// [`SettingFaults`] of the settings, all at once, or an index that can't be built.
pub fn open(config: &Config, progress: &(dyn Fn(usize, usize) + Sync)) -> anyhow::Result<(Conversation, Vec<Problem>)> {
    let (indexed, model) = load_in_parallel(config);
    let indexed = indexed?;
    match model {
        Ok(model) => {
            let mut store = EmbeddingStore::open(&config.embeddings, &model);
            let indexed = indexed.with_vectors(model, &mut store, progress);
            if let Err(error) = store.check() {
                warn!("{error:#}");
            }
            if indexed.index.lacks_reranker() {
                warn!(
                    "{} has no reranker.onnx, by which the weights in {} were fitted, so worse passages are found; run `make model`, or `pressdesk tune` for another model",
                    config.model.folder.display(),
                    config.ranking.display()
                );
            }
            Ok(indexed.converse(config, Some(&store)))
        }
        Err(error) => {
            warn!("semantic search is off, answering by keywords only: {error}");
            Ok(indexed.converse(config, None))
        }
    }
}

/// Computes missing embeddings and removes unused ones from the store; returns the number of indexed passages and the problems
/// of the releases. `progress` is called as by [`open`].
///
/// # Errors
///
/// As [`open`]; also when the model is missing or unusable, or the embeddings can't be stored.
pub fn index(config: &Config, progress: &(dyn Fn(usize, usize) + Sync)) -> anyhow::Result<(usize, Vec<Problem>)> {
    let (indexed, model) = load_in_parallel(config);
    let indexed = indexed?;
    let model = model.map_err(|error| match error {
        ModelError::Missing(_) => anyhow::anyhow!("{error}; `make model` makes the one of the default settings"),
        ModelError::Unusable { .. } => error.into(),
    })?;
    let mut store = EmbeddingStore::open(&config.embeddings, &model);
    // Fails before the long computation.
    store.check()?;
    let Indexed { index, problems, .. } = indexed.with_vectors(model, &mut store, progress);
    store.tidy()?;
    Ok((index.n_passages(), problems))
}

/// Keyword index of the releases, with the other resources of a conversation.
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
        let own_contact = config.organisation.contact.clone().map(|OwnContact { name, role, phone, email }| Contact {
            name,
            role,
            office: None,
            phone,
            email,
        });
        let wording = match (config.language, self.index.corpus().main_language()) {
            (None, Some(language)) => self.wording.falling_back_to(language),
            _ => self.wording,
        };
        let desk = Desk::new(self.index, limits).with_own_contact(own_contact);
        let classifier = self.intents.classifier(store);
        let conversation = Conversation::new(desk, wording, classifier, self.help_lines, config.releases_per_page);
        (conversation, self.problems)
    }
}

/// Returns a warning where the organisation's name is the default one and few of the releases name it: another one published them.
#[must_use]
pub fn organisation_warning(config: &Config, corpus: &Corpus) -> Option<String> {
    let organisation = &config.organisation;
    let names = organisation.short_names.values().chain([&organisation.short_name]).collect::<Vec<_>>();
    let names_it = |text: &str| Words::of(text).iter().any(|word| names.iter().any(|name| fold(name) == word.folded));
    let is_theirs = |release: &&Arc<Release>| {
        let offices = release.contacts.iter().filter_map(|contact| contact.office.as_deref());
        let texts = release.paragraphs.iter().map(|paragraph| paragraph.text.as_str());
        offices.chain(texts).chain([release.title.as_str()]).any(names_it)
    };
    let n_theirs = corpus.releases.iter().filter(is_theirs).count();
    (organisation.is_default && 2 * n_theirs < corpus.releases.len()).then(|| {
        format!(
            "`organisation.name` is not set, so the bot names {} as the publisher, which {n_theirs} of {} releases name; set it and `organisation.short_name`",
            organisation.name,
            corpus.releases.len()
        )
    })
}

/// Reads the releases and the model: each takes about as long as the other.
fn load_in_parallel(config: &Config) -> (anyhow::Result<Indexed>, Result<EmbeddingModel, ModelError>) {
    thread::scope(|scope| {
        let model = scope.spawn(|| EmbeddingModel::load(&config.model));
        (read_and_index(config), model.join().expect("reading a model does not panic"))
    })
}

fn read_and_index(config: &Config) -> anyhow::Result<Indexed> {
    let resources = Resources::read(config);
    let corpus = read_corpus(config, resources.as_ref().ok());
    let (resources, corpus) = match (resources, corpus) {
        (Ok(resources), Ok(corpus)) => (resources, corpus),
        (Err(SettingFaults(mut faults)), Err(SettingFaults(more))) => {
            faults.extend(more);
            return Err(SettingFaults(faults).into());
        }
        (Err(faults), _) | (_, Err(faults)) => return Err(faults.into()),
    };
    let (corpus, problems) = corpus;
    info!(releases = corpus.releases.len(), "loaded {} releases", corpus.releases.len());
    resources.index(corpus, problems)
}

/// Opens a conversation over loaded releases, by keywords only.
///
/// # Errors
///
/// As [`open`].
pub fn open_keyword_only(config: &Config, corpus: Corpus) -> anyhow::Result<Conversation> {
    Ok(Resources::read(config)?.index(corpus, Vec::new())?.converse(config, None).0)
}

/// Adds an error to the faults.
fn collect_fault<T>(result: anyhow::Result<T>, faults: &mut Vec<String>) -> Option<T> {
    result.map_err(|error| faults.push(format!("{error:#}"))).ok()
}

/// Opens files of labelled questions with their releases: those in the folder `corpus` beside a file, where there is one and
/// `only` names no other folder, else those of the settings. Returns the problems of the releases too.
///
/// # Errors
///
/// As [`open`]; also when a file can't be read or has a line that is no labelled question.
pub fn open_labelled(
    config: &Config,
    only: Option<&Path>,
    files: &[PathBuf],
) -> anyhow::Result<(Vec<LabelledCorpus>, Vec<Problem>)> {
    let (mut corpora, mut problems): (Vec<LabelledCorpus>, _) = (Vec::new(), Vec::new());
    for file in files {
        let questions = evaluation::load(file)?;
        let beside = || evaluation::corpus_beside(file).unwrap_or_else(|| config.corpus.clone());
        let folder = only.map_or_else(beside, Path::to_owned);
        let name = folder.display().to_string();
        if let Some(corpus) = corpora.iter_mut().find(|corpus| corpus.name == name) {
            corpus.files.push((file.clone(), questions));
            continue;
        }
        let (conversation, found) = open(&Config { corpus: folder, ..config.clone() }, &|_, _| {})?;
        problems.extend(found);
        corpora.push(LabelledCorpus { name, conversation, files: vec![(file.clone(), questions)] });
    }
    Ok((corpora, problems))
}
