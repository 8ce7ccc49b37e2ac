//! Rules of single fields.

use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    limits::{CERTIFICATE_BYTES, KEY_PACKAGE_BYTES, KEY_PACKAGES_MAX, VAULT_ITEM_BYTES},
    rest::{NewDevice, VaultPut},
};

use crate::failure::Refusal;

const VAULT_NAME_CHARS: usize = 64;

/// Something is there, and not more than allowed.
pub(super) fn fits(bytes: &Bytes, limit: usize) -> Result<(), Refusal> {
    match bytes.len() {
        0 => Err(Refusal::of(ErrorCode::BadRequest)),
        length if length > limit => Err(Refusal::of(ErrorCode::TooLarge)),
        _ => Ok(()),
    }
}

/// The same for what may be left out.
pub(super) fn maybe_fits(bytes: Option<&Bytes>, limit: usize) -> Result<(), Refusal> {
    bytes.map_or(Ok(()), |bytes| fits(bytes, limit))
}

/// A device with its first KeyPackages.
pub(super) fn device(device: &NewDevice) -> Result<(), Refusal> {
    fits(&device.certificate, CERTIFICATE_BYTES)?;
    fits(&device.last_resort, KEY_PACKAGE_BYTES)?;
    key_packages(&device.key_packages)
}

/// One-time KeyPackages.
pub(super) fn key_packages(packages: &[Bytes]) -> Result<(), Refusal> {
    if packages.len() > KEY_PACKAGES_MAX {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    packages
        .iter()
        .try_for_each(|package| fits(package, KEY_PACKAGE_BYTES))
}

/// A vault item to write.
pub(super) fn vault_put(put: &VaultPut) -> Result<(), Refusal> {
    if !is_vault_name(&put.name) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    fits(&put.sealed, VAULT_ITEM_BYTES)
}

/// At most 64 characters of `a-z 0-9 / -`.
pub(super) fn is_vault_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'/' || b == b'-';
    (1..=VAULT_NAME_CHARS).contains(&name.len()) && name.bytes().all(plain)
}
