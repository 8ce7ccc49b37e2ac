//! The identity of an account: one Ed25519 key, from which the account id follows (PROTOCOL section 2).
//!
//! The private half is used at registration, when a device is revoked and when the recovery code changes; in between it
//! rests in the root box and on no device.

use sha2::{Digest, Sha256};

use crate::{
    ed25519::{KeyPair, PUBLIC_LEN, PublicKey, PublicKeyError},
    ids::AccountId,
    labels::HashLabel,
    secret::Secret,
};
use rand_core::CryptoRngCore;

/// The public identity key of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentityKey(PublicKey);

impl IdentityKey {
    /// Checks 32 bytes.
    ///
    /// # Errors
    /// [`PublicKeyError`] if they are no canonical point of large order.
    pub fn parse(bytes: &[u8; PUBLIC_LEN]) -> Result<Self, PublicKeyError> {
        PublicKey::parse(bytes).map(Self)
    }

    /// The first 16 bytes of SHA-256("secure-chat/1 account" || key).
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        let hash = Sha256::new()
            .chain_update(HashLabel::Account.bytes())
            .chain_update(self.as_bytes())
            .finalize();
        let mut id = [0; 16];
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        id.into()
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; PUBLIC_LEN] {
        self.0.as_bytes()
    }

    /// The key that verifies signatures.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.0
    }
}

/// The private identity key.
pub struct Identity(KeyPair);

impl Identity {
    /// A new identity, and with it a new account id.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        Self(KeyPair::generate(rng))
    }

    /// The identity of a stored seed.
    #[must_use]
    pub fn from_seed(seed: &Secret<32>) -> Self {
        Self(KeyPair::from_seed(seed))
    }

    /// The seed, for the root box.
    #[must_use]
    pub fn seed(&self) -> Secret<32> {
        self.0.seed()
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> IdentityKey {
        IdentityKey(*self.0.public())
    }

    /// The account that this identity makes.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.public().account_id()
    }

    pub(crate) const fn key_pair(&self) -> &KeyPair {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::rng;

    #[test]
    fn the_account_id_is_the_hash_that_the_protocol_names() {
        let identity = Identity::generate(&mut rng(1));
        let mut input = b"secure-chat/1 account".to_vec();
        input.extend_from_slice(identity.public().as_bytes());
        let hash = Sha256::digest(input);
        assert_eq!(identity.account_id().as_bytes().as_slice(), &hash[..16]);
        assert_eq!(
            Identity::from_seed(&identity.seed()).account_id(),
            identity.account_id()
        );
        assert_ne!(
            Identity::generate(&mut rng(2)).account_id(),
            identity.account_id()
        );
    }
}
