//! `GET /api/admin/rooms?after=ID`: rooms by id and size. Nothing that people call them.

use axum::{Json, extract::State};
use protocol::rest::AdminRooms;

use super::{Page, place};
use crate::{
    app::Shared,
    http::{answer::Answer, caller::Administrator},
    store::admin::AdminStore as _,
};

/// A page of rooms, by id.
pub(super) async fn list(
    State(app): State<Shared>,
    _who: Administrator,
    page: Page,
) -> Answer<AdminRooms> {
    Ok(Json(app.store.all_rooms(place(page.after)?).await?))
}
