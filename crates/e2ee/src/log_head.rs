//! The running log head: one hash over every entry of a room's log so far (PROTOCOL section 6).

use sha2::{Digest, Sha256};

use crate::{
    codec::{CodecError, Reader, Writer},
    ids::{GroupId, RoomId},
    labels::HashLabel,
};

/// The state of a log after entry `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHead {
    /// Sequence number of the last entry; 0 before the first.
    pub seq: u64,
    /// L_seq.
    pub head: [u8; 32],
}

/// What a signed payload says about the log: the last entry that its sender had seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Sequence number of that entry.
    pub seq: u64,
    /// The first 16 bytes of the log head there.
    pub head: [u8; 16],
}

impl LogHead {
    /// L_0 = SHA-256("secure-chat/1 log" || room id as 8 bytes || group id).
    #[must_use]
    pub fn start(room: RoomId, group: GroupId) -> Self {
        let hash = Sha256::new()
            .chain_update(HashLabel::Log.bytes())
            .chain_update(room.get().to_be_bytes())
            .chain_update(group.as_bytes());
        Self {
            seq: 0,
            head: hash.finalize().into(),
        }
    }

    /// L_i = SHA-256(L_{i-1} || h_i), where `entry_hash` is h_i.
    #[must_use]
    pub fn advance(&self, entry_hash: &[u8; 32]) -> Self {
        let hash = Sha256::new()
            .chain_update(self.head)
            .chain_update(entry_hash);
        Self {
            seq: self.seq.saturating_add(1),
            head: hash.finalize().into(),
        }
    }

    /// The first 16 bytes of the head.
    #[must_use]
    pub fn head16(&self) -> [u8; 16] {
        let [low, _] = halves(&self.head);
        low
    }

    /// What a payload made now says.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen {
            seq: self.seq,
            head: self.head16(),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.u64(self.seq);
        writer.fixed(&self.head);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            seq: reader.u64()?,
            head: reader.array()?,
        })
    }
}

impl Seen {
    /// Encoded length.
    pub const LEN: usize = 8 + 16;

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.u64(self.seq);
        writer.fixed(&self.head);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            seq: reader.u64()?,
            head: reader.array()?,
        })
    }
}

fn halves(bytes: &[u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    halves.as_flattened_mut().copy_from_slice(bytes);
    halves
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn heads_depend_on_room_group_and_every_entry() {
        let start =
            |room, group: u8| LogHead::start(RoomId::new(room).unwrap(), [group; 16].into());
        let chain = |hashes: &[[u8; 32]]| {
            hashes
                .iter()
                .fold(start(1, 2), |head, hash| head.advance(hash))
        };
        let [a, b] = [[1; 32], [2; 32]];

        assert_ne!(start(1, 2), start(2, 2));
        assert_ne!(start(1, 2), start(1, 3));
        assert_eq!(chain(&[a, b]).seq, 2);
        assert_ne!(chain(&[a, b]).head, chain(&[b, a]).head);
        assert_ne!(chain(&[a, b]).head, chain(&[b]).head);
        assert!(chain(&[a]).head.starts_with(&chain(&[a]).head16()));
    }

    #[test]
    fn the_first_head_is_the_hash_that_the_protocol_names() {
        let head = LogHead::start(RoomId::new(7).unwrap(), [9; 16].into()).head;
        let mut input = b"secure-chat/1 log".to_vec();
        input.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 7]);
        input.extend_from_slice(&[9; 16]);
        assert_eq!(head, <[u8; 32]>::from(Sha256::digest(input)));
    }
}
