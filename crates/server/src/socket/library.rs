//! The road of the Socket.IO library: polling, and WebSockets that were upgraded from it. Handlers are registered before
//! the connect answer is sent, so the first event of a client cannot be lost.

use std::{future::Future, sync::Arc};

use protocol::events::Auth;
use serde_json::Value;
use socketioxide::{
    ParserConfig, SocketIo,
    extract::{AckSender, Event, SocketRef, TryData},
    handler::ConnectHandler as _,
    layer::SocketIoLayer,
};

use super::{
    CONNECT_TIMEOUT, PACKET_BYTES, PING_EVERY, PING_TIMEOUT,
    connect::{self, NotAdmitted},
    event::{Ack, Caller, Payload},
    events,
};
use crate::{
    app::{App, Shared},
    push::{Line, Road},
    session::cookie,
};

/// Packets that wait for one socket; beyond it pushes are dropped and the socket is told. The library counts no bytes:
/// with pushes of 64 KiB these are 4 MiB.
const BUFFERED_PACKETS: usize = 64;

/// The layer that answers `/socket.io/`.
pub(crate) fn layer(app: &Shared) -> (SocketIoLayer, SocketIo) {
    let parser = ParserConfig::common()
        .max_incoming_binaries(1)
        .max_incoming_binary_buf_size(PACKET_BYTES);
    let (layer, io) = SocketIo::builder()
        .with_parser(parser)
        .max_buffer_size(BUFFERED_PACKETS)
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
        move |socket: SocketRef, auth| admit(Arc::clone(&app), socket, auth)
    };
    let greet = {
        let app = Arc::clone(app);
        // The body runs at once, only what it returns is spawned.
        move |socket: SocketRef| {
            greet(&app, socket);
            std::future::ready(())
        }
    };
    io.ns("/", greet.with(admit));
}

async fn admit(
    app: Shared,
    socket: SocketRef,
    TryData(auth): TryData<Auth>,
) -> Result<(), NotAdmitted> {
    let cookie = cookie::socket_token_of(&socket.req_parts().headers, app.secure_cookies);
    let line = connect::admit(&app, auth.ok(), cookie.as_ref()).await?;
    register(&app, &socket, &line);
    socket.extensions.insert(line);
    Ok(())
}

/// The connect answer is on its way: from now on there are pushes.
fn greet(app: &App, socket: SocketRef) {
    if let Some(line) = socket.extensions.get::<Arc<Line>>() {
        app.hub.connected(&line, &Road::Library(socket));
    }
}

fn register(app: &Shared, socket: &SocketRef, line: &Arc<Line>) {
    let (app_of, line_of) = (Arc::clone(app), Arc::clone(line));
    socket.on_fallback(
        move |socket: SocketRef, Event(name): Event, data, ack: AckSender| {
            let caller = Caller {
                app: app_of,
                line: line_of,
                road: Road::Library(socket),
            };
            event(caller, &name, data, ack)
        },
    );
    let (app_of, line_of) = (Arc::clone(app), Arc::clone(line));
    socket.on_disconnect(move || {
        app_of.hub.disconnected(&line_of);
        std::future::ready(())
    });
}

/// The body runs in the order of the events, the future that it returns is spawned.
fn event(
    caller: Caller,
    name: &str,
    TryData(data): TryData<Value>,
    ack: AckSender,
) -> impl Future<Output = ()> + Send + use<> {
    let data = data.map_err(|error| error.to_string());
    events::handle(caller, Ack::Library(ack), name, Payload::Value(data))
}
