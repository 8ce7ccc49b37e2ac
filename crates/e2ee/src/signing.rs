//! The signing key S_g: what an account's devices use to certify each other. The identity certifies it with a
//! generation, and revoking a device raises the generation (PROTOCOL section 2).

use rand_core::CryptoRngCore;

use crate::{
    codec::{CodecError, Reader, Writer},
    ed25519::{KeyPair, PublicKey, PublicKeyError, SIGNATURE_LEN, SignatureError},
    identity::{Identity, IdentityKey},
    ids::AccountId,
    labels::SignLabel,
    secret::Secret,
};

/// A signing certificate was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningCertificateError {
    /// It does not have the form of a signing certificate.
    #[error("malformed signing certificate: {0}")]
    Codec(#[from] CodecError),
    /// The identity key or signing key is unacceptable.
    #[error("bad key in a signing certificate: {0}")]
    Key(#[from] PublicKeyError),
    /// The identity did not sign it.
    #[error("the identity did not sign this signing certificate")]
    Signature(#[from] SignatureError),
}

/// The identity's word that a signing key of one generation belongs to the account. Every value has been verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningCertificate {
    identity: IdentityKey,
    generation: u32,
    signing_key: PublicKey,
    signature: [u8; SIGNATURE_LEN],
}

impl SigningCertificate {
    /// Encoded length: identity key, generation, signing key, signature.
    pub const LEN: usize = 32 + 4 + 32 + SIGNATURE_LEN;

    /// Decodes and verifies.
    ///
    /// # Errors
    /// [`SigningCertificateError`] says what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, SigningCertificateError> {
        let mut reader = Reader::new(bytes);
        let certificate = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(certificate)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, SigningCertificateError> {
        let identity = IdentityKey::parse(&reader.array()?)?;
        let generation = reader.u32()?;
        let signing_key = PublicKey::parse(&reader.array()?)?;
        let signature = reader.array()?;
        let signed = signed_bytes(identity.account_id(), generation, &signing_key);
        identity
            .public()
            .verify(SignLabel::SigningCertificate, &signed, &signature)?;
        Ok(Self {
            identity,
            generation,
            signing_key,
            signature,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.fixed(self.identity.as_bytes());
        writer.u32(self.generation);
        writer.fixed(self.signing_key.as_bytes());
        writer.fixed(&self.signature);
    }

    /// Identity key (32 bytes), generation (4), signing key (32), signature (64).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(Self::LEN);
        self.write(&mut writer);
        writer.finish()
    }

    /// The identity that signed.
    #[must_use]
    pub const fn identity(&self) -> &IdentityKey {
        &self.identity
    }

    /// The account of that identity.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.identity.account_id()
    }

    /// Which signing key of the account this is, from 0 on.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The certified key.
    #[must_use]
    pub const fn signing_key(&self) -> &PublicKey {
        &self.signing_key
    }
}

fn signed_bytes(account: AccountId, generation: u32, signing_key: &PublicKey) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.fixed(account.as_bytes());
    writer.u32(generation);
    writer.fixed(signing_key.as_bytes());
    writer.finish()
}

/// The private signing key S_g with its certificate.
pub struct SigningKey {
    pair: KeyPair,
    certificate: SigningCertificate,
}

/// A stored seed and a certificate are not of the same signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key does not belong to its certificate")]
pub struct SigningKeyMismatch;

impl SigningKey {
    /// A fresh signing key of `generation`, certified by the identity.
    #[must_use]
    pub fn generate(identity: &Identity, generation: u32, rng: &mut impl CryptoRngCore) -> Self {
        let pair = KeyPair::generate(rng);
        let signing_key = *pair.public();
        let signed = signed_bytes(identity.account_id(), generation, &signing_key);
        let signature = identity
            .key_pair()
            .sign(SignLabel::SigningCertificate, &signed);
        let certificate = SigningCertificate {
            identity: identity.public(),
            generation,
            signing_key,
            signature,
        };
        Self { pair, certificate }
    }

    /// Puts a stored key and its certificate together again.
    ///
    /// # Errors
    /// [`SigningKeyMismatch`] if the certificate is of another key.
    pub fn from_parts(
        seed: &Secret<32>,
        certificate: SigningCertificate,
    ) -> Result<Self, SigningKeyMismatch> {
        let pair = KeyPair::from_seed(seed);
        if pair.public() != certificate.signing_key() {
            return Err(SigningKeyMismatch);
        }
        Ok(Self { pair, certificate })
    }

    /// The seed, for the vault.
    #[must_use]
    pub fn seed(&self) -> Secret<32> {
        self.pair.seed()
    }

    /// A second copy, made knowingly.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            pair: KeyPair::from_seed(&self.seed()),
            certificate: self.certificate,
        }
    }

    /// The identity's certificate for this key.
    #[must_use]
    pub const fn certificate(&self) -> &SigningCertificate {
        &self.certificate
    }

    pub(crate) const fn key_pair(&self) -> &KeyPair {
        &self.pair
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{flipped, person};

    #[test]
    fn a_signing_certificate_is_verified_when_it_is_read() {
        let alice = person("alice", 1);
        let certificate = *alice.signing.certificate();
        let bytes = certificate.encode();
        assert_eq!(bytes.len(), SigningCertificate::LEN);
        assert_eq!(SigningCertificate::parse(&bytes), Ok(certificate));
        assert_eq!(certificate.account(), alice.identity.account_id());
        assert!(flipped(&bytes).all(|bytes| SigningCertificate::parse(&bytes).is_err()));
        let trailing = [bytes.as_slice(), &[0]].concat();
        assert_eq!(
            SigningCertificate::parse(&trailing),
            Err(CodecError::Trailing.into())
        );
        assert_eq!(
            SigningCertificate::parse(&bytes[..99]),
            Err(CodecError::Truncated.into())
        );
    }

    #[test]
    fn another_identity_cannot_take_a_signing_key_over() {
        let [alice, mallory] = [person("alice", 1), person("mallory", 2)];
        let mut bytes = alice.signing.certificate().encode();
        bytes[..32].copy_from_slice(mallory.identity.public().as_bytes());
        assert_eq!(
            SigningCertificate::parse(&bytes),
            Err(SignatureError.into())
        );
    }

    #[test]
    fn a_key_and_a_certificate_of_different_keys_are_refused() {
        let [alice, mallory] = [person("alice", 1), person("mallory", 2)];
        let certificate = *alice.signing.certificate();
        assert!(SigningKey::from_parts(&alice.signing.seed(), certificate).is_ok());
        let mixed = SigningKey::from_parts(&mallory.signing.seed(), certificate);
        assert_eq!(mixed.err(), Some(SigningKeyMismatch));
    }
}
