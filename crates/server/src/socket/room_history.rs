//! `room_history`.

use std::sync::Arc;

use protocol::{
    error::ErrorCode,
    events::{History, RoomHistory},
    limits::HISTORY_PAGE,
};
use socketioxide::extract::{AckSender, TryData};

use super::event;
use crate::{
    app::Shared,
    failure::Refusal,
    push::Line,
    store::{Store as _, room::Standing},
};

pub(super) async fn room_history(
    app: Shared,
    line: Arc<Line>,
    data: TryData<RoomHistory>,
    ack: AckSender,
) {
    let result = match event::request(&line, data) {
        Ok((request, _place)) => history(&app, &line, request).await,
        Err(refusal) => Err(refusal),
    };
    event::answer(&app, ack, &result);
    event::touch(&app, &line).await;
}

async fn history(app: &Shared, line: &Line, request: RoomHistory) -> Result<History, Refusal> {
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
