//! Vault items with compare-and-swap, all or nothing.

use protocol::{
    call::Reply,
    error::ErrorCode,
    ids::AccountId,
    rest::{VaultItem, VaultListing, VaultPut, VaultVersion, VaultWrite},
};

use super::{Caller, ModelServer, Refusal, accounts::AccountRecord};

impl ModelServer {
    fn account_of(&mut self, account: AccountId) -> Result<&mut AccountRecord, Refusal> {
        self.accounts
            .get_mut(&account)
            .ok_or_else(|| ErrorCode::AccountNotFound.into())
    }

    pub(super) fn vault_listing(&mut self, account: AccountId) -> Result<Reply, Refusal> {
        let vault = &self.account_of(account)?.vault;
        let items = vault
            .iter()
            .map(|(name, (version, _))| VaultVersion {
                name: name.clone(),
                version: *version,
            })
            .collect();
        Ok(Reply::VaultListing(VaultListing { items }))
    }

    pub(super) fn vault_item(&mut self, account: AccountId, name: &str) -> Result<Reply, Refusal> {
        let vault = &self.account_of(account)?.vault;
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
        let record = self.account_of(caller.account)?;
        if !record.vault_fits(&write.puts) {
            return Err(ErrorCode::VersionConflict.into());
        }
        record.write_vault(write.puts);
        Ok(Reply::Done)
    }
}

impl AccountRecord {
    /// Whether every item is at the version that its writer expects.
    pub(super) fn vault_fits(&self, puts: &[VaultPut]) -> bool {
        puts.iter()
            .all(|put| self.vault_version(&put.name) == put.expected)
    }

    pub(super) fn vault_version(&self, name: &str) -> u64 {
        self.vault.get(name).map_or(0, |(version, _)| *version)
    }

    pub(super) fn write_vault(&mut self, puts: Vec<VaultPut>) {
        for put in puts {
            self.vault.insert(put.name, (put.expected + 1, put.sealed));
        }
    }
}
