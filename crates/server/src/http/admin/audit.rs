//! `GET /api/admin/audit?before=ID`: what administrators did.

use axum::{Json, extract::State};
use protocol::rest::Audit;

use super::{Page, place};
use crate::{
    app::Shared,
    http::{answer::Answer, caller::Administrator},
    store::admin::AdminStore as _,
};

/// A page of acts, newest first.
pub(super) async fn list(
    State(app): State<Shared>,
    _who: Administrator,
    page: Page,
) -> Answer<Audit> {
    Ok(Json(app.store.audit(place(page.before)?).await?))
}
