//! The root listing: which items there are, in which version, with which hash. It makes the vault one thing that can be
//! compared and that does not run backwards.

use crate::ordered::Map;

use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};

use crate::{
    account_key::AccountKey,
    codec::{CodecError, Reader, Writer},
    ids::AccountId,
    kdf,
    labels::{KdfLabel, SealLabel},
    seal::{self, Aad, SealError},
};

use super::{ItemName, SealedItem, item_hash};

/// What the listing says about one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The item's version.
    pub version: u64,
    /// SHA-256 of the sealed item.
    pub hash: [u8; 32],
}

/// The root listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VaultRoot {
    version: u64,
    items: Map<ItemName, Listed>,
}

/// The vault is older than what this device has seen: the server brought back an old state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the vault is at version {found}, and {seen} was seen before")]
pub struct RolledBack {
    /// The version of the listing.
    pub found: u64,
    /// The highest version that this device has seen.
    pub seen: u64,
}

/// A root listing could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultRootError {
    /// It does not open: another account key or account, or changed bytes.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It does not have the form of a listing.
    #[error("malformed vault listing: {0}")]
    Codec(#[from] CodecError),
}

impl VaultRoot {
    /// Rises with every write.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// What the listing says about an item.
    #[must_use]
    pub fn listed(&self, name: &ItemName) -> Option<&Listed> {
        self.items.get(name)
    }

    /// All items, by name.
    pub fn items(&self) -> impl Iterator<Item = (&ItemName, &Listed)> {
        self.items.iter()
    }

    /// Enters newly sealed items; the listing's version rises by one.
    pub fn enter<'a>(&mut self, items: impl IntoIterator<Item = &'a SealedItem>) {
        self.version = self.version.saturating_add(1);
        for item in items {
            self.items.insert(
                item.name.clone(),
                Listed {
                    version: item.version,
                    hash: item_hash(item),
                },
            );
        }
    }

    /// Checks that the vault did not run backwards. `highest_seen` is what this device kept of its last sight.
    ///
    /// # Errors
    /// [`RolledBack`] if it did.
    pub const fn accepts(&self, highest_seen: u64) -> Result<(), RolledBack> {
        if self.version < highest_seen {
            return Err(RolledBack {
                found: self.version,
                seen: highest_seen,
            });
        }
        Ok(())
    }

    /// Items of an earlier listing that this one does not follow: it has them in an older version, in the same one with
    /// another hash, or not at all. Where one vault is written with compare-and-swap there are none.
    pub fn lost<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = &'a ItemName> {
        before.items.iter().filter_map(|(name, seen)| {
            let now = self.listed(name);
            let follows = now.is_some_and(|now| now == seen || now.version > seen.version);
            (!follows).then_some(name)
        })
    }

    /// Whether an item is the one that the listing names: same name, version and hash.
    #[must_use]
    pub fn holds(&self, item: &SealedItem) -> bool {
        self.listed(&item.name)
            == Some(&Listed {
                version: item.version,
                hash: item_hash(item),
            })
    }

    /// SHA-256 of the encoded listing: two devices that name the same version and hash see the same vault.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.encode()).into()
    }

    /// Seals the listing under K(A_n, root listing), bound to account and n.
    ///
    /// # Errors
    /// [`SealError`] never in practice.
    pub fn seal(
        &self,
        key: &AccountKey,
        account: AccountId,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        seal::seal(
            &kdf::derive(key.secret(), KdfLabel::VaultRoot, &[]),
            &aad(account, key),
            &self.encode(),
            rng,
        )
    }

    /// Opens what [`VaultRoot::seal`] made. Check [`VaultRoot::accepts`] next.
    ///
    /// # Errors
    /// [`VaultRootError`].
    pub fn open(
        sealed: &[u8],
        key: &AccountKey,
        account: AccountId,
    ) -> Result<Self, VaultRootError> {
        let encoded = seal::open(
            &kdf::derive(key.secret(), KdfLabel::VaultRoot, &[]),
            &aad(account, key),
            sealed,
        )?;
        Ok(Self::decode(&encoded)?)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u64(self.version);
        for (name, listed) in &self.items {
            writer.vec(name.as_str().as_bytes());
            writer.u64(listed.version);
            writer.fixed(&listed.hash);
        }
        writer.finish()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let mut root = Self {
            version: reader.u64()?,
            items: Map::new(),
        };
        while !reader.is_empty() {
            let name = ItemName::parse(reader.vec(ItemName::MAX_LEN)?)
                .map_err(|_| CodecError::BadValue)?;
            let listed = Listed {
                version: reader.u64()?,
                hash: reader.array()?,
            };
            if root
                .items
                .last_key_value()
                .is_some_and(|(before, _)| *before >= name)
            {
                return Err(CodecError::NotCanonical);
            }
            root.items.insert(name, listed);
        }
        Ok(root)
    }
}

fn aad(account: AccountId, key: &AccountKey) -> Aad {
    Aad::new(SealLabel::VaultRoot)
        .bytes(account.as_bytes())
        .number(key.version().into())
}
