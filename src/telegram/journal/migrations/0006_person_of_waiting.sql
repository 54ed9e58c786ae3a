-- Author of an update: where somebody floods a group, the updates of the others there are taken out first.
ALTER TABLE waiting ADD COLUMN person BIGINT NOT NULL DEFAULT 0;
UPDATE schema_version SET version = 6;
