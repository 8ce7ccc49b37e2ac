//! The door of an epoch: what somebody who holds the door key needs to come in by an external
//! commit (PROTOCOL sections 3 and 4).

use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    kdf,
    keys::Scope,
    labels::{KdfLabel, SealLabel},
    log_head::LogHead,
    seal::{self, Aad, SealError},
    secret::Secret,
};

const VERSION: u16 = 1;
/// The longest GroupInfo in a door: it has no tree, so its size does not grow with the room.
const MAX_GROUP_INFO: usize = 64 * 1024;

/// An opened door.
pub struct Door {
    /// The GroupInfo without its tree, as an MLS message.
    pub group_info: Vec<u8>,
    /// The entry PSK of the epoch.
    pub(crate) entry_psk: Secret<32>,
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
    /// What was sealed is no door.
    #[error("malformed door: {0}")]
    Codec(#[from] CodecError),
}

impl Door {
    pub(crate) fn seal(
        &self,
        door_key: &Secret<32>,
        scope: Scope,
        epoch: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        let mut writer = Writer::with_capacity(self.group_info.len() + 128);
        writer.u16(VERSION);
        writer.fixed(self.entry_psk.expose());
        self.log.write(&mut writer);
        writer.u32(self.commits_since_tree);
        writer.vec(&self.group_info);
        let plain = Zeroizing::new(writer.finish());
        let key = kdf::derive(door_key, KdfLabel::Door, &[]);
        seal::seal(&key, &aad(scope, epoch), &plain, rng)
    }

    /// Opens the door of an epoch.
    pub(crate) fn open(
        sealed: &[u8],
        door_key: &Secret<32>,
        scope: Scope,
        epoch: u64,
    ) -> Result<Self, DoorError> {
        let key = kdf::derive(door_key, KdfLabel::Door, &[]);
        let plain = seal::open(&key, &aad(scope, epoch), sealed)?;
        let mut reader = Reader::new(&plain);
        if reader.u16()? != VERSION {
            return Err(CodecError::BadValue.into());
        }
        let entry_psk = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        let log = LogHead::read(&mut reader)?;
        let commits_since_tree = reader.u32()?;
        let group_info = reader.vec(MAX_GROUP_INFO)?.to_vec();
        reader.finish()?;
        Ok(Self {
            group_info,
            entry_psk,
            log,
            commits_since_tree,
        })
    }
}

fn aad(scope: Scope, epoch: u64) -> Aad {
    Aad::new(SealLabel::Door)
        .number(scope.room.get())
        .bytes(scope.group.as_bytes())
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

    #[test]
    fn a_door_opens_with_its_key_in_its_room_and_epoch_and_nowhere_else() {
        let rng = &mut rng(1);
        let (key, psk) = (Secret::random(rng), Secret::random(rng));
        let door = Door {
            group_info: b"info".to_vec(),
            entry_psk: psk.duplicate(),
            log: LogHead {
                seq: 9,
                head: [3; 32],
            },
            commits_since_tree: 4,
        };
        let sealed = door.seal(&key, scope(1), 5, rng).unwrap();
        let opened = Door::open(&sealed, &key, scope(1), 5).unwrap();
        assert!(opened.entry_psk.same_as(&psk));
        assert_eq!((opened.log, opened.commits_since_tree), (door.log, 4));
        assert_eq!(opened.group_info, b"info");
        let refused = |result: Result<Door, DoorError>| result.err() == Some(SealError.into());
        assert!(refused(Door::open(&sealed, &key, scope(1), 6)));
        assert!(refused(Door::open(&sealed, &key, scope(2), 5)));
        assert!(refused(Door::open(
            &sealed,
            &Secret::random(rng),
            scope(1),
            5
        )));
        for bad in flipped(&sealed) {
            assert!(refused(Door::open(&bad, &key, scope(1), 5)));
        }
    }
}
