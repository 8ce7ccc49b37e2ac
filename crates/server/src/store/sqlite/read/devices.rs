//! An account's devices, and those that ask to be let in again.

use protocol::{
    ids::{AccountId, DeviceId, RoomId},
    limits::READMISSIONS_PAGE,
    rest::{Device, ReadmissionRequest},
    time::Timestamp,
};
use sqlx::{Row as _, SqlitePool, sqlite::SqliteRow};

use crate::store::{
    StoreError,
    sqlite::columns::{blob, id16, int, time},
};

const DAY: u64 = 86_400_000;

pub(in crate::store::sqlite) async fn devices(
    pool: &SqlitePool,
    account: AccountId,
    current: Option<DeviceId>,
) -> Result<Vec<Device>, StoreError> {
    let rows = sqlx::query(
        "SELECT device_id, certificate, last_resort, created_at,
                (SELECT MAX(used_at) FROM sessions WHERE sessions.device_id = devices.device_id) AS used_at
         FROM devices WHERE account_id = ? ORDER BY created_at, device_id",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| device(row, current)).collect()
}

fn device(row: &SqliteRow, current: Option<DeviceId>) -> Result<Device, StoreError> {
    let device_id = DeviceId::from_bytes(id16(row, "device_id")?);
    let created = time(row, "created_at")?;
    let used: Option<i64> = row.try_get("used_at")?;
    // Sessions are forgotten after a while; the device is there since it was added.
    let used = used.map_or(Ok(created), |_| time(row, "used_at"))?;
    Ok(Device {
        device_id,
        certificate: blob(row, "certificate")?.into(),
        last_resort: blob(row, "last_resort")?.into(),
        created,
        last_seen: Timestamp::from_millis(used.millis() - used.millis() % DAY),
        current: current == Some(device_id),
    })
}

pub(in crate::store::sqlite) async fn readmissions(
    pool: &SqlitePool,
    room: RoomId,
) -> Result<Vec<ReadmissionRequest>, StoreError> {
    let rows = sqlx::query(
        "SELECT account_id, device_id, request, posted_at FROM readmissions
         WHERE room_id = ? ORDER BY posted_at DESC, device_id LIMIT ?",
    )
    .bind(int(room.get()))
    .bind(i64::from(READMISSIONS_PAGE))
    .fetch_all(pool)
    .await?;
    let request = |row| {
        Ok(ReadmissionRequest {
            account: AccountId::from_bytes(id16(row, "account_id")?),
            device: DeviceId::from_bytes(id16(row, "device_id")?),
            request: blob(row, "request")?.into(),
            timestamp: time(row, "posted_at")?,
        })
    };
    rows.iter().map(request).collect()
}
