//! Ed25519 (RFC 8032) with strict verification, the only signature scheme.
//!
//! Public keys are checked when they are parsed, signatures are verified with `verify_strict`: no small-order or
//! non-canonical point gets in, so one signature never fits two messages or two keys.

use core::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use rand_core::CryptoRngCore;

use crate::{codec::Writer, labels::SignLabel, secret::Secret};

/// Length of a public key.
pub const PUBLIC_LEN: usize = 32;
/// Length of a signature.
pub const SIGNATURE_LEN: usize = 64;

/// 32 bytes are no acceptable public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// There is no curve point with these bytes.
    #[error("no point on the curve")]
    NotAPoint,
    /// The point has a shorter, canonical encoding.
    #[error("not the canonical encoding of the point")]
    NotCanonical,
    /// The point has small order: signatures under it prove nothing.
    #[error("a point of small order")]
    SmallOrder,
}

/// A signature does not fit key, label and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct SignatureError;

/// A checked public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Checks that the bytes are the canonical encoding of a point that is not of small order.
    ///
    /// # Errors
    /// [`PublicKeyError`] says which of the three it is not.
    pub fn parse(bytes: &[u8; PUBLIC_LEN]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| PublicKeyError::NotAPoint)?;
        if key.to_edwards().compress().as_bytes() != bytes {
            return Err(PublicKeyError::NotCanonical);
        }
        if key.is_weak() {
            return Err(PublicKeyError::SmallOrder);
        }
        Ok(Self(key))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; PUBLIC_LEN] {
        self.0.as_bytes()
    }

    /// Verifies a signature made by [`KeyPair::sign`] with the same label over the same message.
    ///
    /// # Errors
    /// [`SignatureError`] if it does not fit.
    pub fn verify(
        &self,
        label: SignLabel,
        message: &[u8],
        signature: &[u8; SIGNATURE_LEN],
    ) -> Result<(), SignatureError> {
        self.0
            .verify_strict(&labelled(label, message), &Signature::from_bytes(signature))
            .map_err(|_| SignatureError)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        self.as_bytes()
            .iter()
            .take(4)
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// A private key with its public key.
pub struct KeyPair {
    signing: Box<SigningKey>,
    public: PublicKey,
}

impl KeyPair {
    /// A fresh key pair.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        Self::from_seed(&Secret::random(rng))
    }

    /// The key pair of a 32-byte seed (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &Secret<32>) -> Self {
        let signing = Box::new(SigningKey::from_bytes(seed.expose()));
        // A public key computed from a clamped scalar is canonical and of large order.
        let public = PublicKey(signing.verifying_key());
        Self { signing, public }
    }

    /// The seed, to be stored or given to a library.
    #[must_use]
    pub fn seed(&self) -> Secret<32> {
        Secret::from_bytes(self.signing.as_bytes())
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs {label, message}, both length-prefixed.
    #[must_use]
    pub fn sign(&self, label: SignLabel, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        self.signing.sign(&labelled(label, message)).to_bytes()
    }

    /// Signs bytes as they are, for MLS, whose own labels (RFC 9420 section 5.1.2) keep them apart from ours.
    #[must_use]
    pub fn sign_raw(&self, bytes: &[u8]) -> [u8; SIGNATURE_LEN] {
        self.signing.sign(bytes).to_bytes()
    }
}

fn labelled(label: SignLabel, message: &[u8]) -> Vec<u8> {
    let mut input = Writer::with_capacity(message.len() + 64);
    input.vec(label.bytes());
    input.vec(message);
    input.finish()
}
