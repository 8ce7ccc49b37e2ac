//! Relay rooms in SQLite.

use protocol::ids::{AccountId, RoomId};

use super::{SqliteStore, ops};
use crate::store::{
    Failure,
    relay::RelayStore,
    room::{CreateRefusal, CreateRelayRoom, JoinRefusal, LeaveRefusal},
};

impl RelayStore for SqliteStore {
    async fn create_relay_room(&self, room: CreateRelayRoom) -> Result<(), Failure<CreateRefusal>> {
        self.writer.apply(ops::CreateRelay(room)).await
    }

    async fn join_relay_room(
        &self,
        room: RoomId,
        account: AccountId,
    ) -> Result<(), Failure<JoinRefusal>> {
        self.writer.apply(ops::JoinRelay { room, account }).await
    }

    async fn leave_relay_room(
        &self,
        room: RoomId,
        account: AccountId,
    ) -> Result<(), Failure<LeaveRefusal>> {
        self.writer.apply(ops::LeaveRelay { room, account }).await
    }
}
