//! Changes of a room: durable wishes, each carried out by one commit or proposal of this device. The log decides:
//! a commit counts when its own entry comes back, and what lost its race is derived anew from the room as it then
//! is.

mod derive;
mod housekeeping;
mod invite;
mod leave;
mod post;
mod readmit;
mod renew;
mod unused;
mod wish;

pub(crate) use derive::{STATE_TRIES, Step};
pub(crate) use housekeeping::RANK_MS;
pub(crate) use invite::Guest;
pub(crate) use post::{Head, OwnCommit, OwnProposal, request};
pub(crate) use wish::{Roster, Wish};

/// Prefix of the rows with wishes, in a room's outbox space.
pub(crate) const WISH_PREFIX: &[u8] = b"wish/";
/// The row of the staged commit, in a room's outbox space.
pub(crate) const COMMIT_ROW: &[u8] = b"commit";
/// The row of the posted proposal, in a room's outbox space.
pub(crate) const PROPOSAL_ROW: &[u8] = b"proposal";
