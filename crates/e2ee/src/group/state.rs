//! The room state in the rows of a group: the one that the policy names, and the last ones before it.
//!
//! Former states are kept because a room may come back to one: where it went two ways, who returns has often made or
//! opened the state of the other way last, and may be the only one who still knows this way's.

use super::Group;
use crate::{
    room_state::{RoomState, RoomStateError},
    rows::{RowError, Rows, Slot},
    seal::SealError,
    secret::SecretBytes,
};

/// The row of the newest state; those of the ones before are `[1]`, `[2]` and so on.
const NEWEST: &[u8] = &[];
/// How many former states are kept.
const FORMER_MAX: u8 = 4;

impl Group {
    /// The room state of the current epoch, once it has been opened.
    #[must_use]
    pub fn state(&self) -> Option<RoomState> {
        let hash = self.policy.state_hash;
        let mut states = kept(self.provider.rows());
        states.find(|state| state.hash() == hash)
    }

    /// Opens the room state as the server keeps it, and keeps it for [`Group::state`].
    ///
    /// # Errors
    /// [`RoomStateError`]: another copy, or another member's repair, may be better.
    pub fn open_state(&mut self, sealed: &[u8]) -> Result<RoomState, RoomStateError> {
        let (_, key) = self.door_key().ok().flatten().ok_or(SealError)?;
        let hash = &self.policy.state_hash;
        let state = RoomState::open(sealed, &key, self.scope.room, self.scope.group, hash)?;
        keep(self.provider.rows(), &state.encode()).map_err(|_| SealError)?;
        Ok(state)
    }

    /// The state that this device knew last, be it the room's or not.
    #[must_use]
    pub fn last_state(&self) -> Option<RoomState> {
        kept(self.provider.rows()).next()
    }
}

fn name(number: u8) -> Vec<u8> {
    match number {
        0 => NEWEST.to_vec(),
        former => vec![former],
    }
}

fn fetch(rows: &Rows, number: u8) -> Option<SecretBytes> {
    rows.fetch(Slot::State, &name(number)).ok().flatten()
}

/// The states that are kept, newest first.
fn kept(rows: &Rows) -> impl Iterator<Item = RoomState> {
    let states = (0..=FORMER_MAX).filter_map(|number| fetch(rows, number));
    states.filter_map(|bytes| RoomState::decode(bytes.expose()).ok())
}

/// Keeps an encoded state as the newest.
pub(super) fn keep(rows: &Rows, state: &[u8]) -> Result<(), RowError> {
    if fetch(rows, 0).is_some_and(|newest| newest.expose() == state) {
        return Ok(());
    }
    let mut kept: Vec<SecretBytes> = (0..=FORMER_MAX).filter_map(|n| fetch(rows, n)).collect();
    kept.retain(|former| former.expose() != state);
    kept.insert(0, SecretBytes::copy(state));
    for (number, state) in (0..=FORMER_MAX).zip(&kept) {
        rows.store(Slot::State, &name(number), state)?;
    }
    Ok(())
}
