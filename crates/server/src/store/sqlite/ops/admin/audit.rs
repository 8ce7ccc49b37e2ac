//! The record of acts: written where they are done, in the same transaction.

use protocol::{ids::AccountId, rest::Act};

use crate::store::{
    StoreError,
    admin::Actor,
    sqlite::{
        columns::{int, text},
        kinds,
        scope::Scope,
    },
};

/// Records an act. Names are those of this moment: an act that takes a name away is recorded before.
pub(in crate::store::sqlite::ops) async fn record(
    scope: &mut Scope<'_>,
    actor: Actor,
    act: Act,
    target: Option<AccountId>,
    detail: &str,
) -> Result<(), StoreError> {
    let actor = match actor {
        Actor::Account(account) => Some(account),
        Actor::Machine => None,
    };
    let actor_name = name(scope, actor).await?;
    let target_name = name(scope, target).await?;
    let bytes = |account: Option<AccountId>| {
        account.map_or_else(Vec::new, |account| account.as_bytes().to_vec())
    };
    sqlx::query(
        "INSERT INTO audit (acted_at, actor, actor_name, act, target, target_name, detail)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(int(scope.now.millis()))
    .bind(bytes(actor))
    .bind(actor_name)
    .bind(kinds::act_number(act))
    .bind(bytes(target))
    .bind(target_name)
    .bind(detail)
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

async fn name(scope: &mut Scope<'_>, account: Option<AccountId>) -> Result<String, StoreError> {
    let Some(account) = account else {
        return Ok(String::new());
    };
    let row = sqlx::query("SELECT username FROM accounts WHERE account_id = ?")
        .bind(account.as_bytes().as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
    row.as_ref()
        .map_or(Ok(String::new()), |row| text(row, "username"))
}
