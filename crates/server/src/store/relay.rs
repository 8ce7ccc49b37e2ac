//! Relay rooms: whose clients share a key, and which every account may join and leave.

use protocol::ids::{AccountId, RoomId};

use super::{
    Failure,
    room::{CreateRefusal, CreateRelayRoom, JoinRefusal, LeaveRefusal},
};

/// The part of the storage that is about them. Every method is one atomic step.
#[allow(
    async_fn_in_trait,
    reason = "used through its concrete types, whose futures are Send"
)]
pub(crate) trait RelayStore {
    /// Creates a relay room; its creator is the owner.
    async fn create_relay_room(&self, room: CreateRelayRoom) -> Result<(), Failure<CreateRefusal>>;
    /// Makes an account a member of a relay room, if it is none.
    async fn join_relay_room(
        &self,
        room: RoomId,
        account: AccountId,
    ) -> Result<(), Failure<JoinRefusal>>;
    /// Takes an account out of a relay room, if it is in.
    async fn leave_relay_room(
        &self,
        room: RoomId,
        account: AccountId,
    ) -> Result<(), Failure<LeaveRefusal>>;
}
