//! The content key: one random key per message. MLS carries it to the members, a history key wraps it for those who
//! come later.

use rand_core::CryptoRngCore;

use crate::{
    ids::{ClientId, DeviceId},
    kdf,
    labels::KdfLabel,
    seal::{self, SealError},
    secret::Secret,
};

use super::{Place, envelope_aad};

/// Length of a wrapped content key.
pub const WRAP_LEN: usize = 32 + seal::OVERHEAD;

/// The plaintext of a message's MLS application message: content key (32 bytes) and message hash (32 bytes).
pub struct MessageKey {
    /// The content key.
    pub key: Secret<32>,
    /// SHA-256 of the payload.
    pub hash: [u8; 32],
}

impl MessageKey {
    /// The 64 bytes that MLS carries.
    #[must_use]
    pub fn encode(&self) -> Secret<64> {
        Secret::fill(|bytes| {
            let (key, hash) = bytes.split_at_mut(32);
            key.copy_from_slice(self.key.expose());
            hash.copy_from_slice(&self.hash);
        })
    }

    /// Takes the 64 bytes apart; `None` for any other length.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (key, hash) = bytes.split_first_chunk()?;
        Some(Self {
            key: Secret::from_bytes(key),
            hash: hash.try_into().ok()?,
        })
    }

    /// A second copy, made knowingly.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            key: self.key.duplicate(),
            hash: self.hash,
        }
    }
}

/// Wraps a content key under K(H, "wrap"), H being the room's history key. The associated data is that of the envelope
/// and the message hash, so a wrap fits one message.
///
/// # Errors
/// [`SealError`] never in practice: 32 bytes are not too many.
pub fn wrap(
    message: &MessageKey,
    history: &Secret<32>,
    place: &Place,
    device: DeviceId,
    client_id: ClientId,
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, SealError> {
    let aad = envelope_aad(place, device, client_id).bytes(&message.hash);
    seal::seal(&wrap_key(history), &aad, message.key.expose(), rng)
}

/// Unwraps what [`wrap`] made for the message with this hash in this place.
///
/// # Errors
/// [`SealError`] if it was made for anything else, or under another history key.
pub fn unwrap(
    wrapped: &[u8],
    hash: &[u8; 32],
    history: &Secret<32>,
    place: &Place,
    device: DeviceId,
    client_id: ClientId,
) -> Result<Secret<32>, SealError> {
    let aad = envelope_aad(place, device, client_id).bytes(hash);
    let key = seal::open(&wrap_key(history), &aad, wrapped)?;
    Secret::from_slice(&key).ok_or(SealError)
}

fn wrap_key(history: &Secret<32>) -> Secret<32> {
    kdf::derive(history, KdfLabel::Wrap, &[])
}
