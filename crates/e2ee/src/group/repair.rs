//! Side files made anew by any member: a state, roster, bundle or chain link that is missing or
//! bad. None of them changes a verdict (PROTOCOL section 1).

use rand_core::CryptoRngCore;
use thiserror::Error;

use super::Group;
use crate::{
    bundle::Bundle,
    history_chain::{self, Link},
    keys,
    labels::ExporterLabel,
    log_head::LogHead,
    policy::History,
    roster_log::{self, RosterError},
    rows::{RowError, Slot},
    seal::SealError,
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
        let history_key = match self.policy.history {
            History::Shared => keys::kept(self.provider.rows(), Slot::HistoryKey, rotation)?,
            History::None | History::SinceJoin => None,
        };
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
