//! Features of a passage and a question, and their parts in a score.

/// Number of features.
pub const N_FEATURES: usize = 24;

/// Name of a feature, which is that of its field, its value, its signal and its sign in a decision.
type Row = (&'static str, fn(&Features) -> f32, Signal, Sign);

/// All features, in the order of every list of weights.
pub(super) const TABLE: [Row; N_FEATURES] = [
    ("words", |of| of.words, Signal::Words, Sign::For),
    ("coverage", |of| of.coverage, Signal::Words, Sign::For),
    ("coverage_around", |of| of.coverage_around, Signal::Words, Sign::For),
    ("sentence", |of| of.sentence, Signal::Words, Sign::For),
    ("release", |of| of.release, Signal::Words, Sign::For),
    ("evidence", |of| of.evidence, Signal::Rest, Sign::For),
    ("no_evidence", |of| of.no_evidence, Signal::Rest, Sign::Against),
    ("lacks_detail", |of| of.lacks_detail, Signal::Rest, Sign::Against),
    ("context", |of| of.context, Signal::Rest, Sign::OrderOnly),
    ("context_followed", |of| of.context_followed, Signal::Rest, Sign::For),
    ("shown_followed", |of| of.shown_followed, Signal::Rest, Sign::For),
    ("coverage_followed", |of| of.coverage_followed, Signal::Words, Sign::For),
    ("unmet", |of| of.unmet, Signal::Words, Sign::Against),
    ("unknown", |of| of.unknown, Signal::Words, Sign::Against),
    ("unmet_name", |of| of.unmet_name, Signal::Words, Sign::Against),
    ("unmet_of_own", |of| of.unmet_of_own, Signal::Words, Sign::Against),
    ("like_paragraph", |of| of.like_paragraph, Signal::Meaning, Sign::For),
    ("like_titled", |of| of.like_titled, Signal::Meaning, Sign::For),
    ("like_sentence", |of| of.like_sentence, Signal::Meaning, Sign::For),
    ("like_answering", |of| of.like_answering, Signal::Meaning, Sign::For),
    ("like_phrases", |of| of.like_phrases, Signal::Meaning, Sign::For),
    ("like_release", |of| of.like_release, Signal::Meaning, Sign::For),
    ("like_in_context", |of| of.like_in_context, Signal::Meaning, Sign::For),
    ("stands_out", |of| of.stands_out, Signal::Meaning, Sign::For),
];

/// Part of the question that a feature looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Words,
    Meaning,
    Rest,
}

/// Direction in which a feature moves the decision that the releases answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    For,
    Against,
    /// Neither: what was talked about makes no question on something else answerable.
    OrderOnly,
}

/// Range of a weight when it is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Any number.
    Any,
    /// At least 0.
    Positive,
    /// At most 0.
    Negative,
    /// 0 alone.
    Zero,
}

/// Signals by which passages are compared with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Words alone, as when there is no model.
    Words,
    /// Meaning alone, to see what it is worth.
    Meaning,
    /// Both.
    Both,
}

impl Side {
    /// All sides.
    pub const ALL: [Self; 3] = [Self::Words, Self::Meaning, Self::Both];

    /// Returns the name in figures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Meaning => "meaning",
            Self::Both => "both",
        }
    }

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
            Signal::Words => self != Self::Meaning,
            Signal::Meaning => self != Self::Words,
            Signal::Rest => true,
        }
    }
}

/// Features of a passage and a question, each from 0 to about 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Features {
    /// BM25 of the passage over the highest that any passage could get for the question.
    pub words: f32,
    /// The share of the question's weight that the paragraph meets.
    pub coverage: f32,
    /// Share that the paragraph meets with title, place, contacts and names of the release.
    pub coverage_around: f32,
    /// Share that its best sentence meets.
    pub sentence: f32,
    /// Share that the release as a whole meets.
    pub release: f32,
    /// The share of the kinds of answer asked for (who, how many, when, where, why, who paid) that it has to give.
    pub evidence: f32,
    /// 1 if a kind of answer is asked for and the passage has none to give.
    pub no_evidence: f32,
    /// 1 if a detail is asked for that is known by its form (an amount of money, a time of day, an age) and the release tells
    /// none of that form.
    pub lacks_detail: f32,
    /// 1 if the release is the one talked about, less for those talked about before it.
    pub context: f32,
    /// `context`, times how much the question needs what was talked about to be understood: “and who paid?”.
    pub context_followed: f32,
    /// 1 for the passage just shown first and less for those below it, times that need.
    pub shown_followed: f32,
    /// `coverage_around` times that need. The other features of words are times what is left: half a question is soon met
    /// whole, by any passage.
    pub coverage_followed: f32,
    /// The weight of the heaviest word that neither the paragraph nor what is around it meets, over the heaviest possible.
    pub unmet: f32,
    /// The share of the question's weight that no passage at all meets; of half a question too.
    pub unknown: f32,
    /// 1 if the question names a place or a year that neither the paragraph nor what is around it names.
    pub unmet_name: f32,
    /// `unmet` if question and release are in one language, where a word that isn't met tells more.
    pub unmet_of_own: f32,
    /// Similarity of the paragraph to the question: a cosine, as in the next, of what is left without what all have in common.
    pub like_paragraph: f32,
    /// Similarity of title and paragraph together.
    pub like_titled: f32,
    /// Similarity of the most similar sentence.
    pub like_sentence: f32,
    /// Similarity of the most similar sentence that has the kind of answer asked for.
    pub like_answering: f32,
    /// Share of the tokens of the question that phrases of the paragraph meet, as `stands_out` among the candidates.
    pub like_phrases: f32,
    /// Similarity of the two most similar passages of the release, on average, by paragraph and best sentence.
    pub like_release: f32,
    /// Similarity of title and paragraph to the question, asked about the release talked about if it needs that.
    pub like_in_context: f32,
    /// Standard deviations, times .2, by which paragraph and best sentence are more similar than the average passage's.
    pub stands_out: f32,
}

impl Features {
    /// Tells whether this is a passage of a release talked about, for half a question.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        self.context_followed > 0.0
    }

    /// Returns the features in the order of every list of weights.
    #[must_use]
    pub fn values(&self) -> [f32; N_FEATURES] {
        TABLE.map(|(_, value, ..)| value(self))
    }
}
