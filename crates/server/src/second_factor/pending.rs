//! What waits for a code.

use protocol::{
    ids::{AccountId, DeviceId},
    rest::RootBoxes,
};

use super::Seed;
use crate::store::credentials::Proven;

/// A login that has shown what opens the account, before its code.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) account: AccountId,
    pub(crate) identity_key: Vec<u8>,
    pub(crate) root_box: RootBoxes,
    /// The password, or the recovery code: what the session rests on.
    pub(crate) proven: Proven,
    /// The device that wants to go on in the session.
    pub(crate) device: Option<DeviceId>,
}

/// An enrolment before its first code. The seed is kept nowhere else until then.
#[derive(Clone)]
pub(crate) struct Enrolling {
    /// The password that was shown for it.
    pub(crate) proven: Proven,
    pub(crate) seed: Seed,
    pub(crate) sealed: Vec<u8>,
}
