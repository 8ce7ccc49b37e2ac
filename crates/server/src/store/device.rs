//! Devices and their KeyPackages as stored.

use protocol::{ids::AccountId, rest::NewDevice};

use super::session::TokenHash;

/// A device to add to an account.
pub(crate) struct AddDevice {
    pub(crate) account: AccountId,
    pub(crate) device: NewDevice,
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
    /// The device id is in use.
    IdTaken,
}

/// Why KeyPackages were not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UploadRefusal {
    /// More one-time ones than the server keeps.
    TooMany,
}

/// Why no KeyPackages were handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClaimRefusal {
    /// No such account.
    AccountNotFound,
    /// The account has no device.
    NoDevices,
}
