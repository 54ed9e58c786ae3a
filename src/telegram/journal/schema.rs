//! The tables of the journal, and how an older journal becomes a newer one.

/// Migrations: each version adds to the one before, and is never changed once released.
///
/// In words that SQLite and PostgreSQL both understand; times are milliseconds since 1970.
pub(super) const VERSIONS: &[&[&str]] =
    &[FIRST, RELEASES_OF_ANSWERS, ANSWERS_BY_MESSAGE, BOT, ANSWERS_BY_CHAT, PERSON_OF_WAITING];

const FIRST: &[&str] = &[
    // Which updates came in within the last 24 hours; Telegram repeats those it is not sure about.
    "CREATE TABLE seen (update_id BIGINT PRIMARY KEY, taken_at BIGINT NOT NULL)",
    "CREATE INDEX seen_by_age ON seen (taken_at)",
    // The updates that wait for their answer.
    "CREATE TABLE waiting (
        update_id BIGINT PRIMARY KEY, chat BIGINT NOT NULL, taken_at BIGINT NOT NULL,
        n_tries BIGINT NOT NULL, is_sending BIGINT NOT NULL, raw TEXT NOT NULL)",
    "CREATE INDEX waiting_by_chat ON waiting (chat, update_id)",
    // Which replica has which chat in hand, and until when each of them is held to be alive.
    "CREATE TABLE lanes (chat BIGINT PRIMARY KEY, replica BIGINT NOT NULL)",
    "CREATE TABLE replicas (replica BIGINT PRIMARY KEY, alive_until BIGINT NOT NULL)",
    // The languages people chose.
    "CREATE TABLE languages (
        chat BIGINT NOT NULL, person BIGINT NOT NULL, language TEXT NOT NULL, PRIMARY KEY (chat, person))",
    // Which message answers which question.
    "CREATE TABLE answers (
        update_id BIGINT NOT NULL, chat BIGINT NOT NULL, question BIGINT NOT NULL, answer BIGINT NOT NULL,
        sent_at BIGINT NOT NULL)",
    "CREATE INDEX answers_by_update ON answers (update_id)",
    "CREATE INDEX answers_by_question ON answers (chat, question)",
    "CREATE INDEX answers_by_age ON answers (sent_at)",
];

// Which releases an answer was about: their ids, with spaces between.
const RELEASES_OF_ANSWERS: &[&str] = &["ALTER TABLE answers ADD COLUMN releases TEXT NOT NULL DEFAULT ''"];

// What somebody replies to is looked up by the message that answered. Its number first: new ones are the highest, so they are
// written side by side.
const ANSWERS_BY_MESSAGE: &[&str] =
    &["DROP INDEX answers_by_question", "CREATE INDEX answers_by_message ON answers (answer, chat)"];

// Whose journal it is: the numbers of updates are those of one bot, and would be taken for repeated ones of another's.
const BOT: &[&str] = &["CREATE TABLE bot (id TEXT PRIMARY KEY)"];

// The last answer of a chat tells, after a restart or at another replica, what is being talked about.
const ANSWERS_BY_CHAT: &[&str] =
    &["DROP INDEX answers_by_message", "CREATE INDEX answers_by_chat ON answers (chat, answer)"];

// Who asked: where somebody floods a group, the updates of the others there are taken out first.
const PERSON_OF_WAITING: &[&str] = &["ALTER TABLE waiting ADD COLUMN person BIGINT NOT NULL DEFAULT 0"];
