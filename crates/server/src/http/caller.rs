//! Who asks, as an extractor.

use axum::{extract::FromRequestParts, http::request::Parts};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, DeviceId},
};

use super::scopes;
use crate::{
    app::Shared,
    failure::Refusal,
    session::{self, Caller, cookie},
    store::admin::AdminStore as _,
};

impl FromRequestParts<Shared> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let shown = cookie::shown_of(&parts.method, &parts.headers, app.secure_cookies);
        let shown = shown.ok_or(Refusal::of(ErrorCode::Unauthenticated))?;
        let caller = session::authenticate(app, &shown).await?;
        scopes::check(&caller, parts)?;
        Ok(caller)
    }
}

/// Who asks, also while the account has yet to get a password of its own: for what such a session may do.
pub(super) struct AnyCaller {
    pub(super) caller: Caller,
    /// All that the session is for is to set a password.
    pub(super) must_change_password: bool,
}

impl FromRequestParts<Shared> for AnyCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let shown = cookie::shown_of(&parts.method, &parts.headers, app.secure_cookies);
        let shown = shown.ok_or(Refusal::of(ErrorCode::Unauthenticated))?;
        let (caller, must_change_password) = session::identify(app, &shown).await?;
        scopes::check(&caller, parts)?;
        Ok(Self {
            caller,
            must_change_password,
        })
    }
}

/// An administrator of this server who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Administrator(pub(super) AccountId);

impl FromRequestParts<Shared> for Administrator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Caller { account, .. } = Caller::from_request_parts(parts, app).await?;
        if !app.store.is_admin(account).await? {
            return Err(Refusal::of(ErrorCode::Forbidden));
        }
        app.windows
            .admin
            .count(account, app.clock.now())
            .map_err(Refusal::rate_limited)?;
        Ok(Self(account))
    }
}

/// Who asks, from which device.
#[derive(Debug, Clone, Copy)]
pub(super) struct OnDevice {
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
}

impl FromRequestParts<Shared> for OnDevice {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let device = caller
            .device
            .ok_or(Refusal::of(ErrorCode::DeviceRequired))?;
        Ok(Self {
            account: caller.account,
            device,
        })
    }
}
