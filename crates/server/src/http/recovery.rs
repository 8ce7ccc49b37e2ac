//! What opens the root box, and the recovery code: shown, replaced, and as a way in.

use axum::{Json, extract::State, http::HeaderMap, response::Response};
use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    limits::ROOT_BOX_BYTES,
    rest::{Empty, PutRecovery, RecoveryLogin, RootBoxes},
};

use super::{
    answer::Answer,
    body::Body,
    caller::OnDevice,
    check,
    login::{begin, guess},
    proof,
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    second_factor::Shown,
    session::Caller,
    store::{
        Store as _,
        credentials::{CodeChange, CodeHash},
    },
};

/// `GET /api/recovery`. One box is sealed under 128 random bits, the other under a key that nobody finds by guessing
/// without asking this server for each guess.
pub(super) async fn read(State(app): State<Shared>, caller: OnDevice) -> Answer<RootBoxes> {
    let found = app.store.credentials(caller.account).await?;
    let found = found.ok_or(Refusal::of(ErrorCode::NotFound))?;
    Ok(Json(found.root_box))
}

/// `PUT /api/recovery`.
pub(super) async fn replace(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<PutRecovery>,
) -> Answer<Empty> {
    let device = caller
        .device
        .ok_or(Refusal::of(ErrorCode::DeviceRequired))?;
    check::fits(&request.by_code, ROOT_BOX_BYTES)?;
    let code = code_hash(&request.token_hash)?;
    let credentials = app.store.credentials(caller.account).await?;
    let credentials = credentials.ok_or(Refusal::of(ErrorCode::NotFound))?;
    let proven = proof::check(
        &app,
        (caller.account, Some(device)),
        &credentials,
        &request.proof,
    )?;
    proof::second_factor(&app, &caller, request.code.as_ref()).await?;
    app.store
        .change_code(CodeChange {
            account: caller.account,
            device,
            proven,
            by_code: request.by_code.0,
            code,
        })
        .await?;
    Ok(Json(Empty {}))
}

/// `POST /login` by the code. A name that does not exist is answered like one that does.
pub(super) async fn log_in(
    app: &App,
    headers: &HeaderMap,
    request: RecoveryLogin,
) -> Result<Response, Refusal> {
    guess(app, headers, &request.username).await?;
    let record = app.store.login_record(&request.username).await?;
    let known = record.as_ref().and_then(|record| record.code);
    let proven = proof::by_code(&request.recovery, known)?;
    let record = record.ok_or(Refusal::of(ErrorCode::LoginFailed))?;
    let shown = Shown {
        account: record.account,
        identity_key: record.identity_key,
        root_box: record.root_box,
        proven,
        device: request.device_id,
    };
    begin(app, shown).await
}

/// The hash of a code's token, as a request has it.
pub(super) fn code_hash(bytes: &Bytes) -> Result<CodeHash, Refusal> {
    let hash = bytes.as_slice().try_into();
    hash.map(CodeHash)
        .map_err(|_| Refusal::of(ErrorCode::BadRequest))
}
