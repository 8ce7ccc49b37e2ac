//! The vault: compare and swap, all or nothing.

use protocol::{ids::AccountId, limits::VAULT_ITEMS_MAX, rest::VaultPut};

use crate::store::{
    Failure, StoreError,
    sqlite::{
        columns::{int, number},
        operation::Apply,
        scope::Scope,
    },
    vault::VaultRefusal,
};

/// Writes vault items.
pub(in crate::store::sqlite) struct WriteVault {
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) puts: Vec<VaultPut>,
}

impl Apply for WriteVault {
    type Output = ();
    type Refusal = VaultRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<VaultRefusal>> {
        write_items(scope, self.account, self.puts).await
    }
}

/// Writes items that must all be at the version that the writer expects.
pub(super) async fn write_items<R: From<VaultRefusal>>(
    scope: &mut Scope<'_>,
    account: AccountId,
    puts: Vec<VaultPut>,
) -> Result<(), Failure<R>> {
    for put in puts {
        let written = if put.expected == 0 {
            insert_item(scope, account, put).await?
        } else {
            swap_item(scope, account, put).await?
        };
        if !written {
            return Err(Failure::Refused(VaultRefusal::VersionConflict.into()));
        }
    }
    let row = sqlx::query("SELECT COUNT(*) AS count FROM vault_items WHERE account_id = ?")
        .bind(account.as_bytes().as_slice())
        .fetch_one(&mut *scope.db)
        .await?;
    if number(&row, "count")? > VAULT_ITEMS_MAX as u64 {
        return Err(Failure::Refused(VaultRefusal::TooMany.into()));
    }
    Ok(())
}

/// The version at which an item stands; 0 where there is none.
pub(super) async fn version(
    scope: &mut Scope<'_>,
    account: AccountId,
    name: &str,
) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT version FROM vault_items WHERE account_id = ? AND name = ?")
        .bind(account.as_bytes().as_slice())
        .bind(name)
        .fetch_optional(&mut *scope.db)
        .await?;
    row.map_or(Ok(0), |row| number(&row, "version"))
}

/// Inserts version 1 of an item; whether it did not exist.
pub(super) async fn insert_item(
    scope: &mut Scope<'_>,
    account: AccountId,
    put: VaultPut,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO vault_items (account_id, name, version, sealed) VALUES (?, ?, 1, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(account.as_bytes().as_slice())
    .bind(put.name)
    .bind(put.sealed.0)
    .execute(&mut *scope.db)
    .await?;
    Ok(put.expected == 0 && inserted.rows_affected() == 1)
}

async fn swap_item(
    scope: &mut Scope<'_>,
    account: AccountId,
    put: VaultPut,
) -> Result<bool, StoreError> {
    let swapped = sqlx::query(
        "UPDATE vault_items SET version = version + 1, sealed = ?
         WHERE account_id = ? AND name = ? AND version = ?",
    )
    .bind(put.sealed.0)
    .bind(account.as_bytes().as_slice())
    .bind(put.name)
    .bind(int(put.expected))
    .execute(&mut *scope.db)
    .await?;
    Ok(swapped.rows_affected() == 1)
}
