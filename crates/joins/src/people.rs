//! Accounts with a device each, and what all of them take for granted.

use anyhow::{Result, anyhow};
use e2ee::{
    device::{Device, Validity},
    identity::Identity,
    ids::RoomId,
    signing::SigningKey,
    suite::Suite,
    user_name::UserName,
};
use rand_core::OsRng;

/// A moment in the certificates' validity, in unix milliseconds; nothing here depends on which.
pub(crate) const NOW_MS: u64 = 1_800_000_000_000;
pub(crate) const SUITE: Suite = Suite::POST_QUANTUM;

pub(crate) fn room() -> Result<RoomId> {
    RoomId::new(7).map_err(|_| anyhow!("7 is a room id"))
}

/// The signing key of a new account.
pub(crate) fn account() -> SigningKey {
    SigningKey::generate(&Identity::generate(&mut OsRng), 0, &mut OsRng)
}

/// A device of an account.
pub(crate) fn device(name: &str, signing: &SigningKey) -> Result<Device> {
    let validity = Validity::days(NOW_MS, 90);
    Ok(Device::create(
        UserName::new(name)?,
        signing,
        validity,
        &mut OsRng,
    ))
}
