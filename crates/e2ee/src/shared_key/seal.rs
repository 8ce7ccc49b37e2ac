//! One text under the key of a room: AES-256-GCM without associated data, and the SHA-256 of the plaintext beside it.

use rand_core::CryptoRngCore;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::SharedKey;
use crate::seal::{self, IV_LEN, SealError};

/// A sealed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedText {
    /// Ciphertext and tag.
    pub encrypted_content: Vec<u8>,
    /// 12 random bytes.
    pub iv: [u8; IV_LEN],
    /// SHA-256 of the plaintext.
    pub message_hash: [u8; 32],
}

/// A text is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Another key, or it was changed on its way.
    #[error("it does not open under this key")]
    Closed,
    /// It opens to another text than its hash says.
    #[error("its hash is another text's")]
    Hash,
}

impl SharedKey {
    /// Seals a text.
    ///
    /// # Errors
    /// [`SealError`] if it is longer than AES-GCM allows.
    pub fn seal(
        &self,
        plaintext: &[u8],
        rng: &mut impl CryptoRngCore,
    ) -> Result<SealedText, SealError> {
        let iv = seal::random_iv(rng);
        Ok(SealedText {
            encrypted_content: seal::encrypt(self.as_secret(), &iv, &[], plaintext)?,
            iv,
            message_hash: Sha256::digest(plaintext).into(),
        })
    }

    /// Opens a text and compares its hash.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn open(&self, sealed: &SealedText) -> Result<Zeroizing<Vec<u8>>, TextError> {
        let plaintext = seal::decrypt(self.as_secret(), &sealed.iv, &[], &sealed.encrypted_content)
            .map_err(|_| TextError::Closed)?;
        let hash: [u8; 32] = Sha256::digest(&plaintext).into();
        if hash == sealed.message_hash {
            Ok(plaintext)
        } else {
            Err(TextError::Hash)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::{
        shared_key::{ROUNDS_MIN, Stretch},
        testing::rng,
    };

    #[test]
    fn a_passphrase_makes_the_key_that_web_crypto_makes() {
        // RFC 7914, section 11, has the vectors of PBKDF2-HMAC-SHA-256; this one was made with Node's `crypto.subtle`.
        let stretch = Stretch::new([7; 16], ROUNDS_MIN).unwrap();
        let key = stretch.key("correct horse battery staple");
        assert_eq!(
            hex(key.as_secret().expose()),
            "2f553eab602970df3ea9c348110aa66dd05281e3a8fd717cbee7eeea9cd4c565"
        );
    }

    #[test]
    fn what_is_changed_or_swapped_is_refused() {
        let key = Stretch::new([7; 16], ROUNDS_MIN).unwrap().key("one");
        let sealed = key.seal(b"the garden gate", &mut rng(1)).unwrap();
        assert_eq!(key.open(&sealed).unwrap().as_slice(), b"the garden gate");
        let mut other = sealed.clone();
        other.encrypted_content[3] ^= 1;
        assert_eq!(key.open(&other), Err(TextError::Closed));
        let mut other = sealed.clone();
        other.iv[0] ^= 1;
        assert_eq!(key.open(&other), Err(TextError::Closed));
        let mut other = sealed.clone();
        other.message_hash[31] ^= 1;
        assert_eq!(key.open(&other), Err(TextError::Hash));
        let wrong = Stretch::new([7; 16], ROUNDS_MIN).unwrap().key("two");
        assert_eq!(wrong.open(&sealed), Err(TextError::Closed));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
