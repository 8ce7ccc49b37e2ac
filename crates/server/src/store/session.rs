//! Sessions as stored: the token itself is never kept.

use protocol::{
    ids::{AccountId, DeviceId, SessionId},
    limits::SESSION_IDLE_MILLIS,
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};

use crate::labels;

use super::credentials::{Proven, Unproven};

/// SHA-256 of a session token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash(pub(crate) [u8; 32]);

impl TokenHash {
    /// What the session is called in lists: a hash of the hash, from which nothing leads back.
    pub(crate) fn id(&self) -> SessionId {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(labels::SESSION_ID)
            .chain_update(self.0)
            .finalize()
            .into();
        let (id, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        SessionId::from_bytes(*id)
    }
}

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
    pub(crate) token: TokenHash,
    pub(crate) account: AccountId,
    pub(crate) device: Option<DeviceId>,
    pub(crate) started_at: Timestamp,
    pub(crate) used_at: Timestamp,
    pub(crate) ended: bool,
    /// The account was deleted.
    pub(crate) deleted: bool,
    /// The account is disabled.
    pub(crate) disabled: bool,
    /// The account has yet to get a password of its own.
    pub(crate) must_change_password: bool,
    /// The account is a classic one.
    pub(crate) classic: bool,
}

impl SessionRow {
    /// When it ends if it is not used until then; no session lasts longer than `longest` milliseconds.
    pub(crate) fn ends(&self, longest: u64) -> Timestamp {
        let idle = self.used_at.plus(SESSION_IDLE_MILLIS);
        idle.min(self.started_at.plus(longest))
    }

    /// Whether it still counts.
    pub(crate) fn is_live(&self, now: Timestamp, longest: u64) -> bool {
        !self.ended && now < self.ends(longest)
    }
}
