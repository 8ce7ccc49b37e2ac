//! The vault: sealed items of an account, written by compare-and-swap.

use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;

/// The item with the sealed account key. Whoever writes it changes the keys of all devices.
pub const ACCOUNT_KEY: &str = "account-key";

/// `GET /api/vault`: names and versions of all items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VaultListing {
    /// All items.
    pub items: Vec<VaultVersion>,
}

/// One item's version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VaultVersion {
    /// Opaque to the server; at most 64 characters of `a-z 0-9 / -`.
    pub name: String,
    /// Counted from 1.
    pub version: u64,
}

/// `GET /api/vault/item?name=NAME`: one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VaultItem {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// Sealed.
    pub sealed: Bytes,
}

/// `PUT /api/vault`: several items, all or nothing; `VERSION_CONFLICT` if one is not at `expected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VaultWrite {
    /// The items.
    pub puts: Vec<VaultPut>,
}

/// One item to write; it becomes version `expected + 1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VaultPut {
    /// Its name.
    pub name: String,
    /// The version that it must have now; 0 if it must not exist.
    pub expected: u64,
    /// Sealed.
    pub sealed: Bytes,
}
