//! `POST /api/devices/revoke`: ends other devices of the account.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    ids::DeviceId,
    limits::{CERTIFICATE_BYTES, DEVICES_MAX, KEY_PACKAGE_BYTES, REVOKE_REQUEST_BYTES},
    rest::{Empty, MailBody, RevokeDevices},
};

use super::{answer::Answer, body::Body, caller::OnDevice, check};
use crate::{
    app::Shared,
    failure::Refusal,
    store::{Store as _, device::Revocation},
};

/// Revokes them with all that changes by it, and closes their sockets.
pub(super) async fn revoke(
    State(app): State<Shared>,
    caller: OnDevice,
    Body(request): Body<RevokeDevices, REVOKE_REQUEST_BYTES>,
) -> Answer<Empty> {
    check_fields(&request, caller.device)?;
    let ended = app
        .store
        .revoke_devices(Revocation {
            account: caller.account,
            device: caller.device,
            request,
        })
        .await?;
    let body = Refusal::of(ErrorCode::SessionExpired).body(app.clock.now());
    for token in ended {
        app.hub.end_session(token, &body);
    }
    Ok(Json(Empty {}))
}

fn check_fields(request: &RevokeDevices, own: DeviceId) -> Result<(), Refusal> {
    if request.devices.is_empty() || request.devices.contains(&own) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    if request.devices.len() > DEVICES_MAX || request.remaining.len() > DEVICES_MAX {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    check::fits(&request.certificate, CERTIFICATE_BYTES)?;
    check::fits(&request.last_resort, KEY_PACKAGE_BYTES)?;
    check::key_packages(&request.key_packages)?;
    request.vault.iter().try_for_each(check::vault_put)?;
    check::mail_count(&request.mails)?;
    for mail in &request.mails {
        if !matches!(mail.body, MailBody::AccountKey { .. }) {
            return Err(Refusal::of(ErrorCode::BadRequest));
        }
        check::mail(&mail.body)?;
    }
    Ok(())
}
