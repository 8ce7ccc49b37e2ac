//! Sessions as stored: the token itself is never kept.

use protocol::{
    ids::{AccountId, DeviceId},
    limits::SESSION_IDLE_MILLIS,
    time::Timestamp,
};

use super::credentials::{Proven, Unproven};

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
    /// The server is one for development, on loopback: only there an account may still have its default password.
    pub(crate) development: bool,
}

/// A session that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Started {
    /// The device that it is bound to.
    pub(crate) device: Option<DeviceId>,
    /// It is for setting a new password, and nothing else.
    pub(crate) must_change_password: bool,
}

/// Why a session was not started, for somebody who has shown the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginRefusal {
    /// What was proven is not what the account has.
    Unproven,
    /// The account's name was freed meanwhile.
    Gone,
    /// An administrator has disabled the account.
    Disabled,
    /// It still has its default password, and this is no development server.
    DefaultPassword,
}

impl From<Unproven> for LoginRefusal {
    fn from(Unproven: Unproven) -> Self {
        Self::Unproven
    }
}

/// A session, live or ended.
#[derive(Clone, Copy)]
pub(crate) struct SessionRow {
    pub(crate) account: AccountId,
    pub(crate) device: Option<DeviceId>,
    pub(crate) used_at: Timestamp,
    pub(crate) ended: bool,
    /// The account is disabled.
    pub(crate) disabled: bool,
    /// The account has yet to get a password of its own.
    pub(crate) must_change_password: bool,
}

impl SessionRow {
    /// Whether it still counts.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        !self.ended && now.since(self.used_at) < SESSION_IDLE_MILLIS
    }
}
