//! Socket.IO: one file per event. Every handler is registered before the connect answer is sent, so the first event
//! of a client cannot be lost; every event is acknowledged with its answer or an error body.

mod connect;
mod ephemeral;
mod event;
mod join_room;
mod room_history;
mod send_message;
mod unknown;

use std::{sync::Arc, time::Duration};

use socketioxide::{
    ParserConfig, SocketIo, extract::SocketRef, handler::ConnectHandler as _, layer::SocketIoLayer,
};

use crate::app::Shared;

/// Packets that wait for one socket; beyond it pushes are dropped and the socket is told. At thousands of messages a
/// second this is half a second of a reader that was not scheduled.
pub(crate) const BUFFERED_PACKETS: usize = 4_096;
/// One packet from a client: a message with its keys, as JSON.
const PACKET_BYTES: usize = 1024 * 1024;
const PING_EVERY: Duration = Duration::from_secs(25);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// The layer that answers `/socket.io/`.
pub(crate) fn layer(app: &Shared, buffered_packets: usize) -> (SocketIoLayer, SocketIo) {
    let parser = ParserConfig::common()
        .max_incoming_binaries(1)
        .max_incoming_binary_buf_size(PACKET_BYTES);
    let (layer, io) = SocketIo::builder()
        .with_parser(parser)
        .max_buffer_size(buffered_packets)
        .max_payload(PACKET_BYTES as u64)
        .ws_max_message_size(PACKET_BYTES)
        .ws_max_frame_size(PACKET_BYTES)
        .ping_interval(PING_EVERY)
        .ping_timeout(PING_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .build_layer();
    namespace(&io, app);
    (layer, io)
}

fn namespace(io: &SocketIo, app: &Shared) {
    let admit = {
        let app = Arc::clone(app);
        move |socket: SocketRef, auth| connect::admit(Arc::clone(&app), socket, auth)
    };
    let greet = {
        let app = Arc::clone(app);
        // The body runs at once, only what it returns is spawned.
        move |socket: SocketRef| {
            connect::greet(&app, &socket);
            std::future::ready(())
        }
    };
    io.ns("/", greet.with(admit));
}
