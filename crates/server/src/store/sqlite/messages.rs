//! Consecutive messages of one transaction: one SELECT finds repeated ones, one INSERT writes the rest.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use protocol::{
    ids::{AccountId, ClientId, DeviceId, RoomId},
    log::Entry,
    rest::{Encryption, Receipt},
};
use tokio::sync::oneshot;

use super::{
    columns::{id16, int, maybe_id16, number},
    scope::{EntryRow, RoomFacts, Scope, device_column, receipt},
};
use crate::store::{
    Committed, Failure, StoreError,
    log::{MessagePost, MessageRefusal},
    room::Standing,
};

/// A message and who waits for it.
pub(super) struct MessageJob {
    pub(super) post: MessagePost,
    pub(super) reply: oneshot::Sender<Result<Receipt, Failure<MessageRefusal>>>,
}

type Reply = oneshot::Sender<Result<Receipt, Failure<MessageRefusal>>>;
/// What a repeated post is known by. Classic accounts, which have no device, share the ids of a room.
type Name = (RoomId, Option<DeviceId>, ClientId);
/// Posts that are stored already: whose they are, and the receipts.
type Known = HashMap<Name, (AccountId, Receipt)>;

/// Messages that are written together, in order.
pub(super) struct Run {
    posts: Vec<MessagePost>,
    replies: Vec<Reply>,
    outcomes: Vec<Result<Receipt, MessageRefusal>>,
}

impl Run {
    pub(super) fn of(job: MessageJob) -> Self {
        Self {
            posts: vec![job.post],
            replies: vec![job.reply],
            outcomes: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, job: MessageJob) {
        self.posts.push(job.post);
        self.replies.push(job.reply);
    }

    /// Writes what may be written; an error spoils the whole transaction.
    pub(super) async fn apply(&mut self, scope: &mut Scope<'_>) -> Result<(), StoreError> {
        let posts = std::mem::take(&mut self.posts);
        let mut known = known(&posts, scope).await?;
        let mut rows = Vec::with_capacity(posts.len());
        for post in posts {
            let author = post.author;
            let name = (post.room, author.device, post.client_id);
            let outcome = match known.get(&name) {
                Some((of, receipt)) if *of == author.account => Ok(*receipt),
                Some(_) => Err(MessageRefusal::IdTaken),
                None => match judge(&post, scope).await? {
                    Ok(facts) => {
                        let (receipt, row) = place(post, facts, scope).await?;
                        known.insert(name, (author.account, receipt));
                        rows.push(row);
                        Ok(receipt)
                    }
                    Err(refusal) => Err(refusal),
                },
            };
            self.outcomes.push(outcome);
        }
        insert(&rows, scope).await?;
        let entries = rows
            .into_iter()
            .map(|row| Committed::Entry(Arc::new(row.entry)));
        scope.events.extend(entries);
        Ok(())
    }

    /// Answers all, now that the transaction is durable or undone.
    pub(super) fn answer(self, outcome: &Result<(), StoreError>) {
        let mut outcomes = self.outcomes.into_iter();
        for reply in self.replies {
            let answer = match (outcome, outcomes.next()) {
                // What a refusal rests on may have been undone with the rest.
                (Err(error), _) => Err(Failure::Store(error.clone())),
                (Ok(()), Some(outcome)) => outcome.map_err(Failure::Refused),
                (Ok(()), None) => Err(Failure::Store(StoreError::Closed)),
            };
            // Whoever asked may have gone away.
            let _gone = reply.send(answer);
        }
    }
}

/// Whether a message may stand at the end of its room's log.
async fn judge(
    post: &MessagePost,
    scope: &mut Scope<'_>,
) -> Result<Result<RoomFacts, MessageRefusal>, StoreError> {
    let Some(facts) = scope.room(post.room).await? else {
        return Ok(Err(MessageRefusal::RoomNotFound));
    };
    let sealed = facts.kind == Encryption::Mls;
    let refusal = match scope.standing(post.room, post.author.account).await? {
        Standing::Stranger if sealed => Some(MessageRefusal::RoomNotFound),
        Standing::Stranger | Standing::Left(_) => Some(MessageRefusal::NotAMember),
        Standing::Member(_) if sealed == post.shared_key => Some(MessageRefusal::WrongRoomKind),
        Standing::Member(_) if !sealed => None,
        Standing::Member(_) => match post.handshake_seq {
            Some(seen) if post.named && seen == facts.handshake_seq => None,
            Some(_) if post.named => Some(MessageRefusal::Stale),
            _ => Some(MessageRefusal::Incomplete),
        },
    };
    Ok(refusal.map_or(Ok(facts), Err))
}

/// Gives a message its place.
async fn place(
    post: MessagePost,
    facts: RoomFacts,
    scope: &mut Scope<'_>,
) -> Result<(Receipt, EntryRow), StoreError> {
    let id = scope.next_entry_id().await?;
    let seq = facts.last_seq.next();
    let entry = Entry {
        id,
        room_id: post.room,
        seq,
        sender: post.author.account,
        device: post.author.device,
        timestamp: scope.now,
        client_id: post.client_id,
        handshake_seq: facts.handshake_seq,
        body: post.body.body,
    };
    if let Some(end) = scope.memory.room(post.room) {
        end.last_seq = seq;
    }
    let receipt = Receipt {
        id,
        seq,
        timestamp: scope.now,
    };
    Ok((
        receipt,
        EntryRow::new(entry, post.body.json, post.body.hash)?,
    ))
}

/// Places of one statement. Powers of two, so that seven prepared statements serve every batch; what a batch does not
/// fill is NULL. Each statement is a way to SQLite's thread and back, so one that is half empty beats two that are full.
const PLACES: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];
/// Columns of an entry.
const COLUMNS: usize = 11;

/// The statement for so many rows, and its places.
fn places_for(rows: usize) -> (usize, usize) {
    let fits = |(_, places): &(usize, &usize)| **places >= rows;
    let smallest = PLACES.iter().enumerate().rev().find(fits);
    smallest.map_or((0, 64), |(index, places)| (index, *places))
}

fn repeated(before: &str, row: &str, after: &str) -> [String; PLACES.len()] {
    PLACES.map(|places| format!("{before}{}{after}", vec![row; places].join(", ")))
}

static INSERT: LazyLock<[String; PLACES.len()]> = LazyLock::new(|| {
    repeated(
        "INSERT INTO entries (id, room_id, seq, sender, device_id, posted_at, client_id, handshake_seq,
                              body, body_hash, head)
         SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9, column10, column11
         FROM (VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ") WHERE column1 IS NOT NULL",
    )
});

static KNOWN: LazyLock<[String; PLACES.len()]> = LazyLock::new(|| {
    repeated(
        "WITH wanted (room_id, device_id, client_id) AS (VALUES ",
        "(?, ?, ?)",
        ") SELECT entries.room_id, entries.device_id, entries.client_id, sender, id, seq, posted_at
           FROM wanted CROSS JOIN entries
           ON entries.room_id = wanted.room_id AND entries.device_id = wanted.device_id
              AND entries.client_id = wanted.client_id",
    )
});

fn statement(
    statements: &'static [String; PLACES.len()],
    index: usize,
) -> Result<&'static str, StoreError> {
    let statement = statements.get(index).map(String::as_str);
    statement.ok_or(StoreError::Damaged("statement"))
}

/// The receipts of posts that are stored already.
async fn known(posts: &[MessagePost], scope: &mut Scope<'_>) -> Result<Known, StoreError> {
    let mut known = HashMap::new();
    let mut rest = posts;
    while !rest.is_empty() {
        let (index, places) = places_for(rest.len());
        let (chunk, after) = rest.split_at(places.min(rest.len()));
        let mut query = sqlx::query(statement(&KNOWN, index)?);
        for post in chunk {
            query = query
                .bind(int(post.room.get()))
                .bind(device_column(post.author.device))
                .bind(post.client_id.as_bytes().to_vec());
        }
        for _ in chunk.len()..places {
            query = query
                .bind(None::<i64>)
                .bind(None::<Vec<u8>>)
                .bind(None::<Vec<u8>>);
        }
        for row in query.fetch_all(&mut *scope.db).await? {
            let room = RoomId::new(number(&row, "room_id")?);
            let room = room.map_err(|_| StoreError::Damaged("room_id"))?;
            let device = maybe_id16(&row, "device_id")?.map(DeviceId::from_bytes);
            let client = ClientId::from_bytes(id16(&row, "client_id")?);
            let sender = AccountId::from_bytes(id16(&row, "sender")?);
            known.insert((room, device, client), (sender, receipt(&row)?));
        }
        rest = after;
    }
    Ok(known)
}

async fn insert(rows: &[EntryRow], scope: &mut Scope<'_>) -> Result<(), StoreError> {
    let mut rest = rows;
    while !rest.is_empty() {
        let (index, places) = places_for(rest.len());
        let (chunk, after) = rest.split_at(places.min(rest.len()));
        let query = sqlx::query(statement(&INSERT, index)?);
        let mut query = chunk.iter().fold(query, |query, row| row.bind(query));
        for _ in 0..(places - chunk.len()) * COLUMNS {
            query = query.bind(None::<i64>);
        }
        query.execute(&mut *scope.db).await?;
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Row as _, SqliteConnection};

    use super::*;

    async fn plan(db: &mut SqliteConnection, sql: &str) -> String {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(db)
            .await
            .unwrap();
        let lines: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        lines.join("\n")
    }

    /// The log grows for ever: what runs for every message and every page must find its rows by an index.
    #[tokio::test]
    async fn no_query_scans_the_log() {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for migration in super::super::open::MIGRATIONS {
            sqlx::raw_sql(migration).execute(&mut db).await.unwrap();
        }
        for sql in [
            KNOWN[0].as_str(),
            KNOWN[6].as_str(),
            "SELECT COALESCE(MAX(id), 0) + 1 AS next FROM entries",
            "SELECT (SELECT MAX(seq) FROM entries WHERE room_id = rooms.room_id) FROM rooms WHERE room_id = 1",
            crate::store::sqlite::read::HANDSHAKES_AFTER,
            crate::store::sqlite::read::OLD_HANDSHAKES,
            "SELECT body FROM entries WHERE room_id = 1 AND seq > 2 AND seq <= 9 ORDER BY seq LIMIT 5",
        ] {
            let plan = plan(&mut db, sql).await;
            assert!(plan.contains("SEARCH entries"), "{plan}");
            assert!(
                !plan.contains("SCAN entries") && !plan.contains("TEMP B-TREE"),
                "{plan}"
            );
        }
    }
}
