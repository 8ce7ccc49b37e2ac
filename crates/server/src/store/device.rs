//! Devices and their KeyPackages as stored.

use protocol::{
    ids::{AccountId, DeviceId},
    rest::{NewDevice, RevokeDevices},
};

use super::{session::TokenHash, vault::VaultRefusal};

/// A device to add to an account.
pub(crate) struct AddDevice {
    pub(crate) account: AccountId,
    pub(crate) device: NewDevice,
    /// The version of the sealed account key that it holds.
    pub(crate) account_key: u64,
    /// The session that asks; it ends.
    pub(crate) old_token: TokenHash,
    /// The session that goes on, bound to the device.
    pub(crate) new_token: TokenHash,
}

/// Why a device was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddDeviceRefusal {
    /// The account has as many as it may have.
    Limit,
    /// The device id is in use, or was.
    IdTaken,
    /// The account has another key by now.
    OtherKey,
    /// The session has ended meanwhile.
    SessionOver,
}

/// Why KeyPackages were not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UploadRefusal {
    /// More one-time ones than the server keeps.
    TooMany,
    /// The device was revoked meanwhile.
    Revoked,
}

/// New KeyPackages of a device.
pub(crate) struct Upload {
    pub(crate) device: DeviceId,
    pub(crate) one_time: Vec<Vec<u8>>,
    /// Whether the stored one-time ones go first.
    pub(crate) replace: bool,
    pub(crate) last_resort: Option<Vec<u8>>,
    pub(crate) certificate: Option<Vec<u8>>,
}

/// Devices to revoke, with all that changes by it.
pub(crate) struct Revocation {
    pub(crate) account: AccountId,
    /// The device that asks.
    pub(crate) device: DeviceId,
    pub(crate) request: RevokeDevices,
}

/// Why devices were not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RevokeRefusal {
    /// The device that asks was revoked itself.
    Revoked,
    /// The vault was not written.
    Vault(VaultRefusal),
    /// A mail goes to a device that does not remain.
    BadMail,
    /// The account has other devices than the requester was shown.
    OtherDevices,
}

impl From<VaultRefusal> for RevokeRefusal {
    fn from(refusal: VaultRefusal) -> Self {
        Self::Vault(refusal)
    }
}

/// Why no KeyPackages were handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClaimRefusal {
    /// No such account.
    AccountNotFound,
    /// The account has no device.
    NoDevices,
}
