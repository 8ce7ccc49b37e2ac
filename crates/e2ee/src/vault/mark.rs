//! What a device says of the vault to the others of its account: which root listing it has seen last (PROTOCOL section 2,
//! decision 46). Sealed under the account key, so nobody else learns which, nor whether it changed.

use rand_core::CryptoRngCore;

use super::VaultRoot;
use crate::{
    account_key::AccountKey,
    codec::{Reader, Writer},
    ids::AccountId,
    kdf,
    labels::{KdfLabel, SealLabel},
    seal::{self, Aad, SealError},
};

/// One state of the vault. Of one version and one account key there is one, unless the server keeps several vaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultMark {
    /// The root listing's version.
    pub version: u64,
    /// The first 16 bytes of its hash.
    pub hash: [u8; 16],
}

impl VaultMark {
    /// Length of the seal.
    pub const SEALED_LEN: usize = 8 + 16 + seal::OVERHEAD;

    /// The mark of a listing.
    #[must_use]
    pub fn of(root: &VaultRoot) -> Self {
        let mut hash = [0; 16];
        hash.copy_from_slice(root.hash().split_at(16).0);
        let version = root.version();
        Self { version, hash }
    }

    /// Seals it under K(A_n, vault mark), bound to account and n. Each seal is another, whether or not the vault changed.
    /// It says what is true for good, so it need not be bound to a place: shown again elsewhere it says the same.
    ///
    /// # Errors
    /// [`SealError`] never in practice.
    pub fn seal(
        &self,
        key: &AccountKey,
        account: AccountId,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        let mut writer = Writer::new();
        writer.u64(self.version);
        writer.fixed(&self.hash);
        let lock = kdf::derive(key.secret(), KdfLabel::VaultMark, &[]);
        seal::seal(&lock, &aad(account, key), writer.as_slice(), rng)
    }

    /// Opens what [`VaultMark::seal`] made.
    ///
    /// # Errors
    /// [`SealError`]: of another account or account key, or none at all.
    pub fn open(sealed: &[u8], key: &AccountKey, account: AccountId) -> Result<Self, SealError> {
        let lock = kdf::derive(key.secret(), KdfLabel::VaultMark, &[]);
        let opened = seal::open(&lock, &aad(account, key), sealed)?;
        let mut reader = Reader::new(&opened);
        let mark = Self {
            version: reader.u64().map_err(|_| SealError)?,
            hash: reader.array().map_err(|_| SealError)?,
        };
        reader.finish().map_err(|_| SealError)?;
        Ok(mark)
    }
}

fn aad(account: AccountId, key: &AccountKey) -> Aad {
    Aad::new(SealLabel::VaultMark)
        .bytes(account.as_bytes())
        .number(key.version().into())
}
