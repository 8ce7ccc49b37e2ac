//! `POST /logout`.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
};
use protocol::{error::ErrorCode, rest::Empty};

use super::caller::AnyCaller;
use crate::{app::Shared, failure::Refusal, session::cookie, store::Store as _};

/// Ends the session and closes its sockets.
pub(super) async fn logout(
    State(app): State<Shared>,
    AnyCaller { caller, .. }: AnyCaller,
) -> Result<(HeaderMap, Json<Empty>), Refusal> {
    app.store.end_session(caller.token).await?;
    let body = Refusal::of(ErrorCode::SessionExpired).body(app.clock.now());
    app.hub.end_session(caller.token, &body);
    let forget = cookie::forget(app.secure_cookies);
    let headers = forget
        .map(|cookie| (header::SET_COOKIE, cookie))
        .into_iter()
        .collect();
    Ok((headers, Json(Empty {})))
}
