//! Revoking devices: they end, and what their end changes for the account is written, all or nothing.

use std::collections::BTreeSet;

use protocol::ids::{AccountId, DeviceId};

use super::{
    devices::{belongs, drop_packages, ids, insert_packages, put_certificate, put_last_resort},
    mail::{About, drop_mail},
    reset::cancel,
    sessions::tokens,
    tokens::end_api_tokens_of,
    vault::write_items,
};
use crate::store::{
    Failure, StoreError,
    device::{Revocation, RevokeRefusal},
    session::TokenHash,
    sqlite::{columns::int, operation::Apply, scope::Scope},
};

/// Revokes devices of an account and answers the sessions that ended with them.
pub(in crate::store::sqlite) struct Revoke(pub(in crate::store::sqlite) Revocation);

impl Apply for Revoke {
    type Output = Vec<TokenHash>;
    type Refusal = RevokeRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Vec<TokenHash>, Failure<RevokeRefusal>> {
        let Revocation {
            account,
            device,
            request,
        } = self.0;
        // Of two devices that revoke each other the first one stays.
        if !belongs(scope, device, account).await? {
            return Err(Failure::Refused(RevokeRefusal::Revoked));
        }
        // It takes the root box to make one.
        cancel(scope, account).await?;
        let mut ended = Vec::new();
        for revoked in request.devices {
            if belongs(scope, revoked, account).await? {
                ended.extend(end_sessions(scope, revoked).await?);
                delete(scope, revoked, account).await?;
            }
        }
        let mut expected: BTreeSet<DeviceId> = request.remaining.into_iter().collect();
        expected.insert(device);
        if ids(scope, account).await? != expected {
            return Err(Failure::Refused(RevokeRefusal::OtherDevices));
        }
        write_items(scope, account, request.vault).await?;
        put_certificate(scope, device, request.certificate.0).await?;
        put_last_resort(scope, device, request.last_resort.0).await?;
        drop_packages(scope, device).await?;
        let packages = request.key_packages.into_iter().map(|package| package.0);
        insert_packages(scope, device, packages.collect()).await?;
        let about = About {
            room: None,
            seq: None,
        };
        for mail in request.mails {
            let remains = mail.account_id == account
                && mail.device_id != device
                && belongs(scope, mail.device_id, account).await?;
            if !remains {
                return Err(Failure::Refused(RevokeRefusal::BadMail));
            }
            drop_mail(scope, about, account, mail.device_id, mail.body).await?;
        }
        Ok(ended)
    }
}

async fn end_sessions(
    scope: &mut Scope<'_>,
    device: DeviceId,
) -> Result<Vec<TokenHash>, StoreError> {
    let rows = sqlx::query(
        "UPDATE sessions SET ended_at = ? WHERE device_id = ? AND ended_at = 0 RETURNING token_hash",
    )
    .bind(int(scope.now.millis()))
    .bind(device.as_bytes().as_slice())
    .fetch_all(&mut *scope.db)
    .await?;
    let mut ended = tokens(&rows)?;
    ended.extend(end_api_tokens_of(scope, device).await?);
    Ok(ended)
}

/// Deletes a device with what is kept for it. Its requests for readmission go by the schema.
pub(super) async fn delete(
    scope: &mut Scope<'_>,
    device: DeviceId,
    account: AccountId,
) -> Result<(), StoreError> {
    drop_packages(scope, device).await?;
    for statement in [
        "DELETE FROM mails WHERE device_id = ?",
        "DELETE FROM devices WHERE device_id = ?",
    ] {
        sqlx::query(statement)
            .bind(device.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
    }
    sqlx::query("INSERT INTO revoked_devices (device_id, account_id, revoked_at) VALUES (?, ?, ?)")
        .bind(device.as_bytes().as_slice())
        .bind(account.as_bytes().as_slice())
        .bind(int(scope.now.millis()))
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}
