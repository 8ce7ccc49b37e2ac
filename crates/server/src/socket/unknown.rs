//! An event that does not exist.

use std::sync::Arc;

use protocol::error::ErrorCode;
use socketioxide::extract::AckSender;

use super::event;
use crate::{app::Shared, failure::Refusal, push::Line};

pub(super) async fn unknown(app: Shared, line: Arc<Line>, ack: AckSender) {
    let refusal = match line.enter() {
        Some(_place) => Refusal::of(ErrorCode::NotFound),
        None => Refusal::of(ErrorCode::RateLimited),
    };
    event::done(&app, ack, Err(refusal));
}
