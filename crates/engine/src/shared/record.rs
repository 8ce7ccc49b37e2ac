//! The rows of a room of basic encryption. They stand beside the account's own, under a name that begins with its id.

use e2ee::{
    codec::{CodecError, Reader, Writer},
    shared_key::SharedLink,
    vault::SharedKeyEntry,
};
use protocol::{
    ids::{RoomId, Seq},
    rest::Members,
};

use super::{SharedRoom, SharedRooms, seen::Mark};
use crate::{
    api::{LinkText, Space},
    convert,
    outbox::Item,
    records::{self, RecordError},
    turn::Turn,
};

/// In front of the room's id in the name of its rows.
pub(crate) const PREFIX: &[u8] = b"shared-key/";

const RECORD: u8 = 0;
const MEMBERS: u8 = 1;
const TYPED: u8 = 2;
/// A number follows.
const OUTBOX: u8 = 3;
/// A number follows.
const SEEN: u8 = 4;

/// The form of a record's row.
const VERSION: u8 = 1;

/// What is kept of a room.
pub(super) struct Record {
    /// What the account's devices share of it: kind, salt, rounds and key are pinned by this.
    pub(super) entry: SharedKeyEntry,
    /// The last log entry that was taken in.
    pub(super) cursor: u64,
    /// Log entries up to here exist, by the server's word.
    pub(super) known: u64,
    pub(super) unread: u32,
    /// The last message of somebody else.
    pub(super) last_said: u64,
    pub(super) muted: bool,
    pub(super) tombstones: u64,
}

impl Record {
    /// Of a room whose log is to be read from its start.
    pub(super) const fn new(entry: SharedKeyEntry) -> Self {
        Self {
            entry,
            cursor: 0,
            known: 0,
            unread: 0,
            last_said: 0,
            muted: false,
            tombstones: 0,
        }
    }

    /// The link into the room.
    pub(super) fn link(&self, room: RoomId) -> LinkText {
        let (room, stretch) = (convert::room(room), self.entry.stretch);
        LinkText::new(SharedLink { room, stretch }.to_string())
    }

    pub(super) fn row(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(128 + self.entry.name.len());
        writer.u8(VERSION);
        self.entry.write(&mut writer);
        writer.u64(self.cursor);
        writer.u64(self.known);
        writer.u32(self.unread);
        writer.u64(self.last_said);
        writer.u8(u8::from(self.muted));
        writer.u64(self.tombstones);
        writer.finish()
    }

    fn load(row: &[u8]) -> Result<Self, RecordError> {
        match row.split_first() {
            Some((&VERSION, rest)) => Self::read(rest).map_err(|_| RecordError::Damaged),
            Some((version, _)) => Err(RecordError::Newer(*version)),
            None => Err(RecordError::Damaged),
        }
    }

    fn read(row: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(row);
        let record = Self {
            entry: SharedKeyEntry::read(&mut reader)?,
            cursor: reader.u64()?,
            known: reader.u64()?,
            unread: reader.u32()?,
            last_said: reader.u64()?,
            muted: reader.u8()? != 0,
            tombstones: reader.u64()?,
        };
        reader.finish()?;
        Ok(record)
    }
}

/// A row's name.
fn name(room: RoomId, kind: u8) -> Vec<u8> {
    [PREFIX, &room.get().to_be_bytes(), &[kind]].concat()
}

impl SharedRoom {
    pub(super) fn save(&self, turn: &mut Turn<'_>) {
        turn.put(Space::Account, &name(self.id, RECORD), self.record.row());
    }

    pub(super) fn save_members(&self, turn: &mut Turn<'_>) {
        let row = records::encode(&self.members);
        turn.put(Space::Account, &name(self.id, MEMBERS), row);
    }

    /// Nothing is written where nothing changes; whether something did.
    pub(super) fn set_typed(&mut self, text: String, turn: &mut Turn<'_>) -> bool {
        if self.outbox.typed == text {
            return false;
        }
        let name = name(self.id, TYPED);
        if text.is_empty() {
            turn.delete(Space::Account, &name);
        } else {
            turn.put(Space::Account, &name, records::encode(&text));
        }
        self.outbox.typed = text;
        true
    }

    pub(super) fn save_item(&self, number: u64, turn: &mut Turn<'_>) {
        let mut name = name(self.id, OUTBOX);
        name.extend(number.to_be_bytes());
        match self.outbox.items.get(&number) {
            Some(item) => turn.put(Space::Account, &name, records::encode::<Item>(item)),
            None => turn.delete(Space::Account, &name),
        }
    }

    /// Notes where a message was shown.
    pub(super) fn save_seen(&mut self, mark: Mark, seq: Seq, turn: &mut Turn<'_>) {
        if let Some((number, row)) = self.seen.note(mark, seq) {
            let mut name = name(self.id, SEEN);
            name.extend(number.to_be_bytes());
            turn.put(Space::Account, &name, row.to_vec());
        }
    }
}

impl SharedRooms {
    /// Takes one row, whose name is what stands behind [`PREFIX`]. In the order of their names a room's record comes first.
    pub(crate) fn load(&mut self, name: &[u8], row: &[u8]) -> Result<(), RecordError> {
        let (id, name) = name.split_first_chunk().ok_or(RecordError::Damaged)?;
        let id = RoomId::new(u64::from_be_bytes(*id)).map_err(|_| RecordError::Damaged)?;
        if name == [RECORD] {
            let room = SharedRoom::new(id, Record::load(row)?);
            self.rooms.insert(id, room);
            return Ok(());
        }
        let room = self.rooms.get_mut(&id).ok_or(RecordError::Damaged)?;
        match name {
            [MEMBERS] => room.members = records::decode::<Members>(row)?,
            [TYPED] => room.outbox.typed = records::decode(row)?,
            [OUTBOX, number @ ..] => {
                let number = number.try_into().map_err(|_| RecordError::Damaged)?;
                room.outbox.load(u64::from_be_bytes(number), row)?;
            }
            [SEEN, number @ ..] => {
                let number = number.try_into().map_err(|_| RecordError::Damaged)?;
                room.seen.load(u32::from_be_bytes(number), row)?;
            }
            _ => return Err(RecordError::Damaged),
        }
        Ok(())
    }
}
