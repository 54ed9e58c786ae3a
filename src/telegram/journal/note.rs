//! Note: a write that nobody waits for. It is written with the next operation, and again until that works.

use sqlx::AnyConnection;

/// Statement with its arguments: its numbers, and a text after them where it has one.
#[derive(Debug, Clone)]
pub(super) struct Note {
    statement: &'static str,
    numbers: Vec<i64>,
    text: Option<String>,
}

impl Note {
    pub(super) fn new(statement: &'static str, numbers: &[i64]) -> Self {
        Self { statement, numbers: numbers.to_vec(), text: None }
    }

    pub(super) fn with_text(self, text: String) -> Self {
        Self { text: Some(text), ..self }
    }

    pub(super) async fn write(&self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        let query = self.numbers.iter().fold(sqlx::query(self.statement), |query, number| query.bind(*number));
        let query = self.text.iter().fold(query, |query, text| query.bind(text.as_str()));
        query.execute(connection).await?;
        Ok(())
    }
}
