//! Note: a write that nobody waits for. It is written with the next operation, and again until that works.

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection};

/// Statement with its arguments: its numbers, and a text after them where it has one.
#[derive(Debug, Clone)]
pub(super) struct Note {
    statement: &'static str,
    numbers: Vec<i64>,
    text: Option<String>,
    /// Set when it must outlive a loss of power; the others need only outlive the process.
    pub(super) is_durable: bool,
}

impl Note {
    pub(super) fn new(statement: &'static str, numbers: &[i64]) -> Self {
        Self { statement, numbers: numbers.to_vec(), text: None, is_durable: false }
    }

    pub(super) fn with_text(self, text: String) -> Self {
        Self { text: Some(text), ..self }
    }

    pub(super) fn durable(self) -> Self {
        Self { is_durable: true, ..self }
    }

    pub(super) async fn write(&self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        let query: Query<'_, Any, AnyArguments> = sqlx::query(self.statement);
        let query = self.numbers.iter().fold(query, |query, number| query.bind(*number));
        let query = self.text.iter().fold(query, |query, text| query.bind(text.as_str()));
        query.execute(connection).await?;
        Ok(())
    }
}
