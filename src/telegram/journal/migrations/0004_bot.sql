-- Owner: the numbers of updates are those of one bot, and would be taken for repeated ones of another's.
CREATE TABLE bot (id TEXT PRIMARY KEY);
UPDATE schema_version SET version = 4;
