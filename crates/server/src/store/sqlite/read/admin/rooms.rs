//! Rooms by their sizes.

use protocol::{
    ids::RoomId,
    rest::{AdminRoom, AdminRooms},
};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use super::{cut, one_more};
use crate::store::{
    StoreError,
    admin::ROOMS_PAGE,
    sqlite::{
        columns::{int, number, time},
        kinds,
    },
};

/// A page of rooms, by id.
pub(in crate::store::sqlite) async fn all_rooms(
    pool: &SqlitePool,
    after: Option<RoomId>,
) -> Result<AdminRooms, StoreError> {
    // The length in octets stands in a row's head: bodies are not read.
    let rows = sqlx::query(
        "SELECT room_id, kind, created_at,
                (SELECT COUNT(*) FROM members WHERE members.room_id = rooms.room_id AND left_seq = 0) AS members,
                (SELECT COUNT(*) FROM entries WHERE entries.room_id = rooms.room_id) AS entries,
                (SELECT COALESCE(SUM(octet_length(body)), 0) FROM entries
                     WHERE entries.room_id = rooms.room_id) AS bytes,
                (SELECT COUNT(*) FROM blobs WHERE blobs.room_id = rooms.room_id) AS files,
                (SELECT COALESCE(SUM(length), 0) FROM blobs WHERE blobs.room_id = rooms.room_id) AS file_bytes
         FROM rooms WHERE room_id > ? ORDER BY room_id LIMIT ?",
    )
    .bind(after.map_or(0, |room| int(room.get())))
    .bind(one_more(ROOMS_PAGE))
    .fetch_all(pool)
    .await?;
    let mut rooms = rows.iter().map(room).collect::<Result<Vec<_>, _>>()?;
    let more = cut(&mut rooms, ROOMS_PAGE);
    Ok(AdminRooms { rooms, more })
}

fn room(row: &SqliteRow) -> Result<AdminRoom, StoreError> {
    let id = RoomId::new(number(row, "room_id")?);
    Ok(AdminRoom {
        room_id: id.map_err(|_| StoreError::Damaged("room_id"))?,
        encryption: kinds::kind(number(row, "kind")?)?,
        created: time(row, "created_at")?,
        members: number(row, "members")?,
        entries: number(row, "entries")?,
        bytes: number(row, "bytes")?,
        files: number(row, "files")?,
        file_bytes: number(row, "file_bytes")?,
    })
}
