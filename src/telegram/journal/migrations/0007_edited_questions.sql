-- An edited question edits its answer: the hash tells whether its text has changed, and says nothing without the token of the bot.
ALTER TABLE answers ADD COLUMN text_hash BIGINT NOT NULL DEFAULT 0;
CREATE INDEX answers_of_question ON answers (chat, question);
UPDATE schema_version SET version = 7;
