-- The server's tables, version 1. It holds sealed bytes, public keys and the table of members; nothing here opens
-- a message. Ids of 16 bytes are BLOBs, times are milliseconds since 1970, roles count from 0 (member) to 3 (owner).

CREATE TABLE schema_version (
    version INTEGER NOT NULL PRIMARY KEY
) STRICT;

-- What only the server may read, sealed under SECRET_KEY.
CREATE TABLE server_secrets (
    name   TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Written by the readiness check.
CREATE TABLE probes (
    id         INTEGER NOT NULL PRIMARY KEY,
    checked_at INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    account_id       BLOB NOT NULL PRIMARY KEY,
    username         TEXT NOT NULL UNIQUE,
    identity_key     BLOB NOT NULL,
    password_file    BLOB NOT NULL,
    root_by_password BLOB NOT NULL,
    root_by_code     BLOB NOT NULL,
    created_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
    device_id   BLOB NOT NULL PRIMARY KEY,
    account_id  BLOB NOT NULL REFERENCES accounts (account_id),
    certificate BLOB NOT NULL,
    last_resort BLOB NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_account ON devices (account_id);

CREATE TABLE key_packages (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    device_id   BLOB NOT NULL REFERENCES devices (device_id),
    key_package BLOB NOT NULL
) STRICT;
CREATE INDEX key_packages_by_device ON key_packages (device_id, id);

-- device_id is the empty blob until the session has a device; ended_at is 0 while the session lives.
CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (account_id),
    device_id  BLOB NOT NULL,
    used_at    INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_use ON sessions (used_at);

CREATE TABLE vault_items (
    account_id BLOB NOT NULL REFERENCES accounts (account_id),
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    sealed     BLOB NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT;

-- kind 0 is a sealed room (MLS), kind 1 a relay room (shared key). group_id is empty in relay rooms, name in sealed ones.
CREATE TABLE rooms (
    room_id       INTEGER NOT NULL PRIMARY KEY,
    kind          INTEGER NOT NULL,
    group_id      BLOB NOT NULL,
    name          TEXT NOT NULL,
    handshake_seq INTEGER NOT NULL,
    created_by    BLOB NOT NULL,
    client_id     BLOB NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX relay_rooms ON rooms (room_id) WHERE kind = 1;

-- leaving_seq is the place of a SelfRemove of one of the account's devices since it came in, left_seq that of the
-- commit that took the account out; 0 where there is none.
CREATE TABLE members (
    room_id     INTEGER NOT NULL REFERENCES rooms (room_id),
    account_id  BLOB NOT NULL REFERENCES accounts (account_id),
    role        INTEGER NOT NULL,
    joined_seq  INTEGER NOT NULL,
    leaving_seq INTEGER NOT NULL,
    left_seq    INTEGER NOT NULL,
    PRIMARY KEY (room_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_account ON members (account_id, room_id);

-- The log. body is the entry's own part as JSON; body_hash and head stay for ever, also when a body goes.
CREATE TABLE entries (
    id            INTEGER NOT NULL PRIMARY KEY,
    room_id       INTEGER NOT NULL REFERENCES rooms (room_id),
    seq           INTEGER NOT NULL,
    sender        BLOB NOT NULL,
    device_id     BLOB NOT NULL,
    posted_at     INTEGER NOT NULL,
    client_id     BLOB NOT NULL,
    handshake_seq INTEGER NOT NULL,
    body          TEXT NOT NULL,
    body_hash     BLOB NOT NULL,
    head          BLOB NOT NULL,
    UNIQUE (room_id, seq),
    UNIQUE (room_id, device_id, client_id)
) STRICT;

CREATE TABLE doors (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    room_id INTEGER NOT NULL REFERENCES rooms (room_id),
    sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX doors_by_room ON doors (room_id, id);

CREATE TABLE room_states (
    room_id INTEGER NOT NULL PRIMARY KEY REFERENCES rooms (room_id),
    sealed  BLOB NOT NULL
) STRICT;

CREATE TABLE roster_records (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    room_id INTEGER NOT NULL REFERENCES rooms (room_id),
    sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX roster_by_room ON roster_records (room_id, id);

CREATE TABLE trees (
    room_id  INTEGER NOT NULL PRIMARY KEY REFERENCES rooms (room_id),
    seq      INTEGER NOT NULL,
    snapshot BLOB NOT NULL
) STRICT;

CREATE TABLE chain_links (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    room_id INTEGER NOT NULL REFERENCES rooms (room_id),
    sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX chain_by_room ON chain_links (room_id, id);

-- AUTOINCREMENT: an id must never come back after the mails before it were acknowledged and deleted.
CREATE TABLE mails (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    device_id  BLOB NOT NULL REFERENCES devices (device_id),
    sender     BLOB NOT NULL,
    room_id    INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    posted_at  INTEGER NOT NULL,
    body       TEXT NOT NULL
) STRICT;
CREATE INDEX mails_by_device ON mails (device_id, id);

INSERT INTO schema_version (version) VALUES (1);
INSERT INTO probes (id, checked_at) VALUES (1, 0);
