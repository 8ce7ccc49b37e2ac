//! Sessions: random tokens, hashed at rest, as bearer token or cookie; and the tokens that stand for them, or for a bot.

mod access;
pub(crate) mod cookie;
mod family;
#[cfg(feature = "fuzzing-for-tests")]
pub(crate) mod fuzzing;
mod refresh;
mod rights;
mod shown;
mod token;

use protocol::{
    error::ErrorCode,
    ids::{AccountId, DeviceId},
    time::Timestamp,
};

pub(crate) use access::AccessKey;
pub(crate) use family::FamilyId;
pub(crate) use refresh::RefreshToken;
pub(crate) use rights::{Rights, Scopes};
pub(crate) use shown::Shown;
pub(crate) use token::Token;

use crate::{
    app::App,
    failure::Refusal,
    store::{
        Store as _, StoreError,
        session::{SessionRow, TokenHash},
        token::TokenStore as _,
    },
};

/// A used session is noted at most this often.
const TOUCH_MILLIS: u64 = 3_600_000;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) device: Option<DeviceId>,
    /// Of the session, or of the API token.
    pub(crate) token: TokenHash,
    /// When the session began.
    pub(crate) started: Timestamp,
    /// What the token that was shown allows.
    pub(crate) rights: Rights,
    /// The account is a classic one: no devices, no vault, shared-key rooms only.
    pub(crate) classic: bool,
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash")
    }
}

/// Who shows this, if the account may do anything: one that has yet to get a password of its own may not.
pub(crate) async fn authenticate(app: &App, shown: &Shown) -> Result<Caller, Refusal> {
    let (caller, must_change_password) = identify(app, shown).await?;
    if must_change_password {
        return Err(Refusal::of(ErrorCode::PasswordChangeRequired));
    }
    Ok(caller)
}

/// Who shows this, and whether all that it may do is to set a password. A session that ended is told apart from one that
/// never was. Whatever is shown, what it stands for is looked up: an end is an end at once.
pub(crate) async fn identify(app: &App, shown: &Shown) -> Result<(Caller, bool), Refusal> {
    match shown {
        Shown::Session(token) => {
            let row = app.store.session(token.hash()).await?;
            let row = row.ok_or(Refusal::of(ErrorCode::Unauthenticated))?;
            of_session(app, row, Rights::Session).await
        }
        Shown::Access(text) => {
            let (account, family) = app.access_key.check(text, app.clock.now())?;
            let row = app.store.family(family).await?;
            let row = row.filter(|row| row.session.account == account);
            let row = row.ok_or(Refusal::of(ErrorCode::SessionExpired))?;
            if row.ended {
                return Err(Refusal::of(ErrorCode::SessionExpired));
            }
            of_session(app, row.session, Rights::Access(family)).await
        }
        Shown::Api(token) => of_api_token(app, token.hash()).await,
    }
}

async fn of_session(app: &App, row: SessionRow, rights: Rights) -> Result<(Caller, bool), Refusal> {
    let now = app.clock.now();
    stands(app, &row)?;
    if row.classic {
        app.classic.is_on()?;
    }
    if now.since(row.used_at) >= TOUCH_MILLIS {
        app.store.touch_session(row.token).await?;
    }
    let caller = Caller {
        account: row.account,
        device: row.device,
        token: row.token,
        started: row.started_at,
        rights,
        classic: row.classic,
    };
    Ok((caller, row.must_change_password))
}

/// Whether a session counts now.
///
/// # Errors
/// `SESSION_EXPIRED`, `ACCOUNT_DISABLED`, `ACCOUNT_DELETED`.
pub(crate) fn stands(app: &App, row: &SessionRow) -> Result<(), Refusal> {
    if row.deleted {
        return Err(Refusal::of(ErrorCode::AccountDeleted));
    }
    if !row.is_live(app.clock.now(), app.session_millis) {
        return Err(Refusal::of(ErrorCode::SessionExpired));
    }
    if row.disabled {
        return Err(Refusal::of(ErrorCode::AccountDisabled));
    }
    Ok(())
}

async fn of_api_token(app: &App, token: TokenHash) -> Result<(Caller, bool), Refusal> {
    let row = app.store.api_token(token).await?;
    let row = row.ok_or(Refusal::of(ErrorCode::Unauthenticated))?;
    let now = app.clock.now();
    if now >= row.expires_at {
        return Err(Refusal::of(ErrorCode::SessionExpired));
    }
    if row.disabled {
        return Err(Refusal::of(ErrorCode::AccountDisabled));
    }
    let used = row.used_at.unwrap_or_default();
    if now.since(used) >= TOUCH_MILLIS {
        app.store.touch_api_token(token).await?;
    }
    let caller = Caller {
        account: row.account,
        device: Some(row.device),
        token,
        started: row.made_at,
        rights: Rights::Api(row.scopes),
        classic: false,
    };
    Ok((caller, row.must_change_password))
}

/// Notes that what a socket was opened with is used.
pub(crate) async fn touch(app: &App, caller: &Caller) -> Result<(), StoreError> {
    match caller.rights {
        Rights::Api(_) => app.store.touch_api_token(caller.token).await,
        Rights::Session | Rights::Access(_) => app.store.touch_session(caller.token).await,
    }
}
