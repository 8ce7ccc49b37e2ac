//! Who is in the room, read from the tree.

use crate::{
    certificate::DeviceCertificate,
    ids::{AccountId, DeviceId},
    roles::Role,
};

/// An account with at least one leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// Its role.
    pub role: Role,
    /// Whether no device of it has committed yet: shown as "invited".
    pub invited: bool,
    /// Its leaves, by index.
    pub devices: Vec<LeafInfo>,
}

/// A leaf of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafInfo {
    /// Index in the tree.
    pub index: u32,
    /// The certificate in its credential.
    pub certificate: DeviceCertificate,
    /// Whether the leaf still is the one of its KeyPackage.
    pub invited: bool,
}

impl LeafInfo {
    /// The account of the leaf.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.certificate.account()
    }

    /// The device of the leaf.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.certificate.device()
    }
}
