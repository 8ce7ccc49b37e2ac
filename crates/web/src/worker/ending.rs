//! The end of the account. What this browser keeps of it goes afterwards.

use client::{
    Client,
    deletion::{self, Hindrance},
    engine::{
        Engine,
        api::{Failure, RoomView},
    },
};
use protocol::error::ErrorCode;

use super::{account, admin, wish::refused};
use crate::{
    wire::{Done, Proof, Trouble},
    words,
};

/// What the page says when it has begun anew.
pub(super) const DELETED: &str =
    "Your account is deleted, and what this browser kept of it is gone.";

/// Deletes it, or says what is in the way.
pub(super) async fn delete(
    client: &Client<Engine>,
    origin: &str,
    proof: &Proof,
    at_once: bool,
) -> Result<Done, Trouble> {
    let admin = admin::way(client, origin).await?;
    let code = account::code(proof);
    for unlock in account::readings(&proof.secret) {
        match deletion::delete(client, &admin, &unlock, code.as_ref(), at_once).await {
            Ok(()) => return Ok(Done::Yes),
            Err(Hindrance::Failed(Failure {
                code: ErrorCode::LoginFailed | ErrorCode::RecoveryCodeWrong,
                ..
            })) => {}
            Err(why) => return Err(hindered(why)),
        }
    }
    Err(account::neither())
}

fn hindered(why: Hindrance) -> Trouble {
    match why {
        Hindrance::OnlyOwner(rooms) => account::said(
            ErrorCode::LastOwner,
            &format!(
                "You are the only owner of: {}. Make somebody else an owner there first, under “People”. Nothing has changed.",
                names(&rooms)
            ),
        ),
        Hindrance::Waits(rooms) => account::said(
            ErrorCode::StillInRooms,
            &format!(
                "You have left your rooms, and these have yet to let you go: {}. They do when somebody there opens Secure \
                 Chat. Try again later, or don't wait; your account is not deleted yet.",
                names(&rooms)
            ),
        ),
        Hindrance::Failed(why) => refused(&why),
    }
}

fn names(rooms: &[RoomView]) -> String {
    let name = |room: &RoomView| words::one_line(room.name.as_deref().unwrap_or("a room"));
    rooms.iter().map(name).collect::<Vec<_>>().join(", ")
}
