//! Messages on their way into a room's log: written down, sealed for the place where the log ends, sent, and
//! replaced by their echo. One is in flight at a time, so they stand in the log in the order in which they were
//! said.

mod item;
mod send;
mod typed;

pub(crate) use item::{Item, Outbox, State};
pub(crate) use send::hex;
#[cfg(feature = "hostile-members-for-tests")]
pub(crate) use send::message as wire_message;
pub(crate) use typed::ROW as TYPED_ROW;
