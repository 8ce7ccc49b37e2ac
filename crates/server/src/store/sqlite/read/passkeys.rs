//! Passkeys of an account.

use protocol::{ids::AccountId, time::Timestamp};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use crate::store::{
    StoreError,
    passkey::PasskeyRow,
    sqlite::columns::{blob, text, time},
};

/// Oldest first.
pub(in crate::store::sqlite) async fn passkeys(
    pool: &SqlitePool,
    account: AccountId,
) -> Result<Vec<PasskeyRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT credential, public_key, name, made_at, used_at, cloned_at FROM passkeys
         WHERE account_id = ? ORDER BY made_at, credential",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_all(pool)
    .await?;
    rows.iter().map(passkey_row).collect()
}

fn passkey_row(row: &SqliteRow) -> Result<PasskeyRow, StoreError> {
    let once = |time: Timestamp| (time.millis() != 0).then_some(time);
    Ok(PasskeyRow {
        credential: blob(row, "credential")?,
        key: blob(row, "public_key")?,
        name: text(row, "name")?,
        made_at: time(row, "made_at")?,
        used_at: once(time(row, "used_at")?),
        cloned_at: once(time(row, "cloned_at")?),
    })
}
