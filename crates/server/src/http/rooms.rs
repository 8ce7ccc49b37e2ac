//! `GET /api/rooms` and `POST /api/rooms`, and out of a relay room.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, MAX_SAFE_INTEGER, RoomId},
    limits::{LARGE_SIDE_FILE_BYTES, PUBLIC_ROOM_NAME_MAX, SIDE_FILE_BYTES},
    rest::{CreateRoom, Empty, NewSealedRoom, Room, Rooms},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    answer::Answer,
    body::{Fields, has, parse},
    check,
    path::RoomPath,
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    session::Caller,
    store::{
        Failure, Store as _,
        relay::RelayStore as _,
        room::{CreateRefusal, CreateRelayRoom, CreateSealedRoom, Standing},
    },
};

/// Draws of a relay room's id before the server gives up; two draws of 53 bits hardly ever meet.
const DRAWS: usize = 8;

/// The account's rooms, and all relay rooms.
pub(super) async fn list(State(app): State<Shared>, caller: Caller) -> Answer<Rooms> {
    let rooms = app.store.rooms(caller.account).await?;
    Ok(Json(Rooms { rooms }))
}

/// Creates a room of either kind.
pub(super) async fn create(
    State(app): State<Shared>,
    caller: Caller,
    Fields(body): Fields,
) -> Answer<Room> {
    let request = wished(&caller, &body)?;
    let now = app.clock.now();
    app.windows
        .rooms
        .count(caller.account, now)
        .map_err(Refusal::rate_limited)?;
    let room_id = match request {
        CreateRoom::Mls(room) => create_sealed(&app, &caller, *room).await?,
        CreateRoom::SharedKey { name } => create_relay(&app, &caller, name).await?,
    };
    room(&app, room_id, caller.account).await.map(Json)
}

/// What room a request is for. A simple client names it and says no more: it means the one kind that it can be in.
fn wished(caller: &Caller, body: &RawValue) -> Result<CreateRoom, Refusal> {
    let text = body.get().as_bytes();
    if caller.classic && has(body, "name")? && !has(body, "encryption")? {
        let Named { name } = parse(text)?;
        return Ok(CreateRoom::SharedKey { name });
    }
    match parse(text)? {
        CreateRoom::Mls(_) if caller.classic => Err(Refusal::of(ErrorCode::ClassicAccount)),
        request => Ok(request),
    }
}

/// A room as a simple client names it.
#[derive(Deserialize)]
struct Named {
    name: String,
}

/// `POST /api/rooms/{room_id}/leave`: out of a relay room, which is entered by the socket's `join_room`.
pub(super) async fn leave(
    State(app): State<Shared>,
    caller: Caller,
    RoomPath(room): RoomPath,
) -> Answer<Empty> {
    app.store.leave_relay_room(room, caller.account).await?;
    Ok(Json(Empty {}))
}

async fn create_sealed(app: &App, caller: &Caller, room: NewSealedRoom) -> Result<RoomId, Refusal> {
    if caller.device.is_none() {
        return Err(Refusal::of(ErrorCode::DeviceRequired));
    }
    check::fits(&room.door, SIDE_FILE_BYTES)?;
    check::fits(&room.state, SIDE_FILE_BYTES)?;
    check::fits(&room.roster, SIDE_FILE_BYTES)?;
    check::fits(&room.tree, LARGE_SIDE_FILE_BYTES)?;
    let room_id = room.room_id;
    app.store
        .create_sealed_room(CreateSealedRoom {
            creator: caller.account,
            room,
        })
        .await?;
    Ok(room_id)
}

async fn create_relay(app: &App, caller: &Caller, name: String) -> Result<RoomId, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    if name.len() > PUBLIC_ROOM_NAME_MAX {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    for _ in 0..DRAWS {
        let drawn = u64::from_be_bytes(app.entropy.bytes()) & MAX_SAFE_INTEGER;
        let Ok(room) = RoomId::new(drawn) else {
            continue;
        };
        let new = CreateRelayRoom {
            creator: caller.account,
            room,
            name: name.to_owned(),
        };
        match app.store.create_relay_room(new).await {
            Ok(()) => return Ok(room),
            Err(Failure::Refused(CreateRefusal::RoomIdTaken)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(Refusal::of(ErrorCode::ServerError))
}

async fn room(app: &App, room_id: RoomId, account: AccountId) -> Result<Room, Refusal> {
    let view = app.room_of_member(room_id, account).await?;
    let Standing::Member(role) = view.standing else {
        return Err(Refusal::of(ErrorCode::NotAMember));
    };
    Ok(Room {
        room_id,
        encryption: view.kind,
        group_id: view.group,
        name: view.name,
        role,
        last_seq: view.last_seq,
        handshake_seq: view.handshake_seq,
    })
}
