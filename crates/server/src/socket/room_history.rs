//! `room_history`.

use protocol::{
    error::ErrorCode,
    events::{History, JoinedRoom, RoomHistory, name},
    ids::Seq,
    limits::{HISTORY_PAGE, NEWEST_ENTRIES},
    rest::Encryption,
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
    if let Ok((page, Encryption::SharedKey)) = &result {
        tell(&caller, page);
    }
    let result = result.map(|(page, _)| page);
    event::answer(&caller, ack, &result, place);
    event::touch(&caller).await;
}

/// The same as an event, for clients that wait for no acknowledgement.
fn tell(Caller { app, line, road }: &Caller, page: &History) {
    app.hub.tell(line, road, name::ROOM_HISTORY, page);
}

/// Tells a simple client what was said last in a room that it has joined: it knows of no place to ask from.
pub(super) async fn tell_newest(caller: &Caller, joined: &JoinedRoom) {
    let newest = RoomHistory {
        room_id: joined.room_id,
        since: Seq(joined.last_seq.0.saturating_sub(NEWEST_ENTRIES)),
        limit: None,
    };
    match history(caller, newest).await {
        Ok((page, _)) => tell(caller, &page),
        Err(refusal) => {
            tracing::warn!(code = %refusal.code(), "a joiner was not told what was said last")
        }
    }
}

async fn history(
    Caller { app, line, .. }: &Caller,
    request: RoomHistory,
) -> Result<(History, Encryption), Refusal> {
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
    let history = History {
        room_id: room,
        entries: page.entries,
        last_seq,
        handshake_seq,
    };
    Ok((history, view.kind))
}
