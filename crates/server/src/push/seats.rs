//! Who gets a room's entries, and from where on.

use std::{collections::HashMap, sync::Arc};

use protocol::{
    events::name,
    ids::{RoomId, Seq},
    time::Timestamp,
};
use serde_json::value::RawValue;
use socketioxide::socket::Sid;

use super::peer::Peer;

/// Entries that wait for one join to be answered; with more the socket is told that it missed something.
const WAITING: usize = 1_000;

/// The sockets of all rooms.
#[derive(Default)]
pub(super) struct Seats(HashMap<RoomId, Vec<Seat>>);

struct Seat {
    peer: Arc<Peer>,
    gate: Gate,
}

/// From where on a socket gets entries.
enum Gate {
    /// It gets everything after this place, which its join was answered with.
    After(Seq),
    /// Its join is not answered yet: what is committed meanwhile waits, and the answer says where to begin.
    Waiting(Vec<(Seq, Arc<RawValue>)>),
}

impl Seats {
    /// Takes a seat; what is committed from now on waits for [`Self::open`]. An open seat stays open.
    pub(super) fn take(&mut self, room: RoomId, peer: &Arc<Peer>) {
        let seats = self.0.entry(room).or_default();
        if seats
            .iter()
            .all(|seat| seat.peer.socket.id != peer.socket.id)
        {
            seats.push(Seat {
                peer: peer.clone(),
                gate: Gate::Waiting(Vec::new()),
            });
        }
    }

    /// The join was answered with `last`: pushes what waited and comes after it.
    pub(super) fn open(&mut self, room: RoomId, sid: Sid, last: Seq, now: Timestamp) {
        let seats = self.0.get_mut(&room).map_or(&mut [][..], Vec::as_mut_slice);
        let Some(seat) = seats.iter_mut().find(|seat| seat.peer.socket.id == sid) else {
            return;
        };
        let Gate::Waiting(waited) = std::mem::replace(&mut seat.gate, Gate::After(last)) else {
            return;
        };
        if waited.len() >= WAITING {
            seat.peer.tell_missed();
        }
        for (_, raw) in waited.iter().filter(|(seq, _)| *seq > last) {
            seat.peer.push(name::NEW_MESSAGE, raw.as_ref(), now);
        }
    }

    /// Pushes an entry to everybody in the room; `raw` makes it once, if there is anybody.
    pub(super) fn push(
        &mut self,
        room: RoomId,
        seq: Seq,
        now: Timestamp,
        raw: impl FnOnce() -> Option<Arc<RawValue>>,
    ) {
        let Some(seats) = self.0.get_mut(&room) else {
            return;
        };
        let Some(raw) = raw() else { return };
        for seat in seats {
            match &mut seat.gate {
                Gate::After(last) if seq <= *last => {}
                Gate::After(_) => seat.peer.push(name::NEW_MESSAGE, raw.as_ref(), now),
                Gate::Waiting(waited) if waited.len() < WAITING => waited.push((seq, raw.clone())),
                Gate::Waiting(_) => {}
            }
        }
    }

    /// The sockets of a room.
    pub(super) fn peers(&self, room: RoomId) -> impl Iterator<Item = &Arc<Peer>> {
        self.0
            .get(&room)
            .into_iter()
            .flatten()
            .map(|seat| &seat.peer)
    }

    /// Gives a seat up; whether there was one.
    pub(super) fn leave(&mut self, room: RoomId, sid: Sid) -> bool {
        let Some(seats) = self.0.get_mut(&room) else {
            return false;
        };
        let before = seats.len();
        seats.retain(|seat| seat.peer.socket.id != sid);
        let had_one = seats.len() < before;
        if seats.is_empty() {
            self.0.remove(&room);
        }
        had_one
    }

    /// Gives all seats of a socket up.
    pub(super) fn leave_all(&mut self, sid: Sid) {
        self.0.retain(|_, seats| {
            seats.retain(|seat| seat.peer.socket.id != sid);
            !seats.is_empty()
        });
    }
}
