//! The administrators' part of the store.

use std::sync::Arc;

use protocol::{
    ids::{AccountId, ActId, InviteId, RoomId},
    names::UserName,
    rest::{
        AdminRooms, AdminUsers, Audit, Canaries, CanaryReport, Invites, StoredColumn, StoredTable,
    },
};

use super::{SqliteStore, ops::admin as ops, read::admin as read, sees};
use crate::store::{
    Failure, StoreError,
    admin::{
        ActRefusal, Acted, Actor, AdminStore, NewInvite, SetUp, SetUpNeed, ShownInvite, UserActing,
    },
};

impl AdminStore for SqliteStore {
    async fn is_admin(&self, account: AccountId) -> Result<bool, StoreError> {
        read::is_admin(&self.readers, account).await
    }

    async fn act_on_user(&self, acting: UserActing) -> Result<Acted, Failure<ActRefusal>> {
        self.writer.apply(ops::ActOnUser(acting)).await
    }

    async fn note_search(&self, actor: Actor) -> Result<(), Failure<ActRefusal>> {
        self.writer.apply(ops::NoteSearch(actor)).await
    }

    async fn make_invite(&self, new: NewInvite) -> Result<InviteId, Failure<ActRefusal>> {
        self.writer.apply(ops::MakeInvite(new)).await
    }

    async fn end_invite(&self, actor: Actor, invite: InviteId) -> Result<(), Failure<ActRefusal>> {
        self.writer.apply(ops::EndInvite { actor, invite }).await
    }

    async fn invites(&self) -> Result<Invites, StoreError> {
        read::invites(&self.readers, self.clock.now()).await
    }

    async fn invite_counts(&self, shown: ShownInvite) -> Result<bool, StoreError> {
        read::invite_counts(&self.readers, shown, self.clock.now()).await
    }

    async fn set_up(&self, setup: SetUp) -> Result<SetUpNeed, StoreError> {
        Ok(self.writer.apply(ops::SetUpServer(setup)).await?)
    }

    async fn forget_default_device(&self, name: &UserName) -> Result<(), StoreError> {
        let forget = ops::ForgetDefaultDevice(name.clone());
        Ok(self.writer.apply(forget).await?)
    }

    async fn users(&self, after: Option<UserName>) -> Result<AdminUsers, StoreError> {
        read::users(&self.readers, after.as_ref()).await
    }

    async fn all_rooms(&self, after: Option<RoomId>) -> Result<AdminRooms, StoreError> {
        read::all_rooms(&self.readers, after).await
    }

    async fn audit(&self, before: Option<ActId>) -> Result<Audit, StoreError> {
        read::audit(&self.readers, before).await
    }

    async fn table_sizes(&self) -> Result<Vec<StoredTable>, StoreError> {
        read::table_sizes(&self.readers).await
    }

    async fn file_sizes(&self) -> Result<(u64, u64), StoreError> {
        let database = read::file_sizes(&self.readers).await?;
        Ok((database, self.searched.log_bytes()))
    }

    async fn blob_sizes(&self) -> Result<(u64, u64), StoreError> {
        read::blob_sizes(&self.readers).await
    }

    async fn columns(&self) -> Result<Vec<StoredColumn>, StoreError> {
        sees::columns(&self.readers).await
    }

    async fn search(
        &self,
        canaries: Canaries,
        asking: AccountId,
    ) -> Result<CanaryReport, StoreError> {
        let name = {
            let mut connection = self.readers.acquire().await?;
            read::user_at(&mut connection, asking).await?
        };
        let name = name.map(|user| user.username);
        let searched = Arc::clone(&self.searched);
        let search = move || searched.search(&canaries, name.as_ref(), asking);
        let found = tokio::task::spawn_blocking(search).await;
        found
            .map_err(|error| StoreError::Database(error.to_string()))?
            .map_err(|error| StoreError::Database(error.to_string()))
    }
}
