//! A reset that waits.

use protocol::{
    ids::{AccountId, DeviceId},
    limits::RESET_WAIT_MILLIS,
    rest::PendingReset,
};
use sqlx::SqliteConnection;

use crate::store::{
    StoreError,
    sqlite::columns::{id16, time},
};

pub(in crate::store::sqlite) async fn pending_reset(
    db: &mut SqliteConnection,
    account: AccountId,
) -> Result<Option<PendingReset>, StoreError> {
    let row = sqlx::query("SELECT device_id, asked_at FROM resets WHERE account_id = ?")
        .bind(account.as_bytes().as_slice())
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let asked = time(&row, "asked_at")?;
    Ok(Some(PendingReset {
        device_id: DeviceId::from_bytes(id16(&row, "device_id")?),
        asked,
        ready: asked.plus(RESET_WAIT_MILLIS),
    }))
}
