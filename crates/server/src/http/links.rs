//! Links into a sealed room: made, listed and taken back by its members.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    limits::GRANT_BYTES,
    rest::{Empty, Encryption, Links, PutLink},
};

use super::{
    answer::Answer,
    body::Body,
    caller::OnDevice,
    check,
    path::{LinkPath, RoomPath},
};
use crate::{
    app::Shared,
    failure::Refusal,
    store::{Store as _, link::LinkPut},
};

/// `PUT /api/rooms/{room_id}/links/{link_id}`: makes a link, or replaces the grant of one's own.
pub(super) async fn put(
    State(app): State<Shared>,
    caller: OnDevice,
    LinkPath(room, link): LinkPath,
    Body(request): Body<PutLink>,
) -> Answer<Empty> {
    app.windows
        .link_puts
        .count(caller.account, app.clock.now())
        .map_err(Refusal::rate_limited)?;
    check::fits(&request.grant, GRANT_BYTES)?;
    let token_hash = request.token_hash.0.try_into();
    let token_hash = token_hash.map_err(|_| Refusal::of(ErrorCode::BadRequest))?;
    if request.uses == Some(0) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    app.store
        .put_link(LinkPut {
            room,
            account: caller.account,
            link,
            token_hash,
            grant: request.grant.0,
            expires: request.expires,
            uses: request.uses,
        })
        .await?;
    Ok(Json(Empty {}))
}

/// `GET /api/rooms/{room_id}/links`: those that have not ended.
pub(super) async fn list(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
) -> Answer<Links> {
    let view = app.room_of_member(room, caller.account).await?;
    if view.kind == Encryption::SharedKey {
        return Err(Refusal::of(ErrorCode::WrongRoomKind));
    }
    let links = app.store.links(room, app.clock.now()).await?;
    Ok(Json(Links { links }))
}

/// `DELETE /api/rooms/{room_id}/links/{link_id}`: takes one back.
pub(super) async fn delete(
    State(app): State<Shared>,
    caller: OnDevice,
    LinkPath(room, link): LinkPath,
) -> Answer<Empty> {
    app.store.delete_link(room, caller.account, link).await?;
    Ok(Json(Empty {}))
}
