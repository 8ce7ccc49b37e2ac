//! `GET /api/rooms/{room_id}/entries/{seq}`: one entry in full; and `…/attestation`, with the server's word for a report.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, RoomId, Seq},
    log::Entry,
    rest::Attestation,
};

use super::{answer::Answer, path::EntryPath};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    session::Caller,
    store::{Store as _, room::Standing},
};

/// One entry.
pub(super) async fn read(
    State(app): State<Shared>,
    caller: Caller,
    EntryPath(room, seq): EntryPath,
) -> Answer<Entry> {
    readable(&app, caller.account, room, seq).await.map(Json)
}

/// One entry, and that it stands there.
pub(super) async fn attest(
    State(app): State<Shared>,
    caller: Caller,
    EntryPath(room, seq): EntryPath,
) -> Answer<Attestation> {
    app.windows
        .attestations
        .count(caller.account, app.clock.now())
        .map_err(Refusal::rate_limited)?;
    let entry = readable(&app, caller.account, room, seq).await?;
    let attested = app.report_key.attest(entry);
    attested
        .map(Json)
        .ok_or(Refusal::of(ErrorCode::ServerError))
}

/// An entry that the account may read. Who went out reads up to the commit that did it.
async fn readable(app: &App, account: AccountId, room: RoomId, seq: Seq) -> Result<Entry, Refusal> {
    let view = app.visible_room(room, account).await?;
    if let Standing::Left(left) = view.standing
        && seq > left
    {
        return Err(Refusal::of(ErrorCode::NotAMember));
    }
    let entry = app.store.entry(room, seq).await?;
    entry.ok_or(Refusal::of(ErrorCode::NotFound))
}
