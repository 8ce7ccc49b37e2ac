//! The files beside a commit that depend on the epoch it starts: door and tree snapshot.

use rand_core::CryptoRngCore;

use super::{Group, RepairError};
use crate::{
    device::Device,
    door::{Door, DoorError},
    ids::{GroupId, RoomId},
    keys,
    leaf::LeafSigner,
    log_head::LogHead,
    rows::Slot,
    seal::SealError,
    secret::Secret,
    tree::{self, info},
};

/// A newcomer follows at most so many commits from a snapshot (decision 0028).
const COMMITS_BEHIND_TREE: u32 = 64;
/// And, since its browser goes through the whole tree for each, at most so many commits times leaves: half a second.
const LEAVES_BEHIND_TREE: u32 = 1 << 14;

/// What the maker of a commit knows about the log.
#[derive(Clone, Copy, Debug)]
pub struct StageContext {
    /// Unix milliseconds: a device whose certificate has ended makes no commit.
    pub now_ms: u64,
    /// The last entry seen.
    pub log: LogHead,
    /// Commits since the last tree snapshot.
    pub commits_since_tree: u32,
    /// Their size in bytes.
    pub bytes_since_tree: u64,
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

impl StageContext {
    /// Before the first entry of a room's log.
    #[must_use]
    pub fn start(room: RoomId, group: GroupId) -> Self {
        Self {
            now_ms: 0,
            log: LogHead::start(room, group),
            commits_since_tree: 0,
            bytes_since_tree: 0,
        }
    }
}

/// Door and snapshot of a group's epoch.
pub(super) struct SideFiles {
    pub(super) door: Vec<u8>,
    /// A snapshot, if one is due: when the commits since the last one outweigh it, or are as many as one follows in a tree
    /// of this size.
    pub(super) tree: Option<Vec<u8>>,
}

impl SideFiles {
    /// Makes them for the epoch that a commit of this length starts.
    pub(super) fn beside(
        next: &Group,
        device: &Device,
        commit_len: usize,
        context: &StageContext,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, RepairError> {
        let snapshot = next.snapshot(device)?;
        let since = context.bytes_since_tree.saturating_add(commit_len as u64);
        let outweighed = since >= snapshot.len() as u64;
        let many = context.commits_since_tree >= commits_behind_tree(next.mls.members().count());
        let tree = (outweighed || many).then_some(snapshot);
        let commits_since_tree = if tree.is_some() {
            0
        } else {
            context.commits_since_tree.saturating_add(1)
        };
        let context = StageContext {
            commits_since_tree,
            ..*context
        };
        Ok(Self {
            door: next.reseal_door(device, &context, rng)?,
            tree,
        })
    }
}

/// How many commits a newcomer follows in a tree with so many leaves that are taken.
fn commits_behind_tree(leaves: usize) -> u32 {
    let leaves = u32::try_from(leaves).unwrap_or(u32::MAX);
    LEAVES_BEHIND_TREE
        .checked_div(leaves)
        .map_or(COMMITS_BEHIND_TREE, |commits| {
            commits.min(COMMITS_BEHIND_TREE)
        })
}

impl Group {
    /// The door of the current epoch, sealed under the current door key. `context` says what its
    /// maker saw before the commit that started the epoch.
    ///
    /// # Errors
    /// [`RepairError`].
    pub fn reseal_door(
        &self,
        device: &Device,
        context: &StageContext,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, RepairError> {
        let (_, key) = self.door_key()?.ok_or(RepairError::NoDoorKey)?;
        let entry_psk = keys::entry_psk(&self.mls, &self.provider, self.scope)
            .ok_or(RepairError::NotAMember)?;
        let door = Door {
            epoch: self.epoch(),
            group_info: info::group_info(&self.mls, &self.provider, &LeafSigner(device))
                .map_err(RepairError::Mls)?,
            entry_psk,
            key,
            log: context.log,
            commits_since_tree: context.commits_since_tree,
        };
        Ok(door.seal(self.scope, rng)?)
    }

    /// Opens the door of the current epoch as the server keeps it, to see whether it needs repair:
    /// somebody who came in by it would be in this epoch.
    ///
    /// # Errors
    /// [`DoorError`] if it does, or if the door key is not known here.
    pub fn open_door(&self, sealed: &[u8]) -> Result<Door, DoorError> {
        let (_, key) = self.door_key().ok().flatten().ok_or(SealError)?;
        let door = Door::open(sealed, &key, self.scope)?;
        let psk = keys::entry_psk(&self.mls, &self.provider, self.scope);
        let knows = psk.is_some_and(|psk| psk.same_as(&door.entry_psk));
        if knows && info::is_of(&self.mls, &self.provider, &door.group_info) {
            Ok(door)
        } else {
            Err(DoorError::Wrong)
        }
    }

    /// The tree snapshot of the current epoch.
    ///
    /// # Errors
    /// [`RepairError::Mls`].
    pub fn snapshot(&self, device: &Device) -> Result<Vec<u8>, RepairError> {
        let info = info::group_info(&self.mls, &self.provider, &LeafSigner(device))
            .map_err(RepairError::Mls)?;
        tree::snapshot(&self.mls, &info).map_err(RepairError::Mls)
    }

    /// Whether a snapshot, as the server keeps it, is of the current epoch.
    #[must_use]
    pub fn is_snapshot(&self, snapshot: &[u8]) -> bool {
        tree::is_of(&self.mls, &self.provider, snapshot)
    }

    /// The current door key and the epoch with which it began.
    pub(crate) fn door_key(&self) -> Result<Option<(u64, Secret<32>)>, crate::rows::RowError> {
        keys::kept_at(self.provider.rows(), Slot::DoorKey, self.epoch())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_the_tree_the_fewer_commits_are_followed() {
        let bounds = [(0, 64), (2, 64), (256, 64), (1000, 16), (4096, 4)];
        for (leaves, commits) in bounds {
            assert_eq!(commits_behind_tree(leaves), commits, "{leaves} leaves");
        }
    }
}
