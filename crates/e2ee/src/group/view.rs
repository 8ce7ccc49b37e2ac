//! What a screen and the engine read from a group.

use super::{Group, Member};
use crate::{
    ids::{AccountId, GroupId, RoomId},
    policy::Policy,
    roles::Role,
    room_state::{RoomState, RoomStateError},
};

impl Group {
    /// The room.
    #[must_use]
    pub fn room(&self) -> RoomId {
        self.policy.room
    }

    /// The MLS group.
    #[must_use]
    pub fn group_id(&self) -> GroupId {
        todo!()
    }

    /// The policy of the current epoch.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The current epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.mls.epoch().as_u64()
    }

    /// The epoch authenticator: equal for all who share the epoch, unpredictable for others.
    #[must_use]
    pub fn authenticator(&self) -> &[u8] {
        self.mls.epoch_authenticator().as_slice()
    }

    /// The first 16 bytes of the confirmed transcript hash, for `status`.
    #[must_use]
    pub fn transcript16(&self) -> [u8; 16] {
        todo!()
    }

    /// All accounts with a leaf, sorted by account id.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        todo!()
    }

    /// The role of an account: member unless the policy lists it.
    #[must_use]
    pub fn role(&self, account: AccountId) -> Role {
        self.policy.role(account)
    }

    /// The room state, once it has been opened.
    #[must_use]
    pub fn state(&self) -> Option<RoomState> {
        todo!()
    }

    /// Opens the room state as the server keeps it, and keeps it for [`Group::state`].
    ///
    /// # Errors
    /// [`RoomStateError`]: another copy, or another member's repair, may be better.
    pub fn open_state(&mut self, sealed: &[u8]) -> Result<RoomState, RoomStateError> {
        let _ = sealed;
        todo!()
    }
}
