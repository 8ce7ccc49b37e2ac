//! Keys to what was said before: kept, given to the vault, taken from vault, chain and roster log.

use std::{collections::BTreeSet, ops::RangeInclusive};

use super::Group;
use crate::{
    history_chain::{self, ChainError, Link},
    keys,
    roster_log::{self, RosterError},
    rows::{RowError, Rows, Slot},
    seal::SealError,
    secret::Secret,
};

/// The keys of a room that the vault keeps for the account's other devices.
#[derive(Default)]
pub struct RoomKeys {
    /// Door keys, by the epoch with which they began.
    pub door: Vec<(u64, Secret<32>)>,
    /// History keys, by the epoch with which they began.
    pub history: Vec<(u64, Secret<32>)>,
}

impl Group {
    /// All door and history keys that this device holds.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn room_keys(&self) -> Result<RoomKeys, RowError> {
        Ok(RoomKeys {
            door: self.all_keys(Slot::DoorKey)?,
            history: self.all_keys(Slot::HistoryKey)?,
        })
    }

    /// Those that began in these epochs.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn room_keys_in(&self, epochs: &RangeInclusive<u64>) -> Result<RoomKeys, RowError> {
        Ok(RoomKeys {
            door: self.keys_in(Slot::DoorKey, epochs)?,
            history: self.keys_in(Slot::HistoryKey, epochs)?,
        })
    }

    /// The epochs with which the keys began that this device holds.
    #[must_use]
    pub fn room_key_epochs(&self) -> BTreeSet<u64> {
        let rows = self.provider.rows();
        let slots = [Slot::DoorKey, Slot::HistoryKey].into_iter();
        slots.flat_map(|slot| keys::epochs(rows, slot)).collect()
    }

    /// Takes keys from the vault or from a grant. A key that this device has derived itself stays.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn adopt_room_keys(&mut self, room_keys: &RoomKeys) -> Result<(), RowError> {
        adopt(self.provider.rows(), room_keys)
    }

    /// Opens a link of the history chain with a history key that is known, and keeps the older key
    /// in it. Returns the rotation with which the older key began. Give the newest link first: each
    /// opens with the key of the one before.
    ///
    /// # Errors
    /// [`ChainError`] if the link follows from no key that is known here.
    pub fn open_chain_link(&mut self, sealed: &[u8]) -> Result<u64, ChainError> {
        let rows = self.provider.rows();
        for (rotation, key) in self.all_keys(Slot::HistoryKey)?.into_iter().rev() {
            let Ok(link) = history_chain::open(sealed, &Link { rotation, key }, self.scope) else {
                continue;
            };
            if !rows.contains(Slot::HistoryKey, &link.rotation.to_be_bytes()) {
                keys::keep(rows, Slot::HistoryKey, link.rotation, &link.key)?;
            }
            return Ok(link.rotation);
        }
        Err(SealError.into())
    }

    /// Opens the roster log as the server keeps it. What this device witnessed itself stays.
    ///
    /// # Errors
    /// [`RosterError`]: another member can repair it.
    pub fn open_roster(&mut self, copy: &[u8]) -> Result<(), RosterError> {
        let (rotation, key) = self.door_key()?.ok_or(RosterError::NoDoorKey)?;
        let known = self.leaves.iter().map(|leaf| &leaf.certificate);
        roster_log::adopt(
            self.provider.rows(),
            copy,
            &key,
            self.scope,
            rotation,
            known,
        )
    }

    fn all_keys(&self, slot: Slot) -> Result<Vec<(u64, Secret<32>)>, RowError> {
        self.keys_in(slot, &(0..=u64::MAX))
    }

    fn keys_in(
        &self,
        slot: Slot,
        epochs: &RangeInclusive<u64>,
    ) -> Result<Vec<(u64, Secret<32>)>, RowError> {
        let rows = self.provider.rows();
        let mut list = Vec::new();
        let begun = keys::epochs(rows, slot).into_iter();
        for epoch in begun.filter(|epoch| epochs.contains(epoch)) {
            list.push((
                epoch,
                keys::kept(rows, slot, epoch)?.ok_or(RowError::Damaged)?,
            ));
        }
        Ok(list)
    }
}

/// Keeps those of the keys that are not known.
pub(super) fn adopt(rows: &Rows, room_keys: &RoomKeys) -> Result<(), RowError> {
    for (slot, list) in [
        (Slot::DoorKey, &room_keys.door),
        (Slot::HistoryKey, &room_keys.history),
    ] {
        for (epoch, key) in list {
            if !rows.contains(slot, &epoch.to_be_bytes()) {
                keys::keep(rows, slot, *epoch, key)?;
            }
        }
    }
    Ok(())
}
