//! Between columns and ids.

use protocol::{ids::Seq, time::Timestamp};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::store::StoreError;

/// An unsigned number as SQLite keeps it. All of ours stay below 2^53.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number column.
pub(super) fn number(row: &SqliteRow, column: &'static str) -> Result<u64, StoreError> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| StoreError::Damaged(column))
}

/// A seq column.
pub(super) fn seq(row: &SqliteRow, column: &'static str) -> Result<Seq, StoreError> {
    number(row, column).map(Seq)
}

/// A time column.
pub(super) fn time(row: &SqliteRow, column: &'static str) -> Result<Timestamp, StoreError> {
    number(row, column).map(Timestamp::from_millis)
}

/// A blob column.
pub(super) fn blob(row: &SqliteRow, column: &'static str) -> Result<Vec<u8>, StoreError> {
    Ok(row.try_get(column)?)
}

/// A text column.
pub(super) fn text(row: &SqliteRow, column: &'static str) -> Result<String, StoreError> {
    Ok(row.try_get(column)?)
}

/// The sixteen bytes of an id.
pub(super) fn id16(row: &SqliteRow, column: &'static str) -> Result<[u8; 16], StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| StoreError::Damaged(column))
}

/// The sixteen bytes of an id, or none where the column is the empty blob.
pub(super) fn maybe_id16(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<[u8; 16]>, StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    if bytes.is_empty() {
        Ok(None)
    } else {
        id16(row, column).map(Some)
    }
}
