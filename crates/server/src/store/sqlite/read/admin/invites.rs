//! Invites that still count.

use protocol::{
    ids::InviteId,
    names::UserName,
    rest::{Invite, Invites},
    time::Timestamp,
};
use sqlx::{Row as _, SqlitePool, sqlite::SqliteRow};

use crate::store::{
    StoreError,
    admin::ShownInvite,
    sqlite::{
        columns::{int, number, text, time},
        kinds::Source,
    },
};

/// More than this many nobody reads.
const LISTED: i64 = 1000;

/// Whether an invite would let somebody register now.
pub(in crate::store::sqlite) async fn invite_counts(
    pool: &SqlitePool,
    shown: ShownInvite,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // `ops::admin::invited` asks the same.
    let row = sqlx::query(
        "SELECT 1 FROM invites
         WHERE token_hash = ? AND used < uses AND ended_at = 0
             AND (expires_at = 0 OR expires_at > ?)
             AND makes_admin >= ? AND (source <> ? OR ?)",
    )
    .bind(shown.hash.0.as_slice())
    .bind(int(now.millis()))
    .bind(i64::from(shown.admin_only))
    .bind(Source::FirstRun.number())
    .bind(shown.development)
    .fetch_optional(pool)
    .await?;
    Ok(row.is_some())
}

/// All that still count, newest first.
pub(in crate::store::sqlite) async fn invites(
    pool: &SqlitePool,
    now: Timestamp,
) -> Result<Invites, StoreError> {
    let rows = sqlx::query(
        "SELECT id, label, username, makes_admin, uses, used, invites.created_at, expires_at
         FROM invites LEFT JOIN accounts ON accounts.account_id = invites.made_by
         WHERE used < uses AND ended_at = 0 AND (expires_at = 0 OR expires_at > ?)
         ORDER BY id DESC LIMIT ?",
    )
    .bind(int(now.millis()))
    .bind(LISTED)
    .fetch_all(pool)
    .await?;
    let invites = rows.iter().map(invite).collect::<Result<_, _>>()?;
    Ok(Invites { invites })
}

fn invite(row: &SqliteRow) -> Result<Invite, StoreError> {
    let made_by: Option<String> = row.try_get("username")?;
    let count = |column| number(row, column).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let expires = time(row, "expires_at")?;
    Ok(Invite {
        invite_id: InviteId::new(number(row, "id")?).map_err(|_| StoreError::Damaged("id"))?,
        label: text(row, "label")?,
        uses: count("uses")?,
        used: count("used")?,
        created: time(row, "created_at")?,
        expires: (expires.millis() > 0).then_some(expires),
        made_by: made_by.and_then(|name| UserName::parse(&name).ok()),
        makes_admin: number(row, "makes_admin")? != 0,
    })
}
