//! `join_room`.

use std::sync::Arc;

use protocol::{
    error::ErrorCode,
    events::{JoinRoom, JoinedRoom},
    ids::RoomId,
    rest::Encryption,
};
use socketioxide::extract::{AckSender, SocketRef, TryData};

use super::event;
use crate::{
    app::Shared,
    failure::Refusal,
    push::Line,
    store::{Store as _, room::Standing},
};

pub(super) async fn join_room(
    app: Shared,
    line: Arc<Line>,
    socket: SocketRef,
    data: TryData<JoinRoom>,
    ack: AckSender,
) {
    let (result, _place) = match event::request(&line, data) {
        Ok((request, place)) => (
            join(&app, &line, &socket, request.room_id).await,
            Some(place),
        ),
        Err(refusal) => (Err(refusal), None),
    };
    event::answer(&app, ack, &result);
    if let Ok(joined) = result {
        app.hub.open(socket.id, joined.room_id, joined.last_seq);
    }
    event::touch(&app, &line).await;
}

async fn join(
    app: &Shared,
    line: &Arc<Line>,
    socket: &SocketRef,
    room: RoomId,
) -> Result<JoinedRoom, Refusal> {
    let account = line.caller.account;
    let view = app.store.view(room, account).await?;
    let view = view.ok_or(Refusal::of(ErrorCode::RoomNotFound))?;
    match (view.standing, view.kind) {
        (Standing::Member(_), _) => {}
        (_, Encryption::SharedKey) => app.store.join_relay_room(room, account).await?,
        (Standing::Left(_), Encryption::Mls) => return Err(Refusal::of(ErrorCode::NotAMember)),
        (Standing::Stranger, Encryption::Mls) => {
            return Err(Refusal::of(ErrorCode::RoomNotFound));
        }
    }
    line.resume();
    app.hub.join(socket, line, room);
    // Read after taking the seat: what is committed later waits there, what is not is within `last_seq`.
    let joined = app.room_of_member(room, account).await;
    let view = joined.inspect_err(|_| app.hub.leave(socket.id, room))?;
    Ok(JoinedRoom {
        room_id: room,
        last_seq: view.last_seq,
        handshake_seq: view.handshake_seq,
    })
}
