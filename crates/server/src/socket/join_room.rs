//! `join_room`.

use protocol::{
    error::ErrorCode,
    events::{JoinRoom, JoinedRoom},
    ids::RoomId,
    rest::{Encryption, Scope},
};

use super::{
    event::{self, Ack, Caller, Entered},
    room_history::tell_newest,
};
use crate::{
    failure::Refusal,
    store::{Store as _, relay::RelayStore as _, room::Standing},
};

pub(super) async fn join_room(caller: Caller, ack: Ack, entered: Entered<JoinRoom>) {
    let (result, place) = match entered {
        Ok((request, place)) => (join(&caller, request.room_id).await, Some(place)),
        Err(refusal) => (Err(refusal), None),
    };
    event::answer(&caller, ack, &result, place);
    if let Ok(joined) = result {
        if caller.line.caller.classic {
            tell_newest(&caller, &joined).await;
        }
        let hub = &caller.app.hub;
        hub.open(&caller.line, joined.room_id, joined.last_seq);
    }
    event::touch(&caller).await;
}

async fn join(Caller { app, line, road }: &Caller, room: RoomId) -> Result<JoinedRoom, Refusal> {
    let account = line.caller.account;
    let view = app.store.view(room, account).await?;
    let view = view.ok_or(Refusal::of(ErrorCode::RoomNotFound))?;
    match (view.standing, view.kind) {
        (Standing::Member(_), _) => {}
        (_, Encryption::SharedKey) => {
            line.caller.rights.need(Scope::Write)?;
            app.store.join_relay_room(room, account).await?;
        }
        (Standing::Left(_), Encryption::Mls) => return Err(Refusal::of(ErrorCode::NotAMember)),
        (Standing::Stranger, Encryption::Mls) => {
            return Err(Refusal::of(ErrorCode::RoomNotFound));
        }
    }
    line.resume();
    app.hub.join(line, road, room);
    // Read after taking the seat: what is committed later waits there, what is not is within `last_seq`.
    let joined = app.room_of_member(room, account).await;
    let view = joined.inspect_err(|_| app.hub.leave(line, room))?;
    let waiting = app.store.readmissions(room).await;
    let waiting = waiting.inspect_err(|_| app.hub.leave(line, room))?;
    Ok(JoinedRoom {
        room_id: room,
        last_seq: view.last_seq,
        handshake_seq: view.handshake_seq,
        readmissions: !waiting.is_empty(),
    })
}
