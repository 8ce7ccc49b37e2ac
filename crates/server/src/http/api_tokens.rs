//! API tokens for bots: `GET`, `POST` and `DELETE /api/tokens`.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    limits::{API_TOKEN_MILLIS_MAX, API_TOKEN_NAME_MAX},
    rest::{ApiToken, ApiTokens, BearerToken, Empty, MadeApiToken, MakeApiToken},
    time::Timestamp,
};

use super::{
    answer::Answer,
    body::Body,
    path::ApiTokenPath,
    proof,
    sessions::{DAY, cut},
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    session::{Caller, Scopes, Shown, Token},
    store::token::{ApiTokenRow, NewApiToken, TokenStore as _},
};

/// Those that count.
pub(super) async fn list(State(app): State<Shared>, caller: Caller) -> Answer<ApiTokens> {
    let rows = standing(&app, &caller).await?;
    let listed = |row: &ApiTokenRow| ApiToken {
        token_id: row.token.api_token_id(),
        name: row.name.clone(),
        scopes: row.scopes.list(),
        device_id: row.device,
        created: row.made_at,
        last_used: row.used_at.map(day),
        expires: row.expires_at,
    };
    Ok(Json(ApiTokens {
        tokens: rows.iter().map(listed).collect(),
    }))
}

fn day(time: Timestamp) -> Timestamp {
    Timestamp::from_millis(time.millis() - time.millis() % DAY)
}

/// Makes one, for whoever knows the password: one that a stolen session made would outlast it.
pub(super) async fn make(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<MakeApiToken>,
) -> Answer<MadeApiToken> {
    let device = caller
        .device
        .ok_or(Refusal::of(ErrorCode::DeviceRequired))?;
    let scopes = check(&request)?;
    let proven = proof::by_password(&app, caller.account, &request.proof)?;
    proof::second_factor(&app, &caller, request.code.as_ref()).await?;
    let token = Token::draw(&app.entropy);
    let expires = app.clock.now().plus(request.lasts_ms);
    app.store
        .make_api_token(NewApiToken {
            token: token.hash(),
            account: caller.account,
            device,
            proven,
            name: request.name,
            scopes,
            expires,
        })
        .await?;
    Ok(Json(MadeApiToken {
        token_id: token.hash().api_token_id(),
        token: BearerToken(format!("{}{}", Shown::API, token.reveal())),
        expires,
    }))
}

fn check(request: &MakeApiToken) -> Result<Scopes, Refusal> {
    let bad = Refusal::of(ErrorCode::BadRequest);
    if request.name.len() > API_TOKEN_NAME_MAX {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    let is_plain = !request.name.trim().is_empty() && !request.name.chars().any(char::is_control);
    let in_time = (1..=API_TOKEN_MILLIS_MAX).contains(&request.lasts_ms);
    if !is_plain || !in_time {
        return Err(bad);
    }
    Scopes::of(&request.scopes).ok_or(bad)
}

/// Takes one back, and closes its sockets.
pub(super) async fn end(
    State(app): State<Shared>,
    caller: Caller,
    ApiTokenPath(id): ApiTokenPath,
) -> Answer<Empty> {
    let rows = standing(&app, &caller).await?;
    let row = rows.iter().find(|row| row.token.api_token_id() == id);
    let token = row.ok_or(Refusal::of(ErrorCode::NotFound))?.token;
    app.store.end_api_token(token).await?;
    cut(&app, [token]);
    Ok(Json(Empty {}))
}

async fn standing(app: &App, caller: &Caller) -> Result<Vec<ApiTokenRow>, Refusal> {
    let now = app.clock.now();
    let mut rows = app.store.api_tokens(caller.account).await?;
    rows.retain(|row| now < row.expires_at);
    Ok(rows)
}
