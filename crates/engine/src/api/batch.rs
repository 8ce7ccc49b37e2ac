//! What an input writes: one atomic batch of rows.

use e2ee::ordered::Map;

use protocol::ids::RoomId;
use serde::{Deserialize, Serialize};

/// A family of rows. Stores keep rows of a space together and return them in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Space {
    /// The account, session, device, vault, contacts: few rows by name.
    Account,
    /// KeyPackages whose private part is kept here, by reference.
    KeyPackages,
    /// One row a room: cursor, head, counters, stage; by room number.
    Rooms,
    /// A room's MLS rows, by OpenMLS's own keys.
    Group(RoomId),
    /// A room's outbox: drafts and sealed messages, numbered in order of sending.
    Outbox(RoomId),
    /// A room's timeline items, numbered by seq. The engine writes them and never reads them all.
    Timeline(RoomId),
    /// A room's log heads, numbered by seq.
    Heads(RoomId),
    /// What opens each message of a room's timeline in a report, numbered by seq, and under [`CERTIFICATES`] who was there.
    /// The engine writes it and reads it only with [`KeptLine`](super::KeptLine).
    LineKeys(RoomId),
    /// Keys that open a room's history, by name.
    History(RoomId),
}

/// The row of [`Space::LineKeys`] with the certificates of a room that this device is out of; no entry has this place.
pub const CERTIFICATES: u64 = 0;

/// A row's name within the whole store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Key {
    /// A row by name.
    Named(Space, Vec<u8>),
    /// A row by number, kept in ascending order.
    Numbered(Space, u64),
}

impl Key {
    /// The space that the row is in.
    pub const fn space(&self) -> Space {
        match self {
            Self::Named(space, _) | Self::Numbered(space, _) => *space,
        }
    }
}

/// What happens to one row.
#[derive(Clone, PartialEq, Eq)]
pub enum Write {
    /// The row holds this from now on.
    Put(Vec<u8>),
    /// The row is gone.
    Delete,
}

/// Rows to write, all or nothing. The last write to a row counts.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Batch {
    writes: Map<Key, Write>,
}

impl Batch {
    /// Writes a row.
    pub fn put(&mut self, key: Key, value: Vec<u8>) {
        self.writes.insert(key, Write::Put(value));
    }

    /// Removes a row, if it is there.
    pub fn delete(&mut self, key: Key) {
        self.writes.insert(key, Write::Delete);
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// How many rows it touches.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// The writes in order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Write)> {
        self.writes.iter()
    }

    /// The writes, by value.
    pub fn into_writes(self) -> impl Iterator<Item = (Key, Write)> {
        self.writes.into_iter()
    }
}

// Values may hold keys and plaintext: a batch shows its shape only.
impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Batch({} rows)", self.writes.len())
    }
}
