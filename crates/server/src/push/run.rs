//! Entries of one room that were committed together: encoded once, pushed with one write.

use std::sync::Arc;

use protocol::{
    events::name,
    ids::{RoomId, Seq},
    limits::PUSH_BYTES,
    log::{Body, Entry, Large},
};
use serde_json::value::RawValue;
use tungstenite::Bytes;

use super::{frame, memory::Memory};

/// Frames that are pushed as one, at most: one that does not fit is missed as a whole.
const TOGETHER: usize = 128 * 1024;

/// Ascending entries of a room.
pub(super) struct Run {
    pub(super) room: RoomId,
    entries: Vec<Encoded>,
    frames: Bytes,
}

struct Encoded {
    seq: Seq,
    json: Box<RawValue>,
    /// Where its frame begins.
    start: usize,
}

/// A run in the making.
pub(super) struct Draft {
    room: RoomId,
    entries: Vec<Encoded>,
    frames: Vec<u8>,
}

impl Draft {
    pub(super) fn new(room: RoomId) -> Self {
        Self {
            room,
            entries: Vec::new(),
            frames: Vec::new(),
        }
    }

    pub(super) fn room(&self) -> RoomId {
        self.room
    }

    pub(super) fn is_full(&self) -> bool {
        self.frames.len() >= TOGETHER
    }

    pub(super) fn add(&mut self, entry: &Entry) {
        let Some(json) = pushed(entry) else { return };
        let start = self.frames.len();
        frame::append_event(&mut self.frames, name::NEW_MESSAGE, &json);
        self.entries.push(Encoded {
            seq: entry.seq,
            json,
            start,
        });
    }

    pub(super) fn finish(self, memory: &Arc<Memory>) -> Run {
        Run {
            room: self.room,
            entries: self.entries,
            frames: memory.hold(self.frames),
        }
    }
}

impl Run {
    /// The frames of the entries after this place, as one.
    pub(super) fn frames_after(&self, last: Seq) -> Option<Bytes> {
        let first = self.after(last).next()?;
        Some(self.frames.slice(first.start..))
    }

    /// The entries after this place.
    pub(super) fn entries_after(&self, last: Seq) -> impl Iterator<Item = &RawValue> {
        self.after(last).map(|entry| entry.json.as_ref())
    }

    /// Bytes in memory.
    pub(super) fn size(&self) -> usize {
        self.frames.len()
    }

    fn after(&self, last: Seq) -> impl Iterator<Item = &Encoded> {
        self.entries
            .iter()
            .skip_while(move |entry| entry.seq <= last)
    }
}

/// An entry as it is pushed: in full, or as a stub if it is large.
fn pushed(entry: &Entry) -> Option<Box<RawValue>> {
    let full = frame::raw(entry)?;
    let size = full.get().len();
    if size <= PUSH_BYTES {
        return Some(full);
    }
    let body = Body::Large(Large { size: size as u64 });
    frame::raw(&Entry {
        body,
        ..entry_without_body(entry)
    })
}

fn entry_without_body(entry: &Entry) -> Entry {
    Entry {
        id: entry.id,
        room_id: entry.room_id,
        seq: entry.seq,
        sender: entry.sender,
        device: entry.device,
        timestamp: entry.timestamp,
        client_id: entry.client_id,
        handshake_seq: entry.handshake_seq,
        body: Body::Large(Large { size: 0 }),
    }
}
