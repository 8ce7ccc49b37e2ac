//! Mail as stored.

use protocol::{
    ids::{AccountId, RoomId},
    rest::MailDrop,
};

use super::room::NotInside;

/// Mail without a commit.
pub(crate) struct MailPost {
    pub(crate) sender: AccountId,
    /// The room in which both accounts must be; without one, all goes to the sender's own devices.
    pub(crate) room: Option<RoomId>,
    pub(crate) mails: Vec<MailDrop>,
}

/// Why mail was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailRefusal {
    /// The sender may do nothing in the room.
    NotInside(NotInside),
    /// One goes to a device that its account does not have, or to an account that the sender may not reach.
    BadMail,
}

impl From<NotInside> for MailRefusal {
    fn from(refusal: NotInside) -> Self {
        Self::NotInside(refusal)
    }
}
