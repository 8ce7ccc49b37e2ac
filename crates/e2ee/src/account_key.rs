//! The account key A_n: on the account's devices, and on the server only under the root secret R. It opens the vault.
//! Revoking a device makes A_{n+1} (PROTOCOL section 2).

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    ids::AccountId,
    kdf,
    labels::{KdfLabel, SealLabel},
    root_box::RootSecret,
    seal::{self, Aad, SealError},
    secret::Secret,
};

/// An account key and its version n.
pub struct AccountKey {
    version: u32,
    key: Secret<32>,
}

/// A sealed account key could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountKeyError {
    /// It does not have the form of an account key.
    #[error("malformed account key: {0}")]
    Codec(#[from] CodecError),
    /// It does not open: another root secret, account or version, or changed bytes.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl AccountKey {
    /// The first key of an account, or the next after a revocation.
    #[must_use]
    pub fn generate(version: u32, rng: &mut impl CryptoRngCore) -> Self {
        Self {
            version,
            key: Secret::random(rng),
        }
    }

    /// The version n.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// A second copy, made knowingly.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            version: self.version,
            key: self.key.duplicate(),
        }
    }

    pub(crate) const fn secret(&self) -> &Secret<32> {
        &self.key
    }

    /// Seals the key under R for the server to keep: version (4 bytes), seal.
    ///
    /// # Errors
    /// [`SealError`] never in practice: the key is 32 bytes.
    pub fn seal(
        &self,
        root: &RootSecret,
        account: AccountId,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        let sealed = seal::seal(
            &sealing_key(root),
            &aad(account, self.version),
            self.key.expose(),
            rng,
        )?;
        Ok([self.version.to_be_bytes().as_slice(), &sealed].concat())
    }

    /// Opens what [`AccountKey::seal`] made for the same account.
    ///
    /// An old key that the server brings back opens only what was sealed under it; that the vault behind it is old too
    /// is for [`crate::vault::VaultRoot::accepts`] to notice.
    ///
    /// # Errors
    /// [`AccountKeyError`].
    pub fn open(
        sealed: &[u8],
        root: &RootSecret,
        account: AccountId,
    ) -> Result<Self, AccountKeyError> {
        let mut reader = Reader::new(sealed);
        let version = reader.u32()?;
        let key = seal::open(&sealing_key(root), &aad(account, version), reader.rest())?;
        Ok(Self {
            version,
            key: Secret::from_slice(&key).ok_or(SealError)?,
        })
    }

    /// The bytes to be kept in a device's sealed store: version (4 bytes), key (32 bytes).
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(36);
        writer.u32(self.version);
        writer.fixed(self.key.expose());
        Zeroizing::new(writer.finish())
    }

    /// Loads what [`AccountKey::encode`] gave.
    ///
    /// # Errors
    /// [`CodecError`] for damaged bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u32()?;
        let key = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        reader.finish()?;
        Ok(Self { version, key })
    }
}

fn sealing_key(root: &RootSecret) -> Secret<32> {
    kdf::derive(root.secret(), KdfLabel::AccountKey, &[])
}

fn aad(account: AccountId, version: u32) -> Aad {
    Aad::new(SealLabel::AccountKey)
        .bytes(account.as_bytes())
        .number(version.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        root_box::RootBox,
        testing::{flipped, rng},
    };

    #[test]
    fn an_account_key_opens_under_its_root_account_and_version() {
        let rng = &mut rng(1);
        let (root, other) = (RootBox::create(rng), RootBox::create(rng));
        let (account, key) = (root.account(), AccountKey::generate(3, rng));
        let sealed = key.seal(root.root(), account, rng).unwrap();
        let opened = AccountKey::open(&sealed, root.root(), account).unwrap();
        assert!(opened.version() == 3 && opened.secret().same_as(key.secret()));

        let refused = |sealed: &[u8], root: &RootBox, account| {
            AccountKey::open(sealed, root.root(), account).err()
        };
        assert_eq!(refused(&sealed, &other, account), Some(SealError.into()));
        assert_eq!(
            refused(&sealed, &root, other.account()),
            Some(SealError.into())
        );
        assert!(
            flipped(&sealed)
                .all(|sealed| refused(&sealed, &root, account) == Some(SealError.into()))
        );
        assert_eq!(
            refused(&sealed[..3], &root, account),
            Some(CodecError::Truncated.into())
        );
    }

    #[test]
    fn an_account_key_survives_the_device_store() {
        let key = AccountKey::generate(9, &mut rng(1));
        let loaded = AccountKey::decode(&key.encode()).unwrap();
        assert!(loaded.version() == 9 && loaded.secret().same_as(key.secret()));
        assert_eq!(
            AccountKey::decode(&key.encode()[1..]).err(),
            Some(CodecError::Truncated)
        );
    }
}
