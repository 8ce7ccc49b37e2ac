//! A passphrase on which a guess costs time and memory (Argon2id, RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::key::{KeyError, SALT_BYTES, salt};

/// 64 MiB, three passes, one lane. Constant, so that nobody who can write the file can lower it.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

const KEY_BYTES: usize = 32;
/// Of an exposed one: the salt, then the key.
const BYTES: usize = SALT_BYTES + KEY_BYTES;

/// A stretched passphrase, and the salt that it was stretched with. It opens what the passphrase opens, so it has no `Debug`.
#[derive(Clone)]
pub struct Stretched {
    pub(super) salt: [u8; SALT_BYTES],
    pub(super) key: Zeroizing<[u8; KEY_BYTES]>,
}

impl Stretched {
    /// Stretches a passphrase with a new salt.
    ///
    /// # Errors
    /// Argon2id does not get its memory.
    pub fn new(passphrase: &str, rng: &mut impl CryptoRngCore) -> Result<Self, KeyError> {
        Self::with_salt(passphrase, salt(rng))
    }

    pub(super) fn with_salt(passphrase: &str, salt: [u8; SALT_BYTES]) -> Result<Self, KeyError> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| KeyError::NoMemory)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        argon2
            .hash_password_into(passphrase.as_bytes(), &salt, key.as_mut_slice())
            .map_err(|_| KeyError::WrongKey)?;
        Ok(Self { salt, key })
    }

    /// Both parts, for those who may open the same store: 48 bytes.
    pub fn expose(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([self.salt.as_slice(), self.key.as_slice()].concat())
    }

    /// The inverse of [`expose`](Self::expose); none if these are not its bytes.
    pub fn restore(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; BYTES] = bytes.try_into().ok()?;
        let (salt, rest) = bytes.split_first_chunk()?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        key.copy_from_slice(rest);
        Some(Self { salt: *salt, key })
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::{super::key::StoreKey, *};

    #[test]
    fn what_was_stretched_once_opens_again() {
        let key = StoreKey::generate(&mut OsRng);
        let stretched = Stretched::new("a long one", &mut OsRng).unwrap();
        let sealed = key.seal_under_stretched(&stretched, &mut OsRng).unwrap();
        let handed_on = Stretched::restore(&stretched.expose()).unwrap();
        let opened = sealed.open_with_stretched(&handed_on).unwrap();
        assert_eq!(opened.expose(), key.expose());
        let opened = sealed.open_with_passphrase("a long one").unwrap();
        assert_eq!(opened.expose(), key.expose());
        let other = sealed.stretch("another").unwrap();
        assert!(sealed.open_with_stretched(&other).is_err());
        assert!(Stretched::restore(&stretched.expose()[1..]).is_none());
    }
}
