//! `/api/reset`: what opens an account is replaced by a device alone, after a wait that whoever knows it ends.

use axum::{Json, extract::State, http::HeaderMap};
use protocol::{
    error::ErrorCode,
    limits::ROOT_BOX_BYTES,
    rest::{ACCOUNT_KEY, AskReset, Empty, FinishReset, Reset, Session},
};

use super::{
    answer::Answer,
    body::Body,
    caller::OnDevice,
    check,
    login::{cookie, opened},
    proof,
    recovery::code_hash,
};
use crate::{
    app::Shared,
    failure::Refusal,
    session::{Caller, Token},
    store::{Store as _, reset::ResetFinish},
};

/// `GET /api/reset`.
pub(super) async fn read(State(app): State<Shared>, caller: OnDevice) -> Answer<Reset> {
    let pending = app.store.reset(caller.account).await?;
    Ok(Json(Reset { pending }))
}

/// `PUT /api/reset`.
pub(super) async fn ask(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<AskReset>,
) -> Answer<Reset> {
    let device = caller
        .device
        .ok_or(Refusal::of(ErrorCode::DeviceRequired))?;
    // Each one is told to all rooms.
    app.windows
        .resets
        .count(caller.account, app.clock.now())
        .map_err(Refusal::rate_limited)?;
    proof::second_factor(&app, &caller, request.code.as_ref()).await?;
    let pending = app.store.ask_reset(caller.account, device).await?;
    Ok(Json(Reset {
        pending: Some(pending),
    }))
}

/// `DELETE /api/reset`.
pub(super) async fn cancel(State(app): State<Shared>, caller: OnDevice) -> Answer<Empty> {
    app.store.cancel_reset(caller.account).await?;
    Ok(Json(Empty {}))
}

/// `POST /api/reset`.
pub(super) async fn finish(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<FinishReset>,
) -> Result<(HeaderMap, Json<Session>), Refusal> {
    let device = caller
        .device
        .ok_or(Refusal::of(ErrorCode::DeviceRequired))?;
    check::fits(&request.by_password, ROOT_BOX_BYTES)?;
    check::fits(&request.by_code, ROOT_BOX_BYTES)?;
    check::vault_put(&request.account_key)?;
    if request.account_key.name != ACCOUNT_KEY {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    let code = code_hash(&request.token_hash)?;
    let token = Token::shown(&request.token).ok_or(Refusal::of(ErrorCode::BadRequest))?;
    let credentials = app.store.credentials(caller.account).await?;
    let name = credentials.ok_or(Refusal::of(ErrorCode::NotFound))?.name;
    let password_file =
        app.opaque
            .register_finish(&name, request.finish.as_slice(), &app.entropy)?;
    proof::second_factor(&app, &caller, request.code.as_ref()).await?;
    let ended = app
        .store
        .finish_reset(ResetFinish {
            account: caller.account,
            device,
            password_file,
            by_password: request.by_password.0,
            by_code: request.by_code.0,
            code,
            account_key: request.account_key,
            old_token: caller.token,
            new_token: token.hash(),
        })
        .await?;
    let body = Refusal::of(ErrorCode::SessionExpired).body(app.clock.now());
    for token in ended {
        app.hub.end_session(token, &body);
    }
    Ok((cookie(&app, &token), Json(opened(&app, &caller, &token))))
}
