//! `POST /login`: OPAQUE in two legs, or the recovery code, and a further leg for a code where the account has a second
//! factor. A name that does not exist is answered like one that does.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Method, header},
    response::{IntoResponse as _, Response},
};
use protocol::{
    error::ErrorCode,
    ids::{DeviceId, LoginId},
    limits::SESSION_IDLE_MILLIS,
    names::UserName,
    rest::{
        LoginCode, LoginFinish, LoginFinished, LoginStart, LoginStarted, SecondFactorLeg,
        SecondFactorWanted, Session,
    },
};
use serde_json::value::RawValue;

use super::{
    body::{Fields, parse, which},
    classic, recovery,
    second_factor::kinds,
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    listener::Peer,
    login::{OpaqueServer, PendingLogin},
    second_factor::{self, Shown as ShownLogin},
    session::{Caller, Rights, Shown, Token, cookie},
    store::{
        Store as _,
        credentials::Proven,
        second_factor::SecondFactorRow,
        session::{NewSession, TokenHash},
    },
    windows::Windows,
};

/// Any leg, or by the recovery code, or all of it where the account is a classic one.
pub(super) async fn login(
    State(app): State<Shared>,
    peer: Peer,
    headers: HeaderMap,
    Fields(body): Fields,
) -> Result<Response, Refusal> {
    let bytes = body.get().as_bytes();
    Windows::of_address(&app.windows.login_addresses, peer, app.clock.now())?;
    match which_login(&body)? {
        "start" => start(&app, &headers, parse(bytes)?)
            .await
            .map(|it| Json(it).into_response()),
        "finish" => finish(&app, parse(bytes)?).await,
        "recovery" => recovery::log_in(&app, &headers, parse(bytes)?).await,
        "password" => classic::log_in(&app, &headers, parse(bytes)?).await,
        _ => code(&app, parse(bytes)?).await,
    }
}

/// Which leg of a login a body is.
pub(super) fn which_login(body: &RawValue) -> Result<&'static str, Refusal> {
    which(body, ["start", "finish", "recovery", "code", "password"])
}

async fn start(
    app: &App,
    headers: &HeaderMap,
    request: LoginStart,
) -> Result<LoginStarted, Refusal> {
    let (name, now) = (request.username, app.clock.now());
    guess(app, headers, &name).await?;
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

/// Whoever logs in may have guessed: of each name so many tries are answered, and a device that the account has is counted
/// by itself.
pub(super) async fn guess(app: &App, headers: &HeaderMap, name: &UserName) -> Result<(), Refusal> {
    let now = app.clock.now();
    let Err(wait) = app.windows.logins.count(name, now) else {
        return Ok(());
    };
    let device = known_device(app, headers, name).await?;
    let device = device.ok_or(Refusal::rate_limited(wait))?;
    guess_of_device(app, device)
}

/// The same for a device that is known.
pub(super) fn guess_of_device(app: &App, device: DeviceId) -> Result<(), Refusal> {
    let counted = app.windows.known_logins.count(device, app.clock.now());
    counted.map_err(Refusal::rate_limited)
}

/// The same for a session, of which more than guesses may be known.
pub(super) fn guess_of_session(app: &App, session: TokenHash) -> Result<(), Refusal> {
    let counted = app.windows.known_logins.count(session.0, app.clock.now());
    counted.map_err(Refusal::rate_limited)
}

/// Whoever guesses at a name from elsewhere shall not lock its owner out: a device that the account has shows the token of
/// its session, or of the last one that it had, and is counted by itself.
async fn known_device(
    app: &App,
    headers: &HeaderMap,
    name: &UserName,
) -> Result<Option<DeviceId>, Refusal> {
    let shown = cookie::shown_of(&Method::POST, headers, app.secure_cookies);
    let Some(token) = shown.and_then(Shown::session) else {
        return Ok(None);
    };
    let row = app.store.session(token.hash()).await?;
    let Some((account, device)) = row.and_then(|row| Some((row.account, row.device?))) else {
        return Ok(None);
    };
    let named = app.store.account(name).await?;
    let devices = app.store.devices(account, None).await?;
    let is_theirs = named.is_some_and(|named| named.account_id == account);
    let is_there = devices.iter().any(|it| it.device_id == device);
    Ok((is_theirs && is_there).then_some(device))
}

async fn finish(app: &App, request: LoginFinish) -> Result<Response, Refusal> {
    let failed = Refusal::of(ErrorCode::LoginFailed);
    let pending = app
        .logins
        .take(request.login_id, app.clock.now())
        .ok_or(failed)?;
    OpaqueServer::login_finish(&pending.name, pending.state, request.finish.as_slice())?;
    let (account, identity_key, root_box) = pending.account.ok_or(failed)?;
    let proven = Proven::Password(root_box.by_password.0.clone());
    let shown = ShownLogin {
        account,
        identity_key,
        root_box,
        proven,
        device: request.device_id,
    };
    begin(app, shown).await
}

/// Begins a session of whoever has shown to be the account's owner, or asks for a code first.
pub(super) async fn begin(app: &App, shown: ShownLogin) -> Result<Response, Refusal> {
    match app.store.second_factor(shown.account).await? {
        Some(kept) => Ok(Json(wanted(app, shown, &kept)).into_response()),
        None => open(app, shown).await,
    }
}

/// What opens the account was right: nothing of it goes out before a code.
fn wanted(app: &App, shown: ShownLogin, kept: &SecondFactorRow) -> SecondFactorWanted {
    let login_id = LoginId::from_bytes(app.entropy.bytes());
    let now = app.clock.now();
    app.second_factors.logins.keep(login_id, shown, now);
    SecondFactorWanted {
        second_factor: SecondFactorLeg {
            login_id,
            kinds: kinds(kept),
        },
    }
}

async fn code(app: &App, request: LoginCode) -> Result<Response, Refusal> {
    let failed = Refusal::of(ErrorCode::LoginFailed);
    let (logins, now) = (&app.second_factors.logins, app.clock.now());
    let shown = logins.look(request.login_id, now).ok_or(failed)?;
    second_factor::check(app, shown.account, &request.code).await?;
    // Two codes at once open one session.
    open(app, logins.take(request.login_id, now).ok_or(failed)?).await
}

/// Opens the session.
pub(super) async fn open(app: &App, shown: ShownLogin) -> Result<Response, Refusal> {
    let token = Token::draw(&app.entropy);
    let account = shown.account;
    let new = NewSession {
        token: token.hash(),
        account,
        device: shown.device,
        proven: shown.proven,
        development: app.development,
    };
    let started = app.store.start_session(new).await?;
    let caller = Caller {
        account,
        device: started.device,
        token: token.hash(),
        started: app.clock.now(),
        rights: Rights::Session,
        classic: false,
    };
    let answer = LoginFinished {
        session: opened(app, &caller, &token),
        identity_key: shown.identity_key.into(),
        root_box: shown.root_box,
        must_change_password: started.must_change_password,
    };
    Ok((cookie(app, &token), Json(answer)).into_response())
}

/// The session as its owner gets it.
pub(super) fn opened(app: &App, caller: &Caller, token: &Token) -> Session {
    Session {
        account_id: caller.account,
        device_id: caller.device,
        token: token.reveal().to_owned(),
        expires: (app.clock.now().plus(SESSION_IDLE_MILLIS))
            .min(caller.started.plus(app.session_millis)),
    }
}

/// The cookie of a new session.
pub(super) fn cookie(app: &App, token: &Token) -> HeaderMap {
    let cookie = cookie::set(token, app.secure_cookies, SESSION_IDLE_MILLIS / 1_000);
    cookie
        .map(|cookie| (header::SET_COOKIE, cookie))
        .into_iter()
        .collect()
}
