-- The last answer of a chat tells, after a restart or at another replica, what is being talked about.
DROP INDEX answers_by_message;
CREATE INDEX answers_by_chat ON answers (chat, answer);
UPDATE schema_version SET version = 5;
