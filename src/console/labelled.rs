//! Labelled questions in the terminal: figures of the answers, and weights fitted on them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::print;
use crate::config::Config;
use crate::evaluation::{self, Comparison, LabelledCorpus, LabelledQuestion};
use crate::intent::Examples;
use crate::search::{Glossary, Side};
use crate::setup;
use crate::tuning;

/// Maximum number of questions of each other corpus that `eval` asks of one.
const MAX_FROM_ELSEWHERE: usize = 100;

/// Prints the answer quality of labelled questions on each available side, and the misses of the side in use.
///
/// # Errors
///
/// When the output can't be written.
pub fn evaluate(corpora: Vec<LabelledCorpus>, misses: bool) -> anyhow::Result<()> {
    let elsewhere = corpora.iter().map(|corpus| {
        let others = corpora.iter().filter(|other| other.name != corpus.name);
        let corpus = corpus.conversation.desk().corpus();
        others.flat_map(|other| evaluation::elsewhere(other.questions(), corpus, MAX_FROM_ELSEWHERE)).collect()
    });
    let elsewhere: Vec<Vec<LabelledQuestion>> = elsewhere.collect();
    let mut rows = Vec::new();
    for (LabelledCorpus { name, mut conversation, files }, elsewhere) in corpora.into_iter().zip(elsewhere) {
        let in_use = conversation.desk().index().side();
        let mut all = Vec::new();
        for (path, questions) in files {
            let mut sides = Vec::new();
            for side in Side::ALL.into_iter().filter(|side| in_use == Side::Both || *side == Side::Words) {
                conversation = conversation.by(side);
                sides.push((side, evaluation::judge(&conversation, &questions)));
            }
            print(&format!("{}\n{}", path.display(), evaluation::table(&sides)))?;
            let Some((_, judged)) = sides.pop() else { continue };
            if misses {
                print(&evaluation::misses(&judged))?;
            }
            all.extend(judged);
        }
        let refused = evaluation::figures(&evaluation::judge(&conversation, &elsewhere));
        rows.push((name, evaluation::figures(&all), refused));
    }
    if rows.len() > 1 { print(&evaluation::summary(&rows)) } else { Ok(()) }
}

/// Prints the share of right replies with the whole glossary, without each of its files, and without any.
///
/// # Errors
///
/// As [`setup::open_labelled`]; also when the glossary's folder can't be read or the output can't be written.
pub fn compare_glossaries(config: &Config, only: Option<&Path>, files: &[PathBuf]) -> anyhow::Result<()> {
    let glossary = config
        .glossary
        .iter()
        .map(|path| Glossary::files(path).with_context(|| format!("could not read the glossary {}", path.display())));
    let glossary = glossary.collect::<anyhow::Result<Vec<_>>>()?.concat();
    let mut variants = vec![("all".to_owned(), glossary.clone())];
    for left_out in glossary.iter().filter(|_| glossary.len() > 1) {
        let name = left_out.file_name().unwrap_or_default().to_string_lossy();
        let others = glossary.iter().filter(|file| *file != left_out).cloned().collect();
        variants.push((format!("without {name}"), others));
    }
    variants.push(("without any".to_owned(), Vec::new()));
    let mut comparison = Comparison::default();
    for (title, glossary) in variants {
        let (corpora, _) = setup::open_labelled(&Config { glossary, ..config.clone() }, only, files)?;
        comparison.add(title, corpora);
    }
    print(comparison.to_string().trim_end())
}

/// Fits all weights on labelled questions, prints their figures, and writes them unless it is a `dry_run`.
///
/// # Errors
///
/// When the embedding model is missing and something is to be written, or when it can't be.
pub fn tune(corpora: &[LabelledCorpus], config: &Config, dry_run: bool) -> anyhow::Result<()> {
    ensure_can_be_fitted(corpora, dry_run)?;
    let (ranking, report) = tuning::fit(corpora);
    let n_questions: usize = corpora.iter().map(|corpus| corpus.questions().count()).sum();
    let remark = format!(
        "Fitted by `pressdesk tune` on {n_questions} labelled questions about the releases of {} folders; cross-validation:\n\
         {report}\nsrc/search/ranking/features.rs says what each feature is.",
        corpora.len()
    );
    print(&remark)?;
    if !dry_run {
        ranking.save(&config.ranking, &remark)?;
    }
    print("")?;
    tune_intents(corpora, config, dry_run)
}

/// Fits the weights of the intents on their examples and on labelled questions, as [`tune`] does.
///
/// # Errors
///
/// As [`tune`].
pub fn tune_intents(corpora: &[LabelledCorpus], config: &Config, dry_run: bool) -> anyhow::Result<()> {
    ensure_can_be_fitted(corpora, dry_run)?;
    let examples = Examples::load(&config.intents)?;
    let Some((weights, figures)) = tuning::fit_intents(corpora, &examples) else { return Ok(()) };
    print(&format!("Intents, each example compared with all others:\n{figures}"))?;
    if !dry_run {
        weights.save(&config.intents, &figures.remark())?;
    }
    Ok(())
}

fn ensure_can_be_fitted(corpora: &[LabelledCorpus], dry_run: bool) -> anyhow::Result<()> {
    ensure!(
        dry_run || corpora.iter().all(|corpus| corpus.conversation.desk().index().side() == Side::Both),
        "without the embedding model only some weights can be fitted; run `make model`, or use --dry-run to write nothing"
    );
    Ok(())
}
