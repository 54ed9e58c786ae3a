//! Tokens of a text, by the file `tokenizer.json` of a model.

use kitoken::{InsertionPosition, Kitoken};

/// Tokenizer, with the special tokens that surround a text.
pub(super) struct Tokenizer {
    inner: Kitoken,
    /// Special tokens before a text.
    pub(super) before: Vec<u32>,
    /// Special tokens after a text.
    pub(super) after: Vec<u32>,
}

impl Tokenizer {
    /// Reads `tokenizer.json`; the error is the end of a sentence.
    pub(super) fn new(json: &[u8]) -> Result<Self, String> {
        let inner = Kitoken::from_tokenizers_slice(json)
            .map_err(|error| format!("it is not a supported tokenizer ({error})"))?;
        let marks = |positions: [InsertionPosition; 2]| {
            let templates = inner.config().templates.iter().filter(|template| positions.contains(&template.position));
            let ids = templates.map(|template| inner.encode(&template.content, true));
            let mut ids: Vec<u32> = ids.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?.concat();
            // A pair of texts has two separators, a single text one.
            ids.dedup();
            Ok::<_, String>(ids)
        };
        let before = marks([InsertionPosition::SequenceStart, InsertionPosition::SubSequenceStart])?;
        let after = marks([InsertionPosition::SubSequenceEnd, InsertionPosition::SequenceEnd])?;
        Ok(Self { inner, before, after })
    }

    /// Returns the ids of a text without special tokens. A special token in the text itself is treated as plain text.
    pub(super) fn content(&self, text: &str) -> Vec<u32> {
        self.inner.encode(text, false).unwrap_or_else(|error| {
            // The error message may quote the text.
            let kind = std::any::type_name_of_val(&error);
            tracing::error!(kind, "a text could not be tokenized and is treated as empty");
            Vec::new()
        })
    }
}
