//! The keys under which backup codes are hashed, so that a stolen database gives nobody a way to try them. A code is hashed
//! under all of them, one after the other: what is kept of a code that nobody has shown can be put under a further key.

use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use protocol::ids::AccountId;
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

use crate::{
    entropy::Entropy,
    labels,
    secrets::{NotOpened, Sealer, Secret, SecretKey, SetupError, keep_or_draw},
    store::Store,
};

/// The keys, oldest first. There is one more for each time that `SECRET_KEY` was changed.
pub(crate) struct BackupKeys(Zeroizing<Vec<[u8; Self::ONE]>>);

impl BackupKeys {
    /// Bytes of each.
    pub(crate) const ONE: usize = 32;

    /// Opens those that are kept. Where none are, the first one is derived from the secret key, as it was before any were
    /// kept: codes of that time go on.
    ///
    /// # Errors
    /// Another `SECRET_KEY`, damage, or the store.
    pub(crate) async fn load(
        store: &impl Store,
        sealer: &Sealer,
        key: &SecretKey,
        entropy: &Entropy,
    ) -> Result<Self, SetupError> {
        let first = Self::derived(key).map_err(|NotOpened| SetupError::Damaged)?;
        let kept = keep_or_draw(store, sealer, Secret::BackupKeys, entropy, || first).await?;
        Self::read(&kept).ok_or(SetupError::Damaged)
    }

    /// The first key, derived from the secret key, as [`Self::read`] takes it.
    ///
    /// # Errors
    /// Never for a key of this length; HKDF's type asks for an answer.
    pub(crate) fn derived(key: &SecretKey) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        let mut first = Zeroizing::new(vec![0; Self::ONE]);
        Hkdf::<Sha384>::new(None, key.as_bytes())
            .expand(labels::BACKUP_CODES, first.as_mut())
            .map_err(|_| NotOpened)?;
        Ok(first)
    }

    /// Reads keys that stand one behind the other; none if those are none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (keys, rest) = bytes.as_chunks();
        (!keys.is_empty() && rest.is_empty()).then(|| Self(Zeroizing::new(keys.to_vec())))
    }

    /// HMAC-SHA-256 over account and code, and over what came of it for each further key; none if HMAC refuses a key, which
    /// it does of no length.
    pub(crate) fn hash(&self, account: AccountId, plain: &str) -> Option<[u8; 32]> {
        let (first, further) = self.0.split_first()?;
        let hash = mac(first, &[account.as_bytes(), plain.as_bytes()])?;
        (further.iter()).try_fold(hash, |hash, key| mac(key, &[&hash]))
    }

    /// What is kept of a code from before the last key came, under that key too; none as for [`Self::hash`].
    pub(crate) fn further(&self, hash: &[u8]) -> Option<[u8; 32]> {
        mac(self.0.last()?, &[hash])
    }
}

fn mac(key: &[u8; BackupKeys::ONE], parts: &[&[u8]]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "q7rd0mz4xk2n";

    fn account(n: u8) -> AccountId {
        AccountId::from_bytes([n; 16])
    }

    #[test]
    fn a_hash_is_of_one_account_under_one_key() {
        let keys = |bytes: &[u8]| BackupKeys::read(bytes).unwrap();
        let one = keys(&[1; 32]).hash(account(1), CODE);
        assert!(one.is_some());
        assert_ne!(one, keys(&[2; 32]).hash(account(1), CODE));
        assert_ne!(one, keys(&[1; 32]).hash(account(2), CODE));
        for bad in [0, 31, 33] {
            assert!(BackupKeys::read(&vec![1; bad]).is_none());
        }
    }

    #[test]
    fn what_is_kept_of_a_code_comes_under_a_further_key() {
        let keys = |bytes: &[u8]| BackupKeys::read(bytes).unwrap();
        let (one, two) = (keys(&[1; 32]), keys(&[[1; 32], [2; 32]].concat()));
        let kept = one.hash(account(1), CODE).unwrap();
        assert_eq!(two.further(&kept), two.hash(account(1), CODE));
        assert_ne!(Some(kept), two.further(&kept));
    }
}
