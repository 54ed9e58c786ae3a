//! Cuts text into the pieces that a model knows, as SentencePiece does for models of the XLM-R family.
//!
//! A unigram vocabulary gives each piece a score; of all ways to lay pieces over a text the one with the greatest sum
//! wins (Kudo 2018, <https://arxiv.org/abs/1804.10959>). Before that the text is folded as SentencePiece's `nmt_nfkc`
//! rule does, blanks become `▁`, and each word starts with one.

use unicode_normalization::UnicodeNormalization;

use super::gguf::Texts;

/// What a piece is, by the numbers of GGUF's `tokenizer.ggml.token_type`. Only these are looked for in a text.
const MATCHED_TYPES: [i32; 2] = [NORMAL, USER_DEFINED];
const NORMAL: i32 = 1;
const USER_DEFINED: i32 = 4;

/// How much worse than the worst piece a character is that no piece covers (`kUnkPenalty` in SentencePiece).
const UNKNOWN_PENALTY: f32 = 10.0;

const WORD_START: char = '▁';

/// A vocabulary as it stands in a model file. All three lists are equally long; a piece's place is its id.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    /// The pieces.
    pub(super) pieces: Texts,
    /// Their scores: logarithms of probabilities.
    pub(super) scores: Vec<f32>,
    /// Their types; see `tokenizer.ggml.token_type`.
    pub(super) types: Vec<i32>,
    /// The id that opens every text.
    pub(super) begin: u32,
    /// The id that closes it.
    pub(super) end: u32,
    /// The id of what no piece covers.
    pub(super) unknown: u32,
}

/// Turns text into ids of pieces.
#[derive(Debug)]
pub(super) struct Tokenizer {
    pieces: Texts,
    scores: Vec<f32>,
    /// Ids of the pieces that are looked for, in the order of their bytes.
    sorted: Vec<u32>,
    /// Characters of the longest piece.
    longest: usize,
    unknown_score: f32,
    begin: u32,
    end: u32,
    unknown: u32,
}

impl Tokenizer {
    /// Prepares a vocabulary for look-ups, or says in a sentence what is wrong with it.
    pub(super) fn new(vocabulary: Vocabulary) -> Result<Self, String> {
        let Vocabulary { pieces, scores, types, begin, end, unknown } = vocabulary;
        let n_pieces = pieces.len();
        if scores.len() != n_pieces || types.len() != n_pieces {
            return Err(format!("its {n_pieces} tokens have {} scores and {} types", scores.len(), types.len()));
        }
        if [begin, end, unknown].into_iter().any(|id| id as usize >= n_pieces) {
            return Err(format!("a special token is not among its {n_pieces} tokens"));
        }
        if scores.iter().any(|score| !score.is_finite()) {
            return Err("a score of its tokens is not a number".into());
        }
        let n_ids = u32::try_from(n_pieces).map_err(|_| "it has too many tokens".to_owned())?;
        let mut sorted: Vec<u32> = (0..n_ids)
            .filter(|&id| MATCHED_TYPES.contains(&types[id as usize]) && !pieces.get(id as usize).is_empty())
            .collect();
        sorted.sort_unstable_by_key(|&id| pieces.get(id as usize));
        let longest = sorted.iter().map(|&id| pieces.get(id as usize).chars().count()).max().unwrap_or(0);
        let unknown_score = scores.iter().fold(0.0, |least: f32, &score| least.min(score)) - UNKNOWN_PENALTY;
        Ok(Self { pieces, scores, sorted, longest, unknown_score, begin, end, unknown })
    }

    /// Returns the ids of a text between those of its beginning and end, at most `limit` in all; what is beyond is cut.
    pub(super) fn encode(&self, text: &str, limit: usize) -> Vec<u32> {
        let room = limit.saturating_sub(2);
        // No more characters than could still matter, so that a flood of text costs no time.
        let folded = fold(text, room.saturating_mul(self.longest));
        let content = self.best_pieces(&folded);
        let mut ids = Vec::with_capacity(room.min(content.len()) + 2);
        ids.push(self.begin);
        ids.extend(content.into_iter().take(room));
        ids.push(self.end);
        ids
    }

    /// Finds the pieces with the greatest sum of scores (Viterbi). On equal sums the longer last piece wins.
    fn best_pieces(&self, text: &str) -> Vec<u32> {
        let starts: Vec<usize> = text.char_indices().map(|(start, _)| start).chain([text.len()]).collect();
        let n_chars = starts.len() - 1;
        // For each number of characters from the start: the best sum, its last piece and where that begins.
        let mut best = vec![(f32::NEG_INFINITY, self.unknown, 0); n_chars + 1];
        best[0].0 = 0.0;
        for from in 0..n_chars {
            let sum = best[from].0;
            let mut reach = |to: usize, id: u32, score: f32| {
                if sum + score > best[to].0 {
                    best[to] = (sum + score, id, from);
                }
            };
            let mut candidates = &self.sorted[..];
            for to in from + 1..=n_chars {
                let key = &text[starts[from]..starts[to]];
                candidates = self.beginning_with(candidates, key);
                match candidates.first() {
                    None => break,
                    Some(&id) if self.piece(id) == key => reach(to, id, self.scores[id as usize]),
                    Some(_) => {}
                }
            }
            reach(from + 1, self.unknown, self.unknown_score);
        }
        let mut ids = Vec::new();
        let mut to = n_chars;
        while to > 0 {
            let (_, id, from) = best[to];
            // A run of unknown characters is one piece, as in SentencePiece.
            if id != self.unknown || ids.last() != Some(&id) {
                ids.push(id);
            }
            to = from;
        }
        ids.reverse();
        ids
    }

    /// Narrows sorted candidates to those that begin with `key`; an exact match comes first.
    fn beginning_with<'a>(&self, candidates: &'a [u32], key: &str) -> &'a [u32] {
        let start = candidates.partition_point(|&id| self.piece(id) < key);
        let candidates = &candidates[start..];
        let end = candidates.partition_point(|&id| self.piece(id).starts_with(key));
        &candidates[..end]
    }

    fn piece(&self, id: u32) -> &str {
        self.pieces.get(id as usize)
    }
}

/// Folds a text as the rule `nmt_nfkc` does and marks where words start. Several blanks count as one; those at the end
/// start an empty word, as in the tokenizer that the models were made with.
fn fold(text: &str, most_chars: usize) -> String {
    let mut folded = String::with_capacity(text.len().min(4 * most_chars) + WORD_START.len_utf8());
    folded.push(WORD_START);
    let mut after_blank = true;
    for character in text.chars().filter_map(nmt).nfkc().take(most_chars) {
        let is_blank = character == ' ';
        if !is_blank {
            folded.push(character);
        } else if !after_blank {
            folded.push(WORD_START);
        }
        after_blank = is_blank;
    }
    folded
}

/// What `nmt_nfkc` does beyond NFKC: control characters vanish, separators and invisible marks become blanks.
/// From SentencePiece's `src/builder.cc`.
fn nmt(character: char) -> Option<char> {
    match character {
        '\t'
        | '\n'
        | '\u{c}'
        | '\r'
        | '\u{1680}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'
        | '\u{2029}'
        | WORD_START
        | '\u{feff}'
        | '\u{fffd}' => Some(' '),
        '\u{1}'..='\u{1f}' | '\u{7f}' | '\u{8f}' | '\u{9f}' => None,
        _ => Some(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer(pieces: &[(&str, f32)]) -> Tokenizer {
        let specials = [("<s>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)];
        let all: Vec<(&str, f32)> = specials.into_iter().chain(pieces.iter().copied()).collect();
        let types = (0..all.len()).map(|id| if id < 3 { 3 } else { NORMAL }).collect();
        Tokenizer::new(Vocabulary {
            pieces: all.iter().map(|(piece, _)| *piece).collect(),
            scores: all.iter().map(|(_, score)| *score).collect(),
            types,
            begin: 0,
            end: 1,
            unknown: 2,
        })
        .unwrap()
    }

    fn check(pieces: &[(&str, f32)], text: &str, expected: &[&str]) {
        let tokenizer = tokenizer(pieces);
        let ids = tokenizer.encode(text, 512);
        let found: Vec<&str> = ids[1..ids.len() - 1].iter().map(|&id| tokenizer.piece(id)).collect();
        assert_eq!((ids[0], ids[ids.len() - 1]), (0, 1));
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn the_greatest_sum_wins_over_the_longest_piece() {
        let pieces = [("▁ab", -9.0), ("▁a", -2.0), ("b", -3.0), ("c", -1.0), ("bc", -1.5)];
        check(&pieces, "ab", &["▁a", "b"]);
        check(&pieces, "abc", &["▁a", "bc"]);
    }

    #[test]
    fn blanks_of_every_kind_only_part_words() {
        let pieces = [("▁a", -1.0), ("▁", -2.0), ("a", -1.5)];
        for text in ["a a", "  a \t\r\n a", "a\u{a0}a", "\u{feff}a\u{200b}a", "a\u{2028}▁a"] {
            check(&pieces, text, &["▁a", "▁a"]);
        }
        check(&pieces, "a  ", &["▁a", "▁"]);
    }

    #[test]
    fn text_is_folded_before_it_is_cut() {
        let pieces = [("▁é", -1.0), ("▁fi", -1.0), ("1", -1.0), ("▁", -2.0)];
        check(&pieces, "e\u{301} ﬁ １", &["▁é", "▁fi", "▁", "1"]);
        check(&pieces, "\u{1}ﬁ\u{7f}", &["▁fi"]);
    }

    #[test]
    fn characters_without_a_piece_are_one_unknown_piece() {
        let pieces = [("▁", -1.0), ("a", -1.0)];
        check(&pieces, "中文a字", &["▁", "<unk>", "a", "<unk>"]);
    }

    #[test]
    fn special_tokens_are_not_found_in_a_text() {
        check(&[("▁", -1.0), ("s", -1.0)], "<s>", &["▁", "<unk>", "s", "<unk>"]);
    }

    #[test]
    fn an_empty_text_is_an_empty_word() {
        check(&[("▁", -1.0)], "", &["▁"]);
        check(&[("▁", -1.0)], " \n ", &["▁"]);
    }

    #[test]
    fn long_text_is_cut() {
        let tokenizer = tokenizer(&[("▁a", -1.0), ("▁", -2.0), ("aaaa", -1.0)]);
        let ids = tokenizer.encode(&"a ".repeat(100_000), 512);
        assert_eq!(ids.len(), 512);
        assert_eq!((ids[510], ids[511]), (3, 1));
        assert_eq!(tokenizer.encode("a a a", 0), [0, 1]);
    }

    #[test]
    fn a_vocabulary_that_does_not_fit_together_is_refused() {
        let vocabulary = Vocabulary {
            pieces: ["<s>", "</s>", "<unk>"].into_iter().collect(),
            scores: vec![0.0; 3],
            types: vec![3; 3],
            begin: 0,
            end: 1,
            unknown: 2,
        };
        assert!(Tokenizer::new(vocabulary.clone()).is_ok());
        assert!(Tokenizer::new(Vocabulary { unknown: 3, ..vocabulary.clone() }).is_err());
        assert!(Tokenizer::new(Vocabulary { scores: vec![0.0; 2], ..vocabulary.clone() }).is_err());
        assert!(Tokenizer::new(Vocabulary { scores: vec![f32::NAN; 3], ..vocabulary }).is_err());
    }
}
