-- Tokens beside the session's own: families of refresh tokens, and API tokens; and passkeys. The version is the place in the list.

-- A family ends with the session from which it came. token_hash is of the last refresh token: another one of this family was
-- used before. ended_at is 0 while it lives.
CREATE TABLE token_families (
    family_id    BLOB NOT NULL PRIMARY KEY,
    session_hash BLOB NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
    token_hash   BLOB NOT NULL,
    made_at      INTEGER NOT NULL,
    renewed_at   INTEGER NOT NULL,
    ended_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_families_of_sessions ON token_families (session_hash, made_at);

-- scopes is a sum of 1 (read), 2 (write) and 4 (files); used_at is 0 if it never was. One that was taken back has no row.
CREATE TABLE api_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (account_id),
    device_id  BLOB NOT NULL REFERENCES devices (device_id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    scopes     INTEGER NOT NULL,
    made_at    INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_tokens_of_accounts ON api_tokens (account_id);
CREATE INDEX api_tokens_of_devices ON api_tokens (device_id);

-- Beside a second factor, and gone with it. counter is the last one that was shown, 0 of what does not count; cloned_at is 0
-- while it never went back.
CREATE TABLE passkeys (
    credential BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES second_factors (account_id) ON DELETE CASCADE,
    public_key BLOB NOT NULL,
    counter    INTEGER NOT NULL,
    name       TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    cloned_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_of_accounts ON passkeys (account_id);

INSERT INTO schema_version (version) SELECT MAX(version) + 1 FROM schema_version;
