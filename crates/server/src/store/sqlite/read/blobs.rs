//! Sealed files.

use std::collections::HashSet;

use protocol::ids::BlobId;
use sqlx::SqlitePool;

use crate::store::{
    StoreError,
    blob::StoredBlob,
    sqlite::{
        blob_rows::{SELECT_BLOB, stored},
        columns::id16,
    },
};

/// One file.
pub(in crate::store::sqlite) async fn blob(
    pool: &SqlitePool,
    blob: BlobId,
) -> Result<Option<StoredBlob>, StoreError> {
    let row = sqlx::query(SELECT_BLOB)
        .bind(blob.as_bytes().as_slice())
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(stored).transpose()
}

/// All files there are.
pub(in crate::store::sqlite) async fn blobs(
    pool: &SqlitePool,
) -> Result<HashSet<BlobId>, StoreError> {
    let rows = sqlx::query("SELECT blob_id FROM blobs")
        .fetch_all(pool)
        .await?;
    rows.iter()
        .map(|row| id16(row, "blob_id").map(BlobId::from_bytes))
        .collect()
}
