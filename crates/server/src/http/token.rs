//! `POST /api/token` and `POST /api/token/refresh`: short access tokens, and what gets the next one.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    limits::REFRESH_IDLE_MILLIS,
    rest::{BearerToken, RefreshPair, TokenPair},
};

use super::{answer::Answer, body::Body};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    session::{self, Caller, RefreshToken},
    store::token::{NewFamily, Refresh, Refreshed, TokenStore as _},
};

/// The first pair of a family, which ends with the session.
pub(super) async fn begin(State(app): State<Shared>, caller: Caller) -> Answer<TokenPair> {
    let token = RefreshToken::draw(&app.entropy);
    app.store
        .begin_family(NewFamily {
            family: token.family(),
            token: token.hash(),
            session: caller.token,
        })
        .await?;
    pair(&app, caller.account, &token).map(Json)
}

/// The next pair. A refresh token that was used before is one that two have: neither goes on.
pub(super) async fn refresh(
    State(app): State<Shared>,
    Body(request): Body<RefreshPair>,
) -> Answer<TokenPair> {
    let unknown = Refusal::of(ErrorCode::Unauthenticated);
    let shown = RefreshToken::shown(&request.refresh_token.0).ok_or(unknown)?;
    let row = app.store.family(shown.family()).await?.ok_or(unknown)?;
    session::stands(&app, &row.session)?;
    let next = shown.next(&app.entropy);
    let refresh = Refresh {
        family: shown.family(),
        shown: shown.hash(),
        next: next.hash(),
    };
    match app.store.refresh(refresh).await? {
        Refreshed::Next => pair(&app, row.session.account, &next).map(Json),
        Refreshed::Over => Err(Refusal::of(ErrorCode::SessionExpired)),
        Refreshed::Reused => {
            tracing::warn!("a refresh token was used twice: its family has ended");
            let over = Refusal::of(ErrorCode::SessionExpired);
            let body = over.body(app.clock.now());
            app.hub.end_session(shown.family().key(), &body);
            Err(over)
        }
    }
}

fn pair(
    app: &App,
    account: protocol::ids::AccountId,
    refresh: &RefreshToken,
) -> Result<TokenPair, Refusal> {
    let now = app.clock.now();
    let (access_token, expires) = app.access_key.sign(account, refresh.family(), now)?;
    Ok(TokenPair {
        access_token,
        expires,
        refresh_token: BearerToken(refresh.reveal()),
        refresh_expires: now.plus(REFRESH_IDLE_MILLIS),
    })
}
