//! Devices and their KeyPackages.

use std::collections::BTreeSet;

use protocol::{
    ids::{AccountId, DeviceId},
    limits::{DEVICES_MAX, KEY_PACKAGES_MAX},
    rest::{ACCOUNT_KEY, ClaimedKeyPackage, NewDevice},
};

use super::{admin::marks, sessions::turn_token, vault::version};
use crate::store::{
    Committed, Failure, StoreError,
    device::{AddDevice, AddDeviceRefusal, ClaimRefusal, Upload, UploadRefusal},
    second_factor::TokenTurn,
    sqlite::{
        columns::{blob, id16, int, number},
        operation::Apply,
        scope::Scope,
    },
};

/// Adds a device to an account and moves the session to it.
pub(in crate::store::sqlite) struct AddDeviceTo(pub(in crate::store::sqlite) AddDevice);

impl Apply for AddDeviceTo {
    type Output = ();
    type Refusal = AddDeviceRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<AddDeviceRefusal>> {
        let AddDevice {
            account,
            device,
            account_key,
            old_token,
            new_token,
        } = self.0;
        if version(scope, account, ACCOUNT_KEY).await? != account_key {
            return Err(Failure::Refused(AddDeviceRefusal::OtherKey));
        }
        let row = sqlx::query("SELECT COUNT(*) AS count FROM devices WHERE account_id = ?")
            .bind(account.as_bytes().as_slice())
            .fetch_one(&mut *scope.db)
            .await?;
        if number(&row, "count")? >= DEVICES_MAX as u64 {
            return Err(Failure::Refused(AddDeviceRefusal::Limit));
        }
        let id = device.device_id;
        if !insert_device(scope, account, device).await? {
            return Err(Failure::Refused(AddDeviceRefusal::IdTaken));
        }
        let turn = TokenTurn {
            old: old_token,
            new: new_token,
        };
        if !turn_token(scope, turn, Some(id)).await? {
            return Err(Failure::Refused(AddDeviceRefusal::SessionOver));
        }
        scope.events.push(Committed::DevicesChanged(account));
        Ok(())
    }
}

/// Inserts a device with its first KeyPackages; whether its id was free.
pub(super) async fn insert_device(
    scope: &mut Scope<'_>,
    account: AccountId,
    device: NewDevice,
) -> Result<bool, StoreError> {
    if was_revoked(scope, device.device_id).await? {
        return Ok(false);
    }
    let inserted = sqlx::query(
        "INSERT INTO devices (device_id, account_id, certificate, last_resort, created_at)
         VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(device.device_id.as_bytes().as_slice())
    .bind(account.as_bytes().as_slice())
    .bind(device.certificate.0)
    .bind(device.last_resort.0)
    .bind(int(scope.now.millis()))
    .execute(&mut *scope.db)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    let packages = device
        .key_packages
        .into_iter()
        .map(|package| package.0)
        .collect();
    insert_packages(scope, device.device_id, packages).await?;
    Ok(true)
}

pub(super) async fn insert_packages(
    scope: &mut Scope<'_>,
    device: DeviceId,
    packages: Vec<Vec<u8>>,
) -> Result<(), StoreError> {
    for package in packages {
        sqlx::query("INSERT INTO key_packages (device_id, key_package) VALUES (?, ?)")
            .bind(device.as_bytes().as_slice())
            .bind(package)
            .execute(&mut *scope.db)
            .await?;
    }
    Ok(())
}

/// Whether a device exists and is this account's.
pub(super) async fn belongs(
    scope: &mut Scope<'_>,
    device: DeviceId,
    account: AccountId,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM devices WHERE device_id = ? AND account_id = ?")
        .bind(device.as_bytes().as_slice())
        .bind(account.as_bytes().as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
    Ok(row.is_some())
}

/// The ids of an account's devices.
pub(super) async fn ids(
    scope: &mut Scope<'_>,
    account: AccountId,
) -> Result<BTreeSet<DeviceId>, StoreError> {
    let rows = sqlx::query("SELECT device_id FROM devices WHERE account_id = ?")
        .bind(account.as_bytes().as_slice())
        .fetch_all(&mut *scope.db)
        .await?;
    let id = |row| id16(row, "device_id").map(DeviceId::from_bytes);
    rows.iter().map(id).collect()
}

/// Drops all one-time KeyPackages of a device.
pub(super) async fn drop_packages(
    scope: &mut Scope<'_>,
    device: DeviceId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM key_packages WHERE device_id = ?")
        .bind(device.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// Replaces the last-resort KeyPackage of a device.
pub(super) async fn put_last_resort(
    scope: &mut Scope<'_>,
    device: DeviceId,
    package: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE devices SET last_resort = ? WHERE device_id = ?")
        .bind(package)
        .bind(device.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// Replaces the certificate of a device.
pub(super) async fn put_certificate(
    scope: &mut Scope<'_>,
    device: DeviceId,
    certificate: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE devices SET certificate = ? WHERE device_id = ?")
        .bind(certificate)
        .bind(device.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// Takes in new KeyPackages of a device.
pub(in crate::store::sqlite) struct UploadPackages(pub(in crate::store::sqlite) Upload);

impl Apply for UploadPackages {
    type Output = u32;
    type Refusal = UploadRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<u32, Failure<UploadRefusal>> {
        let Upload {
            device,
            one_time,
            replace,
            last_resort,
            certificate,
        } = self.0;
        if !exists(scope, device).await? {
            return Err(Failure::Refused(UploadRefusal::Revoked));
        }
        if replace {
            drop_packages(scope, device).await?;
        }
        let row = sqlx::query("SELECT COUNT(*) AS count FROM key_packages WHERE device_id = ?")
            .bind(device.as_bytes().as_slice())
            .fetch_one(&mut *scope.db)
            .await?;
        let count = number(&row, "count")?.saturating_add(one_time.len() as u64);
        if count > KEY_PACKAGES_MAX as u64 {
            return Err(Failure::Refused(UploadRefusal::TooMany));
        }
        insert_packages(scope, device, one_time).await?;
        if let Some(package) = last_resort {
            put_last_resort(scope, device, package).await?;
        }
        if let Some(certificate) = certificate {
            put_certificate(scope, device, certificate).await?;
        }
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

async fn exists(scope: &mut Scope<'_>, device: DeviceId) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM devices WHERE device_id = ?")
        .bind(device.as_bytes().as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
    Ok(row.is_some())
}

async fn was_revoked(scope: &mut Scope<'_>, device: DeviceId) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM revoked_devices WHERE device_id = ?")
        .bind(device.as_bytes().as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
    Ok(row.is_some())
}

/// Takes one KeyPackage of each device of an account.
pub(in crate::store::sqlite) struct Claim {
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) one_time: bool,
}

impl Apply for Claim {
    type Output = Vec<ClaimedKeyPackage>;
    type Refusal = ClaimRefusal;

    async fn apply(
        self,
        scope: &mut Scope<'_>,
    ) -> Result<Vec<ClaimedKeyPackage>, Failure<ClaimRefusal>> {
        if marks(scope, self.account).await?.is_gone() {
            return Err(Failure::Refused(ClaimRefusal::AccountNotFound));
        }
        let account = self.account.as_bytes().as_slice();
        let known = sqlx::query("SELECT 1 FROM accounts WHERE account_id = ?")
            .bind(account)
            .fetch_optional(&mut *scope.db)
            .await?;
        if known.is_none() {
            return Err(Failure::Refused(ClaimRefusal::AccountNotFound));
        }
        let devices = sqlx::query(
            "SELECT device_id, last_resort FROM devices WHERE account_id = ? ORDER BY device_id",
        )
        .bind(account)
        .fetch_all(&mut *scope.db)
        .await?;
        if devices.is_empty() {
            return Err(Failure::Refused(ClaimRefusal::NoDevices));
        }
        let mut claimed = Vec::with_capacity(devices.len());
        for row in devices {
            let device_id = DeviceId::from_bytes(id16(&row, "device_id")?);
            let taken = if self.one_time {
                take_oldest(scope, device_id).await?
            } else {
                None
            };
            let last_resort = taken.is_none();
            let key_package = match taken {
                Some(package) => package,
                None => blob(&row, "last_resort")?,
            };
            claimed.push(ClaimedKeyPackage {
                device_id,
                key_package: key_package.into(),
                last_resort,
            });
        }
        Ok(claimed)
    }
}

async fn take_oldest(
    scope: &mut Scope<'_>,
    device: DeviceId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query(
        "DELETE FROM key_packages
         WHERE id = (SELECT id FROM key_packages WHERE device_id = ? ORDER BY id LIMIT 1)
         RETURNING key_package",
    )
    .bind(device.as_bytes().as_slice())
    .fetch_optional(&mut *scope.db)
    .await?;
    row.as_ref().map(|row| blob(row, "key_package")).transpose()
}
