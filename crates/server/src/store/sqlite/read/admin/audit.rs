//! The record of acts.

use protocol::{
    ids::{AccountId, ActId},
    names::UserName,
    rest::{Audit, AuditEntry},
};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use super::{cut, one_more};
use crate::store::{
    StoreError,
    admin::PAGE,
    sqlite::{
        columns::{int, maybe_id16, number, text, time},
        kinds,
    },
};

/// A page of acts, newest first.
pub(in crate::store::sqlite) async fn audit(
    pool: &SqlitePool,
    before: Option<ActId>,
) -> Result<Audit, StoreError> {
    let rows = sqlx::query(
        "SELECT id, acted_at, actor, actor_name, act, target, target_name, detail FROM audit
         WHERE id < ? ORDER BY id DESC LIMIT ?",
    )
    .bind(before.map_or(i64::MAX, |id| int(id.get())))
    .bind(one_more(PAGE))
    .fetch_all(pool)
    .await?;
    let mut acts = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    let more = cut(&mut acts, PAGE);
    Ok(Audit { acts, more })
}

fn entry(row: &SqliteRow) -> Result<AuditEntry, StoreError> {
    let name = |column| text(row, column).map(|name| UserName::parse(&name).ok());
    Ok(AuditEntry {
        id: ActId::new(number(row, "id")?).map_err(|_| StoreError::Damaged("id"))?,
        time: time(row, "acted_at")?,
        actor: maybe_id16(row, "actor")?.map(AccountId::from_bytes),
        actor_name: name("actor_name")?,
        act: kinds::act(number(row, "act")?)?,
        target: maybe_id16(row, "target")?.map(AccountId::from_bytes),
        target_name: name("target_name")?,
        detail: text(row, "detail")?,
    })
}
