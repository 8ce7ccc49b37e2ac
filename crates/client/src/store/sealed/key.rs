//! The store's key, and how it is kept: sealed under a secret of the keyring, a passphrase, or a file.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use hkdf::Hkdf;
use rand_core::CryptoRngCore;
use sha2::Sha384;
use zeroize::Zeroizing;

use super::{StoreError, Tag, stretched::Stretched};
use crate::labels;

const IV_BYTES: usize = 12;
pub(super) const SALT_BYTES: usize = 16;

/// The random key that a store is sealed under. Has no `Debug` and no `Clone`.
pub struct StoreKey {
    prk: Zeroizing<[u8; 48]>,
    secret: Zeroizing<[u8; 32]>,
}

impl StoreKey {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut_slice());
        Self::from_secret(secret)
    }

    /// The secret itself, to be sealed by something outside this crate, as the browser's own cryptography.
    pub fn expose(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The inverse of [`expose`](Self::expose).
    pub fn restore(secret: Zeroizing<[u8; 32]>) -> Self {
        Self::from_secret(secret)
    }

    fn from_secret(secret: Zeroizing<[u8; 32]>) -> Self {
        let (prk, _) = Hkdf::<Sha384>::extract(Some(labels::STORE), secret.as_slice());
        let mut key = Zeroizing::new([0; 48]);
        key.copy_from_slice(&prk);
        Self { prk: key, secret }
    }

    /// Sixteen bytes that stand for `place` and can be made by nobody without the key.
    pub(super) fn hide(&self, label: &str, place: &[u8]) -> Result<[u8; 16], StoreError> {
        let mut out = [0; 16];
        self.expand(label, place, &mut out)?;
        Ok(out)
    }

    /// The key of the values of one space.
    pub(super) fn for_values(&self, tag: &Tag) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        let mut out = Zeroizing::new([0; 32]);
        self.expand("values", &tag.0, out.as_mut_slice())?;
        Ok(out)
    }

    fn expand(&self, label: &str, place: &[u8], out: &mut [u8]) -> Result<(), StoreError> {
        let info = [labels::STORE_EXPANDED, label.as_bytes(), &[0], place].concat();
        // Both can fail for lengths only, and the lengths are constant.
        let refused = || StoreError::Failed("key derivation refused its lengths".to_owned());
        Hkdf::<Sha384>::from_prk(self.prk.as_slice())
            .map_err(|_| refused())?
            .expand(&info, out)
            .map_err(|_| refused())
    }

    /// Seals the key under a secret of at least 32 random bytes.
    ///
    /// # Errors
    /// The secret is too short.
    pub fn seal_under_secret(
        &self,
        secret: &[u8],
        rng: &mut impl CryptoRngCore,
    ) -> Result<SealedKey, KeyError> {
        let salt = salt(rng);
        let wrapping = from_secret(secret, &salt)?;
        self.seal(&wrapping, salt, rng)
    }

    /// Seals the key under a passphrase, stretched by Argon2id.
    ///
    /// # Errors
    /// Argon2id does not get its memory.
    pub fn seal_under_passphrase(
        &self,
        passphrase: &str,
        rng: &mut impl CryptoRngCore,
    ) -> Result<SealedKey, KeyError> {
        self.seal_under_stretched(&Stretched::new(passphrase, rng)?, rng)
    }

    /// Seals the key under a passphrase that was stretched before.
    ///
    /// # Errors
    /// None in practice: the cipher refuses lengths only, and these are constant.
    pub fn seal_under_stretched(
        &self,
        stretched: &Stretched,
        rng: &mut impl CryptoRngCore,
    ) -> Result<SealedKey, KeyError> {
        self.seal(&stretched.key, stretched.salt, rng)
    }

    fn seal(
        &self,
        wrapping: &[u8; 32],
        salt: [u8; SALT_BYTES],
        rng: &mut impl CryptoRngCore,
    ) -> Result<SealedKey, KeyError> {
        let mut iv = [0; IV_BYTES];
        rng.fill_bytes(&mut iv);
        let payload = Payload {
            msg: self.secret.as_slice(),
            aad: labels::STORE_KEY,
        };
        let sealed = Aes256Gcm::new(wrapping.into())
            .encrypt(Nonce::from_slice(&iv), payload)
            .map_err(|_| KeyError::WrongKey)?;
        Ok(SealedKey {
            salt: salt.to_vec(),
            sealed: [iv.as_slice(), &sealed].concat(),
        })
    }
}

/// A store's key as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// Of the derivation, 16 bytes.
    pub salt: Vec<u8>,
    /// IV and ciphertext.
    pub sealed: Vec<u8>,
}

/// Why a sealed key does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Wrong passphrase or secret, or a damaged seal: the two cannot be told apart.
    #[error("the key does not open")]
    WrongKey,
    /// A secret of less than 32 bytes.
    #[error("the secret is too short")]
    ShortSecret,
    /// Argon2id could not run.
    #[error("not enough memory to stretch the passphrase")]
    NoMemory,
}

impl SealedKey {
    /// Opens the key with the secret that it was sealed under.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn open_with_secret(&self, secret: &[u8]) -> Result<StoreKey, KeyError> {
        self.open(&from_secret(secret, &self.salt)?)
    }

    /// Opens the key with the passphrase that it was sealed under.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn open_with_passphrase(&self, passphrase: &str) -> Result<StoreKey, KeyError> {
        self.open_with_stretched(&self.stretch(passphrase)?)
    }

    /// Stretches a passphrase as the one was that this key is sealed under. Whether it is that one shows when it opens.
    ///
    /// # Errors
    /// The salt has another length; Argon2id does not get its memory.
    pub fn stretch(&self, passphrase: &str) -> Result<Stretched, KeyError> {
        let salt = self.salt.as_slice().try_into();
        Stretched::with_salt(passphrase, salt.map_err(|_| KeyError::WrongKey)?)
    }

    /// Opens the key with a stretched passphrase, at once.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn open_with_stretched(&self, stretched: &Stretched) -> Result<StoreKey, KeyError> {
        self.open(&stretched.key)
    }

    fn open(&self, wrapping: &Zeroizing<[u8; 32]>) -> Result<StoreKey, KeyError> {
        let split = self.sealed.split_at_checked(IV_BYTES);
        let (iv, sealed) = split.ok_or(KeyError::WrongKey)?;
        let payload = Payload {
            msg: sealed,
            aad: labels::STORE_KEY,
        };
        let opened = Aes256Gcm::new(wrapping.as_slice().into())
            .decrypt(Nonce::from_slice(iv), payload)
            .map_err(|_| KeyError::WrongKey)?;
        let opened = Zeroizing::new(opened);
        let mut secret = Zeroizing::new([0; 32]);
        if opened.len() != secret.len() {
            return Err(KeyError::WrongKey);
        }
        secret.copy_from_slice(&opened);
        Ok(StoreKey::from_secret(secret))
    }
}

pub(super) fn salt(rng: &mut impl CryptoRngCore) -> [u8; SALT_BYTES] {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    salt
}

fn from_secret(secret: &[u8], salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    if secret.len() < 32 {
        return Err(KeyError::ShortSecret);
    }
    let mut out = Zeroizing::new([0; 32]);
    Hkdf::<Sha384>::new(Some(salt), secret)
        .expand(labels::STORE_WRAPPING, out.as_mut_slice())
        .map_err(|_| KeyError::ShortSecret)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn a_key_opens_with_its_own_passphrase_only() {
        let key = StoreKey::generate(&mut OsRng);
        let sealed = key.seal_under_passphrase("a long one", &mut OsRng).unwrap();
        let opened = sealed.open_with_passphrase("a long one").unwrap();
        assert_eq!(opened.secret, key.secret);
        assert_eq!(
            sealed.open_with_passphrase("another").err(),
            Some(KeyError::WrongKey)
        );
    }

    #[test]
    fn a_key_opens_with_its_own_secret_only_and_not_when_damaged() {
        let key = StoreKey::generate(&mut OsRng);
        let mut sealed = key.seal_under_secret(&[1; 32], &mut OsRng).unwrap();
        assert!(sealed.open_with_secret(&[1; 32]).is_ok());
        assert_eq!(
            sealed.open_with_secret(&[2; 32]).err(),
            Some(KeyError::WrongKey)
        );
        assert_eq!(
            sealed.open_with_secret(&[1; 31]).err(),
            Some(KeyError::ShortSecret)
        );
        sealed.sealed[20] ^= 1;
        assert_eq!(
            sealed.open_with_secret(&[1; 32]).err(),
            Some(KeyError::WrongKey)
        );
        sealed.sealed.truncate(5);
        assert_eq!(
            sealed.open_with_secret(&[1; 32]).err(),
            Some(KeyError::WrongKey)
        );
    }
}
