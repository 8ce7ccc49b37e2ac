//! The vault item of the rooms of basic encryption: their keys, so that every device of the account reads them.

use zeroize::Zeroizing;

use super::fields::Fields;
use crate::{
    codec::{CodecError, Reader, Writer},
    ids::RoomId,
    ordered::Map,
    secret::Secret,
    shared_key::{SharedKey, Stretch},
};

const ROOMS: u16 = 1;

/// The longest name of such a room, in bytes.
const NAME_MAX: usize = 256;

/// What the account's devices know of the rooms of basic encryption.
#[derive(Default)]
pub struct SharedKeys {
    /// By room.
    pub rooms: Map<RoomId, SharedKeyEntry>,
    unknown: Fields,
}

/// One of them: kind, salt, count and key are pinned here.
pub struct SharedKeyEntry {
    /// Rises with every change.
    pub revision: u64,
    /// The account is in it; else it has left.
    pub inside: bool,
    /// How the passphrase became the key.
    pub stretch: Stretch,
    /// The key.
    pub key: SharedKey,
    /// Its public name.
    pub name: String,
}

impl SharedKeyEntry {
    /// Adds it.
    pub fn write(&self, writer: &mut Writer) {
        writer.u64(self.revision);
        writer.u8(u8::from(self.inside));
        writer.fixed(self.stretch.salt());
        writer.u32(self.stretch.rounds());
        writer.fixed(self.key.as_secret().expose());
        writer.vec(self.name.as_bytes());
    }

    /// Reads what [`SharedKeyEntry::write`] wrote.
    ///
    /// # Errors
    /// [`CodecError`] says what is wrong.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let revision = reader.u64()?;
        let inside = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(CodecError::BadValue),
        };
        let (salt, rounds) = (reader.array()?, reader.u32()?);
        let key = Zeroizing::new(reader.array()?);
        let name = core::str::from_utf8(reader.vec(NAME_MAX)?);
        Ok(Self {
            revision,
            inside,
            stretch: Stretch::new(salt, rounds).ok_or(CodecError::BadValue)?,
            key: SharedKey::from_secret(Secret::from_bytes(&key)),
            name: name.map_err(|_| CodecError::BadValue)?.to_owned(),
        })
    }

    /// A second copy, made knowingly.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            revision: self.revision,
            inside: self.inside,
            stretch: self.stretch,
            key: SharedKey::from_secret(self.key.as_secret().duplicate()),
            name: self.name.clone(),
        }
    }

    /// Of two that stand at one revision the same one wins everywhere.
    fn rank(&self) -> (u64, bool, &[u8; 16], u32, &[u8; 32], &str) {
        let (salt, rounds) = (self.stretch.salt(), self.stretch.rounds());
        let key = self.key.as_secret().expose();
        (self.revision, self.inside, salt, rounds, key, &self.name)
    }
}

impl SharedKeys {
    /// The item's plaintext.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let len = self.rooms.values().map(|entry| 85 + entry.name.len());
        let mut writer = Writer::with_capacity(len.sum());
        for (room, entry) in &self.rooms {
            writer.u64(room.get());
            entry.write(&mut writer);
        }
        let rooms = Zeroizing::new(writer.finish());
        self.unknown.encode_with(&[(ROOMS, &rooms)])
    }

    /// Decodes an item. Fields of a newer client are kept.
    ///
    /// # Errors
    /// [`CodecError`] says what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut unknown = Fields::decode(bytes)?;
        let field = unknown.take(ROOMS).unwrap_or_default();
        let mut reader = Reader::new(&field);
        let mut rooms = Map::new();
        while !reader.is_empty() {
            let room = RoomId::new(reader.u64()?).map_err(|_| CodecError::BadValue)?;
            if rooms
                .last_key_value()
                .is_some_and(|(last, _)| *last >= room)
            {
                return Err(CodecError::NotCanonical);
            }
            rooms.insert(room, SharedKeyEntry::read(&mut reader)?);
        }
        Ok(Self { rooms, unknown })
    }

    /// Joins what two devices wrote: of each room the later revision stays. Commutative, associative and idempotent.
    pub fn merge(&mut self, other: &Self) {
        for (room, theirs) in &other.rooms {
            let ours = self.rooms.get(room);
            if ours.is_none_or(|ours| ours.rank() < theirs.rank()) {
                self.rooms.insert(*room, theirs.duplicate());
            }
        }
        self.unknown.merge(&other.unknown);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn item(room: u64, revision: u64, inside: bool) -> SharedKeys {
        let entry = SharedKeyEntry {
            revision,
            inside,
            stretch: Stretch::new([3; 16], 600_000).unwrap(),
            key: SharedKey::from_secret(Secret::from_bytes(&[9; 32])),
            name: "lobby".to_owned(),
        };
        let mut item = SharedKeys::default();
        item.rooms.insert(RoomId::new(room).unwrap(), entry);
        item
    }

    #[test]
    fn the_later_word_stays_in_whatever_order() {
        let words = [item(7, 1, true), item(7, 2, false), item(8, 1, true)];
        let joined = |order: [usize; 3]| {
            let mut whole = SharedKeys::default();
            order.iter().for_each(|at| whole.merge(&words[*at]));
            whole.encode()
        };
        let whole = joined([0, 1, 2]);
        assert_eq!(whole, joined([2, 1, 0]));
        assert_eq!(whole, joined([1, 0, 2]));
        let read = SharedKeys::decode(&whole).unwrap();
        assert!(!read.rooms[&RoomId::new(7).unwrap()].inside);
        assert_eq!(read.encode(), whole);
    }

    #[test]
    fn a_damaged_item_is_refused() {
        let bytes = item(7, 1, true).encode();
        for cut in 1..bytes.len() {
            assert!(SharedKeys::decode(&bytes[..cut]).is_err(), "{cut}");
        }
        assert!(SharedKeys::decode(&[]).unwrap().rooms.is_empty());
    }
}
