//! Accounts, as administrators see them.

use protocol::{
    ids::AccountId,
    names::UserName,
    rest::{AdminUser, AdminUsers},
    time::Timestamp,
};
use sqlx::{Row as _, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{cut, one_more};
use crate::store::{
    StoreError,
    admin::PAGE,
    sqlite::columns::{id16, number, text, time},
};

const DAY: u64 = 86_400_000;

macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "SELECT accounts.account_id, username, created_at,
                (SELECT MAX(used_at) FROM sessions WHERE sessions.account_id = accounts.account_id) AS used_at,
                (SELECT COUNT(*) FROM devices WHERE devices.account_id = accounts.account_id) AS devices,
                COALESCE(administrator, 0) AS administrator, COALESCE(must_change, 0) AS must_change,
                COALESCE(disabled_at, 0) AS disabled_at, COALESCE(freed_at, 0) AS freed_at,
                COALESCE(deleted_at, 0) AS deleted_at
             FROM accounts LEFT JOIN account_marks USING (account_id) ",
            $rest
        )
    };
}

/// Whether the account is an administrator who may act.
pub(in crate::store::sqlite) async fn is_admin(
    pool: &SqlitePool,
    account: AccountId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM account_marks WHERE account_id = ? AND administrator = 1
             AND must_change = 0 AND disabled_at = 0 AND freed_at = 0",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_optional(pool)
    .await?;
    Ok(row.is_some())
}

/// A page of accounts, by name.
pub(in crate::store::sqlite) async fn users(
    pool: &SqlitePool,
    after: Option<&UserName>,
) -> Result<AdminUsers, StoreError> {
    let rows = sqlx::query(select_users!(
        "WHERE username > ? ORDER BY username LIMIT ?"
    ))
    .bind(after.map_or("", UserName::as_str))
    .bind(one_more(PAGE))
    .fetch_all(pool)
    .await?;
    let mut users = rows.iter().map(user).collect::<Result<Vec<_>, _>>()?;
    let more = cut(&mut users, PAGE);
    Ok(AdminUsers { users, more })
}

/// One account, of the moment of a transaction.
pub(in crate::store::sqlite) async fn user_at(
    connection: &mut SqliteConnection,
    account: AccountId,
) -> Result<Option<AdminUser>, StoreError> {
    let row = sqlx::query(select_users!("WHERE accounts.account_id = ?"))
        .bind(account.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(user).transpose()
}

fn user(row: &SqliteRow) -> Result<AdminUser, StoreError> {
    let used: Option<i64> = row.try_get("used_at")?;
    let day = |at: Timestamp| Timestamp::from_millis(at.millis() - at.millis() % DAY);
    let is = |column| number(row, column).map(|value| value != 0);
    Ok(AdminUser {
        account_id: AccountId::from_bytes(id16(row, "account_id")?),
        username: UserName::parse(&text(row, "username")?)
            .map_err(|_| StoreError::Damaged("username"))?,
        created: time(row, "created_at")?,
        last_seen: used.map(|_| time(row, "used_at")).transpose()?.map(day),
        devices: u32::try_from(number(row, "devices")?).unwrap_or(u32::MAX),
        administrator: is("administrator")?,
        disabled: is("disabled_at")?,
        freed: is("freed_at")?,
        deleted: is("deleted_at")?,
        must_change_password: is("must_change")?,
    })
}
