//! `ephemeral`: sent on, not stored.

use std::sync::Arc;

use protocol::{
    error::ErrorCode,
    events::Ephemeral,
    ids::{AccountId, RoomId},
    limits::EPHEMERAL_BYTES,
    time::Timestamp,
};
use socketioxide::extract::{AckSender, SocketRef, TryData};

use super::event;
use crate::{
    app::Shared,
    failure::Refusal,
    push::{HEARD_AFTER_REMOVAL_MILLIS, Line},
    store::{Store as _, room::Standing},
};

pub(super) async fn ephemeral(
    app: Shared,
    line: Arc<Line>,
    socket: SocketRef,
    data: TryData<Ephemeral>,
    ack: AckSender,
) {
    let result = match event::request(&line, data) {
        Ok((request, _place)) => send_on(&app, &line, &socket, request).await,
        Err(refusal) => Err(refusal),
    };
    event::done(&app, ack, result);
}

async fn send_on(
    app: &Shared,
    line: &Arc<Line>,
    socket: &SocketRef,
    event: Ephemeral,
) -> Result<(), Refusal> {
    let device = line
        .caller
        .device
        .ok_or(Refusal::of(ErrorCode::DeviceRequired))?;
    if event.body.len() > EPHEMERAL_BYTES {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    let (account, room_id, now) = (line.caller.account, event.room_id, app.clock.now());
    app.windows
        .ephemerals
        .count(device, now)
        .map_err(Refusal::rate_limited)?;
    // A socket that has joined is a member's: going out of the room closes it there.
    if !app.hub.has_joined(socket.id, room_id)
        && let Some(until) = heard_until(app, room_id, account).await?
    {
        app.hub.listen(socket, line, room_id, until);
    }
    let event = Ephemeral {
        room_id,
        sender: Some(account),
        device: Some(device),
        body: event.body,
    };
    app.hub.send_ephemeral(socket.id, &event);
    Ok(())
}

/// Until when an account that went out is heard, and hears (PROTOCOL section 1); none for a member.
async fn heard_until(
    app: &Shared,
    room: RoomId,
    account: AccountId,
) -> Result<Option<Timestamp>, Refusal> {
    let not_a_member = Refusal::of(ErrorCode::NotAMember);
    match app.visible_room(room, account).await?.standing {
        Standing::Member(_) => Ok(None),
        Standing::Stranger => Err(not_a_member),
        Standing::Left(seq) => {
            let left = app.store.posted_at(room, seq).await?.ok_or(not_a_member)?;
            let until = left.plus(HEARD_AFTER_REMOVAL_MILLIS);
            if app.clock.now() < until {
                Ok(Some(until))
            } else {
                Err(not_a_member)
            }
        }
    }
}
