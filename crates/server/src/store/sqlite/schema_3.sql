-- Version 3: an account's devices as its owner sees and revokes them, and devices that ask to be let in again.

-- When a device was last used, and which sessions end with it.
CREATE INDEX sessions_by_device ON sessions (device_id, used_at);

-- Their ids never come back.
CREATE TABLE revoked_devices (
    device_id  BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (account_id),
    revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE readmissions (
    room_id    INTEGER NOT NULL REFERENCES rooms (room_id) ON DELETE CASCADE,
    device_id  BLOB NOT NULL REFERENCES devices (device_id) ON DELETE CASCADE,
    account_id BLOB NOT NULL,
    request    BLOB NOT NULL,
    posted_at  INTEGER NOT NULL,
    PRIMARY KEY (room_id, device_id)
) STRICT;
CREATE INDEX readmissions_by_device ON readmissions (device_id);

INSERT INTO schema_version (version) VALUES (3);
