//! The vault item of the account: its signing key.

use zeroize::Zeroizing;

use crate::{
    codec::CodecError,
    ids::AccountId,
    secret::Secret,
    signing::{SigningCertificate, SigningCertificateError, SigningKey, SigningKeyMismatch},
};

use super::fields::Fields;

const SEED: u16 = 1;
const CERTIFICATE: u16 = 2;

/// The signing key S_g, its generation g and the identity's certificate for it.
pub struct AccountItem {
    signing: SigningKey,
    unknown: Fields,
}

/// An account item was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountItemError {
    /// It does not have the form of an account item.
    #[error("malformed account item: {0}")]
    Codec(#[from] CodecError),
    /// The certificate in it is refused.
    #[error(transparent)]
    Certificate(#[from] SigningCertificateError),
    /// The certificate is not of the signing key beside it.
    #[error(transparent)]
    Mismatch(#[from] SigningKeyMismatch),
    /// The certificate is another account's.
    #[error("the signing key belongs to another account")]
    Account,
}

impl AccountItem {
    /// An item with this signing key.
    #[must_use]
    pub fn new(signing: SigningKey) -> Self {
        Self {
            signing,
            unknown: Fields::default(),
        }
    }

    /// The signing key.
    #[must_use]
    pub const fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// Puts a signing key of a higher generation in place; `false`, and nothing done, for any other.
    #[must_use]
    pub fn raise(&mut self, signing: SigningKey) -> bool {
        let higher = signing.certificate().generation() > self.signing.certificate().generation();
        if higher {
            self.signing = signing;
        }
        higher
    }

    /// The item's plaintext.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let (seed, certificate) = (self.signing.seed(), self.signing.certificate().encode());
        self.unknown
            .encode_with(&[(SEED, seed.expose()), (CERTIFICATE, &certificate)])
    }

    /// Decodes and verifies an item of `account`. Fields of a newer client are kept.
    ///
    /// # Errors
    /// [`AccountItemError`] says what is wrong.
    pub fn decode(bytes: &[u8], account: AccountId) -> Result<Self, AccountItemError> {
        let mut fields = Fields::decode(bytes)?;
        let seed = fields
            .take(SEED)
            .and_then(|seed| Secret::from_slice(&seed))
            .ok_or(CodecError::BadValue)?;
        let certificate = fields.take(CERTIFICATE).ok_or(CodecError::BadValue)?;
        let certificate = SigningCertificate::parse(&certificate)?;
        if certificate.account() != account {
            return Err(AccountItemError::Account);
        }
        Ok(Self {
            signing: SigningKey::from_parts(&seed, certificate)?,
            unknown: fields,
        })
    }

    /// Joins what two devices wrote: the key of the higher generation stays, and of two in one generation the one with
    /// the greater public key. Commutative, associative and idempotent.
    pub fn merge(&mut self, other: &Self) {
        if rank(&self.signing) < rank(&other.signing) {
            self.signing = other.signing.duplicate();
        }
        self.unknown.merge(&other.unknown);
    }
}

fn rank(signing: &SigningKey) -> (u32, [u8; 32], Vec<u8>) {
    let certificate = signing.certificate();
    (
        certificate.generation(),
        *certificate.signing_key().as_bytes(),
        certificate.encode(),
    )
}
