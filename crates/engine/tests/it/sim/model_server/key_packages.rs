//! KeyPackages: each one-time one is handed out once, oldest first, then the last-resort one.

use protocol::{
    call::Reply,
    error::ErrorCode,
    ids::AccountId,
    limits,
    rest::{ClaimedKeyPackage, ClaimedKeyPackages, KeyPackageCount, KeyPackageUpload},
};

use super::{Caller, ModelServer, Refusal, accounts::DeviceRecord};

fn count(device: &DeviceRecord) -> Reply {
    let left = u32::try_from(device.one_time.len()).unwrap_or(u32::MAX);
    Reply::KeyPackageCount(KeyPackageCount { left })
}

impl ModelServer {
    pub(super) fn key_package_count(&mut self, caller: Caller) -> Result<Reply, Refusal> {
        Ok(count(self.device(caller)?))
    }

    pub(super) fn upload_key_packages(
        &mut self,
        caller: Caller,
        upload: KeyPackageUpload,
    ) -> Result<Reply, Refusal> {
        let device = self.device(caller)?;
        if upload.replace {
            device.one_time.clear();
        }
        let room = limits::KEY_PACKAGES_MAX.saturating_sub(device.one_time.len());
        if upload.key_packages.len() > room {
            return Err(ErrorCode::BadRequest.into());
        }
        device.one_time.extend(upload.key_packages);
        if let Some(last_resort) = upload.last_resort {
            device.last_resort = last_resort;
        }
        if let Some(certificate) = upload.certificate {
            device.certificate = certificate;
        }
        Ok(count(device))
    }

    pub(super) fn claim_key_packages(&mut self, account: AccountId) -> Result<Reply, Refusal> {
        let record = self
            .accounts
            .get_mut(&account)
            .ok_or(ErrorCode::AccountNotFound)?;
        let key_packages: Vec<_> = record
            .devices
            .iter_mut()
            .map(|(device_id, device)| {
                let one_time = device.one_time.pop_front();
                ClaimedKeyPackage {
                    device_id: *device_id,
                    last_resort: one_time.is_none(),
                    key_package: one_time.unwrap_or_else(|| device.last_resort.clone()),
                }
            })
            .collect();
        if key_packages.is_empty() {
            return Err(ErrorCode::NoKeyPackages.into());
        }
        Ok(Reply::ClaimedKeyPackages(ClaimedKeyPackages {
            key_packages,
        }))
    }
}
