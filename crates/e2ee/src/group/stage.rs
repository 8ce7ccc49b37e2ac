//! Making a commit, with the side files of the epoch that it starts.

use rand_core::CryptoRngCore;
use thiserror::Error;

use super::{Group, Intent};
use crate::{
    check::PublicReason,
    device::Device,
    ids::{AccountId, DeviceId},
    roles::Role,
    room_state::RoomStateError,
    rows::RowError,
};

/// What the maker of a commit knows about the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageContext {
    /// Unix milliseconds: a device whose certificate has ended makes no commit.
    pub now_ms: u64,
    /// The last entry seen.
    pub seq: u64,
    /// The log head after that entry.
    pub log_head: [u8; 32],
    /// Commits since the last tree snapshot.
    pub commits_since_tree: u32,
    /// Their size in bytes.
    pub bytes_since_tree: u64,
}

/// What the commit is posted with: the server applies it to its own table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Accounts that get their first leaf.
    pub accounts_in: Vec<AccountId>,
    /// Accounts that lose their last leaf.
    pub accounts_out: Vec<AccountId>,
    /// New roles; [`Role::Member`] takes one away.
    pub roles: Vec<(AccountId, Role)>,
}

/// The Welcome of a commit that adds.
pub struct WelcomeFor {
    /// The devices that it is for.
    pub devices: Vec<(AccountId, DeviceId)>,
    /// The MLS message.
    pub welcome: Vec<u8>,
    /// The door key, and the history key of a shared room, sealed for them.
    pub bundle: Vec<u8>,
}

/// How the roster log changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterWrite {
    /// Nothing to write.
    Keep,
    /// A chunk to append.
    Append(Vec<u8>),
    /// The whole log under a new door key.
    Replace(Vec<u8>),
}

/// A staged commit and what is posted with it, all or nothing.
pub struct OwnCommit {
    /// The commit, as a PublicMessage.
    pub commit: Vec<u8>,
    /// The epoch that it starts.
    pub epoch: u64,
    /// Its declared effects.
    pub effects: Effects,
    /// For who is added.
    pub welcome: Option<WelcomeFor>,
    /// The sealed door of the new epoch.
    pub door: Vec<u8>,
    /// The sealed room state, if it changed or its key did.
    pub state: Option<Vec<u8>>,
    /// The roster log.
    pub roster: RosterWrite,
    /// A tree snapshot, if one is due.
    pub tree: Option<Vec<u8>>,
    /// The link of the history chain, at a rotation of a shared room.
    pub chain: Option<Vec<u8>>,
    /// Whether the keys rotate.
    pub rotation: bool,
}

/// A commit was not staged; the group is as before.
#[derive(Debug, Error)]
pub enum StageError {
    /// The device's certificate has ended.
    #[error("this device's certificate has ended")]
    CertificateEnded,
    /// The policy does not allow it; the reason is the one for which others would skip it.
    #[error("the commit would be refused: {0}")]
    Refused(PublicReason),
    /// There is a staged commit already.
    #[error("a commit is staged already")]
    Pending,
    /// The account or device is not in the room.
    #[error("no such member")]
    NotAMember,
    /// This device has asked to leave; it makes no commits any more.
    #[error("this device is leaving")]
    Leaving,
    /// The door key is not known, and the commit would not make a new one.
    #[error("the door key is not known")]
    NoDoorKey,
    /// The room state is not known, so it cannot be changed.
    #[error("the room state is not known")]
    NoState,
    /// The new name or topic is refused.
    #[error(transparent)]
    State(#[from] RoomStateError),
    /// The rows could not be written: drop the group and load it again.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library refused.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

impl Group {
    /// Stages a commit. It is not merged: the log decides ([`Group::judge`]).
    ///
    /// # Errors
    /// [`StageError`].
    pub fn stage(
        &mut self,
        device: &Device,
        intent: Intent,
        context: &StageContext,
        rng: &mut impl CryptoRngCore,
    ) -> Result<OwnCommit, StageError> {
        let _ = (device, intent, context, rng);
        todo!()
    }

    /// Whether a commit is staged and neither confirmed nor discarded.
    #[must_use]
    pub fn has_staged(&self) -> bool {
        todo!()
    }
}
