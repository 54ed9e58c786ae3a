//! Evaluation: labelled questions are asked as a person asks them, and the figures tell how well they are answered.

mod comparison;
mod length;
mod misses;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

pub use self::comparison::Comparison;
pub use self::length::n_lines;
use self::length::{MAX_LINES, median_and_max};
pub use self::misses::misses;
use crate::conversation::{Context, Conversation, Request, Turn};
use crate::corpus::{Contact, Corpus};
use crate::desk::Outcome;
use crate::language::Language;
use crate::search::{Hit, Side};
use crate::text::{fold, normalise_space};

/// A question with what a good answer to it is: one line of a file of labelled questions.
#[derive(Debug, Clone, Deserialize)]
pub struct LabelledQuestion {
    /// Its name.
    pub id: String,
    /// Its language.
    #[serde(default)]
    pub lang: Option<String>,
    /// Kind: factoid, who, contact, out_of_scope and so on.
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
    /// Distance from the scope of the releases: far, near or hard.
    #[serde(default)]
    pub oos: Option<String>,
}

/// Labelled questions and the conversation over the releases that they are about.
#[derive(Debug)]
pub struct LabelledCorpus {
    /// Name in figures: the folder of the releases.
    pub name: String,
    /// The conversation over the releases.
    pub conversation: Conversation,
    /// The files of questions, each with its path.
    pub files: Vec<(PathBuf, Vec<LabelledQuestion>)>,
}

/// Passages that answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Gold {
    /// The release.
    pub release: String,
    /// Its paragraphs, counted from 0.
    pub paragraphs: Vec<usize>,
}

/// Result of one question.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The question.
    pub question: LabelledQuestion,
    /// The place of the first right passage among the first three, from 1.
    pub rank: Option<usize>,
    /// Set where the reply says that the releases hold no answer.
    pub abstained: bool,
    /// Set where a contact that was asked for is shown; `None` when none was.
    pub contact: Option<bool>,
    /// Number of passages that the reply quotes.
    pub n_shown: usize,
    /// Number of these that are right.
    pub n_shown_right: usize,
    /// Number of lines of the reply on a phone.
    pub n_lines: usize,
    /// The first passage, for a list of misses.
    pub first: Option<(String, usize, String)>,
}

/// Number of passages that are judged.
const N_RANKED: usize = 3;

/// Reads labelled questions, one JSON object a line.
///
/// # Errors
///
/// When the file can't be read or a line isn't a labelled question; the line is named.
pub fn load(path: &Path) -> anyhow::Result<Vec<LabelledQuestion>> {
    let text = crate::files::read_text(path).with_context(|| format!("could not read {}", path.display()))?;
    let mut questions = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let question = serde_json::from_str(line)
            .with_context(|| format!("{}:{}: this is no labelled question", path.display(), number + 1))?;
        questions.push(question);
    }
    Ok(questions)
}

/// Returns the folder of the releases that a file of questions is about: a folder `corpus` beside it, where there is one.
#[must_use]
pub fn corpus_beside(file: &Path) -> Option<PathBuf> {
    Some(file.parent()?.join("corpus")).filter(|folder| folder.is_dir())
}

/// Returns questions about other releases to ask of a corpus, which does not answer them: at most `limit`, spread evenly.
///
/// Those whose release is in the corpus too, as in a corpus of the same releases in another language, are left out.
#[must_use]
pub fn elsewhere<'q>(
    questions: impl Iterator<Item = &'q LabelledQuestion>,
    corpus: &Corpus,
    limit: usize,
) -> Vec<LabelledQuestion> {
    let is_here = |id: &String| corpus.releases.iter().any(|release| release.answers_to(id));
    let stands_alone = |labelled: &&LabelledQuestion| {
        labelled.gold_release.as_ref().is_some_and(|id| !is_here(id))
            && labelled.context.is_none()
            && labelled.contact.is_none()
    };
    let questions: Vec<&LabelledQuestion> = questions.filter(stands_alone).collect();
    let step = questions.len().div_ceil(limit).max(1);
    let moved = questions.into_iter().step_by(step).map(|labelled| LabelledQuestion {
        kind: Some("elsewhere".to_owned()),
        gold_release: None,
        gold_paragraphs: Vec::new(),
        also: None,
        answer: None,
        oos: Some("far".to_owned()),
        ..labelled.clone()
    });
    moved.collect()
}

impl LabelledCorpus {
    /// Returns the questions of all files.
    pub fn questions(&self) -> impl Iterator<Item = &LabelledQuestion> {
        self.files.iter().flat_map(|(_, questions)| questions)
    }
}

/// Asks every question and judges the replies.
#[must_use]
pub fn judge(conversation: &Conversation, questions: &[LabelledQuestion]) -> Vec<Judged> {
    questions.iter().map(|labelled| judge_one(conversation, labelled)).collect()
}

fn judge_one(conversation: &Conversation, labelled: &LabelledQuestion) -> Judged {
    let turn = labelled.turn(conversation, N_RANKED);
    let rank = turn.ranked.iter().position(|hit| is_right(labelled, hit)).map(|place| place + 1);
    let abstained = turn.outcome() != Outcome::Found;
    let first = turn.ranked.first().map(|hit| (hit.release.id.clone(), hit.paragraph, hit.excerpt.text.clone()));
    let shown: Vec<&Hit> = turn.ranked.iter().filter(|hit| turn.is_shown(hit)).collect();
    let n_shown_right = shown.iter().filter(|hit| is_right(labelled, hit)).count();
    let contact = labelled.contact.as_ref().map(|wanted| !abstained && shows_contact(&turn.contacts, &shown, wanted));
    let (n_shown, n_lines) = (shown.len(), n_lines(&turn.reply));
    Judged { question: labelled.clone(), rank, abstained, contact, n_shown, n_shown_right, n_lines, first }
}

impl LabelledQuestion {
    /// Asks the question, after the one before it where there is one, with the best `limit` passages in rank order.
    #[must_use]
    pub fn turn(&self, conversation: &Conversation, limit: usize) -> Turn {
        let ask =
            |text: &str, context: &Context, limit| conversation.turn_ranked(&Request::parse(text), context, limit);
        let context = self.context.as_ref().map(|before| ask(before, &Context::default(), 0).reply.context);
        ask(&self.question, &context.unwrap_or_default(), limit)
    }
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

/// Tells whether a reply shows a part of a contact: as a contact, or in a passage that says whom to call.
fn shows_contact(contacts: &[Contact], quoted: &[&Hit], wanted: &[String]) -> bool {
    let parts = contacts
        .iter()
        .flat_map(|contact| [&contact.name, &contact.role, &contact.office, &contact.phone, &contact.email])
        .flatten();
    let texts = parts.chain(quoted.iter().map(|hit| &hit.excerpt.text));
    let shown: Vec<String> = texts.map(|text| comparable(text)).collect();
    wanted.iter().any(|wanted| shown.iter().any(|text| text.contains(&comparable(wanted))))
}

fn comparable(text: &str) -> String {
    normalise_space(&fold(text)).replace(['“', '”'], "\"").replace('–', "-")
}

/// A figure from 0 to 1 with its 95% interval, and of how many questions it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figure {
    /// The share; 0 of no questions.
    pub value: f64,
    /// From where…
    pub low: f64,
    /// …to where it may be with questions of the same kind.
    pub high: f64,
    /// The number of questions.
    pub n: usize,
}

impl Figure {
    /// The mean of `n` values from 0 to 1, with Wilson's interval (1927). It is meant for shares; for values between, it is a
    /// little wide, because nothing within 0 and 1 scatters more around its mean than a share.
    #[must_use]
    pub fn mean(sum: f64, n: usize) -> Self {
        if n == 0 {
            return Self::default();
        }
        let (whole, z) = (n as f64, 1.96_f64);
        let value = sum / whole;
        let centre = value + z * z / (2.0 * whole);
        let reach = z * (value * (1.0 - value) / whole + z * z / (4.0 * whole * whole)).sqrt();
        let divisor = 1.0 + z * z / whole;
        Self { value, low: ((centre - reach) / divisor).max(0.0), high: ((centre + reach) / divisor).min(1.0), n }
    }

    fn share(part: usize, n: usize) -> Self {
        Self::mean(part as f64, n)
    }

    /// The F1 of a choice: `n_both` were chosen rightly, of `n_either` that were chosen or should have been. F1 is 2J / (1 + J)
    /// of the share J of the first among the second (Jaccard's), and so are the ends of its interval.
    fn f1(n_both: usize, n_either: usize) -> Self {
        let share = Self::share(n_both, n_either);
        let f1 = |share: f64| 2.0 * share / (1.0 + share);
        Self { value: f1(share.value), low: f1(share.low), high: f1(share.high), ..share }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.n {
            0 => "-".to_owned(),
            _ => format!("{:.3} [{:.2}, {:.2}]", self.value, self.low, self.high),
        };
        formatter.pad(&text)
    }
}

/// The figures of some questions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// The share of the answerable ones whose first passage is right.
    pub hit_at_1: Figure,
    /// The share with a right passage among the first three.
    pub hit_at_3: Figure,
    /// The mean reciprocal rank within the first three.
    pub mrr_at_3: Figure,
    /// The share of all questions whose reply is right: the first passage is right and shown, or refusing was right.
    pub right_reply: Figure,
    /// The share of all questions that were refused.
    pub refused: Figure,
    /// The share of the refusals that were right.
    pub abstention_precision: Figure,
    /// The share of the questions out of scope that were refused.
    pub abstention_recall: Figure,
    /// The harmonic mean of the two.
    pub abstention_f1: Figure,
    /// The share of the answerable questions that were refused.
    pub false_abstention: Figure,
    /// The share of the questions for a contact whose reply shows it.
    pub contact: Figure,
    /// The share of the quoted passages that are right.
    pub shown_right: Figure,
    /// The share of the replies that are longer than a phone shows at a glance.
    pub too_long: Figure,
    /// The number of lines of a reply on a phone: the middle one and the highest.
    pub n_lines: (usize, usize),
}

/// Adds up how questions went.
#[must_use]
pub fn figures<'a>(judged: impl IntoIterator<Item = &'a Judged>) -> Figures {
    let judged: Vec<&Judged> = judged.into_iter().collect();
    let (out_of_scope, answerable): (Vec<&Judged>, Vec<&Judged>) =
        judged.iter().copied().partition(|one| one.is_out_of_scope());
    let refused = |list: &[&Judged]| list.iter().filter(|one| one.abstained).count();
    let ranked = |place: usize| answerable.iter().filter(|one| one.rank.is_some_and(|rank| rank <= place)).count();
    let sum = |number: &dyn Fn(&Judged) -> usize| judged.iter().map(|one| number(one)).sum::<usize>();
    let contacts: Vec<bool> = judged.iter().filter_map(|one| one.contact).collect();
    let (n_wrongly, n_rightly) = (refused(&answerable), refused(&out_of_scope));
    Figures {
        hit_at_1: Figure::share(ranked(1), answerable.len()),
        hit_at_3: Figure::share(ranked(3), answerable.len()),
        mrr_at_3: Figure::mean(
            // From 0.0 on, because an empty sum of floats is -0.0.
            answerable.iter().filter_map(|one| one.rank).fold(0.0, |sum, rank| sum + 1.0 / rank as f64),
            answerable.len(),
        ),
        right_reply: Figure::share(judged.iter().filter(|one| one.is_right_reply()).count(), judged.len()),
        refused: Figure::share(n_wrongly + n_rightly, judged.len()),
        abstention_precision: Figure::share(n_rightly, n_wrongly + n_rightly),
        abstention_recall: Figure::share(n_rightly, out_of_scope.len()),
        abstention_f1: Figure::f1(n_rightly, n_wrongly + out_of_scope.len()),
        false_abstention: Figure::share(n_wrongly, answerable.len()),
        contact: Figure::share(contacts.iter().filter(|shown| **shown).count(), contacts.len()),
        shown_right: Figure::share(sum(&|one| one.n_shown_right), sum(&|one| one.n_shown)),
        too_long: Figure::share(sum(&|one| usize::from(one.n_lines > MAX_LINES)), judged.len()),
        n_lines: median_and_max(judged.iter().map(|one| one.n_lines).collect()),
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

/// Writes the figures with 95% intervals: by kind and language, by language, over all; a line each side, one below the other.
///
/// Every side answers the same questions in the same order.
#[must_use]
pub fn table(sides: &[(Side, Vec<Judged>)]) -> String {
    let grouped: Vec<(Side, JudgedGroups<'_>)> = sides.iter().map(|(side, judged)| (*side, groups(judged))).collect();
    let keys: Vec<&GroupKey> = grouped.first().into_iter().flat_map(|(_, groups)| groups.keys()).collect();
    let mut table = String::new();
    let mut write = |titles: [&str; 5], keys: &[&GroupKey], of: fn(&Figures) -> [Figure; 5]| {
        let titles = titles.map(|title| format!("{title:<18}")).join("  ");
        let _ = writeln!(table, "{:<22} {:<10} {:>4}  {}", "questions", "by", "n", titles.trim_end());
        for key in keys {
            for (side, groups) in &grouped {
                let members = groups.get(*key).map(Vec::as_slice).unwrap_or_default();
                let figures = of(&figures(members.iter().copied())).map(|figure| format!("{figure:<18}")).join("  ");
                let _ =
                    writeln!(table, "{:<22} {:<10} {:>4}  {}", key.1, side.name(), members.len(), figures.trim_end());
            }
        }
    };
    write(["hit@1", "hit@3", "MRR@3", "right reply", "refused"], &keys, |of| {
        [of.hit_at_1, of.hit_at_3, of.mrr_at_3, of.right_reply, of.refused]
    });
    let in_all: Vec<&GroupKey> = keys.into_iter().filter(|(level, _)| *level > 0).collect();
    write(["abstain precision", "recall", "F1", "false abstentions", "contacts"], &in_all, |of| {
        [of.abstention_precision, of.abstention_recall, of.abstention_f1, of.false_abstention, of.contact]
    });
    table.push_str(&length::table(&in_all, &grouped));
    table
}

/// Group of questions, in the order of the table: a kind, a language, all.
type GroupKey = (u8, String);
type JudgedGroups<'a> = BTreeMap<GroupKey, Vec<&'a Judged>>;

fn groups(judged: &[Judged]) -> JudgedGroups<'_> {
    let mut groups = JudgedGroups::new();
    for one in judged {
        groups.entry((0, format!("{} {}", one.kind(), one.language()))).or_default().push(one);
        groups.entry((1, format!("all {}", one.language()))).or_default().push(one);
        groups.entry((2, "all".to_owned())).or_default().push(one);
    }
    groups
}

/// Writes the figures of several corpora, each with those of questions of the others asked of it, and the means.
#[must_use]
pub fn summary(corpora: &[(String, Figures, Figures)]) -> String {
    let mut table = format!(
        "{:<32} {:>6} {:>12} {:>18} {:>11} {:>18}\n",
        "corpus", "hit@1", "right reply", "false abstentions", "abstain F1", "elsewhere refused"
    );
    let rows = corpora.iter().map(|(name, own, elsewhere)| {
        let figures = [own.hit_at_1, own.right_reply, own.false_abstention, own.abstention_f1, elsewhere.refused];
        (name.as_str(), figures.map(|figure| figure.value))
    });
    let rows: Vec<(&str, [f64; 5])> = rows.collect();
    let mut mean = [0.0; 5];
    for (_, figures) in &rows {
        mean.iter_mut().zip(figures).for_each(|(mean, figure)| *mean += figure / rows.len() as f64);
    }
    for (name, [hit, right, abstained, f1, refused]) in rows.into_iter().chain([("mean over corpora", mean)]) {
        let _ = writeln!(table, "{name:<32} {hit:>6.3} {right:>12.3} {abstained:>18.3} {f1:>11.3} {refused:>18.3}");
    }
    table
}
