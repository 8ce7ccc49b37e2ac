//! `GET /api/rooms/{room_id}/members`: the server's own table.

use axum::{Json, extract::State};
use protocol::rest::Members;

use super::{answer::Answer, path::RoomPath};
use crate::{app::Shared, session::Caller, store::Store as _};

/// Who is in the room, by the server's word.
pub(super) async fn list(
    State(app): State<Shared>,
    caller: Caller,
    RoomPath(room): RoomPath,
) -> Answer<Members> {
    app.room_of_member(room, caller.account).await?;
    let members = app.store.members(room).await?;
    Ok(Json(Members { members }))
}
