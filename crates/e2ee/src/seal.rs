//! The one way to seal bytes at rest: AES-256-GCM with a random 96-bit IV.
//!
//! A sealed blob is `iv (12 bytes) || ciphertext || tag (16 bytes)`. The associated data names the purpose, the owners
//! and the epoch or version, so a blob opens only in the place that it was made for.

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInPlace};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{codec::Writer, labels::SealLabel, secret::Secret};

/// Length of an initialisation vector.
pub const IV_LEN: usize = 12;
/// Length of an authentication tag.
pub const TAG_LEN: usize = 16;
/// What a seal adds to the length of its plaintext.
pub const OVERHEAD: usize = IV_LEN + TAG_LEN;

/// A seal could not be made or opened. There is one error for every cause: telling a wrong key from a changed byte
/// would help only an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this seal does not open")]
pub struct SealError;

/// Associated data: a label, then length-prefixed or fixed-size fields in the order in which they were added.
#[derive(Clone)]
pub struct Aad(Writer);

impl Aad {
    /// Starts with the label.
    #[must_use]
    pub fn new(label: SealLabel) -> Self {
        let mut writer = Writer::new();
        writer.vec(label.bytes());
        Self(writer)
    }

    /// Adds an owner's id or a name, length-prefixed.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.vec(bytes);
        self
    }

    /// Adds an epoch, version or room number.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.0.u64(number);
        self
    }

    /// The encoded associated data.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// Seals `plaintext` under `key` with a fresh IV.
///
/// # Errors
/// [`SealError`] if the plaintext is longer than AES-GCM allows (64 GiB).
pub fn seal(
    key: &Secret<32>,
    aad: &Aad,
    plaintext: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, SealError> {
    let iv = random_iv(rng);
    let mut sealed = Vec::with_capacity(plaintext.len() + OVERHEAD);
    sealed.extend_from_slice(&iv);
    sealed.append(&mut encrypt(key, &iv, aad.as_slice(), plaintext)?);
    Ok(sealed)
}

/// Opens what [`seal`] made with the same key and associated data.
///
/// # Errors
/// [`SealError`] for any wrong key, associated data or byte, and for a blob that is too short.
pub fn open(key: &Secret<32>, aad: &Aad, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (iv, ciphertext) = sealed.split_first_chunk::<IV_LEN>().ok_or(SealError)?;
    decrypt(key, iv, aad.as_slice(), ciphertext)
}

/// A fresh IV. At 96 random bits, one key may seal 2^32 blobs; all keys but a shared passphrase's seal far fewer.
pub(crate) fn random_iv(rng: &mut impl CryptoRngCore) -> [u8; IV_LEN] {
    let mut iv = [0; IV_LEN];
    rng.fill_bytes(&mut iv);
    iv
}

/// AES-256-GCM: ciphertext and tag in one vector.
pub(crate) fn encrypt(
    key: &Secret<32>,
    iv: &[u8; IV_LEN],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    // With the tag's room reserved, the plaintext is overwritten in place and never left behind by a reallocation.
    let mut buffer = Vec::with_capacity(plaintext.len() + TAG_LEN);
    buffer.extend_from_slice(plaintext);
    cipher(key)
        .encrypt_in_place(iv.into(), aad, &mut buffer)
        .map_err(|_| SealError)?;
    Ok(buffer)
}

/// The inverse of [`encrypt`].
pub(crate) fn decrypt(
    key: &Secret<32>,
    iv: &[u8; IV_LEN],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    cipher(key)
        .decrypt_in_place(iv.into(), aad, &mut *buffer)
        .map_err(|_| SealError)?;
    Ok(buffer)
}

fn cipher(key: &Secret<32>) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{flipped, rng};

    fn key(byte: u8) -> Secret<32> {
        Secret::from_bytes(&[byte; 32])
    }

    fn door(owner: &[u8], epoch: u64) -> Aad {
        Aad::new(SealLabel::Door).bytes(owner).number(epoch)
    }

    #[test]
    fn a_seal_opens_only_with_its_key_and_in_its_place() {
        let sealed = seal(&key(1), &door(b"room", 1), b"text", &mut rng(1)).unwrap();
        assert_eq!(sealed.len(), 4 + OVERHEAD);
        assert_eq!(
            open(&key(1), &door(b"room", 1), &sealed)
                .unwrap()
                .as_slice(),
            b"text"
        );
        for (name, key, aad) in [
            ("key", key(2), door(b"room", 1)),
            ("owner", key(1), door(b"moor", 1)),
            ("epoch", key(1), door(b"room", 2)),
            (
                "label",
                key(1),
                Aad::new(SealLabel::Roster).bytes(b"room").number(1),
            ),
            (
                "field borders",
                key(1),
                Aad::new(SealLabel::Door)
                    .bytes(b"roo")
                    .bytes(b"m")
                    .number(1),
            ),
        ] {
            assert_eq!(open(&key, &aad, &sealed), Err(SealError), "{name}");
        }
    }

    #[test]
    fn changed_and_short_blobs_are_refused_alike() {
        let sealed = seal(&key(1), &door(b"room", 1), b"text", &mut rng(1)).unwrap();
        assert!(
            flipped(&sealed)
                .all(|sealed| open(&key(1), &door(b"room", 1), &sealed) == Err(SealError))
        );
        assert!(
            (0..sealed.len())
                .all(|len| open(&key(1), &door(b"room", 1), &sealed[..len]) == Err(SealError))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_sealed_opens(text in proptest::collection::vec(any::<u8>(), 0..500), seed: u64) {
            let sealed = seal(&key(1), &door(b"room", 1), &text, &mut rng(seed)).unwrap();
            let opened = open(&key(1), &door(b"room", 1), &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), text.as_slice());
        }
    }
}
