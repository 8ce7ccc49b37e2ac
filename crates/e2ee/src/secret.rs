//! Secret bytes that are wiped when dropped and cannot be printed, compared in variable time, cloned or serialized by
//! accident.

use rand_core::CryptoRngCore;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// `N` secret bytes.
///
/// They live on the heap: moving the value moves a pointer and leaves no copy behind on the stack.
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Fresh random bytes.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        Self::fill(|bytes| rng.fill_bytes(bytes))
    }

    /// Lets `write` fill the bytes in place.
    pub(crate) fn fill(write: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new([0; N]));
        write(&mut secret.0);
        secret
    }

    /// Takes over `bytes`. The caller's own copy is the caller's to wipe.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; N]) -> Self {
        Self::fill(|own| own.copy_from_slice(bytes))
    }

    /// Copies a slice; `None` unless it is exactly `N` bytes long.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }

    /// The bytes, for a primitive that needs them. Do not copy them into anything that is not wiped.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// A second copy, made knowingly.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::from_bytes(&self.0)
    }

    /// Whether both hold the same bytes, in constant time.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for Secret<N> {}

/// Secret bytes of any number, in a row: written like other bytes, and wiped like a [`Secret`].
pub(crate) struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// A copy. The caller's own is the caller's to wipe.
    pub(crate) fn copy(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for SecretBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
        Ok(Self(Zeroizing::new(bytes.into_vec())))
    }
}

/// Makes room for `more` bytes. A vector that grows by itself leaves what it held behind in freed memory.
pub(crate) fn make_room(bytes: &mut Vec<u8>, more: usize) {
    if bytes.capacity() - bytes.len() >= more {
        return;
    }
    let mut larger = Vec::with_capacity((bytes.len() + more).max(2 * bytes.capacity()).max(64));
    larger.extend_from_slice(bytes);
    bytes.zeroize();
    *bytes = larger;
}

#[cfg(test)]
mod tests {
    use core::fmt::Debug;

    use super::*;
    use crate::{
        account_key::AccountKey,
        device::Device,
        door::Door,
        ed25519::KeyPair,
        grant::Grant,
        identity::Identity,
        link::{Link, LinkSecret},
        message::{Draft, LineKey, MessageKey, SealedMessage},
        recovery_code::RecoveryCode,
        report::Report,
        root_box::{RootBox, RootSecret},
        signing::SigningKey,
        spoken::SpokenLink,
        testing::{assert_lacks, rng},
        vault::{AccountItem, EpochKeys, RoomItem, VaultLink},
    };

    // What holds secrets can be neither printed nor serialized nor cloned by accident; this is checked when the tests
    // are compiled.
    assert_lacks!(Secret<32>: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(KeyPair: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(Identity: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(SigningKey: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(Device: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(RootSecret: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(RootBox: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(AccountKey: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(RecoveryCode: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(MessageKey: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(LineKey: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(Report: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(SealedMessage: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(Draft<'static>: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(AccountItem: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(EpochKeys: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(Door: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(Grant: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(Link: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(LinkSecret: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(SpokenLink: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(VaultLink: Debug, Serialize, Clone, PartialEq);
    assert_lacks!(RoomItem: Debug, Serialize, Clone, PartialEq);

    // What wipes itself, and what must not lose the feature by which it does.
    const _: fn() = || {
        fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<Secret<32>>();
        wiped::<Zeroizing<Vec<u8>>>();
        wiped::<ed25519_dalek::SigningKey>();
        wiped::<x_wing::DecapsulationKey>();
    };

    #[test]
    fn secrets_are_compared_by_value() {
        let secret = Secret::<32>::random(&mut rng(1));
        assert!(secret.same_as(&secret.duplicate()));
        assert!(!secret.same_as(&Secret::random(&mut rng(2))));
        assert!(Secret::<32>::from_slice(&[0; 31]).is_none());
        assert!(Secret::<32>::from_slice(&[0; 33]).is_none());
    }
}
