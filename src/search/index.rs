//! Index over the passages of a corpus: their terms, their sentences and the spans in them that answer.

mod builder;
mod names;
pub(in crate::search) mod store;
mod terms;
pub(in crate::search) mod vectors;
mod vocabulary;
pub(in crate::search) mod word_vectors;
mod words;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

pub(crate) use self::names::Names;
pub(crate) use self::terms::Terms;
pub(crate) use self::vocabulary::Vocabulary;
pub(crate) use self::words::{MAX_GAIN, WordIndex};
use super::text::kinds::Kinds;
use super::text::spans::{Entity, TypedSpan};
use crate::corpus::{Corpus, Release};

/// The passages of a corpus, ready to be searched.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) corpus: Arc<Corpus>,
    pub(crate) passages: Vec<Passage>,
    pub(crate) releases: Vec<ReleaseTerms>,
    pub(crate) terms: Terms,
    pub(crate) words: WordIndex,
    pub(crate) vocabulary: Vocabulary,
}

/// A paragraph as the search sees it.
#[derive(Debug)]
pub(crate) struct Passage {
    /// Number of its release in the corpus.
    pub(crate) release: usize,
    /// Number of the paragraph in its release.
    pub(crate) paragraph: usize,
    /// Terms in the order of the text.
    terms: Vec<TermPosition>,
    /// Byte ranges of its sentences.
    pub(crate) sentences: Vec<Range<usize>>,
    /// Kinds of answer that each sentence has to give.
    pub(crate) evidence: Vec<Kinds>,
    /// Number of each sentence: sentences that say the same, in any passage, have the same.
    pub(crate) sentence_ids: Vec<u32>,
    /// Terms of the line that introduces the list that it is an item of.
    pub(crate) introduction: HashSet<u32>,
    /// Set where it names a year, be it as the last one.
    pub(crate) names_year: bool,
    /// Set where it only introduces a list, whose items answer.
    pub(crate) introduces_list: bool,
    /// The spans that are answers by themselves, and the words that tell an amount.
    pub(crate) answers: Vec<TypedSpan>,
}

/// A term where it stands in a passage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TermPosition {
    pub(crate) term: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// The terms of a release as a whole.
#[derive(Debug, Default)]
pub(crate) struct ReleaseTerms {
    /// Terms of title, place, topics and of the names in its paragraphs.
    pub(crate) around: HashSet<u32>,
    /// Those of title, place, topics and date, which all of its paragraphs are about.
    pub(crate) head: HashSet<u32>,
    /// Terms of its lead and the points above it: what they name, a later paragraph calls “the ship”.
    pub(crate) lead: HashSet<u32>,
    /// Terms anywhere in it.
    pub(crate) all: HashSet<u32>,
    /// Numbers in the vocabulary of the words of its title and paragraphs.
    pub(crate) words: Vec<u32>,
    /// Details that its paragraphs tell.
    pub(crate) details: Kinds,
}

impl Index {
    /// Returns the release that a passage stands in.
    pub(crate) fn release_of(&self, passage: &Passage) -> &Arc<Release> {
        &self.corpus.releases[passage.release]
    }

    /// Returns the line that introduces the list that a passage is an item of.
    pub(crate) fn introduction_of(&self, passage: &Passage) -> Option<&str> {
        self.release_of(passage).introduction(passage.paragraph)
    }

    /// Returns the text of a passage.
    pub(crate) fn text_of(&self, passage: &Passage) -> &str {
        &self.release_of(passage).paragraphs[passage.paragraph].text
    }
}

impl Passage {
    /// Returns the share of the terms of two passages that both have, from 0 to 1 (Jaccard's index).
    pub(crate) fn alike(&self, other: &Self) -> f32 {
        let distinct = |passage: &Self| passage.terms.iter().map(|position| position.term).collect::<HashSet<u32>>();
        let (own, others) = (distinct(self), distinct(other));
        own.intersection(&others).count() as f32 / own.union(&others).count().max(1) as f32
    }

    /// Tells whether a term stands in the passage.
    pub(crate) fn has(&self, term: u32) -> bool {
        self.terms.iter().any(|position| position.term == term)
    }

    /// Returns the kinds of answer that the passage has to give.
    pub(crate) fn evidence(&self) -> Kinds {
        self.evidence.iter().fold(Kinds::empty(), |all, evidence| all | *evidence)
    }

    /// Returns where its numbers stand, and words that tell an amount (“euros”, “free”), without the numbers of dates.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &Range<usize>> {
        let is_number = |span: &&TypedSpan| span.entity == Some(Entity::Count) || span.kinds.contains(Kinds::AMOUNT);
        self.answers.iter().filter(is_number).map(|span| &span.range)
    }

    /// Returns where its names stand, those of places too.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Range<usize>> {
        let is_name = |span: &&TypedSpan| matches!(span.entity, Some(Entity::Name { .. } | Entity::Place));
        self.answers.iter().filter(is_name).map(|span| &span.range)
    }

    /// Returns the terms that begin in a part of the text.
    pub(crate) fn terms_in(&self, range: &Range<usize>) -> &[TermPosition] {
        let first_from = |start: usize| self.terms.partition_point(|term| (term.start as usize) < start);
        &self.terms[first_from(range.start)..first_from(range.end)]
    }
}
