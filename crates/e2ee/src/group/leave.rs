//! Leaving: a SelfRemove proposal, which somebody else commits.

use rand_core::CryptoRngCore;
use thiserror::Error;

use super::{DeviceRef, Group};
use crate::{device::Device, rows::RowError};

/// A wish to leave that the log holds and no commit has taken in yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Who wants to leave.
    pub who: DeviceRef,
    /// Whether a commit may take it in now: not while it would leave the room without an owner.
    pub committable: bool,
}

/// A proposal could not be made.
#[derive(Debug, Error)]
pub enum LeaveError {
    /// The last owner must make another one first.
    #[error("the last owner cannot leave")]
    LastOwner,
    /// The library refused.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

/// A proposal of the log is skipped, by all members alike.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProposalError {
    /// It is no PublicMessage with a proposal of the current epoch, or its signature fails.
    #[error("not a valid proposal of this epoch")]
    Invalid,
    /// It is a proposal of another type than SelfRemove.
    #[error("only SelfRemove may be proposed")]
    Type,
    /// The rows could not be written.
    #[error(transparent)]
    Rows(#[from] RowError),
}

impl Group {
    /// Makes the proposal by which this device leaves. It takes effect when the log holds it and
    /// another member commits it; nothing is kept here.
    ///
    /// # Errors
    /// [`LeaveError`].
    pub fn propose_leave(
        &mut self,
        device: &Device,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, LeaveError> {
        let _ = (device, rng);
        todo!()
    }

    /// Takes note of a proposal of the log, for this epoch.
    ///
    /// # Errors
    /// [`ProposalError`].
    pub fn note_proposal(&mut self, proposal: &[u8]) -> Result<Leaving, ProposalError> {
        let _ = proposal;
        todo!()
    }

    /// The wishes to leave that are pending in this epoch.
    #[must_use]
    pub fn leaving(&self) -> Vec<Leaving> {
        todo!()
    }
}
