//! Which commits and proposals nobody follows any more.

use protocol::{
    ids::{RoomId, Seq},
    limits::HANDSHAKES_KEPT_MILLIS,
    time::Timestamp,
};
use sqlx::SqlitePool;

use crate::store::{
    StoreError,
    sqlite::columns::{blob, int, number, seq},
};

/// So many go in one transaction: a commit may have a megabyte, and messages wait meanwhile.
const OLD_BATCH: u64 = 16;

/// A commit or proposal whose body may go.
pub(in crate::store::sqlite) struct OldHandshake {
    pub(in crate::store::sqlite) room: RoomId,
    pub(in crate::store::sqlite) seq: Seq,
    /// The kind byte of the body, and its hash.
    pub(in crate::store::sqlite) kind: u8,
    pub(in crate::store::sqlite) body_hash: Vec<u8>,
}

/// Behind a room's tree snapshot they are what leads to the door, however old. The last commit stays: the operations
/// look for it.
pub(in crate::store::sqlite) const OLD_HANDSHAKES: &str =
    "SELECT handshakes.room_id, handshakes.seq, handshakes.kind, entries.body_hash
     FROM trees CROSS JOIN handshakes ON handshakes.room_id = trees.room_id AND handshakes.seq <= trees.seq
         AND handshakes.seq < (SELECT later.seq FROM handshakes AS later
             WHERE later.room_id = trees.room_id AND later.kind = 2 ORDER BY later.seq DESC LIMIT 1)
     CROSS JOIN entries ON entries.room_id = handshakes.room_id AND entries.seq = handshakes.seq
     WHERE trees.room_id >= ? AND entries.posted_at < ? ORDER BY trees.room_id, handshakes.seq LIMIT ?";

/// Some of them, from a room on, in order.
pub(in crate::store::sqlite) async fn old_handshakes(
    pool: &SqlitePool,
    from: u64,
    now: Timestamp,
) -> Result<Vec<OldHandshake>, StoreError> {
    let oldest = now.millis().saturating_sub(HANDSHAKES_KEPT_MILLIS);
    let rows = sqlx::query(OLD_HANDSHAKES)
        .bind(int(from))
        .bind(int(oldest))
        .bind(int(OLD_BATCH))
        .fetch_all(pool)
        .await?;
    rows.iter()
        .map(|row| {
            let room = RoomId::new(number(row, "room_id")?);
            let kind = u8::try_from(number(row, "kind")?);
            Ok(OldHandshake {
                room: room.map_err(|_| StoreError::Damaged("room_id"))?,
                seq: seq(row, "seq")?,
                kind: kind.map_err(|_| StoreError::Damaged("kind"))?,
                body_hash: blob(row, "body_hash")?,
            })
        })
        .collect()
}
