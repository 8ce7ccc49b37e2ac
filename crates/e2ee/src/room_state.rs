//! The room state: what a room shows of itself to who is inside. Its salted hash stands in the
//! policy; the state itself lies on the server, sealed under the door key.

use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    ids::{GroupId, RoomId},
    kdf,
    labels::{HashLabel, KdfLabel, SealLabel},
    seal::{self, Aad, SealError},
    secret::Secret,
};

/// The form of the encoding.
pub const VERSION: u16 = 1;
/// The longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 200;
/// The longest topic, in bytes of UTF-8.
pub const MAX_TOPIC: usize = 2_000;

/// Name and topic of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomState {
    salt: [u8; 32],
    name: String,
    topic: String,
}

/// A room state was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RoomStateError {
    /// The name is empty, too long or holds control characters.
    #[error("a room's name has 1 to {MAX_NAME} bytes and no control characters")]
    Name,
    /// The topic is too long or holds control characters other than line breaks.
    #[error("a room's topic has at most {MAX_TOPIC} bytes")]
    Topic,
    /// The seal does not open under this door key.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What was sealed is no room state.
    #[error("malformed room state: {0}")]
    Codec(#[from] CodecError),
    /// The state is not the one that the policy names.
    #[error("this is not the room's current state")]
    Hash,
}

impl RoomState {
    /// A state with a fresh salt.
    ///
    /// # Errors
    /// [`RoomStateError::Name`] and [`RoomStateError::Topic`].
    pub fn new(
        name: impl Into<String>,
        topic: impl Into<String>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, RoomStateError> {
        let mut salt = [0; 32];
        rng.fill_bytes(&mut salt);
        Self {
            salt,
            name: name.into(),
            topic: topic.into(),
        }
        .checked()
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The topic; empty if there is none.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// What the policy names: the hash of the encoding, whose salt hides short names.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(HashLabel::RoomState.bytes());
        hash.update(self.encode());
        hash.finalize().into()
    }

    fn checked(self) -> Result<Self, RoomStateError> {
        let bad_name = self.name.trim().is_empty()
            || self.name.len() > MAX_NAME
            || self.name.chars().any(char::is_control);
        let bad_char = |c: char| c.is_control() && c != '\n';
        if bad_name {
            Err(RoomStateError::Name)
        } else if self.topic.len() > MAX_TOPIC || self.topic.chars().any(bad_char) {
            Err(RoomStateError::Topic)
        } else {
            Ok(self)
        }
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(40 + self.name.len() + self.topic.len());
        writer.u16(VERSION);
        writer.fixed(&self.salt);
        writer.vec(self.name.as_bytes());
        writer.vec(self.topic.as_bytes());
        Zeroizing::new(writer.finish())
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, RoomStateError> {
        let mut reader = Reader::new(bytes);
        if reader.u16()? != VERSION {
            return Err(CodecError::BadValue.into());
        }
        let state = Self {
            salt: reader.array()?,
            name: text(reader.vec(MAX_NAME)?)?,
            topic: text(reader.vec(MAX_TOPIC)?)?,
        };
        reader.finish()?;
        state.checked()
    }

    /// Seals the state under the door key.
    pub(crate) fn seal(
        &self,
        door_key: &Secret<32>,
        room: RoomId,
        group: GroupId,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        let key = kdf::derive(door_key, KdfLabel::RoomState, &[]);
        seal::seal(&key, &aad(room, group), &self.encode(), rng)
    }

    /// Opens a sealed state and compares it with the hash that the policy names.
    pub(crate) fn open(
        sealed: &[u8],
        door_key: &Secret<32>,
        room: RoomId,
        group: GroupId,
        hash: &[u8; 32],
    ) -> Result<Self, RoomStateError> {
        let key = kdf::derive(door_key, KdfLabel::RoomState, &[]);
        let state = Self::decode(&seal::open(&key, &aad(room, group), sealed)?)?;
        if state.hash() != *hash {
            return Err(RoomStateError::Hash);
        }
        Ok(state)
    }
}

fn aad(room: RoomId, group: GroupId) -> Aad {
    Aad::new(SealLabel::RoomState)
        .number(room.get())
        .bytes(group.as_bytes())
}

fn text(bytes: &[u8]) -> Result<String, CodecError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| CodecError::BadValue)
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    fn place() -> (RoomId, GroupId) {
        (RoomId::new(5).unwrap(), GroupId::from([6; 16]))
    }

    #[test]
    fn a_state_opens_under_its_key_in_its_room_and_with_its_hash() {
        let rng = &mut ChaCha20Rng::from_seed([1; 32]);
        let (room, group) = place();
        let state = RoomState::new("Tea", "green\nand black", rng).unwrap();
        let (key, other) = (Secret::random(rng), Secret::random(rng));
        let sealed = state.seal(&key, room, group, rng).unwrap();
        assert_eq!(
            RoomState::open(&sealed, &key, room, group, &state.hash()),
            Ok(state.clone())
        );
        let elsewhere = RoomId::new(6).unwrap();
        for result in [
            RoomState::open(&sealed, &other, room, group, &state.hash()),
            RoomState::open(&sealed, &key, elsewhere, group, &state.hash()),
        ] {
            assert_eq!(result, Err(SealError.into()));
        }
        let stale = RoomState::open(&sealed, &key, room, group, &[0; 32]);
        assert_eq!(stale, Err(RoomStateError::Hash));
    }

    #[test]
    fn equal_names_have_unequal_hashes() {
        let rng = &mut ChaCha20Rng::from_seed([1; 32]);
        let [a, b] = [(); 2].map(|()| RoomState::new("Tea", "", rng).unwrap());
        assert_ne!(a.hash(), b.hash());
    }

    #[test]
    fn names_have_rules() {
        let rng = &mut ChaCha20Rng::from_seed([1; 32]);
        for name in ["", "  ", "a\nb", &"x".repeat(MAX_NAME + 1)] {
            assert_eq!(RoomState::new(name, "", rng), Err(RoomStateError::Name));
        }
        let long = "x".repeat(MAX_TOPIC + 1);
        assert_eq!(RoomState::new("a", long, rng), Err(RoomStateError::Topic));
    }
}
