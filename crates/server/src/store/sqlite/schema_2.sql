-- Version 2: links into sealed rooms, and the places of commits and proposals for whoever follows these alone.

-- What changes or may change a room's keys. kind is the one of the log head: 2 is a commit, 3 a proposal.
CREATE TABLE handshakes (
    room_id INTEGER NOT NULL REFERENCES rooms (room_id) ON DELETE CASCADE,
    seq     INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO handshakes (room_id, seq, kind)
SELECT room_id, seq, CASE json_extract(body, '$.kind') WHEN 'commit' THEN 2 ELSE 3 END
FROM entries WHERE json_extract(body, '$.kind') IN ('commit', 'proposal');

-- expires_at is 0 where a link has no date, uses 0 where they are not counted, ended_at 0 while it was not taken back.
-- The row of a link that ended stays without its grant, so that the same id never lets anybody in again.
CREATE TABLE links (
    room_id    INTEGER NOT NULL REFERENCES rooms (room_id) ON DELETE CASCADE,
    link_id    BLOB NOT NULL,
    creator    BLOB NOT NULL REFERENCES accounts (account_id),
    token_hash BLOB NOT NULL,
    sealed     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    uses       INTEGER NOT NULL,
    used       INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    PRIMARY KEY (room_id, link_id)
) STRICT;
CREATE INDEX links_not_ended ON links (room_id, created_at) WHERE ended_at = 0;

INSERT INTO schema_version (version) VALUES (2);
