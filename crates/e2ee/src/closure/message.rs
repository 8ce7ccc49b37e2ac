//! A message of the log, opened with any key.

use sha2::{Digest, Sha256};

use super::Key;
use crate::{
    ids::{ClientId, DeviceId},
    kdf,
    labels::KdfLabel,
    message::{Place, envelope_aad},
    seal,
    secret::Secret,
};

/// The sealed parts of a message.
pub struct Message {
    /// Where it was sealed.
    pub place: Place,
    /// The sender's device.
    pub device: DeviceId,
    /// Its idempotency key.
    pub client_id: ClientId,
    /// The sealed payload.
    pub encrypted_content: Vec<u8>,
    /// Its initialisation vector.
    pub iv: [u8; 12],
    /// SHA-256 of the payload.
    pub message_hash: [u8; 32],
    /// The wrapped content key.
    pub wrap: Option<Vec<u8>>,
}

impl Message {
    /// Whether it opens with this content key.
    #[must_use]
    pub fn opens_with(&self, content_key: &Key) -> bool {
        let aad = envelope_aad(&self.place, self.device, self.client_id);
        let key = Secret::from_bytes(content_key);
        let payload = seal::decrypt(&key, &self.iv, aad.as_slice(), &self.encrypted_content);
        payload
            .is_ok_and(|payload| <[u8; 32]>::from(Sha256::digest(&*payload)) == self.message_hash)
    }

    /// The content key, if it is wrapped under this history key.
    #[must_use]
    pub fn unwrap(&self, history_key: &Wrapping) -> Option<Key> {
        let aad = envelope_aad(&self.place, self.device, self.client_id).bytes(&self.message_hash);
        let key = seal::open(&history_key.0, &aad, self.wrap.as_deref()?).ok()?;
        key.as_slice().try_into().ok()
    }
}

/// What a secret would wrap content keys with.
pub struct Wrapping(Secret<32>);

impl Wrapping {
    /// Derives it.
    #[must_use]
    pub fn new(secret: &Key) -> Self {
        Self(kdf::derive(
            &Secret::from_bytes(secret),
            KdfLabel::Wrap,
            &[],
        ))
    }
}
