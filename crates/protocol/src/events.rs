//! Socket.IO events. The client connects with `auth: {"token": TOKEN}`; every event of a client is
//! acknowledged with its answer or an [`ErrorBody`].

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    error::ErrorBody,
    ids::{AccountId, ClientId, DeviceId, RoomId, Seq},
    log::{Entry, Message},
    rest::{Mail, Shut},
};

/// The payload of the `connect` packet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Auth {
    /// Bearer token.
    pub token: String,
}

/// `join_room`: from now on this socket gets the room's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JoinRoom {
    /// The room.
    pub room_id: RoomId,
}

/// Answer to `join_room`: every later entry will be pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JoinedRoom {
    /// The room.
    pub room_id: RoomId,
    /// Its last entry.
    pub last_seq: Seq,
    /// Its last commit or proposal.
    pub handshake_seq: Seq,
    /// Whether devices wait for readmission.
    #[serde(default, skip_serializing_if = "crate::rest::is_false")]
    pub readmissions: bool,
}

/// `send_message`: answered with a [`Receipt`](crate::rest::Receipt) once the message is on disk.
/// In a sealed room `client_id` and `handshake_seq` are required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendMessage {
    /// The room.
    pub room_id: RoomId,
    /// For a repeated request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The last handshake seen: must be the room's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake_seq: Option<Seq>,
    /// The message. In a relay room `key` may be left out.
    #[serde(flatten)]
    pub message: Message,
}

/// `room_history`: entries after `since`, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomHistory {
    /// The room.
    pub room_id: RoomId,
    /// After this place.
    #[serde(default)]
    pub since: Seq,
    /// At most this many; the server has its own limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Answer to `room_history`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// The room.
    pub room_id: RoomId,
    /// Ascending and gapless from `since + 1`.
    pub entries: Vec<Entry>,
    /// The room's last entry.
    pub last_seq: Seq,
    /// The room's last commit or proposal.
    pub handshake_seq: Seq,
}

/// `ephemeral`, both ways: not stored, no place in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ephemeral {
    /// The room.
    pub room_id: RoomId,
    /// By the server's word; absent from client to server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<AccountId>,
    /// By the server's word; absent from client to server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Sealed or signed by the device.
    pub body: Bytes,
}

/// Everything that a server sends unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// `new_message`: an entry of any kind, in order, for joined rooms.
    NewMessage(Box<Entry>),
    /// `mail`: something arrived in this device's mailbox.
    Mail(Box<Mail>),
    /// `ephemeral`.
    Ephemeral(Ephemeral),
    /// `missed`: the socket was too slow and pushes were dropped; ask for history and mail.
    Missed,
    /// `room_opened`: the account has come into a room, by whichever device.
    RoomOpened(RoomOpened),
    /// `room_closed`: the account is no longer in the server's table of the room.
    RoomClosed(RoomClosed),
    /// `readmission`: a device asks to be let into the group again.
    Readmission(ReadmissionAsked),
    /// `door_shut`: somebody could not come in.
    DoorShut(DoorShut),
    /// `devices_changed`: the account has a further device, or another password or recovery code.
    DevicesChanged,
    /// `session_ended`: the socket closes next.
    SessionEnded(ErrorBody),
}

/// `room_opened`: see `GET /api/rooms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomOpened {
    /// The room.
    pub room_id: RoomId,
}

/// `room_closed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomClosed {
    /// The room.
    pub room_id: RoomId,
}

/// `readmission`: see `GET /api/rooms/{room_id}/readmissions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadmissionAsked {
    /// The room.
    pub room_id: RoomId,
}

/// `door_shut`: somebody who may come in, by the server's word, found something shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DoorShut {
    /// The room.
    pub room_id: RoomId,
    /// What.
    pub what: Shut,
}

/// Names of the events, as on the wire.
pub mod name {
    /// Client to server.
    pub const JOIN_ROOM: &str = "join_room";
    /// Client to server.
    pub const SEND_MESSAGE: &str = "send_message";
    /// Client to server.
    pub const ROOM_HISTORY: &str = "room_history";
    /// Both ways.
    pub const EPHEMERAL: &str = "ephemeral";
    /// Server to client.
    pub const NEW_MESSAGE: &str = "new_message";
    /// Server to client.
    pub const MAIL: &str = "mail";
    /// Server to client.
    pub const MISSED: &str = "missed";
    /// Server to client.
    pub const ROOM_OPENED: &str = "room_opened";
    /// Server to client.
    pub const ROOM_CLOSED: &str = "room_closed";
    /// Server to client.
    pub const READMISSION: &str = "readmission";
    /// Server to client.
    pub const DOOR_SHUT: &str = "door_shut";
    /// Server to client.
    pub const DEVICES_CHANGED: &str = "devices_changed";
    /// Server to client.
    pub const SESSION_ENDED: &str = "session_ended";
}
