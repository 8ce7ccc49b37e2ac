//! Sessions as stored: the token itself is never kept.

use protocol::{
    ids::{AccountId, DeviceId},
    limits::SESSION_IDLE_MILLIS,
    time::Timestamp,
};

use super::credentials::Proven;

/// SHA-256 of a session token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash(pub(crate) [u8; 32]);

/// A session to start.
pub(crate) struct NewSession {
    pub(crate) token: TokenHash,
    pub(crate) account: AccountId,
    /// The device that wants to go on in it.
    pub(crate) device: Option<DeviceId>,
    /// What it rests on.
    pub(crate) proven: Proven,
}

/// A session, live or ended.
#[derive(Clone, Copy)]
pub(crate) struct SessionRow {
    pub(crate) account: AccountId,
    pub(crate) device: Option<DeviceId>,
    pub(crate) used_at: Timestamp,
    pub(crate) ended: bool,
}

impl SessionRow {
    /// Whether it still counts.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        !self.ended && now.since(self.used_at) < SESSION_IDLE_MILLIS
    }
}
