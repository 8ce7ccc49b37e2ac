//! `connect`: who it is, and the handlers of everything that may follow.

use std::sync::Arc;

use protocol::{
    error::ErrorCode,
    events::{Auth, name},
};
use socketioxide::extract::{AckSender, Event, SocketRef, TryData};

use super::{
    ephemeral::ephemeral, join_room::join_room, room_history::room_history,
    send_message::send_message, unknown::unknown,
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    push::Line,
    session::{self, Token, cookie},
};

/// Sockets that one session may have open at once.
const SOCKETS_PER_SESSION: usize = 16;

/// Why a socket was not admitted. The text, which the client gets as the connect error's message, is the code.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.code())]
pub(super) struct NotAdmitted(Refusal);

/// Admits a socket with a session, and registers its handlers before it is told so.
pub(super) async fn admit(
    app: Shared,
    socket: SocketRef,
    TryData(auth): TryData<Auth>,
) -> Result<(), NotAdmitted> {
    let token = match auth {
        Ok(auth) => Token::shown(&auth.token),
        Err(_none) => cookie::socket_token_of(&socket.req_parts().headers),
    };
    let token = token.ok_or(NotAdmitted(Refusal::of(ErrorCode::Unauthenticated)))?;
    let caller = session::authenticate(&app, &token)
        .await
        .map_err(NotAdmitted)?;
    if app.hub.sockets_of(caller.token) >= SOCKETS_PER_SESSION {
        return Err(NotAdmitted(Refusal::of(ErrorCode::RateLimited)));
    }
    let line = Arc::new(Line::new(caller, app.clock.now()));
    register(&app, &socket, &line);
    socket.extensions.insert(line);
    Ok(())
}

/// The connect answer is on its way: from now on there are pushes.
pub(super) fn greet(app: &App, socket: &SocketRef) {
    if let Some(line) = socket.extensions.get::<Arc<Line>>() {
        app.hub.connected(socket, &line);
    }
}

fn register(app: &Shared, socket: &SocketRef, line: &Arc<Line>) {
    let both = || (Arc::clone(app), Arc::clone(line));
    let (app_of, line_of) = both();
    socket.on(
        name::JOIN_ROOM,
        move |socket: SocketRef, data, ack: AckSender| {
            join_room(app_of, line_of, socket, data, ack)
        },
    );
    let (app_of, line_of) = both();
    socket.on(name::SEND_MESSAGE, move |data, ack: AckSender| {
        send_message(app_of, line_of, data, ack)
    });
    let (app_of, line_of) = both();
    socket.on(name::ROOM_HISTORY, move |data, ack: AckSender| {
        room_history(app_of, line_of, data, ack)
    });
    let (app_of, line_of) = both();
    socket.on(
        name::EPHEMERAL,
        move |socket: SocketRef, data, ack: AckSender| {
            ephemeral(app_of, line_of, socket, data, ack)
        },
    );
    let (app_of, line_of) = both();
    socket.on_fallback(move |_event: Event, ack: AckSender| unknown(app_of, line_of, ack));
    let (app_of, line_of) = both();
    socket.on_disconnect(move |socket: SocketRef| {
        app_of.hub.disconnected(socket.id, &line_of);
        std::future::ready(())
    });
}
