//! Rows of sealed files.

use protocol::ids::{AccountId, RoomId};
use sqlx::sqlite::SqliteRow;

use super::columns::{id16, number};
use crate::store::{StoreError, blob::StoredBlob};

/// One file by its id.
pub(super) const SELECT_BLOB: &str =
    "SELECT room_id, account_id, length, stored_at FROM blobs WHERE blob_id = ?";

/// A row of [`SELECT_BLOB`].
pub(super) fn stored(row: &SqliteRow) -> Result<StoredBlob, StoreError> {
    let room = RoomId::new(number(row, "room_id")?);
    Ok(StoredBlob {
        room: room.map_err(|_| StoreError::Damaged("room_id"))?,
        account: AccountId::from_bytes(id16(row, "account_id")?),
        length: number(row, "length")?,
        complete: number(row, "stored_at")? > 0,
    })
}
