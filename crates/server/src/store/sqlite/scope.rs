//! What an operation sees: the connection inside the transaction, the writer's memory, the time, and the events
//! that others will learn after COMMIT.

use std::sync::Arc;

use protocol::{
    ids::{AccountId, ClientId, DeviceId, EntryId, RoomId, Seq},
    log::{Body, Entry, Notice, NoticeKind},
    rest::{Encryption, Receipt},
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    columns::{int, number, seq, time},
    kinds,
    memory::{Memory, RoomEnd},
};
use crate::{
    labels,
    store::{
        Committed, StoreError,
        log::{Poster, PreparedBody},
        room::Standing,
    },
};

/// The inside of a transaction.
pub(super) struct Scope<'a> {
    pub(super) db: &'a mut SqliteConnection,
    pub(super) memory: &'a mut Memory,
    pub(super) now: Timestamp,
    pub(super) events: &'a mut Vec<Committed>,
}

/// A point to return to when an operation is undone.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    events: usize,
    next_entry: Option<u64>,
}

/// What a room is, as far as a post must know.
#[derive(Clone, Copy)]
pub(super) struct RoomFacts {
    pub(super) kind: Encryption,
    pub(super) last_seq: Seq,
    pub(super) handshake_seq: Seq,
}

impl Scope<'_> {
    /// Runs a statement without parameters.
    pub(super) async fn execute(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::query(sql).execute(&mut *self.db).await?;
        Ok(())
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            events: self.events.len(),
            next_entry: self.memory.next_entry,
        }
    }

    pub(super) fn return_to(&mut self, mark: Mark) {
        self.events.truncate(mark.events);
        self.memory.next_entry = mark.next_entry;
    }

    /// The next entry id, counted over all rooms.
    pub(super) async fn next_entry_id(&mut self) -> Result<EntryId, StoreError> {
        let next = match self.memory.next_entry {
            Some(next) => next,
            None => self.first_free_entry_id().await?,
        };
        self.memory.next_entry = Some(next.saturating_add(1));
        EntryId::new(next).map_err(|_| StoreError::Damaged("id"))
    }

    async fn first_free_entry_id(&mut self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 AS next FROM entries")
            .fetch_one(&mut *self.db)
            .await?;
        number(&row, "next")
    }

    /// The end of a room's log, from memory or disk.
    pub(super) async fn room(&mut self, room: RoomId) -> Result<Option<RoomFacts>, StoreError> {
        if self.memory.room(room).is_none() {
            let row = sqlx::query(
                "SELECT kind, handshake_seq,
                        COALESCE((SELECT MAX(seq) FROM entries WHERE room_id = rooms.room_id), 0) AS last_seq
                 FROM rooms WHERE room_id = ?",
            )
            .bind(int(room.get()))
            .fetch_optional(&mut *self.db)
            .await?;
            let Some(row) = row else { return Ok(None) };
            let kind = kinds::kind(number(&row, "kind")?)?;
            let end = RoomEnd::new(kind, seq(&row, "last_seq")?, seq(&row, "handshake_seq")?);
            self.memory.remember_room(room, end);
        }
        Ok(self.memory.room(room).map(|end| RoomFacts {
            kind: end.kind,
            last_seq: end.last_seq,
            handshake_seq: end.handshake_seq,
        }))
    }

    /// How an account stands to a room that [`Self::room`] has found.
    pub(super) async fn standing(
        &mut self,
        room: RoomId,
        account: AccountId,
    ) -> Result<Standing, StoreError> {
        let known = self.memory.room(room).and_then(|end| end.standing(account));
        if let Some(standing) = known {
            return Ok(standing);
        }
        let row =
            sqlx::query("SELECT role, left_seq FROM members WHERE room_id = ? AND account_id = ?")
                .bind(int(room.get()))
                .bind(account.as_bytes().as_slice())
                .fetch_optional(&mut *self.db)
                .await?;
        let standing = row.as_ref().map_or(Ok(Standing::Stranger), standing)?;
        if let Some(end) = self.memory.room(room) {
            end.remember(account, standing);
        }
        Ok(standing)
    }

    /// The stored receipt of a client id, per room and device.
    pub(super) async fn known(
        &mut self,
        room: RoomId,
        poster: Poster,
        client_id: ClientId,
    ) -> Result<Option<Receipt>, StoreError> {
        let row = sqlx::query(
            "SELECT id, seq, posted_at FROM entries
             WHERE room_id = ? AND device_id = ? AND client_id = ?",
        )
        .bind(int(room.get()))
        .bind(poster.device.as_bytes().as_slice())
        .bind(client_id.as_bytes().as_slice())
        .fetch_optional(&mut *self.db)
        .await?;
        row.as_ref().map(receipt).transpose()
    }

    /// Appends a commit or proposal after `facts`, which must be the room's.
    pub(super) async fn append_handshake(
        &mut self,
        room: RoomId,
        facts: RoomFacts,
        poster: Poster,
        client_id: ClientId,
        body: PreparedBody,
    ) -> Result<Receipt, StoreError> {
        let id = self.next_entry_id().await?;
        let row = EntryRow::new(
            Entry {
                id,
                room_id: room,
                seq: facts.last_seq.next(),
                sender: poster.account,
                device: Some(poster.device),
                timestamp: self.now,
                client_id,
                handshake_seq: facts.handshake_seq,
                body: body.body,
            },
            body.json,
            body.hash,
        )?;
        let entry = &row.entry;
        row.bind(sqlx::query(INSERT_ENTRY))
            .execute(&mut *self.db)
            .await?;
        let kind = entry.body.kind_byte().ok_or(StoreError::Damaged("body"))?;
        sqlx::query("INSERT INTO handshakes (room_id, seq, kind) VALUES (?, ?, ?)")
            .bind(int(room.get()))
            .bind(int(entry.seq.0))
            .bind(i64::from(kind))
            .execute(&mut *self.db)
            .await?;
        sqlx::query("UPDATE rooms SET handshake_seq = ? WHERE room_id = ?")
            .bind(int(entry.seq.0))
            .bind(int(room.get()))
            .execute(&mut *self.db)
            .await?;
        self.memory.forget_room(room);
        let receipt = Receipt {
            id,
            seq: entry.seq,
            timestamp: entry.timestamp,
        };
        self.events.push(Committed::Entry(Arc::new(row.entry)));
        Ok(receipt)
    }
}

impl Scope<'_> {
    /// Appends the server's own word about an account.
    pub(super) async fn append_notice(
        &mut self,
        room: RoomId,
        about: AccountId,
        notice: NoticeKind,
    ) -> Result<(), StoreError> {
        let Some(facts) = self.room(room).await? else {
            return Ok(());
        };
        let body = PreparedBody::new(Body::Notice(Notice { notice }));
        let body = body.ok_or(StoreError::Damaged("body"))?;
        let seq = facts.last_seq.next();
        let entry = Entry {
            id: self.next_entry_id().await?,
            room_id: room,
            seq,
            sender: about,
            device: None,
            timestamp: self.now,
            client_id: notice_id(room, seq),
            handshake_seq: facts.handshake_seq,
            body: body.body,
        };
        let row = EntryRow::new(entry, body.json, body.hash)?;
        row.bind(sqlx::query(INSERT_ENTRY))
            .execute(&mut *self.db)
            .await?;
        self.memory.forget_room(room);
        self.events.push(Committed::Entry(Arc::new(row.entry)));
        Ok(())
    }
}

/// Nobody repeats a notice; its id only has to be one of its own.
fn notice_id(room: RoomId, seq: Seq) -> ClientId {
    let mut hash = Sha256::new();
    hash.update(labels::NOTICE_ID);
    hash.update(room.get().to_be_bytes());
    hash.update(seq.0.to_be_bytes());
    let hash: [u8; 32] = hash.finalize().into();
    let (id, _) = hash.split_first_chunk().unwrap_or((&[0; 16], &[]));
    ClientId::from_bytes(*id)
}

const INSERT_ENTRY: &str = "INSERT INTO entries
    (id, room_id, seq, sender, device_id, posted_at, client_id, handshake_seq, body, body_hash, head)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// An entry with the columns that are computed from it.
pub(super) struct EntryRow {
    pub(super) entry: Entry,
    json: String,
    hash: [u8; 32],
    head: [u8; 32],
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

impl EntryRow {
    pub(super) fn new(entry: Entry, json: String, hash: [u8; 32]) -> Result<Self, StoreError> {
        let input = entry.head_input(&hash).ok_or(StoreError::Damaged("body"))?;
        let head = Sha256::digest(input).into();
        Ok(Self {
            entry,
            json,
            hash,
            head,
        })
    }

    /// Binds the columns of [`INSERT_ENTRY`], in its order.
    pub(super) fn bind<'q>(&self, query: Query<'q>) -> Query<'q> {
        let entry = &self.entry;
        query
            .bind(int(entry.id.get()))
            .bind(int(entry.room_id.get()))
            .bind(int(entry.seq.0))
            .bind(entry.sender.as_bytes().to_vec())
            .bind(device_column(entry.device))
            .bind(int(entry.timestamp.millis()))
            .bind(entry.client_id.as_bytes().to_vec())
            .bind(int(entry.handshake_seq.0))
            .bind(self.json.clone())
            .bind(self.hash.to_vec())
            .bind(self.head.to_vec())
    }
}

/// A device as its column has it: the empty blob where there is none.
pub(super) fn device_column(device: Option<DeviceId>) -> Vec<u8> {
    device.map_or_else(Vec::new, |device| device.as_bytes().to_vec())
}

/// A receipt from `id`, `seq`, `posted_at`.
pub(super) fn receipt(row: &SqliteRow) -> Result<Receipt, StoreError> {
    let id = EntryId::new(number(row, "id")?).map_err(|_| StoreError::Damaged("id"))?;
    Ok(Receipt {
        id,
        seq: seq(row, "seq")?,
        timestamp: time(row, "posted_at")?,
    })
}

/// A standing from `role`, `left_seq`.
pub(super) fn standing(row: &SqliteRow) -> Result<Standing, StoreError> {
    let left = seq(row, "left_seq")?;
    if left > Seq::START {
        return Ok(Standing::Left(left));
    }
    let role: i64 = row.try_get("role")?;
    let role = u64::try_from(role).map_err(|_| StoreError::Damaged("role"))?;
    kinds::role(role).map(Standing::Member)
}
