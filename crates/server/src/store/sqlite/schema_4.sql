-- Version 4: sealed files. Their bytes lie beside the database, one file each; a row says whose and how long.

-- stored_at is 0 until all chunks are there and durable.
CREATE TABLE blobs (
    blob_id    BLOB NOT NULL PRIMARY KEY,
    room_id    INTEGER NOT NULL REFERENCES rooms (room_id) ON DELETE CASCADE,
    account_id BLOB NOT NULL REFERENCES accounts (account_id),
    length     INTEGER NOT NULL,
    begun_at   INTEGER NOT NULL,
    stored_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blobs_by_account ON blobs (account_id, length);
CREATE INDEX blobs_by_room ON blobs (room_id);
CREATE INDEX blobs_by_age ON blobs (begun_at);

INSERT INTO schema_version (version) VALUES (4);
