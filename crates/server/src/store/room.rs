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

/// Why side files were not replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SideRefusal {
    /// No such room for this account.
    RoomNotFound,
    /// The account went out.
    NotAMember,
    /// A relay room has none.
    WrongRoomKind,
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
