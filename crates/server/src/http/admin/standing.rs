//! `GET /api/admin`: whether whoever asks is an administrator, for screens that show the rest or do not.

use axum::{Json, extract::State};
use protocol::rest::AdminStanding;

use crate::{app::Shared, http::answer::Answer, session::Caller, store::admin::AdminStore as _};

/// No more than the caller would learn by trying.
pub(super) async fn read(State(app): State<Shared>, who: Caller) -> Answer<AdminStanding> {
    let administrator = app.store.is_admin(who.account).await?;
    Ok(Json(AdminStanding { administrator }))
}
