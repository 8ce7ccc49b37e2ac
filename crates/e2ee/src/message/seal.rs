//! Seals a message.

use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    device::Device,
    ids::ClientId,
    log_head::Seen,
    payload::{ContentTooLong, Payload},
    seal::{IV_LEN, SealError, encrypt, random_iv},
    secret::Secret,
};

use super::{MessageKey, Place, envelope_aad, wrap};

/// What is to be said, and where.
pub struct Draft<'a> {
    /// Room, group and epoch.
    pub place: Place,
    /// The idempotency key; it stays when a stale message is sealed again.
    pub client_id: ClientId,
    /// A counter that this device has not used in this room.
    pub counter: u64,
    /// The author's time, in unix milliseconds.
    pub sent_at_ms: u64,
    /// The last log entry that this device has seen.
    pub seen: Seen,
    /// What the content is.
    pub kind: u16,
    /// The content.
    pub content: &'a [u8],
    /// The history key, if the room's policy has one and the message has no timer.
    pub history: Option<&'a Secret<32>>,
}

/// A sealed message: the fields of the wire, and the key that MLS has to carry.
pub struct SealedMessage {
    /// The ciphertext of the padded payload.
    pub encrypted_content: Vec<u8>,
    /// The IV of that ciphertext.
    pub iv: [u8; IV_LEN],
    /// SHA-256 of the payload.
    pub message_hash: [u8; 32],
    /// The content key wrapped under the history key.
    pub history_key: Option<Vec<u8>>,
    /// What goes into the MLS application message; kept until the echo comes back, which MLS does not open.
    pub mls_plaintext: MessageKey,
}

/// A message could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealMessageError {
    /// The content is too long.
    #[error(transparent)]
    Content(#[from] ContentTooLong),
    /// The cipher refused; it does not for lengths that a payload can have.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Signs, pads and seals a draft under a fresh content key.
///
/// # Errors
/// [`SealMessageError::Content`] if the content is longer than [`crate::payload::MAX_CONTENT`].
pub fn seal(
    draft: &Draft<'_>,
    device: &Device,
    rng: &mut impl CryptoRngCore,
) -> Result<SealedMessage, SealMessageError> {
    let payload = payload_of(draft, device).sign(device.key(), rng)?;
    let message = MessageKey {
        key: Secret::random(rng),
        hash: Sha256::digest(&payload).into(),
    };
    let (place, id, client_id) = (&draft.place, device.id(), draft.client_id);
    let iv = random_iv(rng);
    let encrypted_content = encrypt(
        &message.key,
        &iv,
        envelope_aad(place, id, client_id).as_slice(),
        &payload,
    )?;
    let history_key = match draft.history {
        Some(history) => Some(wrap(&message, history, place, id, client_id, rng)?),
        None => None,
    };
    Ok(SealedMessage {
        encrypted_content,
        iv,
        message_hash: message.hash,
        history_key,
        mls_plaintext: message,
    })
}

fn payload_of(draft: &Draft<'_>, device: &Device) -> Payload {
    Payload {
        room: draft.place.room,
        group: draft.place.group,
        epoch: draft.place.epoch,
        account: device.account(),
        device: device.id(),
        client_id: draft.client_id,
        counter: draft.counter,
        sent_at_ms: draft.sent_at_ms,
        seen: draft.seen,
        kind: draft.kind,
        content: Zeroizing::new(draft.content.to_vec()),
    }
}
