//! Who asks, as an extractor.

use axum::{extract::FromRequestParts, http::request::Parts};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, DeviceId},
};

use crate::{
    app::Shared,
    failure::Refusal,
    session::{self, Caller, cookie},
};

impl FromRequestParts<Shared> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let token = cookie::token_of(&parts.method, &parts.headers);
        let token = token.ok_or(Refusal::of(ErrorCode::Unauthenticated))?;
        session::authenticate(app, &token).await
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
