-- Updates that came in within the last 24 hours; Telegram repeats those it is not sure about. Times are milliseconds since 1970.
CREATE TABLE seen (update_id BIGINT PRIMARY KEY, taken_at BIGINT NOT NULL);
CREATE INDEX seen_by_age ON seen (taken_at);
-- Updates that wait for their answer.
CREATE TABLE waiting (
    update_id BIGINT PRIMARY KEY, chat BIGINT NOT NULL, taken_at BIGINT NOT NULL,
    n_tries BIGINT NOT NULL, is_sending BIGINT NOT NULL, raw TEXT NOT NULL);
CREATE INDEX waiting_by_chat ON waiting (chat, update_id);
-- Claims of replicas on chats, and the end of the lease of each replica.
CREATE TABLE lanes (chat BIGINT PRIMARY KEY, replica BIGINT NOT NULL);
CREATE TABLE replicas (replica BIGINT PRIMARY KEY, alive_until BIGINT NOT NULL);
-- Languages that people chose.
CREATE TABLE languages (
    chat BIGINT NOT NULL, person BIGINT NOT NULL, language TEXT NOT NULL, PRIMARY KEY (chat, person));
-- Messages that answer questions.
CREATE TABLE answers (
    update_id BIGINT NOT NULL, chat BIGINT NOT NULL, question BIGINT NOT NULL, answer BIGINT NOT NULL,
    sent_at BIGINT NOT NULL);
CREATE INDEX answers_by_update ON answers (update_id);
CREATE INDEX answers_by_question ON answers (chat, question);
CREATE INDEX answers_by_age ON answers (sent_at);
INSERT INTO schema_version (version) VALUES (1);
