//! Socket.IO: one file per event, and two roads that they come by. A client that opens a WebSocket straight away, as
//! ours do, takes the [direct road](direct); polling and what is upgraded from it takes the library's. Every event is
//! acknowledged with its answer or an error body.

mod connect;
pub(crate) mod direct;
mod ephemeral;
mod event;
mod events;
mod join_room;
pub(crate) mod library;
mod room_history;
mod send_message;
mod unknown;

use std::time::Duration;

/// Where both roads begin.
const PATH: &str = "/socket.io";
/// One packet from a client: a message with its keys, as JSON.
const PACKET_BYTES: usize = 1024 * 1024;
const PING_EVERY: Duration = Duration::from_secs(25);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
