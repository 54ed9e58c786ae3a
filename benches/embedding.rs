//! Whether the embedding model says what the engine it comes from says, and how fast: `make parity`.
//!
//! `PRESSDESK_REFERENCE` names what `benches/reference.py` wrote just before on the same machine, on one core: a text, its
//! token ids, its vector and the milliseconds that took. Ends with an error when ids differ or a vector points elsewhere.
#![allow(missing_docs, clippy::print_stdout)]

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use pressdesk::config::Config;
use pressdesk::embedding::EmbeddingModel;
use serde::Deserialize;

/// The least cosine with the reference's vector; what is left comes from the order of sums.
const LEAST_COSINE: f32 = 0.985;
/// How many tokens a question has that counts for the speed: as most that people type.
const SHORT_QUESTION: std::ops::RangeInclusive<usize> = 8..=20;
/// How often each is embedded; the shortest time counts, as it does for the reference.
const N_ROUNDS: usize = 3;

#[derive(Deserialize)]
struct Reference {
    text: String,
    kind: Kind,
    ids: Vec<i64>,
    /// None for a text that is too long for one pass.
    vector: Option<Vec<f32>>,
    milliseconds: f64,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Query,
    Passage,
}

fn main() -> anyhow::Result<()> {
    let Some(path) = std::env::var_os("PRESSDESK_REFERENCE").map(PathBuf::from) else {
        println!("embedding: left out, because PRESSDESK_REFERENCE names no reference; `make parity` makes one");
        return Ok(());
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    let references: Vec<Reference> =
        text.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("the reference is not right")?;
    let config = Config::load(None, [])?;
    let model = EmbeddingModel::load(&config.model, config.prefixes)?;
    compare(&model, &references)?;
    time(&model, &references)
}

fn compare(model: &EmbeddingModel, references: &[Reference]) -> anyhow::Result<()> {
    let mut cosines = Vec::new();
    let mut n_other_ids = 0;
    for reference in references {
        let ids = match reference.kind {
            Kind::Query => model.query_ids(&reference.text),
            Kind::Passage => model.passage_ids(&reference.text),
        };
        let ids: Vec<i64> = ids.iter().map(|&id| model.original_id(id).map_or(id.into(), i64::from)).collect();
        // A long text is cut short here and goes window by window there.
        let is_same = match &reference.vector {
            Some(_) => ids == reference.ids,
            None => reference.ids.starts_with(&ids[..ids.len() - 1]),
        };
        if !is_same {
            n_other_ids += 1;
            println!("other ids: {:?}\n  here  {ids:?}\n  there {:?}", reference.text, reference.ids);
        }
        if let Some(vector) = &reference.vector {
            cosines.push(embed(model, reference).iter().zip(vector).map(|(a, b)| a * b).sum::<f32>());
        }
    }
    cosines.sort_by(f32::total_cmp);
    let (Some(least), Some(median)) = (cosines.first(), cosines.get(cosines.len() / 2)) else {
        anyhow::bail!("the reference has no vectors");
    };
    println!("texts {}, of other token ids {n_other_ids} (aim 0)", references.len());
    println!("vectors {}, cosine least {least:.5} (aim {LEAST_COSINE}), median {median:.5}", cosines.len());
    ensure!(n_other_ids == 0 && *least >= LEAST_COSINE, "this is not the same model");
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
            std::hint::black_box(embed(model, question));
            start.elapsed().as_secs_f64() * 1e3
        };
        (0..N_ROUNDS).map(once).fold(f64::INFINITY, f64::min)
    });
    let (here, there) = (median(here), median(questions.iter().map(|question| question.milliseconds)));
    println!(
        "a question of {SHORT_QUESTION:?} tokens, median of {}: {here:.1} ms here, {there:.1} ms there, ratio {:.2} (aim 1.0)",
        questions.len(),
        here / there
    );
    Ok(())
}

fn embed(model: &EmbeddingModel, reference: &Reference) -> Vec<f32> {
    match reference.kind {
        Kind::Query => model.embed_query(&reference.text),
        Kind::Passage => model.embed_passage(&reference.text),
    }
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
