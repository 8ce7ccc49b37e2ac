//! The store's part about classic accounts.

use protocol::{ids::AccountId, names::UserName};

use super::{SqliteStore, ops::classic as ops, read::classic as read};
use crate::store::{
    Failure, StoreError,
    account::RegisterRefusal,
    classic::{ClassicChange, ClassicRecord, ClassicStore, NewClassic},
    credentials::ChangeRefusal,
    session::TokenHash,
};

impl ClassicStore for SqliteStore {
    async fn register_classic(&self, new: NewClassic) -> Result<(), Failure<RegisterRefusal>> {
        self.writer.apply(ops::RegisterClassic(new)).await
    }

    async fn import_classic(&self, new: Vec<NewClassic>) -> Result<(), Failure<usize>> {
        self.writer.apply(ops::ImportClassic(new)).await
    }

    async fn classic_named(&self, name: &UserName) -> Result<Option<ClassicRecord>, StoreError> {
        read::named(&self.readers, name).await
    }

    async fn classic(&self, account: AccountId) -> Result<Option<(UserName, Vec<u8>)>, StoreError> {
        read::kept(&self.readers, account).await
    }

    async fn keep_anew(
        &self,
        account: AccountId,
        was: Vec<u8>,
        kept: Vec<u8>,
    ) -> Result<(), StoreError> {
        let keep = ops::KeepAnew { account, was, kept };
        Ok(self.writer.apply(keep).await?)
    }

    async fn change_classic(
        &self,
        change: ClassicChange,
    ) -> Result<Vec<TokenHash>, Failure<ChangeRefusal>> {
        self.writer.apply(ops::ChangeClassic(change)).await
    }
}
