//! Comparison of right replies under variants of the settings.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::{Figure, GroupKey, LabelledCorpus, figures, groups, judge};
use crate::search::Side;

/// Sides that are compared.
const SIDES: [Side; 2] = [Side::Words, Side::Both];

/// Shares of right replies by words and by both sides: a row each corpus and language, a column each variant of the settings.
#[derive(Debug, Default)]
pub struct Comparison {
    titles: Vec<String>,
    rows: BTreeMap<(String, GroupKey, Side), Vec<Figure>>,
}

impl Comparison {
    /// Asks all questions and adds a column. Every column is of the same questions.
    pub fn add(&mut self, title: String, corpora: Vec<LabelledCorpus>) {
        self.titles.push(title);
        for LabelledCorpus { name, mut conversation, files } in corpora {
            let in_use = conversation.desk().index().side();
            for side in SIDES {
                if side != Side::Words && in_use != Side::Both {
                    continue;
                }
                conversation = conversation.by(side);
                let judged: Vec<_> = files.iter().flat_map(|(_, questions)| judge(&conversation, questions)).collect();
                for (key, members) in groups(&judged).into_iter().filter(|((level, _), _)| *level > 0) {
                    let right = figures(members).right_reply;
                    self.rows.entry((name.clone(), key, side)).or_default().push(right);
                }
            }
        }
    }

    /// Returns the means over corpora of the rows of all languages, for each side.
    fn means(&self) -> Vec<(Side, Vec<f64>)> {
        let mean = |side| {
            let of_side = self.rows.iter().filter(|((_, (level, _), of_row), _)| *of_row == side && *level == 2);
            let rows: Vec<&Vec<Figure>> = of_side.map(|(_, row)| row).collect();
            let column = |at: usize| rows.iter().map(|row| row[at].value).sum::<f64>() / rows.len() as f64;
            (rows.len() > 1).then(|| (side, (0..self.titles.len()).map(column).collect()))
        };
        SIDES.into_iter().filter_map(mean).collect()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |name: &str, by: &str, n: &str, values: &mut dyn Iterator<Item = String>| {
            let mut line = format!("{name:<36} {by:<6} {n:>4}");
            for (title, value) in self.titles.iter().zip(values) {
                let _ = write!(line, "  {value:>width$}", width = title.chars().count());
            }
            line
        };
        writeln!(formatter, "{}", line("right reply", "by", "n", &mut self.titles.iter().cloned()))?;
        for ((corpus, (_, group), side), row) in &self.rows {
            let n = row.first().map_or(0, |figure| figure.n).to_string();
            let mut values = row.iter().map(|figure| format!("{:.3}", figure.value));
            writeln!(formatter, "{}", line(&format!("{corpus} {group}"), side.name(), &n, &mut values))?;
        }
        for (side, values) in self.means() {
            let mut values = values.iter().map(|value| format!("{value:.3}"));
            writeln!(formatter, "{}", line("mean over corpora", side.name(), "", &mut values))?;
        }
        Ok(())
    }
}
