//! Grouping of kept questions by meaning.
//!
//! Texts that differ in nothing but case, accents and punctuation are one question. Each question, the most frequent first, joins
//! the group whose questions are most similar on average, and founds one where none is similar enough; then each goes to the group that it is most
//! similar to in the end. The result does not depend on the order of the file.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::KeptQuestion;
use crate::desk::Desk;
use crate::language::Language;
use crate::search::Side;
use crate::text::Words;

/// Minimum cosine of a question and those of its group, on average.
const MIN_COSINE: f32 = 0.6;

/// Minimum cosine where questions are compared by words alone.
const MIN_COSINE_OF_WORDS: f32 = 0.5;

/// Number of places of a vector of words; two words of a few thousand rarely share one.
const N_PLACES: usize = 4096;

/// Questions that ask the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Group<'a> {
    /// The most central one.
    pub central: &'a KeptQuestion,
    /// All of them, in the order of their dates; at least one.
    pub questions: Vec<&'a KeptQuestion>,
}

/// Question in all its spellings, with its vector of length 1.
struct Distinct<'a> {
    questions: Vec<&'a KeptQuestion>,
    vector: Vec<f32>,
}

/// Sum of the vectors of the questions of a group, each as often as it was asked, and their number.
#[derive(Default)]
struct Sum {
    vector: Vec<f32>,
    n_questions: usize,
}

impl Sum {
    fn of<'d, 'a: 'd>(members: impl Iterator<Item = &'d Distinct<'a>>) -> Self {
        let mut sum = Self::default();
        members.for_each(|distinct| sum.add(distinct));
        sum
    }

    fn add(&mut self, distinct: &Distinct<'_>) {
        self.vector.resize(distinct.vector.len().max(self.vector.len()), 0.0);
        self.n_questions += distinct.questions.len();
        let weight = distinct.questions.len() as f32;
        self.vector.iter_mut().zip(&distinct.vector).for_each(|(sum, number)| *sum += weight * number);
    }

    /// Returns the cosine of a question and each of the group, on average.
    fn cosine(&self, distinct: &Distinct<'_>) -> f32 {
        dot(&self.vector, &distinct.vector) / self.n_questions.max(1) as f32
    }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// Groups questions by meaning, or without an embedding model by the words that they share.
#[must_use]
pub fn group_by_meaning<'a>(questions: &'a [KeptQuestion], desk: &Desk) -> Vec<Group<'a>> {
    let index = desk.index();
    let by_words = |kept: &KeptQuestion| {
        let language = kept.lang.as_deref().and_then(Language::from_code).unwrap_or(Language::ENGLISH);
        of_words(index.terms_of(&kept.question, language))
    };
    if index.side() == Side::Words {
        return group(questions, by_words, MIN_COSINE_OF_WORDS);
    }
    let by_meaning = |kept: &KeptQuestion| {
        let vector = desk.question(&kept.question).and_then(|question| index.question_vector(&question));
        vector.unwrap_or_default()
    };
    group(questions, by_meaning, MIN_COSINE)
}

/// Returns a vector of terms, each at the place of its hash.
fn of_words(terms: impl Iterator<Item = String>) -> Vec<f32> {
    let mut vector = vec![0.0_f32; N_PLACES];
    for term in terms {
        vector[crc32fast::hash(term.as_bytes()) as usize % N_PLACES] = 1.0;
    }
    let length = dot(&vector, &vector).sqrt().max(f32::MIN_POSITIVE);
    vector.iter_mut().for_each(|number| *number /= length);
    vector
}

/// Groups questions whose vectors, of length 1 or 0, have at least a cosine with those of their group on average; the largest group first,
/// of equal ones the one asked last.
fn group<'a>(
    questions: &'a [KeptQuestion],
    vector_of: impl Fn(&KeptQuestion) -> Vec<f32>,
    min_cosine: f32,
) -> Vec<Group<'a>> {
    let distinct = distinct(questions, vector_of);
    let mut sums: Vec<Sum> = Vec::new();
    for question in &distinct {
        match nearest(&sums, question).filter(|(_, cosine)| *cosine >= min_cosine) {
            Some((group, _)) => sums[group].add(question),
            None => sums.push(Sum::of([question].into_iter())),
        }
    }
    let mut members: Vec<Vec<&Distinct<'a>>> = sums.iter().map(|_| Vec::new()).collect();
    for question in &distinct {
        match nearest(&sums, question).filter(|(_, cosine)| *cosine >= min_cosine) {
            Some((group, _)) => members[group].push(question),
            // Its group has moved away from it.
            None => members.push(vec![question]),
        }
    }
    let groups = members.into_iter().filter_map(|members| {
        let sum = Sum::of(members.iter().copied());
        // Of equal ones the last in reverse, the most frequent.
        let by_centrality =
            |one: &&&Distinct<'_>, other: &&&Distinct<'_>| sum.cosine(one).total_cmp(&sum.cosine(other));
        let central = *members.iter().rev().max_by(by_centrality)?.questions.last()?;
        let mut questions: Vec<_> = members.iter().flat_map(|distinct| distinct.questions.iter().copied()).collect();
        questions.sort_by_key(|kept| order(kept));
        Some(Group { central, questions })
    });
    let mut groups: Vec<Group<'a>> = groups.collect();
    groups.sort_by(|one, other| {
        let key = |group: &Group<'a>| {
            let last = group.questions.last().map(|kept| kept.date.as_str());
            (Reverse(group.questions.len()), Reverse(last), group.central.question.as_str())
        };
        key(one).cmp(&key(other))
    });
    groups
}

/// Joins the spellings of each question; the most frequent first.
fn distinct<'a>(questions: &'a [KeptQuestion], vector_of: impl Fn(&KeptQuestion) -> Vec<f32>) -> Vec<Distinct<'a>> {
    let mut spellings: BTreeMap<String, Vec<&KeptQuestion>> = BTreeMap::new();
    for kept in questions {
        let words = Words::of(kept.question.as_str());
        let folded = words.folded().collect::<Vec<_>>().join(" ");
        // Of signs alone each text is its own.
        let key = if folded.is_empty() { kept.question.clone() } else { folded };
        spellings.entry(key).or_default().push(kept);
    }
    let mut distinct: Vec<Distinct<'a>> = Vec::new();
    for (_, mut questions) in spellings {
        questions.sort_by_key(|kept| order(kept));
        let vector = questions.first().map(|kept| vector_of(kept)).unwrap_or_default();
        distinct.push(Distinct { questions, vector });
    }
    distinct.sort_by_key(|distinct| Reverse(distinct.questions.len()));
    distinct
}

/// Returns the group that is most similar to a question, with its cosine; of equal ones the first.
fn nearest(sums: &[Sum], question: &Distinct<'_>) -> Option<(usize, f32)> {
    let cosines = sums.iter().map(|sum| sum.cosine(question)).enumerate();
    cosines.reduce(|best, other| if other.1 > best.1 { other } else { best })
}

/// Order of questions in a group: by date.
fn order(kept: &KeptQuestion) -> (&str, &str, Option<&str>, Option<usize>) {
    (&kept.date, &kept.question, kept.release.as_deref(), kept.paragraph)
}

#[cfg(test)]
mod tests {
    use super::super::Reason;
    use super::*;

    fn kept(date: &str, question: &str) -> KeptQuestion {
        KeptQuestion {
            date: date.to_owned(),
            question: question.to_owned(),
            lang: None,
            reason: Reason::Refused,
            outcome: "not_found".to_owned(),
            kind: "not_found".to_owned(),
            release: None,
            paragraph: None,
        }
    }

    /// Returns the share of each letter of "abc" in a question, as a vector of length 1.
    fn letters(kept: &KeptQuestion) -> Vec<f32> {
        let counts: Vec<f32> = ["a", "b", "c"].map(|letter| kept.question.matches(letter).count() as f32).to_vec();
        let length = dot(&counts, &counts).sqrt().max(f32::MIN_POSITIVE);
        counts.iter().map(|count| count / length).collect()
    }

    fn summary<'a>(groups: &[Group<'a>]) -> Vec<(&'a str, usize)> {
        groups.iter().map(|group| (group.central.question.as_str(), group.questions.len())).collect()
    }

    #[test]
    fn similar_questions_are_grouped_around_the_most_central_one() {
        let questions = [
            kept("2025-01-01", "a a a b"),
            kept("2025-01-02", "a a a"),
            kept("2025-01-03", "a a a a c"),
            kept("2025-01-01", "c c c c b"),
        ];
        let groups = group(&questions, letters, 0.8);
        assert_eq!(summary(&groups), [("a a a", 3), ("c c c c b", 1)]);
        let dates: Vec<&str> = groups[0].questions.iter().map(|kept| kept.date.as_str()).collect();
        assert_eq!(dates, ["2025-01-01", "2025-01-02", "2025-01-03"]);
    }

    #[test]
    fn spellings_of_a_question_are_one() {
        let questions = [kept("2025-01-02", "A, b?"), kept("2025-01-01", "á b"), kept("2025-01-03", "b a")];
        assert_eq!(summary(&group(&questions, |_| Vec::new(), 0.5)), [("A, b?", 2), ("b a", 1)]);
    }

    #[test]
    fn groups_do_not_depend_on_the_order_of_questions() {
        let mut questions: Vec<KeptQuestion> = Vec::new();
        for number in 0..60 {
            let text = ["a", "b", "c"].iter().enumerate().map(|(at, letter)| letter.repeat(number * (at + 3) % 5 + 1));
            questions.push(kept(&format!("2025-01-{:02}", number % 28 + 1), &text.collect::<Vec<_>>().join(" ")));
        }
        let first = group(&questions, letters, 0.9);
        assert_eq!(first.iter().map(|group| group.questions.len()).sum::<usize>(), questions.len());
        let mut others = questions.clone();
        others.reverse();
        assert_eq!(summary(&group(&others, letters, 0.9)), summary(&first));
        assert!(first.is_sorted_by_key(|group| Reverse(group.questions.len())));
    }

    #[test]
    fn no_questions_make_no_group() {
        assert_eq!(group(&[], letters, 0.5), []);
    }
}
