//! Creating and joining rooms.

use protocol::{
    ids::{AccountId, ClientId, RoomId, Seq},
    limits::ROOM_ACCOUNTS_MAX,
    rest::Encryption,
    role::Role,
};

use super::side::{append_roster, put_door, put_state, put_tree};
use crate::store::{
    Committed, Failure, StoreError,
    room::{CreateRefusal, CreateRelayRoom, CreateSealedRoom, JoinRefusal, LeaveRefusal, Standing},
    sqlite::{
        columns::{blob, int, number},
        kinds::{kind_number, role_number},
        operation::Apply,
        scope::Scope,
    },
};

/// What is written of a new room.
struct NewRoom<'a> {
    room: RoomId,
    kind: Encryption,
    group: &'a [u8],
    name: &'a str,
    creator: AccountId,
    client_id: &'a [u8],
}

impl NewRoom<'_> {
    /// Inserts the room with its owner; whether the id was free.
    async fn insert(&self, scope: &mut Scope<'_>) -> Result<bool, StoreError> {
        let inserted = sqlx::query(
            "INSERT INTO rooms (room_id, kind, group_id, name, handshake_seq, created_by, client_id, created_at)
             VALUES (?, ?, ?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(int(self.room.get()))
        .bind(kind_number(self.kind))
        .bind(self.group.to_vec())
        .bind(self.name.to_owned())
        .bind(self.creator.as_bytes().as_slice())
        .bind(self.client_id.to_vec())
        .bind(int(scope.now.millis()))
        .execute(&mut *scope.db)
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
        put_member(scope, self.room, self.creator, Role::Owner, Seq::START).await?;
        Ok(true)
    }
}

/// Makes an account a member, also one that went out before.
pub(super) async fn put_member(
    scope: &mut Scope<'_>,
    room: RoomId,
    account: AccountId,
    role: Role,
    joined: Seq,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO members (room_id, account_id, role, joined_seq, leaving_seq, left_seq)
         VALUES (?, ?, ?, ?, 0, 0)
         ON CONFLICT (room_id, account_id) DO UPDATE
         SET role = excluded.role, joined_seq = excluded.joined_seq, leaving_seq = 0, left_seq = 0",
    )
    .bind(int(room.get()))
    .bind(account.as_bytes().as_slice())
    .bind(role_number(role))
    .bind(int(joined.0))
    .execute(&mut *scope.db)
    .await?;
    scope.events.push(Committed::In(room, account));
    Ok(())
}

/// How many accounts are in a room.
pub(super) async fn member_count(scope: &mut Scope<'_>, room: RoomId) -> Result<u64, StoreError> {
    let row =
        sqlx::query("SELECT COUNT(*) AS count FROM members WHERE room_id = ? AND left_seq = 0")
            .bind(int(room.get()))
            .fetch_one(&mut *scope.db)
            .await?;
    number(&row, "count")
}

/// Creates a sealed room.
pub(in crate::store::sqlite) struct CreateSealed(pub(in crate::store::sqlite) CreateSealedRoom);

impl Apply for CreateSealed {
    type Output = ();
    type Refusal = CreateRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<CreateRefusal>> {
        let CreateSealedRoom { creator, room } = self.0;
        let new = NewRoom {
            room: room.room_id,
            kind: Encryption::Mls,
            group: room.group_id.as_bytes(),
            name: "",
            creator,
            client_id: room.client_id.as_bytes(),
        };
        if !new.insert(scope).await? {
            return repeated(scope, room.room_id, creator, room.client_id).await;
        }
        put_door(scope, room.room_id, room.door.0).await?;
        put_state(scope, room.room_id, room.state.0).await?;
        append_roster(scope, room.room_id, room.roster.0).await?;
        put_tree(scope, room.room_id, Seq::START, room.tree.0).await?;
        Ok(())
    }
}

/// The id is in use: fine if this very request took it, in an attempt whose answer was lost.
async fn repeated(
    scope: &mut Scope<'_>,
    room: RoomId,
    creator: AccountId,
    client_id: ClientId,
) -> Result<(), Failure<CreateRefusal>> {
    let row = sqlx::query("SELECT created_by, client_id FROM rooms WHERE room_id = ?")
        .bind(int(room.get()))
        .fetch_one(&mut *scope.db)
        .await?;
    let same = blob(&row, "created_by")? == creator.as_bytes()
        && blob(&row, "client_id")? == client_id.as_bytes();
    if same {
        Ok(())
    } else {
        Err(Failure::Refused(CreateRefusal::RoomIdTaken))
    }
}

/// Creates a relay room.
pub(in crate::store::sqlite) struct CreateRelay(pub(in crate::store::sqlite) CreateRelayRoom);

impl Apply for CreateRelay {
    type Output = ();
    type Refusal = CreateRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<CreateRefusal>> {
        let CreateRelayRoom {
            creator,
            room,
            name,
        } = self.0;
        let kind = Encryption::SharedKey;
        let new = NewRoom {
            room,
            kind,
            group: &[],
            name: &name,
            creator,
            client_id: &[],
        };
        if new.insert(scope).await? {
            Ok(())
        } else {
            Err(Failure::Refused(CreateRefusal::RoomIdTaken))
        }
    }
}

/// Joins a relay room.
pub(in crate::store::sqlite) struct JoinRelay {
    pub(in crate::store::sqlite) room: RoomId,
    pub(in crate::store::sqlite) account: AccountId,
}

impl Apply for JoinRelay {
    type Output = ();
    type Refusal = JoinRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<JoinRefusal>> {
        let facts = scope.room(self.room).await?;
        let Some(facts) = facts.filter(|facts| facts.kind == Encryption::SharedKey) else {
            return Err(Failure::Refused(JoinRefusal::RoomNotFound));
        };
        if let Standing::Member(_) = scope.standing(self.room, self.account).await? {
            return Ok(());
        }
        if member_count(scope, self.room).await? >= ROOM_ACCOUNTS_MAX as u64 {
            return Err(Failure::Refused(JoinRefusal::Full));
        }
        put_member(scope, self.room, self.account, Role::Member, facts.last_seq).await?;
        scope.memory.forget_room(self.room);
        Ok(())
    }
}

/// Leaves a relay room.
pub(in crate::store::sqlite) struct LeaveRelay {
    pub(in crate::store::sqlite) room: RoomId,
    pub(in crate::store::sqlite) account: AccountId,
}

impl Apply for LeaveRelay {
    type Output = ();
    type Refusal = LeaveRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<LeaveRefusal>> {
        let Some(facts) = scope.room(self.room).await? else {
            return Err(Failure::Refused(LeaveRefusal::RoomNotFound));
        };
        let standing = scope.standing(self.room, self.account).await?;
        match (standing, facts.kind) {
            (Standing::Member(_), Encryption::SharedKey) => {}
            (_, Encryption::SharedKey) => return Ok(()),
            (Standing::Stranger, Encryption::Mls) => {
                return Err(Failure::Refused(LeaveRefusal::RoomNotFound));
            }
            (_, Encryption::Mls) => return Err(Failure::Refused(LeaveRefusal::Sealed)),
        }
        // Nobody has left before the first entry, or at 0, which means inside.
        let left = facts.last_seq.max(Seq::START.next());
        sqlx::query("UPDATE members SET left_seq = ? WHERE room_id = ? AND account_id = ?")
            .bind(int(left.0))
            .bind(int(self.room.get()))
            .bind(self.account.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
        scope.memory.forget_room(self.room);
        scope.events.push(Committed::Out(self.room, self.account));
        Ok(())
    }
}
