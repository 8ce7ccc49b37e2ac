//! `room_history`.

use protocol::{
    error::ErrorCode,
    events::{History, RoomHistory},
    limits::HISTORY_PAGE,
};

use super::event::{self, Ack, Caller, Entered};
use crate::{
    failure::Refusal,
    store::{Store as _, room::Standing},
};

pub(super) async fn room_history(caller: Caller, ack: Ack, entered: Entered<RoomHistory>) {
    let (result, place) = match entered {
        Ok((request, mut place)) => {
            caller.line.enter_page(&mut place).await;
            (history(&caller, request).await, Some(place))
        }
        Err(refusal) => (Err(refusal), None),
    };
    event::answer(&caller, ack, &result, place);
    event::touch(&caller).await;
}

async fn history(
    Caller { app, line, .. }: &Caller,
    request: RoomHistory,
) -> Result<History, Refusal> {
    // Before the read: what is committed after it is pushed again.
    line.resume();
    let room = request.room_id;
    let view = app.visible_room(room, line.caller.account).await?;
    let (last_seq, handshake_seq) = match view.standing {
        // The commit that took the account out is the last that it may read, so that its client learns why.
        Standing::Left(left) if request.since < left => (left, left),
        Standing::Left(_) | Standing::Stranger => {
            return Err(Refusal::of(ErrorCode::NotAMember));
        }
        Standing::Member(_) => (view.last_seq, view.handshake_seq),
    };
    let limit = request.limit.unwrap_or(HISTORY_PAGE).clamp(1, HISTORY_PAGE);
    let page = app
        .store
        .history(room, request.since, last_seq, limit)
        .await?;
    Ok(History {
        room_id: room,
        entries: page.entries,
        last_seq,
        handshake_seq,
    })
}
