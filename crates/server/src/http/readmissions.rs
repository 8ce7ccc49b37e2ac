//! Devices that ask to be let into a group again, and whoever lets them in.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    limits::GRANT_BYTES,
    rest::{Empty, Encryption, Readmission, Readmissions},
};

use super::{answer::Answer, body::Body, caller::OnDevice, check, path::RoomPath};
use crate::{
    app::Shared,
    failure::Refusal,
    store::{Store as _, log::Poster},
};

/// `PUT /api/rooms/{room_id}/readmission`: this device asks.
pub(super) async fn ask(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
    Body(Readmission { request }): Body<Readmission>,
) -> Answer<Empty> {
    app.windows
        .readmissions
        .count(caller.device, app.clock.now())
        .map_err(Refusal::rate_limited)?;
    check::fits(&request, GRANT_BYTES)?;
    app.store
        .ask_readmission(room, asker(caller), request.0)
        .await?;
    Ok(Json(Empty {}))
}

/// `DELETE /api/rooms/{room_id}/readmission`: this device asks no more.
pub(super) async fn drop(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
) -> Answer<Empty> {
    app.store.drop_readmission(room, asker(caller)).await?;
    Ok(Json(Empty {}))
}

/// `GET /api/rooms/{room_id}/readmissions`: who asks.
pub(super) async fn list(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
) -> Answer<Readmissions> {
    let view = app.room_of_member(room, caller.account).await?;
    if view.kind == Encryption::SharedKey {
        return Err(Refusal::of(ErrorCode::WrongRoomKind));
    }
    let requests = app.store.readmissions(room).await?;
    Ok(Json(Readmissions { requests }))
}

fn asker(caller: OnDevice) -> Poster {
    Poster {
        account: caller.account,
        device: caller.device,
    }
}
