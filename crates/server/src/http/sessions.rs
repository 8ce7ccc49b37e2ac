//! The account's sessions: listed, and ended by their owner.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    rest::{Empty, ListedSession, Sessions},
    time::Timestamp,
};

use super::{answer::Answer, path::SessionPath};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    session::Caller,
    store::{
        Store as _,
        session::{SessionRow, TokenHash},
    },
};

pub(super) const DAY: u64 = 86_400_000;

/// `GET /api/sessions`.
pub(super) async fn list(State(app): State<Shared>, caller: Caller) -> Answer<Sessions> {
    let rows = standing(&app, &caller).await?;
    let listed = |row: &SessionRow| ListedSession {
        id: row.token.id(),
        device_id: row.device,
        created: row.started_at,
        last_used: Timestamp::from_millis(row.used_at.millis() - row.used_at.millis() % DAY),
        expires: row.ends(app.session_millis),
        current: row.token == caller.token,
    };
    Ok(Json(Sessions {
        sessions: rows.iter().map(listed).collect(),
    }))
}

/// `DELETE /api/sessions/{id}`.
pub(super) async fn end(
    State(app): State<Shared>,
    caller: Caller,
    SessionPath(id): SessionPath,
) -> Answer<Empty> {
    let rows = standing(&app, &caller).await?;
    let row = rows.iter().find(|row| row.token.id() == id);
    let token = row.ok_or(Refusal::of(ErrorCode::NotFound))?.token;
    app.store.end_session(token).await?;
    cut(&app, [token]);
    Ok(Json(Empty {}))
}

/// `DELETE /api/sessions`: all others.
pub(super) async fn end_others(State(app): State<Shared>, caller: Caller) -> Answer<Empty> {
    let ended = app
        .store
        .end_other_sessions(caller.account, caller.token)
        .await?;
    cut(&app, ended);
    Ok(Json(Empty {}))
}

async fn standing(app: &App, caller: &Caller) -> Result<Vec<SessionRow>, Refusal> {
    let now = app.clock.now();
    let mut rows = app.store.sessions(caller.account).await?;
    rows.retain(|row| row.is_live(now, app.session_millis));
    Ok(rows)
}

/// Tells the sockets of sessions that they ended, and closes them.
pub(crate) fn cut(app: &App, tokens: impl IntoIterator<Item = TokenHash>) {
    let body = Refusal::of(ErrorCode::SessionExpired).body(app.clock.now());
    for token in tokens {
        app.hub.end_session(token, &body);
    }
}
