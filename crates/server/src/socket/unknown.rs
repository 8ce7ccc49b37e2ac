//! An event that does not exist.

use protocol::error::ErrorCode;

use super::event::{self, Ack, Caller};
use crate::failure::Refusal;

pub(super) async fn unknown(caller: Caller, ack: Ack) {
    let result = event::enter(&caller.line);
    let refusal = result
        .as_ref()
        .map_or_else(|busy| *busy, |_| Refusal::of(ErrorCode::NotFound));
    event::answer::<()>(&caller, ack, &Err(refusal), result.ok());
}
