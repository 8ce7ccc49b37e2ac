//! `GET` and `PUT /api/rooms/{room_id}/side`: side files. None is ever part of a verdict.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    limits::{CHAIN_LINKS_PER_REPAIR, LARGE_SIDE_FILE_BYTES, SIDE_FILE_BYTES},
    rest::{Empty, Encryption, SideFiles, SideRepair},
};

use super::{answer::Answer, body::Body, caller::OnDevice, check, path::RoomPath};
use crate::{app::Shared, failure::Refusal, store::Store as _};

/// A whole roster log and a tree as base64, with the small ones beside them.
const REPAIR_BYTES: usize = 24 * 1024 * 1024;

/// The room's side files.
pub(super) async fn read(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
) -> Answer<SideFiles> {
    let view = app.room_of_member(room, caller.account).await?;
    if view.kind == Encryption::SharedKey {
        return Err(Refusal::of(ErrorCode::WrongRoomKind));
    }
    let files = app.store.side_files(room).await?;
    files.map(Json).ok_or(Refusal::of(ErrorCode::ServerError))
}

/// A member replaces side files.
pub(super) async fn repair(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
    Body(repair): Body<SideRepair, REPAIR_BYTES>,
) -> Answer<Empty> {
    if repair == SideRepair::default() {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    check::maybe_fits(repair.door.as_ref(), SIDE_FILE_BYTES)?;
    check::maybe_fits(repair.state.as_ref(), SIDE_FILE_BYTES)?;
    check::maybe_fits(repair.roster.as_ref(), LARGE_SIDE_FILE_BYTES)?;
    if repair.chain.len() > CHAIN_LINKS_PER_REPAIR {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    for link in &repair.chain {
        check::fits(link, SIDE_FILE_BYTES)?;
    }
    let tree = repair.tree.as_ref().map(|tree| &tree.snapshot);
    check::maybe_fits(tree, LARGE_SIDE_FILE_BYTES)?;
    app.store.repair_side(room, caller.account, repair).await?;
    Ok(Json(Empty {}))
}
