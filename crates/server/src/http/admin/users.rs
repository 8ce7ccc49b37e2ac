//! Accounts: `GET /api/admin/users?after=NAME` lists them, `POST /api/admin/users/{account_id}` acts on one.

use axum::{
    Json,
    extract::{Path, State},
};
use protocol::{
    error::ErrorCode,
    names::UserName,
    rest::{Act, AdminUser, AdminUsers, UserAct},
};

use super::Page;
use crate::{
    app::{App, Shared},
    failure::Refusal,
    http::{answer::Answer, body::Body, caller::Administrator, path::parse},
    store::admin::{Actor, AdminStore as _, UserActing},
};

/// A page of accounts, by name.
pub(super) async fn list(
    State(app): State<Shared>,
    _who: Administrator,
    page: Page,
) -> Answer<AdminUsers> {
    let name =
        |text: String| UserName::parse(&text).map_err(|_| Refusal::of(ErrorCode::BadRequest));
    let after = page.after.map(name).transpose()?;
    Ok(Json(app.store.users(after).await?))
}

/// Does something to an account, and closes the sockets of sessions that end by it.
pub(super) async fn act(
    State(app): State<Shared>,
    Administrator(who): Administrator,
    Path(account): Path<String>,
    Body(UserAct { act }): Body<UserAct>,
) -> Answer<AdminUser> {
    let target = parse(&account, ErrorCode::AccountNotFound)?;
    if !is_about_an_account(act) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    let acting = UserActing {
        actor: Actor::Account(who),
        target,
        act,
        drawn: drawn_name(&app)?,
    };
    let done = app.store.act_on_user(acting).await?;
    let code = if done.user.disabled {
        ErrorCode::AccountDisabled
    } else {
        ErrorCode::SessionExpired
    };
    let body = Refusal::of(code).body(app.clock.now());
    for token in done.ended {
        app.hub.end_session(token, &body);
    }
    Ok(Json(done.user))
}

const fn is_about_an_account(act: Act) -> bool {
    match act {
        Act::Disable
        | Act::Enable
        | Act::FreeName
        | Act::EndSessions
        | Act::Grant
        | Act::Withdraw => true,
        Act::MakeInvite
        | Act::WithdrawInvite
        | Act::BecomeAdmin
        | Act::SearchCanary
        | Act::RefreshReuse
        | Act::PasskeyCloned => false,
    }
}

/// The name that an account has whose own was freed.
fn drawn_name(app: &App) -> Result<UserName, Refusal> {
    let name = format!("gone-{}", hex::encode(app.entropy.bytes::<13>()));
    UserName::parse(&name).map_err(|_| Refusal::of(ErrorCode::ServerError))
}
