//! What sets an account apart from an ordinary one.

use protocol::ids::AccountId;

use crate::store::{
    StoreError,
    sqlite::{
        columns::{int, number},
        scope::Scope,
    },
};

/// The marks of one account; an ordinary one has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::store::sqlite::ops) struct Marks {
    pub(in crate::store::sqlite::ops) administrator: bool,
    pub(in crate::store::sqlite::ops) must_change: bool,
    /// When it was disabled; 0 while it is not.
    pub(in crate::store::sqlite::ops) disabled_at: u64,
    /// When its name was freed; 0 while it was not.
    pub(in crate::store::sqlite::ops) freed_at: u64,
    /// When its owner deleted it; 0 while nobody did.
    pub(in crate::store::sqlite::ops) deleted_at: u64,
}

impl Marks {
    /// Nobody logs in to it any more.
    pub(in crate::store::sqlite::ops) const fn is_gone(self) -> bool {
        self.freed_at > 0 || self.deleted_at > 0
    }

    /// An administrator who can log in and act. [`super::has_admin`] counts the same.
    pub(super) const fn is_active_admin(self) -> bool {
        self.administrator && !self.must_change && self.disabled_at == 0 && !self.is_gone()
    }
}

/// Reads the marks of an account.
pub(in crate::store::sqlite::ops) async fn marks(
    scope: &mut Scope<'_>,
    account: AccountId,
) -> Result<Marks, StoreError> {
    let row = sqlx::query(
        "SELECT administrator, must_change, disabled_at, freed_at, deleted_at FROM account_marks
         WHERE account_id = ?",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_optional(&mut *scope.db)
    .await?;
    let Some(row) = row else {
        return Ok(Marks::default());
    };
    Ok(Marks {
        administrator: number(&row, "administrator")? != 0,
        must_change: number(&row, "must_change")? != 0,
        disabled_at: number(&row, "disabled_at")?,
        freed_at: number(&row, "freed_at")?,
        deleted_at: number(&row, "deleted_at")?,
    })
}

/// Writes the marks of an account.
pub(in crate::store::sqlite::ops) async fn mark(
    scope: &mut Scope<'_>,
    account: AccountId,
    marks: Marks,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO account_marks (account_id, administrator, must_change, disabled_at, freed_at, deleted_at)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
             administrator = excluded.administrator, must_change = excluded.must_change,
             disabled_at = excluded.disabled_at, freed_at = excluded.freed_at,
             deleted_at = excluded.deleted_at",
    )
    .bind(account.as_bytes().as_slice())
    .bind(i64::from(marks.administrator))
    .bind(i64::from(marks.must_change))
    .bind(int(marks.disabled_at))
    .bind(int(marks.freed_at))
    .bind(int(marks.deleted_at))
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

/// The account has a password of its own: it is held up no more. To be called by the operation that writes the password
/// file, in its transaction.
pub(in crate::store::sqlite::ops) async fn password_was_changed(
    scope: &mut Scope<'_>,
    account: AccountId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE account_marks SET must_change = 0 WHERE account_id = ?")
        .bind(account.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}
