//! Side files: doors, room state, roster log, tree snapshot, history chain. Opaque, and part of no verdict.

use protocol::{
    ids::{AccountId, RoomId, Seq},
    limits::{DOORS_KEPT, LARGE_SIDE_FILE_BYTES},
    rest::{SideRepair, TreeSnapshot},
};

use super::inside::role_inside;
use crate::store::{
    Failure, StoreError,
    room::RepairRefusal,
    sqlite::{
        columns::{int, number},
        operation::Apply,
        scope::Scope,
    },
};

/// A member replaces side files.
pub(in crate::store::sqlite) struct RepairSide {
    pub(in crate::store::sqlite) room: RoomId,
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) repair: SideRepair,
}

impl Apply for RepairSide {
    type Output = ();
    type Refusal = RepairRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<RepairRefusal>> {
        role_inside::<RepairRefusal>(scope, self.room, self.account).await?;
        let SideRepair {
            door,
            state,
            roster,
            tree,
            chain,
        } = self.repair;
        for link in chain {
            append_link(scope, self.room, link.0).await?;
        }
        if bytes_of(scope, self.room, CHAIN_BYTES).await? > LARGE_SIDE_FILE_BYTES as u64 {
            return Err(Failure::Refused(RepairRefusal::TooLarge));
        }
        if let Some(tree) = tree {
            repair_tree(scope, self.room, tree).await?;
        }
        if let Some(door) = door {
            put_door(scope, self.room, door.0).await?;
        }
        if let Some(state) = state {
            put_state(scope, self.room, state.0).await?;
        }
        if let Some(roster) = roster {
            replace_roster(scope, self.room, roster.0).await?;
        }
        Ok(())
    }
}

/// Adds a door candidate and forgets all but the newest.
pub(super) async fn put_door(
    scope: &mut Scope<'_>,
    room: RoomId,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO doors (room_id, sealed) VALUES (?, ?)")
        .bind(int(room.get()))
        .bind(sealed)
        .execute(&mut *scope.db)
        .await?;
    sqlx::query(
        "DELETE FROM doors WHERE room_id = ?1 AND id <=
            (SELECT id FROM doors WHERE room_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )
    .bind(int(room.get()))
    .bind(int(DOORS_KEPT as u64))
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

/// Replaces the room state.
pub(super) async fn put_state(
    scope: &mut Scope<'_>,
    room: RoomId,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO room_states (room_id, sealed) VALUES (?, ?)
         ON CONFLICT (room_id) DO UPDATE SET sealed = excluded.sealed",
    )
    .bind(int(room.get()))
    .bind(sealed)
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

/// Adds one record to the roster log.
pub(super) async fn append_roster(
    scope: &mut Scope<'_>,
    room: RoomId,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO roster_records (room_id, sealed) VALUES (?, ?)")
        .bind(int(room.get()))
        .bind(sealed)
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// Replaces the roster log.
pub(super) async fn replace_roster(
    scope: &mut Scope<'_>,
    room: RoomId,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM roster_records WHERE room_id = ?")
        .bind(int(room.get()))
        .execute(&mut *scope.db)
        .await?;
    append_roster(scope, room, sealed).await
}

/// Whether the roster log has outgrown its limit.
pub(super) async fn roster_is_too_large(
    scope: &mut Scope<'_>,
    room: RoomId,
) -> Result<bool, StoreError> {
    let bytes = bytes_of(scope, room, ROSTER_BYTES).await?;
    Ok(bytes > LARGE_SIDE_FILE_BYTES as u64)
}

const ROSTER_BYTES: &str =
    "SELECT COALESCE(SUM(LENGTH(sealed)), 0) AS bytes FROM roster_records WHERE room_id = ?";
const CHAIN_BYTES: &str =
    "SELECT COALESCE(SUM(LENGTH(sealed)), 0) AS bytes FROM chain_links WHERE room_id = ?";

async fn bytes_of(
    scope: &mut Scope<'_>,
    room: RoomId,
    query: &'static str,
) -> Result<u64, StoreError> {
    let row = sqlx::query(query)
        .bind(int(room.get()))
        .fetch_one(&mut *scope.db)
        .await?;
    number(&row, "bytes")
}

/// Replaces the tree snapshot by one that is not older, of a place that the log has come to.
async fn repair_tree(
    scope: &mut Scope<'_>,
    room: RoomId,
    tree: TreeSnapshot,
) -> Result<(), Failure<RepairRefusal>> {
    let row = sqlx::query(
        "SELECT handshake_seq, (SELECT seq FROM trees WHERE room_id = ?1) AS tree_seq
         FROM rooms WHERE room_id = ?1",
    )
    .bind(int(room.get()))
    .fetch_one(&mut *scope.db)
    .await
    .map_err(StoreError::from)?;
    let places = number(&row, "tree_seq")?..=number(&row, "handshake_seq")?;
    if !places.contains(&tree.seq.0) {
        return Err(Failure::Refused(RepairRefusal::TreePlace));
    }
    put_tree(scope, room, tree.seq, tree.snapshot.0).await?;
    Ok(())
}

/// Replaces the tree snapshot.
pub(super) async fn put_tree(
    scope: &mut Scope<'_>,
    room: RoomId,
    seq: Seq,
    snapshot: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO trees (room_id, seq, snapshot) VALUES (?, ?, ?)
         ON CONFLICT (room_id) DO UPDATE SET seq = excluded.seq, snapshot = excluded.snapshot",
    )
    .bind(int(room.get()))
    .bind(int(seq.0))
    .bind(snapshot)
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

/// Adds a link to the history chain.
pub(super) async fn append_link(
    scope: &mut Scope<'_>,
    room: RoomId,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO chain_links (room_id, sealed) VALUES (?, ?)")
        .bind(int(room.get()))
        .bind(sealed)
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}
