-- Administrators of this server, invites to it, and the record of what administrators did.

-- One row for each account that is not an ordinary one. administrator and must_change are 0 or 1, disabled_at and freed_at 0
-- where it never happened. An administrator is one of this server and nothing in any room.
CREATE TABLE account_marks (
    account_id    BLOB NOT NULL PRIMARY KEY REFERENCES accounts (account_id),
    administrator INTEGER NOT NULL,
    must_change   INTEGER NOT NULL,
    disabled_at   INTEGER NOT NULL,
    freed_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX administrators ON account_marks (account_id) WHERE administrator = 1;

-- source: 0 an administrator (made_by, else the empty blob), 1 the server at its start, 2 a development server for its own
-- first account, 3 the operator on the machine. expires_at and ended_at are 0 where there is none.
CREATE TABLE invites (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    token_hash  BLOB NOT NULL UNIQUE,
    label       TEXT NOT NULL,
    source      INTEGER NOT NULL,
    made_by     BLOB NOT NULL,
    makes_admin INTEGER NOT NULL,
    uses        INTEGER NOT NULL,
    used        INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL
) STRICT;

-- Written with each act of an administrator, and never changed. actor and target are empty where there is none.
CREATE TABLE audit (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    acted_at    INTEGER NOT NULL,
    actor       BLOB NOT NULL,
    actor_name  TEXT NOT NULL,
    act         INTEGER NOT NULL,
    target      BLOB NOT NULL,
    target_name TEXT NOT NULL,
    detail      TEXT NOT NULL
) STRICT;

-- When an account was last used.
CREATE INDEX sessions_of_accounts ON sessions (account_id, used_at);

-- The version is the file's place among the migrations.
INSERT INTO schema_version (version) SELECT MAX(version) + 1 FROM schema_version;
