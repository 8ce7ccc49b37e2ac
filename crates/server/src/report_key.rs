//! The key under which the server says where an entry stands in a log, so that a reported message has a place and a time
//! (PROTOCOL section 7). It is drawn at the first start and rests sealed beside the OPAQUE setup.

use ed25519_dalek::{Signer as _, SigningKey};
use protocol::{
    bytes::Bytes,
    log::{Body, Entry},
    rest::{Attestation, attested},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    entropy::Entropy,
    secrets::{Sealer, Secret, SetupError, keep_or_draw},
    store::Store,
};

/// The key.
pub(crate) struct ReportKey(SigningKey);

impl ReportKey {
    /// Opens the key that is kept, or draws and keeps one.
    ///
    /// # Errors
    /// As for the OPAQUE setup: another `SECRET_KEY`, damage, or the store.
    pub(crate) async fn load(
        store: &impl Store,
        sealer: &Sealer,
        entropy: &Entropy,
    ) -> Result<Self, SetupError> {
        let draw = || Zeroizing::new(entropy.bytes::<32>().to_vec());
        let opened = keep_or_draw(store, sealer, Secret::ReportKey, entropy, draw).await?;
        let seed: &[u8; 32] = opened
            .as_slice()
            .try_into()
            .map_err(|_| SetupError::Damaged)?;
        Ok(Self(SigningKey::from_bytes(seed)))
    }

    /// The public half.
    pub(crate) fn public(&self) -> Bytes {
        self.0.verifying_key().as_bytes().as_slice().into()
    }

    /// An entry with the server's word on its place and time; `None` for one that has no hash in the log head.
    pub(crate) fn attest(&self, entry: Entry) -> Option<Attestation> {
        let body_hash: [u8; 32] = match &entry.body {
            Body::Deleted(deleted) => deleted.body_hash.as_slice().try_into().ok()?,
            body => Sha256::digest(body.canonical()?).into(),
        };
        let hash = Sha256::digest(entry.head_input(&body_hash)?).into();
        let signature = self.0.sign(&attested(entry.room_id, entry.seq, &hash));
        Some(Attestation {
            signature: signature.to_bytes().as_slice().into(),
            entry,
        })
    }
}
