//! Old commits and proposals: their bodies go, their places and hashes stay (PROTOCOL section 6).

use protocol::{
    bytes::Bytes,
    log::{Body, Deleted},
};

use super::Never;
use crate::store::{
    Failure, StoreError,
    sqlite::{columns::int, operation::Apply, read::OldHandshake, scope::Scope},
};

/// Drops these bodies. What was old enough once is so for ever, and a tree snapshot never goes back.
pub(in crate::store::sqlite) struct DropHandshakes(pub(in crate::store::sqlite) Vec<OldHandshake>);

impl Apply for DropHandshakes {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        for old in self.0 {
            drop_body(scope, old).await?;
        }
        Ok(())
    }
}

async fn drop_body(scope: &mut Scope<'_>, old: OldHandshake) -> Result<(), StoreError> {
    let body = Body::Deleted(Deleted {
        body_hash: Bytes(old.body_hash),
        was: old.kind,
    });
    let json = serde_json::to_string(&body).map_err(|_| StoreError::Damaged("body"))?;
    sqlx::query("UPDATE entries SET body = ? WHERE room_id = ? AND seq = ?")
        .bind(json)
        .bind(int(old.room.get()))
        .bind(int(old.seq.0))
        .execute(&mut *scope.db)
        .await?;
    sqlx::query("DELETE FROM handshakes WHERE room_id = ? AND seq = ?")
        .bind(int(old.room.get()))
        .bind(int(old.seq.0))
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}
