//! Rooms as stored.

use protocol::{
    ids::{AccountId, GroupId, RoomId, Seq},
    rest::{Encryption, NewSealedRoom},
    role::Role,
};

/// A sealed room to create.
pub(crate) struct CreateSealedRoom {
    pub(crate) creator: AccountId,
    pub(crate) room: NewSealedRoom,
}

/// A relay room to create.
pub(crate) struct CreateRelayRoom {
    pub(crate) creator: AccountId,
    pub(crate) room: RoomId,
    pub(crate) name: String,
}

/// Why a room was not created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CreateRefusal {
    /// Another room has that id.
    RoomIdTaken,
}

/// Why an account did not join a relay room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinRefusal {
    /// No such relay room.
    RoomNotFound,
    /// The room is full.
    Full,
}

/// Why an account did not leave a relay room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeaveRefusal {
    /// No such room for this account.
    RoomNotFound,
    /// It is a sealed room, which one leaves by a proposal.
    Sealed,
}

/// Why an account may do nothing in a sealed room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotInside {
    /// No such room for this account.
    RoomNotFound,
    /// The account went out.
    NotAMember,
    /// A relay room has nothing of the kind.
    WrongRoomKind,
}

impl NotInside {
    /// The role of an account that is in a room, if the room is a sealed one.
    pub(crate) fn judge(sealed: bool, standing: Standing) -> Result<Role, Self> {
        match standing {
            Standing::Member(role) if sealed => Ok(role),
            Standing::Member(_) => Err(Self::WrongRoomKind),
            Standing::Stranger if sealed => Err(Self::RoomNotFound),
            Standing::Stranger | Standing::Left(_) => Err(Self::NotAMember),
        }
    }
}

/// Why a device's request to be let in again was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadmissionRefusal {
    /// The account may do nothing in the room.
    NotInside(NotInside),
    /// The device was revoked meanwhile.
    Revoked,
}

impl From<NotInside> for ReadmissionRefusal {
    fn from(refusal: NotInside) -> Self {
        Self::NotInside(refusal)
    }
}

/// Why side files were not replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RepairRefusal {
    /// The account may do nothing in the room.
    NotInside(NotInside),
    /// The tree is older than the one that is kept, or of a place that the log has not come to.
    TreePlace,
    /// The history chain would outgrow its limit.
    TooLarge,
}

impl From<NotInside> for RepairRefusal {
    fn from(refusal: NotInside) -> Self {
        Self::NotInside(refusal)
    }
}

/// How an account stands to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It never was in the room.
    Stranger,
    /// It is in the room.
    Member(Role),
    /// It was in the room; the commit there took it out, or the last of all members' wishes to leave.
    Left(Seq),
}

/// A room as an account may see it.
#[derive(Debug, Clone)]
pub(crate) struct RoomView {
    pub(crate) kind: Encryption,
    pub(crate) group: Option<GroupId>,
    pub(crate) name: Option<String>,
    pub(crate) last_seq: Seq,
    pub(crate) handshake_seq: Seq,
    pub(crate) standing: Standing,
}
