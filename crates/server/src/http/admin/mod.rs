//! What administrators of this server do and see: one file per thing.

mod audit;
mod canary;
mod invites;
mod limits;
mod rooms;
mod sees;
mod standing;
mod storage;
mod users;

use axum::{
    Router,
    extract::{FromRequestParts, Query},
    http::request::Parts,
    routing::{delete, get, post},
};
use protocol::error::ErrorCode;
use serde::Deserialize;

use crate::{app::Shared, failure::Refusal};

/// The routes, each but the first for the session of an administrator.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/admin", get(standing::read))
        .route("/api/admin/users", get(users::list))
        .route("/api/admin/users/{account_id}", post(users::act))
        .route("/api/admin/invites", get(invites::list).post(invites::make))
        .route("/api/admin/invites/{invite_id}", delete(invites::end))
        .route("/api/admin/rooms", get(rooms::list))
        .route("/api/admin/storage", get(storage::read))
        .route("/api/admin/limits", get(limits::read))
        .route("/api/admin/audit", get(audit::list))
        .route("/api/admin/sees", get(sees::read))
        .route("/api/admin/canary", post(canary::search))
}

/// Where a page begins, as text: what it names depends on the list.
#[derive(Default, Deserialize)]
struct Page {
    after: Option<String>,
    before: Option<String>,
}

impl FromRequestParts<Shared> for Page {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let query = Query::<Self>::from_request_parts(parts, app).await;
        query
            .map(|Query(page)| page)
            .map_err(|_| Refusal::of(ErrorCode::BadRequest))
    }
}

/// Reads where a page begins.
fn place<T: std::str::FromStr>(text: Option<String>) -> Result<Option<T>, Refusal> {
    let read = |text: String| text.parse().map_err(|_| ErrorCode::BadRequest.into());
    text.map(read).transpose()
}
