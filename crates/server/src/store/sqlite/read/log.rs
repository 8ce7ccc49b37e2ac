//! The log.

use futures_util::TryStreamExt as _;
use protocol::{
    ids::{AccountId, ClientId, DeviceId, EntryId, RoomId, Seq},
    limits::HISTORY_PAGE_BYTES,
    log::Entry,
    time::Timestamp,
};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use crate::store::{
    StoreError,
    log::HistoryPage,
    sqlite::columns::{id16, int, maybe_id16, number, seq, text, time},
};

pub(in crate::store::sqlite) async fn history(
    pool: &SqlitePool,
    room: RoomId,
    since: Seq,
    until: Seq,
    limit: u32,
) -> Result<HistoryPage, StoreError> {
    let mut rows = sqlx::query(
        "SELECT id, room_id, seq, sender, device_id, posted_at, client_id, handshake_seq, body
         FROM entries WHERE room_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
    )
    .bind(int(room.get()))
    .bind(int(since.0))
    .bind(int(until.0))
    .bind(i64::from(limit))
    .fetch(pool);
    let mut entries = Vec::new();
    let mut bytes = 0_usize;
    while let Some(row) = rows.try_next().await? {
        let body = text(&row, "body")?;
        bytes = bytes.saturating_add(body.len());
        // The first one always goes, however large, or a reader could never pass it.
        if bytes > HISTORY_PAGE_BYTES && !entries.is_empty() {
            break;
        }
        entries.push(from_row(&row, &body)?);
    }
    Ok(HistoryPage { entries })
}

pub(in crate::store::sqlite) async fn entry(
    pool: &SqlitePool,
    room: RoomId,
    seq: Seq,
) -> Result<Option<Entry>, StoreError> {
    let row = sqlx::query(
        "SELECT id, room_id, seq, sender, device_id, posted_at, client_id, handshake_seq, body
         FROM entries WHERE room_id = ? AND seq = ?",
    )
    .bind(int(room.get()))
    .bind(int(seq.0))
    .fetch_optional(pool)
    .await?;
    row.as_ref()
        .map(|row| from_row(row, &text(row, "body")?))
        .transpose()
}

pub(in crate::store::sqlite) async fn posted_at(
    pool: &SqlitePool,
    room: RoomId,
    seq: Seq,
) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query("SELECT posted_at FROM entries WHERE room_id = ? AND seq = ?")
        .bind(int(room.get()))
        .bind(int(seq.0))
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(|row| time(row, "posted_at")).transpose()
}

pub(super) fn from_row(row: &SqliteRow, body: &str) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: EntryId::new(number(row, "id")?).map_err(|_| StoreError::Damaged("id"))?,
        room_id: RoomId::new(number(row, "room_id")?)
            .map_err(|_| StoreError::Damaged("room_id"))?,
        seq: seq(row, "seq")?,
        sender: AccountId::from_bytes(id16(row, "sender")?),
        device: maybe_id16(row, "device_id")?.map(DeviceId::from_bytes),
        timestamp: time(row, "posted_at")?,
        client_id: ClientId::from_bytes(id16(row, "client_id")?),
        handshake_seq: seq(row, "handshake_seq")?,
        body: serde_json::from_str(body).map_err(|_| StoreError::Damaged("body"))?,
    })
}
