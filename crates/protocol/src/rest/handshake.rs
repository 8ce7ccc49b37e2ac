//! Commits and proposals, and the receipt of what stands in the log.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{ClientId, EntryId, Seq, Ticket},
    log::Effects,
    rest::{LinkPass, MailDrop},
    time::Timestamp,
};

/// `POST /api/rooms/{room_id}/commits`: a commit with everything that belongs to it, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommitRequest {
    /// For a repeated request.
    pub client_id: ClientId,
    /// The last handshake seen: must be the room's.
    pub handshake_seq: Seq,
    /// The right to go first, if a former attempt got one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Ticket>,
    /// The link by which a stranger comes in. Then the effects are that alone, and there are no mails, no state and no
    /// chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkPass>,
    /// The MLS PublicMessage.
    pub commit: Bytes,
    /// What it does to the server's table.
    pub effects: Effects,
    /// Mail to devices that it adds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mails: Vec<MailDrop>,
    /// Door of the new epoch.
    pub door: Bytes,
    /// Room state, where it changed or was sealed anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Bytes>,
    /// Roster log, where membership changed or it was sealed anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<RosterWrite>,
    /// A fresh tree snapshot, where the commits since the last outweigh it or are many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Bytes>,
    /// A link of the history chain, at a rotation of a `shared` room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Bytes>,
}

/// What happens to the roster log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RosterWrite {
    /// One sealed record more.
    Append(Bytes),
    /// The whole log, sealed anew.
    Replace(Bytes),
}

/// `POST /api/rooms/{room_id}/proposals`: a SelfRemove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProposalRequest {
    /// For a repeated request.
    pub client_id: ClientId,
    /// The last handshake seen: must be the room's.
    pub handshake_seq: Seq,
    /// The MLS PublicMessage.
    pub proposal: Bytes,
}

/// The server's receipt for something that now stands in the log, on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// Counted over all rooms.
    pub id: EntryId,
    /// The place.
    pub seq: Seq,
    /// When.
    pub timestamp: Timestamp,
}
