//! The account's devices: `GET /api/devices` lists them, `POST /api/devices` adds a further one.

use axum::{Json, extract::State, http::HeaderMap};
use protocol::{
    error::ErrorCode,
    rest::{AddDevice, Changed, Devices, Session},
};

use super::{
    answer::Answer,
    body::Body,
    check,
    login::{cookie, opened},
};
use crate::{
    app::Shared,
    failure::Refusal,
    session::{Caller, Token},
    store::{Store as _, device},
};

/// The account's devices, by the server's word.
pub(super) async fn list(State(app): State<Shared>, caller: Caller) -> Answer<Devices> {
    let devices = app.store.devices(caller.account, caller.device).await?;
    let credentials = app.store.credentials(caller.account).await?;
    let changed = credentials.map(|it| (it.password_changed, it.recovery_changed));
    let (password_changed, recovery_changed) = changed.unwrap_or_default();
    let reset = app.store.reset(caller.account).await?;
    Ok(Json(Devices {
        devices,
        password_changed,
        recovery_changed,
        reset_asked: reset.map(|reset| Changed {
            at: reset.asked,
            device_id: reset.device_id,
        }),
    }))
}

/// Adds the device and moves the session to it, under a new token.
pub(super) async fn add(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<AddDevice>,
) -> Result<(HeaderMap, Json<Session>), Refusal> {
    if caller.device.is_some() {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    let AddDevice {
        device,
        account_key,
    } = request;
    check::device(&device)?;
    let token = Token::draw(&app.entropy);
    let bound = Caller {
        device: Some(device.device_id),
        token: token.hash(),
        ..caller
    };
    app.store
        .add_device(device::AddDevice {
            account: caller.account,
            device,
            account_key,
            old_token: caller.token,
            new_token: token.hash(),
        })
        .await?;
    Ok((cookie(&app, &token), Json(opened(&app, &bound, &token))))
}
