//! Ratings of answers: what a button below an answer carries that says whether the answer helped.

use std::fmt;

use super::turn::ReplyKind;
use crate::desk::Outcome;

/// Rating of an answer by its reader, with what was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rating {
    /// Verdict of the reader.
    pub verdict: Verdict,
    /// Outcome of the question.
    pub outcome: Outcome,
    /// Kind of the reply.
    pub kind: ReplyKind,
    /// Number by which the surface knows the question.
    pub question: i32,
}

/// Verdict on an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The answer helped.
    Helped,
    /// It did not.
    NotHelped,
}

/// Name of the command line of a rating. Nobody types it, so it is no [`Request`](super::Request).
const COMMAND: &str = "/rate";

impl Verdict {
    /// All verdicts, in the order of the buttons.
    pub const ALL: [Self; 2] = [Self::Helped, Self::NotHelped];
}

impl fmt::Display for Verdict {
    /// Writes the name in metrics.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Helped => "helped",
            Self::NotHelped => "not_helped",
        })
    }
}

impl Rating {
    /// Kinds of replies that are rated: those that answer a question.
    pub const KINDS: [ReplyKind; 5] =
        [ReplyKind::Passages, ReplyKind::Contacts, ReplyKind::ReleaseDate, ReplyKind::NotFound, ReplyKind::Releases];

    /// Outcomes of questions.
    pub const OUTCOMES: [Outcome; 3] = [Outcome::Found, Outcome::NotFound, Outcome::Unclear];

    /// Writes the rating as a command line that [`Rating::parse`] reads back, of at most 64 bytes.
    #[must_use]
    pub fn to_command(self) -> String {
        let Self { verdict, outcome, kind, question } = self;
        format!("{COMMAND} {verdict} {outcome} {kind} {question}")
    }

    /// Reads what [`Rating::to_command`] writes; `None` for anything else.
    #[must_use]
    pub fn parse(command: &str) -> Option<Self> {
        let mut words = command.strip_prefix(COMMAND)?.split_whitespace();
        let (verdict, outcome, kind) = (words.next()?, words.next()?, words.next()?);
        let rating = Self {
            verdict: named(verdict, Verdict::ALL)?,
            outcome: named(outcome, Self::OUTCOMES)?,
            kind: named(kind, Self::KINDS)?,
            question: words.next()?.parse().ok()?,
        };
        (rating.to_command() == command).then_some(rating)
    }
}

/// Returns the value that has a name.
fn named<T: fmt::Display + Copy, const N: usize>(name: &str, values: [T; N]) -> Option<T> {
    values.into_iter().find(|value| value.to_string() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rating_fits_a_button_and_is_read_back() {
        for verdict in Verdict::ALL {
            for outcome in Rating::OUTCOMES {
                for kind in Rating::KINDS {
                    let rating = Rating { verdict, outcome, kind, question: i32::MIN };
                    let command = rating.to_command();
                    assert!(command.len() <= 64, "{command}");
                    assert_eq!(Rating::parse(&command), Some(rating));
                }
            }
        }
    }

    #[test]
    fn anything_else_is_no_rating() {
        for other in [
            "",
            "/rate",
            "/rate helped found passages",
            "/rate helped found passages x",
            "/rate helped found passages 7 8",
            "/rate helped found danger 7",
            "/rated helped found passages 7",
            "/rate  helped found passages 7",
            "/releases 2",
        ] {
            assert_eq!(Rating::parse(other), None, "{other}");
        }
    }
}
