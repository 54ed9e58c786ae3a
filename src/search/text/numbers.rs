//! Numbers of a text, written one way: in digits, without separators.

use std::ops::Range;

use crate::language::{Lexicon, List};
use crate::text::Words;

/// Minimum and maximum number of digits of a telephone number without its extension; the maximum is that of E.164.
const PHONE_DIGITS: Range<usize> = 7..16;
/// Maximum number of parts that one is written in.
const MAX_PHONE_PARTS: usize = 8;

/// Returns a number of several words, or an ordinal, as it is written in digits, with how many words it takes.
pub(super) fn number_in_words(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> Option<(usize, String)> {
    if let Some(number) = lexicon.numbers().ordinal(&words[at].folded) {
        return Some((1, number.to_string()));
    }
    if let Some(found) = scaled_number(words, at, lexicon).or_else(|| number_in_groups(words, at)) {
        return Some(found);
    }
    let (length, number) = lexicon.numbers().read(words, at)?;
    (length > 1).then(|| (length, number.to_string()))
}

/// Minimum number of digits that a single letter behind them multiplies, as in “385k”.
const MIN_DIGITS_OF_LETTER: usize = 3;

/// Roman numbers from 0 to 9.
const ROMAN_UNITS: &str = ",I,II,III,IV,V,VI,VII,VIII,IX";

/// Returns a Roman number below 40: one of several capitals, a single one between an article and a name, as in “the I Regional Congress”,
/// or one of three small letters or more, as in “siglo xix”.
fn roman(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> Option<usize> {
    let written = words.written(at);
    let is_capital = written.bytes().all(|byte| b"IVX".contains(&byte));
    let is_behind_article = || at > 0 && lexicon.has(List::Articles, &words[at - 1].folded);
    let is_before_name = || at + 1 < words.len() && words.is_capitalised(at + 1) && words.gap_before(at + 1) == " ";
    let is_number = match written.len() {
        1 => is_capital && is_behind_article() && is_before_name(),
        2 => is_capital,
        _ => is_capital || written.bytes().all(|byte| b"ivx".contains(&byte)),
    };
    let units = written.trim_start_matches(['X', 'x']);
    let n_tens = written.len() - units.len();
    let n_units = ROMAN_UNITS.split(',').position(|unit| unit.eq_ignore_ascii_case(units))?;
    // Three of them are no number: kisses.
    let is_written_so = n_tens < 3 || n_tens == 3 && n_units > 0;
    (is_number && is_written_so).then_some(10 * n_tens + n_units)
}

/// Returns a number whose thousands are set apart by spaces, as in `376 800`, without these, with how many words it takes.
fn number_in_groups(words: &Words<'_>, at: usize) -> Option<(usize, String)> {
    let digits = |at: usize| {
        let written = words.get(at).map(|_| words.written(at))?;
        written.bytes().all(|byte| byte.is_ascii_digit()).then_some(written)
    };
    let is_group =
        |at: &usize| digits(*at).is_some_and(|group| group.len() == 3) && words.gap_before(*at).trim().is_empty();
    let first = digits(at).filter(|first| first.len() <= 3)?;
    let groups = (at + 1..words.len()).take_while(is_group).filter_map(digits);
    let groups: Vec<&str> = groups.collect();
    (!groups.is_empty()).then(|| (1 + groups.len(), format!("{first}{}", groups.concat())))
}

/// Returns a number whose thousands or millions are in words, as in “920 millones” and “14 millones 280 mil”, with how many words it takes.
fn scaled_number(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> Option<(usize, String)> {
    let (mut end, mut total, mut least) = (at, 0_u64, u64::MAX);
    let goes_on = |end: usize| end == at || words.get(end).is_some() && words.gap_before(end).trim().is_empty();
    while let Some((length, scaled, scale)) =
        scaled_part(words, end, lexicon).filter(|(_, _, scale)| goes_on(end) && *scale < least)
    {
        total = total.checked_add(scaled)?;
        (end, least) = (end + length, scale);
    }
    (end > at).then(|| (end - at, total.to_string()))
}

/// Returns digits with a word for thousands or more behind them, as in “920 million” and “385k”: how many words they take, what they are
/// worth, and what the word is.
fn scaled_part(words: &Words<'_>, at: usize, lexicon: &Lexicon) -> Option<(usize, u64, u64)> {
    let word = words.get(at).filter(|word| word.folded.starts_with(|first: char| first.is_ascii_digit()))?;
    let suffix = word.folded.trim_start_matches(|letter: char| !letter.is_alphabetic());
    // “10k” is a distance as often.
    let n_digits = word.folded.bytes().filter(u8::is_ascii_digit).count();
    let is_attached = suffix.chars().count() > 1 || n_digits >= MIN_DIGITS_OF_LETTER;
    let attached = lexicon.numbers().abbreviated(suffix).filter(|_| is_attached).map(|scale| (0, scale));
    let (length, scale) = attached.or_else(|| lexicon.numbers().multiplier(words, at + 1))?;
    let written = number(&word.folded, lexicon);
    let (whole, decimals) = written.split_once('.').unwrap_or((&written, ""));
    let divisor = 10_u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let digits: u64 = format!("{whole}{decimals}").parse().ok()?;
    Some((1 + length, digits.checked_mul(scale)? / divisor, scale))
}

/// Returns the numbers of a text as people may write them otherwise, each with its place: “920” of “920 million”, “19” of “XIX”, and the
/// digits of a telephone number side by side, with and without what it begins with.
pub(crate) fn written_otherwise(words: &Words<'_>, lexicon: &Lexicon) -> Vec<(usize, Range<usize>, String)> {
    let mut others = Vec::new();
    let mut next = 0;
    for at in 0..words.len() {
        if scaled_part(words, at, lexicon).is_some() {
            others.push((at, words[at].range.clone(), number(&words[at].folded, lexicon)));
        }
        if let Some(number) = roman(words, at, lexicon) {
            others.push((at, words[at].range.clone(), number.to_string()));
        }
        let is_digits = |at: usize| words.written(at).bytes().all(|byte| byte.is_ascii_digit());
        if at < next || !is_digits(at) {
            continue;
        }
        let goes_on =
            |at: &usize| is_digits(*at) && matches!(words.gap_before(*at).trim(), "" | "-" | "–" | "." | "(" | ")");
        next = at + 1 + (at + 1..words.len()).take_while(goes_on).count();
        for first in at.max(next.saturating_sub(MAX_PHONE_PARTS))..next.saturating_sub(1) {
            let digits: String = (first..next).map(|at| words.written(at)).collect();
            if PHONE_DIGITS.contains(&digits.len()) {
                others.push((first, words[first].range.start..words[next - 1].range.end, digits));
            }
        }
    }
    others
}

/// Maximum length of a unit that is written to its number, as in `150km`, `10M` and `18h`: it is dropped, because others set it apart
/// or write it in full.
const MAX_UNIT_LEN: usize = 3;

/// Writes a number one way: `3,700` and `3.700` as `3700`, `3,8` as `3.8`, `0874` as `874`, `4th` as `4`, `150km` as `150`.
pub(crate) fn number(folded: &str, lexicon: &Lexicon) -> String {
    let digits = folded.trim_end_matches(|letter: char| letter.is_alphabetic());
    let suffix = &folded[digits.len()..];
    let mut groups = digits.split([',', '.']);
    let is_below_one = groups.next() == Some("0");
    let digits = match groups.all(|group| group.len() == 3) && !is_below_one {
        true => digits.replace([',', '.'], ""),
        false => digits.replace(',', "."),
    };
    // That of a telephone number is a part of it.
    let may_be_phone = digits.len() >= PHONE_DIGITS.start;
    let digits = match digits.strip_prefix('0') {
        Some(rest) if !may_be_phone && rest.starts_with(|digit: char| matches!(digit, '1'..='9')) => rest.to_owned(),
        _ => digits,
    };
    let is_unit = || (1..=MAX_UNIT_LEN).contains(&suffix.chars().count());
    if lexicon.has(List::OrdinalEndings, suffix) || is_unit() { digits } else { digits + suffix }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Language, shipped};

    #[test]
    fn numbers_are_written_one_way() {
        let languages = shipped();
        let lexicon = languages.lexicon(None);
        for (written, expected) in [
            ("3,700", "3700"),
            ("376.800", "376800"),
            ("3.8", "3.8"),
            ("3,8", "3.8"),
            ("0874", "874"),
            ("0.5", "0.5"),
            ("0.500", "0.500"),
            ("00", "00"),
            ("0090", "0090"),
            ("0905550122", "0905550122"),
            ("4th", "4"),
            ("150km", "150"),
            ("2017", "2017"),
        ] {
            assert_eq!(number(written, lexicon), expected);
        }
    }

    #[test]
    fn thousands_and_millions_are_read_in_words_too() {
        let languages = shipped();
        for (language, text, expected) in [
            (Language::SPANISH, "920 millones de pesos", Some((2, "920000000"))),
            (Language::SPANISH, "14 millones 280 mil pesos", Some((4, "14280000"))),
            (Language::ENGLISH, "53.4 million journeys", Some((2, "53400000"))),
            (Language::SPANISH, "14,28 millones", Some((2, "14280000"))),
            (Language::SPANISH, "100 mil", Some((2, "100000"))),
            (Language::ENGLISH, "5 million. 20 thousand came", Some((2, "5000000"))),
            (Language::ENGLISH, "376 800", Some((2, "376800"))),
            (Language::SPANISH, "22.4 mdp", Some((2, "22400000"))),
            (Language::ENGLISH, "385k", Some((1, "385000"))),
            (Language::SPANISH, "10k", None),
            (Language::SPANISH, "10 K", None),
            (Language::ENGLISH, "920 pesos", None),
        ] {
            let found = number_in_words(&Words::of(text), 0, languages.lexicon(Some(language)));
            assert_eq!(found, expected.map(|(length, number)| (length, number.to_owned())), "{text}");
        }
    }

    #[test]
    fn roman_numbers_are_found_in_digits() {
        let languages = shipped();
        let others = |text: &str| {
            let others = written_otherwise(&Words::of(text), languages.lexicon(None));
            others.into_iter().map(|(_, _, digits)| digits).collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            ("siglo XIX", "19"),
            ("siglo xix", "19"),
            ("the I Regional Congress", "1"),
            ("Juan XXIII and Juan XX", "23 20"),
            ("CAN I GET HELP", ""),
            ("What Can I Donate", ""),
            ("xxx IIX vi", ""),
            ("Malcolm X in Mexico", ""),
        ] {
            assert_eq!(others(text), expected, "{text}");
        }
    }

    #[test]
    fn telephone_numbers_are_found_without_their_spaces() {
        let languages = shipped();
        let others = |text: &str| {
            let others = written_otherwise(&Words::of(text), languages.lexicon(None));
            others.into_iter().map(|(_, _, digits)| digits).collect::<Vec<_>>()
        };
        assert_eq!(others("call 311 555 0152 or come"), ["3115550152", "5550152"]);
        assert_eq!(others("+503 2521-0500"), ["50325210500", "25210500"]);
        assert_eq!(others("2521-0500 / 2521-0511"), ["25210500", "25210511"]);
        assert_eq!(others("920 million in 2024, 14 of 30"), ["920"]);
    }
}
