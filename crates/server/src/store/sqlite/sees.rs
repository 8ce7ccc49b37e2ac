//! What this server can see: every stored column with its meaning, in one list. A test holds it to the schema, so a column
//! without a meaning is found before anybody stores something in it.

mod credentials;
mod tables;

use protocol::rest::{Sight, StoredColumn};
use sqlx::SqlitePool;

use super::columns::text;
use crate::store::StoreError;

use Sight::Readable;
use credentials::CREDENTIALS;
use tables::{TABLES, Table};

/// Every column that there is, with its meaning.
pub(super) async fn columns(pool: &SqlitePool) -> Result<Vec<StoredColumn>, StoreError> {
    let rows = sqlx::query(
        "SELECT tables.name AS table_name, columns.name AS column_name
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
         ORDER BY tables.name, columns.cid",
    )
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(described(
                text(row, "table_name")?,
                text(row, "column_name")?,
            ))
        })
        .collect()
}

fn tables() -> impl Iterator<Item = &'static Table> {
    TABLES.iter().chain(CREDENTIALS)
}

/// The columns that the server itself has sealed.
#[cfg(test)]
pub(super) fn sealed_by_the_server() -> impl Iterator<Item = (&'static str, &'static str)> {
    tables().flat_map(|(table, columns)| {
        let sealed = columns
            .iter()
            .filter(|(_, sight, _)| *sight == Sight::ServerSealed);
        sealed.map(move |(column, ..)| (*table, *column))
    })
}

fn described(table: String, column: String) -> StoredColumn {
    let known = tables().find(|(name, _)| *name == table);
    let known = known.and_then(|(_, columns)| columns.iter().find(|(name, ..)| *name == column));
    // A database into which somebody else put a column.
    let (sight, meaning) = known.map_or(
        (Readable, "Not of this program: somebody added it"),
        |(_, sight, meaning)| (*sight, *meaning),
    );
    StoredColumn {
        table,
        column,
        sight,
        meaning: meaning.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sqlx::sqlite::SqlitePoolOptions;

    use super::*;
    use crate::store::sqlite::open::MIGRATIONS;

    #[tokio::test]
    async fn every_stored_column_has_a_meaning() {
        let one = SqlitePoolOptions::new().max_connections(1);
        let pool = one.connect("sqlite::memory:").await.unwrap();
        for migration in MIGRATIONS {
            sqlx::raw_sql(migration).execute(&pool).await.unwrap();
        }
        let stored = columns(&pool).await.unwrap();
        let stored: BTreeSet<_> = stored.iter().map(|it| (&*it.table, &*it.column)).collect();
        let listed: BTreeSet<_> = tables()
            .flat_map(|(table, columns)| columns.iter().map(move |(column, ..)| (*table, *column)))
            .collect();
        assert_eq!(stored, listed);
    }

    #[test]
    fn a_column_of_somebody_else_is_shown_as_such() {
        let column = described("accounts".to_owned(), "plaintext".to_owned());
        assert_eq!(column.sight, Readable);
        assert!(column.meaning.starts_with("Not of this program"));
    }
}
