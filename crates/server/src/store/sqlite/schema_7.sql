-- Sessions that end some time after they began, and the second factor of a login. The version is the place in the list.

-- When older sessions began is not known; it was not after their last use.
ALTER TABLE sessions ADD COLUMN started_at INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET started_at = used_at;
CREATE INDEX sessions_by_start ON sessions (started_at) WHERE ended_at = 0;

-- seed is sealed under SECRET_KEY. last_step is the last step of time whose code was used; wrong counts wrong codes in a
-- row, and before wait_until no code is looked at.
CREATE TABLE second_factors (
    account_id  BLOB NOT NULL PRIMARY KEY REFERENCES accounts (account_id),
    seed        BLOB NOT NULL,
    last_step   INTEGER NOT NULL,
    wrong       INTEGER NOT NULL,
    wait_until  INTEGER NOT NULL,
    enrolled_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Hashes under a key of the server's; a code that was used has no row any more.
CREATE TABLE backup_codes (
    account_id BLOB NOT NULL REFERENCES second_factors (account_id) ON DELETE CASCADE,
    hash       BLOB NOT NULL,
    PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;

INSERT INTO schema_version (version) SELECT MAX(version) + 1 FROM schema_version;
