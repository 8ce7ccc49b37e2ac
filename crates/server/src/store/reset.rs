//! A reset of what opens an account, as stored (PROTOCOL section 2).

use protocol::{
    ids::{AccountId, DeviceId},
    rest::VaultPut,
};

use super::{credentials::CodeHash, session::TokenHash, vault::VaultRefusal};

/// What takes the place of what opened an account.
pub(crate) struct ResetFinish {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    /// Sealed under the server's key.
    pub(crate) password_file: Vec<u8>,
    pub(crate) by_password: Vec<u8>,
    pub(crate) by_code: Vec<u8>,
    pub(crate) code: CodeHash,
    /// The account key under the new root secret.
    pub(crate) account_key: VaultPut,
    /// The session that asks; it ends, as all others do.
    pub(crate) old_token: TokenHash,
    /// The session that goes on.
    pub(crate) new_token: TokenHash,
}

/// Why nothing was reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResetRefusal {
    /// None waits that this device asked for.
    None,
    /// It waits for so many milliseconds more.
    Waits(u64),
    /// The session that asks has ended, or its device was revoked.
    Ended,
    /// There is a session with the new token.
    TokenTaken,
    /// The account key was written in between.
    Vault(VaultRefusal),
}

impl From<VaultRefusal> for ResetRefusal {
    fn from(refusal: VaultRefusal) -> Self {
        Self::Vault(refusal)
    }
}
