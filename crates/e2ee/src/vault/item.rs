//! One sealed vault item.

use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    account_key::AccountKey,
    ids::AccountId,
    kdf,
    labels::{KdfLabel, SealLabel},
    seal::{self, Aad, OVERHEAD, SealError},
};

use super::ItemName;

/// The longest item, before it is sealed.
pub const MAX_ITEM: usize = 4 << 20;

/// An item as the server keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedItem {
    /// What it is about.
    pub name: ItemName,
    /// Rises with every write.
    pub version: u64,
    /// The seal.
    pub bytes: Vec<u8>,
}

/// Seals an item under K(A_n, item name). The associated data binds it to account, name and version.
///
/// # Errors
/// [`SealError`] if the item is longer than [`MAX_ITEM`].
pub fn seal_item(
    key: &AccountKey,
    account: AccountId,
    name: ItemName,
    version: u64,
    plaintext: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<SealedItem, SealError> {
    if plaintext.len() > MAX_ITEM {
        return Err(SealError);
    }
    let item_key = kdf::derive(key.secret(), KdfLabel::VaultItem, name.as_str().as_bytes());
    let bytes = seal::seal(&item_key, &aad(account, &name, version), plaintext, rng)?;
    Ok(SealedItem {
        name,
        version,
        bytes,
    })
}

/// Opens an item that the server says has this name and version.
///
/// # Errors
/// [`SealError`] if it was sealed under another account key or for another account, name or version, or changed.
pub fn open_item(
    key: &AccountKey,
    account: AccountId,
    item: &SealedItem,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    if item.bytes.len() > MAX_ITEM + OVERHEAD {
        return Err(SealError);
    }
    let item_key = kdf::derive(
        key.secret(),
        KdfLabel::VaultItem,
        item.name.as_str().as_bytes(),
    );
    seal::open(
        &item_key,
        &aad(account, &item.name, item.version),
        &item.bytes,
    )
}

/// SHA-256 of the sealed bytes, as the root listing names it.
#[must_use]
pub fn item_hash(item: &SealedItem) -> [u8; 32] {
    Sha256::digest(&item.bytes).into()
}

fn aad(account: AccountId, name: &ItemName, version: u64) -> Aad {
    Aad::new(SealLabel::VaultItem)
        .bytes(account.as_bytes())
        .bytes(name.as_str().as_bytes())
        .number(version)
}
