//! What an administrator wants of the server.

use protocol::{
    ids::{AccountId, ActId, InviteId, RoomId},
    names::UserName,
    rest::Act,
};
use serde::{Deserialize, Serialize};

/// A list begins where its last page ended.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdminWish {
    /// Whether this account is an administrator.
    Standing,
    /// The accounts.
    Users(Option<UserName>),
    /// Something is done to one.
    Act(AccountId, Act),
    /// The invites that count.
    Invites,
    /// A new one.
    MakeInvite {
        /// What administrators call it.
        label: String,
        /// How many accounts it makes, as typed.
        uses: String,
        /// How many days it counts, as typed; empty for ever.
        days: String,
        /// Whoever uses it becomes an administrator.
        makes_admin: bool,
    },
    /// The end of one.
    EndInvite(InviteId),
    /// The rooms, as the server sees them.
    Rooms(Option<RoomId>),
    /// What is stored.
    Storage,
    /// What is kept for how long.
    Limits,
    /// What administrators did.
    Audit(Option<ActId>),
    /// What the server can see.
    Sees,
    /// Something is sealed here, and the server searches its files for it.
    Check,
}

impl AdminWish {
    /// Whether it comes to the same when it is asked twice.
    pub const fn only_asks(&self) -> bool {
        !matches!(
            self,
            Self::Act(..) | Self::MakeInvite { .. } | Self::EndInvite(_) | Self::Check
        )
    }
}
