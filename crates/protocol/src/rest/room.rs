//! Rooms and the server's own table of members.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{AccountId, ClientId, GroupId, RoomId, Seq},
    names::UserName,
    role::Role,
};

/// The kinds of rooms, pinned at creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// An MLS group.
    Mls,
    /// A relay room whose clients share a key.
    SharedKey,
}

/// `POST /api/rooms`, either kind: told apart by `encryption`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "encryption", rename_all = "snake_case")]
pub enum CreateRoom {
    /// A sealed room: the creator draws both ids and posts epoch 0.
    Mls(Box<NewSealedRoom>),
    /// A relay room: the server draws the id, every account sees the name and may join.
    SharedKey {
        /// Public name.
        name: String,
    },
}

/// A sealed room at epoch 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewSealedRoom {
    /// Drawn by the client.
    pub room_id: RoomId,
    /// Drawn by the client.
    pub group_id: GroupId,
    /// For a repeated request.
    pub client_id: ClientId,
    /// Door of epoch 0, sealed.
    pub door: Bytes,
    /// Room state, sealed.
    pub state: Bytes,
    /// First roster record, sealed.
    pub roster: Bytes,
    /// Tree snapshot of epoch 0.
    pub tree: Bytes,
}

/// `GET /api/rooms`: the account's rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rooms {
    /// All of them.
    pub rooms: Vec<Room>,
}

/// A room as the server sees it; also the answer to `POST /api/rooms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Room {
    /// The room.
    pub room_id: RoomId,
    /// Its kind.
    pub encryption: Encryption,
    /// The MLS group, in sealed rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
    /// The public name, in relay rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The account's role in the server's table.
    pub role: Role,
    /// The last entry.
    pub last_seq: Seq,
    /// The last commit or proposal.
    pub handshake_seq: Seq,
}

/// `GET /api/rooms/{room_id}/members`: the server's own table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Members {
    /// All of it.
    pub members: Vec<Member>,
}

/// One row of the server's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub username: UserName,
    /// Its role.
    pub role: Role,
}
