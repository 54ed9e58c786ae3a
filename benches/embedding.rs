//! Parity of the embedding model with ONNX Runtime, and cost of an embedding: `make parity`.
//!
//! `PRESSDESK_REFERENCE` names the output of `benches/reference.py`, run just before on the same machine and one core: texts with
//! their token ids, their vectors by the float model, and the milliseconds of ONNX Runtime on our model. Ends with an error if ids
//! or the directions of vectors differ. `PRESSDESK_PARITY_BEFORE` holds the milliseconds of an earlier commit, measured by
//! `make parity BEFORE=…`.
#![allow(missing_docs, clippy::print_stdout)]

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use pressdesk::config::Config;
use pressdesk::embedding::{Embedding, EmbeddingModel, MAX_QUESTION_TOKENS};
use serde::Deserialize;

/// Minimum cosine with the float model's vector.
const MIN_COSINE: f32 = 0.99;
/// Number of tokens of a short question, as most are.
const SHORT_QUESTION: RangeInclusive<usize> = 8..=20;
/// Number of times that each text is embedded; the shortest time counts, as for the reference.
const N_ROUNDS: usize = 3;

#[derive(Deserialize)]
struct Reference {
    text: String,
    kind: Kind,
    ids: Vec<u32>,
    /// Vector by the float model; `None` for a text that is too long for the model.
    vector: Option<Vec<f32>>,
    milliseconds: f64,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Query,
    Passage,
}

impl Reference {
    fn ids(&self, model: &EmbeddingModel) -> Vec<u32> {
        match self.kind {
            Kind::Query => model.query_ids(&self.text),
            Kind::Passage => model.passage_ids(&self.text),
        }
    }

    fn embed(&self, model: &EmbeddingModel) -> Embedding {
        match self.kind {
            Kind::Query => model.embed_query(&self.text),
            Kind::Passage => model.embed_passage(&self.text),
        }
    }

    /// Tells whether the text is embedded without truncation here too.
    fn is_whole(&self) -> bool {
        self.kind == Kind::Passage || self.ids.len() <= MAX_QUESTION_TOKENS
    }
}

fn main() -> anyhow::Result<()> {
    let Some(path) = std::env::var_os("PRESSDESK_REFERENCE").map(PathBuf::from) else {
        println!("embedding: left out, because PRESSDESK_REFERENCE names no reference; `make parity` makes one");
        return Ok(());
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    let references: Vec<Reference> =
        text.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("the reference is not right")?;
    let model = EmbeddingModel::load(&Config::load(None, [])?.model)?;
    compare(&model, &references)?;
    time(&model, &references)
}

fn compare(model: &EmbeddingModel, references: &[Reference]) -> anyhow::Result<()> {
    let mut cosines = Vec::new();
    let mut n_other_ids = 0;
    for reference in references {
        let ids = reference.ids(model);
        // A text that is too long is truncated before its last special token.
        let is_same = match &reference.vector {
            Some(_) if reference.is_whole() => ids == reference.ids,
            _ => reference.ids.starts_with(&ids[..ids.len() - 1]),
        };
        if !is_same {
            n_other_ids += 1;
            println!("other ids: {:?}\n  here  {ids:?}\n  there {:?}", reference.text, reference.ids);
        }
        if let Some(vector) = reference.vector.as_ref().filter(|_| reference.is_whole()) {
            cosines.push(reference.embed(model).pooled.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>());
        }
    }
    cosines.sort_by(f32::total_cmp);
    let (Some(least), Some(median)) = (cosines.first(), cosines.get(cosines.len() / 2)) else {
        anyhow::bail!("the reference has no vectors");
    };
    println!("token ids: {} texts, {n_other_ids} with other ids (aim 0)", references.len());
    println!(
        "cosine with the float model: {} texts, least {least:.4} (aim {MIN_COSINE}), median {median:.4}",
        cosines.len()
    );
    ensure!(n_other_ids == 0 && *least >= MIN_COSINE, "this is not the same model");
    Ok(())
}

fn time(model: &EmbeddingModel, references: &[Reference]) -> anyhow::Result<()> {
    let is_short = |reference: &&Reference| {
        reference.kind == Kind::Query && reference.vector.is_some() && SHORT_QUESTION.contains(&reference.ids.len())
    };
    let questions: Vec<&Reference> = references.iter().filter(is_short).collect();
    ensure!(!questions.is_empty(), "the reference has no short question");
    let here = questions.iter().map(|question| {
        let once = |_| {
            let start = Instant::now();
            std::hint::black_box(question.embed(model));
            start.elapsed().as_secs_f64() * 1e3
        };
        (0..N_ROUNDS).map(once).fold(f64::INFINITY, f64::min)
    });
    let (here, there) = (median(here), median(questions.iter().map(|question| question.milliseconds)));
    println!("a question of {SHORT_QUESTION:?} tokens, median of {}: {here:.2} ms", questions.len());
    println!("  ONNX Runtime on the same file {there:.2} ms, ratio {:.2} (aim 2)", here / there);
    if let Some(before) = std::env::var("PRESSDESK_PARITY_BEFORE").ok().and_then(|text| text.parse::<f64>().ok()) {
        println!("  the engine before {before:.2} ms, ratio {:.2} (aim .5)", here / before);
    }
    Ok(())
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
