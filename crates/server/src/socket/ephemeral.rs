//! `ephemeral`: sent on, not stored.

use std::sync::Arc;

use protocol::{error::ErrorCode, events::Ephemeral, limits::EPHEMERAL_BYTES};
use socketioxide::extract::{AckSender, SocketRef, TryData};

use super::event;
use crate::{app::Shared, failure::Refusal, push::Line};

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
    line: &Line,
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
    if !app.hub.has_joined(socket.id, room_id) {
        app.room_of_member(room_id, account).await?;
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
