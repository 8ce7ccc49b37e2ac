//! `POST /api/account/delete`: the end of an account, by its owner.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
};
use protocol::{
    error::ErrorCode,
    rest::{DeleteAccount, Empty},
};

use super::{body::Body, proof};
use crate::{
    app::Shared,
    failure::Refusal,
    session::{Caller, cookie},
    store::{Store as _, deletion::Deletion},
};

/// Deletes it and closes its sockets.
pub(super) async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<DeleteAccount>,
) -> Result<(HeaderMap, Json<Empty>), Refusal> {
    let device = caller
        .device
        .ok_or(Refusal::of(ErrorCode::DeviceRequired))?;
    let account = caller.account;
    let credentials = app.store.credentials(account).await?;
    let credentials = credentials.ok_or(Refusal::of(ErrorCode::NotFound))?;
    let proven = proof::check(&app, (account, Some(device)), &credentials, &request.proof)?;
    proof::second_factor(&app, &caller, request.code.as_ref()).await?;
    let deletion = Deletion { account, proven };
    let ended = app.store.delete_account(deletion).await?;
    let body = Refusal::of(ErrorCode::AccountDeleted).body(app.clock.now());
    for token in ended {
        app.hub.end_session(token, &body);
    }
    let forget = cookie::forget(app.secure_cookies);
    let headers = forget
        .map(|cookie| (header::SET_COOKIE, cookie))
        .into_iter()
        .collect();
    Ok((headers, Json(Empty {})))
}
