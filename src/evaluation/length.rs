//! Length of a reply on a phone, in lines.

use std::fmt::Write as _;

use super::{GroupKey, JudgedGroups, figures};
use crate::conversation::Reply;
use crate::search::Side;

/// Letters on a line of a narrow phone.
const LINE_LETTERS: usize = 38;

/// Number of lines from which on an answer is too long to be read at a glance.
pub(super) const MAX_LINES: usize = 28;

/// Returns the number of lines of a reply on a phone, blank ones included, with long quotations unfolded.
#[must_use]
pub fn n_lines(reply: &Reply) -> usize {
    reply.text().split('\n').map(n_lines_of).sum()
}

/// Returns the number of lines that a paragraph takes when it is broken between words; a longer word is broken too.
fn n_lines_of(paragraph: &str) -> usize {
    let (mut n_lines, mut n_letters) = (1, 0);
    for word in paragraph.split_whitespace() {
        let n_of_word = word.chars().count();
        let is_first = n_letters == 0;
        if !is_first && n_letters + 1 + n_of_word <= LINE_LETTERS {
            n_letters += 1 + n_of_word;
            continue;
        }
        n_lines += usize::from(!is_first) + n_of_word.saturating_sub(1) / LINE_LETTERS;
        n_letters = n_of_word - n_of_word.saturating_sub(1) / LINE_LETTERS * LINE_LETTERS;
    }
    n_lines
}

/// Returns the middle one of some numbers of lines, and the highest.
pub(super) fn median_and_max(mut lines: Vec<usize>) -> (usize, usize) {
    lines.sort_unstable();
    (lines.get(lines.len() / 2).copied().unwrap_or(0), lines.last().copied().unwrap_or(0))
}

/// Writes the share of quoted passages that are right, and the lines of replies, of some groups of questions on each side.
pub(super) fn table(keys: &[&GroupKey], grouped: &[(Side, JudgedGroups<'_>)]) -> String {
    let titles = format!("{:<18}  median lines  most lines  over {MAX_LINES} lines", "shown right");
    let mut table = format!("{:<22} {:<10} {:>4}  {titles}\n", "questions", "by", "n");
    for key in keys {
        for (side, groups) in grouped {
            let members = groups.get(*key).map(Vec::as_slice).unwrap_or_default();
            let of = figures(members.iter().copied());
            let ((median, most), right, too_long) = (of.n_lines, of.shown_right, of.too_long);
            let figures = format!("{right:<18}  {median:>12}  {most:>10}  {too_long}");
            let _ = writeln!(table, "{:<22} {:<10} {:>4}  {figures}", key.1, side.name(), members.len());
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        let word = |n_letters: usize| "x".repeat(n_letters);
        assert_eq!(n_lines_of(""), 1);
        assert_eq!(n_lines_of(&format!("{} {}", word(20), word(17))), 1);
        assert_eq!(n_lines_of(&format!("{} {}", word(20), word(18))), 2);
        assert_eq!(n_lines_of(&word(39)), 2);
        assert_eq!(n_lines_of(&format!("{} {}", word(40), word(36))), 3);
        assert_eq!(n_lines_of(&format!("{} {}", word(40), word(35))), 2);
    }

    #[test]
    fn median_is_the_middle_one() {
        assert_eq!(median_and_max(vec![9, 1, 5]), (5, 9));
        assert_eq!(median_and_max(Vec::new()), (0, 0));
    }
}
