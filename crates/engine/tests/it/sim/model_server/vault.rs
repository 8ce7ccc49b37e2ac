//! Vault items with compare-and-swap, all or nothing.

use std::collections::BTreeMap;

use protocol::{
    bytes::Bytes,
    call::Reply,
    error::ErrorCode,
    ids::{AccountId, DeviceId},
    rest::{VaultItem, VaultListing, VaultPut, VaultVersion, VaultWrite},
};

use super::{Caller, ModelServer, Origin, Refusal, accounts::AccountRecord};

/// Items with their versions.
pub(super) type Vault = BTreeMap<String, (u64, Bytes)>;

impl ModelServer {
    /// A liar: from now on it keeps two vaults of an account, and this one is the device's alone.
    pub(crate) fn keeps_a_vault_for(&mut self, account: AccountId, device: DeviceId) {
        if let Some(record) = self.accounts.get(&account) {
            self.vaults_apart.insert(device, record.vault.clone());
            self.has_lied_about_vaults = true;
        }
    }

    /// It stops, and goes on with the account's.
    pub(crate) fn keeps_one_vault(&mut self) {
        self.vaults_apart.clear();
    }

    fn vault_for(
        &mut self,
        account: AccountId,
        device: Option<DeviceId>,
    ) -> Result<&mut Vault, Refusal> {
        let apart = device.and_then(|device| self.vaults_apart.get_mut(&device));
        let record = self.accounts.get_mut(&account);
        apart
            .or(record.map(|record| &mut record.vault))
            .ok_or_else(|| ErrorCode::AccountNotFound.into())
    }

    fn vault_shown(&mut self, origin: &Origin) -> Result<&mut Vault, Refusal> {
        let session = self.session(origin)?;
        let (account, device) = (session.account, session.device);
        self.vault_for(account, device)
    }

    pub(super) fn vault_listing(&mut self, origin: &Origin) -> Result<Reply, Refusal> {
        let items = self
            .vault_shown(origin)?
            .iter()
            .map(|(name, (version, _))| VaultVersion {
                name: name.clone(),
                version: *version,
            })
            .collect();
        Ok(Reply::VaultListing(VaultListing { items }))
    }

    pub(super) fn vault_item(&mut self, origin: &Origin, name: &str) -> Result<Reply, Refusal> {
        let vault = self.vault_shown(origin)?;
        let (version, sealed) = vault.get(name).ok_or(ErrorCode::NotFound)?;
        Ok(Reply::VaultItem(VaultItem {
            name: name.to_owned(),
            version: *version,
            sealed: sealed.clone(),
        }))
    }

    pub(super) fn write_vault(
        &mut self,
        caller: Caller,
        write: VaultWrite,
    ) -> Result<Reply, Refusal> {
        if self.refuses_vault {
            return Err(ErrorCode::ServerError.into());
        }
        let vault = self.vault_for(caller.account, Some(caller.device))?;
        if !fits(vault, &write.puts) {
            return Err(ErrorCode::VersionConflict.into());
        }
        put(vault, write.puts);
        Ok(Reply::Done)
    }
}

/// Whether every item is at the version that its writer expects.
fn fits(vault: &Vault, puts: &[VaultPut]) -> bool {
    puts.iter()
        .all(|put| version(vault, &put.name) == put.expected)
}

fn version(vault: &Vault, name: &str) -> u64 {
    vault.get(name).map_or(0, |(version, _)| *version)
}

fn put(vault: &mut Vault, puts: Vec<VaultPut>) {
    for put in puts {
        vault.insert(put.name, (put.expected + 1, put.sealed));
    }
}

impl AccountRecord {
    pub(super) fn vault_fits(&self, puts: &[VaultPut]) -> bool {
        fits(&self.vault, puts)
    }

    pub(super) fn vault_version(&self, name: &str) -> u64 {
        version(&self.vault, name)
    }

    pub(super) fn write_vault(&mut self, puts: Vec<VaultPut>) {
        put(&mut self.vault, puts);
    }
}
