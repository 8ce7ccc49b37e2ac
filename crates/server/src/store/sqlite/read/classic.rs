//! Classic accounts.

use protocol::{ids::AccountId, names::UserName};
use sqlx::SqlitePool;

use crate::store::{
    StoreError,
    classic::ClassicRecord,
    sqlite::columns::{blob, id16, text},
};

pub(in crate::store::sqlite) async fn named(
    pool: &SqlitePool,
    name: &UserName,
) -> Result<Option<ClassicRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT account_id, kept FROM accounts JOIN classic_accounts USING (account_id)
         WHERE username = ? AND kept <> x''",
    )
    .bind(name.as_str())
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ClassicRecord {
        account: AccountId::from_bytes(id16(&row, "account_id")?),
        kept: blob(&row, "kept")?,
    }))
}

pub(in crate::store::sqlite) async fn kept(
    pool: &SqlitePool,
    account: AccountId,
) -> Result<Option<(UserName, Vec<u8>)>, StoreError> {
    let row = sqlx::query(
        "SELECT username, kept FROM accounts JOIN classic_accounts USING (account_id) WHERE account_id = ?",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let name = UserName::parse(&text(&row, "username")?);
    let name = name.map_err(|_| StoreError::Damaged("username"))?;
    Ok(Some((name, blob(&row, "kept")?)))
}
