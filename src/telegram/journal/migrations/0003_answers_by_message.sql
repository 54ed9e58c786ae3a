-- A reply is looked up by the message that answered. Its number first: new ones are the highest, so they are written side by
-- side.
DROP INDEX answers_by_question;
CREATE INDEX answers_by_message ON answers (answer, chat);
UPDATE schema_version SET version = 3;
