//! Side files, all of one moment.

use protocol::{
    bytes::Bytes,
    ids::RoomId,
    rest::{SideFiles, TreeSnapshot},
};
use sqlx::{Connection as _, SqliteConnection, SqlitePool};

use crate::store::{
    StoreError,
    sqlite::columns::{blob, int, seq},
};

pub(in crate::store::sqlite) async fn side_files(
    pool: &SqlitePool,
    room: RoomId,
) -> Result<Option<SideFiles>, StoreError> {
    let mut connection = pool.acquire().await?;
    side_files_at(&mut *connection.begin().await?, room).await
}

/// The same, of the moment of a transaction.
pub(super) async fn side_files_at(
    moment: &mut SqliteConnection,
    room: RoomId,
) -> Result<Option<SideFiles>, StoreError> {
    let state = column(
        &mut *moment,
        room,
        "SELECT sealed FROM room_states WHERE room_id = ?",
    )
    .await?;
    let tree = sqlx::query("SELECT seq, snapshot FROM trees WHERE room_id = ?")
        .bind(int(room.get()))
        .fetch_optional(&mut *moment)
        .await?;
    let (Some(state), Some(tree)) = (state.into_iter().next(), tree) else {
        return Ok(None);
    };
    Ok(Some(SideFiles {
        doors: column(
            &mut *moment,
            room,
            "SELECT sealed FROM doors WHERE room_id = ? ORDER BY id DESC",
        )
        .await?,
        state,
        roster: column(
            &mut *moment,
            room,
            "SELECT sealed FROM roster_records WHERE room_id = ? ORDER BY id",
        )
        .await?,
        tree: TreeSnapshot {
            seq: seq(&tree, "seq")?,
            snapshot: blob(&tree, "snapshot")?.into(),
        },
        chain: column(
            &mut *moment,
            room,
            "SELECT sealed FROM chain_links WHERE room_id = ? ORDER BY id",
        )
        .await?,
    }))
}

async fn column(
    connection: &mut SqliteConnection,
    room: RoomId,
    sql: &'static str,
) -> Result<Vec<Bytes>, StoreError> {
    let rows = sqlx::query(sql)
        .bind(int(room.get()))
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| blob(row, "sealed").map(Bytes))
        .collect()
}
