//! Second factors, and the sessions of an account.

use protocol::ids::{AccountId, DeviceId};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use crate::store::{
    StoreError,
    second_factor::SecondFactorRow,
    session::{SessionRow, TokenHash},
    sqlite::columns::{blob, id16, maybe_id16, number, time},
};

pub(in crate::store::sqlite) async fn second_factor(
    pool: &SqlitePool,
    account: AccountId,
) -> Result<Option<SecondFactorRow>, StoreError> {
    let row = sqlx::query(
        "SELECT seed, enrolled_at, (SELECT COUNT(*) FROM backup_codes
                       WHERE backup_codes.account_id = second_factors.account_id) AS count,
                (SELECT COUNT(*) FROM passkeys
                       WHERE passkeys.account_id = second_factors.account_id AND cloned_at = 0) AS passkeys
         FROM second_factors WHERE account_id = ?",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let count = |column| {
        let count = u32::try_from(number(&row, column)?);
        count.map_err(|_| StoreError::Damaged(column))
    };
    Ok(Some(SecondFactorRow {
        seed: blob(&row, "seed")?,
        backup_codes_left: count("count")?,
        passkeys: count("passkeys")?,
        enrolled_at: time(&row, "enrolled_at")?,
    }))
}

/// Sessions, and what is marked of their accounts.
macro_rules! sessions {
    ($which:literal) => {
        concat!(
            "SELECT token_hash, sessions.account_id, device_id, started_at, used_at, ended_at,
                    COALESCE(disabled_at, 0) AS disabled_at, COALESCE(must_change, 0) AS must_change,
                    COALESCE(deleted_at, 0) AS deleted_at, COALESCE(changed_at, 0) AS classic
             FROM sessions LEFT JOIN account_marks USING (account_id)
                           LEFT JOIN classic_accounts USING (account_id) ",
            $which
        )
    };
}

/// One session.
pub(in crate::store::sqlite) async fn session(
    pool: &SqlitePool,
    token: TokenHash,
) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query(sessions!("WHERE token_hash = ?"))
        .bind(token.0.as_slice())
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(session_row).transpose()
}

/// Those of an account that did not end, oldest first.
pub(in crate::store::sqlite) async fn sessions(
    pool: &SqlitePool,
    account: AccountId,
) -> Result<Vec<SessionRow>, StoreError> {
    let rows = sqlx::query(sessions!(
        "WHERE sessions.account_id = ? AND ended_at = 0 ORDER BY started_at, token_hash"
    ))
    .bind(account.as_bytes().as_slice())
    .fetch_all(pool)
    .await?;
    rows.iter().map(session_row).collect()
}

fn session_row(row: &SqliteRow) -> Result<SessionRow, StoreError> {
    let token = blob(row, "token_hash")?.try_into();
    Ok(SessionRow {
        token: TokenHash(token.map_err(|_| StoreError::Damaged("token_hash"))?),
        account: AccountId::from_bytes(id16(row, "account_id")?),
        device: maybe_id16(row, "device_id")?.map(DeviceId::from_bytes),
        started_at: time(row, "started_at")?,
        used_at: time(row, "used_at")?,
        ended: number(row, "ended_at")? != 0,
        disabled: number(row, "disabled_at")? != 0,
        deleted: number(row, "deleted_at")? != 0,
        must_change_password: number(row, "must_change")? != 0,
        classic: number(row, "classic")? != 0,
    })
}
