//! Kinds of answers: those that a question asks for and those that a text has to give.

use bitflags::bitflags;

bitflags! {
    /// A set of kinds of answers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub(crate) struct Kinds: u16 {
        /// A person or an organisation: who, quién.
        const WHO = 1;
        /// A number: how many, cuántos.
        const HOW_MANY = 1 << 1;
        /// A date: when, cuándo.
        const WHEN = 1 << 2;
        /// A place: where, dónde.
        const PLACE = 1 << 3;
        /// A payer: funded, pisto.
        const MONEY = 1 << 4;
        /// A reason: why, por qué.
        const WHY = 1 << 5;
        /// The words behind an acronym: what does DOT stand for.
        const ACRONYM = 1 << 6;
        /// Somebody to call or write to.
        const CONTACT = 1 << 7;
        /// An amount of money.
        const AMOUNT = 1 << 8;
        /// A time of day.
        const HOUR = 1 << 9;
        /// An age.
        const AGE = 1 << 10;

        /// The details known by their form. A release that names none of that form can't tell it, however near it is to what
        /// the question is about: a window's opening hours are not answered by where it was opened.
        const DETAILS = Self::AMOUNT.bits() | Self::HOUR.bits() | Self::AGE.bits();

        /// The kinds of which the answer is a number beside what it is of: not so a time of day, nor an age, which has words of its own.
        const NUMBERS = Self::HOW_MANY.bits() | Self::AMOUNT.bits();
    }
}

impl Kinds {
    /// Returns the share of the kinds asked for here that a text can give; `None` when no kind is asked for that one sentence
    /// gives and another doesn't.
    pub(crate) fn share_given(self, given: Self) -> Option<f32> {
        let mut asked = self.difference(Self::DETAILS | Self::CONTACT);
        if asked.contains(Self::MONEY) {
            // Who paid: the payer stands where the money does, and any other name is no answer.
            asked.remove(Self::WHO);
        }
        let count = |kinds: Self| kinds.iter().count() as f32;
        (!asked.is_empty()).then(|| count(asked & given) / count(asked))
    }

    /// Tells whether a detail is asked for here that is not given.
    pub(crate) fn lacks_detail(self, given: Self) -> bool {
        self.difference(given).intersects(Self::DETAILS)
    }

    /// Returns the names of the kinds.
    pub(crate) fn names(self) -> Vec<String> {
        self.iter_names().map(|(name, _)| name.to_lowercase().replace('_', " ")).collect()
    }
}
