//! Statements with many rows, in few shapes.

use std::fmt::Write as _;

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe};

/// Cuts into pieces with as many items as a power of two: a connection keeps what it prepared, so there must be few statements.
///
/// None is long, because SQLite looks each value of a statement up among all of them.
pub(super) fn pieces<T>(mut items: &[T]) -> Vec<&[T]> {
    const LONGEST: usize = 64;
    let mut pieces = Vec::new();
    while let Some(log) = items.len().checked_ilog2() {
        let (piece, rest) = items.split_at(LONGEST.min(1 << log));
        pieces.push(piece);
        items = rest;
    }
    pieces
}

/// Writes so many rows of placeholders: `($1, $2), ($3, $4)`.
pub(super) fn rows(n_rows: usize, n_columns: usize) -> String {
    let mut rows = String::new();
    for number in 0..n_rows * n_columns {
        let before = match number % n_columns {
            0 if number == 0 => "(",
            0 => "), (",
            _ => ", ",
        };
        _ = write!(rows, "{before}${}", number + 1);
    }
    rows + ")"
}

/// Makes a query of a statement with a number for each of its placeholders.
pub(super) fn binding(statement: String, numbers: &[i64]) -> Query<'static, Any, AnyArguments> {
    numbers.iter().fold(sqlx::query(AssertSqlSafe(statement)), |query, number| query.bind(*number))
}
