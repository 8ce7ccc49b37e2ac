//! KeyPackages: a device uploads its own, others claim one of each device.

use axum::{
    Json,
    extract::{Path, State},
};
use protocol::{
    error::ErrorCode,
    ids::AccountId,
    limits::{CERTIFICATE_BYTES, KEY_PACKAGE_BYTES},
    rest::{ClaimedKeyPackages, KeyPackageCount, KeyPackageUpload},
};

use super::{answer::Answer, body::Body, caller::OnDevice, check, path};
use crate::{
    app::Shared,
    failure::Refusal,
    store::{Store as _, device::Upload},
};

/// `GET /api/key_packages`: how many one-time ones are left.
pub(super) async fn count(State(app): State<Shared>, caller: OnDevice) -> Answer<KeyPackageCount> {
    let left = app.store.key_package_count(caller.device).await?;
    Ok(Json(KeyPackageCount { left }))
}

/// `POST /api/key_packages`: new ones of the session's device.
pub(super) async fn upload(
    State(app): State<Shared>,
    caller: OnDevice,
    Body(upload): Body<KeyPackageUpload>,
) -> Answer<KeyPackageCount> {
    let counted = app.windows.uploads.count(caller.device, app.clock.now());
    counted.map_err(Refusal::rate_limited)?;
    check::key_packages(&upload.key_packages)?;
    check::maybe_fits(upload.last_resort.as_ref(), KEY_PACKAGE_BYTES)?;
    check::maybe_fits(upload.certificate.as_ref(), CERTIFICATE_BYTES)?;
    let one_time = upload
        .key_packages
        .into_iter()
        .map(|package| package.0)
        .collect();
    let left = app
        .store
        .upload_key_packages(Upload {
            device: caller.device,
            one_time,
            replace: upload.replace,
            last_resort: upload.last_resort.map(|package| package.0),
            certificate: upload.certificate.map(|certificate| certificate.0),
        })
        .await?;
    Ok(Json(KeyPackageCount { left }))
}

/// `POST /api/accounts/{account_id}/key_packages`: one of each device. Who takes too many one-time ones of an account
/// gets the last-resort ones, so that nobody drains the pool.
pub(super) async fn claim(
    State(app): State<Shared>,
    caller: OnDevice,
    Path(who): Path<String>,
) -> Answer<ClaimedKeyPackages> {
    let account: AccountId = path::parse(&who, ErrorCode::AccountNotFound)?;
    let now = app.clock.now();
    app.windows
        .claims
        .count(caller.account, now)
        .map_err(Refusal::rate_limited)?;
    let one_time = app
        .windows
        .one_time_claims
        .count((caller.account, account), now)
        .is_ok();
    let key_packages = app.store.claim_key_packages(account, one_time).await?;
    Ok(Json(ClaimedKeyPackages { key_packages }))
}
