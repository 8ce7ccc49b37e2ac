//! `ephemeral`: sent on, not stored.

use protocol::{
    error::ErrorCode,
    events::Ephemeral,
    ids::{AccountId, RoomId},
    limits::EPHEMERAL_BYTES,
    rest::Empty,
    time::Timestamp,
};

use super::event::{self, Ack, Caller, Entered};
use crate::{
    app::App,
    failure::Refusal,
    push::HEARD_AFTER_REMOVAL_MILLIS,
    store::{Store as _, room::Standing},
};

pub(super) async fn ephemeral(caller: Caller, ack: Ack, entered: Entered<Ephemeral>) {
    let (result, place) = match entered {
        Ok((request, place)) => (send_on(&caller, request).await, Some(place)),
        Err(refusal) => (Err(refusal), None),
    };
    event::answer(&caller, ack, &result.map(|()| Empty {}), place);
}

async fn send_on(Caller { app, line, road }: &Caller, event: Ephemeral) -> Result<(), Refusal> {
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
    if !app.hub.has_joined(line, room_id)
        && let Some(until) = heard_until(app, room_id, account).await?
    {
        app.hub.listen(line, road, room_id, until);
    }
    let event = Ephemeral {
        room_id,
        sender: Some(account),
        device: Some(device),
        body: event.body,
    };
    app.hub.send_ephemeral(line, &event);
    Ok(())
}

/// Until when an account that went out is heard, and hears (PROTOCOL section 1); none for a member.
async fn heard_until(
    app: &App,
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
