//! Invites: `GET /api/admin/invites` lists those that count, `POST` makes one, `DELETE /api/admin/invites/{invite_id}` takes
//! one back.

use axum::{
    Json,
    extract::{Path, State},
};
use protocol::{
    error::ErrorCode,
    limits::{INVITE_LABEL_MAX, INVITE_MILLIS_MAX, INVITE_USES_MAX},
    rest::{Empty, InviteToken, Invites, MadeInvite, MakeInvite},
};

use crate::{
    app::Shared,
    failure::Refusal,
    http::{answer::Answer, body::Body, caller::Administrator, path::parse},
    session::Token,
    store::admin::{Actor, AdminStore as _, InviteHash, NewInvite},
};

/// Those that count.
pub(super) async fn list(State(app): State<Shared>, _who: Administrator) -> Answer<Invites> {
    Ok(Json(app.store.invites().await?))
}

/// Makes one. Its token is answered this once.
pub(super) async fn make(
    State(app): State<Shared>,
    Administrator(who): Administrator,
    Body(request): Body<MakeInvite>,
) -> Answer<MadeInvite> {
    check(&request)?;
    let token = Token::draw(&app.entropy);
    let new = NewInvite {
        actor: Actor::Account(who),
        hash: InviteHash(token.hash().0),
        label: request.label,
        uses: request.uses,
        lasts_millis: request.lasts_ms,
        makes_admin: request.makes_admin,
    };
    Ok(Json(MadeInvite {
        invite_id: app.store.make_invite(new).await?,
        token: InviteToken(token.reveal().to_owned()),
    }))
}

fn check(request: &MakeInvite) -> Result<(), Refusal> {
    if request.label.len() > INVITE_LABEL_MAX || request.uses > INVITE_USES_MAX {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    let lasts = request.lasts_ms.unwrap_or(1);
    let in_time = (1..=INVITE_MILLIS_MAX).contains(&lasts);
    if request.uses == 0 || !in_time || request.label.chars().any(char::is_control) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    Ok(())
}

/// Takes one back.
pub(super) async fn end(
    State(app): State<Shared>,
    Administrator(who): Administrator,
    Path(invite): Path<String>,
) -> Answer<Empty> {
    let invite = parse(&invite, ErrorCode::NotFound)?;
    app.store.end_invite(Actor::Account(who), invite).await?;
    Ok(Json(Empty {}))
}
