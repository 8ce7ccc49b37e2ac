//! `GET /healthz` and `GET /readyz`, for whoever runs the server.

use axum::{Json, extract::State};
use protocol::rest::Empty;

use super::answer::Answer;
use crate::{app::Shared, store::Store as _};

/// The probe writes to disk, so it runs at most this often; in between the last result counts.
const PROBE_MILLIS: u64 = 1_000;

/// The process answers.
pub(super) async fn alive() -> Json<Empty> {
    Json(Empty {})
}

/// The store takes writes.
pub(super) async fn ready(State(app): State<Shared>) -> Answer<Empty> {
    let mut last = app.last_probe.lock().await;
    let now = app.clock.now();
    if let Some((at, result)) = *last
        && now.since(at) < PROBE_MILLIS
    {
        return result.map(|()| Json(Empty {}));
    }
    let result = app
        .store
        .probe()
        .await
        .map_err(crate::failure::Refusal::from);
    *last = Some((now, result));
    result.map(|()| Json(Empty {}))
}
