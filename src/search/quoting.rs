//! Quoting of a passage: whole sentences, word for word, with the parts to emphasise.

use std::collections::HashSet;
use std::ops::Range;

use super::index::Passage;
use super::ranking::QueryTerms;
use super::text::kinds::Kinds;
use super::text::spans::{Entity, TypedSpan};

/// A verbatim slice of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The slice.
    pub text: String,
    /// Position of its beginning in the paragraph, in bytes.
    pub start: usize,
    /// Byte ranges in `text` to emphasise: in order, apart from each other, each on word borders.
    pub highlights: Vec<Range<usize>>,
    /// Those parts of the highlights that are of the kind asked for, in order.
    pub answers: Vec<Range<usize>>,
    /// Set when it begins within a list or within a sentence, which are too long by themselves.
    pub begins_within: bool,
    /// Set when it ends within a list or such a sentence.
    pub is_cut: bool,
}

/// Options of an excerpt.
pub(crate) struct ExcerptOptions<'a> {
    pub(crate) terms: &'a QueryTerms,
    /// Kinds of answer asked for.
    pub(crate) asked: Kinds,
    /// Length aimed at, in characters.
    pub(crate) length: usize,
    /// Set for the best passage, in which something must be emphasised.
    pub(crate) is_best: bool,
}

/// Weight of evidence of the kind asked for in a sentence, against the share of the question's weight that it meets.
const EVIDENCE_WEIGHT: f32 = 0.3;
/// Weight of a sentence's similarity to the question, 0 to about 1, likewise.
const SIMILARITY_WEIGHT: f32 = 1.0;
/// What stands before the words that are asked for in a sentence that is cut on both sides: this part of the length of the excerpt.
const LEAD_SHARE: usize = 4;
/// Share of the length within which the sentences before the best one are shown too; set by hand, as much as leaves the answers to
/// `tests/questions/kept.jsonl` and `everyday.jsonl` at 12 lines in the median.
const BEFORE_SHARE: (usize, usize) = (3, 4);
/// Maximum number of names emphasised in a sentence; with more, nothing stands out.
const MAX_NAMES: usize = 5;

/// Cuts the sentences that answer: from the best one on, as far as the length goes, and those before it while all is within a share of
/// it, or within it in a list, leaving out those `shown` before.
///
/// `similarity` is that of a sentence to the question. Returns `None` when every sentence of the passage was shown already;
/// otherwise adds to `shown` what it cuts.
pub(crate) fn cut(
    text: &str,
    passage: &Passage,
    options: &ExcerptOptions<'_>,
    similarity: impl Fn(usize) -> f32,
    shown: &mut HashSet<u32>,
) -> Option<Excerpt> {
    let ExcerptOptions { terms, asked, length, is_best } = *options;
    let first = best_sentence(passage, options, similarity, shown)?;
    let sentence = passage.sentences[first].clone();
    let mut start = window_start(text, passage, terms, &sentence, length);
    let begins_within = start > sentence.start;
    let mut end = sentence.start;
    for (sentence, id) in passage.sentences.iter().zip(&passage.sentence_ids).skip(first) {
        let is_first = end <= start;
        if !is_first && text[start..sentence.end].chars().count() > length || shown.contains(id) {
            break;
        }
        shown.insert(*id);
        end = sentence.end;
    }
    let is_list = text.contains('\n');
    let length_with_before = if is_list { length } else { length * BEFORE_SHARE.0 / BEFORE_SHARE.1 };
    // What is asked for may stand just before the sentence that is most like the question.
    for (sentence, id) in passage.sentences.iter().zip(&passage.sentence_ids).take(first).rev() {
        if begins_within || text[sentence.start..end].chars().count() > length_with_before || shown.contains(id) {
            break;
        }
        shown.insert(*id);
        start = sentence.start;
    }
    let range = start..clip(text, start..end, length);

    let met = passage.terms_in(&range).iter().filter(|position| terms.concepts(position.term) != 0);
    let met = met.map(|position| position.start as usize..position.end as usize);
    // Only the sentence that answers: a name or a number in the others is seldom the one asked for.
    let answer = sentence.start.max(range.start)..sentence.end.min(range.end);
    let mut highlights: Vec<Range<usize>> =
        met.filter(|term| range.start <= term.start && term.end <= range.end).collect();
    let answers: Vec<Range<usize>> = answering(&passage.answers, answer.clone(), asked).collect();
    highlights.extend(answers.iter().cloned());
    if is_best && highlights.is_empty() {
        highlights.push(answer);
    }
    let in_excerpt = |range: Range<usize>| range.start - start..range.end - start;
    Some(Excerpt {
        text: text[range.clone()].to_owned(),
        start,
        highlights: merge(highlights).into_iter().map(in_excerpt).collect(),
        answers: merge(answers).into_iter().map(in_excerpt).collect(),
        begins_within: begins_within || text[..range.start].contains('\n'),
        is_cut: range.end < end || text[range.end..].contains('\n'),
    })
}

/// Returns the sentence not yet shown that answers best, the first of equals.
fn best_sentence(
    passage: &Passage,
    options: &ExcerptOptions<'_>,
    similarity: impl Fn(usize) -> f32,
    shown: &HashSet<u32>,
) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (at, sentence) in passage.sentences.iter().enumerate() {
        if shown.contains(&passage.sentence_ids[at]) {
            continue;
        }
        let met = options.terms.share(options.terms.met_in(passage, sentence));
        let given = options.asked.share_given(passage.evidence[at]).unwrap_or(0.0);
        let value = met + EVIDENCE_WEIGHT * given + SIMILARITY_WEIGHT * similarity(at);
        if best.is_none_or(|(_, highest)| value > highest) {
            best = Some((at, value));
        }
    }
    best.map(|(at, _)| at)
}

/// Returns the answers to a question in a sentence: of the names those from “by” on, where there is one, and behind a whole
/// name no acronyms and single words any more.
fn answering(answers: &[TypedSpan], sentence: Range<usize>, asked: Kinds) -> impl Iterator<Item = Range<usize>> + '_ {
    let within =
        answers.iter().filter(move |span| sentence.start <= span.range.start && span.range.end <= sentence.end);
    let doer = within.clone().find(|span| matches!(span.entity, Some(Entity::Name { is_doer: true, .. })));
    let names_from = doer.map_or(0, |span| span.range.start);
    let mut n_names = 0;
    let mut is_long_met = false;
    let chosen = within.filter(move |span| match span.entity {
        Some(Entity::Name { is_long, .. }) => {
            let is_asked = asked.intersects(Kinds::WHO | Kinds::MONEY);
            let is_one = is_asked && span.range.start >= names_from && (is_long || !is_long_met);
            n_names += usize::from(is_one);
            is_long_met |= is_one && is_long;
            is_one && n_names <= MAX_NAMES
        }
        Some(Entity::Place) => asked.contains(Kinds::PLACE),
        Some(Entity::Date) => asked.contains(Kinds::WHEN),
        Some(Entity::Count) => asked.contains(Kinds::HOW_MANY),
        None => false,
    });
    chosen.map(|span| span.range.clone())
}

/// Returns where an excerpt begins in its best sentence: at the beginning, but in one that is longer than the excerpt somewhat before the
/// words that meet most of the question.
fn window_start(text: &str, passage: &Passage, terms: &QueryTerms, sentence: &Range<usize>, length: usize) -> usize {
    if text[sentence.clone()].chars().count() <= length {
        return sentence.start;
    }
    let met: Vec<(Range<usize>, u64)> = passage
        .terms_in(sentence)
        .iter()
        .map(|position| (position.start as usize..position.end as usize, terms.concepts(position.term)))
        .filter(|(_, concepts)| *concepts != 0)
        .collect();
    let lead = length / LEAD_SHARE;
    let value = |start: usize| {
        let end = clip(text, start..sentence.end, length);
        // What answers may stand behind them.
        let has_room = |term: &Range<usize>| end == sentence.end || text[term.end..end].chars().count() >= lead;
        let first = met.partition_point(|(term, _)| term.start < start);
        let within = met[first..].iter().take_while(|(term, _)| term.end <= end).filter(|(term, _)| has_room(term));
        terms.share(within.fold(0, |all, (_, concepts)| all | concepts))
    };
    let starts = met.iter().map(|(term, _)| word_before(text, sentence.start..term.start, lead));
    let mut best = (sentence.start, value(sentence.start));
    for start in starts {
        let value = value(start);
        if value > best.1 {
            best = (start, value);
        }
    }
    best.0
}

/// Returns where a word begins, at most so many characters before the end of a range.
fn word_before(text: &str, range: Range<usize>, n_characters: usize) -> usize {
    let slice = &text[range.clone()];
    match slice.char_indices().rev().nth(n_characters) {
        None => range.start,
        Some((limit, _)) => {
            let space = slice[limit..].find(char::is_whitespace);
            space.map_or(range.end, |space| {
                let rest = &slice[limit + space..];
                range.start + limit + space + (rest.len() - rest.trim_start().len())
            })
        }
    }
}

/// Returns the end of a slice that is one endless sentence: at the last white space within the length.
fn clip(text: &str, range: Range<usize>, length: usize) -> usize {
    let slice = &text[range.clone()];
    match slice.char_indices().nth(length) {
        None => range.end,
        Some((limit, _)) => {
            let cut = slice[..limit].rfind(char::is_whitespace).filter(|cut| *cut > 0).unwrap_or(limit);
            range.start + cut
        }
    }
}

/// Brings ranges into order and joins those that overlap.
fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::super::text::spans;
    use super::super::text::word_list::WordList;
    use super::*;
    use crate::text::Words;

    #[test]
    fn endless_sentences_end_at_a_word() {
        let text = "one two three four";
        assert_eq!(clip(text, 0..text.len(), 9), 7);
        assert_eq!(clip(text, 0..text.len(), 100), text.len());
        assert_eq!(clip("áéíóú", 0..10, 3), 6);
    }

    #[test]
    fn lead_begins_at_a_word() {
        let text = "one two three four";
        assert_eq!(word_before(text, 0..14, 8), 8);
        assert_eq!(word_before(text, 0..14, 100), 0);
        assert_eq!(word_before("áéíóú", 0..10, 2), 10);
    }

    #[test]
    fn overlapping_highlights_become_one() {
        assert_eq!(merge(vec![5..9, 0..3, 2..4, 9..10]), [0..4, 5..10]);
    }

    /// Returns the parts emphasised in a text that answers a question.
    fn marked(asked: Kinds, text: &str) -> Vec<&str> {
        let places = WordList::load(std::path::Path::new("config/places.txt")).unwrap();
        let spans = spans::read(&Words::of(text), crate::language::shipped().lexicon(None), &places);
        answering(&spans, 0..text.len(), asked).map(|range| &text[range]).collect()
    }

    #[test]
    fn who_asks_for_names() {
        for (text, expected) in [
            (
                "Jacqueline Weekers, Director of IOM’s Migration Health Division said: “Ending TB means that UHC is real.”",
                vec!["Jacqueline Weekers"],
            ),
            (
                "The event was chaired by Mrs. Liduvina Magarín, Deputy Minister for Salvadorans Abroad; Mrs. Mariela Vélez de García, \
                 Ambassador of the Republic of Guatemala in El Salvador; Mrs. Mónica Merino, Resident Representative ad interim of the \
                 United Nations Development Program (UNDP) in El Salvador and Mr. Jorge Peraza, IOM's Chief of Mission for El Salvador, \
                 Guatemala and Honduras.",
                vec!["Liduvina Magarín", "Mariela Vélez de García", "Mónica Merino", "Jorge Peraza"],
            ),
            (
                "The workshop Healthcare of Migrant Populations was organized by the UN Migration Agency (IOM), the Ministry of \
                 Health (MINSAL), the National Civil Police (PNC) and Crime Stoppers from El Salvador.",
                vec!["UN Migration Agency", "Ministry of Health", "National Civil Police", "Crime Stoppers"],
            ),
            ("While IOM provided the furniture, the Ombudsman will staff it.", vec!["IOM", "Ombudsman"]),
            ("La gente escuchó a Carlos van der Laat en Guatemala.", vec!["Carlos van der Laat"]),
            ("Participants met in May.", vec![]),
        ] {
            assert_eq!(marked(Kinds::WHO, text), expected);
        }
    }

    #[test]
    fn where_asks_for_places() {
        for (text, expected) in [
            (
                "The “window” was opened in La Union, 150 kilometers west of San Salvador.",
                vec!["La Union", "San Salvador"],
            ),
            ("It is expected to open at the border crossing of La Hachadura.", vec!["La Hachadura"]),
            ("On November 3rd in Guatemala City, IOM presented the findings.", vec!["Guatemala City"]),
            ("It was attended by Belize, Costa Rica and the Red Cross.", vec!["Belize", "Costa Rica"]),
            ("The meeting was long.", vec![]),
        ] {
            assert_eq!(marked(Kinds::PLACE, text), expected);
        }
    }

    #[test]
    fn when_asks_for_dates_and_how_many_for_counts() {
        for (text, dates, counts) in [
            ("100 doctors took part this week (29/05).", vec!["29/05"], vec!["100"]),
            (
                "258 million migrants[1] and two of 376,800 in 2017[2]",
                vec!["2017"],
                vec!["258 million", "two", "376,800"],
            ),
            ("On November 3rd and August 18-20 the 3rd meeting", vec!["November 3rd", "August 18-20"], vec![]),
            ("El 22 de marzo de 2019 vinieron 14", vec!["22 de marzo de 2019"], vec!["14"]),
            ("It was inaugurated yesterday", vec!["yesterday"], vec![]),
        ] {
            assert_eq!(marked(Kinds::WHEN, text), dates);
            assert_eq!(marked(Kinds::HOW_MANY, text), counts);
        }
    }
}
