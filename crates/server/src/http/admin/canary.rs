//! `POST /api/admin/canary`: whether anything that a client has sealed lies readable in the files of this server.
//!
//! It reads all that is stored, so it is done one at a time and a few times an hour; and it finds canaries only, so that
//! nobody searches the database for anything else by it.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    rest::{Canaries, CanaryReport},
};

use crate::{
    app::Shared,
    failure::Refusal,
    http::{answer::Answer, body::Body, caller::Administrator},
    store::admin::{Actor, AdminStore as _},
};

/// A search that runs lets others wait this long before they ask again.
const BUSY_MILLIS: u64 = 5_000;

/// Searches for canaries, and for what is known to be there.
pub(super) async fn search(
    State(app): State<Shared>,
    Administrator(who): Administrator,
    Body(canaries): Body<Canaries>,
) -> Answer<CanaryReport> {
    let wanted = &canaries.canaries;
    if wanted.len() > Canaries::MAX {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    if wanted.is_empty() || !wanted.iter().all(|text| Canaries::is_one(text)) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    let busy = Refusal::rate_limited(BUSY_MILLIS);
    let _alone = app.searching.try_lock().map_err(|_| busy)?;
    app.windows
        .searches
        .count((), app.clock.now())
        .map_err(Refusal::rate_limited)?;
    app.store.note_search(Actor::Account(who)).await?;
    Ok(Json(app.store.search(canaries, who).await?))
}
