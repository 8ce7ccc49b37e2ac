-- A reset of what opens an account, asked for by a device alone. At most one waits for an account; the row goes when it is
-- cancelled or done, and with the device that asked. The version is the place in the list.
CREATE TABLE resets (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES accounts (account_id),
    device_id  BLOB NOT NULL REFERENCES devices (device_id) ON DELETE CASCADE,
    asked_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX resets_by_device ON resets (device_id);

-- When its owner deleted an account; 0 while nobody did.
ALTER TABLE account_marks ADD COLUMN deleted_at INTEGER NOT NULL DEFAULT 0;

INSERT INTO schema_version (version) SELECT MAX(version) + 1 FROM schema_version;
