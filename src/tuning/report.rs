//! Figures of a fit on questions that it has not seen.

use std::fmt;

use super::{Example, NeedExample};
use crate::evaluation::LabelledCorpus;
use crate::search::{Need, Side, SideWeights};

/// Figures of fits, each on a corpus that it was not fitted on.
#[derive(Debug, Clone, Default)]
pub struct Report(Vec<CorpusFigures>);

/// Figures of one side on one corpus.
#[derive(Debug, Clone)]
struct CorpusFigures {
    side: Side,
    name: String,
    /// Set where there are questions behind others, half ones and whole ones.
    has_followed: bool,
    shares: FitShares,
}

/// Shares from 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
struct FitShares {
    hit_at_1: f64,
    right_reply: f64,
    false_abstention: f64,
    refused: f64,
    refused_elsewhere: f64,
    near_shown: f64,
    far_shown: f64,
    followed_hit: f64,
    need_seen: f64,
    lack_of_need_seen: f64,
}

/// Counts of questions and of what was right.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Totals {
    n_answerable: usize,
    n_out_of_scope: usize,
    n_elsewhere: usize,
    n_hits: usize,
    n_right: usize,
    n_false_abstentions: usize,
    n_refused: usize,
    n_refused_elsewhere: usize,
    n_near: usize,
    n_near_shown: usize,
    n_far: usize,
    n_far_shown: usize,
    n_followed: usize,
    n_followed_hits: usize,
    n_needing: usize,
    n_needing_seen: usize,
    n_needless: usize,
    n_needless_seen: usize,
}

impl Report {
    /// Adds the figures of a side: a line for each corpus.
    pub(super) fn add(&mut self, side: Side, corpora: &[LabelledCorpus], totals: Vec<Totals>) {
        for (corpus, totals) in corpora.iter().zip(totals) {
            let name = short_name(&corpus.name).to_owned();
            let has_followed = totals.n_needing > 0 && totals.n_needless > 0;
            self.0.push(CorpusFigures { side, name, has_followed, shares: totals.shares() });
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for CorpusFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FitShares {
            hit_at_1,
            right_reply,
            false_abstention,
            refused,
            refused_elsewhere,
            near_shown,
            far_shown,
            followed_hit,
            need_seen,
            lack_of_need_seen,
        } = self.shares;
        write!(
            f,
            "{:<8} {:<28} hit@1 {hit_at_1:.3}, right reply {right_reply:.3}, false abstention {false_abstention:.3}, \
             refused out of scope {refused:.3} and from elsewhere {refused_elsewhere:.3}, a release as near {near_shown:.3} \
             of near and {far_shown:.3} of far",
            self.side.name(),
            self.name,
        )?;
        // Most corpora have no question behind another.
        if self.has_followed {
            write!(
                f,
                "; behind an answer hit@1 {followed_hit:.3}, half questions known {need_seen:.3} and whole ones \
                 {lack_of_need_seen:.3}"
            )?;
        }
        Ok(())
    }
}

impl Totals {
    pub(super) fn add(&mut self, weights: &SideWeights, example: &Example<'_>) {
        let best = example.best(weights);
        let is_hit = best.is_some_and(|(_, right)| right);
        let is_shown = best.is_some_and(|(features, _)| weights.confidence(&features) >= weights.threshold.answer);
        let is_near = best.is_some_and(|(features, _)| weights.nearness(&features) >= weights.threshold.near);
        let shows_near = !is_shown && is_near;
        let n = usize::from;
        if example.asked.is_from_elsewhere {
            self.n_elsewhere += 1;
            self.n_refused_elsewhere += n(!is_shown);
        } else if example.asked.is_answerable() {
            self.n_answerable += 1;
            self.n_hits += n(is_hit);
            self.n_right += n(is_hit && is_shown);
            self.n_false_abstentions += n(!is_shown);
            if example.asked.labelled.context.is_some() {
                self.n_followed += 1;
                self.n_followed_hits += n(is_hit);
            }
        } else {
            self.n_out_of_scope += 1;
            self.n_right += n(!is_shown);
            self.n_refused += n(!is_shown);
        }
        self.n_near += n(example.asked.is_near());
        self.n_near_shown += n(example.asked.is_near() && shows_near);
        let is_far = example.asked.is_far() || example.asked.is_from_elsewhere;
        self.n_far += n(is_far);
        self.n_far_shown += n(is_far && shows_near);
    }

    pub(super) fn add_need(&mut self, need: &Need, example: &NeedExample<'_>) {
        let is_seen = (need.likelihood(&example.signs) >= 0.5) == example.needs;
        let (n, n_seen) = if example.needs {
            (&mut self.n_needing, &mut self.n_needing_seen)
        } else {
            (&mut self.n_needless, &mut self.n_needless_seen)
        };
        *n += 1;
        *n_seen += usize::from(is_seen);
    }

    fn shares(self) -> FitShares {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        FitShares {
            hit_at_1: share(self.n_hits, self.n_answerable),
            right_reply: share(self.n_right, self.n_answerable + self.n_out_of_scope),
            false_abstention: share(self.n_false_abstentions, self.n_answerable),
            refused: share(self.n_refused, self.n_out_of_scope),
            refused_elsewhere: share(self.n_refused_elsewhere, self.n_elsewhere),
            near_shown: share(self.n_near_shown, self.n_near),
            far_shown: share(self.n_far_shown, self.n_far),
            followed_hit: share(self.n_followed_hits, self.n_followed),
            need_seen: share(self.n_needing_seen, self.n_needing),
            lack_of_need_seen: share(self.n_needless_seen, self.n_needless),
        }
    }
}

/// Returns the name of a corpus without the path to it: that of the folder around one named `corpus`.
fn short_name(folder: &str) -> &str {
    let mut parts = folder.rsplit('/').filter(|part| *part != "corpus" && !part.is_empty());
    parts.next().unwrap_or("corpus")
}
