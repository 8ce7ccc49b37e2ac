//! Links into a room, and what whoever comes in from outside fetches before the commit (PROTOCOL section 4).

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{AccountId, GroupId, LinkId, Seq},
    log::Entry,
    rest::TreeSnapshot,
    time::Timestamp,
};

/// `PUT /api/rooms/{room_id}/links/{link_id}`: makes a link, or replaces the grant of one's own. Then `expires` and
/// `uses` stay as they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PutLink {
    /// SHA-256 of the token that whoever uses the link shows, 32 bytes.
    pub token_hash: Bytes,
    /// Sealed under the link's secret, which the server never sees.
    pub grant: Bytes,
    /// The link ends then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// So many accounts may come in by it, at least one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// `GET /api/rooms/{room_id}/links`: the room's links that have not ended, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Links {
    /// All of them.
    pub links: Vec<Link>,
}

/// A link as the members see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Link {
    /// The link.
    pub link_id: LinkId,
    /// Who made it.
    pub creator: AccountId,
    /// When.
    pub created: Timestamp,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// How many accounts may still come in by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_left: Option<u32>,
    /// How many came in by it.
    pub used: u32,
}

/// What opens a link: shown with each request that rests on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkPass {
    /// The link.
    pub link_id: LinkId,
    /// The token, 32 bytes, derived from the link's secret.
    pub token: Bytes,
}

/// `POST /api/rooms/{room_id}/enter`: what a device needs to come in by an external commit. Without a link, the account
/// must be in the server's table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnterRoom {
    /// The link that lets a stranger in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkPass>,
    /// What was shut at the last look: members who are there are told, and see to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shut: Option<Shut>,
}

/// What keeps somebody from coming in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Shut {
    /// No door opens with the keys at hand.
    Door,
    /// A door opens, and the tree does not lead to it.
    Tree,
}

/// The answer to [`EnterRoom`], all of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entrance {
    /// The MLS group.
    pub group_id: GroupId,
    /// The link's grant, where one was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Bytes>,
    /// Candidates for the newest door, newest first.
    pub doors: Vec<Bytes>,
    /// Room state.
    pub state: Bytes,
    /// Roster log: sealed records in order.
    pub roster: Vec<Bytes>,
    /// Tree snapshot and the entry that it belongs to.
    pub tree: TreeSnapshot,
    /// History chain links, oldest first.
    pub chain: Vec<Bytes>,
    /// The room's last commit or proposal.
    pub handshake_seq: Seq,
    /// The room's last entry.
    pub last_seq: Seq,
}

/// `POST /api/rooms/{room_id}/handshakes`: the commits and proposals since a tree snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FollowHandshakes {
    /// After this place.
    pub after: Seq,
    /// The link that lets a stranger in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkPass>,
}

/// The answer to [`FollowHandshakes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Handshakes {
    /// Entries of kind commit or proposal, ascending; at most a page.
    pub entries: Vec<Entry>,
    /// Whether there are more after the last of these.
    pub more: bool,
}
