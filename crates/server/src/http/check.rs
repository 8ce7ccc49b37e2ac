//! Rules of single fields.

use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    limits::{
        ACCOUNT_KEY_MAIL_BYTES, CERTIFICATE_BYTES, HISTORY_MAIL_BYTES, KEY_PACKAGE_BYTES,
        KEY_PACKAGES_MAX, MAIL_BYTES, MAILS_PER_REQUEST, VAULT_ITEM_BYTES,
    },
    rest::{MailBody, MailDrop, NewDevice, VaultPut},
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

/// Not more mails than a request without a commit may carry.
pub(super) fn mail_count(mails: &[MailDrop]) -> Result<(), Refusal> {
    if mails.len() > MAILS_PER_REQUEST {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    Ok(())
}

/// A mail of any kind.
pub(super) fn mail(body: &MailBody) -> Result<(), Refusal> {
    match body {
        MailBody::Welcome {
            welcome, bundle, ..
        } => {
            fits(welcome, MAIL_BYTES)?;
            fits(bundle, MAIL_BYTES)?;
            if welcome.len().saturating_add(bundle.len()) > MAIL_BYTES {
                return Err(Refusal::of(ErrorCode::TooLarge));
            }
            Ok(())
        }
        MailBody::AccountKey { sealed } => fits(sealed, ACCOUNT_KEY_MAIL_BYTES),
        MailBody::HistoryRequest { sealed } | MailBody::HistoryKeys { sealed } => {
            fits(sealed, HISTORY_MAIL_BYTES)
        }
    }
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
