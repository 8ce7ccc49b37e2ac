//! What an account may do in a room.

use serde::{Deserialize, Serialize};

/// Roles in ascending order of power. The truth is in the room's signed policy; on the wire a role is the
/// server's own table (PROTOCOL section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and writes.
    Member,
    /// Removes members, and edits the room where the policy says so.
    Moderator,
    /// Grants roles below its own and changes permissions.
    Admin,
    /// Grants every role. A room always has one.
    Owner,
}
