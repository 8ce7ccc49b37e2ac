//! What is stored, in bytes.

use protocol::rest::StoredTable;
use sqlx::SqlitePool;

use crate::store::{
    StoreError,
    sqlite::columns::{number, text},
};

/// What each table takes with its indices, largest first. Walks through the whole file.
pub(in crate::store::sqlite) async fn table_sizes(
    pool: &SqlitePool,
) -> Result<Vec<StoredTable>, StoreError> {
    let rows = sqlx::query(
        "SELECT COALESCE(tbl_name, dbstat.name) AS name, SUM(pgsize) AS bytes
         FROM dbstat LEFT JOIN sqlite_schema ON sqlite_schema.name = dbstat.name
         WHERE aggregate = 1 GROUP BY 1 ORDER BY 2 DESC, 1",
    )
    .fetch_all(pool)
    .await?;
    let size = |row| {
        Ok(StoredTable {
            table: text(row, "name")?,
            bytes: number(row, "bytes")?,
        })
    };
    rows.iter().map(size).collect()
}

/// The bytes of the database's pages.
pub(in crate::store::sqlite) async fn file_sizes(pool: &SqlitePool) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()",
    )
    .fetch_one(pool)
    .await?;
    number(&row, "bytes")
}

/// How many sealed files there are, and their bytes.
pub(in crate::store::sqlite) async fn blob_sizes(
    pool: &SqlitePool,
) -> Result<(u64, u64), StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS files, COALESCE(SUM(length), 0) AS bytes FROM blobs")
        .fetch_one(pool)
        .await?;
    Ok((number(&row, "files")?, number(&row, "bytes")?))
}
