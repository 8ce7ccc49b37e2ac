//! Who may make an account on a server, and the invites to it.
//!
//! Paths, for an administrator of the server:
//!
//! * `GET /api/admin/invites`
//! * `POST /api/admin/invites`
//! * `DELETE /api/admin/invites/{invite_id}`

use serde::{Deserialize, Serialize};

use crate::{ids::InviteId, names::UserName, time::Timestamp};

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Anybody.
    Open,
    /// Whoever has an invite.
    Invite,
    /// Nobody. An invite that makes an administrator counts all the same: without it a new server stays empty.
    Closed,
}

/// What an invite is shown by: 43 URL-safe characters. `Debug` shows its type only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct InviteToken(pub String);

impl std::fmt::Debug for InviteToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InviteToken")
    }
}

/// `POST /api/admin/invites`: an invite to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MakeInvite {
    /// What administrators call it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// How many accounts it makes, from 1.
    pub uses: u32,
    /// How long it counts, in milliseconds; none for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_ms: Option<u64>,
    /// Whether whoever uses it becomes an administrator of the server.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub makes_admin: bool,
}

/// Answer to [`MakeInvite`]. The token is shown this once; the server keeps its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeInvite {
    /// Names it from now on.
    pub invite_id: InviteId,
    /// What it is shown by.
    pub token: InviteToken,
}

/// An invite as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invite {
    /// Which.
    pub invite_id: InviteId,
    /// What administrators call it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// How many accounts it makes.
    pub uses: u32,
    /// How many it has made.
    pub used: u32,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends; none for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Who made it; none is the server itself, or its operator on the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<UserName>,
    /// Whether whoever uses it becomes an administrator.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub makes_admin: bool,
}

/// `GET /api/admin/invites`: those that still count, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invites {
    /// The invites.
    pub invites: Vec<Invite>,
}
