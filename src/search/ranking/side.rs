//! Sides: by which signals passages are compared.

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
}
