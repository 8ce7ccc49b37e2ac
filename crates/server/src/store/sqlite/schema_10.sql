-- Classic accounts: those of simple clients, whose password the server itself checks. Such an account has empty keys and
-- boxes in `accounts`, and no row in `credentials`. kept is sealed under SECRET_KEY, and empty where nobody logs in any more.
-- The version is the place in the list.
CREATE TABLE classic_accounts (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES accounts (account_id),
    kept       BLOB NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO schema_version (version) SELECT MAX(version) + 1 FROM schema_version;
