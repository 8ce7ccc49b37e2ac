//! Accounts, devices and vaults.

use protocol::{
    ids::{AccountId, DeviceId},
    names::UserName,
    rest::{Account, Changed, RootBoxes, VaultItem, VaultVersion},
};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use crate::store::{
    StoreError,
    account::LoginRecord,
    credentials::{CodeHash, Credentials},
    sqlite::columns::{blob, id16, maybe_id16, number, text, time},
};

pub(in crate::store::sqlite) async fn secret(
    pool: &SqlitePool,
    name: &'static str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query("SELECT sealed FROM server_secrets WHERE name = ?")
        .bind(name)
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(|row| blob(row, "sealed")).transpose()
}

pub(in crate::store::sqlite) async fn account(
    pool: &SqlitePool,
    name: &UserName,
) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query(
        "SELECT account_id, identity_key FROM accounts LEFT JOIN account_marks USING (account_id)
         WHERE username = ? AND COALESCE(deleted_at, 0) = 0",
    )
    .bind(name.as_str())
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Account {
        account_id: AccountId::from_bytes(id16(&row, "account_id")?),
        username: name.clone(),
        identity_key: blob(&row, "identity_key")?.into(),
    }))
}

pub(in crate::store::sqlite) async fn login_record(
    pool: &SqlitePool,
    name: &UserName,
) -> Result<Option<LoginRecord>, StoreError> {
    let row = sqlx::query(
        "SELECT accounts.account_id, identity_key, password_file, root_by_password, root_by_code, token_hash
         FROM accounts JOIN credentials USING (account_id) LEFT JOIN account_marks USING (account_id)
         WHERE username = ? AND COALESCE(freed_at, 0) = 0",
    )
    .bind(name.as_str())
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(LoginRecord {
        account: AccountId::from_bytes(id16(&row, "account_id")?),
        identity_key: blob(&row, "identity_key")?,
        password_file: blob(&row, "password_file")?,
        root_box: root_boxes(&row)?,
        code: code(&row)?,
    }))
}

pub(in crate::store::sqlite) async fn credentials(
    pool: &SqlitePool,
    account: AccountId,
) -> Result<Option<Credentials>, StoreError> {
    let row = sqlx::query(
        "SELECT username, root_by_password, root_by_code, token_hash, password_at, password_by, code_at, code_by
         FROM accounts JOIN credentials USING (account_id) WHERE account_id = ?",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let name = UserName::parse(&text(&row, "username")?);
    Ok(Some(Credentials {
        name: name.map_err(|_| StoreError::Damaged("username"))?,
        root_box: root_boxes(&row)?,
        code: code(&row)?,
        password_changed: changed(&row, "password_at", "password_by")?,
        recovery_changed: changed(&row, "code_at", "code_by")?,
    }))
}

fn root_boxes(row: &SqliteRow) -> Result<RootBoxes, StoreError> {
    Ok(RootBoxes {
        by_password: blob(row, "root_by_password")?.into(),
        by_code: blob(row, "root_by_code")?.into(),
    })
}

fn code(row: &SqliteRow) -> Result<Option<CodeHash>, StoreError> {
    let hash = blob(row, "token_hash")?;
    if hash.is_empty() {
        return Ok(None);
    }
    let hash = hash.try_into();
    hash.map(|hash| Some(CodeHash(hash)))
        .map_err(|_| StoreError::Damaged("token_hash"))
}

fn changed(
    row: &SqliteRow,
    at: &'static str,
    by: &'static str,
) -> Result<Option<Changed>, StoreError> {
    let at = time(row, at)?;
    let device = maybe_id16(row, by)?;
    Ok(device.map(|device| Changed {
        at,
        device_id: DeviceId::from_bytes(device),
    }))
}

pub(in crate::store::sqlite) async fn key_package_count(
    pool: &SqlitePool,
    device: DeviceId,
) -> Result<u32, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS count FROM key_packages WHERE device_id = ?")
        .bind(device.as_bytes().as_slice())
        .fetch_one(pool)
        .await?;
    u32::try_from(number(&row, "count")?).map_err(|_| StoreError::Damaged("count"))
}

pub(in crate::store::sqlite) async fn vault(
    pool: &SqlitePool,
    account: AccountId,
) -> Result<Vec<VaultVersion>, StoreError> {
    let rows =
        sqlx::query("SELECT name, version FROM vault_items WHERE account_id = ? ORDER BY name")
            .bind(account.as_bytes().as_slice())
            .fetch_all(pool)
            .await?;
    let version = |row| {
        Ok(VaultVersion {
            name: text(row, "name")?,
            version: number(row, "version")?,
        })
    };
    rows.iter().map(version).collect()
}

pub(in crate::store::sqlite) async fn vault_item(
    pool: &SqlitePool,
    account: AccountId,
    name: &str,
) -> Result<Option<VaultItem>, StoreError> {
    let row =
        sqlx::query("SELECT version, sealed FROM vault_items WHERE account_id = ? AND name = ?")
            .bind(account.as_bytes().as_slice())
            .bind(name)
            .fetch_optional(pool)
            .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(VaultItem {
        name: name.to_owned(),
        version: number(&row, "version")?,
        sealed: blob(&row, "sealed")?.into(),
    }))
}
