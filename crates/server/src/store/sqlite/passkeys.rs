//! The passkeys' part of the store.

use protocol::ids::AccountId;

use super::{SqliteStore, ops::passkeys as ops, read::passkeys as read};
use crate::store::{
    Failure, StoreError,
    credentials::Proven,
    passkey::{NewPasskey, PasskeyRefusal, PasskeyRow, PasskeyStore, PasskeyUse, Used},
};

impl PasskeyStore for SqliteStore {
    async fn passkeys(&self, account: AccountId) -> Result<Vec<PasskeyRow>, StoreError> {
        read::passkeys(&self.readers, account).await
    }

    async fn keep_passkey(&self, new: NewPasskey) -> Result<(), Failure<PasskeyRefusal>> {
        self.writer.apply(ops::KeepPasskey(new)).await
    }

    async fn remove_passkey(
        &self,
        account: AccountId,
        proven: Proven,
        credential: Vec<u8>,
    ) -> Result<(), Failure<PasskeyRefusal>> {
        let remove = ops::RemovePasskey {
            account,
            proven,
            credential,
        };
        self.writer.apply(remove).await
    }

    async fn use_passkey(&self, used: PasskeyUse) -> Result<Used, StoreError> {
        Ok(self.writer.apply(ops::UsePasskey(used)).await?)
    }
}
