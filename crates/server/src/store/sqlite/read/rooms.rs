//! Rooms and their members.

use protocol::{
    ids::{AccountId, GroupId, RoomId},
    names::UserName,
    rest::{Encryption, Member, Room},
    role::Role,
};
use sqlx::{Row as _, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use crate::store::{
    StoreError,
    room::{RoomView, Standing},
    sqlite::{
        columns::{id16, int, maybe_id16, number, seq, text},
        kinds,
        scope::standing,
    },
};

/// Most relay rooms that a listing shows besides the account's own.
const RELAY_ROOMS_LISTED: i64 = 1000;

pub(in crate::store::sqlite) async fn view(
    pool: &SqlitePool,
    room: RoomId,
    account: AccountId,
) -> Result<Option<RoomView>, StoreError> {
    view_at(&mut *pool.acquire().await?, room, account).await
}

/// The same, of the moment of a transaction.
pub(super) async fn view_at(
    connection: &mut SqliteConnection,
    room: RoomId,
    account: AccountId,
) -> Result<Option<RoomView>, StoreError> {
    let row = sqlx::query(
        "SELECT rooms.kind, rooms.group_id, rooms.name, rooms.handshake_seq,
                COALESCE((SELECT MAX(seq) FROM entries WHERE room_id = rooms.room_id), 0) AS last_seq,
                members.role AS role, members.left_seq AS left_seq
         FROM rooms LEFT JOIN members
         ON members.room_id = rooms.room_id AND members.account_id = ?
         WHERE rooms.room_id = ?",
    )
    .bind(account.as_bytes().as_slice())
    .bind(int(room.get()))
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(view_of).transpose()
}

fn view_of(row: &SqliteRow) -> Result<RoomView, StoreError> {
    let role: Option<i64> = row.try_get("role")?;
    let kind = kinds::kind(number(row, "kind")?)?;
    Ok(RoomView {
        kind,
        group: maybe_id16(row, "group_id")?.map(GroupId::from_bytes),
        name: if kind == Encryption::SharedKey {
            Some(text(row, "name")?)
        } else {
            None
        },
        last_seq: seq(row, "last_seq")?,
        handshake_seq: seq(row, "handshake_seq")?,
        standing: if role.is_some() {
            standing(row)?
        } else {
            Standing::Stranger
        },
    })
}

pub(in crate::store::sqlite) async fn rooms(
    pool: &SqlitePool,
    account: AccountId,
) -> Result<Vec<Room>, StoreError> {
    let own = sqlx::query(
        "SELECT rooms.room_id, rooms.kind, rooms.group_id, rooms.name, rooms.handshake_seq,
                COALESCE((SELECT MAX(seq) FROM entries WHERE room_id = rooms.room_id), 0) AS last_seq,
                members.role AS role, members.left_seq AS left_seq
         FROM members JOIN rooms ON rooms.room_id = members.room_id
         WHERE members.account_id = ? AND members.left_seq = 0 ORDER BY rooms.room_id",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_all(pool)
    .await?;
    let open = sqlx::query(
        "SELECT rooms.room_id, rooms.kind, rooms.group_id, rooms.name, rooms.handshake_seq,
                COALESCE((SELECT MAX(seq) FROM entries WHERE room_id = rooms.room_id), 0) AS last_seq,
                NULL AS role, 0 AS left_seq
         FROM rooms WHERE kind = 1 AND NOT EXISTS
             (SELECT 1 FROM members WHERE members.room_id = rooms.room_id AND account_id = ? AND left_seq = 0)
         ORDER BY rooms.room_id LIMIT ?",
    )
    .bind(account.as_bytes().as_slice())
    .bind(RELAY_ROOMS_LISTED)
    .fetch_all(pool)
    .await?;
    own.iter().chain(&open).map(listed).collect()
}

fn listed(row: &SqliteRow) -> Result<Room, StoreError> {
    let view = view_of(row)?;
    let role = match view.standing {
        Standing::Member(role) => role,
        // What the account will be once it joins.
        Standing::Stranger | Standing::Left(_) => Role::Member,
    };
    Ok(Room {
        room_id: RoomId::new(number(row, "room_id")?)
            .map_err(|_| StoreError::Damaged("room_id"))?,
        encryption: view.kind,
        group_id: view.group,
        name: view.name,
        role,
        last_seq: view.last_seq,
        handshake_seq: view.handshake_seq,
    })
}

pub(in crate::store::sqlite) async fn members(
    pool: &SqlitePool,
    room: RoomId,
) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query(
        "SELECT members.account_id, accounts.username, members.role
         FROM members JOIN accounts ON accounts.account_id = members.account_id
         WHERE members.room_id = ? AND members.left_seq = 0 ORDER BY members.account_id",
    )
    .bind(int(room.get()))
    .fetch_all(pool)
    .await?;
    rows.iter().map(member).collect()
}

fn member(row: &SqliteRow) -> Result<Member, StoreError> {
    Ok(Member {
        account_id: AccountId::from_bytes(id16(row, "account_id")?),
        username: UserName::parse(&text(row, "username")?)
            .map_err(|_| StoreError::Damaged("username"))?,
        role: kinds::role(number(row, "role")?)?,
    })
}
