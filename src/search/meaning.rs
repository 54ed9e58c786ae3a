//! Passages by what they mean: the vectors of paragraphs and sentences, compared with that of the question.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::store::{Key, Store};
use crate::corpus::Corpus;
use crate::embedding::EmbeddingModel;

/// A sentence embedding in a quarter of its size: 8-bit numbers and their scale.
///
/// The cosine of two such vectors differs from that of the originals by less than .002, which moves no ranking.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vector {
    pub(super) scale: f32,
    pub(super) numbers: Box<[i8]>,
}

impl Vector {
    pub(super) fn new(numbers: &[f32]) -> Self {
        let largest = numbers.iter().fold(f32::MIN_POSITIVE, |largest, number| largest.max(number.abs()));
        let scale = largest / 127.0;
        Self { scale, numbers: numbers.iter().map(|number| (number / scale).round() as i8).collect() }
    }

    /// Returns the cosine with a vector of length 1.
    pub(super) fn cosine(&self, other: &[f32]) -> f32 {
        self.scale * self.numbers.iter().zip(other).map(|(a, b)| f32::from(*a) * b).sum::<f32>()
    }
}

/// The meaning of every passage.
#[derive(Debug)]
pub(super) struct Meaning {
    model: EmbeddingModel,
    passages: Vec<PassageMeaning>,
}

/// The meaning of one passage.
#[derive(Debug)]
struct PassageMeaning {
    /// Of the paragraph alone.
    paragraph: Vector,
    /// Of the paragraph below the title of its release.
    titled: Vector,
    /// Of each sentence.
    sentences: Vec<Vector>,
}

/// How alike a question and a passage are, as cosines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Likeness {
    pub(super) paragraph: f32,
    pub(super) titled: f32,
    pub(super) sentence: f32,
}

/// A passage whose meaning is wanted: which paragraph, and where its sentences stand in it.
pub(super) struct Wanted<'a> {
    pub(super) title: &'a str,
    pub(super) text: &'a str,
    pub(super) sentences: &'a [Range<usize>],
}

impl Wanted<'_> {
    /// Returns the texts of the passage in the order of its vectors: paragraph, titled, sentences.
    fn texts(&self) -> Vec<String> {
        let titled = format!("{}. {}", self.title, self.text);
        let sentences = self.sentences.iter().map(|sentence| self.text[sentence.clone()].to_owned());
        [self.text.to_owned(), titled].into_iter().chain(sentences).collect()
    }
}

/// Returns the text whose meaning is that of a question about some release: a follow-up such as “who paid?”.
pub(super) fn in_context(corpus: &Corpus, context: &[String], question: &str) -> Option<String> {
    let about = context.first()?;
    let release = corpus.releases.iter().find(|release| release.answers_to(about))?;
    Some(format!("{}. {question}", release.title))
}

impl Meaning {
    /// Takes the vectors from the store and computes those that are missing, on all cores; `progress` hears how many of
    /// how many are done.
    pub(super) fn build(
        model: EmbeddingModel,
        store: &mut Store,
        wanted: &[Wanted<'_>],
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Self {
        let texts: Vec<Vec<String>> = wanted.iter().map(Wanted::texts).collect();
        let mut missing: Vec<&String> =
            texts.iter().flatten().filter(|text| store.get(&Key::of(text)).is_none()).collect();
        missing.sort_unstable();
        missing.dedup();
        compute(&model, &missing, store, progress);
        let passages = texts.iter().map(|texts| {
            let mut vectors = texts.iter().map(|text| match store.get(&Key::of(text)) {
                Some(vector) => vector.clone(),
                None => Vector::new(&model.embed_passage(text)),
            });
            let mut next = || vectors.next().unwrap_or_else(|| Vector::new(&[0.0]));
            let (paragraph, titled) = (next(), next());
            PassageMeaning { paragraph, titled, sentences: vectors.collect() }
        });
        let passages = passages.collect();
        Self { model, passages }
    }

    /// Returns the meaning of a question.
    pub(super) fn of_question(&self, text: &str) -> Vec<f32> {
        self.model.embed_query(text)
    }

    /// Returns the cosine of a question with each passage below its title.
    pub(super) fn titled(&self, question: &[f32]) -> Vec<f32> {
        self.passages.iter().map(|passage| passage.titled.cosine(question)).collect()
    }

    /// Returns how alike a question and a passage are.
    pub(super) fn likeness(&self, question: &[f32], passage: usize) -> Likeness {
        let meaning = &self.passages[passage];
        let sentence = meaning.sentences.iter().map(|sentence| sentence.cosine(question)).fold(-1.0, f32::max);
        let titled = meaning.titled.cosine(question);
        Likeness { paragraph: meaning.paragraph.cosine(question), titled, sentence }
    }

    /// Returns how alike a question and a sentence of a passage are, as a cosine.
    pub(super) fn sentence(&self, question: &[f32], passage: usize, sentence: usize) -> f32 {
        self.passages[passage].sentences.get(sentence).map_or(0.0, |vector| vector.cosine(question))
    }
}

/// Embeds texts on all cores and stores each as soon as it is done, so that an interruption loses only those under way.
fn compute(model: &EmbeddingModel, texts: &[&String], store: &mut Store, progress: &(dyn Fn(usize, usize) + Sync)) {
    if texts.is_empty() {
        return;
    }
    let n_threads = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(texts.len());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (done, results) = std::sync::mpsc::channel();
        for _ in 0..n_threads {
            let (done, next) = (done.clone(), &next);
            scope.spawn(move || {
                while let Some(text) = texts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let vector = Vector::new(&model.embed_passage(text));
                    if done.send((Key::of(text), vector)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        for (n_done, (key, vector)) in results.into_iter().enumerate() {
            store.put(key, vector);
            progress(n_done + 1, texts.len());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_vector_points_the_same_way() {
        let numbers: Vec<f32> = (0..384).map(|n| ((n * 37 % 101) as f32 - 50.0) / 600.0).collect();
        let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
        let unit: Vec<f32> = numbers.iter().map(|number| number / length).collect();
        assert!((Vector::new(&unit).cosine(&unit) - 1.0).abs() < 0.002);
        assert_eq!(Vector::new(&[0.0; 4]).cosine(&[1.0; 4]), 0.0);
    }
}
