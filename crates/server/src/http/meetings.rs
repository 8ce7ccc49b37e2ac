//! `POST /api/meetings` and what is below it: a new device and one of its account find each other. None of it needs a
//! session but joining.

use axum::{Json, Router, extract::State, routing::post};
use protocol::{
    error::ErrorCode,
    limits::{MEETING_MESSAGE_BYTES, MEETING_MILLIS},
    rest::{
        Empty, EndMeeting, HearMeeting, Heard, MeetingJoined, MeetingMessage, MeetingOpened,
        OpenMeeting, ShownToken,
    },
};

use super::{answer::Answer, body::Body, check, path::MeetingPath};
use crate::{
    app::Shared,
    failure::Refusal,
    session::{Caller, Token},
    store::session::TokenHash,
};

const COMMITMENT_BYTES: usize = 32;
/// A message in base 64, and what is around it.
const LIMIT: usize = 2 * MEETING_MESSAGE_BYTES;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/meetings", post(open))
        .route("/api/meetings/{meeting_id}/join", post(join))
        .route("/api/meetings/{meeting_id}/say", post(say))
        .route("/api/meetings/{meeting_id}/hear", post(hear))
        .route("/api/meetings/{meeting_id}/end", post(end))
}

/// A new device waits.
async fn open(
    State(app): State<Shared>,
    Body(request): Body<OpenMeeting, LIMIT>,
) -> Answer<MeetingOpened> {
    if request.commitment.len() != COMMITMENT_BYTES {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    let (token, now) = (Token::draw(&app.entropy), app.clock.now());
    let (id, commitment) = (request.meeting_id, request.commitment);
    app.meetings.open(id, token.hash(), commitment, now)?;
    Ok(Json(MeetingOpened {
        token: shown(&token),
        expires: now.plus(MEETING_MILLIS),
    }))
}

/// A device of an account answers. So many words may be tried, right or wrong.
async fn join(
    State(app): State<Shared>,
    caller: Caller,
    MeetingPath(id): MeetingPath,
) -> Answer<MeetingJoined> {
    if caller.device.is_none() {
        return Err(Refusal::of(ErrorCode::DeviceRequired));
    }
    let (token, now) = (Token::draw(&app.entropy), app.clock.now());
    let tried = app.windows.meetings.count(caller.account, now);
    tried.map_err(Refusal::rate_limited)?;
    let who = (caller.account, caller.token);
    let commitment = app.meetings.join(id, who, token.hash(), now)?;
    Ok(Json(MeetingJoined {
        token: shown(&token),
        commitment,
    }))
}

/// One side says something.
async fn say(
    State(app): State<Shared>,
    MeetingPath(id): MeetingPath,
    Body(request): Body<MeetingMessage, LIMIT>,
) -> Answer<Empty> {
    check::fits(&request.message, MEETING_MESSAGE_BYTES)?;
    let message = (request.number, request.message);
    let (token, now) = (of(&request.token)?, app.clock.now());
    app.meetings.say(id, token, message, now)?;
    Ok(Json(Empty {}))
}

/// What the other side has said.
async fn hear(
    State(app): State<Shared>,
    MeetingPath(id): MeetingPath,
    Body(request): Body<HearMeeting, LIMIT>,
) -> Answer<Heard> {
    let (token, now) = (of(&request.token)?, app.clock.now());
    let messages = app.meetings.hear(id, token, request.number, now)?;
    Ok(Json(Heard { messages }))
}

/// It comes to nothing.
async fn end(
    State(app): State<Shared>,
    MeetingPath(id): MeetingPath,
    Body(request): Body<EndMeeting, LIMIT>,
) -> Answer<Empty> {
    app.meetings.end(id, of(&request.token)?, app.clock.now())?;
    Ok(Json(Empty {}))
}

fn of(token: &ShownToken) -> Result<TokenHash, Refusal> {
    let token = Token::shown(&token.0);
    let token = token.ok_or(Refusal::of(ErrorCode::NoDeviceWaits))?;
    Ok(token.hash())
}

/// A token for its owner.
pub(super) fn shown(token: &Token) -> ShownToken {
    ShownToken(token.reveal().to_owned())
}
