//! The list of all events, whichever road they come by.

use std::{future::Future, pin::Pin};

use protocol::events::name;

use super::{
    ephemeral::ephemeral,
    event::{self, Ack, Caller, Payload},
    join_room::join_room,
    room_history::room_history,
    send_message::send_message,
    unknown::unknown,
};

/// Handles an event. What must happen in the order of the events has happened when this returns; the future does the
/// rest, and acknowledges.
pub(super) fn handle(
    caller: Caller,
    ack: Ack,
    name: &str,
    payload: Payload<'_>,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let line = caller.line.clone();
    match name {
        name::JOIN_ROOM => Box::pin(join_room(caller, ack, event::request(&line, payload))),
        name::SEND_MESSAGE => Box::pin(send_message(caller, ack, event::writing(&line, payload))),
        name::ROOM_HISTORY => Box::pin(room_history(caller, ack, event::request(&line, payload))),
        name::EPHEMERAL => Box::pin(ephemeral(caller, ack, event::writing(&line, payload))),
        _ => Box::pin(unknown(caller, ack)),
    }
}
