//! Index of passages by their terms: tantivy, in memory.

use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{Index, IndexReader, ReloadPolicy, TantivyDocument, Term};

use crate::search::text::analyzer::Occurrence;

/// Maximum factor of BM25 over a term's inverse document frequency: k1 + 1, with tantivy's k1 of 1.2.
pub(crate) const MAX_GAIN: f32 = 2.2;

/// Weight of a term in the title, the place or a name elsewhere in the release against one in the paragraph.
const AROUND_WEIGHT: f32 = 0.3;

/// The index while it is written.
pub(crate) struct WordIndexBuilder {
    writer: SingleSegmentIndexWriter,
    text: Field,
    around: Field,
    n_passages: usize,
}

/// The index, ready to be searched by any number of threads.
pub(crate) struct WordIndex {
    reader: IndexReader,
    text: Field,
    around: Field,
}

impl std::fmt::Debug for WordIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WordIndex").field("n_passages", &self.reader.searcher().num_docs()).finish_non_exhaustive()
    }
}

impl WordIndexBuilder {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let indexing =
            || TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(IndexRecordOption::WithFreqs);
        let mut schema = Schema::builder();
        let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing()));
        let around = schema.add_text_field("around", TextOptions::default().set_indexing_options(indexing()));
        let writer =
            Index::builder().schema(schema.build()).single_segment_index_writer(RamDirectory::create(), 50_000_000)?;
        Ok(Self { writer, text, around, n_passages: 0 })
    }

    /// Adds the next passage; passages come in order, so that a document's number is its passage's.
    pub(crate) fn add(&mut self, passage: usize, text: &[Occurrence], around: &[Occurrence]) -> anyhow::Result<()> {
        debug_assert_eq!(passage, self.n_passages, "a passage was left out");
        self.n_passages += 1;
        let mut document = TantivyDocument::new();
        document.add_pre_tokenized_text(self.text, pre_tokenized(text));
        document.add_pre_tokenized_text(self.around, pre_tokenized(around));
        self.writer.add_document(document)?;
        Ok(())
    }

    pub(crate) fn finish(self) -> anyhow::Result<WordIndex> {
        let index = self.writer.finalize()?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(WordIndex { reader, text: self.text, around: self.around })
    }
}

impl WordIndex {
    /// Returns the passages with the highest BM25 for some terms.
    pub(crate) fn search<'t>(&self, terms: impl Iterator<Item = &'t String>, limit: usize) -> Vec<(usize, f32)> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for term in terms {
            for (field, weight) in [(self.text, 1.0), (self.around, AROUND_WEIGHT)] {
                let clause = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(clause), weight))));
            }
        }
        let query = BooleanQuery::new(clauses);
        match self.reader.searcher().search(&query, &TopDocs::with_limit(limit.max(1)).order_by_score()) {
            Ok(found) => found.into_iter().map(|(score, address)| (address.doc_id as usize, score)).collect(),
            Err(error) => {
                // The index is in memory and never changes, so this is a fault of ours and no answer is lost but this.
                tracing::error!(%error, "the word index could not be searched");
                Vec::new()
            }
        }
    }
}

fn pre_tokenized(terms: &[Occurrence]) -> PreTokenizedString {
    let tokens = terms.iter().enumerate().map(|(position, occurrence)| Token {
        offset_from: occurrence.range.start,
        offset_to: occurrence.range.end,
        position,
        text: occurrence.term.clone(),
        position_length: 1,
    });
    PreTokenizedString { text: String::new(), tokens: tokens.collect() }
}
