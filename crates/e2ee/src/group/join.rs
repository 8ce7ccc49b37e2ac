//! Way (a) and (d): a leaf that somebody added takes its seat.

use rand_core::CryptoRngCore;
use thiserror::Error;

use super::Group;
use crate::{device::Device, ids::RoomId, rows::Row, seal::SealError};

/// What a joiner holds.
pub struct Joining<'a> {
    /// The room that it was invited to.
    pub room: RoomId,
    /// The Welcome.
    pub welcome: &'a [u8],
    /// The private rows of the KeyPackage that the Welcome names.
    pub key_package: Vec<Row>,
    /// The bundle beside the Welcome, if it is there.
    pub bundle: Option<&'a [u8]>,
}

/// A Welcome or bundle was refused.
#[derive(Debug, Error)]
pub enum JoinError {
    /// Not a Welcome, or one for another KeyPackage.
    #[error("this is no Welcome for this KeyPackage")]
    Welcome,
    /// The bundle does not open; another member can make a new one.
    #[error("the bundle does not open")]
    Bundle(#[from] SealError),
}

impl Group {
    /// Joins from a Welcome. A bad or missing bundle does not stop it: see [`Group::has_door_key`].
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn join(
        device: &Device,
        joining: Joining<'_>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, JoinError> {
        let _ = (device, joining, rng);
        todo!()
    }

    /// Takes a bundle that came later.
    ///
    /// # Errors
    /// [`JoinError::Bundle`].
    pub fn accept_bundle(&mut self, bundle: &[u8]) -> Result<(), JoinError> {
        let _ = bundle;
        todo!()
    }

    /// Whether the current door key is known. Without it the device reads and writes messages, but
    /// not the room state, and commits only if that rotates the keys.
    #[must_use]
    pub fn has_door_key(&self) -> bool {
        todo!()
    }
}
