//! `POST /login`: OPAQUE in two legs. A name that does not exist is answered like one that does.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use protocol::{
    error::ErrorCode,
    ids::LoginId,
    limits::SESSION_IDLE_MILLIS,
    rest::{LoginFinish, LoginFinished, LoginStart, LoginStarted, Session},
};
use serde_json::value::RawValue;

use super::body::{Body, Leg, leg};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    login::{OpaqueServer, PendingLogin},
    session::{self, Caller, Token},
    store::{Store as _, session::NewSession},
};

/// Either leg.
pub(super) async fn login(
    State(app): State<Shared>,
    Body(body): Body<Box<RawValue>>,
) -> Result<Response, Refusal> {
    match leg(&body)? {
        Leg::Start(request) => start(&app, request)
            .await
            .map(|it| Json(it).into_response()),
        Leg::Finish(request) => finish(&app, request).await,
    }
}

async fn start(app: &App, request: LoginStart) -> Result<LoginStarted, Refusal> {
    let (name, now) = (request.username, app.clock.now());
    app.windows
        .logins
        .count(&name, now)
        .map_err(Refusal::rate_limited)?;
    let record = app.store.login_record(&name).await?;
    let file = record
        .as_ref()
        .map(|record| record.password_file.as_slice());
    let (state, response) =
        app.opaque
            .login_start(&name, file, request.start.as_slice(), &app.entropy)?;
    let account = record.map(|record| (record.account, record.identity_key, record.root_box));
    let login_id = LoginId::from_bytes(app.entropy.bytes());
    app.logins.keep(
        login_id,
        PendingLogin {
            name,
            state,
            account,
        },
        now,
    );
    Ok(LoginStarted {
        login_id,
        response: response.into(),
    })
}

async fn finish(app: &App, request: LoginFinish) -> Result<Response, Refusal> {
    let failed = Refusal::of(ErrorCode::LoginFailed);
    let pending = app
        .logins
        .take(request.login_id, app.clock.now())
        .ok_or(failed)?;
    OpaqueServer::login_finish(&pending.name, pending.state, request.finish.as_slice())?;
    let (account, identity_key, root_box) = pending.account.ok_or(failed)?;
    let token = Token::draw(&app.entropy);
    let new = NewSession {
        token: token.hash(),
        account,
        device: request.device_id,
    };
    let device = app.store.start_session(new).await?;
    let caller = Caller {
        account,
        device,
        token: token.hash(),
    };
    let session = opened(app, &caller, &token);
    let answer = LoginFinished {
        session,
        identity_key: identity_key.into(),
        root_box,
    };
    Ok((cookie(app, &token), Json(answer)).into_response())
}

/// The session as its owner gets it.
pub(super) fn opened(app: &App, caller: &Caller, token: &Token) -> Session {
    Session {
        account_id: caller.account,
        device_id: caller.device,
        token: token.reveal().to_owned(),
        expires: app.clock.now().plus(SESSION_IDLE_MILLIS),
    }
}

/// The cookie of a new session.
pub(super) fn cookie(app: &App, token: &Token) -> HeaderMap {
    let cookie = session::cookie::set(token, app.secure_cookies, SESSION_IDLE_MILLIS / 1_000);
    cookie
        .map(|cookie| (header::SET_COOKIE, cookie))
        .into_iter()
        .collect()
}
