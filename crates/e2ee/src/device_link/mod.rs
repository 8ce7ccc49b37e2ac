//! A further device without a password: one that is in already hands it the account key, and a person compares a number
//! on both screens (decision 52).
//!
//! ```text
//! new device                          server                         device of the account
//! commitment to {key, nonce}   ->     id, commitment          ->     (by code or camera)
//!                              <-     answer                  <-     {account, device, name, nonce}
//! reveal {key, nonce}          ->     reveal                  ->     must fit the commitment
//!              both show six digits of the transcript; the person compares them
//!                              <-     keys                    <-     {account key, ticket}, to the key, signed
//! ```
//!
//! Whoever stands between the two must make a key before it sees the other's nonce, so it has one try in a million,
//! and a person sees the one that fails. A camera takes the commitment along, and then not even that try is left.

mod answer;
mod code;
mod keys;
mod offer;
#[cfg(test)]
mod tests;
mod transcript;

pub use self::{
    answer::Answer,
    code::{DeviceCode, DeviceCodeError, MAX_FRAGMENT, MeetingId},
    keys::{Keys, open, seal},
    offer::{Commitment, Offer, Reveal},
    transcript::{Number, Transcript},
};

use crate::{
    certificate::CertificateError, codec::CodecError, ed25519::SignatureError, seal::SealError,
    user_name::UserNameError,
};

/// The version of all that goes between the two.
const VERSION: u16 = 1;
/// The longest of them that is looked at, in bytes.
const MAX_LEN: usize = 16 * 1024;

/// Something that the other side is said to have sent was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceLinkError {
    /// It does not have its form.
    #[error("malformed link of a device: {0}")]
    Codec(#[from] CodecError),
    /// It is of another version.
    #[error("link of a device of version {0}")]
    Version(u16),
    /// The name is none.
    #[error(transparent)]
    Name(#[from] UserNameError),
    /// What was revealed is not what was committed to: somebody stands between the two.
    #[error("the new device revealed something else than it had committed to")]
    Commitment,
    /// The certificate of the device that hands out the key is refused.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The key comes from another account or device than the one that answered.
    #[error("the account key comes from another device than the one that answered")]
    OtherDevice,
    /// The device did not sign it.
    #[error("the device did not sign this")]
    Signature(#[from] SignatureError),
    /// It does not open, or the key to seal to is none.
    #[error(transparent)]
    Seal(#[from] SealError),
}
