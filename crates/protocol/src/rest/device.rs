//! Devices and the KeyPackages that let others add them to a room.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::DeviceId,
    rest::{Changed, MailDrop, VaultPut},
    time::Timestamp,
};

/// `POST /api/devices`: a further device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AddDevice {
    /// The device.
    pub device: NewDevice,
    /// The version of the vault's [`ACCOUNT_KEY`](crate::rest::ACCOUNT_KEY) that it holds: with another one it could not
    /// read what its account keeps.
    pub account_key: u64,
}

/// Part of [`AddDevice`] and of a registration: a device and its first KeyPackages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewDevice {
    /// Drawn by the device.
    pub device_id: DeviceId,
    /// Its certificate.
    pub certificate: Bytes,
    /// One-time KeyPackages.
    pub key_packages: Vec<Bytes>,
    /// The KeyPackage that may be handed out more than once.
    pub last_resort: Bytes,
}

/// `GET /api/devices`: the account's devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Devices {
    /// All of them, oldest first.
    pub devices: Vec<Device>,
    /// When the account's password was changed last; none since it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_changed: Option<Changed>,
    /// The same of the recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_changed: Option<Changed>,
    /// Of a reset that waits: when it was asked for, and by which device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_asked: Option<Changed>,
}

/// A device of the account, by the server's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Device {
    /// The device.
    pub device_id: DeviceId,
    /// Its certificate.
    pub certificate: Bytes,
    /// Its last-resort KeyPackage, to which a new account key is sealed.
    pub last_resort: Bytes,
    /// When it was added.
    pub created: Timestamp,
    /// The day on which it was last used: midnight UTC, never finer.
    pub last_seen: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// `POST /api/devices/revoke`: ends other devices of the account, with everything that changes by it, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevokeDevices {
    /// Which. At least one, not this one; what the account does not have is skipped.
    pub devices: Vec<DeviceId>,
    /// All others but this one, as the requester was shown them: whoever came since would be left without the new key.
    pub remaining: Vec<DeviceId>,
    /// This device's certificate of the next generation.
    pub certificate: Bytes,
    /// One-time KeyPackages of this device, in place of all former ones.
    pub key_packages: Vec<Bytes>,
    /// The last-resort one, in place of the former.
    pub last_resort: Bytes,
    /// The vault, sealed anew.
    pub vault: Vec<VaultPut>,
    /// The new account key for the devices that remain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mails: Vec<MailDrop>,
}

/// `POST /api/key_packages`: new KeyPackages of this session's device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyPackageUpload {
    /// One-time KeyPackages to add.
    pub key_packages: Vec<Bytes>,
    /// Replaces the last-resort one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_resort: Option<Bytes>,
    /// Drops all stored one-time ones first.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replace: bool,
    /// A renewed certificate of this device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Bytes>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
pub(crate) const fn is_false(value: &bool) -> bool {
    !*value
}

/// `GET /api/key_packages`, and the answer to an upload: how many one-time KeyPackages this device has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyPackageCount {
    /// One-time ones.
    pub left: u32,
}

/// `POST /api/accounts/{account_id}/key_packages`: takes one KeyPackage of each device of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimedKeyPackages {
    /// One for each device.
    pub key_packages: Vec<ClaimedKeyPackage>,
}

/// One device's KeyPackage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimedKeyPackage {
    /// The device.
    pub device_id: DeviceId,
    /// An MLS KeyPackage.
    pub key_package: Bytes,
    /// Whether it is the one that others may have got too.
    pub last_resort: bool,
}
