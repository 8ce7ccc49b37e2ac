//! Devices and the KeyPackages that let others add them to a room.

use serde::{Deserialize, Serialize};

use crate::{bytes::Bytes, ids::DeviceId};

/// `POST /api/devices`, and part of a registration: a device and its first KeyPackages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// `POST /api/key_packages`: new KeyPackages of this session's device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPackageUpload {
    /// One-time KeyPackages to add.
    pub key_packages: Vec<Bytes>,
    /// Replaces the last-resort one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_resort: Option<Bytes>,
}

/// `GET /api/key_packages`, and the answer to an upload: how many one-time KeyPackages this device has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPackageCount {
    /// One-time ones.
    pub left: u32,
}

/// `POST /api/accounts/{account_id}/key_packages`: takes one KeyPackage of each device of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedKeyPackages {
    /// One for each device.
    pub key_packages: Vec<ClaimedKeyPackage>,
}

/// One device's KeyPackage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedKeyPackage {
    /// The device.
    pub device_id: DeviceId,
    /// An MLS KeyPackage.
    pub key_package: Bytes,
    /// Whether it is the one that others may have got too.
    pub last_resort: bool,
}
