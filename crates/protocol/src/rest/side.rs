//! Side files: sealed bytes beside a room, none ever part of a verdict (PROTOCOL section 1).

use serde::{Deserialize, Serialize};

use crate::{bytes::Bytes, ids::Seq};

/// `GET /api/rooms/{room_id}/side`: the room's side files. None is ever part of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SideFiles {
    /// Candidates for the newest door, newest first, at most four.
    pub doors: Vec<Bytes>,
    /// Room state.
    pub state: Bytes,
    /// Roster log: sealed records in order.
    pub roster: Vec<Bytes>,
    /// Tree snapshot and the entry that it belongs to.
    pub tree: TreeSnapshot,
    /// History chain links, oldest first.
    pub chain: Vec<Bytes>,
}

/// A tree snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TreeSnapshot {
    /// The commit that began its epoch, or a later handshake that did not end it; 0 for epoch 0.
    pub seq: Seq,
    /// {GroupInfo, tree}.
    pub snapshot: Bytes,
}

/// `PUT /api/rooms/{room_id}/side`: a member repairs side files. At least one field is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SideRepair {
    /// A further door candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<Bytes>,
    /// Room state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Bytes>,
    /// The whole roster log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<Bytes>,
    /// A tree snapshot in place of the one that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<TreeSnapshot>,
    /// History chain links that are missing, to be added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Bytes>,
}
