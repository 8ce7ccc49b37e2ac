//! `POST /api/password`: another password, in two legs.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use protocol::{
    error::ErrorCode,
    limits::ROOT_BOX_BYTES,
    rest::{PasswordFinish, PasswordStart, RegisterStarted},
};

use super::{
    body::{Fields, Leg, leg, parse},
    caller::AnyCaller,
    check, classic,
    login::{cookie, opened},
    proof,
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    session::Token,
    store::{
        Store as _,
        credentials::{Credentials, PasswordChange},
    },
};

/// Either leg, or all of it where the account is a classic one.
pub(super) async fn change(
    State(app): State<Shared>,
    asks: AnyCaller,
    Fields(body): Fields,
) -> Result<Response, Refusal> {
    if asks.caller.classic {
        return classic::change(&app, &asks.caller, parse(body.get().as_bytes())?).await;
    }
    let account = asks.caller.account;
    let credentials = app.store.credentials(account).await?;
    let credentials = credentials.ok_or(Refusal::of(ErrorCode::AccountNotFound))?;
    match leg(&body)? {
        Leg::Start(request) => {
            start(&app, &credentials, &request).map(|it| Json(it).into_response())
        }
        Leg::Finish(request) => finish(&app, asks, &credentials, request).await,
    }
}

fn start(
    app: &App,
    credentials: &Credentials,
    request: &PasswordStart,
) -> Result<RegisterStarted, Refusal> {
    let response = app
        .opaque
        .register_start(&credentials.name, request.start.as_slice())?;
    Ok(RegisterStarted {
        response: response.into(),
    })
}

async fn finish(
    app: &App,
    asks: AnyCaller,
    credentials: &Credentials,
    request: PasswordFinish,
) -> Result<Response, Refusal> {
    let caller = asks.caller;
    let device = caller.device;
    // Who has to set a password has no device yet, and gets none before.
    if device.is_none() && !asks.must_change_password {
        return Err(Refusal::of(ErrorCode::DeviceRequired));
    }
    check::fits(&request.by_password, ROOT_BOX_BYTES)?;
    let token = Token::shown(&request.token).ok_or(Refusal::of(ErrorCode::BadRequest))?;
    let password_file =
        app.opaque
            .register_finish(&credentials.name, request.finish.as_slice(), &app.entropy)?;
    let proven = proof::check(app, (caller.account, device), credentials, &request.proof)?;
    proof::second_factor(app, &caller, request.code.as_ref()).await?;
    let ended = app
        .store
        .change_password(PasswordChange {
            account: caller.account,
            device,
            proven,
            password_file,
            by_password: request.by_password.0,
            old_token: caller.token,
            new_token: token.hash(),
            end_others: request.end_others,
        })
        .await?;
    let body = Refusal::of(ErrorCode::SessionExpired).body(app.clock.now());
    for token in ended {
        app.hub.end_session(token, &body);
    }
    let session = opened(app, &caller, &token);
    Ok((cookie(app, &token), Json(session)).into_response())
}
