//! What a device needs to come in by an external commit: for members' devices, and for whoever shows a link.

use axum::{Json, extract::State};
use protocol::rest::{EnterRoom, Entrance, FollowHandshakes, Handshakes, LinkPass};

use super::{answer::Answer, body::Body, caller::OnDevice, path::RoomPath};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    store::{
        Store as _,
        link::{Entrant, Follow, ShownLink},
    },
};

/// `POST /api/rooms/{room_id}/enter`.
pub(super) async fn enter(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
    Body(EnterRoom { link, shut }): Body<EnterRoom>,
) -> Answer<Entrance> {
    let entrant = entrant(&app, caller, link.as_ref())?;
    let entrance = app.store.entrance(room, entrant).await?;
    // Only from whoever may come in, and not often.
    if let Some(what) = shut
        && app.windows.shut.count(room, app.clock.now()).is_ok()
    {
        app.hub.tell_shut(room, what);
    }
    Ok(Json(entrance))
}

/// `POST /api/rooms/{room_id}/handshakes`.
pub(super) async fn follow(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
    Body(FollowHandshakes { after, link }): Body<FollowHandshakes>,
) -> Answer<Handshakes> {
    let entrant = entrant(&app, caller, link.as_ref())?;
    let follow = Follow { room, after };
    Ok(Json(app.store.handshakes(follow, entrant).await?))
}

fn entrant(app: &App, caller: OnDevice, link: Option<&LinkPass>) -> Result<Entrant, Refusal> {
    Ok(Entrant {
        account: caller.account,
        shown: link.map(|link| shown(app, caller, link)).transpose()?,
        now: app.clock.now(),
    })
}

/// A link that a request shows. Each is an attempt, and an account has so many in an hour.
pub(super) fn shown(app: &App, caller: OnDevice, link: &LinkPass) -> Result<ShownLink, Refusal> {
    app.windows
        .links
        .count(caller.account, app.clock.now())
        .map_err(Refusal::rate_limited)?;
    Ok(ShownLink::of(link))
}
