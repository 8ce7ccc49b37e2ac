//! What a screen shows of the account's devices.

use protocol::{ids::DeviceId, time::Timestamp};

/// A device of the account that nobody has looked at on this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDevice {
    /// Its id.
    pub device: DeviceId,
    /// When this device heard of it.
    pub since: Timestamp,
}

/// A device of the account: by the server's word, held against its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Its id.
    pub device: DeviceId,
    /// When it was added, by the server's clock.
    pub created: Timestamp,
    /// The day on which it was last used, by the server's word.
    pub last_seen: Timestamp,
    /// Whether it is this one.
    pub current: bool,
    /// The generation of its certificate; none where the certificate is not this account's for this device.
    pub generation: Option<u32>,
    /// It has yet to take the keys of the last revocation.
    pub outdated: bool,
}

/// What opens the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The password.
    Password,
    /// The recovery code.
    Code,
    /// Not changed yet: a device asks to replace both, knowing neither.
    Reset,
}

/// Another device has changed what opens the account, and nobody has looked since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountChange {
    /// What.
    pub what: Changed,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// Which device, by the server's word.
    pub device: DeviceId,
}
