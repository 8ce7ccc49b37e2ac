//! The new device's side: a one-time key of the KEM and a nonce, first committed to and then revealed.

use openmls_traits::{crypto::OpenMlsCrypto, types::HpkeKeyPair};
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};

use super::{DeviceLinkError, VERSION};
use crate::{
    codec::{CodecError, Reader, Writer},
    crypto::Crypto,
    labels::HashLabel,
    seal::SealError,
    secret::Secret,
    suite::Suite,
};

/// The longest key to seal to, in bytes.
const KEY_MAX: usize = 4 * 1024;

/// SHA-256 of what will be revealed.
pub type Commitment = [u8; 32];

/// What a new device keeps until it is in. In memory only: with a new attempt comes a new key.
pub struct Offer {
    seed: Secret<32>,
    suite: Suite,
    reveal: Reveal,
}

/// What it shows after the answer has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reveal {
    /// The public key, in the form of the suite's KEM.
    pub(super) key: Vec<u8>,
    nonce: [u8; 32],
}

impl Offer {
    /// A fresh one.
    ///
    /// # Errors
    /// [`SealError`] never in practice: a seed of 32 bytes gives a key.
    pub fn new(suite: Suite, rng: &mut impl CryptoRngCore) -> Result<Self, SealError> {
        let seed = Secret::random(rng);
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let key = key_pair(&seed, suite)?.public;
        Ok(Self {
            seed,
            suite,
            reveal: Reveal { key, nonce },
        })
    }

    /// What goes out first.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.reveal.commitment()
    }

    /// What goes out once the answer is here, and never before: who knew it could choose its answer by it.
    #[must_use]
    pub const fn reveal(&self) -> &Reveal {
        &self.reveal
    }

    pub(super) const fn suite(&self) -> Suite {
        self.suite
    }

    pub(super) fn key_pair(&self) -> Result<HpkeKeyPair, SealError> {
        key_pair(&self.seed, self.suite)
    }
}

impl Reveal {
    /// As it stands on the wire: version u16, key (length before it), nonce 32.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u16(VERSION);
        writer.vec(&self.key);
        writer.fixed(&self.nonce);
        writer.finish()
    }

    /// Reads what a new device is said to have revealed. Only [`super::Transcript`] says whether it is what the new
    /// device had committed to.
    ///
    /// # Errors
    /// [`DeviceLinkError::Codec`] and [`DeviceLinkError::Version`].
    pub fn parse(bytes: &[u8]) -> Result<Self, DeviceLinkError> {
        if bytes.len() > super::MAX_LEN {
            return Err(CodecError::BadValue.into());
        }
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        if version != VERSION {
            return Err(DeviceLinkError::Version(version));
        }
        let reveal = Self {
            key: reader.vec(KEY_MAX)?.to_vec(),
            nonce: reader.array()?,
        };
        reader.finish()?;
        Ok(reveal)
    }

    /// What it must have been committed to by.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        Sha256::new()
            .chain_update(HashLabel::DeviceLinkCommitment.bytes())
            .chain_update(self.encode())
            .finalize()
            .into()
    }
}

fn key_pair(seed: &Secret<32>, suite: Suite) -> Result<HpkeKeyPair, SealError> {
    Crypto::default()
        .derive_hpke_keypair(suite.mls().hpke_config(), seed.expose())
        .map_err(|_| SealError)
}
