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
    let result = match event::request(&line, data) {
        Ok((request, _place)) => join(&app, &line, &socket, request.room_id).await,
        Err(refusal) => Err(refusal),
    };
    event::touch(&app, &line).await;
    event::answer(&app, ack, &result);
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
    // Read after joining: what is committed later is pushed, what is not is within `last_seq`.
    let joined = app.room_of_member(room, account).await;
    let view = joined.inspect_err(|_| app.hub.leave(socket.id, room))?;
    Ok(JoinedRoom {
        room_id: room,
        last_seq: view.last_seq,
        handshake_seq: view.handshake_seq,
    })
}
