//! Keys to what was said before: kept, given to the vault, taken from vault, chain and roster log.

use crate::ordered::Set;
use std::ops::RangeInclusive;

use rand_core::CryptoRngCore;

use super::{Group, RepairError};
use crate::{
    history_chain::{self, ChainError, Link},
    ids::DeviceId,
    keys,
    ordered::set,
    policy::History,
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
    pub fn room_key_epochs(&self) -> Set<u64> {
        let rows = self.provider.rows();
        let slots = [Slot::DoorKey, Slot::HistoryKey].into_iter();
        set(slots.flat_map(|slot| keys::epochs(rows, slot)))
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

    /// Opens what of a chain, oldest link first, opens with the keys that are known or come of it. A link of a rotation
    /// that this device took part in brings nothing new, one that is bad nothing; one that was added later may be in
    /// another place.
    pub fn open_chain(&mut self, chain: &[&[u8]]) {
        let mut shut: Vec<&[u8]> = chain.iter().rev().copied().collect();
        loop {
            let before = shut.len();
            shut.retain(|link| self.open_chain_link(link).is_err());
            if shut.is_empty() || shut.len() == before {
                return;
            }
        }
    }

    /// The links that a chain lacks between the keys that are known here, newest first.
    ///
    /// # Errors
    /// [`RepairError`].
    pub fn missing_links(
        &mut self,
        chain: &[&[u8]],
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Vec<u8>>, RepairError> {
        if self.policy.history != History::Shared {
            return Ok(Vec::new());
        }
        self.open_chain(chain);
        let mut missing = Vec::new();
        let mut newer: Option<Link> = None;
        for (rotation, key) in self.all_keys(Slot::HistoryKey)?.into_iter().rev() {
            if let Some(newer) = &newer {
                let leads_here = |sealed: &&&[u8]| {
                    let older = history_chain::open(sealed, newer, self.scope);
                    older.is_ok_and(|older| older.rotation == rotation && older.key.same_as(&key))
                };
                if chain.iter().find(leads_here).is_none() {
                    missing.extend(self.reseal_chain_link(newer.rotation, rng)?);
                }
            }
            newer = Some(Link { rotation, key });
        }
        Ok(missing)
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

    /// Whether the roster log lists a device for an epoch.
    #[must_use]
    pub fn was_seated(&self, device: DeviceId, epoch: u64) -> bool {
        let seat = roster_log::seated(self.provider.rows(), device, epoch);
        seat.is_ok_and(|seat| seat.is_some())
    }

    /// Whether a copy of the roster log that opens leaves out, or tells otherwise, what this device knows.
    #[must_use]
    pub fn roster_lacks(&self, copy: &[u8]) -> bool {
        let Ok(Some((rotation, key))) = self.door_key() else {
            return false;
        };
        let told = Rows::default();
        let known = self.leaves.iter().map(|leaf| &leaf.certificate);
        roster_log::adopt(&told, copy, &key, self.scope, rotation, known).is_ok()
            && roster_log::lacks(&told, self.provider.rows()).unwrap_or(false)
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
