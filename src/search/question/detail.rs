//! Details that are known by their form: an amount of money, a time of day, an age.
//!
//! A release that names no such detail can't tell it, however near it is to what the question is about: a window's
//! opening hours are not answered by where it was opened.

use std::sync::LazyLock;

use crate::search::question::answer_type::{MONEY_WORDS, WordSet, is_in, set};
use crate::text::{fold, words};

/// Which of these details a question asks for, or a text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::search) struct Details {
    amount: bool,
    hour: bool,
    age: bool,
}

/// What “how much” asks for an amount of money beside, besides the words of money, and what asks for one by itself.
static COSTING: WordSet = LazyLock::new(|| {
    set("cost costs dollars charge charges give gives gave given donate invest invested spend spent worth cuesta cuestan costo
    costaba costaron vale valen dolares dio dieron puso pusieron invirtio invirtieron gasto gastaron cobra cobran")
});
static PRICES: WordSet = LazyLock::new(|| {
    set("price prices fee fees salary wage wages precio precios tarifa tarifas sueldo sueldos salario")
});
static CURRENCIES: WordSet = LazyLock::new(|| set("dollar dollars euro euros usd eur dolar dolares"));
static HOURS: WordSet = LazyLock::new(|| set("horario horarios"));
/// Pairs of words that ask for a time of day.
const ASK_HOUR: [[&str; 2]; 7] = [
    ["what", "time"],
    ["what", "hours"],
    ["opening", "hours"],
    ["opening", "times"],
    ["office", "hours"],
    ["que", "hora"],
    ["que", "horas"],
];
/// Pairs that ask for an age.
const ASK_AGE: [[&str; 2]; 3] = [["how", "old"], ["what", "age"], ["que", "edad"]];

impl Details {
    /// Tells which details a question asks for.
    pub(in crate::search) fn asked(question: &str) -> Self {
        let folded: Vec<String> = words(question).map(|word| fold(word.text)).collect();
        let has = |list: &WordSet| folded.iter().any(|word| is_in(list, word));
        let has_pair = |pairs: &[[&str; 2]]| folded.windows(2).any(|pair| pairs.iter().any(|known| pair == known));
        let is_said = |wanted: &str| folded.iter().any(|word| word == wanted);
        let asks_how_much = has_pair(&[["how", "much"]]) || is_said("cuanto") || is_said("cuanta");
        let asks_how_many = has_pair(&[["how", "many"]]) || is_said("cuantos");
        Self {
            amount: asks_how_much && (has(&COSTING) || has(&MONEY_WORDS))
                || asks_how_many && has(&CURRENCIES)
                || has(&PRICES),
            hour: has(&HOURS) || has_pair(&ASK_HOUR),
            age: has_pair(&ASK_AGE) || has_pair(&[["cuantos", "anos"]]) && (is_said("tiene") || is_said("tienen")),
        }
    }

    /// Tells which details a text tells.
    pub(in crate::search) fn told(text: &str) -> Self {
        let mut told = Self::default();
        let all: Vec<_> = words(text).map(|word| (fold(word.text), word.range)).collect();
        for (at, (word, range)) in all.iter().enumerate() {
            let next = |ahead: usize| all.get(at + ahead).map_or("", |(word, _)| word.as_str());
            let is_number = word.starts_with(|first: char| first.is_ascii_digit());
            let before = text[..range.start].trim_end();
            told.amount |= is_in(&CURRENCIES, word) || is_number && before.ends_with(['$', '€', '£']);
            told.hour |= is_number
                && (["am", "pm", "hrs"].contains(&next(1))
                    || ["a", "p"].contains(&next(1)) && next(2) == "m"
                    || is_clock(word, &text[range.end..]));
            told.age |= word == "aged"
                || ["year", "years"].contains(&word.as_str()) && next(1) == "old"
                || word == "anos" && next(1) == "de" && next(2) == "edad";
        }
        told
    }

    /// Puts what two texts tell together.
    pub(in crate::search) fn and(self, other: Self) -> Self {
        Self { amount: self.amount || other.amount, hour: self.hour || other.hour, age: self.age || other.age }
    }

    /// Tells whether a detail is asked for here that is not `told`.
    pub(in crate::search) fn go_beyond(self, told: Self) -> bool {
        self.amount && !told.amount || self.hour && !told.hour || self.age && !told.age
    }
}

/// Tells whether a number and what is behind it are a time of day: 8:30.
fn is_clock(number: &str, behind: &str) -> bool {
    let minutes: String =
        behind.strip_prefix(':').unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    number.contains(':') || number.len() <= 2 && minutes.len() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_that_no_text_tells_is_beyond_it() {
        let text =
            "From 2010 to 2016, 150 kilometers west of San Salvador, 100 doctors participated this week (29/05).";
        for asked in [
            "How much did the furniture cost?",
            "¿cuánto pisto dio el fondo?",
            "how many dollars did they give",
            "what are the opening hours",
            "¿a qué hora abren?",
            "horario de la ventanilla",
            "How old is she?",
            "¿Qué edad tiene?",
            "¿cuántos años tiene Jorge?",
        ] {
            assert!(Details::asked(asked).go_beyond(Details::told(text)), "{asked}");
        }
        for asked in [
            "who paid?",
            "how much of the population is migrant?",
            "¿cuántos vinieron?",
            "how many hours did it last?",
            "¿hace cuántos años fue?",
        ] {
            assert!(!Details::asked(asked).go_beyond(Details::told(text)), "{asked}");
        }
    }

    #[test]
    fn a_detail_is_known_by_its_form() {
        let details = |text: &str| {
            let Details { amount, hour, age } = Details::told(text);
            [amount, hour, age]
        };
        assert_eq!(details("It cost $3,000."), [true, false, false]);
        assert_eq!(details("3.5 million dollars"), [true, false, false]);
        assert_eq!(details("open from 8:30 on"), [false, true, false]);
        assert_eq!(details("until 4 p.m."), [false, true, false]);
        assert_eq!(details("She is 12 years old."), [false, false, true]);
        assert_eq!(details("de 12 años de edad"), [false, false, true]);
        assert_eq!(details("Target 3.8 of 2017, in 70.15, on 3:4"), [false; 3]);
    }
}
