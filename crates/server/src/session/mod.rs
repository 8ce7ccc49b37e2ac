//! Sessions: random tokens, hashed at rest, as bearer token or cookie.

pub(crate) mod cookie;
mod token;

use protocol::{
    error::ErrorCode,
    ids::{AccountId, DeviceId},
    time::Timestamp,
};

pub(crate) use token::Token;

use crate::{
    app::App,
    failure::Refusal,
    store::{Store as _, session::TokenHash},
};

/// A used session is noted at most this often.
const TOUCH_MILLIS: u64 = 3_600_000;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) device: Option<DeviceId>,
    pub(crate) token: TokenHash,
    /// When the session began.
    pub(crate) started: Timestamp,
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash")
    }
}

/// Who shows this token, if the account may do anything: one that has yet to get a password of its own may not.
pub(crate) async fn authenticate(app: &App, token: &Token) -> Result<Caller, Refusal> {
    let (caller, must_change_password) = identify(app, token).await?;
    if must_change_password {
        return Err(Refusal::of(ErrorCode::PasswordChangeRequired));
    }
    Ok(caller)
}

/// Who shows this token, and whether all that it may do is to set a password. A session that ended is told apart from one
/// that never was.
pub(crate) async fn identify(app: &App, token: &Token) -> Result<(Caller, bool), Refusal> {
    let hash = token.hash();
    let row = app.store.session(hash).await?;
    let row = row.ok_or(Refusal::of(ErrorCode::Unauthenticated))?;
    let now = app.clock.now();
    if !row.is_live(now, app.session_millis) {
        return Err(Refusal::of(ErrorCode::SessionExpired));
    }
    if row.disabled {
        return Err(Refusal::of(ErrorCode::AccountDisabled));
    }
    if now.since(row.used_at) >= TOUCH_MILLIS {
        app.store.touch_session(hash).await?;
    }
    let caller = Caller {
        account: row.account,
        device: row.device,
        token: hash,
        started: row.started_at,
    };
    Ok((caller, row.must_change_password))
}
