//! What the recovery code opens, for a person who wants to know whether it does.

use axum::{Json, extract::State};
use protocol::{error::ErrorCode, rest::RecoveryBox};

use super::answer::Answer;
use crate::{app::Shared, failure::Refusal, session::Caller, store::Store as _};

/// `GET /api/recovery`. It is sealed under 128 random bits, so nobody guesses at it.
pub(super) async fn read(State(app): State<Shared>, caller: Caller) -> Answer<RecoveryBox> {
    // The code opens the whole account: a session that is no device yet gets on by the password.
    if caller.device.is_none() {
        return Err(Refusal::of(ErrorCode::DeviceRequired));
    }
    let found = app.store.recovery_box(caller.account).await?;
    found.map(Json).ok_or(Refusal::of(ErrorCode::NotFound))
}
