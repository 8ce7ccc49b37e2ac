//! Families of refresh tokens, and API tokens.

use protocol::ids::{AccountId, DeviceId};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use super::sessions::session;
use crate::{
    session::{FamilyId, Scopes},
    store::{
        StoreError,
        session::TokenHash,
        sqlite::columns::{blob, id16, number, text, time},
        token::{ApiTokenRow, FamilyRow},
    },
};

pub(in crate::store::sqlite) async fn family(
    pool: &SqlitePool,
    family: FamilyId,
) -> Result<Option<FamilyRow>, StoreError> {
    let row = sqlx::query("SELECT session_hash, ended_at FROM token_families WHERE family_id = ?")
        .bind(family.0.as_slice())
        .fetch_optional(pool)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let of = hash(&row, "session_hash")?;
    let ended = number(&row, "ended_at")? != 0;
    Ok(session(pool, of)
        .await?
        .map(|session| FamilyRow { session, ended }))
}

/// API tokens, and what is marked of their accounts.
macro_rules! api_tokens {
    ($which:literal) => {
        concat!(
            "SELECT token_hash, api_tokens.account_id, device_id, name, scopes, made_at, used_at, expires_at,
                    COALESCE(disabled_at, 0) AS disabled_at, COALESCE(must_change, 0) AS must_change
             FROM api_tokens LEFT JOIN account_marks USING (account_id) ",
            $which
        )
    };
}

pub(in crate::store::sqlite) async fn api_token(
    pool: &SqlitePool,
    token: TokenHash,
) -> Result<Option<ApiTokenRow>, StoreError> {
    let row = sqlx::query(api_tokens!("WHERE token_hash = ?"))
        .bind(token.0.as_slice())
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(api_token_row).transpose()
}

/// Oldest first.
pub(in crate::store::sqlite) async fn api_tokens(
    pool: &SqlitePool,
    account: AccountId,
) -> Result<Vec<ApiTokenRow>, StoreError> {
    let rows = sqlx::query(api_tokens!(
        "WHERE api_tokens.account_id = ? ORDER BY made_at, token_hash"
    ))
    .bind(account.as_bytes().as_slice())
    .fetch_all(pool)
    .await?;
    rows.iter().map(api_token_row).collect()
}

fn api_token_row(row: &SqliteRow) -> Result<ApiTokenRow, StoreError> {
    let scopes = Scopes::from_bits(number(row, "scopes")?);
    let used = time(row, "used_at")?;
    Ok(ApiTokenRow {
        token: hash(row, "token_hash")?,
        account: AccountId::from_bytes(id16(row, "account_id")?),
        device: DeviceId::from_bytes(id16(row, "device_id")?),
        name: text(row, "name")?,
        scopes: scopes.ok_or(StoreError::Damaged("scopes"))?,
        made_at: time(row, "made_at")?,
        used_at: (used.millis() != 0).then_some(used),
        expires_at: time(row, "expires_at")?,
        disabled: number(row, "disabled_at")? != 0,
        must_change_password: number(row, "must_change")? != 0,
    })
}

fn hash(row: &SqliteRow, column: &'static str) -> Result<TokenHash, StoreError> {
    let hash = blob(row, column)?.try_into();
    hash.map(TokenHash).map_err(|_| StoreError::Damaged(column))
}
