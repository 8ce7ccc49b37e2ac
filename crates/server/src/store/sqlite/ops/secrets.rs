//! Sealed server secrets, and the readiness probe.

use super::Never;
use crate::store::{
    Failure,
    sqlite::{columns::int, operation::Apply, scope::Scope},
};

/// Keeps a sealed secret; the first one stays.
pub(in crate::store::sqlite) struct KeepSecret {
    pub(in crate::store::sqlite) name: &'static str,
    pub(in crate::store::sqlite) sealed: Vec<u8>,
}

impl Apply for KeepSecret {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        sqlx::query(
            "INSERT INTO server_secrets (name, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(self.name)
        .bind(self.sealed)
        .execute(&mut *scope.db)
        .await?;
        Ok(())
    }
}

/// Writes and flushes one row.
pub(in crate::store::sqlite) struct Probe;

impl Apply for Probe {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        sqlx::query("UPDATE probes SET checked_at = ? WHERE id = 1")
            .bind(int(scope.now.millis()))
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}
