//! `POST /api/rooms/{room_id}/proposals`: a SelfRemove.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    limits::PROPOSAL_BYTES,
    log::{Body as EntryBody, Proposal},
    rest::{ProposalRequest, Receipt},
};

use super::{answer::Answer, body::Body, caller::OnDevice, check, path::RoomPath};
use crate::{
    app::Shared,
    failure::Refusal,
    store::{
        Store as _,
        log::{Poster, PreparedBody, ProposalPost},
    },
};

/// Appends a proposal.
pub(super) async fn propose(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
    Body(request): Body<ProposalRequest>,
) -> Answer<Receipt> {
    check::fits(&request.proposal, PROPOSAL_BYTES)?;
    let ProposalRequest {
        client_id,
        handshake_seq,
        proposal,
    } = request;
    let body = PreparedBody::new(EntryBody::Proposal(Proposal { proposal }))
        .ok_or(Refusal::of(ErrorCode::ServerError))?;
    let poster = Poster {
        account: caller.account,
        device: caller.device,
    };
    let post = ProposalPost {
        room,
        poster,
        client_id,
        handshake_seq,
        body,
    };
    Ok(Json(app.store.append_proposal(post).await?))
}
