//! The room state: what a room shows of itself to who is inside. Its salted hash stands in the
//! policy; the state itself lies on the server, sealed under the door key.

use crate::ordered::Map;

use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    ids::{AccountId, GroupId, LinkId, RoomId},
    kdf,
    labels::{HashLabel, KdfLabel, SealLabel},
    seal::{self, Aad, SealError},
    secret::Secret,
};

/// The form of a state without links, and the only one that the first clients knew.
const PLAIN: u16 = 1;
/// The form of a state that lists links.
const WITH_LINKS: u16 = 2;
/// The longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 200;
/// The longest topic, in bytes of UTF-8.
pub const MAX_TOPIC: usize = 2_000;

/// The most links that a state lists.
pub const MAX_LINKS: usize = 64;
/// The longest label of a link, in bytes of UTF-8.
pub const MAX_LABEL: usize = 100;

/// Name, topic and links of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomState {
    salt: [u8; 32],
    name: String,
    topic: String,
    links: Map<LinkId, ListedLink>,
}

/// What everybody in the room may know of a link. Its secret is its creator's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedLink {
    /// Who made it.
    pub creator: AccountId,
    /// What its creator calls it; may be empty.
    pub label: String,
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
    /// There are too many links.
    #[error("a room lists at most {MAX_LINKS} links")]
    Links,
    /// The label of a link is too long or holds control characters.
    #[error("a link's label has at most {MAX_LABEL} bytes and no control characters")]
    Label,
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
            links: Map::new(),
        }
        .checked()
    }

    /// The same state with these links, once a commit takes it.
    ///
    /// # Errors
    /// [`RoomStateError::Links`] and [`RoomStateError::Label`].
    pub fn with_links(self, links: Map<LinkId, ListedLink>) -> Result<Self, RoomStateError> {
        Self { links, ..self }.checked()
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

    /// The links, by id.
    #[must_use]
    pub const fn links(&self) -> &Map<LinkId, ListedLink> {
        &self.links
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
        } else if self.links.len() > MAX_LINKS {
            Err(RoomStateError::Links)
        } else if self.links.values().any(|link| !link.is_legal()) {
            Err(RoomStateError::Label)
        } else {
            Ok(self)
        }
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(40 + self.name.len() + self.topic.len());
        writer.u16(if self.links.is_empty() {
            PLAIN
        } else {
            WITH_LINKS
        });
        writer.fixed(&self.salt);
        writer.vec(self.name.as_bytes());
        writer.vec(self.topic.as_bytes());
        for (id, link) in &self.links {
            writer.fixed(id.as_bytes());
            writer.fixed(link.creator.as_bytes());
            writer.vec(link.label.as_bytes());
        }
        Zeroizing::new(writer.finish())
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, RoomStateError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        let mut state = Self {
            salt: reader.array()?,
            name: text(reader.vec(MAX_NAME)?)?,
            topic: text(reader.vec(MAX_TOPIC)?)?,
            links: Map::new(),
        };
        match version {
            PLAIN => reader.finish()?,
            WITH_LINKS => state.links = read_links(reader)?,
            _ => return Err(CodecError::BadValue.into()),
        }
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

impl ListedLink {
    fn is_legal(&self) -> bool {
        self.label.len() <= MAX_LABEL && !self.label.chars().any(char::is_control)
    }
}

/// At least one link, ids rising: a state has one encoding.
fn read_links(mut reader: Reader<'_>) -> Result<Map<LinkId, ListedLink>, CodecError> {
    let mut links = Map::new();
    while links.is_empty() || !reader.is_empty() {
        let id = LinkId::from(reader.array::<16>()?);
        let creator = reader.array::<16>()?.into();
        let label = text(reader.vec(MAX_LABEL)?)?;
        if links.last_key_value().is_some_and(|(last, _)| *last >= id) {
            return Err(CodecError::NotCanonical);
        }
        if links.len() == MAX_LINKS {
            return Err(CodecError::TooLong);
        }
        links.insert(id, ListedLink { creator, label });
    }
    Ok(links)
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

    fn listed(count: usize) -> Map<LinkId, ListedLink> {
        let link = |n: usize| ListedLink {
            creator: [2; 16].into(),
            label: format!("link {n}"),
        };
        (0..count)
            .map(|n| ([u8::try_from(n).unwrap(); 16].into(), link(n)))
            .collect()
    }

    #[test]
    fn links_are_listed_and_a_state_without_them_is_written_as_before() {
        let rng = &mut ChaCha20Rng::from_seed([1; 32]);
        let plain = RoomState::new("Tea", "", rng).unwrap();
        assert_eq!(plain.encode()[..2], [0, 1]);
        for count in [1, 2, MAX_LINKS] {
            let state = plain.clone().with_links(listed(count)).unwrap();
            assert_eq!(state.encode()[..2], [0, 2]);
            let read = RoomState::decode(&state.encode());
            assert_eq!(read.as_ref().map(RoomState::links), Ok(&listed(count)));
            assert_eq!(read.map(|state| state.hash()), Ok(state.hash()));
            assert_ne!(state.hash(), plain.hash());
        }
        let again = RoomState::decode(&plain.encode()).unwrap();
        assert_eq!(again.hash(), plain.hash());
    }

    #[test]
    fn links_have_rules() {
        let rng = &mut ChaCha20Rng::from_seed([1; 32]);
        let state = || RoomState::new("Tea", "", &mut ChaCha20Rng::from_seed([1; 32])).unwrap();
        let many = state().with_links(listed(MAX_LINKS + 1));
        assert_eq!(many, Err(RoomStateError::Links));
        for label in ["a\nb".to_owned(), "x".repeat(MAX_LABEL + 1)] {
            let creator = [2; 16].into();
            let link = ListedLink { creator, label };
            let links = [(LinkId::random(rng), link)].into_iter().collect();
            assert_eq!(state().with_links(links), Err(RoomStateError::Label));
        }
    }

    #[test]
    fn a_state_has_one_encoding() {
        let rng = &mut ChaCha20Rng::from_seed([1; 32]);
        let plain = RoomState::new("Tea", "", rng).unwrap();
        let one = plain.clone().with_links(listed(1)).unwrap().encode();
        let two = plain.clone().with_links(listed(2)).unwrap().encode();
        let entry = one.len() - plain.encode().len();
        let (first, second) = two[plain.encode().len()..].split_at(entry);
        let state = |version: u8, links: &[&[u8]]| {
            let head = [&[0, version], &plain.encode()[2..]].concat();
            RoomState::decode(&[head, links.concat()].concat())
        };
        assert!(state(2, &[first, second]).is_ok());
        for (name, result, error) in [
            ("none", state(2, &[]), CodecError::Truncated),
            (
                "turned round",
                state(2, &[second, first]),
                CodecError::NotCanonical,
            ),
            ("twice", state(2, &[first, first]), CodecError::NotCanonical),
            (
                "links in the plain form",
                state(1, &[first]),
                CodecError::Trailing,
            ),
            ("half", state(2, &[&first[..20]]), CodecError::Truncated),
            ("version", state(3, &[]), CodecError::BadValue),
        ] {
            assert_eq!(result, Err(error.into()), "{name}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_read_is_written_the_same(flips: [(u16, u8); 3]) {
            let rng = &mut ChaCha20Rng::from_seed([1; 32]);
            let state = RoomState::new("Tea", "", rng).unwrap().with_links(listed(3)).unwrap();
            let mut bytes = state.encode().to_vec();
            for (at, bit) in flips {
                let at = usize::from(at) % bytes.len();
                bytes[at] ^= 1 << (bit % 8);
            }
            if let Ok(read) = RoomState::decode(&bytes) {
                proptest::prop_assert_eq!(read.encode().to_vec(), bytes);
            }
        }
    }
}
