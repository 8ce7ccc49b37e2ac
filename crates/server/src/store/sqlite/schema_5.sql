-- Version 5: the recovery code as a way in, and when what opens an account was changed.

-- token_hash is empty where the code was made before this version and not replaced since: nobody logs in by it. Times are
-- 0, and devices empty, as long as nothing was changed.
CREATE TABLE credentials (
    account_id  BLOB NOT NULL PRIMARY KEY REFERENCES accounts (account_id),
    token_hash  BLOB NOT NULL,
    password_at INTEGER NOT NULL,
    password_by BLOB NOT NULL,
    code_at     INTEGER NOT NULL,
    code_by     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO credentials (account_id, token_hash, password_at, password_by, code_at, code_by)
SELECT account_id, x'', 0, x'', 0, x'' FROM accounts;

-- Which sessions end with a change of password.
CREATE INDEX sessions_by_account ON sessions (account_id) WHERE ended_at = 0;

INSERT INTO schema_version (version) VALUES (5);
