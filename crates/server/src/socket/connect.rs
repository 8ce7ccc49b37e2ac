//! `connect`: who it is.

use std::sync::Arc;

use protocol::{error::ErrorCode, events::Auth, rest::Scope};

use crate::{
    app::App,
    failure::Refusal,
    push::Line,
    session::{self, Shown, Token},
};

/// Sockets that one session may have open at once.
const SOCKETS_PER_SESSION: usize = 16;

/// Why a socket was not admitted. The text, which the client gets as the connect error's message, is the code.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.code())]
pub(super) struct NotAdmitted(Refusal);

/// Admits a socket with a session: by the token that it shows, else by the one in its cookie.
pub(super) async fn admit(
    app: &App,
    auth: Option<Auth>,
    cookie: Option<&Token>,
) -> Result<Arc<Line>, NotAdmitted> {
    let shown = match auth {
        Some(auth) => Shown::of(&auth.token),
        None => cookie.cloned().map(Shown::Session),
    };
    let shown = shown.ok_or(NotAdmitted(Refusal::of(ErrorCode::Unauthenticated)))?;
    let caller = session::authenticate(app, &shown)
        .await
        .map_err(NotAdmitted)?;
    // A socket hears what comes.
    caller.rights.need(Scope::Read).map_err(NotAdmitted)?;
    if app.hub.sockets_of(caller.token) >= SOCKETS_PER_SESSION {
        return Err(NotAdmitted(Refusal::of(ErrorCode::RateLimited)));
    }
    Ok(app.hub.line(caller))
}
