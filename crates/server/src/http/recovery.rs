//! What the recovery code opens, for a person who wants to know whether it does.

use axum::{Json, extract::State};
use protocol::{error::ErrorCode, rest::RecoveryBox};

use super::{answer::Answer, caller::OnDevice};
use crate::{app::Shared, failure::Refusal, store::Store as _};

/// `GET /api/recovery`. It is sealed under 128 random bits, so nobody guesses at it; and a session that is no device yet gets
/// on by the password.
pub(super) async fn read(State(app): State<Shared>, caller: OnDevice) -> Answer<RecoveryBox> {
    let found = app.store.recovery_box(caller.account).await?;
    found.map(Json).ok_or(Refusal::of(ErrorCode::NotFound))
}
