//! The mailbox of the session's device.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use protocol::{
    error::ErrorCode,
    ids::MailId,
    rest::{Empty, MailAck, Mailbox},
};
use serde::Deserialize;

use super::{answer::Answer, body::Body, caller::OnDevice};
use crate::{app::Shared, failure::Refusal, store::Store as _};

/// `?after=ID`.
#[derive(Deserialize)]
pub(super) struct After {
    after: Option<MailId>,
}

/// `GET /api/mailbox?after=ID`.
pub(super) async fn read(
    State(app): State<Shared>,
    caller: OnDevice,
    query: Result<Query<After>, QueryRejection>,
) -> Answer<Mailbox> {
    let Query(After { after }) = query.map_err(|_| Refusal::of(ErrorCode::BadRequest))?;
    Ok(Json(app.store.mailbox(caller.device, after).await?))
}

/// `POST /api/mailbox/ack`: everything up to here is durable on the device.
pub(super) async fn ack(
    State(app): State<Shared>,
    caller: OnDevice,
    Body(ack): Body<MailAck>,
) -> Answer<Empty> {
    app.store.ack_mail(caller.device, ack.up_to).await?;
    Ok(Json(Empty {}))
}
