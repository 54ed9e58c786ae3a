//! Vectors of the passages: of paragraphs, sentences and phrases, compared with those of a question.
//!
//! Most of the mean is taken off both sides first ([`crate::vector`]): of the passages, and of questions people typically ask
//! in the language of the question ([`TypicalQuestions`]). This alone brings the right passage first for .73 of the labelled
//! questions instead of .67.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, bail};

use super::Index;
use super::store::{EmbeddingStore, Role, TextVectors};
use super::word_vectors::{QuestionWord, WordCosines, WordVectors};
use crate::corpus::Corpus;
use crate::embedding::{Embedding, EmbeddingModel};
use crate::language::Language;
use crate::vector::{Vector, apart, dot, mean, normalized};

/// Number of tokens of a phrase, and from its start to that of the next one. Single tokens are no better (by
/// .003 of hit@1 in cross-validation) and take twice the memory; eight tokens are worse by .003, sixteen by .014. When this
/// changes, the number that begins the stored embeddings must too.
const PHRASE: (usize, usize) = (4, 2);

/// Questions that people typically ask, by language; what they have in common tells nothing about what one of them means.
#[derive(Debug, Clone, Default)]
pub struct TypicalQuestions(BTreeMap<Language, Vec<String>>);

impl TypicalQuestions {
    /// Reads them from a TOML file: a list of questions for each language, by its two-letter code.
    ///
    /// # Errors
    ///
    /// When the file can't be read or is of another shape.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let text =
            crate::files::read_text(path).with_context(|| format!("could not read the typical questions {name}"))?;
        let lists: BTreeMap<String, Vec<String>> =
            toml::from_str(&text).with_context(|| format!("the typical questions {name} are not right"))?;
        let mut questions = BTreeMap::new();
        for (code, list) in lists {
            match Language::from_code(&code) {
                Some(_) if list.is_empty() => bail!("the typical questions {name} have none in `{code}`; leave it out"),
                Some(language) => questions.insert(language, list),
                None => bail!("the typical questions {name} name a language `{code}`; two letters are expected"),
            };
        }
        Ok(Self(questions))
    }
}

/// The vectors of every passage, and the model that embeds questions.
#[derive(Debug)]
pub(in crate::search) struct VectorIndex {
    model: EmbeddingModel,
    passages: Vec<PassageVectors>,
    /// The mean of the typical questions of each language.
    typical: BTreeMap<Language, Vec<f32>>,
    /// The mean of those of all languages.
    typical_of_all: Vec<f32>,
    /// The direction of each release: the mean of its passages, brought to length 1.
    of_releases: Vec<Vec<f32>>,
    words: WordVectors,
}

/// The vectors of one passage.
#[derive(Debug)]
struct PassageVectors {
    /// Number of its release.
    release: usize,
    /// Of the paragraph alone.
    paragraph: Vector,
    /// Of the paragraph below the title of its release.
    titled: Vector,
    /// Of each sentence.
    sentences: Vec<Vector>,
    /// Cosine of each sentence and the direction of the release.
    along_release: Vec<f32>,
    /// Of each phrase of the paragraph.
    phrases: Vec<Vector>,
    /// Of each phrase of the title and the paragraph together.
    titled_phrases: Vec<Vector>,
}

/// A text with its embedding as a question.
#[derive(Debug, Clone)]
pub struct EmbeddedText {
    /// The text that was embedded.
    pub text: String,
    /// Its vectors.
    pub embedding: Embedding,
}

/// The vectors of a question.
#[derive(Debug)]
pub(in crate::search) struct QuestionVectors {
    pub(in crate::search) whole: Vec<f32>,
    tokens: Vec<Vec<f32>>,
    /// The vectors of the tokens in a quarter of their size, which are compared in a fifth of the time.
    small_tokens: Vec<Vector>,
}

/// A passage to embed: its paragraph, and the ranges of its sentences.
pub(in crate::search) struct PassageTexts<'a> {
    /// Number of its release.
    pub(in crate::search) release: usize,
    pub(in crate::search) title: &'a str,
    /// The line that introduces the list that it is an item of.
    pub(in crate::search) introduction: Option<&'a str>,
    pub(in crate::search) text: &'a str,
    pub(in crate::search) sentences: &'a [Range<usize>],
}

impl PassageTexts<'_> {
    fn paragraph(&self) -> String {
        self.introduced(self.text)
    }

    fn titled(&self) -> String {
        format!("{}. {}", self.title, self.introduced(self.text))
    }

    fn sentences(&self) -> impl Iterator<Item = String> {
        self.sentences.iter().map(|sentence| self.introduced(&self.text[sentence.clone()]))
    }

    fn introduced(&self, text: &str) -> String {
        self.introduction.map_or_else(|| text.to_owned(), |introduction| format!("{introduction} {text}"))
    }
}

/// Returns the text to embed for a question about some release: a follow-up such as “who paid?”.
pub(in crate::search) fn in_context(corpus: &Corpus, context: &[String], question: &str) -> Option<String> {
    let about = context.first()?;
    let release = corpus.releases.iter().find(|release| release.answers_to(about))?;
    Some(format!("{}. {question}", release.title))
}

impl VectorIndex {
    /// Takes the vectors from the store and computes those that are missing, on all cores; those of the texts `also` are left in
    /// the store. `progress` is called with the number done and of all.
    pub(in crate::search) fn build(
        model: EmbeddingModel,
        store: &mut EmbeddingStore,
        index: &Index,
        wanted: &[PassageTexts<'_>],
        questions: &TypicalQuestions,
        also: &[String],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Self {
        let mut tasks: Vec<(Role, String)> = Vec::new();
        for passage in wanted {
            tasks.push((Role::Phrased, passage.paragraph()));
            tasks.push((Role::Phrased, passage.titled()));
            tasks.extend(passage.sentences().map(|sentence| (Role::Passage, sentence)));
        }
        tasks.extend(questions.0.values().flatten().map(|question| (Role::Question, question.clone())));
        tasks.extend(index.vocabulary.words().iter().map(|word| (Role::Word, word.clone())));
        tasks.extend(also.iter().map(|text| (Role::Question, text.clone())));
        store.keep(&tasks);
        tasks.retain(|(role, text)| !store.has(*role, text));
        tasks.sort_unstable();
        tasks.dedup();
        compute(&model, &tasks, store, progress);

        let get = |role, text: &str| store.get(role, text).unwrap_or_else(|| read(&model, role, text));
        let passages = wanted.iter().map(|passage| {
            let TextVectors { whole: paragraph, phrases } = get(Role::Phrased, &passage.paragraph());
            let sentences = passage.sentences().map(|sentence| get(Role::Passage, &sentence).whole).collect();
            let TextVectors { whole: titled, phrases: titled_phrases } = get(Role::Phrased, &passage.titled());
            PassageVectors {
                release: passage.release,
                paragraph,
                titled,
                sentences,
                along_release: Vec::new(),
                phrases,
                titled_phrases,
            }
        });
        let mut passages: Vec<PassageVectors> = passages.collect();
        centre(&mut passages);
        let of_releases = directions(&mut passages);
        let typical = questions.0.iter().map(|(language, questions)| {
            (*language, mean(questions.iter().map(|question| get(Role::Question, question).whole.to_numbers())))
        });
        let typical: BTreeMap<Language, Vec<f32>> = typical.collect();
        let typical_of_all = mean(typical.values().cloned());
        let words: Vec<Vector> = index.vocabulary.words().iter().map(|word| get(Role::Word, word).whole).collect();
        let words = WordVectors::new(&words);
        Self { model, passages, typical, typical_of_all, of_releases, words }
    }

    /// Embeds a text as a question.
    pub(in crate::search) fn embed(&self, text: &str) -> EmbeddedText {
        EmbeddedText { text: text.to_owned(), embedding: self.model.embed_query(text) }
    }

    /// Compares words of a question, each by itself, with the words of the releases.
    pub(in crate::search) fn words(&self, index: &Index, words: &[QuestionWord<'_>]) -> Vec<WordCosines> {
        self.words.cosines(index, words, &self.model)
    }

    /// Returns the vectors of a question in a language.
    pub(in crate::search) fn of_question(&self, embedded: EmbeddedText, language: Option<Language>) -> QuestionVectors {
        let typical = language.and_then(|language| self.typical.get(&language)).unwrap_or(&self.typical_of_all);
        let without = |vector: Vec<f32>| apart(vector, typical);
        let tokens: Vec<Vec<f32>> = embedded.embedding.tokens.into_iter().map(without).collect();
        let small_tokens = tokens.iter().map(|token| Vector::new(token)).collect();
        QuestionVectors { whole: without(embedded.embedding.pooled), tokens, small_tokens }
    }

    /// Returns the similarity of each passage to a question: the cosines of its paragraph and of its most similar sentence, on average.
    pub(in crate::search) fn of_all(&self, question: &QuestionVectors) -> Vec<f32> {
        let like = |passage: &PassageVectors| {
            (passage.paragraph.cosine(&question.whole) + passage.sentence(&question.whole)) / 2.0
        };
        self.passages.iter().map(like).collect()
    }

    /// Returns the cosine of a question and a passage below the title of its release.
    pub(in crate::search) fn titled(&self, question: &QuestionVectors, passage: usize) -> f32 {
        self.passages[passage].titled.cosine(&question.whole)
    }

    /// Tells whether the model has a reranker.
    pub(in crate::search) fn has_reranker(&self) -> bool {
        self.model.has_reranker()
    }

    /// Returns the logarithm of the odds that a passage answers a question, by the reranker; `None` where the model has none.
    pub(in crate::search) fn log_odds(&self, question: &QuestionVectors, passage: usize) -> Option<f32> {
        let PassageVectors { phrases, titled, .. } = &self.passages[passage];
        self.model.log_odds(&question.tokens, phrases.iter().map(Vector::to_numbers), titled.to_numbers())
    }

    /// Returns the cosine of a question and a sentence of a passage.
    pub(in crate::search) fn sentence(&self, question: &QuestionVectors, passage: usize, sentence: usize) -> f32 {
        self.passages[passage].sentences.get(sentence).map_or(0.0, |vector| vector.cosine(&question.whole))
    }

    /// Returns the cosine of a question and the most similar sentence of a passage, each without its part in the direction of the
    /// release.
    pub(in crate::search) fn beyond(&self, question: &QuestionVectors, passage: usize) -> f32 {
        let passage = &self.passages[passage];
        let of_release = dot(&question.whole, &self.of_releases[passage.release]);
        let rest = |along: f32| (1.0 - along * along).max(0.01);
        let cosines = passage.sentences.iter().zip(&passage.along_release).map(|(sentence, along)| {
            (sentence.cosine(&question.whole) - of_release * along) / (rest(of_release) * rest(*along)).sqrt()
        });
        cosines.fold(-1.0, f32::max)
    }

    /// Returns the tokens of some places of a question; none for `None`.
    pub(in crate::search) fn tokens_of(
        &self,
        question: &str,
        places: impl Iterator<Item = Option<Range<usize>>>,
    ) -> Vec<Range<usize>> {
        let token_at = |end: usize| self.model.n_query_tokens(&question[..end]);
        places.map(|place| place.map_or(0..0, |place| token_at(place.start)..token_at(place.end))).collect()
    }

    /// Returns the similarity of some tokens of a question to the phrases of a passage, as [`max_sim`].
    pub(in crate::search) fn phrase(&self, question: &QuestionVectors, tokens: &Range<usize>, passage: usize) -> f32 {
        max_sim(question.small_tokens.get(tokens.clone()).unwrap_or_default(), &self.passages[passage].phrases)
    }

    /// Returns the similarity of all tokens of a question to the phrases of a passage below the title of its release, as [`max_sim`].
    pub(in crate::search) fn max_sim_titled(&self, question: &QuestionVectors, passage: usize) -> f32 {
        max_sim(&question.small_tokens, &self.passages[passage].titled_phrases)
    }
}

/// Returns the cosine of tokens, each with its most similar phrase, on average (MaxSim of Khattab and Zaharia 2020); 0 for no tokens.
fn max_sim(tokens: &[Vector], phrases: &[Vector]) -> f32 {
    let highest = |token: &Vector| phrases.iter().map(|phrase| phrase.cosine_rounded(token)).fold(0.0, f32::max);
    tokens.iter().map(highest).sum::<f32>() / tokens.len().max(1) as f32
}

impl PassageVectors {
    fn sentence(&self, question: &[f32]) -> f32 {
        self.sentences.iter().map(|sentence| sentence.cosine(question)).fold(-1.0, f32::max)
    }
}

/// Takes off the vectors of passages what they have in common.
fn centre(passages: &mut [PassageVectors]) {
    let mean_titled = mean(passages.iter().map(|passage| passage.titled.to_numbers()));
    let texts = passages.iter().flat_map(|passage| passage.sentences.iter().chain([&passage.paragraph]));
    let mean_text = mean(texts.map(Vector::to_numbers));
    let without = |vector: &mut Vector, mean: &[f32]| *vector = Vector::new(&apart(vector.to_numbers(), mean));
    for passage in passages {
        let titled = passage.titled_phrases.iter_mut().chain([&mut passage.titled]);
        titled.for_each(|text| without(text, &mean_titled));
        let texts = passage.sentences.iter_mut().chain(&mut passage.phrases).chain([&mut passage.paragraph]);
        texts.for_each(|text| without(text, &mean_text));
    }
}

/// Returns the direction of each release, and notes how much of it each sentence has.
fn directions(passages: &mut [PassageVectors]) -> Vec<Vec<f32>> {
    let n_releases = passages.iter().map(|passage| passage.release + 1).max().unwrap_or(0);
    let mut of_releases = vec![Vec::new(); n_releases];
    for passages in passages.chunk_by_mut(|a, b| a.release == b.release) {
        let direction = normalized(mean(passages.iter().map(|passage| passage.titled.to_numbers())));
        for passage in &mut *passages {
            passage.along_release = passage.sentences.iter().map(|sentence| sentence.cosine(&direction)).collect();
        }
        if let Some(passage) = passages.first() {
            of_releases[passage.release] = direction;
        }
    }
    of_releases
}

/// Computes the vectors of a text.
fn read(model: &EmbeddingModel, role: Role, text: &str) -> TextVectors {
    match role {
        Role::Question => TextVectors { whole: Vector::new(&model.embed_query(text).pooled), phrases: Vec::new() },
        Role::Word => TextVectors { whole: Vector::new(&model.embed_words(&[text]).remove(0)), phrases: Vec::new() },
        Role::Passage => TextVectors { whole: Vector::new(&model.embed_passage(text).pooled), phrases: Vec::new() },
        Role::Phrased => {
            let embedding = model.embed_passage(text);
            let (length, step) = PHRASE;
            let n_tokens = embedding.tokens.len();
            // A rest as short as a step stands in the phrase before.
            let starts = 0..n_tokens.saturating_sub(step).max(1).min(n_tokens);
            let phrases = starts.step_by(step).map(|start| {
                let end = (start + length).min(n_tokens);
                Vector::new(&mean(embedding.tokens[start..end].iter().cloned()))
            });
            TextVectors { whole: Vector::new(&embedding.pooled), phrases: phrases.collect() }
        }
    }
}

/// Embeds texts on all cores and stores each as soon as it is done, so that an interruption loses only those under way.
fn compute(
    model: &EmbeddingModel,
    tasks: &[(Role, String)],
    store: &mut EmbeddingStore,
    progress: &(dyn Fn(usize, usize) + Sync),
) {
    if tasks.is_empty() {
        return;
    }
    let n_threads = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(tasks.len());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (done, results) = std::sync::mpsc::channel();
        for _ in 0..n_threads {
            let (done, next) = (done.clone(), &next);
            scope.spawn(move || {
                while let Some((role, text)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if done.send((*role, text, read(model, *role, text))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        for (n_done, (role, text, vectors)) in results.into_iter().enumerate() {
            store.put(role, text, vectors);
            progress(n_done + 1, tasks.len());
        }
    });
}
