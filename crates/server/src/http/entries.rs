//! `GET /api/rooms/{room_id}/entries/{seq}`: one entry in full.

use axum::{Json, extract::State};
use protocol::{error::ErrorCode, log::Entry};

use super::{answer::Answer, path::EntryPath};
use crate::{
    app::Shared,
    failure::Refusal,
    session::Caller,
    store::{Store as _, room::Standing},
};

/// One entry. Who went out reads up to the commit that did it.
pub(super) async fn read(
    State(app): State<Shared>,
    caller: Caller,
    EntryPath(room, seq): EntryPath,
) -> Answer<Entry> {
    let view = app.visible_room(room, caller.account).await?;
    if let Standing::Left(left) = view.standing
        && seq > left
    {
        return Err(Refusal::of(ErrorCode::NotAMember));
    }
    let entry = app.store.entry(room, seq).await?;
    entry.map(Json).ok_or(Refusal::of(ErrorCode::NotFound))
}
