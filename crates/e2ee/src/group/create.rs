//! A new room: epoch 0, with one leaf.

use rand_core::CryptoRngCore;
use thiserror::Error;

use super::Group;
use crate::{
    device::Device,
    ids::{GroupId, RoomId},
    policy::{Access, History, Permissions},
    room_state::RoomState,
    rows::RowError,
    suite::Suite,
};

/// What the creator chooses.
pub struct NewRoom {
    /// Drawn at random by the creator.
    pub room: RoomId,
    /// Who may read what was said before they came.
    pub history: History,
    /// Whether links may open the room.
    pub access: Access,
    /// Who may do what.
    pub permissions: Permissions,
    /// Name and topic.
    pub state: RoomState,
    /// The cipher suite.
    pub suite: Suite,
}

/// What the creator posts beside the room (PROTOCOL section 4, "Creation").
pub struct Creation {
    /// The group behind the room.
    pub group_id: GroupId,
    /// The sealed door of epoch 0.
    pub door: Vec<u8>,
    /// The sealed room state.
    pub state: Vec<u8>,
    /// The sealed roster log with its first record.
    pub roster: Vec<u8>,
    /// The tree snapshot of epoch 0.
    pub tree: Vec<u8>,
}

/// A room could not be created.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The device's certificate has ended.
    #[error("this device's certificate has ended")]
    CertificateEnded,
    /// Rows could not be written.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library refused.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

impl Group {
    /// Creates the group of a new room, with `device` as its owner's first leaf.
    ///
    /// # Errors
    /// [`CreateError`].
    pub fn create(
        device: &Device,
        new: NewRoom,
        now_ms: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(Self, Creation), CreateError> {
        let _ = (device, new, now_ms, rng);
        todo!()
    }
}
