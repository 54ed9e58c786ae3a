//! How well the desk answers labelled questions: the figures that changes are judged by.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use crate::desk::{Answer, Desk, Outcome};
use crate::language::Language;
use crate::search::{Hit, Question, Side};
use crate::text::{fold, normalise_space};

/// A question with what a good answer to it is: one line of a file of labelled questions.
#[derive(Debug, Clone, Deserialize)]
pub struct LabelledQuestion {
    /// Its name.
    pub id: String,
    /// Its language.
    #[serde(default)]
    pub lang: Option<String>,
    /// What kind it is: factoid, who, contact, out_of_scope and so on.
    #[serde(default)]
    pub kind: Option<String>,
    /// The words.
    pub question: String,
    /// The question before, for a follow-up.
    #[serde(default)]
    pub context: Option<String>,
    /// The release that answers; none for a question out of scope.
    #[serde(default)]
    pub gold_release: Option<String>,
    /// The paragraphs that answer, counted from 0; none where the release alone counts.
    #[serde(default)]
    pub gold_paragraphs: Vec<usize>,
    /// Words that only a right excerpt holds.
    #[serde(default)]
    pub answer: Option<String>,
    /// Other releases that answer too.
    #[serde(default)]
    pub also: Option<Vec<Gold>>,
    /// Contacts of which a right reply shows one.
    #[serde(default)]
    pub contact: Option<Vec<String>>,
    /// How far out of scope it is: far, near or hard.
    #[serde(default)]
    pub oos: Option<String>,
}

/// Passages that answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Gold {
    /// The release.
    pub release: String,
    /// Its paragraphs, counted from 0.
    pub paragraphs: Vec<usize>,
}

/// How one question went.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The question.
    pub question: LabelledQuestion,
    /// The place of the first right passage among the first three, from 1.
    pub rank: Option<usize>,
    /// Whether the desk said that the releases hold no answer.
    pub abstained: bool,
    /// Whether a contact that was asked for is shown; `None` when none was.
    pub contact: Option<bool>,
    /// The first passage, for a list of misses.
    pub first: Option<(String, usize, String)>,
}

/// Reads labelled questions, one JSON object a line.
///
/// # Errors
///
/// When the file can't be read or a line isn't a labelled question; the line is named.
pub fn load(path: &Path) -> anyhow::Result<Vec<LabelledQuestion>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    let mut questions = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let question = serde_json::from_str(line)
            .with_context(|| format!("{}:{}: this is no labelled question", path.display(), number + 1))?;
        questions.push(question);
    }
    Ok(questions)
}

/// Asks the desk every question and judges the answers.
#[must_use]
pub fn judge(desk: &Desk, questions: &[LabelledQuestion]) -> Vec<Judged> {
    questions.iter().map(|labelled| judge_one(desk, labelled)).collect()
}

fn judge_one(desk: &Desk, labelled: &LabelledQuestion) -> Judged {
    let unanswered =
        |abstained| Judged { question: labelled.clone(), rank: None, abstained, contact: None, first: None };
    let Some(question) = question_in_context(desk, &labelled.question, labelled.context.as_deref()) else {
        return unanswered(true);
    };
    let (answer, hits) = desk.answer_with(&question, 3);
    let rank = hits.iter().take(3).position(|hit| is_right(labelled, hit)).map(|place| place + 1);
    let abstained = answer.outcome() != Outcome::Found;
    let contact = labelled.contact.as_ref().map(|wanted| !abstained && shows_contact(&answer, wanted));
    let first = hits.first().map(|hit| (hit.release.id.clone(), hit.paragraph, hit.excerpt.text.clone()));
    Judged { rank, abstained, contact, first, ..unanswered(abstained) }
}

/// Makes a question that follows another one: its context is what the one before was answered from.
#[must_use]
pub fn question_in_context(desk: &Desk, text: &str, before: Option<&str>) -> Option<Question> {
    let mut question = Question::new(text)?;
    if let Some(before) = before.and_then(Question::new) {
        let answer = desk.answer(&before);
        question.context = answer.releases().iter().map(|release| release.id.clone()).collect();
        question.shown = answer.shown();
        question.language = question.language.or(before.language);
    }
    Some(question)
}

/// Tells whether a paragraph is one of those that answer.
#[must_use]
pub fn is_gold(labelled: &LabelledQuestion, release: &str, paragraph: usize) -> bool {
    let gold = labelled.gold_release.iter().map(|release| (release, &labelled.gold_paragraphs));
    let also = labelled.also.iter().flatten().map(|gold| (&gold.release, &gold.paragraphs));
    let mut of_release = gold.chain(also).filter(|(id, _)| *id == release);
    of_release.any(|(_, paragraphs)| paragraphs.is_empty() || paragraphs.contains(&paragraph))
}

fn is_right(labelled: &LabelledQuestion, hit: &Hit) -> bool {
    let also = labelled.also.iter().flatten().map(|gold| &gold.release);
    let is_right_release = labelled.gold_release.iter().chain(also).any(|release| *release == hit.release.id);
    let holds = |answer: &String| comparable(&hit.excerpt.text).contains(&comparable(answer));
    is_gold(labelled, &hit.release.id, hit.paragraph) || is_right_release && labelled.answer.as_ref().is_some_and(holds)
}

fn shows_contact(answer: &Answer, wanted: &[String]) -> bool {
    let shown: Vec<String> = answer
        .contacts()
        .iter()
        .flat_map(|contact| [&contact.name, &contact.role, &contact.office, &contact.phone, &contact.email])
        .flatten()
        .map(|part| comparable(part))
        .collect();
    wanted.iter().any(|wanted| shown.iter().any(|part| part.contains(&comparable(wanted))))
}

fn comparable(text: &str) -> String {
    normalise_space(&fold(text)).replace(['“', '”'], "\"").replace('–', "-")
}

/// The figures of some questions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// How many have an answer.
    pub n_answerable: usize,
    /// How many have none.
    pub n_out_of_scope: usize,
    /// The share of the answerable ones whose first passage is right.
    pub hit_at_1: f64,
    /// The share with a right passage among the first three.
    pub hit_at_3: f64,
    /// The mean reciprocal rank within the first three.
    pub mrr_at_3: f64,
    /// The share of all questions whose reply is right: the first passage is right and shown, or refusing was right.
    pub right_reply: f64,
    /// The share of the refusals that were right.
    pub abstention_precision: f64,
    /// The share of the questions out of scope that were refused.
    pub abstention_recall: f64,
    /// The share of the answerable questions that were refused.
    pub false_abstention: f64,
    /// The share of the questions for a contact whose reply shows it.
    pub contact: f64,
    /// How many asked for a contact.
    pub n_contact: usize,
}

/// Adds up how questions went.
#[must_use]
pub fn figures<'a>(judged: impl IntoIterator<Item = &'a Judged>) -> Figures {
    let judged: Vec<&Judged> = judged.into_iter().collect();
    let answerable: Vec<&&Judged> = judged.iter().filter(|one| !one.is_out_of_scope()).collect();
    let out_of_scope: Vec<&&Judged> = judged.iter().filter(|one| one.is_out_of_scope()).collect();
    let contacts: Vec<bool> = judged.iter().filter_map(|one| one.contact).collect();
    let refused = |list: &[&&Judged]| list.iter().filter(|one| one.abstained).count();
    let n_refused = refused(&answerable) + refused(&out_of_scope);
    Figures {
        n_answerable: answerable.len(),
        n_out_of_scope: out_of_scope.len(),
        hit_at_1: share(answerable.iter().filter(|one| one.rank == Some(1)).count(), answerable.len()),
        hit_at_3: share(answerable.iter().filter(|one| one.rank.is_some()).count(), answerable.len()),
        // From 0.0 on, because an empty sum of floats is -0.0.
        mrr_at_3: answerable.iter().filter_map(|one| one.rank).fold(0.0, |sum, rank| sum + 1.0 / rank as f64)
            / answerable.len().max(1) as f64,
        right_reply: share(judged.iter().filter(|one| one.is_right_reply()).count(), judged.len()),
        abstention_precision: share(refused(&out_of_scope), n_refused),
        abstention_recall: share(refused(&out_of_scope), out_of_scope.len()),
        false_abstention: share(refused(&answerable), answerable.len()),
        contact: share(contacts.iter().filter(|shown| **shown).count(), contacts.len()),
        n_contact: contacts.len(),
    }
}

impl Judged {
    /// Tells whether the releases hold no answer.
    #[must_use]
    pub fn is_out_of_scope(&self) -> bool {
        self.question.gold_release.is_none()
    }

    /// Tells whether the reply as a whole is right.
    #[must_use]
    pub fn is_right_reply(&self) -> bool {
        if self.is_out_of_scope() { self.abstained } else { self.rank == Some(1) && !self.abstained }
    }

    fn kind(&self) -> String {
        match (&self.question.kind, &self.question.oos) {
            (Some(kind), Some(level)) => format!("{kind}/{level}"),
            (Some(kind), None) => kind.clone(),
            (None, _) => "all".to_owned(),
        }
    }

    fn language(&self) -> String {
        let code = self.question.lang.as_deref().and_then(Language::from_code).unwrap_or(Language::ENGLISH);
        code.to_string()
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Returns the 95% interval of a share (Wilson 1927).
#[must_use]
pub fn interval(share: f64, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 0.0);
    }
    let (n, z) = (n as f64, 1.96);
    let centre = share + z * z / (2.0 * n);
    let reach = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    ((centre - reach) / whole, (centre + reach) / whole)
}

/// Writes the figures as a table, side by side: by kind and language, by language, over all, each with 95% intervals.
///
/// Every side answers the same questions in the same order.
#[must_use]
pub fn table(sides: &[(Side, Vec<Judged>)]) -> String {
    let mut table = format!("{:<22} {:>4}", "", "");
    for (side, _) in sides {
        let _ = write!(table, " | {:<35}", format!("by {}", side.name()));
    }
    let _ = write!(table, "\n{:<22} {:>4}", "questions", "n");
    for _ in sides {
        let _ = write!(table, " | {:>6} {:>6} {:>6} {:>6} {:>7}", "hit@1", "hit@3", "MRR@3", "right", "refused");
    }
    table.push('\n');
    let grouped: Vec<Groups<'_>> = sides.iter().map(|(_, judged)| groups(judged)).collect();
    for key in grouped.first().into_iter().flat_map(BTreeMap::keys) {
        let members: Vec<&[&Judged]> = grouped.iter().filter_map(|groups| Some(groups.get(key)?.as_slice())).collect();
        let _ = write!(table, "{:<22} {:>4}", key.1, members.first().map_or(0, |group| group.len()));
        members.iter().for_each(|group| write_row(&mut table, group));
        table.push('\n');
    }
    for key in grouped.first().into_iter().flat_map(BTreeMap::keys).filter(|(level, _)| *level > 0) {
        for ((side, _), groups) in sides.iter().zip(&grouped) {
            let _ = writeln!(table, "{:<6} by {:<8} {}", key.1, side.name(), summary(&groups[key]));
        }
    }
    table
}

/// Questions by what they are, in the order of the table: kinds, languages, all.
type Groups<'a> = BTreeMap<(u8, String), Vec<&'a Judged>>;

fn groups(judged: &[Judged]) -> Groups<'_> {
    let mut groups = Groups::new();
    for one in judged {
        groups.entry((0, format!("{} {}", one.kind(), one.language()))).or_default().push(one);
        groups.entry((1, format!("all {}", one.language()))).or_default().push(one);
        groups.entry((2, "all".to_owned())).or_default().push(one);
    }
    groups
}

fn write_row(table: &mut String, group: &[&Judged]) {
    let figures = figures(group.iter().copied());
    let refused = share(group.iter().filter(|one| one.abstained).count(), group.len());
    let _ = if figures.n_answerable > 0 {
        write!(table, " | {:>6.3} {:>6.3} {:>6.3}", figures.hit_at_1, figures.hit_at_3, figures.mrr_at_3)
    } else {
        write!(table, " | {:>6} {:>6} {:>6}", "-", "-", "-")
    };
    let _ = write!(table, " {:>6.3} {refused:>7.3}", figures.right_reply);
}

fn summary(group: &[&Judged]) -> String {
    let all = figures(group.iter().copied());
    let within = |figure: f64, n: usize| {
        let (low, high) = interval(figure, n);
        format!("{figure:.3} [{low:.3}, {high:.3}] of {n}")
    };
    let f1 = match all.abstention_precision + all.abstention_recall {
        sum if sum > 0.0 => 2.0 * all.abstention_precision * all.abstention_recall / sum,
        _ => 0.0,
    };
    format!(
        "hit@1 {}, right reply {}, abstention: precision {:.3}, recall {}, F1 {f1:.3}, false {}, contacts {}",
        within(all.hit_at_1, all.n_answerable),
        within(all.right_reply, group.len()),
        all.abstention_precision,
        within(all.abstention_recall, all.n_out_of_scope),
        within(all.false_abstention, all.n_answerable),
        within(all.contact, all.n_contact),
    )
}

/// Lists what went wrong, a line each, with the passage preferred.
#[must_use]
pub fn misses(judged: &[Judged]) -> String {
    let mut list = String::new();
    for one in judged.iter().filter(|one| !one.is_right_reply()) {
        let question = &one.question;
        let context = question.context.as_ref().map(|context| format!("{context} >> ")).unwrap_or_default();
        let wanted = match &question.gold_release {
            Some(release) => format!("{release} {:?}", question.gold_paragraphs),
            None => "no answer".to_owned(),
        };
        let got = match &one.first {
            Some((release, paragraph, text)) => {
                format!("{release} {paragraph} “{}”", text.chars().take(60).collect::<String>())
            }
            None => "nothing".to_owned(),
        };
        let refused = if one.abstained { ", refused" } else { "" };
        let _ = writeln!(
            list,
            "{} {}/{}: {context}{} | wanted {wanted} | got {got}{refused}",
            question.id,
            one.kind(),
            one.language(),
            question.question
        );
    }
    list
}
