//! Faults of one file, collected while it is read.

use super::Severity;

/// Fault of one file.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) line: Option<usize>,
    pub(super) severity: Severity,
    pub(super) message: String,
}

/// Faults of one file.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn error(&mut self, line: impl Into<Option<usize>>, message: impl Into<String>) {
        self.0.push(Fault { line: line.into(), severity: Severity::Error, message: message.into() });
    }

    pub(super) fn warning(&mut self, line: impl Into<Option<usize>>, message: impl Into<String>) {
        self.0.push(Fault { line: line.into(), severity: Severity::Warning, message: message.into() });
    }

    pub(super) fn has_error(&self) -> bool {
        self.0.iter().any(|fault| fault.severity == Severity::Error)
    }

    /// Returns the number of faults so far.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the faults by line, those of the whole file last.
    pub(super) fn into_sorted(mut self) -> Vec<Fault> {
        self.0.sort_by_key(|fault| fault.line.unwrap_or(usize::MAX));
        self.0
    }
}
