//! Classic accounts, over the paths of the others: a body with a `password` is one of theirs.

use axum::{
    Json,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use protocol::{
    error::ErrorCode,
    ids::AccountId,
    names::UserName,
    password,
    rest::{
        ClassicChange as Change, ClassicDelete, ClassicLogin, ClassicPassword, ClassicRegister,
    },
};

use super::{
    deletion::deleted,
    login::{cookie, guess, guess_of_session, opened},
    register::{admitted, free},
    sessions::cut,
};
use crate::{
    app::App,
    classic::Right,
    failure::Refusal,
    session::{Caller, Rights, Token},
    store::{
        Store as _,
        classic::{ClassicChange, ClassicStore as _, NewClassic},
        credentials::Proven,
        deletion::Deletion,
        session::NewSession,
    },
};

/// Makes an account, with its first session.
pub(super) async fn register(app: &App, request: ClassicRegister) -> Result<Response, Refusal> {
    app.classic.is_on()?;
    let invite = admitted(app, request.invite.as_ref()).await?;
    free(app, &request.username).await?;
    is_strong(&request.password, &request.username)?;
    let account = AccountId::from_bytes(app.entropy.bytes());
    let kept = app.classic.keep(account, request.password, &app.entropy);
    let kept = kept.await?;
    let token = Token::draw(&app.entropy);
    app.store
        .register_classic(NewClassic {
            account,
            name: request.username,
            kept,
            token: Some(token.hash()),
            invite,
        })
        .await?;
    Ok(session(app, account, &token))
}

/// Begins a session of whoever has the password.
pub(super) async fn log_in(
    app: &App,
    headers: &HeaderMap,
    request: ClassicLogin,
) -> Result<Response, Refusal> {
    app.classic.is_on()?;
    guess(app, headers, &request.username).await?;
    let record = app.store.classic_named(&request.username).await?;
    let found = record.map(|it| (it.account, it.kept));
    let (account, kept) = right(app, found, request.password).await?;
    let token = Token::draw(&app.entropy);
    app.store
        .start_session(NewSession {
            token: token.hash(),
            account,
            device: None,
            proven: Proven::Classic(kept),
            development: app.development,
        })
        .await?;
    Ok(session(app, account, &token))
}

/// Sets another password; this session goes on under another token, and all others end.
pub(super) async fn change(
    app: &App,
    caller: &Caller,
    request: Change,
) -> Result<Response, Refusal> {
    let account = caller.account;
    let (proven, name) = proven(app, caller, request.password).await?;
    is_strong(&request.new_password, &name)?;
    let kept = app
        .classic
        .keep(account, request.new_password, &app.entropy);
    let kept = kept.await?;
    let token = Token::draw(&app.entropy);
    let ended = app
        .store
        .change_classic(ClassicChange {
            account,
            proven,
            kept,
            old_token: caller.token,
            new_token: token.hash(),
        })
        .await?;
    cut(app, ended);
    Ok(session(app, account, &token))
}

/// Ends the account.
pub(super) async fn delete(
    app: &App,
    caller: &Caller,
    request: ClassicDelete,
) -> Result<Response, Refusal> {
    let account = caller.account;
    let (proven, _) = proven(app, caller, request.password).await?;
    let ended = app
        .store
        .delete_account(Deletion { account, proven })
        .await?;
    Ok(deleted(app, ended).into_response())
}

/// That whoever has the session knows the password as well. Wrong ones are counted: a stolen session guesses no faster
/// than anybody else.
async fn proven(
    app: &App,
    caller: &Caller,
    password: ClassicPassword,
) -> Result<(Proven, UserName), Refusal> {
    guess_of_session(app, caller.token)?;
    let found = app.store.classic(caller.account).await?;
    let (name, kept) = found.ok_or(Refusal::of(ErrorCode::ClassicAccount))?;
    let (_, kept) = right(app, Some((caller.account, kept)), password).await?;
    Ok((Proven::Classic(kept), name))
}

/// The account whose password this is, and what is kept of it now. Nobody's takes as long.
async fn right(
    app: &App,
    found: Option<(AccountId, Vec<u8>)>,
    password: ClassicPassword,
) -> Result<(AccountId, Vec<u8>), Refusal> {
    let shown = found
        .as_ref()
        .map(|(account, kept)| (*account, kept.as_slice()));
    let right = app.classic.check(shown, password, &app.entropy).await?;
    let (account, kept) = found.ok_or(Refusal::of(ErrorCode::LoginFailed))?;
    match right {
        Right::AsKept => Ok((account, kept)),
        Right::Keep(anew) => {
            app.store.keep_anew(account, kept, anew.clone()).await?;
            Ok((account, anew))
        }
    }
}

fn is_strong(password: &ClassicPassword, name: &UserName) -> Result<(), Refusal> {
    password::check(&password.0, name).map_err(|_| Refusal::of(ErrorCode::WeakPassword))
}

fn session(app: &App, account: AccountId, token: &Token) -> Response {
    let caller = Caller {
        account,
        device: None,
        token: token.hash(),
        started: app.clock.now(),
        rights: Rights::Session,
        classic: true,
    };
    (cookie(app, token), Json(opened(app, &caller, token))).into_response()
}
