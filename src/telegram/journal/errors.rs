//! Errors of the journal, in words that say what to do about them.

use std::io;

use crate::config::JournalLocation;
use crate::telegram::WrongSetting;

/// Error of a journal that works and is not for us.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error("another pressdesk has it open; stop that one, or name another file in journal.database")]
    InUse,
    #[error(
        "it was written by a newer pressdesk (schema {schema}, this one knows {known}); start that one, or name another in journal.database"
    )]
    Newer { schema: i64, known: i64 },
    #[error("its schema ({schema}) is none of pressdesk's; move it away, and a new one is made")]
    Foreign { schema: i64 },
    #[error("it is that of the bot {theirs}, and the token is of the bot {ours}; name another in journal.database")]
    OfAnotherBot { theirs: String, ours: String },
    #[error("it is no regular file; name one in journal.database, or move it away, and a new one is made")]
    NotRegular,
}

/// Returns why a journal could not be opened, as a sentence; a [`WrongSetting`] where no second attempt helps.
pub(super) fn at_start(error: &anyhow::Error, location: &JournalLocation) -> anyhow::Error {
    let (can_pass, advice) = advice(error, location, cause(error));
    let sentence = format!("could not open the journal {location}: {advice}");
    if can_pass { anyhow::Error::msg(sentence) } else { WrongSetting(sentence).into() }
}

/// Tells whether a failure can pass by itself; returns what to do about it too.
fn advice(error: &anyhow::Error, location: &JournalLocation, cause: String) -> (bool, String) {
    if let Some(unfit) = error.downcast_ref() {
        return (matches!(unfit, Unfit::InUse), cause);
    }
    if let JournalLocation::Postgres(_) = location {
        let is_refused = match error.downcast_ref() {
            // The user or the password is wrong, the database does not exist, or the user may not write there.
            Some(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|state| state.starts_with("28") || state == "3D000" || state == "42501")
            }
            Some(sqlx::Error::Configuration(_)) => true,
            _ => false,
        };
        return match is_refused {
            true => (false, format!("{cause}; correct the user, the password or the database in journal.database")),
            false => {
                (true, format!("it can't be reached ({cause}); see that it runs, at the address in journal.database"))
            }
        };
    }
    let is_full = error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::StorageFull);
    match code(error) {
        Some(5 | 6) => (true, format!("another program holds it ({cause}); close that one")),
        Some(10 | 13) => (true, format!("there is no space on its disk ({cause}); make some")),
        _ if is_full => (true, format!("there is no space on its disk ({cause}); make some")),
        Some(1 | 11 | 26) => {
            (false, format!("it is damaged or no journal ({cause}); move it away, and a new one is made"))
        }
        _ => (false, format!("{cause}; name a file in a folder that can be written to, in journal.database")),
    }
}

/// Tells whether another program holds the journal's file locked, so that each further attempt would only wait for it.
pub(super) fn is_locked(error: &anyhow::Error) -> bool {
    // Not those with more in their code: they are over with a second attempt.
    matches!(error.downcast_ref(), Some(sqlx::Error::Database(error)) if error.code().as_deref() == Some("5"))
}

/// Returns the words of an error, once each: those of sqlx repeat the words of their source.
pub(super) fn cause(error: &anyhow::Error) -> String {
    let mut words = Vec::new();
    for error in error.chain() {
        match error.downcast_ref() {
            Some(sqlx::Error::Database(error)) => words.push(error.message().to_owned()),
            _ => words.push(error.to_string()),
        }
        if error.is::<sqlx::Error>() {
            break;
        }
    }
    words.join(": ")
}

/// Returns the result code of SQLite, without what it adds for some.
fn code(error: &anyhow::Error) -> Option<u32> {
    match error.downcast_ref()? {
        sqlx::Error::Database(error) => error.code()?.parse::<u32>().ok().map(|code| code & 0xff),
        _ => None,
    }
}
