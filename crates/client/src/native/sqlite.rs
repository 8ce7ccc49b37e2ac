//! A shelf in one SQLite file: WAL, every batch one transaction, on disk before `write` returns.

use std::path::Path;

use sqlx::{
    Connection, Row, SqliteConnection,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteRow, SqliteSynchronous,
    },
};

use super::header::{FORMAT, Header, Protection};
use crate::store::{Name, Order, Range, RowWrite, SealedKey, Shelf, StoreError, Tag};

const SCHEMA: &str = include_str!("schema.sql");

/// A home's rows in SQLite. The caller holds the home's lock.
pub struct Sqlite {
    connection: SqliteConnection,
}

impl Sqlite {
    /// Makes a new file and opens it. Until the file has its header it stands under another name, so that a file
    /// of this name without a header is a damaged one.
    pub(super) async fn create(path: &Path, header: &Header) -> Result<Self, StoreError> {
        let unfinished = path.with_extension("new");
        remove(&unfinished)?;
        let options = SqliteConnectOptions::new()
            .filename(&unfinished)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Delete)
            .synchronous(SqliteSynchronous::Full);
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(failed)?;
        sqlx::raw_sql(SCHEMA)
            .execute(&mut connection)
            .await
            .map_err(failed)?;
        insert_header(&mut connection, header).await?;
        connection.close().await.map_err(failed)?;
        super::files::rename(&unfinished, path)?;
        Ok(Self::open(path).await?.0)
    }

    /// Opens an existing file and reads its header.
    pub(super) async fn open(path: &Path) -> Result<(Self, Header), StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .locking_mode(SqliteLockingMode::Exclusive)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON");
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(failed)?;
        let header = read_header(&mut connection).await?;
        Ok((Self { connection }, header))
    }
}

async fn insert_header(
    connection: &mut SqliteConnection,
    header: &Header,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO header (one, format, protection, keyring_name, salt, sealed_key) VALUES (1, ?, ?, ?, ?, ?)",
    )
    .bind(FORMAT)
    .bind(header.protection.as_str())
    .bind(header.keyring_name.as_str())
    .bind(header.key.salt.as_slice())
    .bind(header.key.sealed.as_slice())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn read_header(connection: &mut SqliteConnection) -> Result<Header, StoreError> {
    let row = sqlx::query("SELECT format, protection, keyring_name, salt, sealed_key FROM header")
        .fetch_one(connection)
        .await
        .map_err(|error| match failed(error) {
            // Without its tables the file is not what `create` made.
            StoreError::Failed(_) => StoreError::Corrupt("the header is missing"),
            other => other,
        })?;
    if column::<i64>(&row, 0)? != FORMAT {
        return Err(StoreError::Corrupt(
            "it was written by another version of this program",
        ));
    }
    let protection = Protection::parse(&column::<String>(&row, 1)?)
        .ok_or(StoreError::Corrupt("the header makes no sense"))?;
    Ok(Header {
        protection,
        keyring_name: column(&row, 2)?,
        key: SealedKey {
            salt: column(&row, 3)?,
            sealed: column(&row, 4)?,
        },
    })
}

impl Shelf for Sqlite {
    async fn rows(&mut self, tag: &Tag) -> Result<Vec<(Name, Vec<u8>)>, StoreError> {
        let named = sqlx::query("SELECT name, value FROM named WHERE tag = ? ORDER BY name")
            .bind(tag.0.as_slice())
            .fetch_all(&mut self.connection)
            .await
            .map_err(failed)?;
        let mut rows = Vec::with_capacity(named.len());
        for row in &named {
            rows.push((Name::Bytes(column(row, 0)?), column(row, 1)?));
        }
        let all = Range {
            after: None,
            before: None,
            limit: usize::MAX,
            order: Order::Oldest,
        };
        let numbered = self.range(tag, all).await?.into_iter();
        rows.extend(numbered.map(|(number, value)| (Name::Number(number), value)));
        Ok(rows)
    }

    async fn range(&mut self, tag: &Tag, range: Range) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let sql = match range.order {
            Order::Oldest => {
                "SELECT number, value FROM numbered WHERE tag = ? AND number > ? AND number < ? ORDER BY number LIMIT ?"
            }
            Order::Newest => {
                "SELECT number, value FROM numbered WHERE tag = ? AND number > ? AND number < ? ORDER BY number DESC LIMIT ?"
            }
        };
        // Numbers above the largest of SQLite do not occur (see `write`), so clamping loses none.
        let clamp = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let rows = sqlx::query(sql)
            .bind(tag.0.as_slice())
            .bind(range.after.map_or(-1, clamp))
            .bind(range.before.map_or(i64::MAX, clamp))
            .bind(i64::try_from(range.limit).unwrap_or(i64::MAX))
            .fetch_all(&mut self.connection)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| {
                let number = u64::try_from(column::<i64>(row, 0)?)
                    .map_err(|_| StoreError::Corrupt("a row has a negative number"))?;
                Ok((number, column(row, 1)?))
            })
            .collect()
    }

    async fn write(&mut self, writes: Vec<RowWrite>) -> Result<(), StoreError> {
        let mut transaction = self.connection.begin().await.map_err(failed)?;
        for write in &writes {
            write_one(&mut transaction, write).await?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Writes SQLite's log back into the file and closes it.
    async fn close(self) -> Result<(), StoreError> {
        self.connection.close().await.map_err(failed)
    }
}

async fn write_one(connection: &mut SqliteConnection, row: &RowWrite) -> Result<(), StoreError> {
    let tag = row.tag.0.as_slice();
    let query = match (&row.name, &row.value) {
        (Name::Bytes(name), Some(value)) => {
            sqlx::query("INSERT OR REPLACE INTO named (tag, name, value) VALUES (?, ?, ?)")
                .bind(tag)
                .bind(name.as_slice())
                .bind(value.as_slice())
        }
        (Name::Bytes(name), None) => sqlx::query("DELETE FROM named WHERE tag = ? AND name = ?")
            .bind(tag)
            .bind(name.as_slice()),
        (Name::Number(number), Some(value)) => {
            sqlx::query("INSERT OR REPLACE INTO numbered (tag, number, value) VALUES (?, ?, ?)")
                .bind(tag)
                .bind(sql_number(*number)?)
                .bind(value.as_slice())
        }
        (Name::Number(number), None) => {
            sqlx::query("DELETE FROM numbered WHERE tag = ? AND number = ?")
                .bind(tag)
                .bind(sql_number(*number)?)
        }
    };
    query.execute(connection).await.map_err(failed)?;
    Ok(())
}

/// Row numbers are places in logs, far below this.
fn sql_number(number: u64) -> Result<i64, StoreError> {
    match i64::try_from(number) {
        Ok(number) if number < i64::MAX => Ok(number),
        _ => Err(StoreError::Failed(
            "a row number is out of range".to_owned(),
        )),
    }
}

fn column<'r, T>(row: &'r SqliteRow, index: usize) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(index)
        .map_err(|_| StoreError::Corrupt("a column has another type"))
}

/// SQLite's result codes for a file that is not, or no longer, a database of its own.
const CORRUPT: u32 = 11;
const NOT_A_DATABASE: u32 = 26;

fn failed(error: sqlx::Error) -> StoreError {
    let code = error
        .as_database_error()
        .and_then(|error| error.code()?.parse::<u32>().ok())
        .map(|extended| extended & 0xff);
    match code {
        Some(CORRUPT | NOT_A_DATABASE) => StoreError::Corrupt("the file is not a whole database"),
        _ => StoreError::Failed(error.to_string()),
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::Failed(error.to_string()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use engine::api::{Batch, Key, Space};
    use rand_core::OsRng;

    use super::*;
    use crate::store::{Plain, Sealed, Store, StoreKey, conformance};

    fn header(key: &StoreKey) -> Header {
        Header {
            protection: Protection::File,
            keyring_name: String::new(),
            key: key.seal_under_secret(&[3; 32], &mut OsRng).unwrap(),
        }
    }

    async fn shelf(dir: &Path) -> (Sqlite, StoreKey) {
        let key = StoreKey::generate(&mut OsRng);
        let shelf = Sqlite::create(&dir.join("store.db"), &header(&key)).await;
        (shelf.unwrap(), key)
    }

    #[tokio::test]
    async fn sqlite_conforms() {
        let dir = tempfile::tempdir().unwrap();
        conformance::check(Plain::new(shelf(dir.path()).await.0)).await;
    }

    #[tokio::test]
    async fn sealed_sqlite_conforms() {
        let dir = tempfile::tempdir().unwrap();
        let (shelf, key) = shelf(dir.path()).await;
        conformance::check(Sealed::new(shelf, key, OsRng)).await;
    }

    #[tokio::test]
    async fn rows_survive_and_do_not_open_when_moved() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let (first, key) = shelf(dir.path()).await;
        let mut store = Sealed::new(first, key, OsRng);
        let mut batch = Batch::default();
        for name in [b"a".as_slice(), b"b"] {
            batch.put(Key::Named(Space::Account, name.to_vec()), name.to_vec());
        }
        store.commit(batch).await.unwrap();
        drop(store);
        let (mut again, header) = Sqlite::open(&path).await.unwrap();
        let swap = "UPDATE named SET value = (SELECT value FROM named AS other WHERE other.name <> named.name)";
        sqlx::query(swap)
            .execute(&mut again.connection)
            .await
            .unwrap();
        let key = header.key.open_with_secret(&[3; 32]).unwrap();
        let moved = Sealed::new(again, key, OsRng).rows(Space::Account).await;
        assert!(matches!(moved, Err(StoreError::Corrupt(_))));
    }
}
