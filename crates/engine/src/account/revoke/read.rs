//! The whole vault, read before it is sealed anew: pages of rooms that this device has never read go along.

use e2ee::vault::{ItemName, VaultRoot};
use protocol::{error::ErrorCode, rest::VaultItem};
use zeroize::Zeroizing;

use crate::account::{home::Home, vault};

/// What was read so far.
pub(super) struct Read {
    /// The version of the sealed account key on the server.
    pub(super) account_key: u64,
    pub(super) root: VaultRoot,
    pub(super) items: Vec<(ItemName, Zeroizing<Vec<u8>>)>,
    left: Vec<ItemName>,
}

impl Read {
    /// From the root listing, unless it is behind what this device has seen.
    pub(super) fn begin(
        account_key: u64,
        item: &VaultItem,
        seen: u64,
        home: &Home,
    ) -> Result<Self, ErrorCode> {
        let account = home.device.account();
        let root = VaultRoot::open(item.sealed.as_slice(), &home.account_key, account)
            .map_err(|_| ErrorCode::VersionConflict)?;
        root.accepts(seen).map_err(|_| ErrorCode::BadAnswer)?;
        let left = root.items().map(|(name, _)| name.clone()).collect();
        Ok(Self {
            account_key,
            root,
            items: Vec::new(),
            left,
        })
    }

    /// The next item to ask for.
    pub(super) fn next(&self) -> Option<String> {
        self.left.last().map(|name| name.as_str().to_owned())
    }

    /// Takes an item; `false` if it is not the one that the listing names.
    pub(super) fn take(&mut self, item: &VaultItem, home: &Home) -> bool {
        let account = home.device.account();
        let opened = vault::open(&self.root, &home.account_key, account, item);
        match (opened, self.left.pop()) {
            (Some(plaintext), Some(name)) if name.as_str() == item.name => {
                self.items.push((name, plaintext));
                true
            }
            _ => false,
        }
    }
}
