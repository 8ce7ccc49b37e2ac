//! Side files made anew by any member: a state, roster, bundle or chain link that is missing or
//! bad. None of them changes a verdict (PROTOCOL section 1).

use rand_core::CryptoRngCore;
use thiserror::Error;

use super::Group;
use crate::{
    bundle::Bundle,
    device::Device,
    grant::Gift,
    history_chain::{self, Link},
    ids::LinkId,
    keys,
    labels::ExporterLabel,
    link::LinkSecret,
    log_head::LogHead,
    policy::History,
    roster_log::{self, RosterError},
    rows::{RowError, Slot},
    seal::SealError,
    secret::Secret,
};

/// A side file cannot be made by this device.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RepairError {
    /// The door key is not known here.
    #[error("the door key is not known")]
    NoDoorKey,
    /// The room state is not known here.
    #[error("the room state is not known")]
    NoState,
    /// This device has no leaf any more.
    #[error("this device is not in the room")]
    NotAMember,
    /// The seal failed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The roster log failed.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The rows could not be read.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library refused.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

impl Group {
    /// The room state under the current door key.
    ///
    /// # Errors
    /// [`RepairError::NoState`] and others.
    pub fn reseal_state(&self, rng: &mut impl CryptoRngCore) -> Result<Vec<u8>, RepairError> {
        let (_, key) = self.door_key()?.ok_or(RepairError::NoDoorKey)?;
        let state = self.state().ok_or(RepairError::NoState)?;
        Ok(state.seal(&key, self.scope.room, self.scope.group, rng)?)
    }

    /// The whole roster log, as far as this device knows it, under the current door key.
    ///
    /// # Errors
    /// [`RepairError`].
    pub fn reseal_roster(&self, rng: &mut impl CryptoRngCore) -> Result<Vec<u8>, RepairError> {
        let (rotation, key) = self.door_key()?.ok_or(RepairError::NoDoorKey)?;
        let rows = self.provider.rows();
        Ok(roster_log::seal_all(rows, &key, self.scope, rotation, rng)?)
    }

    /// A bundle for the leaves of the current epoch; `log` is the last entry that its maker has
    /// seen.
    ///
    /// # Errors
    /// [`RepairError`].
    pub fn make_bundle(
        &self,
        log: LogHead,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, RepairError> {
        let (rotation, door_key) = self.door_key()?.ok_or(RepairError::NoDoorKey)?;
        let history_key = self.shared_history_key(rotation)?;
        let secret = self
            .scope
            .export(&self.mls, &self.provider, ExporterLabel::Bundle)
            .ok_or(RepairError::NotAMember)?;
        let bundle = Bundle {
            rotation,
            door_key,
            history_key,
            log,
        };
        Ok(bundle.seal(&secret, self.scope, self.epoch(), rng)?)
    }

    /// The grant of a link that this device's account has made: the current keys for who holds the
    /// link's secret. It is made anew after a rotation that the link outlives.
    ///
    /// # Errors
    /// [`RepairError`].
    pub fn make_grant(
        &self,
        device: &Device,
        link: LinkId,
        secret: &LinkSecret,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, RepairError> {
        let (rotation, door_key) = self.door_key()?.ok_or(RepairError::NoDoorKey)?;
        let history_key = self.shared_history_key(rotation)?;
        let gift = Gift {
            group: self.scope.group,
            rotation,
            door_key: &door_key,
            history_key: history_key.as_ref(),
        };
        Ok(gift.seal(device, self.scope.room, link, secret, rng)?)
    }

    /// The rotation of the newest keys that are known here, which a grant made now holds. `None`
    /// where there are none yet.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn rotation(&self) -> Result<Option<u64>, RowError> {
        Ok(self.door_key()?.map(|(rotation, _)| rotation))
    }

    /// What newcomers get of the history: in a room with shared history, the key of the rotation.
    fn shared_history_key(&self, rotation: u64) -> Result<Option<Secret<32>>, RowError> {
        match self.policy.history {
            History::Shared => keys::kept(self.provider.rows(), Slot::HistoryKey, rotation),
            History::None | History::SinceJoin => Ok(None),
        }
    }

    /// The link of the history chain that the rotation of this epoch writes. `None` if there is
    /// nothing older, or it is not known here.
    ///
    /// # Errors
    /// [`RepairError`].
    pub fn reseal_chain_link(
        &self,
        rotation: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Option<Vec<u8>>, RepairError> {
        if self.policy.history != History::Shared {
            return Ok(None);
        }
        let rows = self.provider.rows();
        let Some(before) = rotation.checked_sub(1) else {
            return Ok(None);
        };
        let newer = keys::kept(rows, Slot::HistoryKey, rotation)?;
        let older = keys::kept_at(rows, Slot::HistoryKey, before)?;
        let (Some(newer), Some((older_rotation, older))) = (newer, older) else {
            return Ok(None);
        };
        let older = Link {
            rotation: older_rotation,
            key: older,
        };
        let newer = Link {
            rotation,
            key: newer,
        };
        Ok(Some(history_chain::seal(&older, &newer, self.scope, rng)?))
    }
}
