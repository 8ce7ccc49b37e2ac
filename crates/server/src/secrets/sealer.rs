//! Sealing and opening: each thing in its own place, under the key that is derived from `SECRET_KEY`.

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use hkdf::Hkdf;
use protocol::ids::AccountId;
use rand_core::CryptoRngCore;
use sha2::Sha384;
use zeroize::Zeroizing;

use super::key::SecretKey;
use crate::labels;

const IV_BYTES: usize = 12;

/// Names what is sealed, so that one sealed thing cannot stand in for another.
#[derive(Clone, Copy)]
pub(crate) enum Sealed<'a> {
    /// The OPAQUE server setup.
    OpaqueSetup,
    /// The seed of the key that signs for reports.
    ReportKey,
    /// The keys under which backup codes are hashed.
    BackupKeys,
    /// The OPAQUE password file of the account with this name.
    PasswordFile(&'a str),
    /// The seed of the codes of this account.
    TotpSeed(AccountId),
    /// What is kept of the password of this classic account.
    ClassicPassword(AccountId),
}

impl Sealed<'_> {
    fn associated_data(self) -> Vec<u8> {
        match self {
            Self::OpaqueSetup => b"opaque setup".to_vec(),
            Self::ReportKey => b"report key".to_vec(),
            Self::BackupKeys => b"backup keys".to_vec(),
            Self::PasswordFile(name) => [b"password file ", name.as_bytes()].concat(),
            Self::TotpSeed(account) => [&b"totp seed "[..], account.as_bytes()].concat(),
            Self::ClassicPassword(account) => {
                [&b"classic password "[..], account.as_bytes()].concat()
            }
        }
    }
}

/// The bytes do not open: another key, another place, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed under another SECRET_KEY, or damaged")]
pub(crate) struct NotOpened;

/// Seals and opens what rests in the database. AES-256-GCM with random 96-bit IVs: `iv || ciphertext`.
pub(crate) struct Sealer(Aes256Gcm);

impl Sealer {
    /// The sealer of a secret key: HKDF-SHA-384 with one label.
    ///
    /// # Errors
    /// Never for a key of 32 bytes, which is far below HKDF's limit; HKDF's type asks for an answer.
    pub(crate) fn new(key: &SecretKey) -> Result<Self, NotOpened> {
        let mut sealing_key = Zeroizing::new([0; 32]);
        Hkdf::<Sha384>::new(None, key.as_bytes())
            .expand(labels::SERVER_SEAL, sealing_key.as_mut())
            .map_err(|_| NotOpened)?;
        Ok(Self(Aes256Gcm::new(sealing_key.as_ref().into())))
    }

    /// Seals `plain`.
    ///
    /// # Errors
    /// If `plain` is longer than AES-GCM allows (64 GiB).
    pub(crate) fn seal(
        &self,
        what: Sealed<'_>,
        plain: &[u8],
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, NotOpened> {
        let mut iv = [0; IV_BYTES];
        rng.fill_bytes(&mut iv);
        let aad = what.associated_data();
        let payload = Payload {
            msg: plain,
            aad: &aad,
        };
        let sealed = self.0.encrypt(Nonce::from_slice(&iv), payload);
        sealed
            .map(|sealed| [&iv[..], &sealed].concat())
            .map_err(|_| NotOpened)
    }

    /// Opens what [`Self::seal`] made for the same place.
    ///
    /// # Errors
    /// One error, whatever is wrong.
    pub(crate) fn open(
        &self,
        what: Sealed<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        let (iv, sealed) = sealed.split_at_checked(IV_BYTES).ok_or(NotOpened)?;
        let aad = what.associated_data();
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        let opened = self.0.decrypt(Nonce::from_slice(iv), payload);
        opened.map(Zeroizing::new).map_err(|_| NotOpened)
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    fn sealer(text: &str) -> Sealer {
        Sealer::new(&SecretKey::from_text(text).unwrap()).unwrap()
    }

    #[test]
    fn opens_only_in_its_place_under_its_key() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let ours = sealer("0123456789abcdef");
        let sealed = ours
            .seal(Sealed::PasswordFile("alice"), b"file", &mut rng)
            .unwrap();
        let open = |sealer: &Sealer, what, sealed: &[u8]| sealer.open(what, sealed).ok();
        assert_eq!(
            open(&ours, Sealed::PasswordFile("alice"), &sealed).as_deref(),
            Some(&b"file".to_vec())
        );
        assert!(open(&ours, Sealed::PasswordFile("bob"), &sealed).is_none());
        assert!(open(&ours, Sealed::OpaqueSetup, &sealed).is_none());
        assert!(open(&ours, Sealed::ReportKey, &sealed).is_none());
        let account = AccountId::from_bytes([1; 16]);
        assert!(open(&ours, Sealed::TotpSeed(account), &sealed).is_none());
        assert!(
            open(
                &sealer("fedcba9876543210"),
                Sealed::PasswordFile("alice"),
                &sealed
            )
            .is_none()
        );
        for cut in [0, 5, sealed.len() - 1] {
            assert!(open(&ours, Sealed::PasswordFile("alice"), &sealed[..cut]).is_none());
        }
    }
}
