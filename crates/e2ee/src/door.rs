//! The door of an epoch: what somebody who holds the door key needs to come in by an external
//! commit (PROTOCOL sections 3 and 4).
//!
//! Version and epoch stand in the clear in front of the seal, and under it as associated data: a
//! joiner does not know the epoch before it has opened the door.

use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    ids::{GroupId, RoomId},
    kdf,
    keys::Scope,
    labels::{KdfLabel, SealLabel},
    log_head::LogHead,
    seal::{self, Aad, SealError},
    secret::Secret,
};

pub(crate) const VERSION: u16 = 2;
/// Version and epoch in front of the seal.
pub(crate) const HEADER: usize = 2 + 8;
/// The longest GroupInfo in a door: it has no tree, so its size does not grow with the room.
const MAX_GROUP_INFO: usize = 64 * 1024;

/// An opened door.
pub struct Door {
    /// The epoch that it leads into.
    pub epoch: u64,
    /// The GroupInfo without its tree, as an MLS message.
    pub group_info: Vec<u8>,
    /// The entry PSK of the epoch.
    pub(crate) entry_psk: Secret<32>,
    /// The door key that seals it.
    pub(crate) key: Secret<32>,
    /// The last entry that the committer saw before its commit.
    pub log: LogHead,
    /// Commits since the last tree snapshot.
    pub commits_since_tree: u32,
}

/// A door does not open.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DoorError {
    /// The seal does not open: another key, epoch or room, or changed bytes.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It is of another version.
    #[error("door version {0} is unknown")]
    Version(u16),
    /// What was sealed is no door.
    #[error("malformed door: {0}")]
    Codec(#[from] CodecError),
    /// It opens, but does not lead into the epoch that this member is in: it needs repair.
    #[error("the door does not lead into the room's epoch")]
    Wrong,
}

/// The epoch that a sealed door claims to lead into.
///
/// # Errors
/// [`DoorError::Version`] and [`DoorError::Codec`].
pub fn epoch_of(sealed: &[u8]) -> Result<u64, DoorError> {
    let mut reader = Reader::new(sealed);
    let version = reader.u16()?;
    if version != VERSION {
        return Err(DoorError::Version(version));
    }
    Ok(reader.u64()?)
}

impl Door {
    pub(crate) fn seal(
        &self,
        scope: Scope,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        let mut writer = Writer::with_capacity(self.group_info.len() + 128);
        writer.fixed(self.entry_psk.expose());
        self.log.write(&mut writer);
        writer.u32(self.commits_since_tree);
        writer.vec(&self.group_info);
        let plain = Zeroizing::new(writer.finish());
        let key = kdf::derive(&self.key, KdfLabel::Door, &[]);
        let sealed = seal::seal(&key, &aad(scope, self.epoch), &plain, rng)?;
        let mut door = Writer::with_capacity(HEADER + sealed.len());
        door.u16(VERSION);
        door.u64(self.epoch);
        door.fixed(&sealed);
        Ok(door.finish())
    }

    /// Opens a door without being in the group, with the door key of the epoch that it leads into.
    ///
    /// What it holds is not checked here: that is for [`crate::tree::Follower::reach`] and
    /// [`crate::group::Group::enter`].
    ///
    /// # Errors
    /// [`DoorError`].
    pub fn open_with(
        sealed: &[u8],
        door_key: &Secret<32>,
        room: RoomId,
        group: GroupId,
    ) -> Result<Self, DoorError> {
        Self::open(sealed, door_key, Scope { room, group })
    }

    pub(crate) fn open(
        sealed: &[u8],
        door_key: &Secret<32>,
        scope: Scope,
    ) -> Result<Self, DoorError> {
        let epoch = epoch_of(sealed)?;
        let key = kdf::derive(door_key, KdfLabel::Door, &[]);
        let body = sealed.get(HEADER..).ok_or(SealError)?;
        let plain = seal::open(&key, &aad(scope, epoch), body)?;
        Ok(Self::decode(&plain, door_key, epoch)?)
    }

    /// Reads what was sealed: the word of some member.
    pub(crate) fn decode(
        plain: &[u8],
        door_key: &Secret<32>,
        epoch: u64,
    ) -> Result<Self, CodecError> {
        let mut reader = Reader::new(plain);
        let entry_psk = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        let log = LogHead::read(&mut reader)?;
        let commits_since_tree = reader.u32()?;
        let group_info = reader.vec(MAX_GROUP_INFO)?.to_vec();
        reader.finish()?;
        Ok(Self {
            epoch,
            group_info,
            entry_psk,
            key: door_key.duplicate(),
            log,
            commits_since_tree,
        })
    }
}

fn aad(scope: Scope, epoch: u64) -> Aad {
    Aad::new(SealLabel::Door)
        .number(scope.room.get())
        .bytes(scope.group.as_bytes())
        .number(u64::from(VERSION))
        .number(epoch)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        ids::{GroupId, RoomId},
        testing::{flipped, rng},
    };

    fn scope(room: u64) -> Scope {
        Scope {
            room: RoomId::new(room).unwrap(),
            group: GroupId::from([2; 16]),
        }
    }

    fn door(rng: &mut impl CryptoRngCore) -> Door {
        Door {
            epoch: 5,
            group_info: b"info".to_vec(),
            entry_psk: Secret::random(rng),
            key: Secret::random(rng),
            log: LogHead {
                seq: 9,
                head: [3; 32],
            },
            commits_since_tree: 4,
        }
    }

    #[test]
    fn a_door_opens_with_its_key_in_its_room_and_nowhere_else() {
        let rng = &mut rng(1);
        let door = door(rng);
        let key = door.key.duplicate();
        let sealed = door.seal(scope(1), rng).unwrap();
        assert_eq!(epoch_of(&sealed), Ok(5));
        let Scope { room, group } = scope(1);
        let opened = Door::open_with(&sealed, &key, room, group).unwrap();
        assert!(opened.entry_psk.same_as(&door.entry_psk));
        assert_eq!((opened.log, opened.commits_since_tree), (door.log, 4));
        assert_eq!(
            (opened.group_info.as_slice(), opened.epoch),
            (&b"info"[..], 5)
        );
        let refused = |result: Result<Door, DoorError>| result.err() == Some(SealError.into());
        assert!(refused(Door::open(&sealed, &key, scope(2))));
        let other = Scope {
            group: GroupId::from([3; 16]),
            ..scope(1)
        };
        assert!(refused(Door::open(&sealed, &key, other)));
        assert!(refused(Door::open(&sealed, &Secret::random(rng), scope(1))));
        for bad in flipped(&sealed) {
            assert!(Door::open(&bad, &key, scope(1)).is_err());
        }
        for len in 0..sealed.len() {
            assert!(Door::open(&sealed[..len], &key, scope(1)).is_err());
        }
    }

    #[test]
    fn the_epoch_in_the_clear_is_under_the_seal_too() {
        let rng = &mut rng(1);
        let door = door(rng);
        let mut sealed = door.seal(scope(1), rng).unwrap();
        sealed[9] = 6;
        assert_eq!(epoch_of(&sealed), Ok(6));
        let result = Door::open(&sealed, &door.key, scope(1));
        assert_eq!(result.err(), Some(SealError.into()));
        sealed[1] = 1;
        assert_eq!(epoch_of(&sealed), Err(DoorError::Version(1)));
    }
}
