//! `POST /api/account/delete`: the end of an account, by its owner.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use protocol::{
    error::ErrorCode,
    rest::{DeleteAccount, Empty},
};

use super::{
    body::{Fields, parse},
    classic, proof,
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    session::{Caller, cookie},
    store::{Store as _, deletion::Deletion, session::TokenHash},
};

/// Deletes it and closes its sockets.
pub(super) async fn delete(
    State(app): State<Shared>,
    caller: Caller,
    Fields(body): Fields,
) -> Result<Response, Refusal> {
    let body = body.get().as_bytes();
    if caller.classic {
        return classic::delete(&app, &caller, parse(body)?).await;
    }
    let request: DeleteAccount = parse(body)?;
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
    Ok(deleted(&app, ended).into_response())
}

/// Closes the sockets of an account that is gone, and forgets its cookie.
pub(super) fn deleted(app: &App, ended: Vec<TokenHash>) -> (HeaderMap, Json<Empty>) {
    let body = Refusal::of(ErrorCode::AccountDeleted).body(app.clock.now());
    for token in ended {
        app.hub.end_session(token, &body);
    }
    let forget = cookie::forget(app.secure_cookies);
    let headers = forget
        .map(|cookie| (header::SET_COOKIE, cookie))
        .into_iter()
        .collect();
    (headers, Json(Empty {}))
}
