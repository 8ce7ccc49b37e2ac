//! Another `SECRET_KEY`: everything that the server has sealed comes under it in one transaction, before anything else is
//! read. So a crash leaves the data under one key or under the other, and never under both.

use std::path::Path;

use protocol::ids::AccountId;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    Limits, OpenError,
    columns::{blob, id16, text},
    open,
};
use crate::{
    secrets::{Rotation, Sealed, Secret, Under},
    store::StoreError,
};

/// So many rows are in memory at once.
const PAGE: usize = 500;

/// A column whose values the server has sealed, of a table with a row for each account.
struct Column {
    table: &'static str,
    column: &'static str,
    /// The account's name, where that is a part of the place.
    name: &'static str,
    place: for<'a> fn(AccountId, &'a str) -> Sealed<'a>,
}

/// All of them. `server_secrets` and the hashes of backup codes are for themselves.
const COLUMNS: [Column; 3] = [
    Column {
        table: "accounts",
        column: "password_file",
        name: "username",
        place: |_, name| Sealed::PasswordFile(name),
    },
    Column {
        table: "second_factors",
        column: "seed",
        name: "''",
        place: |account, _| Sealed::TotpSeed(account),
    },
    Column {
        table: "classic_accounts",
        column: "kept",
        name: "''",
        place: |account, _| Sealed::ClassicPassword(account),
    },
];

/// What became of everything that was sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Resealed {
    /// Values that are under the new key.
    pub(crate) turned: usize,
    /// Values that neither key opens: they were damaged before, and stay as they are.
    pub(crate) damaged: usize,
}

/// Why nothing was sealed anew.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResealError {
    /// Neither key opens the data.
    #[error("sealed under another SECRET_KEY")]
    OtherKey,
    /// The keys of backup codes are not what was kept.
    #[error("a stored secret of the server's own is damaged")]
    Damaged,
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl From<sqlx::Error> for ResealError {
    fn from(error: sqlx::Error) -> Self {
        Self::Open(error.into())
    }
}

impl From<StoreError> for ResealError {
    fn from(error: StoreError) -> Self {
        Self::Open(error.into())
    }
}

/// Seals everything anew that is under the previous key; none if nothing is. Nobody else may use the file meanwhile.
///
/// # Errors
/// Neither key opens the data, or the database fails; all is as it was then.
pub(crate) async fn reseal(
    file: &Path,
    limits: Limits,
    mut rotation: Rotation,
) -> Result<Option<Resealed>, ResealError> {
    let mut db = open::for_writing(file, limits).await?;
    let kept = secrets(&mut db).await?;
    let resealed = match rotation.under(&kept) {
        Under::Nothing | Under::Current => None,
        Under::Neither => return Err(ResealError::OtherKey),
        Under::Previous => {
            tracing::info!("sealing everything anew, under another secret key");
            execute(&mut db, "BEGIN IMMEDIATE").await?;
            let resealed = all(&mut db, &mut rotation, &kept).await?;
            execute(&mut db, "COMMIT").await?;
            erase(&mut db).await;
            Some(resealed)
        }
    };
    db.close().await?;
    Ok(resealed)
}

/// Writes the files anew: between rows, and in the log, lies what the key that is given up opens. Where there is no room for
/// that, the data is well all the same.
async fn erase(db: &mut SqliteConnection) {
    for sql in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        if let Err(error) = execute(db, sql).await {
            tracing::warn!(%error, "what was under the previous key is left in the database's file: run VACUUM");
            return;
        }
    }
}

/// The secrets of the server's own that are there.
///
/// # Errors
/// It is no database of a server's.
pub(crate) async fn secrets(
    db: &mut SqliteConnection,
) -> Result<Vec<(Secret, Vec<u8>)>, StoreError> {
    let rows = sqlx::query("SELECT name, sealed FROM server_secrets")
        .fetch_all(db)
        .await?;
    let mut kept = Vec::new();
    for row in rows {
        let name = text(&row, "name")?;
        let secret = Secret::ALL.into_iter().find(|it| it.name() == name);
        // One of a newer server's is not ours to touch.
        if let Some(secret) = secret {
            kept.push((secret, blob(&row, "sealed")?));
        }
    }
    Ok(kept)
}

/// Everything, inside of a transaction.
async fn all(
    db: &mut SqliteConnection,
    rotation: &mut Rotation,
    kept: &[(Secret, Vec<u8>)],
) -> Result<Resealed, ResealError> {
    let mut done = Resealed::default();
    let others = |(it, _): &&(Secret, Vec<u8>)| *it != Secret::BackupKeys;
    for (secret, sealed) in kept.iter().filter(others) {
        let turned = rotation.turn(secret.place(), sealed);
        let turned = turned.ok_or(ResealError::Damaged)?;
        keep(db, *secret, turned).await?;
        done.turned += 1;
    }
    backup_codes(db, rotation, kept).await?;
    for column in &COLUMNS {
        column.turn(db, rotation, &mut done).await?;
    }
    Ok(done)
}

async fn keep(
    db: &mut SqliteConnection,
    secret: Secret,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO server_secrets (name, sealed) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET sealed = excluded.sealed",
    )
    .bind(secret.name())
    .bind(sealed)
    .execute(db)
    .await?;
    Ok(())
}

/// Puts what is kept of backup codes under a further key: whoever knows the previous secret key has the first alone.
async fn backup_codes(
    db: &mut SqliteConnection,
    rotation: &mut Rotation,
    kept: &[(Secret, Vec<u8>)],
) -> Result<(), ResealError> {
    let known = kept.iter().find(|(it, _)| *it == Secret::BackupKeys);
    let known = known.map(|(_, sealed)| sealed.as_slice());
    let keys = rotation.backup_keys(known);
    let (keys, sealed) = keys.map_err(|_| ResealError::Damaged)?;
    keep(db, Secret::BackupKeys, sealed).await?;
    let rows = sqlx::query("SELECT account_id, hash FROM backup_codes");
    for row in rows.fetch_all(&mut *db).await? {
        let was = blob(&row, "hash")?;
        let hash = keys.further(&was).ok_or(ResealError::Damaged)?;
        sqlx::query("UPDATE backup_codes SET hash = ? WHERE account_id = ? AND hash = ?")
            .bind(hash.as_slice())
            .bind(blob(&row, "account_id")?)
            .bind(was)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

impl Column {
    async fn turn(
        &self,
        db: &mut SqliteConnection,
        rotation: &mut Rotation,
        done: &mut Resealed,
    ) -> Result<(), StoreError> {
        let Self { table, column, .. } = self;
        let write = format!("UPDATE {table} SET {column} = ? WHERE account_id = ?");
        let mut after = Vec::new();
        loop {
            let rows = self.page(db, &after).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = blob(last, "account_id")?;
            for row in &rows {
                let account = AccountId::from_bytes(id16(row, "account_id")?);
                let name = text(row, "name")?;
                let place = (self.place)(account, &name);
                let Some(sealed) = rotation.turn(place, &blob(row, "sealed")?) else {
                    done.damaged += 1;
                    continue;
                };
                sqlx::query(sqlx::AssertSqlSafe(write.clone()))
                    .bind(sealed)
                    .bind(account.as_bytes().as_slice())
                    .execute(&mut *db)
                    .await?;
                done.turned += 1;
            }
        }
    }

    /// A page of the values that are not empty, behind an account.
    async fn page(
        &self,
        db: &mut SqliteConnection,
        after: &[u8],
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let Self {
            table,
            column,
            name,
            ..
        } = self;
        let page = format!(
            "SELECT account_id, {name} AS name, {column} AS sealed FROM {table}
             WHERE account_id > ? AND {column} != x'' ORDER BY account_id LIMIT {PAGE}"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(page)).bind(after);
        Ok(rows.fetch_all(db).await?)
    }
}

async fn execute(db: &mut SqliteConnection, sql: &'static str) -> Result<(), StoreError> {
    sqlx::query(sql).execute(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
