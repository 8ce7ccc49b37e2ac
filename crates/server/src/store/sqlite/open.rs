//! Opening the database file: settings, schema, the writer's connection and the readers.

use std::{path::Path, sync::Arc, time::Duration};

use rand_chacha::ChaCha20Rng;
use sqlx::{
    ConnectOptions as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::mpsc;

use super::{SqliteStore, columns::number, search::Searched, writer::Writer};
use crate::{
    clock::Clock,
    store::{Committed, StoreError},
};

/// Each brings the database to the version that is its place in the list, counted from 1. A landed one never changes.
pub(super) const MIGRATIONS: [&str; 10] = [
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
    include_str!("schema_8.sql"),
    include_str!("schema_9.sql"),
    include_str!("schema_10.sql"),
];
const SCHEMA_VERSION: u64 = MIGRATIONS.len() as u64;
const BUSY: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// A newer server wrote it.
    #[error(
        "the database has schema version {0}; this server knows {SCHEMA_VERSION}. Use the newer server."
    )]
    Newer(u64),
    /// It does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Settings that differ in tests.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    /// The database may not grow past this many pages.
    pub(crate) max_pages: Option<u32>,
}

/// Opens or creates the database, and starts its writer.
pub(crate) async fn open(
    file: &Path,
    limits: Limits,
    clock: Arc<dyn Clock>,
    rng: ChaCha20Rng,
) -> Result<(SqliteStore, mpsc::Receiver<Vec<Committed>>), OpenError> {
    let connection = for_writing(file, limits).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options(file).read_only(true))
        .await?;
    let searched = Searched::open(file).map_err(|error| StoreError::Database(error.to_string()))?;
    let (writer, events) = Writer::start(connection, clock.clone(), rng);
    let store = SqliteStore {
        writer,
        readers,
        clock,
        searched: Arc::new(searched),
    };
    Ok((store, events))
}

/// The connection that writes: the file is there, with all tables.
pub(super) async fn for_writing(
    file: &Path,
    limits: Limits,
) -> Result<SqliteConnection, OpenError> {
    let mut writing = options(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    if let Some(pages) = limits.max_pages {
        writing = writing.pragma("max_page_count", pages.to_string());
    }
    let mut connection = writing.connect().await?;
    migrate(&mut connection).await?;
    Ok(connection)
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(200)
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let at = version(connection).await?;
    if at > SCHEMA_VERSION {
        return Err(OpenError::Newer(at));
    }
    for (migration, to) in MIGRATIONS.into_iter().zip(1..) {
        if to > at {
            sqlx::raw_sql(sqlx::AssertSqlSafe(concat_transaction(migration)))
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// The version of the database; 0 of an empty one.
async fn version(connection: &mut SqliteConnection) -> Result<u64, OpenError> {
    let exists =
        sqlx::query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'")
            .fetch_optional(&mut *connection)
            .await?;
    if exists.is_none() {
        return Ok(0);
    }
    let row = sqlx::query("SELECT MAX(version) AS version FROM schema_version")
        .fetch_one(&mut *connection)
        .await?;
    Ok(number(&row, "version")?)
}

/// A migration as one transaction, so that a crash leaves all of it or nothing.
fn concat_transaction(migration: &str) -> String {
    format!("BEGIN IMMEDIATE;\n{migration}\nCOMMIT;")
}

#[cfg(test)]
mod tests {
    use protocol::{
        ids::{AccountId, Seq},
        time::Timestamp,
    };

    use super::*;
    use crate::{
        clock::ManualClock,
        entropy::Entropy,
        store::{
            Store as _,
            conformance::fixtures::{coming, commit, message, peopled, proposal, request, room},
            link::{Entrant, Follow},
        },
    };

    async fn opened(file: &Path) -> SqliteStore {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_795_000_000_000)));
        let rng = Entropy::from_seed([7; 32]).fork();
        let (store, mut events) = open(file, Limits::default(), clock, rng).await.unwrap();
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        store
    }

    /// A database of the first version keeps what is in it, and its handshakes are found.
    #[tokio::test]
    async fn an_older_database_is_brought_up_to_date() {
        let home = tempfile::tempdir().unwrap();
        let (new, old) = (home.path().join("new.db"), home.path().join("old.db"));
        let store = opened(&new).await;
        peopled(&store, 2).await;
        store
            .append_commit(commit(1, request(1, 0, coming(&[2]))))
            .await
            .unwrap();
        store.append_message(message(1, 2, 1)).await.unwrap();
        store.append_proposal(proposal(2, 3, 1)).await.unwrap();
        store.close().await;
        as_version_1(&new, &old).await;

        let store = opened(&old).await;
        let entrant = Entrant {
            account: AccountId::from_bytes([1; 16]),
            shown: None,
            now: Timestamp::default(),
        };
        // No code of that time is a way in.
        let found = store.credentials(entrant.account).await.unwrap().unwrap();
        assert!(found.code.is_none() && found.password_changed.is_none());
        let follow = Follow {
            room: room(1),
            after: Seq::START,
        };
        let found = store.handshakes(follow, entrant).await.unwrap().entries;
        let places: Vec<_> = found.iter().map(|entry| entry.seq).collect();
        assert_eq!(places, [Seq(1), Seq(3)]);
        store.append_message(message(1, 4, 3)).await.unwrap();
        store.close().await;

        // Opened again, nothing is done twice.
        opened(&old).await.close().await;
    }

    /// Copies what a database of version 1 has into one that the first migration made.
    async fn as_version_1(new: &Path, old: &Path) {
        let options = SqliteConnectOptions::new().filename(old);
        let mut db = options.create_if_missing(true).connect().await.unwrap();
        sqlx::raw_sql(MIGRATIONS[0]).execute(&mut db).await.unwrap();
        let attach = format!("ATTACH DATABASE '{}' AS new", new.display());
        sqlx::raw_sql(sqlx::AssertSqlSafe(attach))
            .execute(&mut db)
            .await
            .unwrap();
        for table in [
            "accounts",
            "devices",
            "rooms",
            "members",
            "entries",
            "doors",
            "room_states",
            "roster_records",
            "trees",
        ] {
            let copy = format!("INSERT INTO main.{table} SELECT * FROM new.{table}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(copy))
                .execute(&mut db)
                .await
                .unwrap();
        }
    }
}
