//! The vault item of a room: what a further device of the account needs to get in and read back, and what a returning
//! one must not fall behind.

use crate::ordered::Map;

use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    group::RoomKeys,
    ids::{GroupId, LinkId},
    link::LinkSecret,
    log_head::LogHead,
    secret::Secret,
    spoken::SpokenLink,
};

use super::{EpochKeys, fields::Fields};

const DOOR_KEYS: u16 = 1;
const HISTORY_KEYS: u16 = 2;
const LINKS: u16 = 3;
const GROUP: u16 = 4;
const MARK: u16 = 5;

/// What the account knows of one room.
#[derive(Default)]
pub struct RoomItem {
    /// Door keys J_c, by the epoch c that a rotation starts.
    pub door_keys: EpochKeys,
    /// History keys: H_e by its epoch (`since join`) or H_c by its rotation's (`shared`).
    pub history_keys: EpochKeys,
    /// The links that the account has made.
    pub links: Map<LinkId, VaultLink>,
    /// The group behind the room.
    pub group: Option<GroupId>,
    /// How far some device of the account has been.
    pub mark: Option<RoomMark>,
    pub(super) unknown: Fields,
}

/// A link that the account made: so that each of its devices can hand it on, and seal its grant anew. Whether it still
/// lives is told by the room's state, which lists the links there are.
pub struct VaultLink {
    /// Who knows it comes in.
    pub secret: LinkSecret,
    /// The words that the secret was stretched from, for a link that is said.
    pub words: Option<SpokenLink>,
    /// The rotation whose keys the last grant holds.
    pub sealed: u64,
}

/// How far a device of the account has been in a room: whatever a server shows that is older is refused (PROTOCOL
/// section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomMark {
    /// The epoch.
    pub epoch: u64,
    /// The log head.
    pub log: LogHead,
}

impl RoomMark {
    /// Whether a door of this epoch leads to where no device of the account has to go back to.
    #[must_use]
    pub const fn admits(&self, epoch: u64) -> bool {
        epoch >= self.epoch
    }

    fn merge(&mut self, other: &Self) {
        self.epoch = self.epoch.max(other.epoch);
        if (self.log.seq, self.log.head) < (other.log.seq, other.log.head) {
            self.log = other.log;
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u64(self.epoch);
        self.log.write(&mut writer);
        writer.finish()
    }

    fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let mark = Self {
            epoch: reader.u64()?,
            log: LogHead::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(mark)
    }
}

impl VaultLink {
    /// A link that two devices know: its secret never changes, and the later grant stands.
    fn merge(&mut self, other: &Self) {
        if self.rank() < other.rank() {
            *self = other.duplicate();
        }
    }

    fn rank(&self) -> (u64, &[u8; 32], Option<&[u8; 10]>) {
        let words = self.words.as_ref().map(|words| words.as_secret().expose());
        (self.sealed, self.secret.as_secret().expose(), words)
    }

    fn duplicate(&self) -> Self {
        Self {
            secret: self.secret.duplicate(),
            words: self.words.as_ref().map(SpokenLink::duplicate),
            sealed: self.sealed,
        }
    }

    fn write(&self, id: LinkId, writer: &mut Writer) {
        writer.fixed(id.as_bytes());
        writer.fixed(self.secret.as_secret().expose());
        let words = self.words.as_ref().map(|words| words.as_secret().expose());
        writer.vec(words.map_or(&[][..], |words| words));
        writer.u64(self.sealed);
    }

    fn read(reader: &mut Reader<'_>) -> Result<(LinkId, Self), CodecError> {
        let id = reader.array::<16>()?.into();
        let secret = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        let words = match reader.vec(10)? {
            [] => None,
            words => Some(Secret::from_slice(words).ok_or(CodecError::BadValue)?),
        };
        let link = Self {
            secret: LinkSecret::from_secret(secret),
            words: words.map(SpokenLink::from_secret),
            sealed: reader.u64()?,
        };
        Ok((id, link))
    }
}

impl RoomItem {
    /// An item that says which group a room has, and how far this device has been there.
    #[must_use]
    pub fn seen(group: GroupId, mark: RoomMark) -> Self {
        Self {
            group: Some(group),
            mark: Some(mark),
            ..Self::default()
        }
    }

    /// The item's plaintext.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let (doors, histories) = (self.door_keys.encode(), self.history_keys.encode());
        let mut known = vec![(DOOR_KEYS, doors.as_slice()), (HISTORY_KEYS, &histories)];
        let links = self.encode_links();
        if !links.is_empty() {
            known.push((LINKS, &links));
        }
        if let Some(group) = &self.group {
            known.push((GROUP, group.as_bytes()));
        }
        let mark = self.mark.as_ref().map(RoomMark::encode);
        if let Some(mark) = &mark {
            known.push((MARK, mark));
        }
        self.unknown.encode_with(&known)
    }

    /// Decodes an item's plaintext. Fields of a newer client are kept.
    ///
    /// # Errors
    /// [`CodecError`] for damaged bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut fields = Fields::decode(bytes)?;
        let door_keys = EpochKeys::decode(&fields.take(DOOR_KEYS).unwrap_or_default())?;
        let history_keys = EpochKeys::decode(&fields.take(HISTORY_KEYS).unwrap_or_default())?;
        let links = decode_links(&fields.take(LINKS).unwrap_or_default())?;
        let group = fields
            .take(GROUP)
            .map(|group| GroupId::try_from(group.as_slice()));
        let mark = fields.take(MARK).map(|mark| RoomMark::decode(&mark));
        Ok(Self {
            door_keys,
            history_keys,
            links,
            group: group.transpose().map_err(|_| CodecError::BadValue)?,
            mark: mark.transpose()?,
            unknown: fields,
        })
    }

    /// Joins what two devices wrote: keys and links are united, the mark is the farthest. Commutative, associative
    /// and idempotent.
    pub fn merge(&mut self, other: &Self) {
        self.door_keys.merge(&other.door_keys);
        self.history_keys.merge(&other.history_keys);
        for (id, theirs) in &other.links {
            match self.links.get_mut(id) {
                Some(ours) => ours.merge(theirs),
                None => {
                    self.links.insert(*id, theirs.duplicate());
                }
            }
        }
        self.group = self.group.max(other.group);
        match (&mut self.mark, &other.mark) {
            (Some(ours), Some(theirs)) => ours.merge(theirs),
            (None, theirs) => self.mark = *theirs,
            (Some(_), None) => {}
        }
        self.unknown.merge(&other.unknown);
    }

    /// The keys, to enter with.
    #[must_use]
    pub fn keys(&self) -> RoomKeys {
        let all = |keys: &EpochKeys| {
            keys.iter()
                .map(|(epoch, key)| (epoch, key.duplicate()))
                .collect()
        };
        RoomKeys {
            door: all(&self.door_keys),
            history: all(&self.history_keys),
        }
    }

    fn encode_links(&self) -> Zeroizing<Vec<u8>> {
        // Room for all of it, so that no copy of a secret is left behind.
        let mut writer = Writer::with_capacity(self.links.len() * (16 + 32 + 8 + 10 + 8));
        for (id, link) in &self.links {
            link.write(*id, &mut writer);
        }
        Zeroizing::new(writer.finish())
    }
}

fn decode_links(bytes: &[u8]) -> Result<Map<LinkId, VaultLink>, CodecError> {
    let mut reader = Reader::new(bytes);
    let mut links = Map::new();
    while !reader.is_empty() {
        let (id, link) = VaultLink::read(&mut reader)?;
        if links.last_key_value().is_some_and(|(last, _)| *last >= id) {
            return Err(CodecError::NotCanonical);
        }
        links.insert(id, link);
    }
    Ok(links)
}
