//! The account's sessions, as their owner sees them.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeviceId, SessionId},
    time::Timestamp,
};

/// `GET /api/sessions`: those of the account that stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sessions {
    /// Oldest first.
    pub sessions: Vec<ListedSession>,
}

/// A session that stands. Nothing of it opens anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListedSession {
    /// To end it by; not its token, and another one when the token changes.
    pub id: SessionId,
    /// The device that it is bound to, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// When it began.
    pub created: Timestamp,
    /// The day on which it was last used: midnight UTC, never finer.
    pub last_used: Timestamp,
    /// When it ends if unused until then.
    pub expires: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}
