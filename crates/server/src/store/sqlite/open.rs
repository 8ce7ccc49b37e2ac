//! Opening the database file: settings, schema, the writer's connection and the readers.

use std::{path::Path, sync::Arc, time::Duration};

use rand_chacha::ChaCha20Rng;
use sqlx::{
    ConnectOptions as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::mpsc;

use super::{SqliteStore, columns::number, writer::Writer};
use crate::{
    clock::Clock,
    store::{Committed, StoreError},
};

const SCHEMA: &str = include_str!("schema.sql");
const SCHEMA_VERSION: u64 = 1;
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
    let options = SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(200);
    let mut writing = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    if let Some(pages) = limits.max_pages {
        writing = writing.pragma("max_page_count", pages.to_string());
    }
    let mut connection = writing.connect().await?;
    migrate(&mut connection).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options.read_only(true))
        .await?;
    let (writer, events) = Writer::start(connection, clock, rng);
    Ok((SqliteStore { writer, readers }, events))
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let exists =
        sqlx::query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'")
            .fetch_optional(&mut *connection)
            .await?;
    if exists.is_none() {
        let create = concat_transaction(SCHEMA);
        sqlx::raw_sql(sqlx::AssertSqlSafe(create))
            .execute(&mut *connection)
            .await?;
    }
    let row = sqlx::query("SELECT MAX(version) AS version FROM schema_version")
        .fetch_one(&mut *connection)
        .await?;
    match number(&row, "version")? {
        version if version > SCHEMA_VERSION => Err(OpenError::Newer(version)),
        _ => Ok(()),
    }
}

/// The schema as one transaction, so that a crash leaves all of it or nothing.
fn concat_transaction(schema: &str) -> String {
    format!("BEGIN IMMEDIATE;\n{schema}\nCOMMIT;")
}
