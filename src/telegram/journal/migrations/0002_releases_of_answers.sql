-- Releases that an answer was about: their ids, with spaces between.
ALTER TABLE answers ADD COLUMN releases TEXT NOT NULL DEFAULT '';
UPDATE schema_version SET version = 2;
