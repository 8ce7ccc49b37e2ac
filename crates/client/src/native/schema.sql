-- Format 1 of a home's store. All values are sealed; tags and names are keyed functions of the real ones.
CREATE TABLE header (
    one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    format INTEGER NOT NULL,
    protection TEXT NOT NULL CHECK (protection IN ('passphrase', 'keyring', 'file')),
    keyring_name TEXT NOT NULL,
    salt BLOB NOT NULL,
    sealed_key BLOB NOT NULL
) STRICT;

CREATE TABLE named (
    tag BLOB NOT NULL,
    name BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (tag, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE numbered (
    tag BLOB NOT NULL,
    number INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (tag, number)
) STRICT, WITHOUT ROWID;
