//! Features of a passage and a question, and their parts in a score.

use super::linear::Allowed;
use super::need::IS_HALF;
use super::side::Side;

/// Number of features.
pub const N_FEATURES: usize = 29;

/// Name of a feature, which is that of its field, its value, its signal and its sign in a decision.
type Row = (&'static str, fn(&Features) -> f32, Signal, Sign);

/// All features, in the order of every list of weights. They were chosen among some fifty by the likelihood that fits reach on corpora
/// left out of them: few features carry over, and more fit the corpora that weights are fitted on.
pub(super) const TABLE: [Row; N_FEATURES] = [
    ("words", |of| of.words, Signal::WordsAlone, Sign::For),
    ("met", |of| of.met, Signal::Either, Sign::For),
    ("met_amount", |of| of.met_amount, Signal::Either, Sign::For),
    ("met_by_words", |of| of.met_by_words, Signal::Words, Sign::OrderOnly),
    ("met_followed", |of| of.met_followed, Signal::Words, Sign::For),
    ("unmet_of_own", |of| of.unmet_of_own, Signal::Words, Sign::Against),
    ("unlike", |of| of.unlike, Signal::Both, Sign::Against),
    ("said_elsewhere", |of| of.said_elsewhere, Signal::Both, Sign::Against),
    ("unmet_name", |of| of.unmet_name, Signal::Words, Sign::Against),
    ("distant_name", |of| of.distant_name, Signal::Words, Sign::Against),
    ("absent_name", |of| of.absent_name, Signal::Words, Sign::Against),
    ("unmet_number", |of| of.unmet_number, Signal::Words, Sign::Against),
    ("no_evidence", |of| of.no_evidence, Signal::Either, Sign::Against),
    ("lacks_detail", |of| of.lacks_detail, Signal::Either, Sign::Against),
    ("distant_detail", |of| of.distant_detail, Signal::Either, Sign::Against),
    ("uncounted", |of| of.uncounted, Signal::Words, Sign::Against),
    ("unnamed", |of| of.unnamed, Signal::Words, Sign::Against),
    ("apart", |of| of.apart, Signal::Words, Sign::Against),
    ("context", |of| of.context, Signal::Either, Sign::OrderOnly),
    ("context_followed", |of| of.context_followed, Signal::Either, Sign::For),
    ("beside_followed", |of| of.beside_followed, Signal::Either, Sign::OrderOnly),
    ("shown_followed", |of| of.shown_followed, Signal::Either, Sign::For),
    ("like_titled", |of| of.like_titled, Signal::Meaning, Sign::For),
    ("like_answering", |of| of.like_answering, Signal::Meaning, Sign::For),
    ("like_in_context", |of| of.like_in_context, Signal::Meaning, Sign::For),
    ("like_release", |of| of.like_release, Signal::Meaning, Sign::For),
    ("like_beyond", |of| of.like_beyond, Signal::Meaning, Sign::OrderOnly),
    ("like_tokens", |of| of.like_tokens, Signal::Meaning, Sign::OrderOnly),
    ("reranked", |of| of.reranked, Signal::Meaning, Sign::For),
];

/// Part of the question that a feature looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Words, where there is no embedding.
    WordsAlone,
    Words,
    Meaning,
    /// Words and meaning, beside each other.
    Both,
    /// Words, meaning or neither.
    Either,
}

/// Direction in which a feature moves the decision that the releases answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    For,
    Against,
    /// Neither: what was talked about makes no question on something else answerable.
    OrderOnly,
}

impl Side {
    /// Returns the ranges of the weights in the order of passages, in the order of [`Features::values`].
    #[must_use]
    pub fn in_order(self) -> [Allowed; N_FEATURES] {
        TABLE.map(|(.., signal, _)| if self.looks_at(signal) { Allowed::Any } else { Allowed::Zero })
    }

    /// Returns the ranges of the weights in a decision, in which a weight never has the wrong sign.
    #[must_use]
    pub fn in_decision(self) -> [Allowed; N_FEATURES] {
        TABLE.map(|(.., signal, sign)| match sign {
            Sign::For if self.looks_at(signal) => Allowed::Positive,
            Sign::Against if self.looks_at(signal) => Allowed::Negative,
            _ => Allowed::Zero,
        })
    }

    fn looks_at(self, signal: Signal) -> bool {
        match signal {
            Signal::WordsAlone => self == Self::Words,
            Signal::Words => self != Self::Meaning,
            Signal::Meaning => self != Self::Words,
            Signal::Both => self == Self::Both,
            Signal::Either => true,
        }
    }
}

/// Features of a passage and a question, each from 0 to about 1 if nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Features {
    /// BM25 of the passage over the highest that any passage could get for the question.
    pub words: f32,
    /// The share of the question's weight that the paragraph meets, with what is around it: title, place, contacts and names of
    /// the release. A word that is no name is met by meaning too, as far as a phrase of the paragraph is like it.
    pub met: f32,
    /// The weight that is met so, in twentieths of a nat: of a question of many words a share tells more.
    pub met_amount: f32,
    /// The share that is met by words alone.
    pub met_by_words: f32,
    /// `met`, times the likelihood that the question needs what was talked about to be understood. The other features of words are
    /// times what is left: half a question is soon met whole, by any passage.
    pub met_followed: f32,
    /// The weight of the heaviest word that neither the paragraph nor what is around it has, over the heaviest possible, if
    /// question and release are in one language, where a word that is missing tells something.
    pub unmet_of_own: f32,
    /// The share of the question's weight that is met by meaning where no word of the release is like the question's by itself: “airport”
    /// between words on buses.
    pub unlike: f32,
    /// The share of the weight of the words that another release has, or words like them, and this one does not.
    pub said_elsewhere: f32,
    /// 1 if the question names a place or a year of the releases that neither the paragraph nor what is around it names.
    pub unmet_name: f32,
    /// 1 if it names one that the paragraph and the head of the release do not, but another of its paragraphs or a contact
    /// does.
    pub distant_name: f32,
    /// 1 if it names one that no release names.
    pub absent_name: f32,
    /// 1 if the question has a number that neither the paragraph nor what is around it has.
    pub unmet_number: f32,
    /// 1 if a kind of answer is asked for (who, how many, when, where, why, who paid) and the passage has none to give.
    pub no_evidence: f32,
    /// 1 if a detail is asked for that is known by its form (an amount of money, a time of day, an age) and the release tells
    /// none of that form.
    pub lacks_detail: f32,
    /// 1 if an amount of money or an age is asked for that the release tells, but not this paragraph.
    pub distant_detail: f32,
    /// 1 if the question asks how many there are of something and the passage, in its language, has no number beside it: “412
    /// families”.
    pub uncounted: f32,
    /// 1 if the question asks for the name of something that the passage has in the same language, but with no name beside it that the
    /// question does not have: “a boy was bitten”.
    pub unnamed: f32,
    /// If the question asks how many or for an amount, in the language of the passage: of the weight that the passage meets by its words,
    /// the share that stands beside none of its numbers. Where a fence is named, and elsewhere a fine, what the fence cost is not told.
    pub apart: f32,
    /// Likelihood that the question needs what was talked about to be understood: “and who paid?”. It is no feature by itself.
    pub follows: f32,
    /// 1 if the release is the one talked about, less for those talked about before it.
    pub context: f32,
    /// `context`, times that likelihood.
    pub context_followed: f32,
    /// Nearness of the paragraph to the one just shown first, if it is another one of its release: 1 over their distance in
    /// paragraphs, times that likelihood.
    pub beside_followed: f32,
    /// 1 for the passage just shown first and less for those below it, times that likelihood.
    pub shown_followed: f32,
    /// Similarity of title and paragraph together to the question: a cosine, as in the next, of what is left without what all
    /// have in common.
    pub like_titled: f32,
    /// Similarity of the most similar sentence that has the kind of answer asked for.
    pub like_answering: f32,
    /// Similarity of title and paragraph to the question, asked about the release talked about if it needs that.
    pub like_in_context: f32,
    /// Similarity of the two most similar passages of the release, on average, by paragraph and best sentence.
    pub like_release: f32,
    /// Similarity of the most similar sentence, both without what they share with the release as a whole: what a question asks
    /// beyond its topic, which tells the passages of one release apart.
    pub like_beyond: f32,
    /// Cosine of each token of the question with the most similar phrase of title and paragraph together, on average (MaxSim), over .2;
    /// times what is left of the likelihood that it is half a question. Candidates that are not reranked have the lowest value of
    /// those that are; 0 for one word with nothing asked.
    pub like_tokens: f32,
    /// Logarithm of the odds that the paragraph answers, by the reranker, over ten and cut to -1 to 1. Candidates less like the question,
    /// which are not reranked, have the lowest value of those that are; 0 without a reranker, and for one word with nothing asked.
    pub reranked: f32,
}

impl Features {
    /// Tells whether this is a passage of a release talked about, for half a question.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        self.context > 0.0 && self.follows >= IS_HALF
    }

    /// Returns the features in the order of every list of weights.
    #[must_use]
    pub fn values(&self) -> [f32; N_FEATURES] {
        TABLE.map(|(_, value, ..)| value(self))
    }
}
